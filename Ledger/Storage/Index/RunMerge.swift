public import LedgerMerkle

/// Merges runs that lie side by side into one, a few pages at a time.
///
/// May be killed or let go anywhere: until the last step the inputs are all there is, and a merge begun anew begins at the
/// start. The inputs are removed by `RunIndex.replace`, not here. Used by one task at a time.
public final class RunMerge {
    private enum Phase {
        case merging(RunWriter)
        case verifying(RunWriter, RunVerification)
        case complete
        case failed
    }

    private struct Head {
        var record: IndexRecord
        let source: Int
    }

    /// The run that comes out, once complete.
    public private(set) var result: RunFile?
    /// The pages to read and to check in all, and those done: how far the merge is.
    public private(set) var progress: (done: Int, of: Int)
    private var phase: Phase
    private let cursors: [RunCursor]
    private let keeps: (IndexValue) -> Bool
    // A heap: the least record first.
    private var heads: [Head] = []

    /// Begins a merge. With one input and `keeps`, this is how a run is rid of entries that expired or were erased.
    ///
    /// - Parameters:
    ///   - inputs: by range, each beginning where the one before ends; at least one.
    ///   - level: that of the run that comes out.
    ///   - keeps: which values go on.
    public init(
        disk: any Disk, directory: String, ledgerID: Digest, inputs: [RunFile], level: Int,
        groupPageCount: Int = RunWriter.defaultGroupPageCount, keeps: @escaping (IndexValue) -> Bool = { _ in true }
    ) throws {
        precondition(!inputs.isEmpty, "nothing to merge")
        precondition(
            zip(inputs, inputs.dropFirst()).allSatisfy { $0.range.upperBound == $1.range.lowerBound },
            "runs to merge lie side by side")
        let name = RunName(level: level, range: inputs[0].range.lowerBound..<inputs[inputs.count - 1].range.upperBound)
        let writer = try RunWriter(
            disk: disk, directory: directory, ledgerID: ledgerID, name: name, groupPageCount: groupPageCount)
        cursors = inputs.map { RunCursor($0) }
        self.keeps = keeps
        progress = (0, 2 * inputs.reduce(0) { $0 + $1.pageCount })
        phase = .merging(writer)
        for source in cursors.indices {
            guard let record = try cursors[source].next() else { continue }
            heads.append(Head(record: record, source: source))
            siftUp()
        }
    }

    /// Does a bounded part of the work: reads about so many pages and writes as many, or checks so many of what was written. One
    /// step in each merge writes the filters and syncs, the last one renames.
    ///
    /// - Returns: whether the merge is complete, and `result` is there.
    /// - Durability: when complete, the result is durable and was read again and checked.
    /// - Throws: `StorageError` when an input is damaged or the output is not what was written, `DiskError`. After that the merge
    ///   can only be begun anew.
    public func step(pages: Int) throws -> Bool {
        precondition(pages > 0)
        let present = phase
        phase = .failed
        switch present {
        case .merging(let writer):
            if try merge(into: writer, pages: pages) {
                let verification = try writer.seal()
                progress = (progress.of / 2, progress.of / 2 + verification.run.pageCount)
                phase = .verifying(writer, verification)
            } else {
                phase = present
            }
        case .verifying(let writer, let verification):
            if try verification.step(pages: pages) {
                result = try writer.publish(verification.run)
                progress.done = progress.of
                phase = .complete
            } else {
                progress.done = min(progress.of, progress.done + pages)
                phase = present
            }
        case .complete:
            phase = .complete
        case .failed:
            preconditionFailure("a merge that failed is begun anew")
        }
        return result != nil
    }

    /// Merges until so many pages were begun; true when nothing is left.
    private func merge(into writer: RunWriter, pages: Int) throws -> Bool {
        let limit = pages > progress.of ? progress.of : progress.done + pages
        while let head = heads.first {
            if keeps(head.record.value) { try writer.append(head.record) }
            let cursor = cursors[head.source]
            let turnsPage = cursor.isAtPageEnd
            if let record = try cursor.next() {
                heads[0].record = record
            } else {
                let last = heads.removeLast()
                if !heads.isEmpty { heads[0] = last }
            }
            siftDown()
            if turnsPage {
                progress.done += 1
                if progress.done >= limit { return heads.isEmpty }
            }
        }
        return true
    }

    private func siftUp() {
        var place = heads.count - 1
        while place > 0, heads[place].record < heads[(place - 1) / 2].record {
            heads.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    @inline(__always)
    private func siftDown() {
        heads.withUnsafeMutableBufferPointer { heads in
            guard var moving = heads.first else { return }
            var place = 0
            while true {
                var child = 2 * place + 1
                guard child < heads.count else { break }
                if child + 1 < heads.count, heads[child + 1].record < heads[child].record { child += 1 }
                guard heads[child].record < moving.record else { break }
                heads[place] = heads[child]
                place = child
            }
            swap(&heads[place], &moving)
        }
    }
}

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

    /// The next record of an input, and those behind it on its page.
    private struct Head {
        var record: IndexRecord
        var next: UnsafePointer<IndexRecord>
        var left: Int
        let source: Int

        /// - Precondition: the page has records.
        init(_ page: UnsafeBufferPointer<IndexRecord>, source: Int) {
            // Pages are never empty: the fences say how many records each has.
            next = page.baseAddress! + 1
            record = page[0]
            left = page.count - 1
            self.source = source
        }
    }

    /// The run that comes out, once complete.
    public private(set) var result: RunFile?
    /// The pages to read and to check in all, and those done: how far the merge is.
    public private(set) var progress: (done: Int, of: Int)
    private var phase: Phase
    private let cursors: [RunCursor]
    private let keeps: (IndexRecord) -> Bool
    // A heap: the least record first.
    private var heads: [Head] = []
    // Records on their way to the writer.
    private let output: UnsafeMutablePointer<IndexRecord>

    /// Begins a merge. With one input and `keeps`, this is how a run is rid of entries that expired or were erased.
    ///
    /// - Parameters:
    ///   - inputs: by range, each beginning where the one before ends; at least one.
    ///   - level: that of the run that comes out.
    ///   - keeps: which records go on.
    public init(
        disk: any Disk, directory: String, ledgerID: Digest, inputs: [RunFile], level: Int,
        groupPageCount: Int = RunWriter.defaultGroupPageCount, keeps: @escaping (IndexRecord) -> Bool = { _ in true }
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
        output = .allocate(capacity: RunPage.capacity)
        for source in cursors.indices {
            guard let page = try cursors[source].nextPage() else { continue }
            heads.append(Head(page, source: source))
        }
        // In order is a heap.
        heads.sort { $0.record < $1.record }
    }

    deinit {
        output.deallocate()
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
                progress.done = progress.of - verification.pagesLeft
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
        let output = output
        var (outputCount, pagesLeft, headCount) = (0, pages, heads.count)
        try heads.withUnsafeMutableBufferPointer { heads in
            while headCount > 0, pagesLeft > 0 {
                let head = heads[0]
                if keeps(head.record) {
                    output[outputCount] = head.record
                    outputCount += 1
                    if outputCount == RunPage.capacity {
                        try writer.append(UnsafeBufferPointer(start: output, count: outputCount))
                        outputCount = 0
                    }
                }
                if head.left > 0 {
                    heads[0].record = head.next.pointee
                    heads[0].next += 1
                    heads[0].left -= 1
                } else if let page = try cursors[head.source].nextPage() {
                    heads[0] = Head(page, source: head.source)
                    pagesLeft -= 1
                } else {
                    headCount -= 1
                    heads[0] = heads[headCount]
                }
                RunMerge.siftDown(heads, headCount)
            }
        }
        try writer.append(UnsafeBufferPointer(start: output, count: outputCount))
        heads.removeLast(heads.count - headCount)
        progress.done = cursors.reduce(0) { $0 + $1.pageCount }
        return headCount == 0
    }

    @inline(__always)
    private static func siftDown(_ heads: UnsafeMutableBufferPointer<Head>, _ count: Int) {
        let moving = heads[0]
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < count else { break }
            if child + 1 < count, heads[child + 1].record < heads[child].record { child += 1 }
            guard heads[child].record < moving.record else { break }
            heads[place] = heads[child]
            place = child
        }
        heads[place] = moving
    }
}

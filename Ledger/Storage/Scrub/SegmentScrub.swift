import LedgerMerkle

/// Reads everything of one sealed segment again: its manifest, entries, records and their parity (`AuditPass`), its part of the hash
/// index, and with the first segment the blocks of record secrets.
///
/// Reads beside whatever else goes on, by descriptors of its own, without a lock. What it finds is read once more before it is
/// believed: a segment that was replaced meanwhile is read anew, and what a second look does not find again was no damage of the medium.
/// Memory as for an audit of one segment, and the filters of one run.
public struct SegmentScrub {
    /// What was read, and what was found.
    public struct Outcome: Sendable {
        public let range: Range<UInt64>
        public let byteCount: Int
        /// The first damage in each file.
        public let damage: [StoredDamage]
        /// Runs of the index that are damaged: they can be made again from their segments.
        public let damagedRuns: Set<Range<UInt64>>
    }

    /// A segment that is replaced again and again is left for another time.
    private static let attempts = 8

    /// Thrown by the pace: nothing that was read.
    private struct Interruption: Error {
        let reason: any Error
    }

    private final class ReadCount {
        var bytes = 0
    }

    let segments: SegmentStore
    let index: RunIndex
    let secrets: SecretFolder?
    let pace: (Int) throws -> Void

    /// - Parameters:
    ///   - secrets: the blocks of record secrets of this ledger.
    ///   - pace: called with the bytes of each read; may sleep, and breaks the scrubbing off by throwing.
    public init(
        _ segments: SegmentStore, index: RunIndex, secrets: SecretFolder? = nil,
        pace: @escaping (Int) throws -> Void = { _ in }
    ) {
        self.segments = segments
        self.index = index
        self.secrets = secrets
        self.pace = pace
    }

    /// Scrubs the segment that holds an entry.
    ///
    /// - Parameter settled: runs a body while nobody changes the segments, and after what failed changes left is put in order.
    /// - Returns: `nil` when there is no such segment, or none that stayed for as long as it takes to read it.
    /// - Throws: `DiskError` that says nothing of the files; what `pace` and `settled` throw.
    public func run(
        segmentHolding index: UInt64, settled: (() throws -> Bool) throws -> Bool
    ) throws -> Outcome? {
        do {
            return try scrub(segmentHolding: index, settled: settled)
        } catch let interruption as Interruption {
            throw interruption.reason
        }
    }

    private func scrub(
        segmentHolding index: UInt64, settled: (() throws -> Bool) throws -> Bool
    ) throws -> Outcome? {
        for _ in 0..<SegmentScrub.attempts {
            guard let segment = segments.segment(holding: index) else { return nil }
            let count = ReadCount()
            var (damage, runs) = try pass(over: segment, count)
            if !damage.isEmpty {
                let again = try pass(over: segment, count)
                damage = damage.filter { found in again.damage.contains { $0.file == found.file } }
                runs.formIntersection(again.runs)
            }
            guard segments.segment(holding: index) === segment else { continue }
            if !damage.isEmpty {
                let stands = try settled {
                    if try holdsManifest(segment) { damage.removeAll { $0.file == manifestPath(of: segment) } }
                    return segments.segment(holding: index) === segment
                }
                guard stands else { continue }
            }
            let range = segment.footer.firstIndex..<segment.footer.end
            return Outcome(range: range, byteCount: count.bytes, damage: damage, damagedRuns: runs)
        }
        return nil
    }

    private func pass(
        over segment: Segment, _ count: ReadCount
    ) throws -> (damage: [StoredDamage], runs: Set<Range<UInt64>>) {
        let pace = { [pace] (read: Int) in
            count.bytes += read
            do {
                try pace(read)
            } catch {
                throw Interruption(reason: error)
            }
        }
        var damage: [StoredDamage] = []
        if try !holdsManifest(segment) {
            let path = manifestPath(of: segment)
            damage.append(StoredDamage(path, 0, index: segment.footer.firstIndex, "the manifest is damaged"))
        }
        let audit = SegmentAudit(segments, pace: pace)
        damage += try AuditPass<Never>(audit, segment, nil).survey()
        let runs = try surveyRuns(of: segment, &damage, pace)
        if segment.footer.firstIndex == 0 { damage += try surveySecrets(pace) }
        return (damage, runs)
    }

    // MARK: Manifest

    private func manifestPath(of segment: Segment) -> String { segments.path(segment.names.manifest) }

    /// Whether the manifest on disk is the one that is in use.
    private func holdsManifest(_ segment: Segment) throws -> Bool {
        do {
            let file = try segments.disk.open(manifestPath(of: segment), readOnly: true, create: false)
            file.dropCache()
            let expected = segment.manifest.encoded
            return try file.size() == expected.count && file.read(count: expected.count, at: 0) == expected
        } catch let error as DiskError where error.isOfTheMedium {
            return false
        }
    }

    // MARK: Index

    /// Reads the segment's share of the runs that cover it: their pages are spread evenly over their segments; fences, filters and
    /// footer come with the first.
    private func surveyRuns(
        of segment: Segment, _ damage: inout [StoredDamage], _ pace: (Int) throws -> Void
    ) throws -> Set<Range<UInt64>> {
        var damaged: Set<Range<UInt64>> = []
        let range = segment.footer.firstIndex..<segment.footer.end
        for run in index.runs where run.range.overlaps(range) {
            guard let found = try survey(run, range, pace), index.runs.contains(where: { $0 === run }) else { continue }
            damage.append(found)
            damaged.insert(run.range)
        }
        return damaged
    }

    private func survey(
        _ run: RunFile, _ range: Range<UInt64>, _ pace: (Int) throws -> Void
    ) throws -> StoredDamage? {
        let span = segments.shape.span
        let (first, end) = (run.range.lowerBound / span, (run.range.upperBound - 1) / span + 1)
        let share = Int(max(first, range.lowerBound / span) - first)
        let chunks = (run.pageCount + RunCursor.chunkPageCount - 1) / RunCursor.chunkPageCount
        func page(_ share: Int) -> Int {
            min(run.pageCount, chunks * share / Int(end - first) * RunCursor.chunkPageCount)
        }
        let pages = page(share)..<page(share + 1)
        var whole = pages.lowerBound
        do {
            if share == 0 {
                // What is in memory was checked when it was read: the medium may hold something else by now.
                _ = try RunFile.open(disk: index.disk, path: run.path, ledgerID: index.ledgerID)
                try pace(run.byteCount - run.pageCount * RunPage.byteCount)
            }
            run.file.dropCache()
            _ = try run.check(pages: pages) { page in
                whole = page + 1
                if whole % RunCursor.chunkPageCount == 0 || whole == pages.upperBound {
                    try pace(RunPage.byteCount * RunCursor.chunkPageCount)
                }
            }
            return nil
        } catch let error as StorageError {
            return StoredDamage(run.path, whole * RunPage.byteCount, error.reason)
        } catch let error as DiskError where error.isOfTheMedium {
            return StoredDamage(run.path, whole * RunPage.byteCount, "the disk does not give it: \(error.reason)")
        }
    }

    // MARK: Secrets

    private func surveySecrets(_ pace: (Int) throws -> Void) throws -> [StoredDamage] {
        guard let secrets else { return [] }
        var damage: [StoredDamage] = []
        for number in try secrets.numbers() {
            do {
                // From the medium, not from the cache.
                (try? segments.disk.open(secrets.path(of: number), readOnly: true, create: false))?.dropCache()
                try pace(try secrets.read(number).encoded.count)
            } catch let error as StorageError where error.code == .corrupt || error.code == .foreignLedger {
                damage.append(StoredDamage(secrets.path(of: number), 0, error.reason))
            } catch let error as DiskError where error.isOfTheMedium {
                damage.append(StoredDamage(secrets.path(of: number), 0, "the disk does not give it: \(error.reason)"))
            }
        }
        return damage
    }
}

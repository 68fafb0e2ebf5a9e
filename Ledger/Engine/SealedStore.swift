import LedgerMerkle
import LedgerStorage
import Synchronization

/// What is sealed: the segments, and the hash index over them.
final class SealedStore: Sendable {
    let segments: SegmentStore
    let index: RunIndex
    /// Held while segments or index are changed, and while the journal is read back against them.
    let changing = ChangeLock()
    /// What the background work is at.
    let progress = Mutex(CompactionProgress())

    private let isReader: Bool

    private init(segments: SegmentStore, index: RunIndex, isReader: Bool) {
        self.segments = segments
        self.index = index
        self.isReader = isReader
    }

    /// Opens both. For writing, runs of the index that are missing are made again from the segments first: a lookup that misses must
    /// mean that nothing is there.
    static func open(
        folder: DataFolder, configuration: Ledger.Configuration, disk: any Disk, forWriting: Bool
    ) throws -> SealedStore {
        var shape = SegmentStore.Shape(height: folder.segmentHeight)
        shape.tileLimit = configuration.tileLimit
        let segments = try SegmentStore.open(
            disk: disk, directory: folder.segmentsPath, ledgerID: folder.ledgerID, shape: shape,
            codec: configuration.codec, forWriting: forWriting)
        let index = try RunIndex.open(
            disk: disk, directory: folder.indexPath, ledgerID: folder.ledgerID,
            fanIn: configuration.compaction.mergeFanIn, readOnly: !forWriting)
        let store = SealedStore(segments: segments, index: index, isReader: !forWriting)
        if forWriting { try store.coverGaps { _ in } }
        return store
    }

    /// The newest sealed entry with a key.
    ///
    /// What the index says is held against the segment: against the leaf hash, or the key as it was sealed. One page of the index and one
    /// block of the segment.
    ///
    /// - Parameter evenly: whether a page of each run is read also where a filter says that the key is not there.
    func newest(_ key: DomainKey, evenly: Bool = false) throws -> UInt64? {
        let sealed = SealedKey(key)
        func isMatch(_ candidate: UInt64) throws -> Bool {
            guard candidate < segments.end else { return false }
            if key.purpose == DomainKey.leafPurpose {
                if let hash = segments.cachedLeafHash(at: candidate) { return DomainKey(leafHash: hash) == key }
                if DomainKey(leafHash: TreeHash.leaf(try segments.entry(at: candidate))) == key { return true }
                // Another key with the same bits; or the entry is damaged, which its block's checksum tells: nobody is to conclude
                // that it is not there.
                return try segments.entries(in: candidate..<candidate + 1).contains {
                    DomainKey(leafHash: TreeHash.leaf($0)) == key
                }
            }
            return try segments.keys(at: candidate).contains(sealed)
        }
        var found: UInt64?
        // Only a reader beside the service meets gaps: whoever writes has filled them.
        var gaps = isReader ? index.missingRanges(below: segments.end) : []
        do {
            found =
                evenly
                ? try index.newestEvenly(for: IndexKey(key), where: isMatch)
                : try index.newest(for: IndexKey(key), where: isMatch)
        } catch let error as StorageError where error.code == .indexDamaged {
            (found, gaps) = try newestInWholeRuns(key, gaps: gaps, isMatch)
        }
        guard !gaps.isEmpty else { return found }
        return try [found, newest(key, in: gaps)].compactMap(\.self).max()
    }

    /// A run turned out to be damaged: what it covers is looked for in the segments, and it is made again in the background.
    private func newestInWholeRuns(
        _ key: DomainKey, gaps: [Range<UInt64>], _ isMatch: (UInt64) throws -> Bool
    ) throws -> (UInt64?, gaps: [Range<UInt64>]) {
        var newest: UInt64?
        var gaps = gaps
        for run in index.runs {
            do {
                _ = try run.visit(IndexKey(key)) { value in
                    if try isMatch(value.index) { newest = max(newest ?? 0, value.index) }
                    return true
                }
            } catch let error as StorageError where error.code == .indexDamaged {
                gaps.append(run.range)
                progress.withLock { _ = $0.damagedRuns.insert(run.range) }
            }
        }
        return (newest, gaps)
    }

    /// Reads the runs within a range whole, and notes those that are damaged: they are made again.
    ///
    /// - Returns: whether one was found that was not known.
    func noteDamage(within range: Range<UInt64>) -> Bool {
        let damaged = index.surveyRuns(overlapping: range).map(\.range)
        return progress.withLock { progress in
            let count = progress.damagedRuns.count
            progress.damagedRuns.formUnion(damaged)
            return progress.damagedRuns.count > count
        }
    }

    /// Ranges that a run should cover and none does: missing, or found damaged.
    var uncovered: [Range<UInt64>] {
        index.missingRanges(below: segments.end) + progress.withLock { Array($0.damagedRuns) }
    }

    private func newest(_ key: DomainKey, in gaps: [Range<UInt64>]) throws -> UInt64? {
        let wanted = IndexKey(key)
        var newest: UInt64?
        for summary in segments.summaries() {
            guard gaps.contains(where: { $0.overlaps(summary.firstIndex..<summary.end) }) else { continue }
            try segments.visitKeys(ofSegmentHolding: summary.firstIndex) { key, index, _ in
                if key == wanted { newest = max(newest ?? 0, index) }
            }
        }
        return newest
    }

    // MARK: Index

    /// Makes the runs that are missing, segment by segment.
    func coverGaps(pace: (Int) throws -> Void) throws {
        for summary in segments.summaries() {
            let range = summary.firstIndex..<summary.end
            guard index.missingRanges(below: summary.end).contains(where: { $0.overlaps(range) }) else { continue }
            try makeRun(range, pace: pace)
        }
    }

    /// Makes the run of a segment from the segment itself, in the place of runs that lie within it.
    func makeRun(_ range: Range<UInt64>, pace: (Int) throws -> Void) throws {
        let outdated = index.runs.map(\.range).filter { range.overlaps($0) }
        guard outdated.allSatisfy({ range.contains($0) }) else {
            // A longer run covers a part of it: that one is given up, and made anew segment by segment.
            for run in outdated { try index.discard(run) }
            return try coverGaps(pace: pace)
        }
        progress.withLock { progress in progress.damagedRuns = progress.damagedRuns.filter { !$0.overlaps(range) } }
        var records: [IndexRecord] = []
        try segments.visitKeys(ofSegmentHolding: range.lowerBound) { key, index, isLeaf in
            records.append(IndexRecord(key: key, value: IndexValue(index: index, isLeafHash: isLeaf)))
        }
        IndexRecord.sort(&records)
        let writer = try index.beginRun(of: range)
        for (number, record) in records.enumerated() {
            try writer.append(record)
            if number % 4096 == 4095 { try pace(4096 * 10) }
        }
        try index.replace(outdated, with: writer.finish())
    }

    /// Takes the domain keys of some entries of a segment out of the index, but those that stay when a record is erased.
    func dropKeys(of entries: Set<UInt64>, in segment: Range<UInt64>, pace: (Int) throws -> Void) throws {
        var kept: Set<IndexRecord> = []
        for entry in entries.sorted() {
            for key in try segments.keys(at: entry) where segments.codec.keepsKey(ofPurpose: key.purpose) {
                let value = IndexValue(index: entry, isLeafHash: false)
                kept.insert(IndexRecord(key: IndexKey(word: key.word), value: value))
            }
        }
        for run in index.runs.map(\.range) where run.overlaps(segment) {
            let rewrite = try index.beginRewrite(of: run) { record in
                record.value.isLeafHash || !entries.contains(record.value.index) || kept.contains(record)
            }
            try finish(rewrite, replacing: [run], pace: pace)
        }
    }

    /// Runs a merge to its end and takes what came out into use.
    func finish(_ merge: RunMerge, replacing ranges: [Range<UInt64>], pace: (Int) throws -> Void) throws {
        while try !merge.step(pages: 16) { try pace(16 * 4096) }
        guard let run = merge.result else { return }
        try index.replace(ranges, with: run)
    }
}

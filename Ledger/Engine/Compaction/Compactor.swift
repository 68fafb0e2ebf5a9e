import LedgerMerkle
import LedgerStorage
import Synchronization

/// How far background work has come.
struct CompactionProgress: Sendable {
    var step: CompactionStep?
    var failure: String?
    /// Entries whose records are to be erased and are not yet.
    var erasures: Set<UInt64> = []
    /// Ranges of runs of the index that turned out to be damaged.
    var damagedRuns: Set<Range<UInt64>> = []
    var sealsTail = false
    var writtenByteCount: UInt64 = 0
    var scrubbedByteCount: UInt64 = 0
}

/// Does what the plan says, one step after another. Used by one thread at a time.
///
/// Each step writes beside what is there, makes it durable, reads it back, takes it into use, and only then removes what it replaces; broken off
/// anywhere it leaves the store as it was, and is planned again.
struct Compactor {
    let ledger: Ledger
    let disk: any Disk
    let clock: any Clock
    let random: @Sendable (Int) -> [UInt8]

    private var store: SealedStore { ledger.store }

    /// Which steps are looked at.
    enum Work {
        case all
        /// Those that change the store.
        case changes
        /// The reading of segments that are read again.
        case scrubs
    }

    /// Segments whose entries are all there and not sealed.
    var waitingSegments: Int {
        let size = ledger.state.withLock { $0.size }
        return Int((size - min(size, store.segments.end)) / store.segments.shape.span)
    }

    /// The next step that is due.
    func plan(_ work: Work = .all) -> CompactionStep? {
        let policy = ledger.configuration.compaction
        let plan = CompactionPlan(retentionYears: policy.retentionYears, scrubDays: policy.scrubDays)
        var picture = picture()
        if work != .changes { picture.scrubbing = scrubbing() }
        return work == .scrubs ? plan.scrub(picture) : plan.next(picture)
    }

    /// Thrown by the pace of a step: the journal is to be read back, for which nothing may change.
    private struct GivingWay: Error {}

    /// Does one step, if any is due. Breaks off and begins anew when the journal must be read back meanwhile.
    ///
    /// - Parameters:
    ///   - pace: called with the bytes written since the last call; may sleep, as long as nobody waits for `changing`.
    ///   - reading: called with the bytes of each read of a segment that is read again, while the store is free; may sleep, and do other
    ///     steps.
    /// - Returns: the step that was done.
    func step(
        _ work: Work = .all, pace: @escaping (Int) throws -> Void = { _ in },
        reading: @escaping (Int) throws -> Void = { _ in }
    ) throws -> CompactionStep? {
        let step = try changingStep(work, pace: pace)
        if case .scrub(let segment)? = step { try scrub(segment: segment, pace: reading) }
        return step
    }

    /// Does one step that changes the store, or takes it upon itself to read a segment again.
    private func changingStep(_ work: Work, pace: @escaping (Int) throws -> Void) throws -> CompactionStep? {
        while true {
            do {
                return try store.changing.withLock { try stepAlone(work, pace: pace) }
            } catch is GivingWay {}
        }
    }

    private func stepAlone(_ work: Work, pace: @escaping (Int) throws -> Void) throws -> CompactionStep? {
        try store.segments.settle()
        catchUp()
        defer { store.progress.withLock { $0.step = nil } }
        while let step = plan(work) {
            if case .scrub(let segment) = step {
                noteIdle(work)
                ledger.scrubLog?.change { $0.underWay = segment }
                return step
            }
            store.progress.withLock { $0.step = step }
            do {
                try perform(step) { count in
                    store.progress.withLock { $0.writtenByteCount += UInt64(count) }
                    try pace(count)
                    if store.changing.isAwaited { throw GivingWay() }
                }
                return step
            } catch let error as StorageError where error.code == .indexDamaged {
                // A run that the step read: what is planned now makes it again.
                guard let range = step.indexRange, store.noteDamage(within: range) else { throw error }
            }
        }
        noteIdle(work)
        return nil
    }

    /// Nothing that changes the store is due. Whoever looked at scrubbing alone does not know.
    private func noteIdle(_ work: Work) {
        guard work != .scrubs else { return }
        store.progress.withLock { $0.sealsTail = false }
    }

    /// What was sealed and indexed before a step failed is read from segments from now on.
    private func catchUp() {
        let end = store.segments.end
        guard ledger.state.withLock({ $0.sealedEnd }) < end, store.uncovered.isEmpty else { return }
        ledger.state.withLock { $0.release(upTo: end) }
    }

    private func picture() -> CompactionPlan.Picture {
        let (published, released) = ledger.state.withLock { (min($0.published?.size ?? 0, $0.size), $0.sealedEnd) }
        let (erasures, sealsTail) = store.progress.withLock { ($0.erasures, $0.sealsTail) }
        let segments = store.segments.summaries()
        let end = store.segments.end
        return CompactionPlan.Picture(
            published: published, sealedEnd: end, span: store.segments.shape.span,
            segments: segments.map { segment in
                CompactionPlan.SegmentSummary(
                    range: segment.firstIndex..<segment.end, lastTime: segment.lastTime,
                    records: segment.records.filter { !$0.isExpired }.map {
                        CompactionPlan.SegmentSummary.Records(
                            retention: $0.retention, isThorough: $0.effort == .thorough, held: $0.held)
                    })
            },
            unindexed: unindexed(segments),
            mergeable: mergePlan()?.ranges,
            releasable: ledger.reader.withLock { $0.names(endingBy: min(end, released)) }, erasures: erasures,
            now: ledger.queue.withLock { $0.trustedTime }, sealsTail: sealsTail)
    }

    private func unindexed(_ segments: [SegmentStore.Summary]) -> [Range<UInt64>] {
        let gaps = store.uncovered
        guard !gaps.isEmpty else { return [] }
        return segments.map { $0.firstIndex..<$0.end }.filter { range in gaps.contains { $0.overlaps(range) } }
    }

    /// Only runs of complete segments are merged: the run of an incomplete one is about to be replaced.
    private func mergePlan() -> RunMergePlan? {
        store.index.planMerge().flatMap { plan in
            plan.ranges.allSatisfy { $0.upperBound <= store.segments.completeEnd } ? plan : nil
        }
    }

    private func perform(_ step: CompactionStep, pace: @escaping (Int) throws -> Void) throws {
        let segments = store.segments
        switch step {
        case .releaseJournal(let names): try release(names)
        case .seal(let range): try seal(range, pace: pace)
        case .index(let range):
            let damaged = store.progress.withLock { $0.damagedRuns }
            try store.makeRun(range, pace: pace)
            noteRemade(damaged.subtracting(store.progress.withLock { $0.damagedRuns }))
        case .merge:
            guard let plan = mergePlan() else { return }
            try store.finish(store.index.beginMerge(plan), replacing: plan.ranges, pace: pace)
        case .erase(let segment, let indices):
            // The keys first: broken off behind them the records are still there, and the erasure is due when it is asked for again.
            try store.dropKeys(of: indices, in: segment, pace: pace)
            for records in segments.summaries().first(where: { $0.firstIndex == segment.lowerBound })?.records ?? [] {
                try segments.rewriteRecords(
                    ofSegmentHolding: segment.lowerBound, retention: records.retention, effort: records.effort,
                    erasing: indices, salt: random(16), pace: pace)
            }
            store.progress.withLock { $0.erasures.subtract(indices) }
            // The journal's newest file may hold them yet: it is left for a new one, and let go.
            ledger.queue.notify { $0.rotates = true }
        case .expire(let segment, let retention):
            try segments.expireRecords(ofSegmentHolding: segment, retention: retention)
        case .repack(let segment, let retention):
            try segments.rewriteRecords(
                ofSegmentHolding: segment, retention: retention, effort: .thorough, salt: random(16), pace: pace)
        case .scrub: preconditionFailure("a segment is read again without the store's lock")
        }
    }

    private func seal(_ range: Range<UInt64>, pace: @escaping (Int) throws -> Void) throws {
        let (root, time) = try ledger.sealedRootAndTime(at: range.upperBound)
        try store.segments.seal(
            SealRequest(range: range, lastTime: time, rootAfter: root, effort: .fast), salt: { random(16) },
            pace: pace, from: JournalSource(ledger: ledger))
        // The keys are in the index before they leave the state: a look-up finds them in the one or in the other.
        try store.makeRun(range, pace: pace)
        ledger.state.withLock { $0.release(upTo: range.upperBound) }
        try store.segments.settle()
    }

    private func release(_ names: [String]) throws {
        ledger.reader.withLock { $0.release(names) }
        for name in names {
            let path = "\(ledger.folder.journalPath)/\(name)"
            if disk.exists(path) { try disk.remove(path) }
        }
        try disk.synchronizeDirectory(ledger.folder.journalPath)
    }
}

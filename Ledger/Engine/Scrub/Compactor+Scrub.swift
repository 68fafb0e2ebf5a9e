import LedgerStorage
import Synchronization

extension Compactor {
    /// What the plan is told of scrubbing; `nil` when none may be planned now.
    func scrubbing() -> CompactionPlan.Scrubbing? {
        guard let (state, desk) = ledger.scrubLog?.current, desk.underWay == nil else { return nil }
        return CompactionPlan.Scrubbing(
            next: state.round?.next, lastStarted: state.last?.started, rechecks: desk.rechecks, isAsked: desk.isAsked)
    }

    /// Reads one segment again and notes what was found. Without the store's lock: everything else goes on meanwhile.
    ///
    /// - Parameter pace: called with the bytes of each read; may sleep, do other steps, and break the step off by throwing.
    func scrub(segment first: UInt64, pace: @escaping (Int) throws -> Void) throws {
        guard let log = ledger.scrubLog else { return }
        defer { log.change { $0.underWay = nil } }
        let store = ledger.store
        let isRecheck = log.current?.desk.rechecks.contains(first) ?? false
        let began = now
        let secrets = SecretFolder(path: ledger.folder.secretsPath, disk: disk, ledgerID: ledger.folder.ledgerID)
        let scrub = SegmentScrub(store.segments, index: store.index, secrets: secrets) { count in
            store.progress.withLock { $0.scrubbedByteCount += UInt64(count) }
            try pace(count)
        }
        let outcome = try scrub.run(segmentHolding: first) { body in
            try store.changing.withLock {
                try store.segments.settle()
                return try body()
            }
        }
        guard let outcome else {
            // It is read when it stays as it is for a while, or is gone.
            log.change { _ = $0.rechecks.remove(first) }
            return
        }
        let ended = now
        let damage = outcome.damage.map { damage in
            ScrubState.Damage(
                found: ended, segment: outcome.range.lowerBound, file: shortened(damage.file),
                offset: UInt64(max(damage.offset, 0)), index: damage.index, reason: shortened(damage.reason))
        }
        let end = store.segments.end
        try log.update { state in
            state.note(
                ScrubbedSegment(
                    range: outcome.range, byteCount: UInt64(outcome.byteCount), damage: damage, began: began,
                    ended: ended, isRecheck: isRecheck),
                end: end)
        }
        // Made again in the background.
        store.progress.withLock { $0.damagedRuns.formUnion(outcome.damagedRuns) }
        let isIdle = log.current?.state.round == nil
        log.change { desk in
            desk.rechecks.remove(first)
            if isIdle, !isRecheck { desk.isAsked = false }
        }
        ledger.announceScrubResults()
    }

    /// Runs that were damaged and have been made again are damaged no more.
    func noteRemade(_ ranges: Set<Range<UInt64>>) {
        guard !ranges.isEmpty, let log = ledger.scrubLog else { return }
        // What cannot be noted now is found out when they are read next.
        try? log.update { $0.noteRemade(ranges, at: now, indexFolder: shortened(ledger.folder.indexPath)) }
        ledger.announceScrubResults()
    }

    private var now: UInt64 { ledger.queue.withLock { $0.trustedTime } }

    /// Without the path of the data folder, which is the machine's business.
    private func shortened(_ text: String) -> String { text.replacing(ledger.folder.path + "/", with: "") }
}

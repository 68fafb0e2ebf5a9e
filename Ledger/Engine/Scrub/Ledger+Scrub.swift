public import LedgerStorage
import Synchronization

/// How far scrubbing has come, and what it found.
public struct ScrubStatus: Sendable {
    /// The newest round that is complete.
    public let last: ScrubState.Summary?
    /// The round that is under way.
    public let round: ScrubState.Round?
    /// What is damaged and was not found whole since, as far as scrubbing knows.
    public let damage: [ScrubState.Damage]
    /// The first entry of the segment that is read next; `nil` when there is none.
    public let next: UInt64?
    /// When that is due, Unix ms; `nil` for never.
    public let due: UInt64?
    /// Results that wait to be filed.
    public let waiting: Int
    /// Bytes read since the ledger was opened.
    public let byteCount: UInt64
}

extension Ledger {
    /// What an operator does about damage.
    public static func remedy(for damage: [ScrubState.Damage]) -> String {
        let keys = damage.contains { $0.file.hasPrefix("keys/") }
        return "stop the service, run `tamga repair`, then `tamga compact --now --scrub`"
            + (keys ? "; blocks of secrets have no parity: restore them from the copy of the keys" : "")
    }

    /// What is damaged and was not found whole since, as far as scrubbing knows. Cheap.
    public var knownDamage: [ScrubState.Damage] { scrubLog?.current?.state.known ?? [] }

    /// How far scrubbing has come, and what it found. Reads no segment.
    public func scrubStatus() -> ScrubStatus {
        let current = scrubLog?.current
        let (state, rechecks) = (current?.state ?? ScrubState(), current?.desk.rechecks ?? [])
        let segments = store.segments.summaries()
        let known = segments.first { rechecks.contains($0.firstIndex) }
        let next = known ?? state.round.flatMap { round in segments.first { $0.end > round.next } } ?? segments.first
        let plan = CompactionPlan(retentionYears: [:], scrubDays: configuration.compaction.scrubDays)
        let isBegun = known != nil || state.round != nil
        let last = state.last?.started ?? segments.first?.lastTime
        return ScrubStatus(
            last: state.last, round: state.round, damage: state.known, next: next?.firstIndex,
            due: isBegun && plan.scrubDays > 0
                ? queue.withLock { $0.trustedTime } : last.flatMap { plan.scrubTime(after: $0) },
            waiting: state.waiting.count, byteCount: store.progress.withLock { $0.scrubbedByteCount })
    }

    /// Reads every segment again, now and as fast as the disk allows, on the caller's thread; the background helps where it runs. Damaged
    /// runs of the index are made again.
    ///
    /// - Parameter progress: called with each step before the next one.
    /// - Durability: what was found is in the scrub state when this returns, and waits to be filed.
    /// - Throws: what a step throws; `LedgerError.stopped` when the ledger is open for reading only, or closes.
    public func scrub(progress: (CompactionStep) throws -> Void = { _ in }) throws {
        guard let compactor, let scrubLog else { throw LedgerError.stopped("the ledger is open for reading only") }
        guard store.segments.end > 0 else { return }
        let (now, end) = (queue.withLock { $0.trustedTime }, store.segments.end)
        try scrubLog.update { $0.begin(at: now, end: end) }
        scrubLog.change { $0.isAsked = true }
        while scrubLog.change({ $0.isAsked }) {
            do {
                if let step = try compactor.step(.scrubs) {
                    try progress(step)
                    continue
                }
            } catch {
                scrubLog.change { $0.isAsked = false }
                throw error
            }
            guard queue.withLock({ !$0.isClosing }), scrubLog.current != nil else {
                scrubLog.change { $0.isAsked = false }
                throw LedgerError.stopped("the store is not read to its end; the round goes on later")
            }
            // The background reads a segment.
            _ = queue.wait(milliseconds: 20) { _ -> Bool? in nil }
        }
        // What fails here is tried again in the background.
        while !store.progress.withLock({ $0.damagedRuns.isEmpty }), let step = try? compactor.step(.changes) {
            try progress(step)
        }
    }

    /// As `scrub`, on a thread of its own, behind whoever compacts or scrubs already. A cancelled task breaks it off between two segments;
    /// the round goes on later.
    ///
    /// - Returns: the steps that were done.
    /// - Throws: as `scrub`; `CancellationError`; `LedgerError.busy` when the system gives no thread.
    public func scrubInTurn() async throws -> [CompactionStep] {
        try await compactionTurn.pass {
            try await onThreadOfItsOwn { isCancelled in
                var steps: [CompactionStep] = []
                try self.scrub { step in
                    steps.append(step)
                    if isCancelled() { throw CancellationError() }
                }
                return steps
            }
        }
    }

    // MARK: Filing

    /// What is to be filed as ledger events, oldest first.
    public func scrubResults() -> [ScrubState.Result] { scrubLog?.current?.state.waiting ?? [] }

    /// A result is durable as a record: it waits no more.
    ///
    /// - Throws: `DiskError`: it goes on waiting.
    public func noteFiled(_ result: ScrubState.Result) throws {
        try scrubLog?.update { $0.waiting.removeAll { $0 == result } }
    }

    /// Says whom to call when a result waits to be filed, and from time to time while one does. The background reads nothing again
    /// before somebody can be told.
    public func whenScrubbed(_ body: @escaping @Sendable () -> Void) {
        scrubLog?.change { $0.whenWaiting = body }
        announceScrubResults()
        compactionThread?.wake()
    }

    /// Tells whoever files results that some wait.
    func announceScrubResults() {
        guard let current = scrubLog?.current, !current.state.waiting.isEmpty else { return }
        current.desk.whenWaiting?()
    }
}

import LedgerMerkle
public import LedgerStorage
import Synchronization

/// What is sealed and what is not, and what background work is at.
public struct CompactionStatus: Sendable {
    /// Entries in segments, and entries in all.
    public let sealed: UInt64
    public let size: UInt64
    public let segments: [SegmentStore.Summary]
    /// Entries in complete spans that wait to be sealed.
    public let backlog: UInt64
    /// Segments whose records are not packed for good yet.
    public let unpacked: Int
    /// Journal files in use.
    public let journalFiles: Int
    /// Records to be erased that are not yet.
    public let pendingErasures: Int
    public let index: RunIndexStatistics
    /// What is being done now.
    public let step: CompactionStep?
    /// What is due next, as of now.
    public let next: CompactionStep?
    /// Why the last step failed; it is tried again.
    public let failure: String?
    /// Bytes that background work has written since the ledger was opened.
    public let writtenByteCount: UInt64
    public let scrub: ScrubStatus
}

extension Ledger {
    /// What is sealed and what background work is at. No read of entries or records.
    public func compactionStatus() -> CompactionStatus {
        let progress = store.progress.withLock { $0 }
        let segments = store.segments.summaries()
        let (sealed, size) = (store.segments.end, size)
        let span = store.segments.shape.span
        let reading = (scrubLog?.change { $0.underWay }).map { CompactionStep.scrub(segment: $0) }
        return CompactionStatus(
            sealed: sealed, size: size, segments: segments,
            backlog: size / span * span > sealed ? size / span * span - sealed : 0,
            unpacked: segments.count { $0.records.contains { !$0.isExpired && $0.effort == .fast } },
            journalFiles: reader.withLock { $0.openCount }, pendingErasures: progress.erasures.count,
            index: store.index.statistics, step: progress.step ?? reading, next: compactor?.plan(),
            failure: progress.failure, writtenByteCount: progress.writtenByteCount, scrub: scrubStatus())
    }

    /// As `compact`, on a thread of its own. Who asks while another's is under way waits for its turn, and does what is left by then.
    ///
    /// A cancelled task breaks it off between two steps; nothing is lost by that, and what is left is due as before.
    ///
    /// - Returns: the steps that were done.
    /// - Throws: what a step throws; `CancellationError`; `LedgerError.busy` when the system gives no thread.
    public func compactInTurn(sealingTail: Bool = false) async throws -> [CompactionStep] {
        try await compactionTurn.pass {
            try await onThreadOfItsOwn { isCancelled in
                var steps: [CompactionStep] = []
                if isCancelled() { throw CancellationError() }
                try self.compact(sealingTail: sealingTail) { step in
                    steps.append(step)
                    if isCancelled() { throw CancellationError() }
                }
                return steps
            }
        }
    }

    /// Does all background work that is due now, on the caller's thread.
    ///
    /// - Parameters:
    ///   - sealingTail: seal the newest entries, too, though they do not fill a segment yet.
    ///   - progress: called with each step that was done; breaks the work off by throwing.
    /// - Throws: what a step throws; the store is as it was before that step. What `progress` throws.
    public func compact(sealingTail: Bool = false, progress: (CompactionStep) throws -> Void = { _ in }) throws {
        guard let compactor else { throw LedgerError.stopped("the ledger is open for reading only") }
        if sealingTail { store.progress.withLock { $0.sealsTail = true } }
        while let step = try compactor.step() { try progress(step) }
    }

    /// Replaces the records of entries by what stays of them, and takes their keys out of the index; entries and proofs stay.
    ///
    /// What lies in the journal is sealed early, so that the journal can go. Done in the background; `compact` does it at once.
    /// - Returns: how many of them were still there.
    @discardableResult
    public func erase(_ indices: Set<UInt64>) throws -> Int {
        let due = try indices.sorted().filter { index in
            guard index < size else { return false }
            switch try record(at: index) {
            case .held: return true
            case .none, .erased, .expired: return false
            }
        }
        store.progress.withLock { $0.erasures.formUnion(due) }
        if !due.isEmpty { compactionThread?.wake() }
        return due.count
    }

    /// As `erase`, and does the work on the caller's thread: seals what is needed, and lets go of journal files that hold the records.
    ///
    /// - Durability: neither records nor keys of these entries are in the journal, the record files or the index on return.
    /// - Throws: what a step throws; `LedgerError.stopped` when the journal does not go on. The rest is done when it is asked for again.
    public func eraseNow(_ indices: Set<UInt64>) throws {
        guard let compactor else { throw LedgerError.stopped("the ledger is open for reading only") }
        guard let last = indices.filter({ $0 < size }).max() else { return }
        try erase(indices)
        // What waits for the journal's thread is done within two rounds of publishing.
        var patience = 200 + 20 * configuration.publishIntervalMs / 100
        while true {
            let isPending = store.progress.withLock { !$0.erasures.isDisjoint(with: indices) }
            let (first, newest) = reader.withLock { ($0.firstOpenIndex, $0.newestFirstIndex) }
            guard isPending || first <= last else { return }
            if !isPending {
                // The journal goes on in a further file, and all of the present one is sealed, so that it can go.
                if newest <= last { queue.notify { $0.rotates = true } }
                store.progress.withLock { $0.sealsTail = true }
            }
            if let step = compactor.plan(.changes), step.isDueForErasure, try compactor.step(.changes) != nil {
                continue
            }
            guard patience > 0, queue.withLock({ !$0.isClosed }) else {
                throw LedgerError.stopped("the journal does not go on, so that what is erased could leave it")
            }
            patience -= 1
            _ = queue.wait(milliseconds: 20) { _ -> Bool? in nil }
        }
    }

    /// The tree's root at a size that is published, and the time of the newest batch before it.
    func sealedRootAndTime(at size: UInt64) throws -> (root: Digest, time: UInt64) {
        let root = try LockedHashes(ledger: self).root(size: size)
        return (root, state.withLock { $0.newestTime })
    }
}

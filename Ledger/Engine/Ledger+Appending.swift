import LedgerMerkle
public import LedgerStorage
import Synchronization

/// Appending and closing.
extension Ledger {
    /// Goes up whenever something queued was not recorded. Whoever chains entries to entries that are still queued reads it first
    /// and hands it to `submit`.
    public var epoch: UInt64 { queue.withLock { $0.epoch } }

    /// Queues a submission. When a batch fails, everything queued behind it fails too, so that no entry is ever recorded without
    /// the queued ones it was built on.
    ///
    /// - Parameter epoch: the epoch under which the submission was built.
    /// - Durability: none until the ticket answers.
    /// - Throws: `LedgerError.busy` when the queue is full; `.superseded` when the epoch is another one by now; `.stopped` and its
    ///   kin when filing is closed.
    public func submit(_ submission: Submission, epoch: UInt64? = nil) throws(LedgerError) -> Admission {
        let item = submission.item
        guard item.entry.count <= JournalItem.entryLimit, item.payload.count <= JournalItem.payloadLimit,
            item.keys.count <= JournalItem.keyLimit
        else { throw .tooLarge }
        guard submission.isUniqueLeaf else { return try enqueue(submission, leafKey: nil, epoch: epoch) }
        let leafKey = DomainKey(leafHash: TreeHash.leaf(item.entry))
        while true {
            // The sealed part is looked at first and without a lock; what was sealed meanwhile would be missed in both.
            let sealings = state.withLock { $0.sealings }
            if let index = try sealedIndex(ofLeaf: leafKey) { return .recorded(index) }
            if let admission = try enqueueUnlessSealed(submission, leafKey, epoch, sealings) { return admission }
        }
    }

    private func enqueueUnlessSealed(
        _ submission: Submission, _ leafKey: DomainKey, _ epoch: UInt64?, _ sealings: UInt64
    ) throws(LedgerError) -> Admission? {
        try queue.notify { (queue) throws(LedgerError) -> Admission? in
            if let ticket = queue.inFlight[leafKey] { return .queued(ticket) }
            let (now, known) = state.withLock { ($0.sealings, $0.find(leafKey)) }
            if let known { return .recorded(known) }
            guard now == sealings else { return nil }
            return try enqueue(submission, leafKey: leafKey, epoch: epoch, in: &queue)
        }
    }

    private func enqueue(
        _ submission: Submission, leafKey: DomainKey?, epoch: UInt64?
    ) throws(LedgerError) -> Admission {
        try queue.notify { (queue) throws(LedgerError) in
            try enqueue(submission, leafKey: leafKey, epoch: epoch, in: &queue)
        }
    }

    private func enqueue(
        _ submission: Submission, leafKey: DomainKey?, epoch: UInt64?, in queue: inout Queue
    ) throws(LedgerError) -> Admission {
        let item = submission.item
        if let stopped = queue.stopped { throw stopped }
        if queue.isClosing { throw .stopped("the service is stopping") }
        if let epoch, epoch != queue.epoch { throw .superseded }
        guard queue.waiting.count < configuration.queueLimit,
            queue.bytes + item.byteCount <= Ledger.queueByteLimit
        else { throw .busy }
        let ticket = Ticket()
        queue.waiting.append((submission, ticket))
        queue.bytes += item.byteCount
        if let leafKey { queue.inFlight[leafKey] = ticket }
        for key in item.keys { queue.inFlight[key] = ticket }
        return .queued(ticket)
    }

    /// Queues a submission and waits for its acknowledgement.
    public func append(_ submission: Submission) async throws -> Acknowledgement {
        switch try submit(submission) {
        case .queued(let ticket): return try await ticket.acknowledgement()
        case .recorded(let index): return try acknowledgement(of: index)
        }
    }

    /// The ticket of a submission with this key that is queued or being made durable.
    public func pending(_ key: DomainKey) -> Ticket? {
        queue.withLock { $0.inFlight[key] }
    }

    /// An operator says that the wall clock is right, though it is far ahead of the ledger, or behind what was recorded while it
    /// was wrong. Behind, entries get the newest entry's time until the clock has caught up; it is forgotten when the ledger
    /// closes. Takes effect before anything queued afterwards.
    public func acceptClock() {
        queue.notify { $0.acceptsClock = true }
    }

    /// Why nothing is recorded, or `nil`.
    ///
    /// Filing may be closed until the journal was read back; the clock may be wrong, as of the last publishing; or the disk may
    /// have had no room, or the process no descriptor, for a further journal file. The last two are looked at again at each
    /// publishing, and do not keep `submit` from taking: what is queued may find them mended.
    public var stopReason: LedgerError? {
        queue.withLock { $0.stopped ?? $0.clockStop ?? $0.fileStop }
    }

    /// Takes no more, makes everything queued durable, publishes, and closes the files. Returns when that is done.
    public func close() {
        if configuration.compaction.isAutomatic { compactionThread?.close() }
        queue.notify { $0.isClosing = true }
        while queue.wait(milliseconds: 1000, { $0.isClosed ? true : nil }) == nil {}
        journalThread.withLock { $0 }?.join()
    }
}

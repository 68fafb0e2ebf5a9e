public import LedgerStorage
import Synchronization

/// A ledger whose work is done only when its owner asks for it: the same code as the threads run, in an order that the owner chooses.
///
/// For simulation: with a simulated disk and clock everything that happens follows from the order of the calls.
public final class LedgerSteps {
    public let ledger: Ledger
    private let thread: JournalThread

    /// Opens a ledger for writing without starting a thread. As `Ledger.open` otherwise.
    ///
    /// `Ledger.close` would wait for ever: `close` here takes its place.
    public init(
        folder: DataFolder, configuration: Ledger.Configuration, disk: any Disk, clock: any Clock,
        signer: any CheckpointSigner
    ) throws {
        thread = try JournalThread(
            folder: folder, configuration: configuration, disk: disk, clock: clock, signing: InlineSigning(signer),
            progress: { _, _ in })
        ledger = Ledger(opened: thread, folder: folder, configuration: configuration)
    }

    /// One round of the journal's owner: makes what is queued durable, comes back from a failure, publishes, each if it is due.
    ///
    /// Tickets answer within the call.
    /// - Returns: whether the ledger is closed.
    @discardableResult
    public func step() -> Bool {
        thread.step(ledger, ledger.queue.withLock { thread.takeWork(&$0) })
    }

    /// One step of background work, if any is due: sealing, indexing, merging, erasing, letting go.
    ///
    /// - Returns: the step that was done.
    /// - Throws: what the step throws; the store is as it was before it.
    @discardableResult
    public func compact(sealingTail: Bool = false) throws -> CompactionStep? {
        if sealingTail { ledger.store.progress.withLock { $0.sealsTail = true } }
        return try ledger.compactor?.step()
    }

    /// Makes everything queued durable, publishes, and closes the files.
    public func close() {
        ledger.queue.notify { $0.isClosing = true }
        while !step() {}
    }
}

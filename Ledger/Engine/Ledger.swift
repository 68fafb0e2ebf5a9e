import LedgerMerkle
public import LedgerStorage
import Synchronization

/// An open ledger: one thread owns the journal, a second one signs while the first one syncs, everybody else reads.
///
/// The way of a batch, and why its order is safe:
/// 1. the thread takes what has queued while the batch before was syncing, and stamps it with one time;
/// 2. the state machine stages it: leaf hashes, root, frame. Readers see nothing of it;
/// 3. the frame is written, then synced; meanwhile the checkpoint is signed, but not let go;
/// 4. the signer's state is written: from here on a journal without this batch is refused;
/// 5. the batch is committed and acknowledged. A crash before 4 loses only what nobody was promised.
public final class Ledger: Sendable {
    /// Limits and places.
    public struct Configuration: Sendable {
        /// The most submissions that may wait; beyond, `LedgerError.busy`.
        public var queueLimit = 8192
        /// The most entries of one batch.
        public var batchLimit = 4096
        /// A further copy of the signer's state, made when absent: kept where a restored data folder does not reach.
        public var signerStateShadow: String?
        /// How often the newest checkpoint is published, ms.
        public var publishIntervalMs = 1000
        /// An operator says that the clock is right, however far ahead of the ledger or behind it.
        public var acceptsClock = false

        public init() {}
    }

    struct Queue {
        var waiting: [(submission: Submission, ticket: Ticket)] = []
        var bytes = 0
        /// Tickets of everything queued or staged, by domain key; a key leaves only after the index knows it.
        var inFlight: [DomainKey: Ticket] = [:]
        /// Why nothing is taken; `nil` while filing is open.
        var stopped: LedgerError?
        /// Why the clock would stop a filing, as of the last look at it.
        var clockStop: LedgerError?
        /// Why the last batch that needed a further journal file did not get it; `nil` once there was one, or room again.
        var fileStop: LedgerError?
        var isClosing = false
        var isClosed = false
        var acceptsClock = false
        /// Goes up whenever something queued was not recorded: what callers built on it is void then.
        var epoch: UInt64 = 0
    }

    /// Bytes that may wait in the queue.
    static let queueByteLimit = 64 << 20

    public let folder: DataFolder
    /// Why the clock stopped filing when the ledger was opened; `nil` when it did not.
    public let clockComplaint: LedgerError?
    /// What was found when the ledger was opened that does no harm but should be known: changed bytes where nothing is stored, and
    /// what was cut because it was never acknowledged.
    public let openingNotes: [String]
    let configuration: Configuration
    let queue: Monitor<Queue>
    let state: Mutex<LedgerState>
    let reader: Mutex<JournalReader>

    /// Opens a ledger for writing: takes the lock, reads the journal back, cuts a torn tail, signs the newest checkpoint.
    ///
    /// - Parameter progress: bytes read and bytes in all, while the journal is read.
    /// - Throws: `StorageError` when anything below the watermark is not as it was signed, or another process has the folder.
    public static func open(
        folder: DataFolder, configuration: Configuration = Configuration(), disk: any Disk = PosixDisk(),
        clock: any Clock = SystemClock(), signer: any CheckpointSigner, progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Ledger {
        let thread = try JournalThread(
            folder: folder, configuration: configuration, disk: disk, clock: clock, signing: SigningThread(signer),
            progress: progress)
        let ledger = Ledger(opened: thread, folder: folder, configuration: configuration)
        // The thread is handed over whole: nothing else refers to it.
        nonisolated(unsafe) let owned = thread
        startThread { owned.run(ledger) }
        return ledger
    }

    convenience init(opened thread: JournalThread, folder: DataFolder, configuration: Configuration) {
        self.init(
            folder: folder, configuration: configuration, state: thread.openedState, reader: thread.openedReader,
            clockComplaint: thread.openedComplaint, openingNotes: thread.openingNotes)
    }

    init(
        folder: DataFolder, configuration: Configuration, state: LedgerState, reader: JournalReader,
        clockComplaint: LedgerError? = nil, openingNotes: [String] = []
    ) {
        self.folder = folder
        self.clockComplaint = clockComplaint
        self.configuration = configuration
        self.openingNotes = openingNotes
        queue = Monitor(Queue(clockStop: clockComplaint))
        self.state = Mutex(state)
        self.reader = Mutex(reader)
    }

    // MARK: Appending

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
        let leafKey = submission.isUniqueLeaf ? DomainKey(leafHash: TreeHash.leaf(item.entry)) : nil
        return try queue.notify { (queue) throws(LedgerError) -> Admission in
            if let leafKey {
                if let ticket = queue.inFlight[leafKey] { return .queued(ticket) }
                if let index = state.withLock({ $0.find(leafKey) }) { return .recorded(index) }
            }
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
        queue.notify { $0.isClosing = true }
        while queue.wait(milliseconds: 1000, { $0.isClosed ? true : nil }) == nil {}
    }
}

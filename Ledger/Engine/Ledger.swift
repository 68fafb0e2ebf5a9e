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
        /// How records are packed and opened.
        public var codec: any RecordCodec = OpaqueRecords()
        /// When what is filed is sealed, packed, merged and let go.
        public var compaction = CompactionPolicy()
        /// Tiles of 256 leaves kept in memory for proofs, 16 KiB each.
        public var tileLimit = 4096
        /// Random bytes, for salts of record files.
        public var random: @Sendable (Int) -> [UInt8] = Configuration.systemRandom
        /// An operator says that the clock is right, however far ahead of the ledger or behind it.
        public var acceptsClock = false
        /// How long one signature may take before filing is closed, ms.
        public var signingLimitMs = SigningThread.usualLimitMs

        public init() {}

        private static func systemRandom(_ count: Int) -> [UInt8] {
            var generator = SystemRandomNumberGenerator()
            return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
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
        /// The newest wall clock that could be believed, as of the last publishing, Unix ms: what expiry goes by.
        var trustedTime: UInt64 = 0
        var isClosing = false
        var isClosed = false
        var acceptsClock = false
        /// The journal is to go on in a further file, so that the present one can be let go.
        var rotates = false
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
    let store: SealedStore
    let spanPaths = Mutex(SpanPaths())
    let compactionTurn = Turnstile()
    /// Of a reader: the segments as they were when it last had to look again.
    let newerSegments = Mutex<SegmentStore?>(nil)
    private let work: (disk: any Disk, clock: any Clock)?
    let compactionThread: CompactionThread?
    let journalThread = Mutex<RunningThread?>(nil)
    /// `nil` for a ledger that is open for reading only.
    let scrubLog: ScrubLog?

    /// Opens a ledger for writing: takes the lock, reads the journal back, cuts a torn tail, signs the newest checkpoint.
    ///
    /// - Parameter progress: bytes read and bytes in all, while the journal is read.
    /// - Throws: `StorageError` when anything below the watermark is not as it was signed, or another process has the folder.
    public static func open(
        folder: DataFolder, configuration: Configuration = Configuration(), disk: any Disk = PosixDisk(),
        clock: any Clock = SystemClock(), signer: any CheckpointSigner, progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Ledger {
        let thread = try JournalThread(
            folder: folder, configuration: configuration, disk: disk, clock: clock,
            signing: SigningThread(signer, limitMs: configuration.signingLimitMs),
            progress: progress)
        let ledger = Ledger(opened: thread, folder: folder, configuration: configuration)
        // The thread is handed over whole: nothing else refers to it.
        nonisolated(unsafe) let owned = thread
        let running = startThread { owned.run(ledger) }
        ledger.journalThread.withLock { $0 = running }
        if configuration.compaction.isAutomatic, let compactor = ledger.compactor {
            ledger.compactionThread?.start(compactor, configuration.compaction)
        }
        return ledger
    }

    convenience init(opened thread: JournalThread, folder: DataFolder, configuration: Configuration) {
        self.init(
            folder: folder, configuration: configuration, store: thread.openedStore, state: thread.openedState,
            reader: thread.openedReader, clockComplaint: thread.openedComplaint, openingNotes: thread.openingNotes,
            work: (thread.disk, thread.clock))
        queue.withLock { $0.trustedTime = thread.time.lastSeen }
    }

    /// - Parameter work: what background work is done with; `nil` for a ledger that is open for reading only.
    init(
        folder: DataFolder, configuration: Configuration, store: SealedStore, state: LedgerState, reader: JournalReader,
        clockComplaint: LedgerError? = nil, openingNotes: [String] = [], work: (disk: any Disk, clock: any Clock)? = nil
    ) {
        self.folder = folder
        self.clockComplaint = clockComplaint
        self.configuration = configuration
        self.openingNotes = openingNotes
        queue = Monitor(Queue(clockStop: clockComplaint))
        self.state = Mutex(state)
        self.reader = Mutex(reader)
        self.store = store
        self.work = work
        compactionThread = work.map { _ in CompactionThread() }
        scrubLog = work.map { ScrubLog(disk: $0.disk, path: folder.scrubStatePath, ledgerID: folder.ledgerID) }
    }

    /// Whether another process writes.
    var isReader: Bool { work == nil }

    /// Does background work; `nil` for a ledger that is open for reading only.
    var compactor: Compactor? {
        work.map { Compactor(ledger: self, disk: $0.disk, clock: $0.clock, random: configuration.random) }
    }
}

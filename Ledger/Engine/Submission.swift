public import LedgerMerkle
public import LedgerStorage

/// What is handed to the ledger to be appended.
public struct Submission: Sendable {
    /// The entry and what lies beside it.
    public var item: JournalItem
    /// Where in the entry the batch's time goes, as 8 bytes of big-endian Unix ms; `nil` leaves the entry as it is.
    public var timeOffset: Int?
    /// Refuse a second entry with the same leaf hash: the caller gets the first one's index.
    public var isUniqueLeaf: Bool

    /// - Precondition: a time offset lies within the entry; a unique leaf has none, since its hash must be known before.
    public init(item: JournalItem, timeOffset: Int? = nil, isUniqueLeaf: Bool = false) {
        precondition(timeOffset == nil || !isUniqueLeaf)
        precondition(timeOffset.map { $0 >= 0 && $0 + 8 <= item.entry.count } ?? true)
        self.item = item
        self.timeOffset = timeOffset
        self.isUniqueLeaf = isUniqueLeaf
    }
}

/// A signed checkpoint: the note as bytes, and what it says.
public struct SignedCheckpoint: Hashable, Sendable {
    public let size: UInt64
    public let root: Digest
    /// The signed note (C2SP tlog-checkpoint).
    public let note: [UInt8]

    public init(size: UInt64, root: Digest, note: [UInt8]) {
        self.size = size
        self.root = root
        self.note = note
    }
}

/// The answer to an append: the entry is durable, and the checkpoint over it is signed.
public struct Acknowledgement: Sendable {
    public let index: UInt64
    /// The batch's time by the operator's clock, Unix ms.
    public let recorded: UInt64
    /// The checkpoint of the batch.
    public let checkpoint: SignedCheckpoint
}

/// Where a submission went.
public enum Admission: Sendable {
    /// It is queued, or the same leaf is: wait for the ticket.
    case queued(Ticket)
    /// The same leaf was recorded before.
    case recorded(UInt64)
}

/// Signs checkpoints. Called from the ledger's signing thread only.
public protocol CheckpointSigner: Sendable {
    /// The signed note over (origin, size, root).
    func sign(size: UInt64, root: Digest) throws -> SignedCheckpoint
}

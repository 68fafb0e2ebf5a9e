public import LedgerMerkle

/// What the layer above knows of records and the storage does not: how to open, pack and erase them.
///
/// The storage decides where records lie, in which blocks, and when they are packed again; a codec only turns bytes into bytes. It
/// has no state that changes and may be called from several threads at once.
public protocol RecordCodec: Sendable {
    /// Stands in the header of every record file; a file of another number is refused.
    var number: UInt8 { get }

    /// The record bytes that a journal payload holds.
    ///
    /// - Throws: when the payload does not belong to the entry.
    func open(_ payload: [UInt8], entry: [UInt8]) throws -> [UInt8]

    /// Whether record bytes belong to an entry: derives what the entry binds again.
    ///
    /// - Throws: when they do not.
    func check(_ record: [UInt8], entry: [UInt8]) throws

    /// What stays of a record after its erasure, so that its entry and its issuer's chain can still be checked; empty when nothing does.
    /// The residue of a residue is itself.
    func residue(of record: [UInt8], entry: [UInt8]) throws -> [UInt8]

    /// Whether a key of a purpose stays when the record of its entry is erased: one that leads on to others and says nothing of the record.
    func keepsKey(ofPurpose purpose: UInt8) -> Bool

    /// What leads from a record to a secret that is kept apart from it; `nil` when there is none.
    func secretHandle(of record: [UInt8]) -> UInt64?

    /// Destroys the secrets of records that are gone; one that is destroyed already is passed over.
    ///
    /// - Durability: they cannot be derived any more when this returns.
    func destroySecrets(_ handles: [UInt64]) throws

    /// Begins packing or reading one record file.
    func packer(for file: RecordFileIdentity, entries: any SegmentEntries) throws -> any RecordPacker
}

extension RecordCodec {
    public func keepsKey(ofPurpose purpose: UInt8) -> Bool { false }
    public func secretHandle(of record: [UInt8]) -> UInt64? { nil }
    public func destroySecrets(_ handles: [UInt64]) throws {}
}

/// Packs and unpacks the blocks of one record file.
///
/// `unpack` of what `pack` gave is exactly what was packed, whatever the effort.
public protocol RecordPacker: Sendable {
    /// The bytes of one block. Rows have ascending positions; a record may be empty.
    ///
    /// - Parameter block: the block's number in its file: no two blocks of one file are packed under the same number.
    func pack(_ rows: [RecordRow], block: UInt32, effort: PackingEffort) throws -> [UInt8]

    /// The records of a block, in order.
    ///
    /// - Parameter positions: those of the rows packed.
    /// - Throws: `StorageError.corrupt` when the bytes are not what `pack` gave; never traps.
    func unpack(_ bytes: [UInt8], block: UInt32, positions: [Int]) throws -> [[UInt8]]

    /// One record of a block.
    ///
    /// - Parameter row: the row's number in the block.
    func unpack(_ bytes: [UInt8], block: UInt32, positions: [Int], row: Int) throws -> [UInt8]
}

extension RecordPacker {
    public func unpack(_ bytes: [UInt8], block: UInt32, positions: [Int], row: Int) throws -> [UInt8] {
        try unpack(bytes, block: block, positions: positions)[row]
    }
}

/// A record with its entry's position in the segment, from 0.
public struct RecordRow: Hashable, Sendable {
    public let position: Int
    public let record: [UInt8]

    public init(position: Int, record: [UInt8]) {
        self.position = position
        self.record = record
    }
}

/// Which record file a block belongs to.
public struct RecordFileIdentity: Hashable, Sendable {
    public let ledgerID: Digest
    /// The index of the segment's first entry.
    public let firstIndex: UInt64
    /// 16 random bytes: another for every file ever written, so that whatever is derived from it is used once.
    public let salt: [UInt8]

    public init(ledgerID: Digest, firstIndex: UInt64, salt: [UInt8]) {
        self.ledgerID = ledgerID
        self.firstIndex = firstIndex
        self.salt = salt
    }
}

/// How hard to try for few bytes.
public enum PackingEffort: UInt8, Sendable {
    /// Keeps up with filing.
    case fast = 1
    /// In the background, later.
    case thorough = 2
}

/// The entries of one segment.
public protocol SegmentEntries: Sendable {
    /// The index of the first entry.
    var firstIndex: UInt64 { get }
    var count: Int { get }
    /// The entry at a position from 0.
    func entry(_ position: Int) throws -> [UInt8]
}

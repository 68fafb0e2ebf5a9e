public import LedgerMerkle

/// The header of a journal file: 128 bytes (FORMATS.md, "Journal").
public struct JournalFileHeader: Hashable, Sendable {
    public static let byteCount = 128
    static let magic = Array("TAMGAJ01".utf8)

    /// Which ledger the file belongs to.
    public let ledgerID: Digest
    /// The size of the ledger before the first batch of this file.
    public let firstIndex: UInt64
    /// The root at that size.
    public let rootBefore: Digest
    /// The length of the whole file, header included.
    public let fileLength: UInt64

    public init(ledgerID: Digest, firstIndex: UInt64, rootBefore: Digest, fileLength: UInt64) {
        self.ledgerID = ledgerID
        self.firstIndex = firstIndex
        self.rootBefore = rootBefore
        self.fileLength = fileLength
    }

    public var encoded: [UInt8] {
        var bytes = JournalFileHeader.magic
        bytes.append(contentsOf: ledgerID.bytes)
        bytes.append(bigEndian: firstIndex)
        bytes.append(contentsOf: rootBefore.bytes)
        bytes.append(bigEndian: fileLength)
        bytes.append(contentsOf: repeatElement(0, count: JournalFileHeader.byteCount - 8 - bytes.count))
        bytes.append(bigEndian: Checksum.of(bytes))
        return bytes
    }

    /// Reads a header; `nil` unless magic, reserved bytes, length and checksum are right.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        let last = JournalFileHeader.byteCount - 8
        guard bytes.count >= JournalFileHeader.byteCount,
            bytes.prefix(8).elementsEqual(JournalFileHeader.magic),
            bytes.load(bigEndian: UInt64.self, at: last) == Checksum.of(bytes.part(0, last)),
            bytes.part(88, last - 88).isZero,
            let ledgerID = Digest(bytes.part(8, 32)), let rootBefore = Digest(bytes.part(48, 32))
        else { return nil }
        let firstIndex = bytes.load(bigEndian: UInt64.self, at: 40)
        let fileLength = bytes.load(bigEndian: UInt64.self, at: 80)
        guard firstIndex <= EntriesFormat.indexLimit, fileLength >= JournalFileHeader.byteCount,
            fileLength <= JournalWriter.greatestFileLength
        else { return nil }
        self.init(ledgerID: ledgerID, firstIndex: firstIndex, rootBefore: rootBefore, fileLength: fileLength)
    }
}

/// The header of a batch frame: 80 bytes, its own checksum last (FORMATS.md, "Journal").
///
/// A frame is header ‖ items ‖ zero padding to 8 bytes ‖ checksum of all before. Frames begin at multiples of 8.
public struct FrameHeader: Hashable, Sendable {
    public static let byteCount = 80
    /// The latest time that a batch or a signer's state may carry, Unix ms: exact in every JSON reader, and far from overflow.
    public static let latestTime: UInt64 = 1 << 53
    static let trailerByteCount = 8
    static let magic: UInt32 = 0x5447_4231  // "TGB1"

    /// The number of items, 1 or more.
    public let count: UInt32
    /// The bytes of all items, without padding.
    public let bodyLength: UInt32
    /// The batch's time, Unix ms: no entry of the batch is later, none of the next is earlier.
    public let time: UInt64
    /// The size of the ledger before this batch.
    public let sizeBefore: UInt64
    /// The root at that size.
    public let rootBefore: Digest

    public init(count: UInt32, bodyLength: UInt32, time: UInt64, sizeBefore: UInt64, rootBefore: Digest) {
        self.count = count
        self.bodyLength = bodyLength
        self.time = time
        self.sizeBefore = sizeBefore
        self.rootBefore = rootBefore
    }

    /// The length of the whole frame.
    public var frameLength: Int {
        FrameHeader.byteCount + (Int(bodyLength) + 7) / 8 * 8 + FrameHeader.trailerByteCount
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: FrameHeader.magic)
        bytes.append(bigEndian: count)
        bytes.append(bigEndian: bodyLength)
        bytes.append(bigEndian: UInt32(0))
        bytes.append(bigEndian: time)
        bytes.append(bigEndian: sizeBefore)
        bytes.append(contentsOf: rootBefore.bytes)
        bytes.append(bigEndian: UInt64(0))
        bytes.append(bigEndian: Checksum.of(bytes))
        return bytes
    }

    /// Reads a header from the start of a frame; `nil` unless it is whole.
    public init?(reading bytes: UnsafeRawBufferPointer) {
        self.init(bytes)
    }

    /// Reads a header; `nil` unless magic, reserved bytes and checksum are right.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= FrameHeader.byteCount,
            bytes.load(bigEndian: UInt32.self, at: 0) == FrameHeader.magic,
            bytes.load(bigEndian: UInt64.self, at: 72) == Checksum.of(bytes.part(0, 72)),
            bytes.part(12, 4).isZero, bytes.part(64, 8).isZero,
            let rootBefore = Digest(bytes.part(32, 32))
        else { return nil }
        self.init(
            count: bytes.load(bigEndian: UInt32.self, at: 4), bodyLength: bytes.load(bigEndian: UInt32.self, at: 8),
            time: bytes.load(bigEndian: UInt64.self, at: 16), sizeBefore: bytes.load(bigEndian: UInt64.self, at: 24),
            rootBefore: rootBefore)
    }
}

/// A key under which an item can be found again: a purpose and 16 bytes of a keyed hash, so that the journal says nothing
/// about what was hashed.
public struct DomainKey: Hashable, Sendable {
    /// Leaf hashes have purpose 0, which is never written to the journal: the entry itself gives it.
    public static let leafPurpose: UInt8 = 0
    static let byteCount = 17

    public let purpose: UInt8
    let high: UInt64
    let low: UInt64

    /// The first 16 bytes of a digest.
    public init(purpose: UInt8, digest: Digest) {
        self.purpose = purpose
        high = digest.prefixWord
        low = digest.secondWord
    }

    /// The key of a leaf hash.
    public init(leafHash: Digest) {
        self.init(purpose: DomainKey.leafPurpose, digest: leafHash)
    }

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        purpose = bytes[offset]
        high = bytes.loadUnaligned(fromByteOffset: offset + 1, as: UInt64.self)
        low = bytes.loadUnaligned(fromByteOffset: offset + 9, as: UInt64.self)
    }

    func write(to bytes: inout [UInt8]) {
        bytes.append(purpose)
        withUnsafeBytes(of: (high, low)) { bytes.append(contentsOf: $0) }
    }
}

/// One entry of a batch with what lies beside it:
/// `u16 entry length ‖ entry ‖ u8 key count ‖ keys ‖ u8 retention class ‖ u24 payload length ‖ payload`.
public struct JournalItem: Hashable, Sendable {
    /// The largest entry, bytes: what a C2SP entry bundle can carry.
    public static let entryLimit = 65_535
    /// The largest payload, bytes.
    public static let payloadLimit = 1 << 20
    /// The largest number of keys.
    public static let keyLimit = 16

    public var entry: [UInt8]
    public var keys: [DomainKey]
    /// The stored record, sealed by the layer above; the ledger does not look into it.
    public var payload: [UInt8]
    /// Which records share the payload's retention time; 0 is kept for ever.
    public var retention: UInt8

    public init(entry: [UInt8], keys: [DomainKey] = [], payload: [UInt8] = [], retention: UInt8 = 0) {
        self.entry = entry
        self.keys = keys
        self.payload = payload
        self.retention = retention
    }

    /// The least bytes of an item: no entry, no key, no payload.
    static let leastByteCount = 7

    /// The bytes of the item in a frame.
    public var byteCount: Int { 2 + entry.count + 1 + DomainKey.byteCount * keys.count + 4 + payload.count }

    func write(to bytes: inout [UInt8]) {
        bytes.append(bigEndian: UInt16(entry.count))
        bytes.append(contentsOf: entry)
        bytes.append(UInt8(keys.count))
        for key in keys { key.write(to: &bytes) }
        bytes.append(bigEndian: UInt32(retention) << 24 | UInt32(payload.count))
        bytes.append(contentsOf: payload)
    }
}

/// An item in place: offsets into a frame body that was checked as a whole.
public struct JournalItemView {
    let bytes: UnsafeRawBufferPointer
    private let entryRange: (offset: Int, count: Int)
    private let keys: (offset: Int, count: Int)
    private let payloadRange: (offset: Int, count: Int)
    public let retention: UInt8
    /// Where the next item begins.
    let end: Int

    /// Reads the item at an offset; `nil` when it does not lie within `bytes`.
    public init?(_ bytes: UnsafeRawBufferPointer, at start: Int) {
        guard start + 3 <= bytes.count else { return nil }
        let entryCount = Int(bytes.load(bigEndian: UInt16.self, at: start))
        let keyCountAt = start + 2 + entryCount
        guard keyCountAt < bytes.count else { return nil }
        let keyCount = Int(bytes[keyCountAt])
        let payloadCountAt = keyCountAt + 1 + keyCount * DomainKey.byteCount
        guard keyCount <= JournalItem.keyLimit, payloadCountAt + 4 <= bytes.count else { return nil }
        let payloadWord = bytes.load(bigEndian: UInt32.self, at: payloadCountAt)
        let payloadCount = Int(payloadWord & 0xff_ffff)
        retention = UInt8(payloadWord >> 24)
        guard payloadCount <= JournalItem.payloadLimit, payloadCountAt + 4 + payloadCount <= bytes.count else {
            return nil
        }
        self.bytes = bytes
        entryRange = (start + 2, entryCount)
        keys = (keyCountAt + 1, keyCount)
        payloadRange = (payloadCountAt + 4, payloadCount)
        end = payloadCountAt + 4 + payloadCount
    }

    public var entry: UnsafeRawBufferPointer { bytes.part(entryRange.offset, entryRange.count) }
    public var payload: UnsafeRawBufferPointer { bytes.part(payloadRange.offset, payloadRange.count) }
    public var keyCount: Int { keys.count }

    public func key(_ index: Int) -> DomainKey {
        DomainKey(bytes, at: keys.offset + index * DomainKey.byteCount)
    }

    public var item: JournalItem {
        JournalItem(
            entry: Array(entry), keys: (0..<keyCount).map(key), payload: Array(payload), retention: retention)
    }
}

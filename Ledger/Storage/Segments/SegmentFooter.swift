public import LedgerMerkle

/// What a sealed segment says of itself: the last 256 bytes of its entry file (FORMATS.md, "Segments").
public struct SegmentFooter: Hashable, Sendable {
    static let byteCount = 256
    static let magic = Array("TAMGAF01".utf8)

    public let ledgerID: Digest
    /// The index of the first entry: a multiple of the span.
    public let firstIndex: UInt64
    /// The number of entries, 1 or more.
    public let count: Int
    /// A block holds 2^blockHeight entries, the last one perhaps fewer.
    public let blockHeight: Int
    /// The tree's root at the segment's start.
    public let rootBefore: Digest
    /// SHA-256 over the footer of the complete segment before; zero in the first.
    public let footerBefore: Digest
    /// The root over this segment's entries alone.
    public let subtreeRoot: Digest
    /// The tree's root at the segment's end.
    public let rootAfter: Digest
    /// The time of the newest batch in it, Unix ms.
    public let lastTime: UInt64
    /// Where the table of blocks begins.
    let tableOffset: Int
    /// The length of the file with this footer.
    public let fileLength: Int
    /// SHA-256 over everything before the footer.
    public let contentDigest: Digest

    public var end: UInt64 { firstIndex + UInt64(count) }

    /// What the next segment names as the footer before it.
    public var digest: Digest {
        var hash = SHA256()
        hash.update(encoded)
        return hash.finalize()
    }

    var encoded: [UInt8] {
        var bytes = SegmentFooter.magic
        bytes.append(contentsOf: ledgerID.bytes)
        bytes.append(bigEndian: firstIndex)
        bytes.append(bigEndian: UInt32(count))
        bytes.append(bigEndian: UInt32(blockHeight))
        for digest in [rootBefore, footerBefore, subtreeRoot, rootAfter] { bytes.append(contentsOf: digest.bytes) }
        bytes.append(bigEndian: lastTime)
        bytes.append(bigEndian: UInt64(tableOffset))
        bytes.append(bigEndian: UInt64(fileLength))
        bytes.append(contentsOf: contentDigest.bytes)
        bytes.append(contentsOf: repeatElement(0, count: SegmentFooter.byteCount - 8 - bytes.count))
        bytes.append(bigEndian: Checksum.of(bytes))
        return bytes
    }

    init(
        ledgerID: Digest, firstIndex: UInt64, count: Int, blockHeight: Int, rootBefore: Digest, footerBefore: Digest,
        subtreeRoot: Digest, rootAfter: Digest, lastTime: UInt64, tableOffset: Int, contentDigest: Digest
    ) {
        self.ledgerID = ledgerID
        self.firstIndex = firstIndex
        self.count = count
        self.blockHeight = blockHeight
        self.rootBefore = rootBefore
        self.footerBefore = footerBefore
        self.subtreeRoot = subtreeRoot
        self.rootAfter = rootAfter
        self.lastTime = lastTime
        self.tableOffset = tableOffset
        self.contentDigest = contentDigest
        let blocks = SegmentFooter.blockCount(count, height: blockHeight)
        fileLength = tableOffset + blocks * EntriesFormat.tableRowByteCount + 8 + SegmentFooter.byteCount
    }

    /// Reads a footer; `nil` unless magic, checksum and every length agree.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == SegmentFooter.byteCount, bytes.starts(with: SegmentFooter.magic),
            let footer = try? SegmentFooter(reading: bytes), footer.encoded == bytes
        else { return nil }
        self = footer
    }

    private init(reading bytes: [UInt8]) throws {
        var cursor = ByteCursor(bytes)
        _ = try cursor.bytes(8)
        let ledgerID = try cursor.digest()
        let firstIndex = try cursor.number(UInt64.self)
        let count = Int(try cursor.number(UInt32.self))
        let blockHeight = Int(try cursor.number(UInt32.self))
        let digests = [try cursor.digest(), try cursor.digest(), try cursor.digest(), try cursor.digest()]
        let lastTime = try cursor.number(UInt64.self)
        let tableOffset = try cursor.number(UInt64.self)
        _ = try cursor.number(UInt64.self)
        guard count > 0, blockHeight <= EntriesFormat.greatestBlockHeight, tableOffset <= EntriesFormat.lengthLimit,
            firstIndex <= EntriesFormat.indexLimit
        else { throw ByteCursor.Shortage() }
        self.init(
            ledgerID: ledgerID, firstIndex: firstIndex, count: count, blockHeight: blockHeight, rootBefore: digests[0],
            footerBefore: digests[1], subtreeRoot: digests[2], rootAfter: digests[3], lastTime: lastTime,
            tableOffset: Int(tableOffset), contentDigest: try cursor.digest())
    }

    static func blockCount(_ count: Int, height: Int) -> Int {
        (count + (1 << height) - 1) >> height
    }

    var blockCount: Int { SegmentFooter.blockCount(count, height: blockHeight) }

    /// The number of entries of a block.
    func entryCount(ofBlock block: Int) -> Int {
        min(1 << blockHeight, count - block << blockHeight)
    }
}

extension ByteCursor {
    mutating func digest() throws(Shortage) -> Digest {
        let bytes = try bytes(Digest.byteCount)
        return Digest { $0.copyBytes(from: bytes) }
    }
}

/// Numbers of the entry file's format.
enum EntriesFormat {
    static let magic = Array("TAMGAE01".utf8)
    static let headerByteCount = 64
    /// Offset of a block and the root over its leaves.
    static let tableRowByteCount = 8 + Digest.byteCount
    static let greatestBlockHeight = 8
    /// More than 65,536 of the largest entries have together.
    static let lengthLimit: UInt64 = 1 << 33
    /// The greatest index that a file may begin at: far from overflow when a count is added.
    static let indexLimit: UInt64 = 1 << 62

    static func header(ledgerID: Digest, firstIndex: UInt64) -> [UInt8] {
        var bytes = magic
        bytes.append(contentsOf: ledgerID.bytes)
        bytes.append(bigEndian: firstIndex)
        bytes.append(bigEndian: UInt64(0))
        bytes.append(bigEndian: Checksum.of(bytes))
        return bytes
    }
}

import LedgerMerkle

/// What a record file says of itself: its last 128 bytes (FORMATS.md, "Record file").
struct RecordFooter: Hashable, Sendable {
    static let byteCount = 128
    static let magic = Array("TAMGAG01".utf8)

    let ledgerID: Digest
    let firstIndex: UInt64
    /// The retention class of its records.
    let retention: UInt8
    let codec: UInt8
    let effort: PackingEffort
    /// Counts the files written for this class of this segment, from 1.
    let generation: UInt32
    let rows: Int
    /// Rows with a record, and rows whose record was erased.
    let held: Int
    let erased: Int
    let blocks: Int
    let tableOffset: Int
    /// SHA-256 over everything before the footer.
    let contentDigest: Digest

    var fileLength: Int { tableOffset + blocks * RecordFormat.tableRowByteCount + 8 + RecordFooter.byteCount }

    var encoded: [UInt8] {
        var bytes = RecordFooter.magic
        bytes.append(contentsOf: ledgerID.bytes)
        bytes.append(bigEndian: firstIndex)
        bytes.append(contentsOf: [retention, codec, effort.rawValue, 0])
        bytes.append(bigEndian: generation)
        for number in [rows, held, erased, blocks] { bytes.append(bigEndian: UInt32(number)) }
        bytes.append(bigEndian: UInt64(tableOffset))
        bytes.append(bigEndian: UInt64(fileLength))
        bytes.append(contentsOf: contentDigest.bytes)
        bytes.append(bigEndian: Checksum.of(bytes))
        return bytes
    }

    init(
        ledgerID: Digest, firstIndex: UInt64, retention: UInt8, codec: UInt8, effort: PackingEffort,
        generation: UInt32, rows: Int, held: Int, erased: Int, blocks: Int, tableOffset: Int, contentDigest: Digest
    ) {
        self.ledgerID = ledgerID
        self.firstIndex = firstIndex
        self.retention = retention
        self.codec = codec
        self.effort = effort
        self.generation = generation
        self.rows = rows
        self.held = held
        self.erased = erased
        self.blocks = blocks
        self.tableOffset = tableOffset
        self.contentDigest = contentDigest
    }

    /// Reads a footer; `nil` unless magic, checksum and every length agree.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == RecordFooter.byteCount, bytes.starts(with: RecordFooter.magic),
            let footer = try? RecordFooter(reading: bytes), footer.encoded == bytes
        else { return nil }
        self = footer
    }

    private init(reading bytes: [UInt8]) throws {
        var cursor = ByteCursor(bytes)
        _ = try cursor.bytes(8)
        ledgerID = try cursor.digest()
        firstIndex = try cursor.number(UInt64.self)
        retention = try cursor.byte()
        codec = try cursor.byte()
        guard let effort = PackingEffort(rawValue: try cursor.byte()) else { throw ByteCursor.Shortage() }
        self.effort = effort
        _ = try cursor.byte()
        generation = try cursor.number(UInt32.self)
        rows = Int(try cursor.number(UInt32.self))
        held = Int(try cursor.number(UInt32.self))
        erased = Int(try cursor.number(UInt32.self))
        blocks = Int(try cursor.number(UInt32.self))
        let offset = try cursor.number(UInt64.self)
        guard offset <= RecordFormat.lengthLimit, blocks <= 1 << 24, firstIndex <= EntriesFormat.indexLimit else {
            throw ByteCursor.Shortage()
        }
        tableOffset = Int(offset)
        _ = try cursor.number(UInt64.self)
        contentDigest = try cursor.digest()
    }
}

/// Numbers of the record file's format.
enum RecordFormat {
    static let magic = Array("TAMGAR01".utf8)
    static let headerByteCount = 96
    static let saltByteCount = 16
    /// Offset u64, position of the first row u32.
    static let tableRowByteCount = 12
    /// More than 65,536 of the largest records have together.
    static let lengthLimit: UInt64 = 1 << 37
    /// The most bytes of one block; a block is cut when it would become larger.
    static let blockByteLimit = 16 << 20

    static func header(_ identity: RecordFileIdentity, retention: UInt8, codec: UInt8, generation: UInt32) -> [UInt8] {
        var bytes = magic
        bytes.append(contentsOf: identity.ledgerID.bytes)
        bytes.append(bigEndian: identity.firstIndex)
        bytes.append(contentsOf: [retention, codec, 0, 0])
        bytes.append(bigEndian: generation)
        bytes.append(contentsOf: identity.salt)
        bytes.append(contentsOf: repeatElement(0, count: headerByteCount - 8 - bytes.count))
        bytes.append(bigEndian: Checksum.of(bytes))
        return bytes
    }

    /// The salt in a header; `nil` unless the header is whole and belongs to the footer.
    static func salt(in bytes: [UInt8], footer: RecordFooter) -> [UInt8]? {
        guard bytes.count == headerByteCount, bytes.starts(with: magic) else { return nil }
        let salt = Array(bytes[56..<56 + saltByteCount])
        let identity = RecordFileIdentity(ledgerID: footer.ledgerID, firstIndex: footer.firstIndex, salt: salt)
        let expected = header(
            identity, retention: footer.retention, codec: footer.codec, generation: footer.generation)
        return bytes == expected ? salt : nil
    }
}

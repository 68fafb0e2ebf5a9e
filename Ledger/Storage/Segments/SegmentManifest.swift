import LedgerMerkle

/// Which record files belong to a segment: replaced as a whole whenever one of them is (FORMATS.md, "Segment manifest").
struct SegmentManifest: Hashable, Sendable {
    static let magic = Array("TAMGAM01".utf8)
    static let byteLimit = 1 << 16

    /// The records of one retention class.
    struct Records: Hashable, Sendable {
        let retention: UInt8
        /// The records are gone for good: their time was over.
        let isExpired: Bool
        /// Of the newest file.
        let generation: UInt32
        let fileLength: Int
        let contentDigest: Digest
        let held: Int
        let erased: Int
        let effort: PackingEffort
    }

    let ledgerID: Digest
    let firstIndex: UInt64
    let count: Int
    /// The digest of the entry file's footer.
    let footerDigest: Digest
    /// In ascending order of their classes.
    var records: [Records]

    var end: UInt64 { firstIndex + UInt64(count) }

    var encoded: [UInt8] {
        var bytes = SegmentManifest.magic
        bytes.append(contentsOf: ledgerID.bytes)
        bytes.append(bigEndian: firstIndex)
        bytes.append(bigEndian: UInt32(count))
        bytes.append(contentsOf: footerDigest.bytes)
        bytes.append(UInt8(records.count))
        for file in records {
            bytes.append(contentsOf: [file.retention, file.isExpired ? 1 : 0, file.effort.rawValue])
            bytes.append(bigEndian: file.generation)
            bytes.append(bigEndian: UInt64(file.fileLength))
            bytes.append(contentsOf: file.contentDigest.bytes)
            bytes.append(bigEndian: UInt32(file.held))
            bytes.append(bigEndian: UInt32(file.erased))
        }
        bytes.append(bigEndian: Checksum.of(bytes))
        return bytes
    }

    init(footer: SegmentFooter, records: [Records]) {
        ledgerID = footer.ledgerID
        firstIndex = footer.firstIndex
        count = footer.count
        footerDigest = footer.digest
        self.records = records.sorted { $0.retention < $1.retention }
    }

    /// Reads a manifest; `nil` unless it is whole.
    init?(_ bytes: [UInt8]) {
        guard bytes.starts(with: SegmentManifest.magic), let manifest = try? SegmentManifest(reading: bytes),
            manifest.encoded == bytes
        else { return nil }
        self = manifest
    }

    private init(reading bytes: [UInt8]) throws {
        var cursor = ByteCursor(bytes)
        _ = try cursor.bytes(8)
        ledgerID = try cursor.digest()
        firstIndex = try cursor.number(UInt64.self)
        count = Int(try cursor.number(UInt32.self))
        footerDigest = try cursor.digest()
        guard firstIndex <= EntriesFormat.indexLimit else { throw ByteCursor.Shortage() }
        var records: [Records] = []
        for _ in 0..<(try cursor.byte()) {
            let retention = try cursor.byte()
            let isExpired = try cursor.byte()
            guard isExpired <= 1, let effort = PackingEffort(rawValue: try cursor.byte()),
                records.last.map({ $0.retention < retention }) ?? true
            else { throw ByteCursor.Shortage() }
            let generation = try cursor.number(UInt32.self)
            let length = try cursor.number(UInt64.self)
            guard length <= RecordFormat.lengthLimit else { throw ByteCursor.Shortage() }
            let digest = try cursor.digest()
            records.append(
                Records(
                    retention: retention, isExpired: isExpired == 1, generation: generation, fileLength: Int(length),
                    contentDigest: digest, held: Int(try cursor.number(UInt32.self)),
                    erased: Int(try cursor.number(UInt32.self)), effort: effort))
        }
        self.records = records
    }
}

/// The names of a segment's files.
struct SegmentNames: Hashable, Sendable {
    let firstIndex: UInt64
    let end: UInt64

    private var stem: String { "\(SegmentNames.digits(firstIndex))-\(SegmentNames.digits(end))" }
    var manifest: String { stem + ".manifest" }
    var entries: String { stem + ".entries" }

    func records(retention: UInt8, generation: UInt32) -> String { "\(stem).\(retention).\(generation).records" }

    /// Whether a name is one of this segment's.
    func owns(_ name: String) -> Bool { name.hasPrefix(stem + ".") }

    init(firstIndex: UInt64, end: UInt64) {
        self.firstIndex = firstIndex
        self.end = end
    }

    /// The segment that a manifest's name speaks of.
    init?(manifest name: String) {
        guard name.utf8.count == 50, name.hasSuffix(".manifest"), let first = UInt64(name.prefix(20)),
            let end = UInt64(name.dropFirst(21).prefix(20)), first < end, end <= EntriesFormat.indexLimit
        else { return nil }
        self.init(firstIndex: first, end: end)
        guard manifest == name else { return nil }
    }

    /// The segment that an entry file's name speaks of.
    init?(entries name: String) {
        guard name.hasSuffix(".entries") else { return nil }
        self.init(manifest: name.dropLast(".entries".count) + ".manifest")
    }

    private static func digits(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }
}

import LedgerMerkle

/// The pages of a run: 4,096 bytes (FORMATS.md, "Hash index").
enum RunPage {
    static let byteCount = 4096
    /// Checksum, count and base: what the fences repeat.
    static let headByteCount = 16
    static let recordByteCount = 10
    static let capacity = (byteCount - headByteCount) / recordByteCount
    /// The places of a page lie this close above its base.
    static let span: UInt64 = 1 << 40
    static let baseMask: UInt64 = 1 << 48 - 1

    static func checksum(_ page: UnsafeRawBufferPointer) -> UInt64 {
        Checksum.of(page.part(8, byteCount - 8))
    }

    @inline(__always)
    static func store(_ record: IndexRecord, base: UInt64, at offset: Int, in page: UnsafeMutableRawBufferPointer) {
        let (distance, bits) = (record.place - base, record.value.bits)
        page.storeBytes(of: (distance << 24 | bits >> 16).bigEndian, toByteOffset: offset, as: UInt64.self)
        page.storeBytes(of: UInt16(truncatingIfNeeded: bits).bigEndian, toByteOffset: offset + 8, as: UInt16.self)
    }

    @inline(__always)
    static func distance(_ number: Int, in page: UnsafeRawBufferPointer) -> UInt64 {
        page.load(bigEndian: UInt64.self, at: headByteCount + number * recordByteCount) >> 24
    }

    @inline(__always)
    static func value(_ number: Int, in page: UnsafeRawBufferPointer) -> IndexValue {
        let offset = headByteCount + number * recordByteCount
        let upper = page.load(bigEndian: UInt64.self, at: offset)
        return IndexValue(bits: upper << 16 | UInt64(page.load(bigEndian: UInt16.self, at: offset + 8)))
    }
}

/// The place of a page in its run, as the fences hold it: the first 16 bytes of the page.
struct RunFence: Hashable, Sendable {
    let checksum: UInt64
    // Count in the upper 16 bits, base below.
    let head: UInt64

    var base: UInt64 { head & RunPage.baseMask }
    var count: Int { Int(head >> 48) }
}

/// What the name of a run says: its level and its range.
public struct RunName: Hashable, Sendable, CustomStringConvertible {
    static let `extension` = ".run"
    static let temporaryExtension = ".new"
    /// The first level whose runs have no filters.
    public static let firstFinalLevel = 3
    public static let levelLimit = 255

    public let level: Int
    /// The indices of the entries whose keys the run holds.
    public let range: Range<UInt64>

    /// - Precondition: the level is within 0…255; the range is not empty and ends at or below 2^39.
    public init(level: Int, range: Range<UInt64>) {
        precondition(RunName.isPossible(level: level, range: range))
        self.level = level
        self.range = range
    }

    /// Reads the name of a file; `nil` when it is no run's.
    public init?(_ name: String) {
        guard name.hasPrefix("L"), name.hasSuffix(RunName.extension) else { return nil }
        let parts = name.dropFirst().dropLast(RunName.extension.count).split(separator: "-")
        guard parts.count == 3, let level = Int(parts[0]), let first = UInt64(parts[1]), let end = UInt64(parts[2]),
            first < end, RunName.isPossible(level: level, range: first..<end)
        else { return nil }
        self.level = level
        range = first..<end
        guard description == name else { return nil }
    }

    public var isFinal: Bool { level >= RunName.firstFinalLevel }

    public var description: String {
        "L\(level)-\(RunName.digits(range.lowerBound))-\(RunName.digits(range.upperBound))\(RunName.extension)"
    }

    private static func isPossible(level: Int, range: Range<UInt64>) -> Bool {
        (0...levelLimit).contains(level) && !range.isEmpty && range.upperBound <= IndexValue.indexLimit
    }

    private static func digits(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 20 - digits.count) + digits
    }
}

/// The last 128 bytes of a run.
struct RunFooter: Hashable, Sendable {
    static let byteCount = 128
    static let magic = Array("TAMGAR01".utf8)

    var ledgerID: Digest
    var name: RunName
    var recordCount: UInt64
    var pageCount: UInt32
    /// Pages to a filter; 0 for a run without filters.
    var groupPageCount: UInt32
    var filterByteCount: UInt64
    var fenceChecksum: UInt64
    var filterChecksum: UInt64

    var encoded: [UInt8] {
        var bytes = RunFooter.magic
        bytes.append(contentsOf: ledgerID.bytes)
        bytes.append(bigEndian: name.range.lowerBound)
        bytes.append(bigEndian: name.range.upperBound)
        bytes.append(bigEndian: recordCount)
        bytes.append(bigEndian: pageCount)
        bytes.append(bigEndian: UInt32(name.level) << 24)
        bytes.append(bigEndian: groupPageCount)
        bytes.append(bigEndian: UInt32(0))
        bytes.append(bigEndian: filterByteCount)
        bytes.append(bigEndian: fenceChecksum)
        bytes.append(bigEndian: filterChecksum)
        bytes.append(contentsOf: repeatElement(0, count: RunFooter.byteCount - 8 - bytes.count))
        bytes.append(bigEndian: Checksum.of(bytes))
        return bytes
    }

    /// Reads a footer; `nil` unless magic, reserved bytes, range and checksum are right.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == RunFooter.byteCount, bytes.prefix(8).elementsEqual(RunFooter.magic),
            bytes.load(bigEndian: UInt64.self, at: 120) == Checksum.of(bytes.part(0, 120)),
            bytes.part(69, 3).isZero, bytes.part(76, 4).isZero, bytes.part(104, 16).isZero,
            let ledgerID = Digest(bytes.part(8, 32))
        else { return nil }
        let first = bytes.load(bigEndian: UInt64.self, at: 40)
        let end = bytes.load(bigEndian: UInt64.self, at: 48)
        guard first < end, end <= IndexValue.indexLimit else { return nil }
        self.init(
            ledgerID: ledgerID, name: RunName(level: Int(bytes[68]), range: first..<end),
            recordCount: bytes.load(bigEndian: UInt64.self, at: 56),
            pageCount: bytes.load(bigEndian: UInt32.self, at: 64),
            groupPageCount: bytes.load(bigEndian: UInt32.self, at: 72),
            filterByteCount: bytes.load(bigEndian: UInt64.self, at: 80),
            fenceChecksum: bytes.load(bigEndian: UInt64.self, at: 88),
            filterChecksum: bytes.load(bigEndian: UInt64.self, at: 96))
    }

    init(
        ledgerID: Digest, name: RunName, recordCount: UInt64, pageCount: UInt32, groupPageCount: UInt32,
        filterByteCount: UInt64, fenceChecksum: UInt64, filterChecksum: UInt64
    ) {
        self.ledgerID = ledgerID
        self.name = name
        self.recordCount = recordCount
        self.pageCount = pageCount
        self.groupPageCount = groupPageCount
        self.filterByteCount = filterByteCount
        self.fenceChecksum = fenceChecksum
        self.filterChecksum = filterChecksum
    }

    var pagesByteCount: UInt64 { UInt64(pageCount) * UInt64(RunPage.byteCount) }
    var fencesByteCount: Int { Int(pageCount) * RunPage.headByteCount }

    /// The length of the whole file; `nil` when no file is that long.
    var fileByteCount: Int? {
        let (sum, overflow) = (pagesByteCount + UInt64(fencesByteCount + RunFooter.byteCount))
            .addingReportingOverflow(filterByteCount)
        return overflow ? nil : Int(exactly: sum)
    }
}

extension StorageError {
    /// A run that cannot be used. Nothing is lost by it.
    static func damagedRun(_ path: String, at offset: Int? = nil, _ reason: String) -> StorageError {
        StorageError(
            .indexDamaged, "\(path)\(offset.map { ", byte \($0)" } ?? ""): \(reason)",
            remedy: "nothing is lost: the index can be rebuilt from the segments")
    }
}

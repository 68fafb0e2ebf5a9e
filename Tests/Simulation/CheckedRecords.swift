import LedgerMerkle
import LedgerStorage
import Synchronization

/// Opaque records that can be told from others: the number of their entry, noise, and a hash over both.
///
/// As the codec of the product, which derives what the entry binds: without it nobody could know that a record was damaged before it
/// was sealed.
struct CheckedRecords: RecordCodec {
    static let leastByteCount = 32
    private static let markByteCount = 16
    private static let hashByteCount = 8

    private struct Foreign: Error {}

    private let opaque = OpaqueRecords()

    var number: UInt8 { opaque.number }

    func open(_ payload: [UInt8], entry: [UInt8]) -> [UInt8] { payload }

    func check(_ record: [UInt8], entry: [UInt8]) throws {
        guard entry.count >= 18, record.count >= CheckedRecords.leastByteCount,
            record.starts(with: CheckedRecords.marker(of: Oracle.number(of: JournalItem(entry: entry)))),
            record.suffix(CheckedRecords.hashByteCount).elementsEqual(CheckedRecords.hash(record))
        else { throw Foreign() }
    }

    func residue(of record: [UInt8], entry: [UInt8]) -> [UInt8] { [] }

    func packer(for file: RecordFileIdentity, entries: any SegmentEntries) throws -> any RecordPacker {
        opaque.packer(for: file, entries: entries)
    }

    /// A record over noise of at least `leastByteCount`; none over none.
    static func record(number: UInt64, _ noise: [UInt8]) -> [UInt8] {
        guard !noise.isEmpty else { return [] }
        var record = noise
        record.replaceSubrange(0..<markByteCount, with: marker(of: number))
        record.replaceSubrange(record.count - hashByteCount..<record.count, with: hash(record))
        return record
    }

    /// How the record of an entry begins, and nothing else does.
    static func marker(of number: UInt64) -> [UInt8] {
        var generator = Generator(seed: number ^ 0xe5a5_ed00)
        return withUnsafeBytes(of: (generator.next(), generator.next())) { Array($0) }
    }

    private static func hash(_ record: [UInt8]) -> ArraySlice<UInt8> {
        TreeHash.leaf(Array(record.dropLast(hashByteCount))).bytes.prefix(hashByteCount)
    }
}

/// Random bytes that follow from a seed.
final class SeededBytes: Sendable {
    private let generator: Mutex<Generator>

    init(seed: UInt64) {
        generator = Mutex(Generator(seed: seed ^ 0x5a17))
    }

    func next(_ count: Int) -> [UInt8] { generator.withLock { $0.bytes(count) } }
}

import LedgerMerkle
import Testing

@testable import LedgerStorage

@Suite struct OpaqueRecordsTests {
    private struct NoEntries: SegmentEntries {
        let firstIndex: UInt64 = 0
        let count = 0
        func entry(_ position: Int) -> [UInt8] { [] }
    }

    private let packer = OpaqueRecords().packer(
        for: RecordFileIdentity(ledgerID: .zero, firstIndex: 0, salt: [UInt8](repeating: 0, count: 16)),
        entries: NoEntries())

    private func rows(_ records: [[UInt8]]) -> [RecordRow] {
        records.enumerated().map { RecordRow(position: $0 * 2, record: $1) }
    }

    private let samples: [[[UInt8]]] = [
        [], [[]], [[1]], [[], [], []],
        (0..<40).map { number in Array("record \(number) of a block that repeats itself".utf8) },
        // Bytes without repetition: stored as they are.
        [(0..<200).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ $0 / 7) }],
        [[UInt8](repeating: 7, count: 100_000), [1, 2, 3], []],
    ]

    @Test(arguments: [PackingEffort.fast, .thorough])
    func whatWasPackedComesBack(_ effort: PackingEffort) throws {
        for records in samples {
            let rows = rows(records)
            let positions = rows.map(\.position)
            let bytes = try packer.pack(rows, block: 3, effort: effort)
            #expect(try packer.unpack(bytes, block: 3, positions: positions) == records)
            for row in records.indices {
                #expect(try packer.unpack(bytes, block: 3, positions: positions, row: row) == records[row])
            }
        }
    }

    @Test func whatRepeatsTakesFewerBytes() throws {
        let records = samples[4]
        let plain = records.reduce(0) { $0 + $1.count }
        let fast = try packer.pack(rows(records), block: 0, effort: .fast).count
        let thorough = try packer.pack(rows(records), block: 0, effort: .thorough).count
        #expect(fast < plain / 2)
        #expect(thorough <= fast)
    }

    @Test func aFlippedByteThrowsOrChangesNoLengths() throws {
        for records in samples.prefix(6) {
            let rows = rows(records)
            let bytes = try packer.pack(rows, block: 0, effort: .fast)
            for at in bytes.indices {
                for bit in [UInt8(1), 0x80, 0xff] {
                    var damaged = bytes
                    damaged[at] ^= bit
                    // Content is checked above the codec; here nothing may trap, and a block has its number of records.
                    let back = try? packer.unpack(damaged, block: 0, positions: rows.map(\.position))
                    #expect(back == nil || back?.count == records.count)
                }
            }
        }
    }

    @Test func aBlockCutAtAnyByteIsRefused() throws {
        for records in samples.prefix(6) {
            let bytes = try packer.pack(rows(records), block: 0, effort: .fast)
            for length in bytes.indices {
                #expect(throws: StorageError.self) {
                    try packer.unpack(Array(bytes[..<length]), block: 0, positions: records.indices.map { $0 * 2 })
                }
            }
        }
    }

    @Test func aStatedSizeThatCannotBeIsRefusedBeforeMemoryIsTaken() {
        for size in [[UInt8](repeating: 0xff, count: 4), [0x3f, 0xff, 0xff, 0xff]] {
            #expect(throws: StorageError.self) {
                try packer.unpack([1] + size + [0x10, 0x20, 0x30], block: 0, positions: [0])
            }
        }
        #expect(LZ4.decompress([0x1f, 1, 1, 0, 0xff, 0xff][...], count: 1 << 29) == nil)
        #expect(LZ4.decompress([][...], count: 0) == nil)
    }

    @Test func nothingIsKnownOfAPayload() {
        let codec = OpaqueRecords()
        #expect(codec.open([1, 2], entry: []) == [1, 2])
        #expect(codec.residue(of: [1, 2], entry: []) == [])
    }

    @Test func aDictionaryIsNeededOnBothSides() throws {
        let dictionary = Array("the words that all of these records are made of".utf8)
        let bytes = Array("these records are made of the words, of these records".utf8)
        for level in [nil, Int32(9)] {
            let compressed = try #require(LZ4.compress(bytes, level: level, dictionary: dictionary))
            #expect(LZ4.decompress(compressed[...], count: bytes.count, dictionary: dictionary) == bytes)
            #expect(LZ4.decompress(compressed[...], count: bytes.count) != bytes)
            #expect(LZ4.decompress(compressed[...], count: bytes.count - 1, dictionary: dictionary) == nil)
        }
    }
}

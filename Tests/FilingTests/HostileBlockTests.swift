import LedgerStorage
import Testing

@testable import Filing

/// The column reader below the encryption: whatever stands there, it returns or throws.
@Suite struct HostileBlockTests {
    @Test func changedPlaintextNeverTraps() throws {
        let (all, entries) = try PackingFixture.receipts(40)
        let odd = try OddRecords.all().prefix(30).enumerated().map { RecordRow(position: $0, record: $1) }
        var random = SplitMix(state: 2026)
        for (rows, rounds) in [(Array(all[20..<24]), 6000), (odd, 2500), (all, 1500)] {
            let plain = try PackingFixture.plaintext(rows, entries)
            // Without LZ4 around the heap, changes reach the templates.
            let bytes = try Self.withOpenHeap(plain)
            var returned = 0
            for round in 0..<rounds {
                var damaged = round % 2 == 0 ? plain : bytes
                for _ in 0...random.below(3) {
                    let at = random.below(damaged.count)
                    switch random.below(4) {
                    case 0: damaged[at] = UInt8(random.below(256))
                    case 1: damaged[at] ^= 1 << UInt8(random.below(8))
                    case 2: damaged[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)]
                    default: damaged.remove(at: at)
                    }
                }
                if let back = try? PackingFixture.records(damaged, rows, entries, row: round % 5 == 0 ? 1 : nil) {
                    returned += 1
                    #expect(back.count == (round % 5 == 0 ? 1 : rows.count))
                }
            }
            #expect(returned < rounds)
        }
    }

    @Test func plaintextCutAtAnyByteIsRefused() throws {
        let (rows, entries) = try PackingFixture.receipts(3)
        let bytes = try PackingFixture.plaintext(rows, entries)
        for length in bytes.indices {
            #expect(throws: StorageError.self) {
                try PackingFixture.records(Array(bytes[..<length]), rows, entries)
            }
        }
        #expect(throws: StorageError.self) { try PackingFixture.records(bytes + [0], rows, entries) }
    }

    @Test func anotherNumberOfRowsIsRefused() throws {
        let (rows, entries) = try PackingFixture.receipts(6)
        let bytes = try PackingFixture.plaintext(rows, entries)
        #expect(throws: StorageError.self) {
            try PackingFixture.records(bytes, Array(rows.dropLast()), entries)
        }
    }

    @Test func aBlockBeyondTheLimitsIsPackedWithoutColumns() throws {
        let rows = [RecordRow(position: 0, record: try OddRecords.wide()), RecordRow(position: 1, record: [9])]
        let entries = ListedEntries(entries: [])
        let bytes = try PackingFixture.plaintext(rows, entries)
        #expect(bytes.first == BlockForm.plain.rawValue)
        #expect(try PackingFixture.records(bytes, rows, entries) == rows.map(\.record))
        #expect(try PackingFixture.records(bytes, rows, entries, row: 1) == [[9]])
        for length in stride(from: 0, to: bytes.count, by: 97) {
            #expect(throws: StorageError.self) {
                try PackingFixture.records(Array(bytes[..<length]), rows, entries)
            }
        }
    }

    /// The same block with its heap stored as it is.
    private static func withOpenHeap(_ bytes: [UInt8]) throws -> [UInt8] {
        var reader = PackedReader(bytes)
        _ = try reader.byte()
        let byteCount = try reader.number()
        let heap = try BlockHeap.read(&reader)
        var out: [UInt8] = [BlockForm.columns.rawValue]
        out.append(number: byteCount)
        out.append(count: heap.count)
        out.append(count: 0)
        return out + heap + bytes[reader.at...]
    }
}

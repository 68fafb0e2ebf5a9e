import Evidence
import LedgerMerkle
import LedgerStorage
import Testing

@testable import Filing

/// Entries that a test holds in memory.
struct ListedEntries: SegmentEntries {
    var entries: [[UInt8]]
    var firstIndex: UInt64 { 0 }
    var count: Int { entries.count }
    func entry(_ position: Int) -> [UInt8] { entries[position] }
}

/// Records to be packed, with what belongs to them.
struct PackingFixture {
    static let vault = Vault(
        storeKey: [UInt8](repeating: 1, count: 32), pepper: [UInt8](repeating: 2, count: 32))
    /// The records here carry their secrets themselves.
    static let codec = SealedRecordCodec(vault: vault) { throw SecretError.erased($0) }

    static func file(salt: UInt8 = 7) -> RecordFileIdentity {
        RecordFileIdentity(ledgerID: .zero, firstIndex: 65_536, salt: [UInt8](repeating: salt, count: 16))
    }

    /// Rows of synthetic receipts, and their entries.
    static func receipts(_ count: Int, seed: UInt64 = 1) throws -> (rows: [RecordRow], entries: ListedEntries) {
        var source = try SyntheticReceipts(seed: seed, shops: 60, goods: 400)
        var rows: [RecordRow] = []
        var entries: [[UInt8]] = []
        for position in 0..<count {
            let filed = try source.next()
            rows.append(RecordRow(position: position, record: filed.stored.encoded))
            entries.append(filed.entry)
        }
        return (rows, ListedEntries(entries: entries))
    }

    /// The same with secret numbers of six bytes in place of the secrets.
    static func numbered(_ rows: [RecordRow]) -> [RecordRow] {
        rows.map { row in
            let number = (0..<6).map { UInt8(truncatingIfNeeded: row.position >> (40 - 8 * $0)) }
            return RecordRow(position: row.position, record: [2, row.record[1]] + number + row.record[34...])
        }
    }

    /// The plaintext of a block.
    static func plaintext(
        _ rows: [RecordRow], _ entries: ListedEntries, _ effort: PackingEffort = .fast
    ) throws -> [UInt8] {
        try BlockEncoder(effort).encode(rows, commitments: SegmentCommitments(entries))
    }

    /// The records of a plaintext.
    static func records(
        _ bytes: [UInt8], _ rows: [RecordRow], _ entries: ListedEntries, row: Int? = nil
    ) throws -> [[UInt8]] {
        try BlockDecoder(positions: rows.map(\.position), commitments: SegmentCommitments(entries))
            .decode(bytes, row: row)
    }
}

@Suite struct RecordPackingTests {
    private func expectBack(
        _ rows: [RecordRow], _ entries: ListedEntries, efforts: [PackingEffort] = [.fast, .thorough]
    ) throws {
        for effort in efforts {
            let bytes = try PackingFixture.plaintext(rows, entries, effort)
            let back = try PackingFixture.records(bytes, rows, entries)
            #expect(back == rows.map(\.record))
            for row in Set([0, rows.count / 2, rows.count - 1]) where rows.indices.contains(row) {
                #expect(try PackingFixture.records(bytes, rows, entries, row: row) == [rows[row].record])
            }
        }
    }

    @Test func receiptsComeBackByteForByte() throws {
        let (rows, entries) = try PackingFixture.receipts(120)
        try expectBack(rows, entries)
        try expectBack(PackingFixture.numbered(rows), entries)
        // Blocks of a record file that other classes share: gaps, and a first row that is not the segment's.
        try expectBack(rows.filter { $0.position % 3 == 1 }, entries)
        try expectBack([rows[17]], entries)
        try expectBack([], entries)
    }

    @Test func aReceiptTakesFewBytes() throws {
        let (rows, entries) = try PackingFixture.receipts(256)
        let numbered = PackingFixture.numbered(rows)
        let bytes = try PackingFixture.plaintext(numbered, entries, .thorough)
        #expect(bytes.count < 60 * rows.count)
    }

    @Test func blocksOfOneFileFollowOnePlanAndStillComeBack() throws {
        let (rows, entries) = try PackingFixture.receipts(300, seed: 4)
        let packer = try PackingFixture.codec.packer(for: PackingFixture.file(), entries: entries)
        for (block, start) in stride(from: 0, to: 300, by: 30).enumerated() {
            // Odd rows make some blocks unlike the others.
            var part = Array(rows[start..<start + 30])
            if block % 3 == 2 { part[4] = RecordRow(position: part[4].position, record: [1, 2, 3]) }
            if block % 4 == 3 { part = Array(PackingFixture.numbered(part)[..<9]) }
            let bytes = try packer.pack(part, block: UInt32(block), effort: .fast)
            let back = try packer.unpack(bytes, block: UInt32(block), positions: part.map(\.position))
            #expect(back == part.map(\.record))
        }
    }

    @Test func oddRecordsComeBackByteForByte() throws {
        let odd = try OddRecords.all()
        let entries = ListedEntries(entries: [])
        try expectBack(odd.enumerated().map { RecordRow(position: $0, record: $1) }, entries)
        for record in odd { try expectBack([RecordRow(position: 5, record: record)], entries) }
    }

    @Test func changedRecordsComeBackByteForByte() throws {
        let (rows, entries) = try PackingFixture.receipts(12, seed: 9)
        var random = SplitMix(state: 99)
        for _ in 0..<60 {
            let changed = rows.map { row -> RecordRow in
                var record = row.record
                for _ in 0..<random.below(4) {
                    switch random.below(3) {
                    case 0: record[random.below(record.count)] = UInt8(random.below(256))
                    case 1: record.removeSubrange(random.below(record.count)...)
                    default: record.insert(UInt8(random.below(256)), at: random.below(record.count))
                    }
                    if record.isEmpty { record = [1] }
                }
                return RecordRow(position: row.position, record: record)
            }
            let bytes = try PackingFixture.plaintext(changed, entries)
            #expect(try PackingFixture.records(bytes, changed, entries) == changed.map(\.record))
        }
    }

    @Test func aPreviousCommitmentOfTheSegmentTakesNoPlace() throws {
        let (rows, entries) = try PackingFixture.receipts(200)
        let with = try PackingFixture.plaintext(rows, entries).count
        let without = try PackingFixture.plaintext(rows, ListedEntries(entries: [])).count
        // Most receipts have one before them in the segment: 32 bytes each.
        #expect(without - with > 20 * 100)
    }

    @Test func aSealedBlockOpensOnlyUnderItsOwnNumberAndSalt() throws {
        let (rows, entries) = try PackingFixture.receipts(3)
        let positions = rows.map(\.position)
        let packer = try PackingFixture.codec.packer(for: PackingFixture.file(), entries: entries)
        let other = try PackingFixture.codec.packer(for: PackingFixture.file(salt: 8), entries: entries)
        let bytes = try packer.pack(rows, block: 4, effort: .fast)
        #expect(try packer.unpack(bytes, block: 4, positions: positions) == rows.map(\.record))
        #expect(try packer.unpack(bytes, block: 4, positions: positions, row: 1) == rows[1].record)
        #expect(throws: StorageError.self) { try packer.unpack(bytes, block: 5, positions: positions) }
        #expect(throws: StorageError.self) { try other.unpack(bytes, block: 4, positions: positions) }
        for at in bytes.indices {
            var damaged = bytes
            damaged[at] ^= 0x10
            #expect(throws: StorageError.self) { try packer.unpack(damaged, block: 4, positions: positions) }
        }
        for length in bytes.indices {
            #expect(throws: StorageError.self) {
                try packer.unpack(Array(bytes[..<length]), block: 4, positions: positions)
            }
        }
    }

    /// Rows that share nothing: more columns than are worth planning.
    @Test func manyColumnsOfFewValuesComeBack() throws {
        let rows = try (0..<60).map { number in
            let fields = (0..<12).map {
                ("n\(number)x\($0)", $0 == 3 ? String(repeating: "ab", count: 32) : "\($0 * number)")
            }
            return RecordRow(
                position: number, record: try OddRecords.stored(Dictionary(uniqueKeysWithValues: fields)))
        }
        try expectBack(rows, ListedEntries(entries: []), efforts: [.fast])
    }

    /// The example of FORMATS.md, "Record block": the stored record of "Stored record", alone in its block.
    @Test func theExampleOfTheFormatsIsRead() throws {
        let page = try FormatsExamples()
        let record = try #require(page.hex("stored-record-example"))
        let rows = [RecordRow(position: 0, record: record)]
        // Another LZ4 may write other bytes: what is fixed is what they mean.
        let bytes = try #require(page.hex("record-block-example"))
        #expect(page.text("packing-dictionary") == String(decoding: PackingDictionary.bytes, as: UTF8.self))
        #expect(try PackingFixture.records(bytes, rows, ListedEntries(entries: [])) == [record])
    }

    /// The residue of the record of FORMATS.md.
    @Test func theResidueOfTheFormatsIsWhatIsWritten() throws {
        let page = try FormatsExamples()
        let record = try #require(page.hex("stored-record-example"))
        let residue = Residue(try StoredRecord(decoding: record)).encoded
        #expect(page.hex("residue-example") == residue)
    }
}

import LedgerMerkle
import Testing

@testable import LedgerStorage

@Suite struct SegmentFormatTests {
    private static let first: [UInt8] = [1, 2] + time(1_764_028_800_000) + commitment
    private static let second: [UInt8] = [1, 2] + time(1_764_028_801_000) + [UInt8](repeating: 2, count: 32)
    private static let commitment: [UInt8] =
        parseHexadecimal("f677a92b73706cb3fd09ebbde715073131a1c03df774f8eaadc7ca7ab2154ea1") ?? []

    private static func time(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

    @Test func theExamplesOfThePageAreWhatIsWritten() throws {
        let page = try FormatsPage()
        let entries = [SegmentFormatTests.first, SegmentFormatTests.second]
        let block = try #require(page.hex("entry-block-example"))
        #expect(EntryBlock.encode(entries) == block)
        #expect(try EntryBlock.decode(block[...], count: 2) == entries)
        let rows = [3, 4].map { position in
            let key = SealedKey(purpose: 6, word: UInt64(position - 2))
            return SealedRow(position: position, state: .held, keys: [key], record: [])
        }
        let table = try #require(page.hex("row-table-example"))
        #expect(RowTable.encode(rows) == table)
        var cursor = ByteCursor(table)
        #expect(try RowTable.decode(&cursor, count: 16) == rows)
    }

    @Test func blocksOfAnyEntriesComeBackAsTheyWere() throws {
        var generator = Noise(seed: 5)
        for round in 0..<200 {
            let count = 1 + Int(generator.next() % 40)
            let fixed = round % 2 == 0 ? Int(generator.next() % 60) : nil
            let entries = (0..<count).map { _ in generator.bytes(fixed ?? Int(generator.next() % 60)) }
            let block = EntryBlock.encode(entries)
            #expect(try EntryBlock.decode(block[...], count: count) == entries)
            let last = try #require(entries.indices.last)
            let place = block.withUnsafeBytes {
                EntryBlock.place(of: last, count: count, front: $0, byteCount: block.count)
            }
            if let place { #expect(place.head + block[place.rest] == entries[last]) }
            #expect((place == nil) == (block[0] == 0))
            let hashes = block.withUnsafeBytes { EntryBlock.leafHashes($0, count: count) }
            #expect((hashes == nil) == (block[0] == 0))
            if let hashes { #expect(hashes == entries.map { TreeHash.leaf($0) }) }
        }
    }

    @Test func tablesOfAnyRowsComeBackAsTheyWere() throws {
        var generator = Noise(seed: 6)
        for _ in 0..<200 {
            var position = -1
            let rows = (0..<Int(generator.next() % 50)).map { _ -> SealedRow in
                position += 1 + Int(generator.next() % 3)
                let keys = (0..<generator.next() % 4).map { SealedKey(purpose: UInt8($0 + 1), word: generator.next()) }
                let state = SealedRow.State(rawValue: UInt8(generator.next() % 3)) ?? .held
                return SealedRow(position: position, state: state, keys: keys, record: [])
            }
            let table = RowTable.encode(rows)
            var cursor = ByteCursor(table)
            #expect(try RowTable.decode(&cursor, count: position + 1) == rows)
            #expect(cursor.remaining == 0)
        }
    }

    @Test func changedBytesOfBlocksAndTablesNeverTrap() {
        var generator = Noise(seed: 7)
        let entries = (0..<20).map { _ in generator.bytes(42) }
        let block = EntryBlock.encode(entries)
        let rows = (0..<20).map {
            SealedRow(position: $0 * 2, state: .held, keys: [SealedKey(purpose: 1, word: generator.next())], record: [])
        }
        let table = RowTable.encode(rows)
        for _ in 0..<20_000 {
            var changed = block
            var other = table
            for _ in 0...(generator.next() % 3) {
                changed[Int(generator.next() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: generator.next())
                other[Int(generator.next() % UInt64(other.count))] = UInt8(truncatingIfNeeded: generator.next())
            }
            if generator.next() % 4 == 0 { changed.removeLast(Int(generator.next() % UInt64(changed.count))) }
            _ = try? EntryBlock.decode(changed[...], count: 20)
            _ = changed.withUnsafeBytes { bytes in
                _ = EntryBlock.leafHashes(bytes, count: 20)
                return EntryBlock.place(
                    of: Int(generator.next() % 20), count: 20, front: bytes, byteCount: block.count)
            }
            var cursor = ByteCursor(other)
            _ = try? RowTable.decode(&cursor, count: 64)
        }
    }

    @Test func footersAndManifestsThatWereChangedAreRefused() throws {
        let digests = (0..<6).map { SHA256.hash([UInt8($0)]) }
        let footer = SegmentFooter(
            ledgerID: digests[0], firstIndex: 65_536, count: 65_536, blockHeight: 8, rootBefore: digests[1],
            footerBefore: digests[2], subtreeRoot: digests[3], rootAfter: digests[4], lastTime: 1_764_028_800_000,
            tableOffset: 2_400_000, contentDigest: digests[5])
        let records = RecordFooter(
            ledgerID: digests[0], firstIndex: 65_536, retention: 2, codec: 2, effort: .thorough, generation: 3, rows: 9,
            held: 7, erased: 1, blocks: 1, tableOffset: 1000, contentDigest: digests[5])
        let manifest = SegmentManifest(footer: footer, records: [SegmentManifest.Records(records)])
        #expect(SegmentFooter(footer.encoded) == footer)
        #expect(RecordFooter(records.encoded) == records)
        #expect(SegmentManifest(manifest.encoded) == manifest)
        for byte in footer.encoded.indices { #expect(SegmentFooter(flipped(footer.encoded, byte)) == nil) }
        for byte in records.encoded.indices { #expect(RecordFooter(flipped(records.encoded, byte)) == nil) }
        for byte in manifest.encoded.indices { #expect(SegmentManifest(flipped(manifest.encoded, byte)) == nil) }
        for count in 0..<manifest.encoded.count {
            #expect(SegmentManifest(Array(manifest.encoded.prefix(count))) == nil)
        }
    }

    /// With every checksum right: adding a count to such an index would trap.
    @Test(arguments: [1 << 62 + 1, UInt64.max - 1, .max])
    func footersAtAnIndexNearOverflowAreRefused(index: UInt64) {
        let digest = SHA256.hash([])
        let records = RecordFooter(
            ledgerID: digest, firstIndex: index, retention: 2, codec: 2, effort: .fast, generation: 1, rows: 9,
            held: 7, erased: 1, blocks: 1, tableOffset: 1000, contentDigest: digest)
        #expect(RecordFooter(records.encoded) == nil)
        let header = JournalFileHeader(ledgerID: digest, firstIndex: index, rootBefore: digest, fileLength: 1 << 20)
        #expect(header.encoded.withUnsafeBytes { JournalFileHeader($0) } == nil)
        #expect(SegmentNames(manifest: SegmentNames(firstIndex: index - 1, end: index).manifest) == nil)
    }

    private func flipped(_ bytes: [UInt8], _ byte: Int) -> [UInt8] {
        var bytes = bytes
        bytes[byte] ^= 1 << UInt8(byte % 8)
        return bytes
    }
}

/// Numbers that look random, the same in every run.
struct Noise {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_f491_4f6c_dd1d
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 24) } }
}

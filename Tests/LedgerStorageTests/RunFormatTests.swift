import LedgerMerkle
import Testing

@testable import LedgerStorage

/// The bytes in FORMATS.md were made by another program from the tables on that page.
@Suite struct RunFormatTests {
    private let page: FormatsPage
    private let ledgerID: Digest
    private let leaf: IndexKey
    private let domain = IndexKey(DomainKey(purpose: 1, digest: SHA256.hash(Array("key".utf8))))
    private let name = RunName(level: 3, range: 0..<2)

    init() throws {
        page = try FormatsPage()
        ledgerID = try #require(page.hex("ledger-id-example").flatMap { Digest($0) })
        leaf = IndexKey(DomainKey(leafHash: try #require(page.hex("leaf-hash-example").flatMap { Digest($0) })))
    }

    /// The whole file of the example: its two pages were cut after 36 and 26 bytes.
    private func example() throws -> [UInt8] {
        let pages = try #require(page.hex("run-pages-example"))
        let end = try #require(page.hex("run-end-example"))
        let first = Array(pages[..<36]) + [UInt8](repeating: 0, count: RunPage.byteCount - 36)
        return first + pages[36...] + [UInt8](repeating: 0, count: RunPage.byteCount - 26) + end
    }

    @Test func aRunIsWrittenAsThePageSays() throws {
        let disk = RunDisk()
        let writer = try RunWriter(disk: disk, directory: "/index", ledgerID: ledgerID, name: name)
        try writer.append(IndexRecord(key: domain, value: IndexValue(index: 1, isLeafHash: false)))
        try writer.append(IndexRecord(key: domain, value: IndexValue(index: 0, isLeafHash: false)))
        try writer.append(IndexRecord(key: leaf, value: IndexValue(index: 0, isLeafHash: true)))
        let run = try writer.finish()
        #expect(run.path == "/index/L3-00000000000000000000-00000000000000000002.run")
        #expect(try disk.bytes(run.path) == example())
    }

    @Test func theRunOnThePageIsRead() throws {
        let disk = RunDisk()
        disk.put(try example(), at: "/index/\(name)")
        let run = try RunFile.open(disk: disk, path: "/index/\(name)", ledgerID: ledgerID)
        #expect(try run.lookup(domain).map(\.index) == [1, 0])
        #expect(try run.lookup(leaf) == [IndexValue(index: 0, isLeafHash: true)])
        #expect(run.keyCount == 3 && run.pageCount == 2 && run.memoryByteCount == 32)
    }

    @Test func equalHashesOfTwoPurposesAreTwoKeys() {
        let digest = SHA256.hash([1])
        let keys = (0...255).map { IndexKey(DomainKey(purpose: UInt8($0), digest: digest)) }
        #expect(Set(keys.map(\.place)).count == 256)
        #expect(keys[0].word.bigEndian == digest.prefixWord)
    }

    @Test func valuesKeepIndexAndKind() {
        for index in [0, 1, IndexValue.indexLimit - 1] {
            for isLeafHash in [false, true] {
                let value = IndexValue(index: index, isLeafHash: isLeafHash)
                #expect(value.index == index && value.isLeafHash == isLeafHash && value.bits >> 40 == 0)
            }
        }
    }

    @Test func recordsAreSortedByPlaceAndNewestFirst() {
        for count in [0, 1, 2, 15, 16, 17, 100, 5000] {
            let range = 0..<UInt64(count)
            for records in [RunFixture.records(range, keysPerEntry: 1), RunFixture.crowded(range, seed: 2)] {
                var sorted = records
                IndexRecord.sort(&sorted)
                #expect(sorted == records.sorted())
            }
        }
    }

    @Test func namesAreReadOnlyAsTheyAreWritten() {
        for name in [RunName(level: 0, range: 0..<1), RunName(level: 255, range: 65_536..<IndexValue.indexLimit)] {
            #expect(RunName(name.description) == name)
        }
        for name in [
            "", "L0", "L0-0-1.run", "L00-00000000000000000000-00000000000000000001.run",
            "L0-00000000000000000000-00000000000000000000.run", "L256-00000000000000000000-00000000000000000001.run",
            "L0-00000000000000000000-00000000549755813889.run", "L0-00000000000000000000-00000000000000000001.run.new",
            "L+0-00000000000000000000-00000000000000000001.run", "L0-00000000000000000000--0000000000000000001.run",
        ] {
            #expect(RunName(name) == nil, "\(name)")
        }
    }

    @Test func reservedBytesOfAFooterMustBeZero() throws {
        let footer = Array(try example().suffix(RunFooter.byteCount))
        #expect(footer.withUnsafeBytes { RunFooter($0)?.encoded } == footer)
        for byte in [69, 71, 76, 79, 104, 119] {
            var changed = footer
            changed[byte] = 1
            changed.store(bigEndian: Checksum.of(Array(changed[..<120])), at: 120)
            #expect(changed.withUnsafeBytes { RunFooter($0) } == nil)
        }
    }
}

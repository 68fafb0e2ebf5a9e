import LedgerMerkle
import LedgerStorage
import Testing

@testable import Filing

/// The bytes of the access log, held against the examples in Ledger/FORMATS.md, which other code made.
@Suite struct AccessLogFormatTests {
    private static let random = [UInt8](0xf0...0xff)
    private let examples: FormatsExamples
    private let day: AccessDay
    private let seal = AccessSeal(
        vault: Vault(storeKey: [UInt8](0..<32), pepper: [UInt8](repeating: 1, count: 32)))
    private let ledgerID: Digest

    init() throws {
        examples = try FormatsExamples()
        day = try #require(AccessDay("2026-02-12"))
        ledgerID = try #require(Digest(hexadecimal: hexadecimal(examples.hex("ledger-id-example") ?? [])))
    }

    private var lines: [LoggedAccess] {
        var search = AccessLine(
            time: 1_770_881_509_250, act: "", reader: .init(.notary, "NT002"), purpose: .statementSearch,
            detail: "ААБ 85010112")
        search.clock = 1_770_870_000_000
        let lines = [
            AccessLine(time: 1_770_881_502_000, act: "NT002-2026-000017", reader: .init(.code), purpose: .status),
            AccessLine(
                time: 1_770_881_509_250, act: "NT002-2026-000017", reader: .init(.auditor, "А. Бат"), purpose: .record,
                detail: "шүүхийн тогтоол 12/345"),
            search,
        ]
        return zip(UInt32(0)..., lines).map { index, line in
            LoggedAccess(
                position: .init(day: day, index: index), line: line,
                salt: [UInt8](UInt8(index * 16)..<UInt8(index * 16 + 16)))
        }
    }

    private func frame(_ line: LoggedAccess) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try seal.appendFrame(
            salt: line.salt, canonical: line.line.canonicalBytes, day: day, index: line.position.index, batch: 0,
            random: AccessLogFormatTests.random, to: &bytes)
        return bytes
    }

    @Test func linesAndRootAreThoseOfThePage() throws {
        let exported = lines.map { String(decoding: $0.exported, as: UTF8.self) }.joined()
        #expect(exported == examples.text("access-export-example").map { $0 + "\n" })
        #expect(lines[0].leafHash.bytes == examples.hex("access-leaf-example"))
        #expect(TreeHash.root(of: lines.map(\.leafHash)).bytes == examples.hex("access-root-example"))
    }

    @Test func headerAndFrameAreThoseOfThePage() throws {
        #expect(AccessFormat.header(ledgerID: ledgerID, day: day) == examples.hex("access-header-example"))
        let bytes = try frame(lines[0])
        #expect(bytes == examples.hex("access-frame-example"))
        func open(_ day: AccessDay, _ index: UInt32) throws -> LoggedAccess {
            try bytes.withUnsafeBytes { try seal.open($0, day: day, index: index) }
        }
        #expect(try open(day, 0) == lines[0])
        #expect(throws: StorageError.self) { try open(day, 1) }
        #expect(throws: StorageError.self) { try open(day.next, 0) }
    }

    @Test func theIndexIsThatOfThePage() throws {
        var span = AccessSpan()
        var last: [UInt8] = []
        for line in lines {
            last = try frame(line)
            span.append(
                offset: span.end, end: span.end + last.count, leaf: line.leafHash, key: seal.key(ofAct: line.line.act))
        }
        let checksum = last.withUnsafeBytes { $0.bigEndian(UInt64.self, at: last.count - 8) }
        let page = AccessPart.encode(span, of: day, ledgerID: ledgerID, isLast: true, lastChecksum: checksum)
        let example = try #require(examples.hex("access-index-example"))
        #expect(page.count == 4_096 && Array(page.prefix(example.count)) == example)
        #expect(page[example.count..<4_088].allSatisfy { $0 == 0 })
        #expect(hexadecimal(page.suffix(8)) == "4052deee6df28758")
    }
}

import LedgerMerkle
import LedgerStorage
import LedgerTransparency
import Testing

@testable import LedgerEngine

@Suite struct FolderFormatTests {
    /// A fenced block of FORMATS.md.
    private func block(_ heading: String) throws -> String {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let page = String(decoding: try PosixDisk().readAll("/\(folder)/Ledger/FORMATS.md"), as: UTF8.self)
        let rest = try #require(page.split(separator: "```\(heading)\n").dropFirst().first)
        return String(try #require(rest.split(separator: "```").first))
    }

    @Test func theConfigurationIsReadAsThePageSays() throws {
        let disk = FaultyDisk()
        try disk.makeDirectory("/example")
        let text = try block("text name=ledger-conf-example")
        try disk.replace("/example/ledger.conf", with: Array(text.utf8))
        let folder = try DataFolder.open(path: "/example", disk: disk)
        #expect(folder.origin == "example.org/tamga")
        #expect(folder.journalFileLength == JournalWriter.defaultFileLength)
        #expect(folder.signerStatePath == nil)
        #expect("\(folder.ledgerID)\n" == (try block("hex name=ledger-id-example")))
    }

    @Test func theConfigurationIsWrittenAsThePageSays() throws {
        let disk = FaultyDisk()
        try disk.makeDirectory("/elsewhere")
        let folder = try DataFolder.create(
            path: "/example", origin: "example.org/tamga", signerStatePath: "/elsewhere/a b", disk: disk, time: 5,
            random: { count in (0..<count).map { UInt8($0) } })
        let text = String(decoding: disk.bytes("/example/ledger.conf"), as: UTF8.self)
        #expect(text == (try block("text name=ledger-conf-example")) + "signer-state /elsewhere/a b\n")
        #expect(disk.bytes("/example/verifier.key") == Array("\(folder.verifierKey)\n".utf8))
        let again = try DataFolder.open(path: "/example", disk: disk)
        #expect(again.ledgerID == folder.ledgerID && again.signerStatePath == "/elsewhere/a b")
    }

    @Test func aSignersStateIsAsThePageSays() throws {
        let disk = FaultyDisk()
        let hex = try block("hex name=signer-state-example").filter { !$0.isWhitespace }
        let slot = try #require(parseHexadecimal(hex))
        let idText = try block("hex name=ledger-id-example").filter { !$0.isWhitespace }
        let ledgerID = try #require(Digest(hexadecimal: idText))
        let leafText = try block("hex name=leaf-hash-example").filter { !$0.isWhitespace }
        let root = try #require(Digest(hexadecimal: leafText))
        let time: UInt64 = 1_764_028_800_000
        let file = try SignerStateFile.create(
            disk: disk, path: "/state", directory: "/", ledgerID: ledgerID, state: .initial(time: time))
        try file.write(SignerState(size: 1, root: root, time: time))
        let bytes = disk.bytes("/state")
        #expect([0, 4096].contains { bytes[$0..<$0 + slot.count].elementsEqual(slot) })
        #expect(bytes.count == 4096 + 512)
    }
}

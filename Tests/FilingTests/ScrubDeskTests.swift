import CanonicalJSON
import Catalogue
import Evidence
import Foundation
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency
import Testing

@testable import Filing

/// What scrubbing finds, as records of the ledger.
@Suite struct ScrubDeskTests {
    /// Receipts that are sealed.
    private func desk() async throws -> Desk {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        for number in 0..<4 { _ = try await desk.receipts.file(Desk.coffee(String(number + 10))) }
        try await publish(desk)
        try desk.ledger.compact(sealingTail: true)
        return desk
    }

    private func publish(_ desk: Desk) async throws {
        desk.clock.advance(seconds: 2)
        while try desk.ledger.publishedCheckpoint().size < desk.ledger.size { await Task.yield() }
    }

    private func flip(_ desk: Desk, _ suffix: String) throws -> String {
        let folder = desk.ledger.folder.segmentsPath
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasSuffix(suffix) })
        let url = URL(fileURLWithPath: "\(folder)/\(name)")
        var bytes = try Data(contentsOf: url)
        bytes[100] ^= 1
        try bytes.write(to: url)
        return "segments/\(name)"
    }

    @Test func aCompleteRoundIsFiledOnceAndKeptForEver() async throws {
        let desk = try await desk()
        let scrubs = ScrubDesk(desk.registrar)
        try await scrubs.fileResults()
        #expect(try scrubs.all().isEmpty && desk.ledger.size == 5)
        try desk.ledger.scrub()
        for _ in 0..<3 { try await scrubs.fileResults() }
        let event = try #require(try scrubs.all().first)
        #expect(desk.ledger.size == 6 && event.index == 5 && event.stored.record.kind == .ledgerEvent)
        #expect(event.text("action") == "scrubbed" && event.text("round") == "complete")
        #expect(event.text("result") == "clean" && event.text("damaged") == "" && event.text("known") == "")
        #expect(event.text("segments") == "1" && event.text("entries") == "5")
        #expect(try #require(Int(event.text("bytes"))) > 1_000)
        #expect(event.text("chain") == "operator" && event.text("sequence") == "0" && event.text("previous") == "")
        #expect(RetentionClass(.ledgerEvent) == .permanent)
        try await publish(desk)
        try desk.ledger.scrub()
        try await scrubs.fileResults()
        let second = try #require(try scrubs.all().last)
        #expect(second.text("sequence") == "1" && second.text("previous") == event.commitment.description)
        try await publish(desk)
        #expect(try Audit(desk.registrar).run().records == 7)
    }

    @Test func damageIsFiledWithItsPlaceAndWhatIsHealed() async throws {
        let desk = try await desk()
        let scrubs = ScrubDesk(desk.registrar)
        let file = try flip(desk, ".entries")
        try desk.ledger.scrub()
        try await scrubs.fileResults()
        try desk.ledger.scrub()
        try await scrubs.fileResults()
        let events = try scrubs.all()
        #expect(events.map { $0.text("result") } == ["damaged", "damaged"])
        #expect(events.map { $0.text("known") } == ["1", "1"])
        let damaged = try JSONValue(parsing: Array(events[0].text("damaged").utf8))
        #expect(damaged.array?.count == 1 && damaged.array?.first?["file"]?.string == file)
        #expect(damaged.array?.first?["byte"]?.integer == 64 && damaged.array?.first?["entry"]?.integer == 0)
        #expect(events[1].text("damaged") == "", "stated once")
        _ = try flip(desk, ".entries")
        try desk.ledger.scrub()
        try await scrubs.fileResults()
        let healed = try #require(try scrubs.all().last)
        #expect(healed.text("healed") == "[\"\(file)\"]" && healed.text("result") == "clean")
    }

    @Test func aCrashBetweenTheRecordAndItsNoteFilesNothingTwice() async throws {
        let desk = try await desk()
        try desk.ledger.scrub()
        let path = desk.ledger.folder.scrubStatePath
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        try await ScrubDesk(desk.registrar).fileResults()
        let size = desk.ledger.size
        try desk.reopen()
        try before.write(to: URL(fileURLWithPath: path))
        try desk.reopen()
        #expect(desk.ledger.scrubResults().count == 1)
        try await ScrubDesk(desk.registrar).fileResults()
        #expect(desk.ledger.size == size && desk.ledger.scrubResults() == [])
    }

    @Test func theBackgroundTellsTheDesk() async throws {
        let desk = try await desk()
        let scrubs = ScrubDesk(desk.registrar)
        let (filed, told) = AsyncStream.makeStream(of: UInt64.self)
        scrubs.start { _, index in
            told.yield(index)
        } failed: { _ in
            told.finish()
        }
        try desk.ledger.scrub()
        #expect(await filed.first { _ in true } == 5)
    }

    @Test(arguments: Language.allCases)
    func itsEvidenceIsVerifiedAndReadInBothLanguages(_ language: Language) async throws {
        let desk = try await desk()
        let scrubs = ScrubDesk(desk.registrar)
        let file = try flip(desk, ".records")
        try desk.ledger.scrub()
        try await scrubs.fileResults()
        let event = try #require(try scrubs.all().last)
        for reader in Reader.allCases {
            let evidence = try EvidenceDesk(desk.registrar).evidence(event, for: reader)
            let verification = Verifier(
                policy: Policy.trusting(desk.ledger.folder.verifierKey), schema: LedgerEvent.schema
            ).verify(evidence)
            #expect(verification.verdict == .matches)
            let text = Explanation(verification, in: language).text(withLadder: false)
            let words =
                language == .mn
                ? ["Бүртгэлийн үйл явдал", "Илэрсэн гэмтэл", "Эхэлсэн"] : ["Ledger event", "Damage found", "Started"]
            for word in words + [file] { #expect(text.contains(word), "\(word) in \(text)") }
        }
    }

    /// However much is damaged, the event fits into evidence.
    @Test func theLargestResultFitsIntoEvidence() async throws {
        let damage = (0..<100).map { number in
            ScrubState.Damage(
                found: 1, segment: 0, file: "\(number)" + String(repeating: "f", count: 255), offset: .max,
                index: 1 << 62,
                reason: String(repeating: "\"", count: 240))
        }
        let result = ScrubState.Result(
            isRound: true, started: 1, ended: 2, segments: 3, entries: 4, byteCount: 5, known: 1024, damage: damage,
            healed: damage.map(\.file))
        let size = LedgerEvent(result).fields.values.reduce(0) { $0 + $1.utf8.count }
        #expect(size <= 40_000, "\(size) bytes")
    }
}

import Evidence
import Foundation
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Synchronization
import Testing

@testable import Filing

/// Kept documents and revocation data are read again: what is damaged is named once, what went with its act is not.
@Suite struct KeptFilesScrubTests {
    /// What was told.
    private final class Told: Sendable {
        private let news = Mutex<[KeptFilesScrub.News]>([])

        init(by scrub: KeptFilesScrub) { scrub.tell { news in self.news.withLock { $0.append(news) } } }

        var damaged: [String] { news.withLock { $0.flatMap(\.damaged).map(\.file) } }
        var healed: [String] { news.withLock { $0.flatMap(\.healed) } }
        var rounds: [KeptFilesState.Summary] { news.withLock { $0.compactMap(\.complete) } }
    }

    /// A ledger with two documents of one record and a file of revocation data.
    private struct Kept {
        let desk: Desk
        let filed: FiledRecord
        let scrub: KeptFilesScrub

        init() async throws {
            desk = try Desk()
            _ = try await desk.register.enrol(.merchant(Desk.merchant))
            filed = try await desk.receipts.file(Desk.coffee()).filed
            scrub = KeptFilesScrub(desk.registrar, clock: desk.clock)
            for bytes in [DocumentFixture.document(200_000), DocumentFixture.document(10)] { try keep(bytes) }
            let list = DocumentFixture.document(5_000, seed: 7)
            try ContentFolder(path: desk.ledger.folder.validationPath).keep(list, as: SHA256.hash(list))
        }

        func keep(_ bytes: [UInt8]) throws {
            let place = DocumentPlace(
                index: filed.index, commitment: filed.commitment, secret: filed.stored.record.secret)
            var upload = try desk.registrar.documents.begin(SHA256.hash(bytes), of: place, limit: 1 << 20)
            try upload.append(bytes)
            _ = try desk.registrar.documents.commit(upload) {}
        }

        /// The file of a slot, from the data folder on.
        func file(_ slot: Int) -> String {
            "documents/\(desk.registrar.documents.keys.name(of: filed.commitment, slot: slot))"
        }

        var list: String { "validation/\(SHA256.hash(DocumentFixture.document(5_000, seed: 7)))" }

        func url(_ file: String) -> URL { URL(fileURLWithPath: "\(desk.path)/\(file)") }

        func flip(_ file: String, _ byte: Int) throws {
            var bytes = try Data(contentsOf: url(file))
            bytes[byte] ^= 1
            try bytes.write(to: url(file))
        }

        func readAll() async throws -> KeptFilesState.Summary {
            try #require(try await scrub.readAll())
        }

        var damaged: [String] { scrub.knownDamage.map(\.file) }
    }

    @Test func everythingIsReadAndCounted() async throws {
        let kept = try await Kept()
        #expect(kept.scrub.due(days: 30) == 0 && kept.scrub.due(days: 0) == nil)
        let read = try await kept.readAll()
        #expect(read.tally.documents == 2 && read.tally.documentBytes == 200_010 && read.damaged == 0)
        #expect(read.tally.validation == 1 && read.tally.validationBytes == 5_000 && read.tally.documentsLeft == 0)
        #expect(kept.scrub.due(days: 30) == read.started + 30 * 86_400_000)
        // Known to whoever opens the folder next.
        let next = KeptFilesScrub(kept.desk.registrar, clock: kept.desk.clock)
        #expect(next.state == kept.scrub.state && next.state.last == read)
        try await next.readWhatIsDue(days: 30, bytesPerSecond: 0)
        #expect(next.state.last == read, "nothing was due")
        kept.desk.clock.advance(seconds: 30 * 86_400)
        try await next.readWhatIsDue(days: 30, bytesPerSecond: 0)
        #expect(try #require(next.state.last).started == read.started + 30 * 86_400_000)
    }

    @Test func aFolderWithoutKeptFilesGetsNoState() async throws {
        let desk = try Desk()
        let scrub = KeptFilesScrub(desk.registrar, clock: desk.clock)
        #expect(try await scrub.readAll() == nil)
        #expect(!FileManager.default.fileExists(atPath: desk.ledger.folder.keptStatePath))
    }

    @Test(arguments: [0, 20, 60, 110, 140, 199_000])
    func aFlippedBitIsFound(byte: Int) async throws {
        let kept = try await Kept()
        try kept.flip(kept.file(0), byte)
        let read = try await kept.readAll()
        #expect(read.damaged == 1 && read.tally.documents == 1 && read.tally.validation == 1, "the others are read")
        let damage = try #require(kept.scrub.knownDamage.first)
        #expect(
            damage.file == kept.file(0) && damage.remedy.contains("back") && !damage.reason.contains(kept.desk.path))
        try kept.flip(kept.file(0), byte)
        try await kept.scrub.readWhatIsDamaged()
        #expect(kept.damaged.isEmpty)
    }

    @Test func damagedRevocationDataIsFound() async throws {
        let kept = try await Kept()
        try kept.flip(kept.list, 100)
        #expect(try await kept.readAll().damaged == 1)
        #expect(kept.damaged == [kept.list])
    }

    @Test func whatIsMissingOrRenamedIsFound() async throws {
        let kept = try await Kept()
        let hidden = kept.url("hidden")
        try FileManager.default.moveItem(at: kept.url(kept.file(0)), to: hidden)
        #expect(try await kept.readAll().damaged == 1)
        let damage = try #require(kept.scrub.knownDamage.first)
        #expect(
            damage.file == kept.file(1) && damage.reason.contains("\(kept.file(0)), which comes before it, is missing"))
        // Under a name of nobody's, and of another slot.
        for name in ["documents/" + SHA256.hash([1]).description, kept.file(5)] {
            try FileManager.default.moveItem(at: hidden, to: kept.url(name))
            #expect(try await kept.readAll().damaged == 2)
            #expect(Set(kept.damaged) == [name, kept.file(1)])
            try FileManager.default.moveItem(at: kept.url(name), to: hidden)
        }
        try FileManager.default.moveItem(at: hidden, to: kept.url(kept.file(0)))
        let list = kept.url("validation/" + SHA256.hash([2]).description)
        try FileManager.default.moveItem(at: kept.url(kept.list), to: list)
        #expect(try await kept.readAll().damaged == 1)
        #expect(kept.damaged == ["validation/" + SHA256.hash([2]).description])
        try FileManager.default.moveItem(at: list, to: kept.url(kept.list))
        #expect(try await kept.readAll().damaged == 0 && kept.damaged.isEmpty)
    }

    @Test func damageIsToldOnceAndHealingToo() async throws {
        let kept = try await Kept()
        let before = Told(by: kept.scrub)
        try kept.flip(kept.file(0), 150)
        for _ in 0..<3 { _ = try await kept.readAll() }
        #expect(before.damaged == [kept.file(0)])
        #expect(before.rounds.map(\.damaged) == [1, 1, 1])
        // Another start tells it again: so it stands in its log, too.
        let next = KeptFilesScrub(kept.desk.registrar, clock: kept.desk.clock)
        #expect(next.knownDamage.map(\.file) == [kept.file(0)] && next.knownDamage[0].remedy.contains("--scrub"))
        let told = Told(by: next)
        try await next.readWhatIsDamaged()
        #expect(told.damaged == [kept.file(0)])
        // Handed in again it is whole.
        try kept.keep(DocumentFixture.document(200_000))
        try await next.readWhatIsDamaged()
        #expect(told.healed == [kept.file(0)] && next.knownDamage.isEmpty)
    }

    /// The ledger's own files are others' tests.
    private struct NoEraser: RecordEraser {
        func erase(_ indices: Set<UInt64>) throws {}
    }

    @Test func whatAnErasureRemovesMeanwhileIsNoDamage() async throws {
        let kept = try await Kept()
        let files = KeptFiles(registrar: kept.desk.registrar)
        let names = try files.names()
        #expect(names.count == 3)
        // Opened, and gone before it is read to its end.
        var reads = 0
        let finding = try files.examine(kept.file(0)) { _ in
            if reads == 0 { try kept.desk.registrar.documents.remove(of: [kept.filed.commitment]) }
            reads += 1
        }
        #expect(finding == .document(200_000) && reads == 4)
        // Listed, and gone before it is opened.
        #expect(try files.examine(kept.file(1)) { _ in } == .passed)
        #expect(try await kept.readAll().damaged == 0)
    }

    @Test func whatIsLeftOfAnErasedActIsNoDamage() async throws {
        let kept = try await Kept()
        let copy = try Data(contentsOf: kept.url(kept.file(0)))
        _ = try await ErasureDesk(kept.desk.registrar, eraser: NoEraser(), clock: kept.desk.clock)
            .erase(index: kept.filed.index, basis: "шийдвэр 2026/17")
        try copy.write(to: kept.url(kept.file(0)))
        let read = try await kept.readAll()
        #expect(read.damaged == 0 && read.tally.documents == 0 && read.tally.documentsLeft == 1)
    }

    @Test func aReadingThatIsBrokenOffGoesOnWhereItWas() async throws {
        let kept = try await Kept()
        kept.scrub.close()
        await #expect(throws: LedgerError.self) { try await kept.scrub.readWhatIsDue(days: 30, bytesPerSecond: 0) }
        await #expect(throws: LedgerError.self) { try await kept.scrub.readAll() }
        #expect(kept.scrub.state.last == nil && kept.scrub.state.round?.done == "")
        // One that had read the documents: it reads what is left, and counts all.
        var state = KeptFilesState()
        state.round = KeptFilesState.Round(started: 77, done: "documents/g")
        state.round?.tally.documents = 2
        try PosixDisk().replace(
            kept.desk.ledger.folder.keptStatePath, with: state.encoded(ledgerID: kept.desk.ledger.folder.ledgerID))
        try kept.flip(kept.file(0), 150)
        let next = KeptFilesScrub(kept.desk.registrar, clock: kept.desk.clock)
        try await next.readWhatIsDue(days: 30, bytesPerSecond: 0)
        let last = try #require(next.state.last)
        #expect(last.started == 77 && last.tally.documents == 2 && last.tally.validation == 1 && last.damaged == 0)
    }

    /// The clock stands still, so at one byte a second nothing is ever read to its end.
    @Test func aSlowReadingEndsPromptlyAndGivesWay() async throws {
        let kept = try await Kept()
        let scrub = kept.scrub
        let slow = Task { try await scrub.readWhatIsDue(days: 30, bytesPerSecond: 1) }
        while kept.scrub.state.round == nil, kept.scrub.due(days: 30) == 0 {
            // Whoever asks goes first, whenever the other began.
            _ = try await kept.readAll()
        }
        try await slow.value
        #expect(try #require(kept.scrub.state.last).tally.documents == 2)
        kept.desk.clock.advance(seconds: 31 * 86_400)
        let stopped = Task { try await scrub.readWhatIsDue(days: 30, bytesPerSecond: 1) }
        let began = ContinuousClock.now
        kept.scrub.close()
        _ = await stopped.result
        let cancelled = Task { try await scrub.readWhatIsDue(days: 30, bytesPerSecond: 1) }
        cancelled.cancel()
        await #expect(throws: (any Error).self) { try await cancelled.value }
        #expect(ContinuousClock.now - began < .seconds(10))
    }

    @Test func aStateThatIsNotTheLedgersIsBegunAnew() async throws {
        let kept = try await Kept()
        _ = try await kept.readAll()
        let path = kept.desk.ledger.folder.keptStatePath
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        let ledgerID = kept.desk.ledger.folder.ledgerID
        #expect(KeptFilesState(whole, ledgerID: ledgerID) == kept.scrub.state)
        #expect(KeptFilesState(whole, ledgerID: SHA256.hash([1])) == nil)
        for count in 0..<whole.count { #expect(KeptFilesState(Array(whole.prefix(count)), ledgerID: ledgerID) == nil) }
        try Data(whole.dropLast()).write(to: URL(fileURLWithPath: path))
        let next = KeptFilesScrub(kept.desk.registrar, clock: kept.desk.clock)
        #expect(next.state == KeptFilesState())
        _ = try await next.readAll()
        #expect(next.state.last?.tally == kept.scrub.state.last?.tally)
    }

    @Test func theStateIsTheOneOfTheFormats() throws {
        let text = try #require(try FormatsExamples().text("kept-state-example"))
        let ledgerID = try #require(
            Digest(hexadecimal: "c4d42d4e078dae5a7eca5cb73e61f85c6b589d1d826afcaf2bee5c7d12afe1d1"))
        let state = try #require(KeptFilesState(Array(text.utf8), ledgerID: ledgerID))
        #expect(state.damagedCount == 1 && state.last?.tally.validation == 2)
        #expect(state.round?.started == 1_765_706_508_000 && state.round?.done.hasPrefix("documents/e0bec") == true)
        #expect(state.encoded(ledgerID: ledgerID) == Array(text.utf8))
    }
}

import Catalogue
import Evidence
import Foundation
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency
import Receipts
import Synchronization
import Testing

@testable import Filing

/// An eraser that notes what it was asked, can fail, and looks at the ledger while it works.
private final class NotingEraser: RecordEraser {
    struct Failed: Error {}

    let asked = Mutex<[Set<UInt64>]>([])
    let fails = Mutex(false)
    let look: @Sendable (UInt64) throws -> Void

    init(look: @escaping @Sendable (UInt64) throws -> Void = { _ in }) {
        self.look = look
    }

    func erase(_ indices: Set<UInt64>) throws {
        if fails.withLock({ $0 }) { throw Failed() }
        for index in indices { try look(index) }
        asked.withLock { $0.append(indices) }
    }
}

@Suite struct ErasureTests {
    private static let basis = "Хувь хүний мэдээлэл хамгаалах тухай хууль 14.1, шийдвэр 2026/17"

    private func desk() async throws -> Desk {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        return desk
    }

    private func erasures(_ desk: Desk, _ eraser: NotingEraser = NotingEraser()) -> ErasureDesk {
        ErasureDesk(desk.registrar, eraser: eraser, clock: desk.clock)
    }

    private func problem(_ body: () throws -> Void) -> Problem? {
        do {
            try body()
            return nil
        } catch {
            return Failure(from: error)?.problem
        }
    }

    private func refusal(_ body: () async throws -> Void) async -> Problem? {
        do {
            try await body()
            return nil
        } catch {
            return Failure(from: error)?.problem
        }
    }

    @Test func anErasedRecordIsGoneForEverybodyAndItsEvidenceStaysValid() async throws {
        let desk = try await desk()
        let receipt = try await desk.receipts.file(Desk.coffee(), idempotencyKey: "a")
        let other = try await desk.receipts.file(Desk.coffee("02"))
        let evidence = try EvidenceDesk(desk.registrar).evidence(receipt.filed, for: .party)
        let number = try #require(receipt.filed.stored.secretNumber)
        let erasure = try await erasures(desk).erase(index: receipt.filed.index, basis: ErasureTests.basis)
        #expect(erasure.index == 3 && !erasure.isRepetition)
        #expect(erasure.text("commitment") == receipt.filed.commitment.description)
        #expect(erasure.text("basis") == ErasureTests.basis && erasure.text("index") == "1")
        for _ in 0..<2 {
            let index = receipt.filed.index
            #expect(problem { _ = try desk.registrar.record(at: index) } == .recordErased)
            let capability = desk.registrar.vault.capability(of: receipt.filed.commitment)
            #expect(problem { _ = try desk.registrar.record(with: capability) } == .recordErased)
            #expect(
                await refusal { _ = try await desk.receipts.file(Desk.coffee(), idempotencyKey: "a") } == .recordErased)
            let body = Desk.returning(receipt)
            #expect(await refusal { _ = try await desk.receipts.returnReceipt(body) } == .recordErased)
            #expect(throws: SecretError.erased(number)) { try desk.registrar.secrets.secret(number) }
            #expect(try desk.registrar.record(at: other.filed.index).commitment == other.filed.commitment)
            let verifier = Verifier(policy: Policy.trusting(desk.ledger.folder.verifierKey), schema: .receipts)
            #expect(verifier.verify(evidence).verdict == .matches)
            let report = try Audit(desk.registrar).run()
            #expect(report.erased == 1 && report.records == 3 && report.chains == 3 && report.entries == 4)
            try desk.reopen()
            try erasures(desk).finish()
        }
        #expect(desk.ledger.size == 4)
    }

    @Test func itSaysWhenAndWhyInBothLanguages() async throws {
        let desk = try await desk()
        let receipt = try await desk.receipts.file(Desk.coffee())
        _ = try await erasures(desk).erase(index: 1, basis: "court order 17")
        do {
            _ = try desk.registrar.record(at: receipt.filed.index)
            Issue.record("an erased record was read")
        } catch let failure as Failure {
            #expect(failure.problem.status == 410)
            let said =
                "Tamga no longer holds the content of this record: it was erased on 2026-02-12 (court order 17); "
                + "its entry 1 and all evidence given out before stay valid"
            #expect(failure.description == said)
            #expect(failure.message(.mn).contains("2026-02-12") && failure.message(.mn).contains("court order 17"))
        }
    }

    @Test func theLedgerSaysSoFirstThenContentGoesThenTheSecret() async throws {
        let desk = try await desk()
        let receipt = try await desk.receipts.file(Desk.coffee())
        let registrar = desk.registrar
        let looked = NotingEraser { index in
            let erasure = try registrar.erasure(of: index)
            #expect(erasure?.index == index)
            // The record can still be opened by whoever must make its residue.
            let record = try registrar.whole(at: index)
            #expect(record.text("merchant") == Desk.merchant.tin)
        }
        _ = try await erasures(desk, looked).erase(index: receipt.filed.index, basis: "x")
        #expect(looked.asked.withLock { $0 } == [[receipt.filed.index]])
        #expect(throws: SecretError.self) {
            try registrar.whole(at: receipt.filed.index)
        }
    }

    @Test func anErasureIsRecordedOnceAndGivesTheSameAnswer() async throws {
        let desk = try await desk()
        _ = try await desk.receipts.file(Desk.coffee())
        let eraser = NotingEraser()
        let erasures = erasures(desk, eraser)
        let indices = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for number in 0..<5 { group.addTask { try await erasures.erase(index: 1, basis: "basis \(number)").index } }
            return try await group.reduce(into: Set<UInt64>()) { $0.insert($1) }
        }
        #expect(indices == [2] && desk.ledger.size == 3)
        #expect(eraser.asked.withLock { $0 } == [[1], [1], [1], [1], [1]])
        #expect(try erasures.all().map(\.index) == [1])
    }

    @Test func whatAFailureLeftUndoneIsFinishedAtTheNextStart() async throws {
        let desk = try await desk()
        let receipt = try await desk.receipts.file(Desk.coffee())
        let number = try #require(receipt.filed.stored.secretNumber)
        let eraser = NotingEraser()
        eraser.fails.withLock { $0 = true }
        await #expect(throws: NotingEraser.Failed.self) { try await erasures(desk, eraser).erase(index: 1, basis: "x") }
        // It stands: nobody reads the record, though it is still there.
        #expect(problem { _ = try desk.registrar.record(at: 1) } == .recordErased)
        _ = try desk.registrar.secrets.secret(number)
        #expect(try Audit(desk.registrar).run().erased == 0)
        try desk.reopen()
        #expect(throws: NotingEraser.Failed.self) { try erasures(desk, eraser).finish() }
        eraser.fails.withLock { $0 = false }
        #expect(try erasures(desk, eraser).finish() == 1)
        #expect(eraser.asked.withLock { $0 } == [[1]])
        #expect(throws: SecretError.erased(number)) { try desk.registrar.secrets.secret(number) }
        #expect(try Audit(desk.registrar).run().erased == 1)
    }

    @Test func erasuresAreAppliedToKeysRestoredFromAnOlderCopy() async throws {
        let desk = try await desk()
        let receipt = try await desk.receipts.file(Desk.coffee())
        let number = try #require(receipt.filed.stored.secretNumber)
        let secrets = desk.ledger.folder.secretsPath
        let copy = NSTemporaryDirectory() + "copy-\(UUID().uuidString)"
        try FileManager.default.copyItem(atPath: secrets, toPath: copy)
        _ = try await erasures(desk).erase(index: 1, basis: "x")
        try FileManager.default.removeItem(atPath: secrets)
        try FileManager.default.moveItem(atPath: copy, toPath: secrets)
        try desk.reopen()
        _ = try desk.registrar.secrets.secret(number)
        try erasures(desk).finish()
        #expect(throws: SecretError.erased(number)) { try desk.registrar.secrets.secret(number) }
        // Keys that are not there at all need nothing done.
        try FileManager.default.removeItem(atPath: "\(secrets)/\(number.block).key")
        try desk.reopen()
        #expect(try erasures(desk).finish() == 1)
    }

    @Test func onlyActsAndReceiptsAreErased() async throws {
        let desk = try await desk()
        _ = try await desk.receipts.file(Desk.coffee())
        let raw = JournalItem(entry: Array("raw".utf8), keys: [], payload: [])
        _ = try await desk.ledger.append(Submission(item: raw))
        let erasures = erasures(desk)
        #expect(await refusal { _ = try await erasures.erase(index: 0, basis: "x") } == .recordNotErasable)
        #expect(await refusal { _ = try await erasures.erase(index: 2, basis: "x") } == .recordNotHeld)
        #expect(await refusal { _ = try await erasures.erase(index: 99, basis: "x") } == .indexUnknown)
        _ = try await erasures.erase(index: 1, basis: "x")
        #expect(await refusal { _ = try await erasures.erase(index: 3, basis: "x") } == .recordNotErasable)
        for basis in ["", "  ", "a\nb", "a\u{202e}b", String(repeating: "a", count: 501)] {
            #expect(await refusal { _ = try await erasures.erase(index: 1, basis: basis) } == .erasureBasisInvalid)
        }
        #expect(desk.ledger.size == 4)
    }

    @Test func chainsAndNumbersGoOnBehindAnErasedRecord() async throws {
        let desk = try await desk()
        let first = try await desk.receipts.file(Desk.coffee())
        let second = try await desk.receipts.file(Desk.coffee("02"))
        _ = try await erasures(desk).erase(index: second.filed.index, basis: "x")
        try desk.reopen()
        let third = try await desk.receipts.file(Desk.coffee("03"))
        #expect(third.filed.text("sequence") == "2")
        #expect(third.filed.text("previous") == second.filed.commitment.description)
        let ids = [first, second, third].map { String($0.issued.id.text.dropFirst(20).prefix(5)) }
        #expect(ids == ["00000", "00002", "00004"])
        let report = try Audit(desk.registrar).run()
        #expect(report.erased == 1 && report.erasedWithoutLink == 1 && report.chains == 3)
        // The first of a chain, too.
        _ = try await erasures(desk).erase(index: first.filed.index, basis: "y")
        #expect(try Audit(desk.registrar).run().erased == 2)
        #expect(try erasures(desk).all().map(\.sequence) == [1, 0])
    }

    @Test func contentIsRemovedOnAThreadOfItsOwnOneErasureAtATimeAndToItsEnd() async throws {
        let desk = try await desk()
        let first = try await desk.receipts.file(Desk.coffee())
        let second = try await desk.receipts.file(Desk.coffee("02"))
        let tasksMet = Mutex(0)
        let atOnce = Mutex((now: 0, most: 0))
        let request = Mutex<Task<FiledRecord, any Error>?>(nil)
        let eraser = NotingEraser { _ in
            atOnce.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            // A thread of the cooperative pool would be that of a task.
            if withUnsafeCurrentTask(body: { $0 != nil }) { tasksMet.withLock { $0 += 1 } }
            request.withLock { $0?.cancel() }
            atOnce.withLock { $0.now -= 1 }
        }
        let erasures = erasures(desk, eraser)
        request.withLock { $0 = Task { try await erasures.erase(index: first.filed.index, basis: "x") } }
        async let other = erasures.erase(index: second.filed.index, basis: "x")
        #expect(try await request.withLock { $0 }?.value.isRepetition == false)
        #expect(try await !other.isRepetition)
        #expect(tasksMet.withLock { $0 } == 0 && atOnce.withLock { $0.most } == 1)
        for receipt in [first, second] {
            let number = try #require(receipt.filed.stored.secretNumber)
            #expect(throws: SecretError.self) { _ = try desk.registrar.secrets.secret(number) }
        }
        #expect(try Audit(desk.registrar).run().erased == 2)
    }

    @Test func theSameSaleWithinTheWindowIsFiledAnewWhenItsReceiptIsErased() async throws {
        let desk = try await desk()
        let first = try await desk.receipts.file(Desk.coffee())
        _ = try await erasures(desk).erase(index: first.filed.index, basis: "x")
        let again = try await desk.receipts.file(Desk.coffee())
        #expect(again.filed.index == 3 && again.issued.id != first.issued.id)
    }

    @Test func aSecretThatIsGoneWithoutAnErasureIsDamage() async throws {
        let desk = try await desk()
        let receipt = try await desk.receipts.file(Desk.coffee())
        try desk.registrar.secrets.erase([try #require(receipt.filed.stored.secretNumber)])
        #expect(problem { _ = try desk.registrar.record(at: 1) } == .ledgerDamaged)
        do {
            _ = try Audit(desk.registrar).run()
            Issue.record("the audit passed over a record without its secret")
        } catch let damage as Audit.Damage {
            #expect(damage.index == 1)
        }
    }

    @Test func anItemWhosePayloadIsGoneCountsAsErasedOnlyWithItsErasure() async throws {
        let desk = try await desk()
        let receipt = try await desk.receipts.file(Desk.coffee())
        let erasure = Erasure(of: receipt.filed, action: .expired, basis: "x", time: 5)
        guard case .none = try desk.registrar.content(of: .none, at: 1, erasure: nil),
            case .erased(let link?) = try desk.registrar.content(of: .erased([]), at: 1, erasure: erasure)
        else {
            Issue.record("an item without payload was taken for something else")
            return
        }
        #expect(link.sequence == 0 && link.before == .nothing && link.commitment == receipt.filed.commitment)
        #expect(Erasure(fields: erasure.fields) == erasure)
        #expect(
            Erasure.names(for: .citizen).isDisjoint(with: ["erasedsequence", "erasednumber", "sequence", "secret"]))
        #expect(Set(erasure.fields.keys).isSubset(of: Erasure.names(for: .auditor)))
    }
}

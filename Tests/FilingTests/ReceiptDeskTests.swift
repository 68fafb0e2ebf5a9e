import Catalogue
import Evidence
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency
import Receipts
import Testing

@testable import Filing

@Suite struct ReceiptDeskTests {
    @Test func anEqualBodyWithinTheWindowGetsTheSameReceipt() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let first = try await desk.receipts.file(Desk.coffee())
        desk.clock.advance(seconds: 59)
        let second = try await desk.receipts.file(Desk.coffee())
        #expect(second.issued.id == first.issued.id)
        #expect(second.filed.isRepetition && !first.filed.isRepetition)
        #expect(desk.ledger.size == 2)
        desk.clock.advance(seconds: 2)
        let third = try await desk.receipts.file(Desk.coffee())
        #expect(third.issued.id != first.issued.id)
        #expect(desk.ledger.size == 3)
    }

    @Test func aRepetitionIsRecognisedAfterARestart() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let first = try await desk.receipts.file(Desk.coffee())
        try desk.reopen()
        let again = try await desk.receipts.file(Desk.coffee())
        #expect(again.filed.index == first.filed.index && again.issued == first.issued)
        let other = try await desk.receipts.file(Desk.coffee("02"))
        // Numbers and chain go on where they stood: header 2, its sub-receipt 3.
        #expect(other.issued.id.text.dropFirst(20).prefix(5) == "00002")
        #expect(other.filed.text("sequence") == "1")
        #expect(other.filed.text("previous") == first.filed.commitment.description)
    }

    @Test func equalFilingsAtOnceBecomeOneEntry() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let receipts = desk.receipts
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await receipts.file(Desk.coffee()).issued.id.text } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(desk.ledger.size == 2)
    }

    @Test func differentFilingsAtOnceMakeOneUnbrokenChain() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let receipts = desk.receipts
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 { group.addTask { _ = try await receipts.file(Desk.coffee("\(number)")) } }
            try await group.waitForAll()
        }
        let report = try Audit(desk.registrar).run()
        #expect(report.entries == 101 && report.records == 101 && report.chains == 2)
    }

    @Test func aReceiptPaysAnInvoiceInForceOnly() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let coffee = try await desk.receipts.file(Desk.coffee())
        let invoice = try await desk.receipts.file(Desk.invoice())
        await #expect(throws: Problem.receiptNoInvoice(["field": "invoiceId", "id": coffee.issued.id.text])) {
            try await desk.receipts.file(Desk.coffee("02", pays: coffee.issued.id.text))
        }
        // In two parts, and one more that nobody can know to be too much.
        for suffix in ["03", "04"] {
            let paying = try await desk.receipts.file(Desk.coffee(suffix, pays: invoice.issued.id.text))
            #expect(paying.filed.text("invoice") == invoice.issued.id.text)
        }
        _ = try await desk.receipts.returnReceipt(Desk.returning(invoice))
        await #expect(throws: Problem.receiptChangedAlready(["id": invoice.issued.id.text])) {
            try await desk.receipts.file(Desk.coffee("05", pays: invoice.issued.id.text))
        }
        // A number of this ledger's own that was never given, and one of another merchant.
        let never = invoice.issued.id.text.prefix(20) + "99998" + "10000001"
        await #expect(throws: Problem.receiptUnknown(["id": String(never)])) {
            try await desk.receipts.file(Desk.coffee("06", pays: String(never)))
        }
        let other = "061200064714001095330000010012619"
        await #expect(throws: Problem.receiptOfAnother(["id": other])) {
            try await desk.receipts.file(Desk.coffee("07", pays: other))
        }
        let elsewhere = "037900846788001095330000010012619"
        _ = try await desk.receipts.file(Desk.coffee("08", pays: elsewhere))
    }

    @Test func anIdempotencyKeyIsBoundToItsBody() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let first = try await desk.receipts.file(Desk.coffee(), idempotencyKey: "a")
        desk.clock.advance(seconds: 3600)
        let again = try await desk.receipts.file(Desk.coffee(), idempotencyKey: "a")
        #expect(again.filed.index == first.filed.index)
        await #expect(throws: Problem.idempotencyKeyReused(["key": "a"])) {
            try await desk.receipts.file(Desk.coffee("02"), idempotencyKey: "a")
        }
        // The same body under another key is another sale.
        let other = try await desk.receipts.file(Desk.coffee(), idempotencyKey: "b")
        #expect(other.filed.index != first.filed.index)
    }

    @Test func aReturnedReceiptIsNoLongerRepeated() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let first = try await desk.receipts.file(Desk.coffee())
        let returned = try await desk.receipts.returnReceipt(Desk.returning(first))
        #expect(returned.text("held") == "yes")
        let again = try await desk.receipts.returnReceipt(Desk.returning(first))
        #expect(again.index == returned.index && again.isRepetition)
        let second = try await desk.receipts.file(Desk.coffee())
        #expect(second.issued.id != first.issued.id)
    }

    @Test func aReceiptIsCorrectedOnce() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let first = try await desk.receipts.file(Desk.coffee())
        let id = first.issued.id.text
        let corrected = try await desk.receipts.file(Desk.coffee("02", corrects: id))
        #expect(corrected.filed.text("action") == "corrected")
        await #expect(throws: Problem.receiptChangedAlready(["id": id])) {
            try await desk.receipts.file(Desk.coffee("03", corrects: id))
        }
        await #expect(throws: Problem.receiptChangedAlready(["id": id])) {
            try await desk.receipts.returnReceipt(Desk.returning(first))
        }
    }

    @Test func aReturnOfAReceiptNotHeldHereIsRecordedAsSuch() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let body = Array("{\"id\":\"037900846788001094270000610009547\",\"date\":\"2025-10-29 15:59:38\"}".utf8)
        let returned = try await desk.receipts.returnReceipt(body)
        #expect(returned.text("held") == "no")
    }

    @Test func aReturnWithAnotherDateIsRefused() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let first = try await desk.receipts.file(Desk.coffee())
        let body = Array("{\"id\":\"\(first.issued.id.text)\",\"date\":\"2020-01-01 00:00:00\"}".utf8)
        await #expect(throws: Problem.receiptDateDiffers(["id": first.issued.id.text])) {
            try await desk.receipts.returnReceipt(body)
        }
        #expect(desk.ledger.size == 2)
    }

    @Test func aRefusedFilingLeavesNoGap() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        _ = try await desk.receipts.file(Desk.coffee())
        var wrong = String(decoding: Desk.coffee("02"), as: UTF8.self)
        wrong = wrong.replacing("\"paidAmount\":1120", with: "\"paidAmount\":1121")
        await #expect(throws: Failure.self) { try await desk.receipts.file(Array(wrong.utf8)) }
        let next = try await desk.receipts.file(Desk.coffee("03"))
        #expect(next.filed.text("sequence") == "1")
    }

    @Test func evidenceForTheCitizenHidesTheChainAndVerifies() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let receipt = try await desk.receipts.file(Desk.coffee())
        let bytes = try EvidenceDesk(desk.registrar).evidence(receipt.filed, for: .citizen)
        let verifier = Verifier(policy: Policy.trusting(desk.ledger.folder.verifierKey), schema: .receipts)
        let verification = verifier.verify(bytes, expecting: [ExpectedValue(name: "total", value: "1120")])
        #expect(verification.verdict == .matches)
        let shown = Set(verification.fields.filter { $0.value != nil }.map(\.name))
        #expect(shown.isDisjoint(with: ["chain", "sequence", "previous"]))
    }
}

@Suite struct OwnNumberTests {
    /// A number of this ledger's own shape, `steps` after a receipt's.
    private func later(_ receipt: FiledReceipt, _ steps: Int) -> String {
        let text = receipt.issued.id.text
        let number = String((Int(text.dropFirst(20).prefix(5)) ?? 0) + steps)
        return text.prefix(20) + String(repeating: "0", count: 5 - number.count) + number + text.suffix(8)
    }

    @Test(arguments: [1, 2, 7]) func aNumberNotYetGivenToAWholeReceiptCannotBeReturnedOrCorrected(_ steps: Int)
        async throws
    {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let first = try await desk.receipts.file(Desk.coffee())
        let id = later(first, steps)
        let body = Array("{\"id\":\"\(id)\",\"date\":\"\(first.issued.date)\"}".utf8)
        await #expect(throws: Problem.receiptUnknown(["id": id])) { try await desk.receipts.returnReceipt(body) }
        await #expect(throws: Problem.receiptUnknown(["id": id])) {
            try await desk.receipts.file(Desk.coffee("02", corrects: id))
        }
        #expect(desk.ledger.size == 2)
    }

    @Test func numbersBeginAgainEachDayAndNeverMeet() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        var ids = Set<String>()
        for day in 0..<3 {
            for number in 0..<3 {
                ids.insert(try await desk.receipts.file(Desk.coffee("\(day)\(number)")).issued.id.text)
            }
            desk.clock.advance(seconds: 24 * 3600 - 10)
        }
        #expect(ids.count == 9)
        #expect(ids.filter { $0.dropFirst(20).prefix(5) == "00000" }.count == 3)
    }

    @Test func aKnownKeyIsAnsweredThoughTheMerchantIsSuspendedSince() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let first = try await desk.receipts.file(Desk.coffee(), idempotencyKey: "a")
        _ = try await desk.register.setSuspended(true, id: Desk.merchant.tin)
        let again = try await desk.receipts.file(Desk.coffee(), idempotencyKey: "a")
        #expect(again.filed.index == first.filed.index)
    }

    @Test func anotherMerchantCannotReturnAReceipt() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let first = try await desk.receipts.file(Desk.coffee())
        await #expect(throws: Problem.receiptOfAnother(["id": first.issued.id.text])) {
            try await desk.receipts.returnReceipt(Desk.returning(first), from: "61200064714")
        }
    }
}

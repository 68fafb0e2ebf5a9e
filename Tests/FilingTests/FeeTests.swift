import CanonicalJSON
import Catalogue
import Deeds
import Evidence
import Foundation
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Receipts
import Testing

@testable import Filing

@Suite struct FeeTests {
    static let office = Merchant(tin: "90010000041", name: "Жишээ нотариатын товчоо", vatPayer: false)
    static let digest = SHA256.hash([1])

    private func desk() async throws -> Desk {
        let desk = try Desk()
        var office = FeeTests.office
        office.branches = [.init(number: "001", name: "Төв", district: "2403", tills: [.init(number: "1")])]
        _ = try await desk.register.enrol(.merchant(office))
        return desk
    }

    private func sale(_ desk: Desk, _ amount: Int64 = 15000) throws -> ReceiptRequest {
        let office = try #require(desk.register.merchant(tin: FeeTests.office.tin))
        return try FeeSale(amount: try #require(Money(mongo: amount * 100))).request(of: office)
    }

    /// Puts something into the ledger that names a receipt, as an act does.
    private func name(_ index: UInt64, _ desk: Desk) async throws {
        let key = desk.registrar.vault.key(.actOfReceipt, String(index))
        _ = try await desk.registrar.file(issuer: "NT001") { _ in
            .file(Registrar.Draft(kind: .deedAct, fields: ["notary": "NT001"], keys: [key]))
        }
    }

    @Test func feeReceiptIsOneForEverAndNamesTheAct() async throws {
        let desk = try await desk()
        let request = try sale(desk)
        let first = try await desk.receipts.fileFee(request, of: FeeTests.digest)
        #expect(first.filed.text("act") == "\(FeeTests.digest)" && first.issued.act == "\(FeeTests.digest)")
        #expect(try IssuedReceipt(fields: first.filed.fields) == first.issued)
        desk.clock.advance(seconds: 100_000)
        try desk.reopen()
        let again = try await desk.receipts.fileFee(request, of: FeeTests.digest)
        #expect(again.filed.index == first.filed.index && again.filed.isRepetition)
        let other = try await desk.receipts.fileFee(request, of: SHA256.hash([2]))
        #expect(other.issued.id != first.issued.id)
        #expect(desk.ledger.size == 3)
    }

    @Test func anEqualSaleOfATillIsNoRepetitionOfAFee() async throws {
        let desk = try await desk()
        let request = try sale(desk)
        let fee = try await desk.receipts.fileFee(request, of: FeeTests.digest)
        let sold = try await desk.receipts.file(request.canonicalBody)
        #expect(sold.issued.id != fee.issued.id && sold.issued.act == nil)
        #expect(sold.issued.request == request)
    }

    @Test func manyAtOnceAreOneReceipt() async throws {
        let desk = try await desk()
        let request = try sale(desk)
        let receipts = desk.receipts
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<40 {
                let digest = SHA256.hash([UInt8(number % 4)])
                group.addTask { try await receipts.fileFee(request, of: digest).issued.id.text }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 4 && desk.ledger.size == 5)
        // The list has each once, without gaps.
        let waiting = try desk.receipts.feesWithoutAct(of: FeeTests.office.tin, depth: 100)
        #expect(Set(waiting.map(\.id)) == ids && waiting.map(\.index) == waiting.map(\.index).sorted(by: >))
    }

    @Test func anotherFeeOfTheSameActIsRefusedAndFilesNothing() async throws {
        let desk = try await desk()
        let first = try await desk.receipts.fileFee(try sale(desk), of: FeeTests.digest)
        let more = try sale(desk, 20000)
        let failure = await #expect(throws: Failure.self) {
            try await desk.receipts.fileFee(more, of: FeeTests.digest)
        }
        #expect(failure?.problem == .feeDiffers && failure?.details["id"] == first.issued.id.text)
        #expect(desk.ledger.size == 2)
    }

    @Test func whatIsDoubtfulIsRefusedSinceNobodyElseWroteIt() async throws {
        let desk = try await desk()
        let office = try #require(desk.register.merchant(tin: FeeTests.office.tin))
        for (change, problem) in [
            ({ $0.payment = "COWRIES" }, Problem.receiptPaymentUnknown), ({ $0.till = "9" }, .receiptTillUnknown),
            ({ $0.district = "0000" }, .receiptDistrictUnknown),
        ] as [((inout FeeSale) -> Void, Problem)] {
            var sale = FeeSale(amount: try #require(Money(mongo: 1)))
            change(&sale)
            let request = try sale.request(of: office)
            let failure = await #expect(throws: Failure.self) {
                try await desk.receipts.fileFee(request, of: FeeTests.digest)
            }
            #expect(failure?.problem == problem)
        }
        #expect(desk.ledger.size == 1)
    }

    @Test func receiptsThatNoActNamesAreFoundUntilTheyAreNamedOrGivenBack() async throws {
        let desk = try await desk()
        let request = try sale(desk)
        var filed: [FiledReceipt] = []
        for number in 0..<5 {
            filed.append(try await desk.receipts.fileFee(request, of: SHA256.hash([UInt8(number)])))
        }
        func waiting(_ depth: Int = 100) throws -> [String] {
            try desk.receipts.feesWithoutAct(of: FeeTests.office.tin, depth: depth).map(\.id)
        }
        #expect(try waiting() == filed.reversed().map(\.issued.id.text))
        #expect(try waiting(2) == [filed[4], filed[3]].map(\.issued.id.text))
        try await name(filed[1].filed.index, desk)
        _ = try await desk.receipts.returnReceipt(Desk.returning(filed[3]))
        #expect(try waiting() == [filed[4], filed[2], filed[0]].map(\.issued.id.text))
        #expect(try desk.receipts.feeState(filed[3].issued.id.text) == .returned)
        #expect(try desk.receipts.feeState(filed[1].issued.id.text) == .inForce)
        try desk.reopen()
        #expect(try waiting() == [filed[4], filed[2], filed[0]].map(\.issued.id.text))
        #expect(try desk.receipts.feesWithoutAct(of: "37900846788", depth: 100).isEmpty)
    }

    @Test func aReceiptThatIsThereIsTakenOnlyAsWhatItIs() async throws {
        let desk = try await desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let tin = FeeTests.office.tin
        func problem(_ id: ReceiptID, of tin: String = tin) async -> Problem? {
            do {
                _ = try await desk.receipts.feeReceipt(id, of: tin)
                return nil
            } catch { return (error as? Failure)?.problem }
        }
        let good = try await desk.receipts.file(try sale(desk).canonicalBody)
        #expect(await problem(good.issued.id) == nil)
        #expect(await problem(good.issued.id, of: Desk.merchant.tin) == .feeReceiptUnknown)
        let coffee = try await desk.receipts.file(Desk.coffee())
        #expect(await problem(coffee.issued.id, of: Desk.merchant.tin) == .feeReceiptUnsuited)
        #expect(await problem(try #require(ReceiptID(String(repeating: "1", count: 33)))) == .feeReceiptUnknown)
        let own = try await desk.receipts.fileFee(try sale(desk), of: FeeTests.digest)
        #expect(await problem(own.issued.id) == .feeReceiptTaken)
        _ = try await desk.receipts.returnReceipt(Desk.returning(good))
        #expect(await problem(good.issued.id) == .feeReceiptNotInForce)
    }

    @Test(arguments: [
        ("{}", "fee.amount"), ("[]", "fee"), (#"{"amount":0}"#, "fee.amount"), (#"{"amount":-1}"#, "fee.amount"),
        (#"{"amount":1.001}"#, "fee.amount"), (#"{"amount":true}"#, "fee.amount"), (#"{"amount":1,"x":1}"#, "fee.x"),
        (#"{"amount":1,"payment":1}"#, "fee.payment"), (#"{"receipt":"12"}"#, "fee.receipt"),
        (#"{"receipt":"111111111111111111111111111111111","amount":1}"#, "fee"),
        (#"{"amount":1,"consumerNo":"10000038","customerTin":"90010000017"}"#, "fee"),
    ])
    func feeThatIsNoneIsRefusedWithItsPlace(_ text: String, _ path: String) throws {
        let value = try JSONValue(parsing: text)
        let failure = #expect(throws: Failure.self) { try FeeRequest(value) }
        #expect(failure?.problem == .feeInvalid && failure?.details["path"] == path)
    }

    @Test func feeIsReadAsItIsMeant() throws {
        let fee = try FeeRequest(
            try JSONValue(parsing: #"{"amount":"15000.50","branchNo":"1","payment":null,"posNo":""}"#))
        var sale = FeeSale(amount: try #require(Money(mongo: 1_500_050)))
        sale.branch = "001"
        #expect(fee == .issue(sale) && sale.payment == "CASH")
    }
}

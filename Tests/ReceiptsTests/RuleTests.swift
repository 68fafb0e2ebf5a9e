import CanonicalJSON
import Catalogue
import Receipts
import Testing

@Suite struct Rules {
    static let old = ReceiptTime(year: 2022, month: 6, day: 1)!
    static let between = ReceiptTime(year: 2024, month: 6, day: 1)!

    @Test(
        arguments: [
            (1120, "100", "20", "VAT_ABLE"), (1120, "101.82", "0", "VAT_ABLE"), (1120, "0", "21.96", "VAT_FREE"),
            (1000, "89.29", "17.86", "VAT_ABLE"), (1000, "90.91", "0", "VAT_ABLE"), (1000, "0", "19.61", "VAT_ZERO"),
            (2800, "250", "50", "VAT_ABLE"), (2800, "254.55", "0", "VAT_ABLE"), (2800, "0", "54.90", "NO_VAT"),
            (1, "0.09", "0.02", "VAT_ABLE"), (1, "0.09", "0", "VAT_ABLE"), (1, "0", "0.02", "VAT_FREE"),
        ])
    func taxesOfTheTableAreAccepted(_ total: Int64, vat: String, city: String, type: String) throws {
        let draft = Draft(total: JSONValue(total), vat: .string(vat), city: .string(city), taxType: type)
        try draft.accepted()
        let near = (JSONNumber(vat)!.scaled(by: 2)! + 1, JSONNumber(vat)!.scaled(by: 2)! + 3)
        if type == "VAT_ABLE" {
            let cents = { (mongo: Int64) in JSONValue.number(JSONNumber(mongo, decimals: 2)) }
            let far = Draft(total: JSONValue(total), vat: cents(near.1), city: .string(city))
            #expect(far.refusal()?.problem == .receiptVAT)
        }
    }

    /// Half a mongo is rounded up; the base is not rounded first.
    @Test(
        arguments: [
            (112_000, 1000, 1200, 10_000), (112_000, 200, 1200, 2000), (112_000, 1000, 1000, 10_182),
            (112_000, 200, 200, 2196), (100_000, 1000, 1200, 8929), (100_000, 200, 1200, 1786), (100, 1000, 1200, 9),
            (100, 200, 1200, 2), (0, 1000, 1200, 0), (28, 200, 1200, 1), (27, 200, 1200, 0),
            (1_000_000_000_000_000, 1000, 1200, 89_285_714_285_714),
        ] as [(Int64, Int64, Int64, Int64)])
    func sharesAreRoundedHalfUp(_ price: Int64, rate: Int64, all: Int64, share: Int64) throws {
        #expect(TaxRates.share(of: try #require(Money(mongo: price)), rate: rate, all: all).mongo == share)
    }

    @Test func cityTaxIsRefusedInTheWordsOfPosAPI() {
        let failure = Draft(total: 2800, vat: 250, city: 25).refusal()
        #expect(failure?.message(.mn) == "НХАТ-г 2%-р тооцоолоогүй байна. Шалгуур дүн: 50")
    }

    @Test func oldCityTaxIsTakenForItsDaysOnly() throws {
        let old = Draft(total: 1110, vat: 100, city: 10)
        try old.accepted(at: Self.old)
        try old.accepted(at: Self.between)
        #expect(old.refusal()?.problem == .receiptCityTax)
        try Draft().accepted(at: Self.between)
        #expect(Draft().refusal(at: Self.old)?.message(.en) == "the city tax is not 1 %; the amount should be 10.09")
    }

    @Test func merchantFlagsDecideAboutVAT() throws {
        var merchant = Draft.merchant
        let none = Draft(total: 1000, vat: 0, city: 0)
        let vat = Draft(total: 1100, vat: 100, city: 0)
        #expect(none.refusal(by: merchant)?.problem == .receiptVAT)
        merchant.vatPayer = nil
        try none.accepted(by: merchant)
        try vat.accepted(by: merchant)
        merchant.vatPayer = false
        try none.accepted(by: merchant)
        #expect(vat.refusal(by: merchant)?.problem == .receiptVATNotPayer)
        merchant.cityTaxPayer = false
        let city = Draft(total: 1020, vat: 0, city: 20)
        #expect(city.refusal(by: merchant)?.problem == .receiptCityTaxNotPayer)
        #expect(Draft(total: 1100, vat: 100, city: 0, taxType: "NOT_VAT").refusal()?.problem == .receiptVATExempt)
    }

    @Test func unknownAndSuspendedMerchantsAreRefused() {
        var merchant = Draft.merchant
        merchant.suspended = true
        #expect(Draft().refusal(by: merchant)?.problem == .merchantSuspended)
        merchant.tin = "61200064714"
        #expect(Draft().refusal(by: merchant)?.problem == .merchantUnknown)
    }

    @Test func lesseeMustBeOnTheMerchantsList() throws {
        var draft = Draft(total: 1000, vat: 0, city: 0)
        draft.receipt["merchantTin"] = "61200064714"
        #expect(draft.refusal()?.problem == .merchantNotLessee)
        var merchant = Draft.merchant
        merchant.customers = [Merchant.Customer(tin: "61200064714", name: "Түрээслэгч", vatPayer: false)]
        try draft.accepted(by: merchant)
    }

    @Test(arguments: ["totalAmount", "totalVAT", "totalCityTax"])
    func sumsAreExact(_ field: String) {
        var header = Draft()
        header.root[field] = 1
        #expect(header.refusal()?.problem == .receiptSum)
        #expect(header.refusal()?.details["field"] == field)
        var part = Draft()
        part.receipt[field] = "1.00"
        #expect(part.refusal()?.details["field"] == "receipts[0].\(field)")
    }

    @Test func paymentsMustSumUnlessTheyAreAbsent() throws {
        var draft = Draft()
        draft.payment = nil
        try draft.accepted()
        draft.payment = ["code": "CASH", "status": "REVERSED", "paidAmount": 1120]
        #expect(draft.refusal()?.problem == .receiptPaymentsSum)
        draft.payment = ["code": "CASH", "status": "PAY", "paidAmount": 1120]
        let failure = try #require(draft.refusal())
        #expect(failure.problem == .receiptPaymentIncomplete)
        #expect(PosAPIAnswer.error(failure, at: noon)["status"] == "PAYMENT")
    }

    @Test func newPaymentCodesAndWrongBarCodesAreOnlyDoubts() throws {
        var draft = Draft()
        draft.payment?["code"] = "CRYSTAL_BALL"
        draft.item["barCode"] = "4006381333932"
        draft.item["barCodeType"] = "GS1"
        let request = try ReceiptRequest.parse(draft.body)
        let doubts = try request.validate(at: noon, in: [Draft.tin: Draft.merchant])
        #expect(doubts.map(\.problem) == [.receiptBarCodeDigit, .receiptPaymentUnknown])
        draft.payment?["code"] = "CASH"
        draft.item["barCode"] = "4006381333931"
        #expect(try ReceiptRequest.parse(draft.body).validate(at: noon, in: [Draft.tin: Draft.merchant]).isEmpty)
    }

    @Test func eachTypeNeedsItsOwn() throws {
        var company = Draft()
        company.root["type"] = "B2B_RECEIPT"
        #expect(company.refusal()?.message(.mn) == "customerTin талбарын утга хоосон")
        company.root["customerTin"] = 61_200_064_714
        try company.accepted()
        company.root["consumerNo"] = "10038071"
        #expect(company.refusal()?.problem == .receiptConsumer)
        var invoice = Draft()
        invoice.root["type"] = "B2C_INVOICE"
        #expect(invoice.refusal()?.details["field"] == "receipts[0].bankAccountNo")
        invoice.receipt["bankAccountNo"] = "1111111111"
        try invoice.accepted()
        var free = Draft(total: 1000, vat: 0, city: 0, taxType: "VAT_FREE")
        free.item["taxProductCode"] = nil
        #expect(free.refusal()?.details["field"] == "receipts[0].items[0].taxProductCode")
    }

    @Test func reportMonthIsTheMonthBeforeInItsFirstWeek() throws {
        var draft = Draft()
        draft.root["type"] = "B2B_RECEIPT"
        draft.root["customerTin"] = "61200064714"
        draft.root["reportMonth"] = "2025-12-01"
        let newYear = try #require(ReceiptTime(year: 2026, month: 1, day: 7, hour: 23, minute: 59, second: 59))
        try draft.accepted(at: newYear)
        let late = ReceiptTime(unixMilliseconds: newYear.unixMilliseconds + 1000)
        #expect(draft.refusal(at: late)?.problem == .receiptReportMonth)
        draft.root["reportMonth"] = "2025-13-01"
        #expect(draft.refusal(at: newYear)?.problem == .receiptFieldTime)
    }

    @Test(arguments: Problem.all.filter { $0.code.hasPrefix("receipt-") || $0.code.hasPrefix("merchant") })
    func bothLanguagesNameTheSameDetails(_ problem: Problem) {
        func names(_ text: String) -> Set<String> {
            Set(text.matches(of: /\{([a-zA-Z]+)\}/).map { String($0.1) })
        }
        for wording in [problem.text, problem.remedy] {
            #expect(!wording.mn.isEmpty && !wording.en.isEmpty)
            #expect(names(wording.mn) == names(wording.en))
        }
    }
}

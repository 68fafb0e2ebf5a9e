import CanonicalJSON
import Catalogue
import Receipts
import Testing

/// Members that only some shops send: card data, excise stamps, bank accounts, shared bills.
@Suite struct FieldTests {
    @Test(
        arguments: [
            // Test numbers of card schemes; then a wrong check digit, a reference number, one masked already.
            ("4111111111111111", "411111XXXXXX1111"), ("4111 1111 1111 1111", "411111XXXXXX1111"),
            ("378282246310005", "378282XXXXX0005"), ("6304000000000000", "630400XXXXXX0000"),
            ("4111111111111112", "4111111111111112"), ("123456789012", "123456789012"),
            ("123456XXXXXX7890", "123456XXXXXX7890"), ("411111111111111A", "411111111111111A"),
        ])
    func cardNumbersAreMasked(_ sent: String, kept: String) throws {
        // The usual way and the general one, which another letter case makes necessary.
        for name in ["data", "DATA"] {
            var draft = Draft()
            draft.payment?["code"] = "PAYMENT_CARD"
            draft.payment?[name] = [
                "maskedCardNumber": .string(sent), "rrn": "000000000001", "nested": [.string(sent)],
            ]
            let request = try draft.accepted()
            let data = request.payments[0].other[name]
            #expect(data?["maskedCardNumber"] == .string(kept))
            #expect(data?["nested"]?.array == [.string(kept)])
            #expect(sent == kept || !String(decoding: request.canonicalBody, as: UTF8.self).contains(sent))
            let fields = try request.issued().fields
            #expect(sent == kept || !fields.values.contains { $0.contains(sent) })
        }
        var number = Draft()
        number.payment?["data"] = ["maskedCardNumber": 4_111_111_111_111_111]
        #expect(try number.accepted().payments[0].other["data"]?["maskedCardNumber"] == "411111XXXXXX1111")
    }

    @Test func stampsAndBatchesAreKeptAndHaveTheirTypes() throws {
        var draft = Draft()
        draft.item["data"] = ["lotNo": "A-17", "stockQR": ["0123456789", 42], "shelf": ["a": [1, .null]]]
        let request = try draft.accepted()
        let stored = try IssuedReceipt(fields: try request.issued().fields)
        let answer = PosAPIAnswer.receipt(stored, identity: identity, qrData: "")
        let data = answer["receipts"]?.array?[0]["items"]?.array?[0]["data"]
        #expect(data?["stockQR"]?.array == ["0123456789", 42])
        #expect(data?["shelf"]?["a"]?.array == [1, .null])
        draft.item["data"] = ["stockQR": "0123456789"]
        #expect(draft.refusal()?.details["field"] == "receipts[0].items[0].data.stockQR")
        draft.item["data"] = ["stockQR": [[]]]
        #expect(draft.refusal()?.details["field"] == "receipts[0].items[0].data.stockQR[0]")
        draft.item["data"] = ["lotNo": ["A"]]
        #expect(draft.refusal()?.details["field"] == "receipts[0].items[0].data.lotNo")
        // What is no object is the client's own affair.
        draft.item["data"] = "A-17"
        try draft.accepted()
    }

    @Test func anInvoiceNamesAnEnrolledAccount() throws {
        var merchant = Draft.merchant
        merchant.bankAccounts = [
            Merchant.BankAccount(
                id: 7, tin: Draft.tin, number: "1000000001", name: "Дэлгүүр", bankID: 99, bankName: "Банк",
                iban: "990000001000000001")
        ]
        var draft = Draft()
        draft.root["type"] = "B2C_INVOICE"
        draft.receipt["bankAccountNo"] = "1000000001"
        let request = try ReceiptRequest.parse(draft.body)
        #expect(try request.validate(at: noon, in: [Draft.tin: merchant]).isEmpty)
        let answer = PosAPIAnswer.receipt(
            try request.issued(), identity: identity, qrData: "", accounts: merchant.bankAccounts)
        #expect(answer["receipts"]?.array?[0]["bankAccountId"] == 7)
        draft.receipt["bankAccountNo"] = "1000000002"
        let doubts = try ReceiptRequest.parse(draft.body).validate(at: noon, in: [Draft.tin: merchant])
        #expect(doubts.map(\.problem) == [.receiptBankAccountUnknown])
    }

    @Test func aTillThatIsNotEnrolledIsADoubt() throws {
        let file = """
            [{"tin": "\(Draft.tin)", "name": "Дэлгүүр", "vatPayer": true, "cityTaxPayer": true, "branches": [
              {"branchNo": "1", "name": "Төв", "districtCode": "2501", "tills": [{"posNo": "7", "name": "Урд"}, {"posNo": "8"}]},
              {"branchNo": "002", "name": "Агуулах"}]}]
            """
        let merchant = try #require(try Merchant.list(parsing: Array(file.utf8)).first)
        #expect(merchant.branches.map(\.number) == ["001", "002"])
        #expect(merchant.branches[0].tills.map(\.name) == ["Урд", ""])
        for (branch, till, isKnown) in [
            ("001", "7", true), ("001", "8", true), ("001", "9", false), ("002", "9", true), ("003", "7", false),
        ] {
            var draft = Draft()
            draft.root["branchNo"] = .string(branch)
            draft.root["posNo"] = .string(till)
            let doubts = try ReceiptRequest.parse(draft.body).validate(at: noon, in: [Draft.tin: merchant])
            #expect(doubts.map(\.problem) == (isKnown ? [] : [.receiptTillUnknown]), "\(branch)/\(till)")
        }
        for bad in [
            "[{\"branchNo\": \"0001\", \"name\": \"a\"}]", "[{\"branchNo\": \"1\"}]",
            "[{\"branchNo\": \"a\", \"name\": \"a\"}]",
            "[{\"branchNo\": \"1\", \"name\": \"a\", \"tills\": [{}]}]",
            "[{\"branchNo\": \"1\", \"name\": \"a\"}, {\"branchNo\": \"001\", \"name\": \"b\"}]",
        ] {
            let list = "[{\"tin\": \"\(Draft.tin)\", \"name\": \"a\", \"branches\": \(bad)}]"
            #expect(throws: Failure.self) { try Merchant.list(parsing: Array(list.utf8)) }
        }
    }

    @Test func anInvoicePaysNone() {
        var draft = Draft()
        draft.root["type"] = "B2C_INVOICE"
        draft.receipt["bankAccountNo"] = "1000000001"
        draft.receipt["invoiceId"] = "037900846788001095330000010012619"
        #expect(draft.refusal()?.problem == .receiptInvoicePays)
    }

    @Test func goodsOfOneTaxTypeInTwoPartsAreADoubt() throws {
        var draft = Draft()
        let part = draft.receipt.merging(items: [draft.item])
        draft.root["receipts"] = [part, part]
        for (name, sum) in [("totalAmount", 2240), ("totalVAT", 200), ("totalCityTax", 40)] {
            draft.root[name] = JSONValue(sum)
        }
        let request = try ReceiptRequest.parse(JSONValue.object(draft.root).bytes)
        let doubts = try request.validate(at: noon, in: [Draft.tin: Draft.merchant])
        #expect(doubts.map(\.problem) == [.receiptSplit])
    }
}

extension JSONObject {
    fileprivate func merging(items: [JSONObject]) -> JSONValue {
        var object = self
        object["items"] = .array(items.map { .object($0) })
        return .object(object)
    }
}

import CanonicalJSON
import Catalogue
import Receipts
import Testing

@Suite struct Wire {
    @Test func spellingsThatMeanTheSameHaveTheSameCanonicalBody() throws {
        let plain = try Draft().accepted()
        var spelled = Draft(total: "1120.00", vat: "100", city: 20)
        spelled.root["BRANCHNO"] = spelled.root["branchNo"]
        spelled.root["branchNo"] = nil
        spelled.root["merchantTin"] = 37_900_846_788
        spelled.root["totalVat"] = 1.asJSON
        spelled.root["totalVAT"] = "100.0"
        spelled.root["inActiveId"] = ""
        spelled.root["customerTin"] = nil
        spelled.root["reportMonth"] = JSONValue.null
        spelled.root["data"] = JSONValue.null
        spelled.root["lottery"] = "AB 12345678"
        spelled.item["qty"] = "1.000"
        spelled.receipt["taxType"] = "vat_able"
        // Last of equal names counts, whatever its case: `totalVAT` was set before `totalVat` and stands before it.
        spelled.root["totalVat"] = nil
        #expect(try spelled.accepted().canonicalBody == plain.canonicalBody)
        spelled.root["billIdSuffix"] = "02"
        #expect(try spelled.accepted().canonicalBody != plain.canonicalBody)
    }

    @Test func lastOfNamesThatDifferInCaseCounts() throws {
        let text = String(decoding: Draft().body, as: UTF8.self)
        let doubled = text.dropLast() + ",\"BranchNo\":\"7\"}"
        #expect(try ReceiptRequest.parse(Array(doubled.utf8)).branch == "007")
    }

    @Test func noVATIsAnsweredAsTheClientSpelledIt() throws {
        let one = try Draft(total: 1000, vat: 0, city: 0, taxType: "NO_VAT").accepted()
        let other = try Draft(total: 1000, vat: 0, city: 0, taxType: "NOT_VAT").accepted()
        #expect(one.canonicalBody == other.canonicalBody)
        #expect(one.receipts[0].taxType == .outside && other.receipts[0].taxType == .outside)
        func answered(_ request: ReceiptRequest) throws -> JSONValue? {
            let issued = try IssuedReceipt(fields: try request.issued().fields)
            return PosAPIAnswer.receipt(issued, identity: identity, qrData: "")["receipts"]?.array?[0]["taxType"]
        }
        #expect(try answered(one) == "NO_VAT")
        #expect(try answered(other) == "NOT_VAT")
    }

    @Test func whatMayOnlyBePrintedIsDroppedAtAnyDepth() throws {
        var draft = Draft()
        let secret: JSONValue = [
            "LOTTERY": "SN 47461258", "keep": [["qrData": "308923", "QRDATE": 5, "x": ["lottery": nil, "y": 1]]],
        ]
        draft.root["lottery"] = "SN 47461258"
        draft.root["QrDate"] = "308923"
        draft.root["data"] = secret
        draft.receipt["qrdata"] = "308923"
        draft.receipt["data"] = secret
        draft.item["data"] = secret
        draft.payment?["data"] = secret
        let issued = try draft.accepted().issued()
        let answer = PosAPIAnswer.receipt(issued, identity: identity, qrData: "").text
        let written = issued.fields.values.joined() + String(decoding: issued.request.canonicalBody, as: UTF8.self)
        for word in ["47461258", "308923", "qrdat", "lottery"] {
            #expect(!written.lowercased().contains(word))
        }
        #expect(!answer.contains("47461258") && !answer.contains("308923"))
        #expect(issued.fields["other"]?.contains("{\"keep\":[{\"x\":{\"y\":1}}]}") == true)
    }

    @Test func unknownMembersSurviveInTheirPlace() throws {
        var draft = Draft()
        draft.root["future"] = ["a": 1]
        draft.receipt["data"] = ["location": []]
        draft.item["totalBonus"] = 5
        draft.item["data"] = ["stockQR": ["A17F"]]
        draft.payment?["bonus"] = true
        let issued = try draft.accepted().issued()
        #expect(
            issued.fields["other"]
                == "{\"\":{\"future\":{\"a\":1}},\"receipts[0]\":{\"data\":{\"location\":[]}},"
                + "\"receipts[0].items[0]\":{\"data\":{\"stockQR\":[\"A17F\"]},\"totalBonus\":5}}")
        #expect(issued.fields["items"]?.contains("stockQR") == false)
        let back = try IssuedReceipt(fields: issued.fields)
        #expect(back == issued)
        let answer = PosAPIAnswer.receipt(back, identity: identity, qrData: "")
        #expect(answer["future"]?["a"] == 1)
        #expect(answer["receipts"]?.array?[0]["items"]?.array?[0]["totalBonus"] == 5)
    }

    @Test func cardDataStandsInItsOwnFieldOnly() throws {
        var draft = Draft()
        draft.payment?["code"] = "PAYMENT_CARD"
        draft.payment?["data"] = [
            "terminalID": "11111", "rrn": "123456789123", "maskedCardNumber": "123456XXXXXX7890", "easy": true,
        ]
        var fields = try draft.accepted().issued().fields
        let cards = try #require(fields["cards"])
        fields["cards"] = nil
        #expect(cards.contains("123456XXXXXX7890") && cards.contains("123456789123"))
        #expect(!fields.values.contains { $0.contains("123456") || $0.contains("11111") })
        #expect(!ReceiptField.names(for: .citizen).contains("cards"))
    }

    @Test(arguments: ["id", "STATUS", "Easy", "posid", "message", "date"])
    func requestCannotForgeTheAnswer(_ name: String) throws {
        var draft = Draft()
        draft.root[name] = "forged"
        draft.receipt["id"] = "forged"
        let answer = PosAPIAnswer.receipt(try draft.accepted().issued(), identity: identity, qrData: "")
        #expect(!answer.text.contains("forged"))
    }

    @Test(
        arguments: [
            ("merchantTin", "12345", Problem.receiptFieldDigits), ("branchNo", "0001", .receiptFieldDigits),
            ("branchNo", "٣", .receiptFieldDigits), ("districtCode", "99", .receiptFieldDigits),
            ("type", "B2X", .receiptFieldChoice), ("totalAmount", "1,120", .receiptFieldMoney),
            ("totalAmount", "-1", .receiptFieldMoney), ("totalAmount", "0.001", .receiptFieldMoney),
            ("totalAmount", "1e70", .receiptFieldMoney), ("totalAmount", true, .receiptFieldMoney),
            ("totalAmount", nil, .receiptFieldEmpty), ("inactiveId", "12", .receiptFieldDigits),
            ("consumerNo", "1", .receiptFieldDigits), ("posNo", [], .receiptFieldType),
            ("receipts", "x", .receiptFieldType), ("payments", [1], .receiptFieldType),
        ] as [(String, JSONValue, Problem)])
    func badFieldIsNamed(_ name: String, value: JSONValue, problem: Problem) throws {
        var root = try #require(try JSONValue(parsing: Draft().body).object)
        root[name] = value
        let failure = refusal { _ = try ReceiptRequest.parse(JSONValue.object(root).bytes) }
        #expect(failure?.problem == problem)
        #expect(failure.map { $0.message(.mn).contains(name) || $0.message(.mn).contains("districtCode") } == true)
    }

    @Test func hugeBodiesAreRefused() {
        func problem(_ text: String) -> Problem? {
            refusal { _ = try ReceiptRequest.parse(Array(text.utf8)) }?.problem
        }
        #expect(problem(String(repeating: " ", count: 300_000)) == .receiptBodyTooLarge)
        #expect(problem(String(repeating: "[", count: 200_000)) == .receiptNotJSON)
        #expect(problem("{\"totalAmount\":1e999999999}") == .receiptNotJSON)
        #expect(problem("[]") == .receiptFieldType)
        var draft = Draft()
        draft.root["data"] = .string(String(repeating: "x", count: 40_000))
        #expect(draft.refusal()?.problem == .receiptBodyTooLarge)
        draft.root["data"] = nil
        draft.item["name"] = .string(String(repeating: "Ө", count: 501))
        #expect(draft.refusal()?.problem == .receiptFieldLength)
    }

    @Test func totalsBeyondTheGreatestAreRefusedNotTrapped() throws {
        let greatest = JSONValue.number(JSONNumber("10000000000000")!)
        var draft = Draft(total: greatest, vat: 0, city: 0, taxType: "VAT_FREE")
        try draft.accepted()
        draft.root["totalAmount"] = .number(JSONNumber("10000000000000.01")!)
        #expect(draft.refusal()?.problem == .receiptFieldMoney)
    }
}

extension Int {
    fileprivate var asJSON: JSONValue { JSONValue(self) }
}

import CanonicalJSON
import Catalogue
import Evidence
import Foundation
import Receipts
import Testing

@Suite struct Answers {
    /// What ebarimt-pos-sdk 0.4.1 requires of an answer (facts 2.1).
    @Test func answerHasWhatTheClientRequires() throws {
        var draft = Draft()
        draft.root["consumerNo"] = "10038071"
        let answer = PosAPIAnswer.receipt(try draft.accepted().issued(), identity: identity, qrData: "123")
        for name in ["branchNo", "merchantTin", "posNo", "type", "id", "version", "qrData", "date", "lottery"] {
            #expect(answer[name]?.string != nil, "\(name)")
        }
        #expect(answer["totalAmount"] == 1120)
        #expect(answer["posId"] == 101_321_077)
        #expect(answer["status"] == "SUCCESS")
        #expect(answer["message"] == "")
        #expect(answer["easy"] == false)
        #expect(answer["date"] == "2026-02-12 15:31:42")
        #expect(answer["billIdSuffix"] == nil)
        let receipt = try #require(answer["receipts"]?.array?.first)
        #expect(receipt["id"] == "037900846788001095330000110012619")
        #expect(receipt["taxType"] == "VAT_ABLE")
        let item = try #require(receipt["items"]?.array?.first)
        #expect(item["qty"] == 1 && item["unitPrice"] == 1000 && item["totalAmount"] == 1120)
        #expect(item["name"] == "Талх" && item["measureUnit"] == "ш")
    }

    @Test func companiesGetNoLottery() throws {
        var draft = Draft()
        draft.root["type"] = "B2B_RECEIPT"
        draft.root["customerTin"] = "61200064714"
        let answer = PosAPIAnswer.receipt(try draft.accepted().issued(), identity: identity, qrData: "")
        #expect(answer["lottery"] == nil)
        #expect(answer["customerTin"] == "61200064714")
    }

    @Test func refusalHasTheShapeOfPosAPI() {
        let failure = Problem.receiptFieldEmpty(["field": "customerTin"])
        #expect(
            PosAPIAnswer.error(failure, at: noon).text
                == "{\"status\":\"ERROR\",\"message\":\"customerTin талбарын утга хоосон\","
                + "\"date\":\"2026-02-12 15:31:42\"}")
        #expect(PosAPIAnswer.error(failure, .en, at: noon)["message"] == "field customerTin is empty")
    }

    @Test func infoHasWhatTheClientRequires() throws {
        let merchants = try Samples.merchants().values.sorted { $0.tin < $1.tin }
        let info = PosAPIAnswer.info(identity, merchants: merchants, lastSent: noon)
        for name in ["operatorName", "operatorTIN", "posNo", "lastSentDate", "version"] {
            #expect(info[name]?.string?.isEmpty == false, "\(name)")
        }
        #expect(info["posId"]?.integer == 101_321_077)
        #expect(info["leftLotteries"]?.integer == 0)
        let app = try #require(info["appInfo"])
        for name in ["applicationDir", "currentDir", "database", "database-host", "workDir"] {
            #expect(app[name]?.string != nil, "\(name)")
        }
        #expect(app["supported-databases"]?.array?.isEmpty == false)
        let listed = try #require(info["merchants"]?.array)
        #expect(listed.count == merchants.count)
        for merchant in listed {
            #expect(merchant["tin"]?.string != nil && merchant["name"]?.string != nil)
            for customer in try #require(merchant["customers"]?.array) {
                #expect(customer["vatPayer"]?.bool != nil && customer["tin"]?.string != nil)
            }
        }
    }
}

@Suite struct Fields {
    @Test func moneyIsMongoAndEmptyIsAbsent() throws {
        let fields = try Draft(total: 1, vat: "0.09", city: "0.02").accepted().issued().fields
        #expect(fields["total"] == "100" && fields["vat"] == "9" && fields["citytax"] == "2")
        #expect(fields["action"] == "issued")
        #expect(fields["date"] == "1770881502000+08:00")
        for absent in ["consumer", "customer", "corrects", "invoice", "month", "cards", "other"] {
            #expect(fields[absent] == nil)
        }
    }

    @Test func correctionNamesWhatItCorrects() throws {
        var draft = Draft()
        draft.root["inActiveId"] = "037900846788001094270001610009547"
        let fields = try draft.accepted().issued().fields
        #expect(fields["action"] == "corrected")
        #expect(fields["corrects"] == "037900846788001094270001610009547")
        #expect(try IssuedReceipt(fields: fields).request.corrects?.text == fields["corrects"])
    }

    @Test func returnIsReadAndRecorded() throws {
        let body =
            "{\"id\":\"037900846788001094270000610009547\",\"date\":\"2025-10-29 15:59:38\",\"type\":\"B2C_RECEIPT\"}"
        let request = try ReturnRequest.parse(Array(body.utf8))
        let merchant = try request.merchant(in: [Draft.tin: Draft.merchant])
        let returned = ReturnedReceipt(request, merchant: merchant.tin, held: false)
        #expect(
            returned.fields == [
                "action": "returned", "id": "037900846788001094270000610009547", "date": "1761724778000+08:00",
                "merchant": "37900846788", "held": "no",
            ])
        #expect(try ReturnedReceipt(fields: returned.fields) == returned)
        #expect(returned.date.description == "2025-10-29 15:59:38")
        #expect(refusal { _ = try request.merchant(in: [:] as [String: Merchant]) }?.problem == .merchantUnknown)
        func problem(_ body: String) -> Problem? {
            refusal { _ = try ReturnRequest.parse(Array(body.utf8)) }?.problem
        }
        #expect(problem("{}") == .receiptFieldEmpty)
        #expect(problem("{\"id\":\"1\"}") == .receiptFieldDigits)
        #expect(problem("{\"id\":\"037900846788001094270000610009547\",\"date\":\"today\"}") == .receiptFieldTime)
        #expect(problem("[1") == .receiptNotJSON)
    }

    @Test func damagedFieldIsNamedNotTrapped() throws {
        let fields = try Draft().accepted().issued().fields
        for name in fields.keys where !["suffix", "payments"].contains(name) {
            for value in [nil, "", "x", "[{}]"] as [String?] {
                var changed = fields
                changed[name] = value
                let failure = refusal { _ = try IssuedReceipt(fields: changed) }
                if name != "pos" || value == nil { #expect(failure?.problem == .receiptRecordDamaged, "\(name)") }
            }
        }
        var chained = fields
        chained["chain"] = "operator"
        chained["previous"] = String(repeating: "0", count: 64)
        chained["sequence"] = "1"
        #expect(try IssuedReceipt(fields: chained).fields == fields)
    }

    /// Field by field, as `Ledger/FORMATS.md` shows it.
    @Test func exampleOfTheFormatsPageIsWhatIsWritten() throws {
        let page = String(
            decoding: try Samples.bytes(Samples.package.appending(path: "Ledger/FORMATS.md")), as: UTF8.self)
        let block = try #require(page.firstMatch(of: /```text name=receipt-fields-example\n([^`]*)```/)).1
        var draft = Draft()
        draft.root["consumerNo"] = "10038071"
        draft.item["totalBonus"] = 5
        draft.payment?["code"] = "PAYMENT_CARD"
        draft.payment?["data"] = ["terminalID": "11111", "easy": false]
        let fields = try draft.accepted().issued().fields
        let written = fields.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
        #expect(written == block)
    }

    @Test func profilesHideWhatTheyShould() {
        let all = Set(ReceiptField.all.map(\.name))
        #expect(all.count == ReceiptField.all.count)
        #expect(ReceiptField.all.allSatisfy { $0.name.utf8.allSatisfy { (0x61...0x7a).contains($0) } })
        let chain: Set = ["chain", "previous", "sequence"]
        #expect(Set(ReceiptField.names(for: .citizen)) == all.subtracting(chain).subtracting(["cards"]))
        #expect(Set(ReceiptField.names(for: .party)) == all.subtracting(chain))
        #expect(Set(ReceiptField.names(for: .issuer)) == all)
        #expect(Set(ReceiptField.names(for: .auditor)) == all)
        #expect(RecordSchema.receipts[.receipt, "total"]?.type == .money)
    }

    @Test func merchantListIsReadOrRefusedWithItsPlace() throws {
        func failure(_ text: String) -> Failure? { refusal { _ = try Merchant.list(parsing: Array(text.utf8)) } }
        #expect(failure("{}")?.problem == .merchantsFile)
        #expect(failure("[{\"tin\":\"37900846788\"}]")?.details["place"] == "[0]")
        #expect(failure("[{\"tin\":\"63018813253900\",\"name\":\"x\"}]")?.problem == .merchantTINTooLong)
        #expect(failure("[{\"tin\":1,\"name\":\"x\"}]")?.problem == .receiptFieldDigits)
        let list = try Merchant.list(parsing: Array("[{\"tin\":37900846788,\"name\":\"x\",\"vatPayer\":null}]".utf8))
        #expect(list[0].tin == "37900846788" && list[0].vatPayer == nil)
    }
}

import CanonicalJSON
import Catalogue
import Foundation
import Testing

@testable import Receipts

/// The reader of usual bodies says what the general one says, or nothing.
@Suite struct UsualReaderTests {
    private func general(_ body: [UInt8]) -> ReceiptRequest? {
        let limits = JSONLimits(bytes: ReceiptLimits.body, depth: ReceiptLimits.depth)
        return try? ReceiptRequest.parse(JSONValue(parsing: body, limits: limits))
    }

    private func expectAgreement(_ body: [UInt8], _ comment: @autoclosure () -> String = "") {
        guard let usual = UsualReceiptReader.read(body) else { return }
        let general = general(body)
        let isSame = general == usual && general?.canonicalBody == usual.canonicalBody
        #expect(isSame, "\(comment()) \(String(decoding: body, as: UTF8.self))")
    }

    private func bodies() throws -> [(name: String, body: [UInt8])] {
        let folder = Samples.seeds.appending(path: "samples/receipts")
        var bodies = try Samples.names(in: folder).map { ($0, try Samples.bytes(folder.appending(path: $0))) }
        if Samples.areThere {
            for name in try Samples.names(in: Samples.shared.appending(path: "receipts")) {
                let sample = try Samples.shared(name)
                if sample.operation.hasPrefix("POST") { bodies.append((name, sample.body)) }
            }
        }
        return bodies
    }

    @Test func samplesAreReadAlike() throws {
        var usual = 0
        for (name, body) in try bodies() {
            expectAgreement(body, name)
            if UsualReceiptReader.read(body) != nil { usual += 1 }
        }
        // Most of what tills send is usual; were it none, the test would say nothing.
        #expect(usual >= 10, "\(usual)")
    }

    @Test func aBodyChangedAnywhereIsReadAlikeOrNotAtAll() throws {
        let interesting = Array("\"\\{}[],:0123.-eE+ \n\u{0}nulltrue\u{7f}".utf8) + [0xc3, 0xff]
        var read = 0
        for (name, body) in try bodies() {
            for at in stride(from: 0, to: body.count, by: 3) {
                var changed = body
                changed[at] = interesting[(at / 3) % interesting.count]
                expectAgreement(changed, name)
                if UsualReceiptReader.read(changed) != nil { read += 1 }
                expectAgreement(Array(body[..<at]), name)
                var doubled = body
                doubled.insert(contentsOf: body[at..<min(at + 7, body.count)], at: at)
                expectAgreement(doubled, name)
            }
        }
        #expect(read > 300)
    }

    @Test(
        arguments: [
            "0", "-0", "00", "01", "1.", ".1", "1.0", "1.00", "1.000", "0.001", "1e2", "1E2", "10e-1", "\"1\"", "\"\"",
            "null",
            "\"01\"", "\"1.5\"", "\" 1\"", "\"1 \"", "1 ", "999999999999999", "1000000000000000", "9999999999999999",
            "99999999999999999999", "1.2.3", "true", "{}", "[]", "nul", "\"1e2\"", "123456789012.34",
            "1234567890123.45",
        ])
    func numbersAreReadAlike(_ text: String) {
        for member in ["totalAmount", "totalVAT", "qty", "unitPrice", "paidAmount"] {
            let draft = String(decoding: Draft().body, as: UTF8.self)
            for value in ["1120", "100", "1000", "1"] {
                expectAgreement(
                    Array(draft.replacing("\"\(member)\":\(value)", with: "\"\(member)\":\(text)").utf8), text)
            }
        }
    }

    @Test func unusualBodiesAreReadByTheGeneralReader() throws {
        let draft = String(decoding: Draft().body, as: UTF8.self)
        #expect(UsualReceiptReader.read(Array(draft.utf8)) != nil)
        let changes = [
            ("\"posNo\"", "\"POSNO\""), ("\"Талх\"", "\"\\u0422алх\""), ("\"posNo\"", "\"lottery\":\"AB 1\",\"posNo\""),
            ("\"posNo\"", "\"novel\":1,\"posNo\""), ("\"posNo\":\"001\"", "\"posNo\":\"009\",\"posNo\":\"001\""),
            ("\"CASH\"", "\"cash\""), ("VAT_ABLE", "vat_able"), ("\"37900846788\"", "37900846788"),
        ]
        for (old, new) in changes {
            let body = Array(draft.replacing(old, with: new).utf8)
            #expect(UsualReceiptReader.read(body) == nil, "\(new)")
            #expect(try ReceiptRequest.parse(body).type == .consumerReceipt, "\(new)")
        }
    }

    @Test func receiptsAreWrittenAsTheirTreeIs() throws {
        for (name, body) in try bodies() {
            guard let request = try? ReceiptRequest.parse(body) else { continue }
            #expect(request.canonicalBody == request.canonicalTree.canonicalBytes, "\(name)")
            let issued = try request.issued()
            let items = zip(request.receipts, issued.subReceiptIDs).map { $0.json(.record, id: $1) }
            #expect(issued.fields["items"] == JSONValue.array(items).canonicalText, "\(name)")
            let payments = request.payments.map { $0.json(.record) }
            #expect(issued.fields["payments"] == (payments.isEmpty ? nil : JSONValue.array(payments).canonicalText))
        }
        var draft = Draft(total: "1120.05", vat: 100, city: "20")
        draft.item["name"] = "\"Талх\" \\ \u{1}\n\u{7f} 🍞"
        draft.item["qty"] = "0.125"
        draft.root["posNo"] = "\u{1f}"
        let request = try ReceiptRequest.parse(draft.body)
        #expect(request.canonicalBody == request.canonicalTree.canonicalBytes)
        // Members that nobody knows, before, between and behind the known ones, and in no order.
        let unknown = ["zz", "status ", "billIdSuffiy", "Ā", "a", "payment", "receiptss", "item"]
        for name in unknown {
            draft.root[name] = [["b": 1, "a": [true, .null]]]
            draft.receipt[name] = ["z": "1", "y": 2]
            draft.item[name] = 3
            draft.payment?[name] = "x"
            let request = try ReceiptRequest.parse(draft.body)
            #expect(request.canonicalBody == request.canonicalTree.canonicalBytes, "\(name)")
            let issued = try request.issued()
            let back = try IssuedReceipt(fields: issued.fields)
            let answers = [issued, back].map { PosAPIAnswer.receipt($0, identity: identity, qrData: "").text }
            #expect(answers[0] == answers[1], "\(name)")
        }
        for mongo in [0, 1, 9, 10, 99, 100, 101, 110, 1_000_000_000_000_000] as [Int64] {
            var request = request
            request.total = try #require(Money(mongo: mongo))
            #expect(request.canonicalBody == request.canonicalTree.canonicalBytes, "\(mongo)")
        }
    }

    @Test func cardDataIsKeptAsTheGeneralReaderKeepsIt() throws {
        var draft = Draft()
        draft.payment?["data"] = [
            "terminalID": "1", "rrn": "2", "lottery": "AB 12345678", "easy": true, "deep": [["x": .null]],
        ]
        let usual = try #require(UsualReceiptReader.read(draft.body))
        #expect(usual == general(draft.body) && usual.payments[0].other["data"]?["lottery"] == nil)
        var deep: JSONValue = 1
        for depth in 1...20 {
            deep = [deep]
            draft.payment?["data"] = ["deep": deep]
            expectAgreement(draft.body, "\(depth)")
        }
    }

    @Test func whatIsTakenCanBeReadFromItsRecord() throws {
        // Letters that Unicode writes longer in upper case.
        for text in [String(repeating: "ŉ", count: 32), "ßtraße", "ﬁ"] {
            var draft = Draft()
            draft.payment?["code"] = .string(text)
            draft.item["barCodeType"] = .string(text)
            let issued = try ReceiptRequest.parse(draft.body).issued()
            #expect(try IssuedReceipt(fields: issued.fields) == issued, "\(text)")
        }
    }

    @Test func aRecordThatIsTooLargeIsRefusedEitherWay() throws {
        var draft = Draft()
        draft.item["name"] = .string(String(repeating: "т", count: 450))
        for count in [1, 30, 36, 44, 60] {
            var root = draft.root
            var receipt = draft.receipt
            receipt["items"] = .array((0..<count).map { _ in .object(draft.item) })
            root["receipts"] = [.object(receipt)]
            let body = JSONValue.object(root).bytes
            #expect(UsualReceiptReader.read(body) != nil)
            #expect((try? ReceiptRequest.parse(body)) == general(body), "\(count)")
        }
    }
}

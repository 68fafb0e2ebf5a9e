import CanonicalJSON
import Catalogue
import Foundation
import Receipts
import Testing

@Suite(.enabled(if: Samples.areThere, "the shared samples are missing; name their folder in TAMGA_SAMPLES"))
struct SharedSamples {
    @Test func everySampleHasTheVerdictOfItsIndex() throws {
        let merchants = try Samples.merchants()
        let names = try Samples.names(in: Samples.shared.appending(path: "receipts"))
        #expect(names.count >= 18)
        for name in names {
            let sample = try Samples.shared(name)
            let failure = refusal {
                if sample.operation.hasPrefix("DELETE") {
                    _ = try ReturnRequest.parse(sample.body).merchant(in: merchants)
                } else {
                    try ReceiptRequest.parse(sample.body).validate(at: noon, in: merchants)
                }
            }
            #expect((failure == nil) == sample.accepted, "\(name): \(failure?.description ?? "accepted")")
        }
    }

    @Test func refusedSamplesSayWhy() throws {
        let merchants = try Samples.merchants()
        func message(_ name: String) throws -> String? {
            let sample = try Samples.shared(name)
            return refusal { try ReceiptRequest.parse(sample.body).validate(at: noon, in: merchants) }?.message(.mn)
        }
        #expect(try message("09_sdk_live_rejected_minimal.json") == "districtCode талбарын утга хоосон")
        #expect(try message("21_anar_b2b_without_customer.json") == "customerTin талбарын утга хоосон")
        #expect(try message("20_anar_payment_mismatch.json")?.contains("5000") == true)
    }

    @Test func answerEchoesAsTheRealPosAPIDoes() throws {
        let sample = try Samples.shared("07_sdk_full_response.json")
        let issued = try ReceiptRequest.parse(sample.body).issued()
        let answer = PosAPIAnswer.receipt(issued, identity: identity, qrData: "1")
        var expected = try #require(sample.file["response"]?.object)
        expected["lottery"] = ""
        expected["qrData"] = "1"
        expected["easy"] = false
        expected["message"] = ""
        #expect(answer.canonicalText == JSONValue.object(expected).canonicalText)
    }

    @Test func duplicateKeyOfTheOfficialExampleIsRead() throws {
        let raw = try Samples.bytes(Samples.shared.appending(path: "receipts/04_raw_duplicate_key.txt"))
        let request = try ReceiptRequest.parse(raw)
        try request.validate(at: noon, in: try Samples.merchants())
        #expect(request.branch == "001")
        let parsed = try ReceiptRequest.parse(try Samples.shared("04_oas_b2b_invoice_notvat.json").body)
        #expect(request.canonicalBody == parsed.canonicalBody)
    }

    @Test func everyAcceptedSampleComesBackFromItsFields() throws {
        for name in try Samples.names(in: Samples.shared.appending(path: "receipts")) {
            let sample = try Samples.shared(name)
            guard sample.accepted, sample.operation.hasPrefix("POST") else { continue }
            let issued = try ReceiptRequest.parse(sample.body).issued()
            #expect(try IssuedReceipt(fields: issued.fields) == issued, "\(name)")
            #expect(issued.fields.values.allSatisfy { !$0.isEmpty })
            #expect(issued.fields.keys.allSatisfy { ReceiptField.named($0) != nil })
        }
    }

    @Test func bodyCutAtAnyByteIsRefused() throws {
        let body = try Samples.shared("06_oas_easy_bank_card_mixed_payments.json").body
        for end in body.indices {
            #expect(refusal { _ = try ReceiptRequest.parse(Array(body[..<end])) }?.problem == .receiptNotJSON)
        }
    }

    @Test func everyDistrictOfTheListIsKnown() throws {
        let list = Samples.shared.deletingLastPathComponent().appending(path: "reference/district_codes.csv")
        let rows = try String(contentsOf: list, encoding: .utf8).split(whereSeparator: \.isNewline).dropFirst()
        #expect(rows.count == 533)
        let known = Set(ReferenceTables.builtIn.districts(on: noon).map(\.code))
        #expect(Set(rows.map { String($0.prefix(4)) }) == known)
    }
}

@Suite struct OwnSamples {
    @Test func everySeedIsAccepted() throws {
        let merchants = try Samples.merchants()
        let folder = Samples.seeds.appending(path: "samples/receipts")
        let names = try Samples.names(in: folder)
        #expect(names.count == 6)
        for name in names {
            let request = try ReceiptRequest.parse(try Samples.bytes(folder.appending(path: name)))
            #expect(try request.validate(at: noon, in: merchants).isEmpty, "\(name)")
            #expect(try IssuedReceipt(fields: try request.issued().fields) == request.issued())
        }
    }

    @Test func testMerchantHasABankAccount() throws {
        let merchants = try Samples.merchants()
        let accounts = PosAPIAnswer.bankAccounts(of: merchants["37900846788"])
        #expect(accounts.array?.first?["tin"] == "37900846788")
        #expect(PosAPIAnswer.bankAccounts(of: nil) == [])
    }
}

/// The failure that an action throws.
func refusal(_ action: () throws -> Void) -> Failure? {
    do { try action() } catch { return error as? Failure }
    return nil
}

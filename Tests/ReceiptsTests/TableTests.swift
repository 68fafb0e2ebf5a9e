import CanonicalJSON
import Catalogue
import Testing

@testable import Receipts

@Suite struct TableTests {
    /// The built-in tables with some files in the place of theirs.
    private func tables(_ files: [String: String]) throws(Failure) -> ReferenceTables {
        try ReferenceTables { name throws(Failure) in files[name].map { Array($0.utf8) } }
    }

    private func day(_ text: String) throws -> ReceiptTime { try #require(ReceiptTime("\(text) 12:00:00")) }

    @Test func builtInTablesHaveWhatTheRulesNeed() throws {
        let tables = ReferenceTables.builtIn
        #expect(tables.replaced.isEmpty && tables.rowCounts.allSatisfy { $0 > 2 })
        #expect(tables.rates(on: noon) == TaxRates(vat: 1000, cityTax: [200]))
        #expect(tables.rates(on: try day("2022-12-31")) == TaxRates(vat: 1000, cityTax: [100]))
        #expect(tables.rates(on: try day("2023-01-01")) == TaxRates(vat: 1000, cityTax: [200, 100]))
        #expect(tables.rates(on: try day("2024-12-31")) == TaxRates(vat: 1000, cityTax: [200, 100]))
        #expect(tables.rates(on: try day("2025-01-01")) == TaxRates(vat: 1000, cityTax: [200]))
        #expect(tables.taxTypes(ofProduct: "437", on: noon) == [.free])
        #expect(tables.taxTypes(ofProduct: "437", on: try day("2019-05-29")).isEmpty)
        #expect(tables.taxTypes(ofProduct: "99", on: noon).isEmpty)
        #expect(tables.standing(ofClassification: "8213000", on: noon) == .holds)
        #expect(tables.knowsBranch(of: "2599") && !tables.knowsBranch(of: "9901"))
        #expect(tables.paymentTypes(on: noon).first?.code == "CASH")
    }

    @Test func classificationIsWalkedLevelByLevel() {
        let tables = ReferenceTables.builtIn
        var code = ""
        for length in [1, 2, 3, 4, 5, 7] {
            let below = tables.classifications(below: code, on: noon)
            #expect(!below.isEmpty && below.allSatisfy { $0.code.hasPrefix(code) && $0.code.utf8.count == length })
            code = below[0].code
        }
        #expect(tables.classifications(below: code, on: noon).isEmpty)
        #expect(tables.classifications(below: "x", on: noon).isEmpty)
    }

    @Test func anOperatorsTableTakesThePlaceOfOne() throws {
        let own = try tables([
            "tax-rates.csv":
                "tax,basisPoints,from,to\r\nVAT,1000,,2026-12-31\r\nVAT,1200,2027-01-01,\r\nCITY_TAX,300,,\r\n",
            "classifications.csv":
                "# ours\n\ncode,name,from,to\n2349011,\"Талх, \"\"цагаан\"\"\",,2026-01-31\n23,Хүнс,,\n",
        ])
        #expect(own.replaced == ["tax-rates.csv", "classifications.csv"])
        #expect(own.rates(on: noon) == TaxRates(vat: 1000, cityTax: [300]))
        #expect(own.rates(on: try day("2027-01-01")).vat == 1200)
        #expect(own.standing(ofClassification: "2349011", on: noon) == .holdsOtherwise)
        #expect(own.classifications(below: "2", on: try day("2026-01-31")).map(\.name) == ["Хүнс"])
        let bread = ReferenceTables.Named(code: "2349011", name: "Талх, \"цагаан\"")
        #expect(own.classifications(below: "23490", on: try day("2026-01-31")) == [bread])
        #expect(own.classifications(below: "23490", on: try day("2026-02-01")).isEmpty)
        #expect(own.knowsBranch(of: "2501"), "the others stay")
    }

    @Test(
        arguments: [
            ("tax-rates.csv", "tax,basisPoints,from\nVAT,1000,\n", 1), ("tax-rates.csv", "", 1),
            ("tax-rates.csv", "tax,basisPoints,from,to\n", 1),
            ("tax-rates.csv", "tax,basisPoints,from,to\nCITY_TAX,200,,\n", 1),
            ("tax-rates.csv", "tax,basisPoints,from,to\nVAT,1000,,2026-12-31\nVAT,1200,2027-01-02,\n", 1),
            ("tax-rates.csv", "tax,basisPoints,from,to\nVAT,1000,,\nVAT,1200,2027-01-01,\n", 1),
            ("tax-rates.csv", "tax,basisPoints,from,to\nVAT,1000,,2026-12-31\n", 1),
            ("tax-rates.csv", "tax,basisPoints,from,to\nVAT,1000,2016-01-01,\n", 1),
            ("tax-rates.csv", "tax,basisPoints,from,to\rVAT,1000,,\r", 1),
            ("classifications.csv", "code,name,from,to\n111100,x,,\n", 2),
            ("tax-rates.csv", "tax,basisPoints,from,to\nVAT,1000,,\nCITY_TAX,-1,,\n", 3),
            ("tax-rates.csv", "tax,basisPoints,from,to\nVAT,3001,,\n", 2),
            ("tax-rates.csv", "tax,basisPoints,from,to\nVATS,1000,,\n", 2),
            ("tax-rates.csv", "tax,basisPoints,from,to\n\n#\nVAT,1000,2026-02-30,\n", 4),
            ("tax-rates.csv", "tax,basisPoints,from,to\nVAT,1000,2026-02-02,2026-02-01\n", 2),
            ("tax-rates.csv", "tax,basisPoints,from,to\nVAT,1000,\n", 2),
            ("districts.csv", "code,branch,name,from,to\n25,Сүхбаатар,1,,\n", 2),
            ("tax-products.csv", "code,taxType,name,from,to\n437,VAT_ABLE,x,,\n", 2),
            ("classifications.csv", "code,name,from,to\n23490111,x,,\n", 2),
            ("classifications.csv", "code,name,from,to\n2349011,\"x,,\n", 2),
            ("classifications.csv", "code,name,from,to\n2349011,\"x\"y,,\n", 2),
            ("classifications.csv", "code,name,from,to\n2349011,x\"y,,\n", 2),
            ("payment-codes.csv", "code,name,from,to\n,x,,\n", 2),
        ])
    func whatIsWrongIsNamedWithFileAndLine(_ file: String, _ text: String, line: Int) {
        let failure = refusal { _ = try tables([file: text]) }
        #expect(failure?.problem == .tableInvalid)
        #expect(
            failure?.details["file"] == file && failure?.details["line"] == String(line),
            "\(String(describing: failure))")
    }

    @Test func bytesThatAreNoTextAreRefused() {
        let failure = refusal {
            _ = try ReferenceTables { name in
                name == "payment-codes.csv" ? Array("code,name,from,to\nX,".utf8) + [0xff] + Array(",,\n".utf8) : nil
            }
        }
        #expect(failure?.details["line"] == "2")
    }

    @Test func goodsWithoutVATNeedACodeThatHolds() throws {
        for (type, code) in Draft.taxProducts {
            var draft = Draft(vat: 0, city: 0, taxType: type)
            try draft.accepted()
            draft.item["taxProductCode"] = .string(code == "437" ? "507" : "437")
            let doubts = try ReceiptRequest.parse(draft.body).validate(at: noon, in: [Draft.tin: Draft.merchant])
            #expect(doubts.map(\.problem) == [.receiptTaxProductOther])
            draft.item["taxProductCode"] = "1"
            #expect(draft.refusal()?.problem == .receiptTaxProductUnknown)
            #expect(draft.refusal()?.details["field"] == "receipts[0].items[0].taxProductCode")
            draft.item["taxProductCode"] = nil
            #expect(draft.refusal()?.problem == .receiptFieldEmpty)
        }
        // Notaries' services are free of VAT since 30 May 2019.
        let fee = Draft(vat: 0, city: 0, taxType: "VAT_FREE")
        try fee.accepted(at: try day("2019-05-30"))
        #expect(fee.refusal(at: try day("2019-05-29"))?.problem == .receiptTaxProductUnknown)
    }

    @Test func aTaxThatIsOverIsNoLongerTaken() throws {
        let own = try tables(["tax-rates.csv": "tax,basisPoints,from,to\nVAT,1000,,\nCITY_TAX,200,,2026-02-11\n"])
        let directory = [Draft.tin: Draft.merchant]
        let request = try ReceiptRequest.parse(Draft().body)
        #expect(try request.validate(at: try day("2026-02-11"), in: directory, tables: own).isEmpty)
        let over = refusal { _ = try request.validate(at: noon, in: directory, tables: own) }
        #expect(over?.problem == .receiptCityTax && over?.details["amount"] == "0")
        let without = try ReceiptRequest.parse(Draft(total: 1100, vat: 100, city: 0).body)
        #expect(try without.validate(at: noon, in: directory, tables: own).isEmpty)
    }

    @Test func aClassThatIsOverIsRefusedAndAnUnknownOneKept() throws {
        var draft = Draft()
        let own = try tables(["classifications.csv": "code,name,from,to\n2349011,Талх,,2026-02-11\n"])
        draft.item["classificationCode"] = "2349011"
        let request = try ReceiptRequest.parse(draft.body)
        let directory = [Draft.tin: Draft.merchant]
        #expect(try request.validate(at: try day("2026-02-11"), in: directory, tables: own).isEmpty)
        let over = refusal { _ = try request.validate(at: noon, in: directory, tables: own) }
        #expect(over?.problem == .receiptClassificationOver && over?.message(.mn).contains("2026-02-12") == true)
        draft.item["classificationCode"] = "9999999"
        let doubts = try ReceiptRequest.parse(draft.body).validate(at: noon, in: directory, tables: own)
        #expect(doubts.map(\.problem) == [.receiptClassificationUnknown])
    }

    @Test func anUnknownDistrictIsRefusedButNotWhenAStoredReceiptIsRead() throws {
        var draft = Draft()
        draft.root["districtCode"] = "9901"
        #expect(draft.refusal()?.problem == .receiptDistrictUnknown)
        let issued = try ReceiptRequest.parse(draft.body).issued()
        #expect(try IssuedReceipt(fields: issued.fields) == issued)
        draft.root["districtCode"] = "2599"
        try draft.accepted()
    }

    @Test func lookUpsHaveTheAuthoritysShape() throws {
        let tables = ReferenceTables.builtIn
        let branch = AuthorityAnswer.branches(tables.districts(on: noon))["data"]?.array?.first
        #expect(
            branch?["branchCode"] == "01" && branch?["subBranchCode"] == "01" && branch?["branchName"] == "Архангай")
        let products = try #require(AuthorityAnswer.taxProducts(tables.taxProducts)["data"]?.array)
        let notary = products.first { $0["taxProductCode"] == "437" }
        #expect(
            notary?["taxTypeCode"] == 2 && notary?["startDate"] == "2019-05-30 00:00:00" && notary?["endDate"] == .null)
        let merchant = AuthorityAnswer.merchant(Draft.merchant)["data"]
        #expect(merchant?["vatPayer"] == true && merchant?["cityPayer"] == true && merchant?["found"] == true)
        #expect(AuthorityAnswer.merchant(nil)["data"] == .null && AuthorityAnswer.noTIN["status"] == 500)
    }
}

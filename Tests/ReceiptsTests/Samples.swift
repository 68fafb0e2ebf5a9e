import CanonicalJSON
import Catalogue
import Foundation
import Receipts
import Testing

/// The shared samples (`TAMGA_SAMPLES`, else `../shared/samples` beside the package) and our own in `seeds`.
enum Samples {
    static let package = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let shared: URL =
        ProcessInfo.processInfo.environment["TAMGA_SAMPLES"].map { URL(fileURLWithPath: $0) }
        ?? package.deletingLastPathComponent().appending(path: "shared/samples")

    static var areThere: Bool {
        FileManager.default.fileExists(atPath: shared.appending(path: "receipts/INDEX.md").path)
    }

    static let seeds = package.appending(path: "seeds")

    static func bytes(_ url: URL) throws -> [UInt8] { Array(try Data(contentsOf: url)) }

    /// The names of the JSON files of a folder, ascending.
    static func names(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }.sorted()
    }

    /// One shared sample: the body for the wire and the verdict of the INDEX.
    static func shared(_ name: String) throws -> (operation: String, accepted: Bool, body: [UInt8], file: JSONValue) {
        let file = try JSONValue(parsing: try bytes(shared.appending(path: "receipts/\(name)")))
        let expected = try #require(file["_expect"]?.string)
        let body = try #require(file["request"]).bytes
        return (try #require(file["_op"]?.string), expected.hasPrefix("accept"), body, file)
    }

    /// The merchants of `seeds/merchants.json` by TIN.
    static func merchants() throws -> [String: Merchant] {
        let list = try Merchant.list(parsing: try bytes(seeds.appending(path: "merchants.json")))
        return Dictionary(uniqueKeysWithValues: list.map { ($0.tin, $0) })
    }
}

/// 2026-02-12 15:31:42 in Ulaanbaatar.
let noon = ReceiptTime(unixMilliseconds: 1_770_881_502_000)

let identity = PosIdentity(
    posId: 101_321_077, posNo: "10012619", version: "3.2.39", operatorName: "TEST OPERATOR 1",
    operatorTIN: "37900846788")

/// A small valid receipt of a merchant that pays VAT and city tax, to be changed by one thing at a time.
struct Draft {
    var root: JSONObject
    var receipt: JSONObject
    var item: JSONObject
    var payment: JSONObject? = ["code": "CASH", "status": "PAID", "paidAmount": 1120]

    static let tin = "37900846788"
    /// A code of the built-in table for each tax type without VAT.
    static let taxProducts = ["VAT_FREE": "437", "VAT_ZERO": "507", "NO_VAT": "0000414", "NOT_VAT": "0000414"]
    static let merchant = Merchant(tin: tin, name: "Дэлгүүр", vatPayer: true, cityTaxPayer: true)

    init(total: JSONValue = 1120, vat: JSONValue = 100, city: JSONValue = 20, taxType: String = "VAT_ABLE") {
        let sums: JSONObject = ["totalAmount": total, "totalVAT": vat, "totalCityTax": city]
        root = sums
        receipt = sums
        item = sums
        payment?["paidAmount"] = total
        root["branchNo"] = "001"
        root["districtCode"] = "2501"
        root["merchantTin"] = .string(Self.tin)
        root["posNo"] = "001"
        root["type"] = "B2C_RECEIPT"
        root["billIdSuffix"] = "01"
        receipt["taxType"] = .string(taxType)
        receipt["merchantTin"] = .string(Self.tin)
        item["name"] = "Талх"
        item["measureUnit"] = "ш"
        item["qty"] = 1
        item["unitPrice"] = 1000
        item["taxProductCode"] = Self.taxProducts[taxType].map { .string($0) }
    }

    var body: [UInt8] {
        var (root, receipt) = (root, receipt)
        receipt["items"] = [.object(item)]
        root["receipts"] = [.object(receipt)]
        root["payments"] = payment.map { [.object($0)] }
        return JSONValue.object(root).bytes
    }

    @discardableResult
    func accepted(by merchant: Merchant = merchant, at time: ReceiptTime = noon) throws -> ReceiptRequest {
        let request = try ReceiptRequest.parse(body)
        try request.validate(at: time, in: [merchant.tin: merchant])
        return request
    }

    /// The problem for which it is refused, and its words.
    func refusal(by merchant: Merchant = merchant, at time: ReceiptTime = noon) -> Failure? {
        do { try accepted(by: merchant, at: time) } catch { return error as? Failure }
        return nil
    }
}

extension ReceiptRequest {
    /// Issued with the first numbers of a day.
    func issued(at time: ReceiptTime = noon, sequence: Int = 0) throws -> IssuedReceipt {
        let numbers = try ReceiptNumbering(posNo: identity.posNo).numbers(
            merchant: merchant, branch: branch, at: time, sequence: sequence, subReceipts: receipts.count)
        return IssuedReceipt(request: self, numbers: numbers, date: time)
    }
}

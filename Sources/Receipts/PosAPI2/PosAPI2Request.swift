public import CanonicalJSON
public import Catalogue

/// A bill as tills of PosAPI 2.x ask for it (`put`): read, and written again as a receipt of PosAPI 3.0.
///
/// PosAPI 2.x is a library; each HTTP wrapper of it has forms of its own, and all that were met are read: amounts as texts or numbers, `""`
/// and `null` for absent, the bill itself or `{"data": …}` around it, a group of bills.
public struct PosAPI2Request: Sendable {
    /// The bill as it came, without what may only be printed: an answer repeats it.
    public let echo: JSONObject
    /// The bills of a group; empty for a single one.
    public let bills: [JSONObject]
    /// The same as a receipt of PosAPI 3.0.
    public let receipt: JSONValue

    /// The same for a PosAPI 3.0 of the tax authority's, which knows no districts of two digits: the first sub-district stands in, as
    /// public converters of such bills have it.
    public var receiptForAuthority: JSONValue {
        guard var object = receipt.object else { return receipt }
        object["posapi2"] = nil
        if let district = object["districtCode"]?.string, district.utf8.count == 2 {
            object["districtCode"] = .string(district + "01")
        }
        return .object(object)
    }

    /// Reads a bill.
    ///
    /// - Parameters:
    ///   - merchant: for whom the till works: a bill does not say.
    ///   - merchants: where the sellers and buyers of bills are looked up by their numbers in the state register.
    /// - Throws: what is wrong with its form, in the names of PosAPI 2.x.
    public static func parse(
        _ body: [UInt8], merchant: Merchant, among merchants: [Merchant]
    ) throws(Failure) -> PosAPI2Request {
        let root = try bill(in: body)
        var reader = PosAPI2Reader(merchant: merchant, merchants: merchants)
        guard root["group"]?.bool == true else {
            return PosAPI2Request(echo: root, bills: [], receipt: try reader.receipt(root, parts: [root]))
        }
        guard let parts = root["bills"]?.array, !parts.isEmpty else {
            throw Problem.receiptFieldEmpty(["field": "bills"])
        }
        guard parts.count <= ReceiptLimits.subReceipts else {
            throw Problem.receiptFieldCount(["field": "bills", "limit": String(ReceiptLimits.subReceipts)])
        }
        let bills = parts.map { $0.object ?? JSONObject() }
        return PosAPI2Request(echo: root, bills: bills, receipt: try reader.receipt(root, parts: bills))
    }

    /// The body of `returnBill`.
    public static func parseReturn(_ body: [UInt8]) throws(Failure) -> ReturnRequest {
        var root = try WireObject(.object(try bill(in: body)), at: "")
        guard let id = try root.receiptID("returnBillId") else { throw root.empty("returnBillId") }
        let date = try root.needed("date")
        guard let date = ReceiptTime(date) else {
            throw Problem.receiptFieldTime(["field": "date", "value": date, "form": "yyyy-MM-dd HH:mm:ss"])
        }
        return ReturnRequest(id: id, date: date)
    }

    /// The bill in a body: wrappers put it into a member `data`, as an object or as text.
    private static func bill(in body: [UInt8]) throws(Failure) -> JSONObject {
        let value = try readBody(body).withoutPrintedOnly
        guard let root = value.object else {
            throw Problem.receiptFieldType(["field": "–", "found": value.typeName, "expected": "object"])
        }
        switch root["data"] {
        case .object(let inner): return inner
        case .string(let text):
            return try readBody(Array(text.utf8)).withoutPrintedOnly.object ?? JSONObject()
        default: return root
        }
    }
}

/// Writes bills in the names of PosAPI 3.0.
private struct PosAPI2Reader {
    let merchant: Merchant
    let merchants: [Merchant]

    mutating func receipt(_ root: JSONObject, parts: [JSONObject]) throws(Failure) -> JSONValue {
        // A group says some things once, some clients say them in its bills.
        func common(_ name: String) -> JSONValue? {
            present(root[name]) ?? parts.lazy.compactMap { present($0[name]) }.first
        }
        let type = text(common("billType")) ?? "1"
        let customer = try customer(text(common("customerNo")), type)
        var receipts: [JSONValue] = []
        for (index, part) in parts.enumerated() {
            receipts.append(try subReceipt(part, isGroup: root["group"]?.bool == true, index, type))
        }
        let district = text(common("districtCode"))
        guard let district, district.isDecimalDigits, district.utf8.count == 2 || district.utf8.count == 4 else {
            throw Problem.receiptFieldDigits(["field": "districtCode", "count": "2"])
        }
        var receipt: JSONObject = [
            "type": .string(try Self.type(type, hasCustomer: customer.company != nil)),
            "merchantTin": .string(merchant.tin), "branchNo": .string(text(common("branchNo")) ?? "000"),
            // Misspelt by two public clients.
            "posNo": .string(text(common("posNo")) ?? text(common("dosNo")) ?? "0"),
            "districtCode": .string(district), "totalAmount": common("amount") ?? .null,
            "totalVAT": common("vat") ?? .null, "receipts": .array(receipts), "posapi2": true,
        ]
        receipt["totalCityTax"] = present(root["cityTax"]) ?? Self.sum(parts, "cityTax")
        receipt["customerTin"] = customer.company.map { .string($0) }
        receipt["consumerNo"] = customer.consumer.map { .string($0) }
        receipt["customerNo"] = customer.unknown.map { .string($0) }
        for (old, new) in [
            ("returnBillId", "inactiveId"), ("invoiceId", "invoiceId"), ("billIdSuffix", "billIdSuffix"),
            ("reportMonth", "reportMonth"),
        ] {
            receipt[new] = common(old)
        }
        let payments = payments(parts)
        if !payments.isEmpty { receipt["payments"] = .array(payments) }
        return .object(receipt)
    }

    private static func type(_ word: String, hasCustomer: Bool) throws(Failure) -> String {
        switch word {
        case "1": return ReceiptType.consumerReceipt.rawValue
        case "3": return ReceiptType.companyReceipt.rawValue
        case "5": return (hasCustomer ? ReceiptType.companyInvoice : .consumerInvoice).rawValue
        default:
            throw Problem.receiptFieldChoice(["field": "billType", "value": word, "choices": "1, 3, 5"])
        }
    }

    /// Who buys: a company by its number in the state register, a consumer by the eight digits of the e-barimt, or somebody else.
    private func customer(_ number: String?, _ type: String) throws(Failure) -> (
        company: String?, consumer: String?, unknown: String?
    ) {
        guard let number else { return (nil, nil, nil) }
        if type == "1", number.utf8.count == 8, number.isDecimalDigits { return (nil, number, nil) }
        guard type != "1" else { return (nil, nil, number) }
        return (tin(ofRegisterNumber: number) ?? number, nil, nil)
    }

    private func tin(ofRegisterNumber number: String) -> String? {
        merchants.first { $0.registerNumber == number || $0.tin == number }?.tin
            ?? merchant.customers.first { $0.tin == number }?.tin
    }

    private func subReceipt(
        _ bill: JSONObject, isGroup: Bool, _ index: Int, _ type: String
    ) throws(Failure) -> JSONValue {
        let place = isGroup ? "bills[\(index)]." : ""
        let taxType: TaxType
        switch text(bill["taxType"]) ?? "1" {
        case "1": taxType = .vatable
        case "2": taxType = .free
        case "3": taxType = .zero
        case "5": taxType = .outside
        case let word:
            throw Problem.receiptFieldChoice(["field": "\(place)taxType", "value": word, "choices": "1, 2, 3, 5"])
        }
        var seller = merchant.tin
        if isGroup, let number = text(bill["registerNo"]), number != merchant.registerNumber {
            guard let tin = tin(ofRegisterNumber: number) else {
                throw Problem.sellerUnknown(["field": "\(place)registerNo", "number": number])
            }
            seller = tin
        }
        guard let stocks = bill["stocks"]?.array, !stocks.isEmpty else {
            throw Problem.receiptFieldEmpty(["field": "\(place)stocks"])
        }
        var receipt: JSONObject = [
            "taxType": .string(taxType.rawValue), "merchantTin": .string(seller),
            "totalAmount": present(bill["amount"]) ?? .null, "totalVAT": present(bill["vat"]) ?? .null,
            "totalCityTax": present(bill["cityTax"]) ?? .null,
            "items": .array(stocks.map { item($0.object ?? JSONObject(), taxType) }),
        ]
        // A bill names no account: an invoice asks for payment to the first one enrolled.
        if type == "5" { receipt["bankAccountNo"] = merchant.bankAccounts.first.map { .string($0.number) } }
        for name in ["internalId", "registerNo"] where isGroup { receipt[name] = present(bill[name]) }
        return .object(receipt)
    }

    private func item(_ stock: JSONObject, _ taxType: TaxType) -> JSONValue {
        let code = text(stock["barCode"]) ?? text(stock["barcode"])
        var item: JSONObject = [
            "name": present(stock["name"]) ?? .null, "measureUnit": present(stock["measureUnit"]) ?? "ш",
            "qty": present(stock["qty"]) ?? .null, "unitPrice": present(stock["unitPrice"]) ?? .null,
            "totalAmount": present(stock["totalAmount"]) ?? .null, "totalVAT": present(stock["vat"]) ?? .null,
            "totalCityTax": present(stock["cityTax"]) ?? .null,
        ]
        // Goods without VAT have the code of the law's list in the place of a bar code.
        if taxType == .vatable {
            item["barCode"] = code.map { .string($0) }
            item["barCodeType"] = "UNDEFINED"
        } else {
            item["taxProductCode"] = code.map { .string($0) }
        }
        item["code"] = present(stock["code"])
        return .object(item)
    }

    private func payments(_ parts: [JSONObject]) -> [JSONValue] {
        var payments: [JSONValue] = []
        for part in parts {
            var rest = amount(part["nonCashAmount"])
            if let cash = amount(part["cashAmount"]), cash != .zero { payments.append(Self.payment("CASH", cash.json)) }
            for transaction in part["bankTransactions"]?.array ?? [] {
                guard let sum = amount(transaction["amount"]), sum != .zero else { continue }
                var data = JSONObject()
                for (old, new) in [
                    ("rrn", "rrn"), ("bankId", "bankCode"), ("terminalId", "terminalID"),
                    ("approvalCode", "approvalCode"),
                ] {
                    data[new] = present(transaction[old])
                }
                payments.append(Self.payment("PAYMENT_CARD", sum.json, data))
                rest = rest.flatMap { Money(mongo: $0.mongo - sum.mongo) }
            }
            if let rest, rest.mongo > 0 { payments.append(Self.payment("PAYMENT_CARD", rest.json)) }
        }
        return payments
    }

    private static func payment(_ code: String, _ amount: JSONValue, _ data: JSONObject = [:]) -> JSONValue {
        var object: JSONObject = ["code": .string(code), "status": "PAID", "paidAmount": amount]
        if !data.isEmpty { object["data"] = .object(data) }
        return .object(object)
    }

    private static func sum(_ parts: [JSONObject], _ name: String) -> JSONValue? {
        var sum = Money.zero
        for part in parts {
            guard let value = part[name].flatMap({ Money($0) }), let next = sum.adding(value) else { continue }
            sum = next
        }
        return sum.json
    }

    private func amount(_ value: JSONValue?) -> Money? { present(value).flatMap { Money($0) } }
}

/// `null` and `""` are absent.
private func present(_ value: JSONValue?) -> JSONValue? {
    switch value {
    case nil, .null, .string(""): nil
    default: value
    }
}

private func text(_ value: JSONValue?) -> String? {
    switch present(value) {
    case .string(let text): text
    case .number(let number): number.text
    default: nil
    }
}

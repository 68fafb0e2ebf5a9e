public import CanonicalJSON
public import Catalogue

extension ReceiptRequest {
    /// Reads the body of `POST /rest/receipt`, in every spelling seen on the wire.
    ///
    /// `lottery`, `qrData` and `qrDate` are dropped before anything else. O(n); never traps.
    /// - Throws: What is wrong with the form of the body. Sums, rates, codes and merchants are the business of
    ///   ``validate(at:in:tables:)``.
    public static func parse(_ body: [UInt8]) throws(Failure) -> ReceiptRequest {
        if let usual = UsualReceiptReader.read(body) {
            if usual.isSurelySmall(body.count) { return usual }
            try usual.checkSize()
            return usual
        }
        return try parse(try readBody(body))
    }

    /// Where a body comes from, which decides how strictly it is read.
    public enum Origin: Sendable {
        /// A client of PosAPI 3.0.
        case client
        /// A bill of PosAPI 2.x, put into the form of 3.0: districts have two digits, companies their numbers in the state register.
        case posapi2
        /// A record of this ledger: it was taken once, by the rules of its day.
        case record
    }

    /// Reads a body that was parsed before.
    public static func parse(_ value: JSONValue, from origin: Origin = .client) throws(Failure) -> ReceiptRequest {
        var root = try WireObject(value.withoutPrintedOnly, at: "")
        let type = try root.needed("type", limit: ReceiptLimits.short)
        guard let type = ReceiptType(rawValue: type.asciiUppercased) else {
            throw root.choice("type", type, ReceiptType.allCases.map(\.rawValue))
        }
        guard let merchant = try root.digits("merchantTin", 11...14) else { throw root.empty("merchantTin") }
        guard let branch = try root.digits("branchNo", 1...3) else { throw root.empty("branchNo") }
        let till = try root.needed("posNo", limit: ReceiptLimits.short)
        let isOld = origin == .posapi2 || origin == .record && root.rest["posapi2"] == true
        guard let district = try root.digits("districtCode", (isOld ? 2 : 4)...4) else {
            throw root.empty("districtCode")
        }
        let receipts = try root.elements("receipts", limit: ReceiptLimits.subReceipts)
        guard !receipts.isEmpty else { throw root.empty("receipts") }
        var request = ReceiptRequest(
            type: type, merchant: merchant, branch: branch.leftPadded(to: 3), till: till, district: district,
            total: try root.neededMoney("totalAmount"), vat: try root.money("totalVAT"),
            cityTax: try root.money("totalCityTax"),
            customer: isOld ? try root.text("customerTin", limit: 20) : try root.digits("customerTin", 11...14),
            consumer: try root.digits("consumerNo", 8...8), corrects: try root.receiptID("inactiveId"),
            invoice: try root.receiptID("invoiceId"), month: try root.month("reportMonth"),
            suffix: try root.text("billIdSuffix", limit: ReceiptLimits.short), receipts: [], payments: [],
            other: JSONObject())
        for receipt in receipts { request.receipts.append(try SubReceipt(receipt, from: origin)) }
        for payment in try root.elements("payments", limit: ReceiptLimits.payments) {
            request.payments.append(try Payment(payment))
        }
        request.other = root.others
        guard request.receipts.reduce(0, { $0 + $1.items.count }) <= ReceiptLimits.items else {
            throw Problem.receiptFieldCount(["field": "items", "limit": String(ReceiptLimits.items)])
        }
        try request.checkSize()
        return request
    }

    private func checkSize() throws(Failure) {
        let size = recordSize
        guard size <= ReceiptLimits.record else {
            throw Problem.receiptBodyTooLarge(["size": String(size), "limit": String(ReceiptLimits.record)])
        }
    }

    /// Whether the record is within its limit for certain, by the length of a usual body: no canonical form has to be made then.
    ///
    /// A canonical body is longer than a usual one by the totals that were absent, at most 40 bytes an object, and by numbers that an
    /// exponent made short, which stand in card data only.
    private func isSurelySmall(_ bodyLength: Int) -> Bool {
        let objects = receipts.reduce(1 + payments.count) { $0 + 1 + $1.items.count }
        return payments.allSatisfy(\.other.isEmpty)
            && bodyLength + 120 * objects + 80 * receipts.count <= ReceiptLimits.record
    }

    /// At least as many bytes as the values of the record take: the canonical body, and for each sub-receipt its number and tax type
    /// spelling, for each set of unknown members the name of its place.
    private var recordSize: Int {
        let sets = receipts.reduce(payments.count) { $0 + 1 + $1.items.count { !$0.other.isEmpty } }
        return canonicalBody.count + 80 * receipts.count + 40 * sets
    }
}

/// The JSON of a PosAPI body, within the limits.
func readBody(_ body: [UInt8]) throws(Failure) -> JSONValue {
    guard body.count <= ReceiptLimits.body else {
        throw Problem.receiptBodyTooLarge(["size": String(body.count), "limit": String(ReceiptLimits.body)])
    }
    do {
        return try JSONValue(
            parsing: body, limits: JSONLimits(bytes: ReceiptLimits.body, depth: ReceiptLimits.depth))
    } catch {
        throw Problem.receiptNotJSON(["reason": error.description])
    }
}

extension SubReceipt {
    init(_ object: WireObject, from origin: ReceiptRequest.Origin) throws(Failure) {
        var wire = object
        let spelling = try wire.needed("taxType", limit: ReceiptLimits.short)
        guard let taxType = TaxType(wire: spelling) else {
            throw wire.choice("taxType", spelling, TaxType.allCases.map(\.rawValue) + ["NOT_VAT"])
        }
        guard let merchant = try wire.digits("merchantTin", 11...14) else { throw wire.empty("merchantTin") }
        let items = try wire.elements("items", limit: ReceiptLimits.items)
        guard !items.isEmpty else { throw wire.empty("items") }
        self.init(
            taxType: taxType, taxTypeSpelling: spelling.asciiUppercased, merchant: merchant,
            total: try wire.neededMoney("totalAmount"), vat: try wire.money("totalVAT"),
            cityTax: try wire.money("totalCityTax"), customer: try wire.digits("customerTin", 11...14),
            bankAccount: try wire.text("bankAccountNo", limit: ReceiptLimits.short),
            iban: try wire.text("iBan", limit: ReceiptLimits.short), invoice: try wire.receiptID("invoiceId"),
            items: [], other: JSONObject())
        for item in items { self.items.append(try ReceiptItem(item, from: origin)) }
        other = wire.others
    }
}

extension ReceiptItem {
    init(_ object: WireObject, from origin: ReceiptRequest.Origin) throws(Failure) {
        var wire = object
        self.init(
            name: try wire.needed("name", limit: ReceiptLimits.name),
            barCode: try wire.text("barCode", limit: ReceiptLimits.short),
            barCodeType: try wire.text("barCodeType", limit: ReceiptLimits.short)?.asciiUppercased,
            classification: try wire.digits("classificationCode", 7...7),
            taxProduct: try wire.digits("taxProductCode", 1...10),
            unit: try wire.needed("measureUnit", limit: ReceiptLimits.short),
            quantity: try wire.quantity("qty", zero: false), unitPrice: try wire.quantity("unitPrice", zero: true),
            total: try wire.neededMoney("totalAmount"), vat: try wire.money("totalVAT"),
            cityTax: try wire.money("totalCityTax"), other: JSONObject())
        if origin != .record { try wire.checkStock() }
        other = wire.others
    }
}

extension Payment {
    init(_ object: WireObject) throws(Failure) {
        var wire = object
        self.init(
            code: try wire.needed("code", limit: ReceiptLimits.short).asciiUppercased,
            status: try wire.needed("status", limit: ReceiptLimits.short).asciiUppercased,
            amount: try wire.neededMoney("paidAmount"),
            exchange: try wire.text("exchangeCode", limit: ReceiptLimits.short), other: JSONObject())
        other = CardNumber.masked(wire.others)
    }
}

extension WireObject {
    /// Excise stamps and batches of drugs: `data: {lotNo, stockQR: []}`, beside whatever else a client keeps there.
    func checkStock() throws(Failure) {
        guard case .object(let data) = rest.value(ignoringCase: "data") ?? .null else { return }
        var stock = try WireObject(.object(data), at: path("data"))
        _ = try stock.text("lotNo", limit: ReceiptLimits.text)
        guard let codes = stock.take("stockQR") else { return }
        guard case .array(let elements) = codes else {
            throw Problem.receiptFieldType([
                "field": stock.path("stockQR"), "found": codes.typeName, "expected": "array",
            ])
        }
        for (index, element) in elements.enumerated() {
            guard element.string != nil || element.number != nil else {
                throw Problem.receiptFieldType([
                    "field": stock.path("stockQR") + "[\(index)]", "found": element.typeName, "expected": "string",
                ])
            }
        }
    }

    mutating func receiptID(_ name: String) throws(Failure) -> ReceiptID? {
        try digits(name, ReceiptID.length...ReceiptID.length).flatMap { ReceiptID($0) }
    }

    /// `yyyy-MM` or `yyyy-MM-dd`: which of them the authority wants is uncertain.
    mutating func month(_ name: String) throws(Failure) -> String? {
        guard let text = try text(name, limit: ReceiptLimits.short) else { return nil }
        let day = text.utf8.count == 7 ? "\(text)-01" : text
        guard ReceiptTime("\(day) 00:00:00") != nil else {
            throw Problem.receiptFieldTime(["field": path(name), "value": text, "form": "yyyy-MM-dd"])
        }
        return text
    }
}

import CanonicalJSON
public import Catalogue

/// A receipt with its numbers and its date: what a record of kind 2 says with action `issued` or `corrected`.
public struct IssuedReceipt: Hashable, Sendable {
    public let request: ReceiptRequest
    public let id: ReceiptID
    /// One for each of the request's sub-receipts.
    public let subReceiptIDs: [ReceiptID]
    public let date: ReceiptTime
    /// Who numbered it: this ledger, when it works alone, else the merchant's own PosAPI.
    public let way: FilingWay
    /// The notarial act whose fee it is: a salted digest, 64 hexadecimal digits (FORMATS.md, "Fee of an act").
    public internal(set) var act: String?

    /// - Precondition: As many numbers as sub-receipts.
    public init(request: ReceiptRequest, numbers: ReceiptNumbering.Numbers, date: ReceiptTime) {
        self.init(
            request: request, id: numbers.header, subReceiptIDs: numbers.subReceipts, date: date, way: .alone)
    }

    init(request: ReceiptRequest, id: ReceiptID, subReceiptIDs: [ReceiptID], date: ReceiptTime, way: FilingWay) {
        precondition(subReceiptIDs.count == request.receipts.count)
        self.request = request
        self.id = id
        self.subReceiptIDs = subReceiptIDs
        self.date = date
        self.way = way
    }

    /// The same receipt as one of an act's fee.
    public func naming(act digest: String) -> IssuedReceipt {
        var receipt = self
        receipt.act = digest
        return receipt
    }

    /// `corrected` when it names the receipt that it replaces, else `issued`.
    public var action: String { request.corrects == nil ? "issued" : "corrected" }

    /// The fields of the record, but for those of the issuer's chain, which the caller adds.
    ///
    /// Values that are empty are left out: absent, `null` and `""` are one. `Ledger/FORMATS.md` fixes each field.
    public var fields: [String: String] {
        var fields = [
            "action": action, "id": id.text, "date": date.recordText, "merchant": request.merchant,
            "branch": request.branch, "pos": request.till, "district": request.district,
            "type": request.type.rawValue, "total": request.total.recordText, "vat": request.vat.recordText,
            "citytax": request.cityTax.recordText,
        ]
        fields["way"] = way == .alone ? nil : way.rawValue
        fields["consumer"] = request.consumer
        fields["customer"] = request.customer
        fields["corrects"] = request.corrects?.text
        fields["invoice"] = request.invoice?.text
        fields["month"] = request.month
        fields["suffix"] = request.suffix
        fields["items"] = Self.written { $0.items(request.receipts, subReceiptIDs) }
        if !request.payments.isEmpty { fields["payments"] = Self.written { $0.payments(request.payments) } }
        fields["cards"] = Self.text(
            request.payments.enumerated().filter { !$1.other.isEmpty }.map { ("payments[\($0)]", $1.other) })
        fields["other"] = Self.text(request.others)
        fields["act"] = act
        return fields
    }

    private static func written(_ write: (inout ReceiptWriter) -> Void) -> String {
        var writer = ReceiptWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// A JSON object from place to members, or `nil` when there are none.
    private static func text(_ places: [(String, JSONObject)]) -> String? {
        guard !places.isEmpty else { return nil }
        let members = places.map { JSONObject.Member(name: $0.0, value: .object($0.1)) }
        return JSONValue.object(JSONObject(members)).canonicalText
    }

    /// The inverse of ``fields``, so that the answer can be given again. Chain fields are passed over.
    ///
    /// - Throws: `receipt-record-damaged` with the field that could not be read.
    public init(fields: [String: String]) throws(Failure) {
        var stored = StoredReceipt(fields)
        guard let id = ReceiptID(try stored.needed("id")) else { throw stored.damaged("id") }
        guard let date = ReceiptTime(recordText: try stored.needed("date")) else { throw stored.damaged("date") }
        guard let way = FilingWay(rawValue: fields["way"] ?? FilingWay.alone.rawValue) else {
            throw stored.damaged("way")
        }
        self.way = way
        if let digest = fields["act"], !digest.isEmpty {
            guard digest.utf8.count == 64,
                digest.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
            else { throw stored.damaged("act") }
            act = digest
        }
        let body = try stored.body()
        self.id = id
        self.date = date
        do { request = try ReceiptRequest.parse(body, from: .record) } catch {
            throw stored.damaged(error.details["field"] ?? "items")
        }
        subReceiptIDs = stored.subReceiptIDs
        guard subReceiptIDs.count == request.receipts.count, fields["action"] == action else {
            throw stored.damaged("action")
        }
    }
}

extension ReceiptRequest {
    /// Unknown members of the root, the sub-receipts and the items, by place.
    fileprivate var others: [(String, JSONObject)] {
        var places: [(String, JSONObject)] = other.isEmpty ? [] : [("", other)]
        for (index, receipt) in receipts.enumerated() {
            if !receipt.other.isEmpty { places.append(("receipts[\(index)]", receipt.other)) }
            for (number, item) in receipt.items.enumerated() where !item.other.isEmpty {
                places.append(("receipts[\(index)].items[\(number)]", item.other))
            }
        }
        return places
    }
}

/// Puts the body of a request together again from a record's fields.
private struct StoredReceipt {
    let fields: [String: String]
    private(set) var subReceiptIDs: [ReceiptID] = []

    init(_ fields: [String: String]) { self.fields = fields }

    func damaged(_ field: String) -> Failure { Problem.receiptRecordDamaged(["field": field]) }

    func needed(_ name: String) throws(Failure) -> String {
        guard let text = fields[name], !text.isEmpty else { throw damaged(name) }
        return text
    }

    mutating func body() throws(Failure) -> JSONValue {
        let other = try json("other")?.object ?? JSONObject()
        let cards = try json("cards")?.object ?? JSONObject()
        var root = other[""]?.object ?? JSONObject()
        for (member, field) in Self.texts {
            root[member] = fields[field].map { .string($0) }
        }
        for (member, field) in [("totalAmount", "total"), ("totalVAT", "vat"), ("totalCityTax", "citytax")] {
            guard let money = Money(recordText: try needed(field)) else { throw damaged(field) }
            root[member] = money.json
        }
        guard let receipts = try json("items")?.array else { throw damaged("items") }
        var merged: [JSONValue] = []
        for (index, receipt) in receipts.enumerated() {
            merged.append(try subReceipt(receipt, at: "receipts[\(index)]", other: other))
        }
        root["receipts"] = .array(merged)
        if let payments = try json("payments")?.array {
            root["payments"] = .array(
                payments.enumerated().map { Self.merge($1, cards["payments[\($0)]"]) })
        }
        return .object(root)
    }

    private static let texts = [
        ("merchantTin", "merchant"), ("branchNo", "branch"), ("posNo", "pos"), ("districtCode", "district"),
        ("type", "type"), ("consumerNo", "consumer"), ("customerTin", "customer"), ("inactiveId", "corrects"),
        ("invoiceId", "invoice"), ("reportMonth", "month"), ("billIdSuffix", "suffix"),
    ]

    /// Takes our own number and the client's spelling out, and puts unknown members back in.
    private mutating func subReceipt(
        _ value: JSONValue, at place: String, other: JSONObject
    ) throws(Failure) -> JSONValue {
        guard var object = value.object, let id = object["id"]?.string.flatMap({ ReceiptID($0) }) else {
            throw damaged("items")
        }
        subReceiptIDs.append(id)
        object["id"] = nil
        if let spelled = object["spelled"] { object["taxType"] = spelled }
        object["spelled"] = nil
        let items = object["items"]?.array ?? []
        object["items"] = .array(
            items.enumerated().map { Self.merge($1, other["\(place).items[\($0)]"]) })
        return Self.merge(.object(object), other[place])
    }

    private static func merge(_ value: JSONValue, _ other: JSONValue?) -> JSONValue {
        guard var object = value.object, let other = other?.object else { return value }
        for member in other where object[member.name] == nil { object[member.name] = member.value }
        return .object(object)
    }

    private func json(_ name: String) throws(Failure) -> JSONValue? {
        guard let text = fields[name] else { return nil }
        do { return try JSONValue(parsing: text) } catch { throw damaged(name) }
    }
}

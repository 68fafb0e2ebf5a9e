import CanonicalJSON
public import Catalogue

/// The body of `DELETE /rest/receipt`: which receipt is returned, and the date printed on it.
public struct ReturnRequest: Hashable, Sendable {
    public let id: ReceiptID
    public let date: ReceiptTime

    public init(id: ReceiptID, date: ReceiptTime) {
        self.id = id
        self.date = date
    }

    /// Reads `{"id": "<33 digits>", "date": "yyyy-MM-dd HH:mm:ss"}`; other members are passed over.
    public static func parse(_ body: [UInt8]) throws(Failure) -> ReturnRequest {
        var root = try WireObject(try readBody(body).withoutPrintedOnly, at: "")
        guard let id = try root.receiptID("id") else { throw root.empty("id") }
        let date = try root.needed("date")
        guard let date = ReceiptTime(date) else {
            throw Problem.receiptFieldTime(["field": "date", "value": date, "form": "yyyy-MM-dd HH:mm:ss"])
        }
        return ReturnRequest(id: id, date: date)
    }

    /// The enrolled merchant whose TIN begins the receipt's number.
    ///
    /// - Throws: `merchant-unknown`, `merchant-suspended`.
    public func merchant(in directory: some MerchantDirectory) throws(Failure) -> Merchant {
        for tin in id.merchantTINs {
            guard let merchant = directory.merchant(tin: tin) else { continue }
            guard !merchant.suspended else { throw Problem.merchantSuspended(["tin": tin]) }
            return merchant
        }
        throw Problem.merchantUnknown(["tin": id.merchantTINs[0]])
    }
}

/// A receipt given back: what a record of kind 2 says with action `returned`.
public struct ReturnedReceipt: Hashable, Sendable {
    public let id: ReceiptID
    /// The date of the receipt, as the till gave it.
    public let date: ReceiptTime
    /// The merchant's TIN.
    public let merchant: String
    /// Whether this ledger issued the receipt.
    public let held: Bool

    public init(_ request: ReturnRequest, merchant: String, held: Bool) {
        id = request.id
        date = request.date
        self.merchant = merchant
        self.held = held
    }

    /// The fields of the record, but for those of the issuer's chain, which the caller adds.
    public var fields: [String: String] {
        [
            "action": "returned", "id": id.text, "date": date.recordText, "merchant": merchant,
            "held": held ? "yes" : "no",
        ]
    }

    /// The inverse of ``fields``.
    ///
    /// - Throws: `receipt-record-damaged` with the field that could not be read.
    public init(fields: [String: String]) throws(Failure) {
        func damaged(_ field: String) -> Failure { Problem.receiptRecordDamaged(["field": field]) }
        guard fields["action"] == "returned" else { throw damaged("action") }
        guard let id = fields["id"].flatMap({ ReceiptID($0) }) else { throw damaged("id") }
        guard let date = fields["date"].flatMap({ ReceiptTime(recordText: $0) }) else { throw damaged("date") }
        guard let merchant = fields["merchant"] else { throw damaged("merchant") }
        guard let held = fields["held"], held == "yes" || held == "no" else { throw damaged("held") }
        self.id = id
        self.date = date
        self.merchant = merchant
        self.held = held == "yes"
    }
}

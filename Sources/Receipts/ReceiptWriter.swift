import CanonicalJSON

/// Writes receipts as canonical JSON, straight into bytes: the members of the PosAPI in the order of their names.
///
/// It writes what `JSONValue.canonicalBytes` of the same members gives. Members that nobody knows have no place in it: a receipt that has some is
/// written by way of its tree.
struct ReceiptWriter {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    init(reserving count: Int = 1024) {
        bytes.reserveCapacity(count)
    }

    // MARK: Receipts

    /// The canonical body of a request without unknown members.
    mutating func body(_ request: ReceiptRequest) {
        open("{")
        member("billIdSuffix", request.suffix)
        member("branchNo", request.branch)
        member("consumerNo", request.consumer)
        member("customerTin", request.customer)
        member("districtCode", request.district)
        member("inactiveId", request.corrects?.text)
        member("invoiceId", request.invoice?.text)
        member("merchantTin", request.merchant)
        if !request.payments.isEmpty {
            name("payments")
            payments(request.payments)
        }
        member("posNo", request.till)
        name("receipts")
        elements(request.receipts) { $0.subReceipt($1, id: nil) }
        member("reportMonth", request.month)
        member("totalAmount", request.total)
        member("totalCityTax", request.cityTax)
        member("totalVAT", request.vat)
        member("type", request.type.rawValue)
        close("}")
    }

    /// The field `items` of a record: the sub-receipts with their numbers.
    mutating func items(_ receipts: [SubReceipt], _ ids: [ReceiptID]) {
        open("[")
        for (receipt, id) in zip(receipts, ids) {
            separate()
            subReceipt(receipt, id: id)
        }
        close("]")
    }

    /// The field `payments` of a record.
    mutating func payments(_ payments: [Payment]) {
        elements(payments) { $0.payment($1) }
    }

    /// - Parameter id: the number that a record gives it; without, nothing of ours is written.
    private mutating func subReceipt(_ receipt: SubReceipt, id: ReceiptID?) {
        open("{")
        member("bankAccountNo", receipt.bankAccount)
        member("customerTin", receipt.customer)
        member("iBan", receipt.iban)
        member("id", id?.text)
        member("invoiceId", receipt.invoice?.text)
        name("items")
        elements(receipt.items) { $0.item($1) }
        member("merchantTin", receipt.merchant)
        if id != nil, receipt.taxTypeSpelling != receipt.taxType.rawValue {
            member("spelled", receipt.taxTypeSpelling)
        }
        member("taxType", receipt.taxType.rawValue)
        member("totalAmount", receipt.total)
        member("totalCityTax", receipt.cityTax)
        member("totalVAT", receipt.vat)
        close("}")
    }

    private mutating func item(_ item: ReceiptItem) {
        open("{")
        member("barCode", item.barCode)
        member("barCodeType", item.barCodeType)
        member("classificationCode", item.classification)
        member("measureUnit", item.unit)
        member("name", item.name)
        number("qty", item.quantity.description)
        member("taxProductCode", item.taxProduct)
        member("totalAmount", item.total)
        member("totalCityTax", item.cityTax)
        member("totalVAT", item.vat)
        number("unitPrice", item.unitPrice.description)
        close("}")
    }

    private mutating func payment(_ payment: Payment) {
        open("{")
        member("code", payment.code)
        member("exchangeCode", payment.exchange)
        member("paidAmount", payment.amount)
        member("status", payment.status)
        close("}")
    }

    // MARK: JSON

    private mutating func open(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        isFirst = true
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        isFirst = false
    }

    private mutating func separate() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
    }

    private mutating func elements<Element>(
        _ elements: [Element], _ write: (inout ReceiptWriter, Element) -> Void
    ) {
        open("[")
        for element in elements {
            separate()
            write(&self, element)
        }
        close("]")
    }

    /// A name that needs no escape, and its colon.
    private mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// A text; nothing when it is absent.
    private mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        self.name(name)
        JSONValue.append(text, to: &bytes)
    }

    /// A number in normal form.
    private mutating func number(_ name: StaticString, _ text: String) {
        self.name(name)
        bytes.append(contentsOf: text.utf8)
    }

    /// An amount in tugrik.
    private mutating func member(_ name: StaticString, _ money: Money) {
        self.name(name)
        let (whole, mongo) = money.mongo.quotientAndRemainder(dividingBy: 100)
        append(whole)
        guard mongo != 0 else { return }
        bytes.append(UInt8(ascii: "."))
        bytes.append(UInt8(ascii: "0") + UInt8(mongo / 10))
        if mongo % 10 != 0 { bytes.append(UInt8(ascii: "0") + UInt8(mongo % 10)) }
    }

    private mutating func append(_ number: Int64) {
        if number >= 10 { append(number / 10) }
        bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}

extension ReceiptRequest {
    /// Whether it has no members that nobody knows, whose order only the client knows.
    public var isPlain: Bool {
        other.isEmpty && payments.allSatisfy(\.other.isEmpty)
            && receipts.allSatisfy { $0.other.isEmpty && $0.items.allSatisfy(\.other.isEmpty) }
    }
}

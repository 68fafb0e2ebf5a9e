import CanonicalJSON

/// Writes receipts as canonical JSON, straight into bytes: the members of the PosAPI in the order of their names.
///
/// It writes what `JSONValue.canonicalBytes` of the same members gives. Members that nobody knows stand among the others, where their names belong.
struct ReceiptWriter {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true
    /// Members nobody knows of the object that is being written, from ``nextOther`` on.
    private var others: [JSONObject.Member] = []
    private var nextOther = 0

    init(reserving count: Int = 1024) {
        bytes.reserveCapacity(count)
    }

    // MARK: Receipts

    /// The canonical body of a request.
    mutating func body(_ request: ReceiptRequest) {
        begin(request.other)
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
            elements(request.payments) { $0.payment($1, isRecord: false) }
        }
        member("posNo", request.till)
        name("receipts")
        elements(request.receipts) { $0.subReceipt($1, id: nil) }
        member("reportMonth", request.month)
        member("totalAmount", request.total)
        member("totalCityTax", request.cityTax)
        member("totalVAT", request.vat)
        member("type", request.type.rawValue)
        end()
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
        elements(payments) { $0.payment($1, isRecord: true) }
    }

    /// - Parameter id: the number that a record gives it, without what the record's field `other` holds; without it, nothing of ours is written.
    private mutating func subReceipt(_ receipt: SubReceipt, id: ReceiptID?) {
        let isRecord = id != nil
        begin(isRecord ? nil : receipt.other)
        member("bankAccountNo", receipt.bankAccount)
        member("customerTin", receipt.customer)
        member("iBan", receipt.iban)
        member("id", id?.text)
        member("invoiceId", receipt.invoice?.text)
        name("items")
        elements(receipt.items) { $0.item($1, isRecord: isRecord) }
        member("merchantTin", receipt.merchant)
        if isRecord, receipt.taxTypeSpelling != receipt.taxType.rawValue {
            member("spelled", receipt.taxTypeSpelling)
        }
        member("taxType", receipt.taxType.rawValue)
        member("totalAmount", receipt.total)
        member("totalCityTax", receipt.cityTax)
        member("totalVAT", receipt.vat)
        end()
    }

    private mutating func item(_ item: ReceiptItem, isRecord: Bool) {
        begin(isRecord ? nil : item.other)
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
        end()
    }

    private mutating func payment(_ payment: Payment, isRecord: Bool) {
        begin(isRecord ? nil : payment.other)
        member("code", payment.code)
        member("exchangeCode", payment.exchange)
        member("paidAmount", payment.amount)
        member("status", payment.status)
        end()
    }

    // MARK: JSON

    /// Opens an object that has these members beside the known ones.
    private mutating func begin(_ other: JSONObject?) {
        open("{")
        guard let other, !other.isEmpty else { return }
        others = other.members
        nextOther = 0
    }

    private mutating func end() {
        writeOthers { _ in true }
        close("}")
    }

    /// Writes the unknown members whose turn it is.
    private mutating func writeOthers(_ isDue: (String) -> Bool) {
        guard !others.isEmpty else { return }
        while nextOther < others.count, isDue(others[nextOther].name) {
            separate()
            JSONValue.append(others[nextOther].name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            others[nextOther].value.append(to: &bytes)
            nextOther += 1
        }
        if nextOther == others.count { others = [] }
    }

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
        // The elements have unknown members of their own.
        let (outer, next) = (others, nextOther)
        others = []
        open("[")
        for element in elements {
            separate()
            write(&self, element)
        }
        close("]")
        (others, nextOther) = (outer, next)
    }

    /// A name that needs no escape, and its colon.
    private mutating func name(_ name: StaticString) {
        if !others.isEmpty {
            let known = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            writeOthers { $0.utf8.lexicographicallyPrecedes(known) }
        }
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

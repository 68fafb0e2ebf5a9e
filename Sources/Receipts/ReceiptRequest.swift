public import CanonicalJSON

/// A receipt as a till asks for it (`POST /rest/receipt`), whatever spelling it came in.
///
/// Absent, `null` and `""` are one; an absent tax is zero. Members nobody knows stay in `other`, at the place where they stood.
public struct ReceiptRequest: Hashable, Sendable {
    public var type: ReceiptType
    /// The merchant's TIN, 11…14 digits.
    public var merchant: String
    /// The merchant's branch, 3 digits.
    public var branch: String
    /// The merchant's own number of the till (`posNo`), not that of the PosAPI.
    public var till: String
    /// Four digits of aimag or district and sum or khoroo.
    public var district: String
    public var total: Money
    public var vat: Money
    public var cityTax: Money
    /// The buyer's TIN (companies).
    public var customer: String?
    /// The buyer's consumer number, 8 digits (persons).
    public var consumer: String?
    /// The receipt that this one corrects (`inactiveId`).
    public var corrects: ReceiptID?
    /// The invoice that this one pays.
    public var invoice: ReceiptID?
    /// The month to report under, as the client spelled it: `yyyy-MM` or `yyyy-MM-dd`.
    public var month: String?
    /// What the client tells repeated bills apart by (`billIdSuffix`).
    public var suffix: String?
    public var receipts: [SubReceipt]
    /// Empty when the client said nothing of payments.
    public var payments: [Payment]
    /// Members nobody knows.
    public var other: JSONObject
}

/// The goods of one tax type (and of one merchant, when lessees share a bill).
public struct SubReceipt: Hashable, Sendable {
    public var taxType: TaxType
    /// The tax type as the client spelled it: `NO_VAT` or `NOT_VAT`, which the answer repeats.
    public var taxTypeSpelling: String
    /// The TIN of who sells: the header's merchant or a lessee.
    public var merchant: String
    public var total: Money
    public var vat: Money
    public var cityTax: Money
    public var customer: String?
    public var bankAccount: String?
    public var iban: String?
    public var invoice: ReceiptID?
    public var items: [ReceiptItem]
    /// Members nobody knows.
    public var other: JSONObject
}

/// One line of a receipt.
public struct ReceiptItem: Hashable, Sendable {
    public var name: String
    public var barCode: String?
    public var barCodeType: String?
    /// The class of goods (БҮНА), 7 digits.
    public var classification: String?
    /// Why no VAT is due, from the authority's table, 1…10 digits.
    public var taxProduct: String?
    /// The unit that ``quantity`` counts.
    public var unit: String
    public var quantity: Quantity
    public var unitPrice: Quantity
    public var total: Money
    public var vat: Money
    public var cityTax: Money
    /// Members nobody knows.
    public var other: JSONObject
}

/// One payment.
public struct Payment: Hashable, Sendable {
    /// `CASH`, `PAYMENT_CARD` and others: the list grows, so that any is kept.
    public var code: String
    /// `PAID`, `PAY`, `REVERSED`, `ERROR`, or something newer.
    public var status: String
    public var amount: Money
    /// A payment system of a third party.
    public var exchange: String?
    /// Data of the card (terminal, reference number, masked number) and members nobody knows.
    public var other: JSONObject
}

/// Who buys, and whether this is the receipt or only the invoice.
public enum ReceiptType: String, Hashable, Sendable, CaseIterable {
    case consumerReceipt = "B2C_RECEIPT"
    case companyReceipt = "B2B_RECEIPT"
    case consumerInvoice = "B2C_INVOICE"
    case companyInvoice = "B2B_INVOICE"

    /// The buyer is a company, so that its TIN is needed.
    public var isCompany: Bool { self == .companyReceipt || self == .companyInvoice }
    /// An invoice: paid later, and the account to pay to is needed.
    public var isInvoice: Bool { self == .consumerInvoice || self == .companyInvoice }
}

/// How the goods of one sub-receipt are taxed.
public enum TaxType: String, Hashable, Sendable, CaseIterable {
    /// VAT law, article 7.
    case vatable = "VAT_ABLE"
    /// VAT law, article 13.
    case free = "VAT_FREE"
    /// VAT law, article 12.
    case zero = "VAT_ZERO"
    /// Outside the VAT law. Clients also spell it `NOT_VAT`, in the official examples even; ``init(wire:)`` takes both.
    case outside = "NO_VAT"

    /// Reads either spelling of ``outside``, in any letter case.
    public init?(wire text: String) {
        let upper = text.asciiUppercased
        self.init(rawValue: upper == "NOT_VAT" ? "NO_VAT" : upper)
    }
}

/// How much one receipt may hold. A record's evidence must stay within 45,000 bytes, and that is what these are chosen for.
public enum ReceiptLimits {
    /// The most bytes of a body.
    public static let body = 256 * 1024
    /// The most bytes of another PosAPI's answer.
    public static let answer = 1 << 20
    /// The most bytes of the list of receipts that another PosAPI remembers.
    public static let list = 64 << 20
    /// The most bytes of a record's values.
    public static let record = 40_000
    /// The most sub-receipts.
    public static let subReceipts = 100
    /// The most items of all sub-receipts together.
    public static let items = 1000
    /// The most payments.
    public static let payments = 50
    /// The most bytes of names of goods.
    public static let name = 1000
    /// The most bytes of other texts.
    public static let text = 200
    /// The most bytes of the till's own numbers and suffixes.
    public static let short = 64
    /// The deepest nesting of a body.
    public static let depth = 16
}

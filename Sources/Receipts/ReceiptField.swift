public import Catalogue
public import Evidence

/// Who looks at a record.
public enum ReceiptReader: String, Hashable, Sendable, CaseIterable {
    /// Whoever holds the printed receipt.
    case citizen
    /// Who is named in it, such as the buying company.
    case party
    /// The merchant that issued it.
    case issuer
    /// The tax authority's or the operator's auditor.
    case auditor
}

/// One field of a receipt's record (kind 2): what it is called, how to show it, who sees it by default.
public struct ReceiptField: Hashable, Sendable {
    /// The kind of record that these are the fields of.
    public static let kind = RecordKind.receipt

    /// The name in the record: lower-case ASCII letters.
    public let name: String
    public let type: FieldType
    public let label: Wording
    /// Who sees it when nothing else is asked for.
    public let readers: Set<ReceiptReader>

    private init(_ name: String, _ type: FieldType, mn: String, en: String, _ readers: Set<ReceiptReader> = everyone) {
        self.name = name
        self.type = type
        label = Wording(mn: mn, en: en)
        self.readers = readers
    }

    private static let everyone: Set<ReceiptReader> = [.citizen, .party, .issuer, .auditor]
    /// Two purchases would tell a shop's sales: nobody outside learns the place in the chain.
    private static let chainReaders: Set<ReceiptReader> = [.issuer, .auditor]

    /// Every field, in the order in which people read a receipt.
    public static let all: [ReceiptField] = [
        ReceiptField("action", .text, mn: "Үйлдэл", en: "Action"),
        ReceiptField("id", .text, mn: "ДДТД", en: "Receipt number"),
        ReceiptField("date", .time, mn: "Огноо", en: "Date"),
        ReceiptField("way", .text, mn: "Бүртгэсэн арга", en: "Way of filing"),
        ReceiptField("merchant", .text, mn: "Борлуулагчийн ТТД", en: "Merchant's TIN"),
        ReceiptField("branch", .text, mn: "Салбар", en: "Branch"),
        ReceiptField("pos", .text, mn: "Касс", en: "Till"),
        ReceiptField("district", .text, mn: "Дүүрэг, хороо", en: "District"),
        ReceiptField("type", .text, mn: "Төрөл", en: "Type"),
        ReceiptField("total", .money, mn: "Нийт дүн", en: "Total"),
        ReceiptField("vat", .money, mn: "НӨАТ", en: "VAT"),
        ReceiptField("citytax", .money, mn: "НХАТ", en: "City tax"),
        ReceiptField("consumer", .text, mn: "Хэрэглэгчийн дугаар", en: "Consumer number"),
        ReceiptField("customer", .text, mn: "Худалдан авагчийн ТТД", en: "Buyer's TIN"),
        ReceiptField("corrects", .text, mn: "Залруулсан баримт", en: "Corrects receipt"),
        ReceiptField("invoice", .text, mn: "Нэхэмжлэх", en: "Pays invoice"),
        ReceiptField("month", .text, mn: "Тайлант сар", en: "Report month"),
        ReceiptField("suffix", .text, mn: "Баримтын дагавар", en: "Bill suffix"),
        ReceiptField("items", .json, mn: "Бараа, үйлчилгээ", en: "Goods and services"),
        ReceiptField("payments", .json, mn: "Төлбөр", en: "Payments"),
        ReceiptField("cards", .json, mn: "Картын мэдээлэл", en: "Card data", [.party, .issuer, .auditor]),
        ReceiptField("other", .json, mn: "Бусад", en: "Other"),
        ReceiptField("act", .digest, mn: "Нотариатын үйлдлийн хээ", en: "Notarial act, as a salted digest"),
        ReceiptField("held", .text, mn: "Баримт энд бүртгэлтэй", en: "Receipt held here"),
        ReceiptField("chain", .text, mn: "Гинж хөтлөгч", en: "Chain kept by", chainReaders),
        ReceiptField("previous", .digest, mn: "Өмнөх баримтын хээ", en: "Previous commitment", chainReaders),
        ReceiptField("sequence", .text, mn: "Гинжин дэх дугаар", en: "Number in the chain", chainReaders),
    ]

    /// The field of a name.
    public static func named(_ name: String) -> ReceiptField? { all.first { $0.name == name } }

    /// The names of the fields that a reader sees by default.
    public static func names(for reader: ReceiptReader) -> [String] {
        all.filter { $0.readers.contains(reader) }.map(\.name)
    }
}

extension RecordSchema {
    /// How to show and compare the fields of receipts.
    public static let receipts = RecordSchema([
        ReceiptField.kind: Dictionary(
            uniqueKeysWithValues: ReceiptField.all.map { ($0.name, FieldDescription($0.type, $0.label)) })
    ])
}

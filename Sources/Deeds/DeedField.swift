public import Catalogue
public import Evidence

/// One field of a deed record (kind 1): how to show it and who sees it by default.
public struct DeedField: Sendable, Hashable {
    /// A sort of reader.
    public enum Profile: String, Sendable, Hashable, CaseIterable {
        /// Anybody whom the holder shows the evidence: nothing personal but the act itself.
        case citizen
        /// A party to the act: everything but the issuer chain.
        case party
        /// The notary who filed.
        case issuer
        /// Who checks the ledger as a whole.
        case auditor
    }

    public let name: String
    public let type: FieldType
    public let label: Wording
    /// Who sees the value by default.
    public let profiles: Set<Profile>

    private init(_ name: String, _ type: FieldType = .text, _ profiles: Set<Profile> = party, mn: String, en: String) {
        self.name = name
        self.type = type
        self.profiles = profiles
        label = Wording(mn: mn, en: en)
    }

    private static let everyone = Set(Profile.allCases)
    private static let party: Set<Profile> = [.party, .issuer, .auditor]
    private static let chain: Set<Profile> = [.issuer, .auditor]

    /// All fields of kind 1, in the order in which people read them.
    ///
    /// `sealed` is open to everyone: it is what makes the notary's signature checkable while the values stay hidden.
    public static let all: [DeedField] = [
        DeedField("action", .text, everyone, mn: "Үйлдэл", en: "Action"),
        DeedField("act", .text, everyone, mn: "Үйлдлийн дугаар", en: "Act number"),
        DeedField("type", .text, everyone, mn: "Үйлдлийн төрөл", en: "Type of act"),
        DeedField("notary", .text, everyone, mn: "Нотариатч", en: "Notary"),
        DeedField("by", .text, everyone, mn: "Хүсэлт гаргасан", en: "At the request of"),
        DeedField("before", .digest, everyone, mn: "Өмнөх бичилт", en: "Entry before"),
        DeedField("document", .digest, everyone, mn: "Баримтын хураангуй", en: "Document digest"),
        DeedField("name", mn: "Баримтын нэр", en: "Document name"),
        DeedField("size", mn: "Баримтын хэмжээ, байт", en: "Document size, bytes"),
        DeedField("attachments", .json, mn: "Хавсралт", en: "Attachments"),
        DeedField("parties", .json, mn: "Оролцогчид", en: "Parties"),
        DeedField("details", .json, mn: "Үйлдлийн утгууд", en: "Details"),
        DeedField("validuntil", .text, everyone, mn: "Хүчинтэй хугацаа", en: "Valid until"),
        DeedField("property", mn: "Эд хөрөнгийн дугаар", en: "Property number"),
        DeedField("reference", mn: "Холбогдох үйлдэл", en: "Refers to act"),
        DeedField("note", mn: "Тэмдэглэл", en: "Note"),
        DeedField("place", mn: "Үйлдсэн газар", en: "Place"),
        DeedField("paper", .json, everyone, mn: "Цаасан дэвтрийн бичилт", en: "Entry in a book on paper"),
        DeedField("corrects", .text, everyone, mn: "Залруулсан бичилт", en: "Corrects the entry"),
        DeedField("reason", mn: "Өөрчилсөн шалтгаан", en: "Reason for the change"),
        DeedField("basis", .json, mn: "Шүүхийн шийдвэр", en: "Court order"),
        DeedField("principal", .json, mn: "Хүсэлт гаргагч", en: "Who asked"),
        DeedField("fee", .json, mn: "Хөлсний баримт", en: "Fee receipt"),
        DeedField("time", .time, mn: "Бүртгэсэн цаг", en: "Time of registration"),
        DeedField("signed", .text, everyone, mn: "Гарын үсэг зурсан зүйл", en: "What is signed"),
        DeedField("level", .text, everyone, mn: "Гарын үсгийн түвшин", en: "Signature level"),
        DeedField("signature", .digest, everyone, mn: "Гарын үсгийн хураангуй", en: "Signature digest"),
        DeedField("certificate", .digest, everyone, mn: "Гэрчилгээний хураангуй", en: "Certificate fingerprint"),
        DeedField("signingtime", .time, everyone, mn: "Гарын үсэг зурсан гэх цаг", en: "Signed, by the signer's clock"),
        DeedField("timestamp", .time, everyone, mn: "Гарын үсгийн цагийн тэмдэг", en: "Timestamp over the signature"),
        DeedField("ranges", .text, everyone, mn: "PDF-ийн гарын үсэгтэй хэсэг", en: "Signed ranges of the PDF"),
        DeedField("covered", .text, everyone, mn: "Тэдгээрийн хураангуй", en: "Their digest"),
        DeedField(
            "revocation", .lines, everyone, mn: "Хүчингүй болсныг шалгасан жагсаалт", en: "Revocation data checked"),
        DeedField("sealed", .lines, everyone, mn: "Битүүмжилсэн мөрүүд", en: "Sealed lines"),
        DeedField("salt", .digest, mn: "Битүүмжлэлийн давс", en: "Salt of the sealed lines"),
        DeedField("chain", .text, chain, mn: "Гинж хөтлөгч", en: "Keeper of the chain"),
        DeedField("previous", .digest, chain, mn: "Өмнөх бүртгэл", en: "Previous record"),
        DeedField("sequence", .text, chain, mn: "Дэс дугаар", en: "Sequence number"),
    ]

    /// The names that a profile shows by default.
    public static func names(shownTo profile: Profile) -> Set<String> {
        Set(all.filter { $0.profiles.contains(profile) }.map(\.name))
    }

    /// What the verifier needs to show deed fields.
    public static let schema = RecordSchema([
        .deedAct: Dictionary(uniqueKeysWithValues: all.map { ($0.name, FieldDescription($0.type, $0.label)) })
    ])
}

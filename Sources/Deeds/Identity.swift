public import Catalogue

/// Who a party is to the state: one number of one sort.
public enum Identity: Sendable, Hashable {
    /// A citizen, by register number (регистрийн дугаар).
    case registerNumber(RegisterNumber)
    /// A citizen, by civil id (иргэний бүртгэлийн дугаар): 12 digits.
    case civilId(String)
    /// A legal entity in the state register: 7 digits.
    case organisationNumber(String)
    /// A taxpayer: 11 to 14 digits.
    case tin(String)
    /// A foreigner's number, passport or residence card: 4 to 20 Latin capitals and digits.
    case foreignId(String)

    /// The JSON name of this sort of number; `regnum` is the state's own (KHUR, WS101105_insertNotaryInfo).
    public var key: String {
        switch self {
        case .registerNumber: "regnum"
        case .civilId: "civilId"
        case .organisationNumber: "organisationNumber"
        case .tin: "tin"
        case .foreignId: "foreignId"
        }
    }

    /// The number in canonical form.
    public var text: String {
        switch self {
        case .registerNumber(let number): number.text
        case .civilId(let text), .organisationNumber(let text), .tin(let text), .foreignId(let text): text
        }
    }

    /// What the number is called in a statement. Signed: never changes.
    var statementName: String {
        switch self {
        case .registerNumber: "РД"
        case .civilId: "иргэний бүртгэл"
        case .organisationNumber: "улсын бүртгэл"
        case .tin: "ТТД"
        case .foreignId: "гадаадын иргэний баримт"
        }
    }

    /// The JSON names of all sorts.
    public static let keys = ["regnum", "civilId", "organisationNumber", "tin", "foreignId"]

    /// Reads a number as people type it.
    ///
    /// - Parameters:
    ///   - key: one of ``keys``.
    ///   - today: a birthday after it is refused.
    ///   - path: where it stands, for the message; the number itself never gets into one.
    /// - Throws: a problem of that sort of number.
    public init(key: String, _ input: String, today: CivilDate, path: String) throws(Failure) {
        let typed = input.utf8.count <= 100 ? LookAlikes.capitals(input).filter { $0 != "-" } : []
        let text = String(typed)
        let isDigits = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        switch key {
        case "regnum":
            self = .registerNumber(try RegisterNumber(input, today: today, path: path))
        case "civilId":
            guard isDigits, text.utf8.count == 12 else { throw Problem.civilIdInvalid(["path": path]) }
            self = .civilId(text)
        case "organisationNumber":
            guard isDigits, text.utf8.count == 7 else { throw Problem.organisationNumberInvalid(["path": path]) }
            self = .organisationNumber(text)
        case "tin":
            guard isDigits, (11...14).contains(text.utf8.count) else { throw Problem.taxNumberInvalid(["path": path]) }
            self = .tin(text)
        default:
            let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) }
            guard isPlain, (4...20).contains(text.utf8.count) else {
                throw Problem.foreignNumberInvalid(["path": path])
            }
            self = .foreignId(text)
        }
    }

    /// Whether a number of this sort is a person's, not an organisation's. A TIN may be either.
    var isPersonal: Bool {
        switch self {
        case .registerNumber, .civilId, .foreignId: true
        case .organisationNumber, .tin: false
        }
    }
}

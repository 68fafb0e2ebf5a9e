public import CanonicalJSON
public import Catalogue

/// Who a party is to the state: one number of one sort.
public enum Identity: Sendable, Hashable {
    /// A citizen.
    case registerNumber(RegisterNumber)
    /// A legal entity in the state register: 7 digits.
    case organisationNumber(String)
    /// A taxpayer: 11 to 14 digits.
    case tin(String)
    /// A foreigner's passport or residence card: 4 to 20 Latin capitals and digits.
    case foreignId(String)

    /// The JSON name of this sort of number.
    var key: String {
        switch self {
        case .registerNumber: "registerNumber"
        case .organisationNumber: "organisationNumber"
        case .tin: "tin"
        case .foreignId: "foreignId"
        }
    }

    /// The number in canonical form.
    public var text: String {
        switch self {
        case .registerNumber(let number): number.text
        case .organisationNumber(let text), .tin(let text), .foreignId(let text): text
        }
    }

    /// The JSON names of all sorts.
    static let keys = ["registerNumber", "organisationNumber", "tin", "foreignId"]

    init(key: String, _ input: String, today: CivilDate, path: String) throws(Failure) {
        let typed = input.utf8.count <= 100 ? LookAlikes.capitals(input).filter { $0 != "-" } : []
        let text = String(typed)
        let isDigits = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        switch key {
        case "registerNumber":
            self = .registerNumber(try RegisterNumber(input, today: today, path: path))
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
}

/// What a party does in an act. The raw value is the stable code.
public enum PartyRole: String, Sendable, Hashable, CaseIterable {
    case principal, representative, buyer, seller, donor, donee, lessor, lessee, pledgor, pledgee, creditor, debtor
    case testator, heir, founder, spouse, coOwner = "co-owner", applicant, signatory, translator, addressee, witness
    case other

    /// The role as people call it.
    public var label: Wording {
        switch self {
        case .principal: Wording(mn: "итгэмжлэл олгогч", en: "principal")
        case .representative: Wording(mn: "итгэмжлэгдсэн төлөөлөгч", en: "representative")
        case .buyer: Wording(mn: "худалдан авагч", en: "buyer")
        case .seller: Wording(mn: "худалдагч", en: "seller")
        case .donor: Wording(mn: "бэлэглэгч", en: "donor")
        case .donee: Wording(mn: "бэлэг хүлээн авагч", en: "donee")
        case .lessor: Wording(mn: "түрээслүүлэгч", en: "lessor")
        case .lessee: Wording(mn: "түрээслэгч", en: "lessee")
        case .pledgor: Wording(mn: "барьцаалуулагч", en: "pledgor")
        case .pledgee: Wording(mn: "барьцаалагч", en: "pledgee")
        case .creditor: Wording(mn: "үүрэг гүйцэтгүүлэгч", en: "creditor")
        case .debtor: Wording(mn: "үүрэг гүйцэтгэгч", en: "debtor")
        case .testator: Wording(mn: "гэрээслэгч", en: "testator")
        case .heir: Wording(mn: "өв залгамжлагч", en: "heir")
        case .founder: Wording(mn: "үүсгэн байгуулагч", en: "founder")
        case .spouse: Wording(mn: "эхнэр, нөхөр", en: "spouse")
        case .coOwner: Wording(mn: "хамтран өмчлөгч", en: "co-owner")
        case .applicant: Wording(mn: "үйлчлүүлэгч", en: "applicant")
        case .signatory: Wording(mn: "гарын үсэг зурагч", en: "signatory")
        case .translator: Wording(mn: "орчуулагч", en: "translator")
        case .addressee: Wording(mn: "мэдэгдэл хүлээн авагч", en: "addressee")
        case .witness: Wording(mn: "гэрч", en: "witness")
        case .other: Wording(mn: "бусад оролцогч", en: "other party")
        }
    }
}

/// Somebody who takes part in an act. Personal: never outside the record.
public struct Party: Sendable, Hashable {
    /// The most bytes of a name.
    public static let nameLimit = 300

    public let role: PartyRole
    /// Patronymic and given name, or the name of an organisation, as the notary wrote it.
    public let name: String
    public let identity: Identity

    /// The canonical JSON object.
    public var json: JSONValue {
        ["role": .string(role.rawValue), "name": .string(name), "\(identity.key)": .string(identity.text)]
    }

    init(reading value: JSONValue, today: CivilDate, path: String) throws(Failure) {
        let reader = try ActReader(value, path: path, known: ["role", "name"] + Identity.keys)
        guard let role = PartyRole(rawValue: try reader.required("role", limit: 40)) else {
            let known = PartyRole.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.partyRoleUnknown(["path": reader.place("role"), "known": known])
        }
        self.role = role
        name = try reader.required("name", limit: Party.nameLimit)
        var found: [Identity] = []
        for key in Identity.keys {
            guard let text = try reader.text(key, limit: 100) else { continue }
            found.append(try Identity(key: key, text, today: today, path: reader.place(key)))
        }
        guard found.count == 1 else { throw Problem.partyIdentityUnclear(["path": path]) }
        identity = found[0]
    }
}

public import CanonicalJSON
import Catalogue

/// What a party is called.
public enum PartyName: Sendable, Hashable {
    /// A person: clan (ургийн овог), patronymic (эцэг, эхийн нэр) and given name (нэр).
    ///
    /// A Mongolian has no family name: the patronymic comes first and the given name is what people go by. The JSON names are the state's.
    case person(surname: String?, lastName: String?, firstName: String)
    case organisation(String)

    /// As in a document: «Боржигон овогт Доржийн Бат», as the notary wrote each part.
    public var whole: String {
        switch self {
        case .organisation(let name): name
        case .person(let surname, let lastName, let firstName):
            [surname.map { "\($0) овогт" }, lastName, firstName].compactMap { $0 }.joined(separator: " ")
        }
    }

    /// As in a list: «Д.Бат».
    public var short: String {
        switch self {
        case .organisation(let name): name
        case .person(_, let lastName, let firstName):
            lastName.flatMap(\.first).map { "\($0).\(firstName)" } ?? firstName
        }
    }

    /// What lists are sorted by: given name, then patronymic, then clan, by the Mongolian alphabet.
    public var order: MongolianOrder {
        switch self {
        case .organisation(let name): MongolianOrder(name)
        case .person(let surname, let lastName, let firstName):
            MongolianOrder([firstName, lastName ?? "", surname ?? ""].joined(separator: "\u{0}"))
        }
    }
}

/// Somebody who takes part in an act. Personal: never outside the record.
public struct Party: Sendable, Hashable {
    /// The most bytes of a name.
    public static let nameLimit = 300

    public let role: PartyRole
    public let name: PartyName
    public let identity: Identity

    /// The canonical JSON object.
    public var json: JSONValue {
        var object: JSONObject = ["role": .string(role.rawValue), "\(identity.key)": .string(identity.text)]
        switch name {
        case .organisation(let name): object["name"] = .string(name)
        case .person(let surname, let lastName, let firstName):
            object["firstName"] = .string(firstName)
            object["lastName"] = lastName.map { .string($0) }
            object["surname"] = surname.map { .string($0) }
        }
        return .object(object)
    }

    /// How the party stands in a statement. Signed: never changes.
    var statementValue: String {
        let number = "\(identity.statementName) \(identity.text)"
        switch name {
        case .organisation(let name): return StatementParts.joined(["байгууллага \(name)", number])
        case .person(let surname, let lastName, let firstName):
            return StatementParts.joined([
                surname.map { "ургийн овог \($0)" }, lastName.map { "эцэг, эхийн нэр \($0)" }, "нэр \(firstName)",
                number,
            ])
        }
    }

    init(reading value: JSONValue, today: CivilDate, path: String) throws(Failure) {
        let names = ["name", "surname", "lastName", "firstName"]
        let reader = try ActReader(value, path: path, known: ["role"] + names + Identity.keys)
        guard let role = PartyRole(rawValue: try reader.required("role", limit: 40)) else {
            let known = PartyRole.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.partyRoleUnknown(["path": reader.place("role"), "known": known])
        }
        self.role = role
        var found: [Identity] = []
        for key in Identity.keys {
            guard let text = try reader.text(key, limit: 100) else { continue }
            found.append(try Identity(key: key, text, today: today, path: reader.place(key)))
        }
        guard found.count == 1 else { throw Problem.partyIdentityUnclear(["path": path]) }
        identity = found[0]
        let firstName = try reader.text("firstName", limit: Party.nameLimit)
        let lastName = try reader.text("lastName", limit: Party.nameLimit)
        let surname = try reader.text("surname", limit: Party.nameLimit)
        let whole = try reader.text("name", limit: Party.nameLimit)
        if let firstName, whole == nil, found[0].key != "organisationNumber" {
            // A citizen has a patronymic; foreigners may go by one name.
            if lastName == nil, ["regnum", "civilId"].contains(found[0].key) {
                throw Problem.actFieldMissing(["path": reader.place("lastName")])
            }
            name = .person(surname: surname, lastName: lastName, firstName: firstName)
        } else if let whole, firstName == nil, lastName == nil, surname == nil, !found[0].isPersonal {
            name = .organisation(whole)
        } else {
            throw Problem.partyNameUnclear(["path": path])
        }
    }
}

public import CanonicalJSON
public import Catalogue

/// Somebody whom a register book on paper names. Old books know neither roles nor numbers. Personal: never outside the record.
public struct PaperParty: Sendable, Hashable {
    /// The members of its JSON, in the order of the columns.
    public static let keys = ["role", "surname", "lastName", "firstName", "name"] + Identity.keys

    public let role: PartyRole?
    public let name: PartyName
    public let identity: Identity?

    /// Reads the values as they were typed; absent ones are not in `values`.
    ///
    /// - Parameters:
    ///   - today: a birthday after it is refused.
    ///   - path: where a value stands, by its key: for the message.
    /// - Throws: `paper-party-unclear`, `party-role-unknown`, or the problem of a number.
    public init(_ values: [String: String], today: CivilDate, path: (String) -> String) throws(Failure) {
        func text(_ key: String) throws(Failure) -> String? {
            guard let value = values[key] else { return nil }
            guard let text = PlainText.canonical(value, limit: Party.nameLimit) else {
                throw Problem.actTextInvalid(["path": path(key), "limit": "\(Party.nameLimit)"])
            }
            return text
        }
        role = try text("role").map { value throws(Failure) in
            guard let role = PartyRole(named: value) else {
                let known = PartyRole.allCases.map { "\($0.rawValue) (\($0.label.mn))" }.joined(separator: ", ")
                throw Problem.partyRoleUnknown(["path": path("role"), "known": known])
            }
            return role
        }
        var found: [Identity] = []
        for key in Identity.keys {
            guard let value = values[key] else { continue }
            found.append(try Identity(key: key, value, today: today, path: path(key)))
        }
        guard found.count <= 1 else { throw Problem.paperPartyUnclear(["path": path(found[1].key)]) }
        identity = found.first
        let (surname, lastName) = (try text("surname"), try text("lastName"))
        switch (try text("firstName"), try text("name")) {
        case (let firstName?, nil):
            if case .organisationNumber? = identity { throw Problem.paperPartyUnclear(["path": path("firstName")]) }
            name = .person(surname: surname, lastName: lastName, firstName: firstName)
        case (nil, let whole?):
            guard surname == nil, lastName == nil, identity?.isPersonal != true else {
                throw Problem.paperPartyUnclear(["path": path("name")])
            }
            name = .organisation(whole)
        default: throw Problem.paperPartyUnclear(["path": path("firstName")])
        }
    }

    init(reading value: JSONValue, today: CivilDate, path: String) throws(Failure) {
        let reader = try ActReader(value, path: path, known: PaperParty.keys)
        var values: [String: String] = [:]
        for key in PaperParty.keys { values[key] = try reader.text(key, limit: Party.nameLimit) }
        try self.init(values, today: today) { reader.place($0) }
    }

    /// The canonical JSON object.
    public var json: JSONValue {
        var object = JSONObject()
        object["role"] = role.map { .string($0.rawValue) }
        if let identity { object[identity.key] = .string(identity.text) }
        switch name {
        case .organisation(let name): object["name"] = .string(name)
        case .person(let surname, let lastName, let firstName):
            object["firstName"] = .string(firstName)
            object["lastName"] = lastName.map { .string($0) }
            object["surname"] = surname.map { .string($0) }
        }
        return .object(object)
    }
}

extension PartyRole {
    /// A role by its code or its name in either language, whatever the case.
    init?(named text: String) {
        let wanted = text.lowercased()
        let role = PartyRole.allCases.first {
            [$0.rawValue, $0.label.mn.lowercased(), $0.label.en.lowercased()].contains(wanted)
        }
        guard let role else { return nil }
        self = role
    }
}

extension ActType {
    /// A kind by its code or its Mongolian or English name, whatever case, spaces and marks; also by the word that books use for it.
    init?(named text: String) {
        let wanted = PaperColumn.folded(text)
        let words: [String: ActType] = [
            "гэрээ": .contract, "гэрээслэл": .will, "итгэмжлэл": .powerOfAttorney,
            "хуулбар": .copyOrTranslation, "орчуулга": .copyOrTranslation, "гарынүсэг": .signatureAuthenticity,
            "бусад": .other,
        ]
        let type =
            ActType.allCases.first { type in
                [type.rawValue, type.label.mn, type.label.en].contains { PaperColumn.folded($0) == wanted }
            } ?? words[wanted]
        guard let type else { return nil }
        self = type
    }
}

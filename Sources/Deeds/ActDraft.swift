public import CanonicalJSON
public import Catalogue
public import LedgerMerkle

/// A document that an act is about.
public struct ActDocument: Sendable, Hashable {
    /// SHA-256 of its bytes.
    public let sha256: Digest
    /// Its file name or title, at most 300 bytes.
    public let name: String?
    /// Its size in bytes, not negative.
    public let size: Int64?
}

/// The entry of an act in the notary's register book on paper (KHUR's bookNumber and bookDate).
public struct BookEntry: Sendable, Hashable {
    public let number: String
    public let date: CivilDate?

    var json: JSONValue {
        var object: JSONObject = ["number": .string(number)]
        if let date { object["date"] = .string(date.description) }
        return .object(object)
    }
}

/// What a notary hands in to register an act, checked and in canonical form.
public struct ActDraft: Sendable, Hashable {
    /// The most bytes of a draft's JSON.
    public static let byteLimit = 256 << 10
    /// How many parties an act has.
    public static let partyCounts = 1...100
    /// How many powers an act grants.
    public static let powerCounts = 0...100
    /// The most bytes of one power.
    public static let powerLimit = 2000
    /// The most bytes of a note.
    public static let noteLimit = 4000
    /// The most bytes of an object number, a book number or a place.
    public static let numberLimit = 200

    public let document: ActDocument
    public let type: ActType
    public let parties: [Party]
    public let powers: [String]
    /// The last day on which the act is in force.
    public let validUntil: CivilDate?
    /// A property or vehicle number.
    public let object: String?
    /// The act that this one refers to.
    public let reference: ActNumber?
    public let note: String?
    public let book: BookEntry?
    public let place: String?
    /// 32 random bytes that seal the private values in the act statement; needed only when a statement is signed.
    public internal(set) var salt: [UInt8]?

    static let keys = [
        "document", "type", "parties", "powers", "validUntil", "object", "reference", "note", "book", "place", "salt",
    ]

    /// Reads the JSON body of a filing.
    ///
    /// Strict: unknown names are refused, lengths and counts are bounded, identifiers are brought to canonical form.
    /// - Parameter today: in Mongolia; a birthday after it or an end of validity before it is refused.
    /// - Throws: an `act-…`, `party-…` or number problem that names the place, never the personal value.
    public static func parse(_ json: [UInt8], today: CivilDate) throws(Failure) -> ActDraft {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: json, limits: JSONLimits(bytes: byteLimit, depth: 8))
        } catch {
            throw Problem.actUnreadable(["reason": "\(error)"])
        }
        let draft = try ActDraft(reading: value, today: today)
        if let end = draft.validUntil, end < today { throw Problem.actValidityPast() }
        return draft
    }

    /// The same act under another salt.
    /// - Parameter salt: 32 random bytes.
    public func sealed(with salt: [UInt8]) -> ActDraft {
        precondition(salt.count == 32)
        var draft = self
        draft.salt = salt
        return draft
    }

    /// Reads a draft from JSON. An act whose validity has ended is read too: records outlive it.
    init(reading value: JSONValue, today: CivilDate) throws(Failure) {
        let reader = try ActReader(value, path: "", known: ActDraft.keys)
        let document = try ActReader(
            try reader.required("document"), path: "document", known: ["sha256", "name", "size"])
        guard let digest = Digest(hexadecimal: try document.required("sha256", limit: 100)) else {
            throw Problem.actDigestInvalid(["path": "document.sha256"])
        }
        let size = try document.value("size").map { value throws(Failure) in
            guard let size = value.integer, size >= 0 else {
                throw Problem.actFieldOfWrongType(["path": "document.size", "expected": "integer ≥ 0"])
            }
            return size
        }
        self.document = ActDocument(
            sha256: digest, name: try document.text("name", limit: Party.nameLimit), size: size)
        guard let type = ActType(rawValue: try reader.required("type", limit: 40)) else {
            throw Problem.actTypeUnknown(["known": ActType.allCases.map(\.rawValue).joined(separator: ", ")])
        }
        self.type = type
        parties = try reader.list("parties", ActDraft.partyCounts).enumerated().map { item throws(Failure) in
            try Party(reading: item.element, today: today, path: "parties[\(item.offset)]")
        }
        powers = try reader.list("powers", ActDraft.powerCounts).enumerated().map { item throws(Failure) in
            try ActReader.text(item.element, limit: ActDraft.powerLimit, path: "powers[\(item.offset)]")
        }
        validUntil = try reader.date("validUntil")
        object = try reader.text("object", limit: ActDraft.numberLimit)
        reference = try reader.text("reference", limit: 100).map { text throws(Failure) in
            try ActNumber(text, path: "reference")
        }
        note = try reader.text("note", limit: ActDraft.noteLimit)
        place = try reader.text("place", limit: ActDraft.numberLimit)
        book = try reader.value("book").map { value throws(Failure) in
            let book = try ActReader(value, path: "book", known: ["number", "date"])
            return BookEntry(
                number: try book.required("number", limit: ActDraft.numberLimit), date: try book.date("date"))
        }
        salt = try reader.text("salt", limit: 100).map { text throws(Failure) in
            guard let salt = parseHexadecimal(text), salt.count == 32 else {
                throw Problem.actDigestInvalid(["path": "salt"])
            }
            return salt
        }
        let roles = Set(parties.map(\.role))
        guard type != .powerOfAttorney || roles.isSuperset(of: [.principal, .representative]) else {
            throw Problem.attorneyPartiesMissing()
        }
    }

    /// The draft as JSON that ``parse(_:today:)`` reads again to the same draft.
    public var json: JSONValue {
        var document: JSONObject = ["sha256": .string(document.sha256.description)]
        document["name"] = self.document.name.map { .string($0) }
        document["size"] = self.document.size.map { JSONValue($0) }
        var act: JSONObject = ["document": .object(document), "type": .string(type.rawValue)]
        act["parties"] = partiesJSON
        if !powers.isEmpty { act["powers"] = powersJSON }
        act["validUntil"] = validUntil.map { .string($0.description) }
        act["object"] = object.map { .string($0) }
        act["reference"] = reference.map { .string($0.description) }
        act["note"] = note.map { .string($0) }
        act["book"] = book?.json
        act["place"] = place.map { .string($0) }
        act["salt"] = salt.map { .string(hexadecimal($0)) }
        return .object(act)
    }

    var partiesJSON: JSONValue { .array(parties.map(\.json)) }
    var powersJSON: JSONValue { .array(powers.map { .string($0) }) }
}

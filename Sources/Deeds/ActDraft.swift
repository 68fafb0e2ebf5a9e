public import CanonicalJSON
public import Catalogue
import LedgerMerkle

/// What a notary hands in to register an act, checked and in canonical form.
public struct ActDraft: Sendable, Hashable {
    /// The most bytes of a draft's JSON.
    public static let byteLimit = 256 << 10
    /// How many parties an act has.
    public static let partyCounts = 1...ActKind.partyLimit
    /// How many documents may be attached.
    public static let attachmentCounts = 0...50
    /// The most bytes of a note.
    public static let noteLimit = 4000
    /// The most bytes of a property number, of a number in a book or of a court's order, and of a place.
    public static let numberLimit = 200

    public let document: ActDocument
    public let type: ActType
    public let parties: [Party]
    /// The values of the kind's own fields.
    public let details: ActDetails
    public let attachments: [ActDocument]
    /// The last day on which the act is in force.
    public let validUntil: CivilDate?
    /// A property or vehicle number, in canonical form: capitals without white space, at most ``numberLimit`` bytes, not dashes alone.
    public let propertyNumber: String?
    /// The act that this one refers to.
    public let reference: ActNumber?
    /// At most ``noteLimit`` bytes; `nil` of a will.
    public let note: String?
    /// At most ``numberLimit`` bytes.
    public let place: String?
    /// 32 random bytes that seal the private values in the act statement; needed only when a statement is signed.
    public internal(set) var salt: [UInt8]?

    static let keys = [
        "type", "document", "parties", "details", "attachments", "validUntil", "propertyNumber", "reference", "note",
        "place", "salt",
    ]

    /// The rules of its kind.
    public var kind: ActKind { ActKind.of(type) }

    /// Reads the JSON body of a filing.
    ///
    /// Strict: unknown names are refused, lengths and counts are bounded, identifiers are brought to canonical form, the rules of
    /// the kind hold.
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
        try ActReader.requireRandom(draft.salt)
        try draft.requireValidity(from: today)
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

    /// The same act without its salt.
    public var unsealed: ActDraft {
        var draft = self
        draft.salt = nil
        return draft
    }

    /// Reads a draft from JSON. An act whose validity has ended is read too: records outlive it.
    init(reading value: JSONValue, today: CivilDate) throws(Failure) {
        let reader = try ActReader(value, path: "", known: ActDraft.keys)
        guard let type = ActType(rawValue: try reader.required("type", limit: 40)) else {
            throw Problem.actTypeUnknown(["known": ActType.allCases.map(\.rawValue).joined(separator: ", ")])
        }
        self.type = type
        let kind = ActKind.of(type)
        document = try ActDocument(reading: try reader.required("document"), path: "document")
        parties = try reader.list("parties", ActDraft.partyCounts).enumerated().map { item throws(Failure) in
            try Party(reading: item.element, today: today, path: "parties[\(item.offset)]")
        }
        details = try ActDetails(reading: reader.value("details"), kind: kind)
        attachments = try reader.list("attachments", ActDraft.attachmentCounts).enumerated().map {
            item throws(Failure) in
            try ActDocument(reading: item.element, path: "attachments[\(item.offset)]")
        }
        validUntil = try reader.date("validUntil")
        // Capitals may be longer than what was typed.
        propertyNumber = try reader.text("propertyNumber", limit: ActDraft.numberLimit).map { text throws(Failure) in
            let capitals = JSONValue(String(LookAlikes.capitals(text)))
            return try ActReader.text(capitals, limit: ActDraft.numberLimit, path: "propertyNumber")
        }
        // What is dashes alone names nothing, and would be one property for everybody.
        if let propertyNumber, PropertyNumber.folded(propertyNumber).isEmpty {
            throw Problem.actTextInvalid(["path": "propertyNumber", "limit": "\(ActDraft.numberLimit)"])
        }
        reference = try reader.text("reference", limit: 100).map { text throws(Failure) in
            try ActNumber(text, path: "reference")
        }
        note = try reader.text("note", limit: ActDraft.noteLimit)
        place = try reader.text("place", limit: ActDraft.numberLimit)
        salt = try reader.salt()
        try kind.requireParties(parties)
        try kind.requireNeeds(details, parties)
        // A note would be a place for what is to stay unknown until the will is opened.
        if kind.isClosed { try ActKind.Presence.none.require(note != nil, path: "note") }
        try kind.property.require(propertyNumber != nil, path: "propertyNumber")
        try kind.validity.presence.require(validUntil != nil, path: "validUntil")
    }

    /// The draft as JSON that ``parse(_:today:)`` reads again to the same draft.
    public var json: JSONValue {
        var act: JSONObject = ["document": document.json, "type": .string(type.rawValue)]
        act["parties"] = partiesJSON
        if !details.values.isEmpty { act["details"] = .object(details.values) }
        if !attachments.isEmpty { act["attachments"] = attachmentsJSON }
        act["validUntil"] = validUntil.map { .string($0.description) }
        act["propertyNumber"] = propertyNumber.map { .string($0) }
        act["reference"] = reference.map { .string($0.description) }
        act["note"] = note.map { .string($0) }
        act["place"] = place.map { .string($0) }
        act["salt"] = salt.map { .string(hexadecimal($0)) }
        return .object(act)
    }

    var partiesJSON: JSONValue { .array(parties.map(\.json)) }
    var attachmentsJSON: JSONValue { .array(attachments.map(\.json)) }

    /// The record fields of its content; absent values are left out.
    var fields: [String: String] {
        var fields = ["type": type.rawValue, "document": document.sha256.description]
        fields["name"] = document.name
        fields["size"] = document.size.map { "\($0)" }
        fields["parties"] = partiesJSON.canonicalText
        fields["details"] = details.values.isEmpty ? nil : JSONValue.object(details.values).canonicalText
        fields["attachments"] = attachments.isEmpty ? nil : attachmentsJSON.canonicalText
        fields["validuntil"] = validUntil?.description
        fields["property"] = propertyNumber
        fields["reference"] = reference?.description
        fields["note"] = note
        fields["place"] = place
        return fields
    }

    /// Reads the content from the fields of a record.
    static func read(_ reader: RecordReader) throws(Failure) -> ActDraft {
        var document: JSONObject = ["sha256": .string(try reader.text("document"))]
        document["name"] = reader.optional("name").map { .string($0) }
        document["size"] = try reader.json("size")
        var act: JSONObject = ["document": .object(document), "type": .string(try reader.text("type"))]
        for name in ["parties", "details", "attachments"] { act[name] = try reader.json(name) }
        act["validUntil"] = reader.optional("validuntil").map { .string($0) }
        act["propertyNumber"] = reader.optional("property").map { .string($0) }
        for name in ["reference", "note", "place", "salt"] {
            act[name] = reader.optional(name).map { .string($0) }
        }
        // A record was checked when it was filed; its birthdays are not compared with any day now.
        guard let anyDay = CivilDate(year: 9999, month: 12, day: 31) else { throw RecordReader.invalid("time") }
        return try ActDraft(reading: .object(act), today: anyDay)
    }
}

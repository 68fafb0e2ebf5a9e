public import CanonicalJSON
public import Catalogue
public import LedgerMerkle

/// What a later entry does to an act. The raw value is the stable code.
public enum ActChange: String, Sendable, Hashable, CaseIterable {
    /// The parties agreed on other contents.
    case amended
    /// The notary mends a slip of the pen; what was agreed stays.
    case corrected
    case revoked
    /// A will is opened: from now on it is an act like others.
    case opened

    public var label: Wording {
        switch self {
        case .amended: Wording(mn: "Нэмэлт, өөрчлөлт оруулах", en: "Amendment")
        case .corrected: Wording(mn: "Алдаа засах", en: "Correction")
        case .revoked: Wording(mn: "Хүчингүй болгох", en: "Revocation")
        case .opened: Wording(mn: "Гэрээслэл нээх", en: "Opening of a will")
        }
    }

    /// Whether it carries the act's content anew.
    var hasContent: Bool { self == .amended || self == .corrected }
}

/// At whose request an act is changed. The raw value is the stable code.
public enum ChangeRequester: String, Sendable, Hashable, CaseIterable {
    /// The notary who registered the act, or the successor, of their own motion.
    case notary
    /// The parties together.
    case parties
    /// Who gave a power of attorney, or made a will, has it revoked: alone, and before any notary; a will that was not opened before its own.
    case principal
    /// A court, whose order is named.
    case court

    public var label: Wording {
        switch self {
        case .notary: Wording(mn: "Нотариатч", en: "The notary")
        case .parties: Wording(mn: "Талууд", en: "The parties")
        case .principal: Wording(mn: "Үйлдэл хийлгэсэн этгээд", en: "The principal")
        case .court: Wording(mn: "Шүүх", en: "A court")
        }
    }
}

/// The order of a court by which an act is changed.
public struct CourtOrder: Sendable, Hashable {
    /// At most 300 bytes.
    public let court: String
    /// At most 200 bytes.
    public let number: String
    public let date: CivilDate

    init(reading value: JSONValue, path: String) throws(Failure) {
        let reader = try ActReader(value, path: path, known: ["court", "number", "date"])
        court = try reader.required("court", limit: Party.nameLimit)
        number = try reader.required("number", limit: ActDraft.numberLimit)
        guard let date = try reader.date("date") else {
            throw Problem.actFieldMissing(["path": reader.place("date")])
        }
        self.date = date
    }

    var json: JSONValue {
        ["court": .string(court), "date": .string(date.description), "number": .string(number)]
    }

    var statementValue: String { StatementParts.joined(["\(court)", "\(date)", "№ \(number)"]) }
}

/// The person at whose request an act is changed, by a number: it must be that of the act's principal or testator.
public struct Claimant: Sendable, Hashable {
    public let identity: Identity

    init(reading value: JSONValue, today: CivilDate, path: String) throws(Failure) {
        let reader = try ActReader(value, path: path, known: Identity.keys)
        var found: [Identity] = []
        for key in Identity.keys {
            guard let text = try reader.text(key, limit: 100) else { continue }
            found.append(try Identity(key: key, text, today: today, path: reader.place(key)))
        }
        guard found.count == 1 else { throw Problem.partyIdentityUnclear(["path": path]) }
        identity = found[0]
    }

    var json: JSONValue { ["\(identity.key)": .string(identity.text)] }

    var statementValue: String { "\(identity.statementName) \(identity.text)" }
}

/// What a notary hands in to change a registered act.
public struct ChangeDraft: Sendable, Hashable {
    /// The most bytes of a reason.
    public static let reasonLimit = 2000

    public let act: ActNumber
    public let change: ActChange
    public let requester: ChangeRequester
    /// The commitment of the act's newest entry: a change made of something older is refused.
    public internal(set) var before: Digest?
    /// Why, in words, at most ``reasonLimit`` bytes. Private.
    public let reason: String
    /// The court's order; there exactly when a court asks.
    public let basis: CourtOrder?
    /// Who asks; there exactly when the principal does.
    public let principal: Claimant?
    /// The act's content from now on; there exactly for amendments and corrections.
    public let content: ActDraft?
    /// 32 bytes that nobody guesses and that seal the private values in the statement.
    public internal(set) var salt: [UInt8]?

    static let keys = ["act", "change", "by", "before", "reason", "basis", "principal", "content", "salt"]

    /// Reads `{"act": …, "change": …, "by": …, "reason": …, …}`, strictly as ``ActDraft/parse(_:today:)``. Whether the act is there, and whose
    /// it is, only the register knows.
    /// - Parameter today: in Mongolia; a birthday after it is refused, and for an amendment an end of validity before it.
    /// - Throws: an `act-…`, `party-…` or number problem that names the place.
    public static func parse(_ json: [UInt8], today: CivilDate) throws(Failure) -> ChangeDraft {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: json, limits: JSONLimits(bytes: ActDraft.byteLimit, depth: 9))
        } catch {
            throw Problem.actUnreadable(["reason": "\(error)"])
        }
        let draft = try ChangeDraft(reading: value, today: today)
        try ActReader.requireRandom(draft.salt)
        // What is corrected is judged by the day of the registration, which only the register knows.
        if draft.change == .amended { try draft.content?.requireValidity(from: today) }
        return draft
    }

    /// The same change, under a salt of 32 random bytes, of an act whose newest entry has this commitment.
    public func sealed(with salt: [UInt8], before: Digest) -> ChangeDraft {
        precondition(salt.count == 32)
        var draft = self
        draft.salt = salt
        draft.before = before
        return draft
    }

    /// The same change without salt and without the entry that it changes: as it was before its statement was made.
    public var unsealed: ChangeDraft {
        var draft = self
        draft.salt = nil
        draft.before = nil
        return draft
    }

    init(reading value: JSONValue, today: CivilDate) throws(Failure) {
        let reader = try ActReader(value, path: "", known: ChangeDraft.keys)
        act = try ActNumber(try reader.required("act", limit: 100), path: "act")
        guard let change = ActChange(rawValue: try reader.required("change", limit: 40)) else {
            throw Problem.actChoiceUnknown(
                ["path": "change", "known": ActChange.allCases.map(\.rawValue).joined(separator: ", ")])
        }
        guard let requester = ChangeRequester(rawValue: try reader.text("by", limit: 40) ?? "notary") else {
            throw Problem.actChoiceUnknown(
                ["path": "by", "known": ChangeRequester.allCases.map(\.rawValue).joined(separator: ", ")])
        }
        self.change = change
        self.requester = requester
        before = try reader.text("before", limit: 100).map { text throws(Failure) in
            guard let digest = Digest(hexadecimal: text) else { throw Problem.actDigestInvalid(["path": "before"]) }
            return digest
        }
        reason = try reader.required("reason", limit: ChangeDraft.reasonLimit)
        basis = try reader.value("basis").map { value throws(Failure) in try CourtOrder(reading: value, path: "basis") }
        principal = try reader.value("principal").map { value throws(Failure) in
            try Claimant(reading: value, today: today, path: "principal")
        }
        content = try reader.value("content").map { value throws(Failure) in
            try ActDraft(reading: value, today: today)
        }
        salt = try reader.salt()
        let needs: [(path: String, isNeeded: Bool, isThere: Bool)] = [
            ("basis", requester == .court, basis != nil), ("principal", requester == .principal, principal != nil),
            ("content", change.hasContent, content != nil),
        ]
        for need in needs {
            try (need.isNeeded ? ActKind.Presence.required : .none).require(need.isThere, path: need.path)
        }
        guard requester != .principal || change == .revoked else { throw Problem.actFieldUnsuited(["path": "by"]) }
        if content?.salt != nil { throw Problem.actFieldUnsuited(["path": "content.salt"]) }
    }

    /// The draft as JSON that ``parse(_:today:)`` reads again.
    public var json: JSONValue {
        var object: JSONObject = [
            "act": .string(act.description), "change": .string(change.rawValue), "by": .string(requester.rawValue),
            "reason": .string(reason),
        ]
        object["before"] = before.map { .string($0.description) }
        object["basis"] = basis?.json
        object["principal"] = principal?.json
        object["content"] = content?.json
        object["salt"] = salt.map { .string(hexadecimal($0)) }
        return .object(object)
    }

    /// The fields of a record; absent values are left out.
    var fields: [String: String] {
        var fields = content?.fields ?? [:]
        fields["action"] = change.rawValue
        fields["act"] = act.description
        fields["by"] = requester.rawValue
        fields["before"] = before?.description
        fields["reason"] = reason
        fields["basis"] = basis?.json.canonicalText
        fields["principal"] = principal?.json.canonicalText
        return fields
    }

    /// Reads the change from the fields of a record.
    static func read(_ reader: RecordReader) throws(Failure) -> ChangeDraft {
        guard let anyDay = CivilDate(year: 9999, month: 12, day: 31) else { throw RecordReader.invalid("time") }
        var object: JSONObject = [
            "act": .string(try reader.text("act")), "change": .string(try reader.text("action")),
            "by": .string(try reader.text("by")), "before": .string(try reader.text("before")),
            "reason": .string(try reader.text("reason")), "salt": .string(try reader.text("salt")),
        ]
        object["basis"] = try reader.json("basis")
        object["principal"] = try reader.json("principal")
        if reader.optional("type") != nil { object["content"] = try ActDraft.read(reader.withoutSalt).json }
        return try ChangeDraft(reading: .object(object), today: anyDay)
    }
}

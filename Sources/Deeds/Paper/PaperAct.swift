public import CanonicalJSON
import Catalogue
public import LedgerMerkle

/// One row of a register book on paper: what an office typed from it, checked and in canonical form.
///
/// Nobody signed it. What the law asks of an act today is not asked of it: it is taken as the book has it.
public struct PaperAct: Sendable, Hashable {
    /// How many parties a row has.
    public static let partyCounts = 1...PaperColumn.partyLimit

    public let type: ActType
    public let entry: PaperEntry
    public let parties: [PaperParty]
    /// Capitals without white space.
    public let propertyNumber: String?
    public let validUntil: CivilDate?
    public let note: String?
    public let place: String?
    /// SHA-256 of a scan of the entry or the document.
    public let scan: Digest?

    /// - Throws: the first problem of a value, with `path` as it stands in the file.
    init(_ row: PaperRow.Values, today: CivilDate) throws(Failure) {
        guard let kind = row[.kind] else { throw Problem.actFieldMissing(["path": row.path(.kind)]) }
        guard let type = ActType(named: kind) else {
            let known = ActType.allCases.map { "\($0.rawValue) («\($0.label.mn)»)" }.joined(separator: ", ")
            throw Problem.paperKindUnknown(["path": row.path(.kind), "known": known])
        }
        guard let number = row[.bookNumber] else {
            throw Problem.actFieldMissing(["path": row.path(.bookNumber)])
        }
        guard let date = try row.date(.bookDate) else { throw Problem.actFieldMissing(["path": row.path(.bookDate)]) }
        guard date >= PaperEntry.earliest, date <= today else {
            throw Problem.paperDateOutOfRange(["path": row.path(.bookDate), "today": today.description])
        }
        self.type = type
        entry = try PaperEntry(number: number, date: date, path: row.path(.bookNumber))
        parties = try row.parties(today: today)
        guard !parties.isEmpty else { throw Problem.paperPartyMissing(["path": row.path(.party(1, "firstName"))]) }
        propertyNumber = try PaperAct.property(row[.propertyNumber], path: row.path(.propertyNumber))
        validUntil = try row.date(.validUntil)
        note = try PaperAct.text(row[.note], limit: ActDraft.noteLimit, path: row.path(.note))
        place = try PaperAct.text(row[.place], limit: ActDraft.numberLimit, path: row.path(.place))
        scan = try row[.scan].map { text throws(Failure) in
            guard let digest = Digest(hexadecimal: text.lowercased()) else {
                throw Problem.actDigestInvalid(["path": row.path(.scan)])
            }
            return digest
        }
    }

    private static func text(_ value: String?, limit: Int, path: String) throws(Failure) -> String? {
        guard let value else { return nil }
        guard let text = PlainText.canonical(value, limit: limit) else {
            throw Problem.actTextInvalid(["path": path, "limit": "\(limit)"])
        }
        return text
    }

    private static func property(_ value: String?, path: String) throws(Failure) -> String? {
        guard let value, let plain = try text(value, limit: ActDraft.numberLimit, path: path) else { return nil }
        let capitals = try text(String(LookAlikes.capitals(plain)), limit: ActDraft.numberLimit, path: path)
        // What is dashes alone names nothing, and would be one property for everybody.
        guard let capitals, !PropertyNumber.folded(capitals).isEmpty else {
            throw Problem.actTextInvalid(["path": path, "limit": "\(ActDraft.numberLimit)"])
        }
        return capitals
    }

    /// Whether it is a will: closed for ever, since nothing is opened on paper here.
    public var isClosed: Bool { ActKind.of(type).isClosed }

    /// Whether it speaks of a property whose kind of act may bind it: the next notary is told.
    public var engagesProperty: Bool { propertyNumber != nil && ActKind.of(type).engages != nil }

    /// The columns in which another row of the same entry differs; empty when both say the same.
    public func differences(from other: PaperAct) -> [String] {
        var columns: [String] = []
        if type != other.type { columns.append("kind") }
        if entry.folded != other.entry.folded { columns.append("bookNumber") }
        if entry.date != other.entry.date { columns.append("bookDate") }
        if parties != other.parties { columns.append("parties") }
        if propertyNumber != other.propertyNumber { columns.append("propertyNumber") }
        if validUntil != other.validUntil { columns.append("validUntil") }
        if note != other.note { columns.append("note") }
        if place != other.place { columns.append("place") }
        if scan != other.scan { columns.append("scan") }
        return columns
    }

    // MARK: Record

    var fields: [String: String] {
        var fields = ["type": type.rawValue, "paper": entry.json.canonicalText]
        fields["parties"] = JSONValue.array(parties.map(\.json)).canonicalText
        fields["validuntil"] = validUntil?.description
        fields["property"] = propertyNumber
        fields["document"] = scan?.description
        fields["note"] = note
        fields["place"] = place
        return fields
    }

    init(_ reader: RecordReader) throws(Failure) {
        type = try reader.choice("type")
        guard let paper = try reader.json("paper") else { throw RecordReader.invalid("paper") }
        entry = try PaperEntry(reading: paper, path: "paper")
        guard entry.date >= PaperEntry.earliest, let list = try reader.json("parties")?.array,
            PaperAct.partyCounts.contains(list.count), let anyDay = CivilDate(year: 9999, month: 12, day: 31)
        else { throw RecordReader.invalid("parties") }
        parties = try list.enumerated().map { item throws(Failure) in
            try PaperParty(reading: item.element, today: anyDay, path: "parties[\(item.offset)]")
        }
        propertyNumber = try PaperAct.property(reader.optional("property"), path: "property")
        validUntil = try reader.date("validuntil")
        note = try PaperAct.text(reader.optional("note"), limit: ActDraft.noteLimit, path: "note")
        place = try PaperAct.text(reader.optional("place"), limit: ActDraft.numberLimit, path: "place")
        scan = reader.optional("document") == nil ? nil : try reader.digest("document")
    }

    /// As it is shown to who may see it.
    public var json: JSONValue {
        var object: JSONObject = ["type": .string(type.rawValue)]
        object["bookNumber"] = .string(entry.number)
        object["bookDate"] = .string(entry.date.description)
        object["parties"] = .array(parties.map(\.json))
        object["validUntil"] = validUntil.map { .string($0.description) }
        object["propertyNumber"] = propertyNumber.map { .string($0) }
        object["note"] = note.map { .string($0) }
        object["place"] = place.map { .string($0) }
        object["scan"] = scan.map { .string($0.description) }
        return .object(object)
    }
}

/// A row of a register book on paper as the ledger has it: the content of a deed record with action `registered-from-paper`.
public struct RegisteredPaper: Sendable, Hashable {
    public let number: PaperNumber
    public let act: PaperAct
    /// The entry that was typed wrongly and that this one stands for.
    public let corrects: PaperNumber?
    /// When the ledger's operator registered it: the book's own day is in ``PaperAct/entry``.
    public let time: ActTime

    public init(number: PaperNumber, act: PaperAct, corrects: PaperNumber?, time: ActTime) {
        self.number = number
        self.act = act
        self.corrects = corrects
        self.time = time
    }

    /// The fields of the record, without those of the issuer chain. No field speaks of a signature: there is none.
    public var fields: [String: String] {
        var fields = act.fields
        fields["action"] = ActRecord.paperRegistration
        fields["act"] = number.description
        fields["notary"] = number.notary.text
        fields["corrects"] = corrects?.description
        fields["time"] = time.description
        return fields
    }

    static func read(_ reader: RecordReader) throws(Failure) -> RegisteredPaper {
        guard let number = try? PaperNumber(try reader.text("act")) else { throw RecordReader.invalid("act") }
        let corrects = reader.optional("corrects").flatMap { try? PaperNumber($0) }
        return RegisteredPaper(number: number, act: try PaperAct(reader), corrects: corrects, time: try reader.time())
    }
}

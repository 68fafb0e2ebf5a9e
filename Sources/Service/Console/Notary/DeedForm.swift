import CanonicalJSON
import Catalogue
import Deeds

/// An act, or a change of one, as a notary typed it so far: nothing is judged yet, and nothing is lost.
///
/// A field's name is the path that the catalogue's messages name, such as `parties[0].lastName`; a party's number stands under `number`
/// beside its `sort`.
struct DeedForm: Sendable {
    /// The most bytes of one value.
    private static let valueLimit = 200_000

    /// What was typed, by field; fields that are empty have no value.
    private(set) var values: [String: String] = [:]
    /// How many rows there are for parties, filled in or not.
    private(set) var partyCount = 0
    /// How many rows there are for attachments.
    private(set) var attachmentCount = 0

    /// Empty, for an act of a kind: with a row for each role that it must have, or two where it is left open which.
    init(_ kind: ActKind) {
        self["type"] = kind.type.rawValue
        let roles = kind.roles.filter { $0.counts.lowerBound > 0 }.map(\.role)
        for role in roles { addParty(role) }
        if roles.isEmpty { for _ in 0..<2 { addParty(nil) } }
    }

    /// For a change of an act: with its content where that is written anew.
    init(_ change: ActChange, of act: ActNumber, by requester: ChangeRequester = .notary, content: ActDraft? = nil) {
        self["change"] = change.rawValue
        self["act"] = act.description
        self["by"] = requester.rawValue
        if let content { fill(with: content) }
    }

    /// As a page sent it.
    init(_ form: FormBody) {
        for (name, value) in form.fields where !["key", "do"].contains(name) && name.utf8.count <= 100 {
            self[name] = String(value.prefix(DeedForm.valueLimit))
        }
        countRows()
    }

    /// As a draft keeps it.
    init?(_ json: JSONValue) {
        guard let object = json.object else { return nil }
        for member in object { self[member.name] = member.value.string ?? "" }
        countRows()
    }

    var json: JSONValue {
        .object(JSONObject(values.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }))
    }

    /// What was typed in a field, without blanks around it.
    subscript(name: String) -> String {
        get { values[name] ?? "" }
        set {
            let value = DeedForm.trimmed(newValue)
            values[name] = value.isEmpty ? nil : value
        }
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    // MARK: What it is

    var type: ActType? { ActType(rawValue: self["type"]) }
    var kind: ActKind? { type.map(ActKind.of) }
    var change: ActChange? { ActChange(rawValue: self["change"]) }
    /// The act that is changed.
    var act: ActNumber? { try? ActNumber(self["act"]) }
    /// Whether it has the content of an act: registrations, amendments, corrections.
    var hasContent: Bool { change == nil || change == .amended || change == .corrected }

    func party(_ row: Int, _ name: String) -> String { self["parties[\(row)].\(name)"] }

    /// Whether nothing but the role was filled in.
    func isBlankParty(_ row: Int) -> Bool {
        ["surname", "lastName", "firstName", "name", "number", "email"].allSatisfy { party(row, $0).isEmpty }
    }

    func isBlankAttachment(_ row: Int) -> Bool {
        ["sha256", "name", "size"].allSatisfy { self["attachments[\(row)].\($0)"].isEmpty }
    }

    /// The parties' names as a list has them.
    var partyNames: [String] {
        (0..<partyCount).compactMap { row in
            let (first, last) = (party(row, "firstName"), party(row, "lastName"))
            if !first.isEmpty { return last.first.map { "\($0).\(first)" } ?? first }
            let name = party(row, "name")
            return name.isEmpty ? nil : name
        }
    }

    // MARK: Rows

    mutating func addParty(_ role: PartyRole?) {
        guard partyCount < ActDraft.partyCounts.upperBound else { return }
        self["parties[\(partyCount)].role"] = role?.rawValue ?? ""
        partyCount += 1
        self["parties"] = String(partyCount)
    }

    mutating func addAttachment() {
        guard attachmentCount < ActDraft.attachmentCounts.upperBound else { return }
        attachmentCount += 1
        self["attachments"] = String(attachmentCount)
    }

    mutating func removeParty(_ row: Int) {
        guard (0..<partyCount).contains(row) else { return }
        removeRow(row, of: "parties", count: partyCount)
        partyCount -= 1
        self["parties"] = String(partyCount)
    }

    mutating func removeAttachment(_ row: Int) {
        guard (0..<attachmentCount).contains(row) else { return }
        removeRow(row, of: "attachments", count: attachmentCount)
        attachmentCount -= 1
        self["attachments"] = String(attachmentCount)
    }

    /// Those behind it move up.
    private mutating func removeRow(_ row: Int, of list: String, count: Int) {
        var moved: [String: String] = [:]
        for (name, value) in values {
            guard let (place, rest) = DeedForm.place(of: name, in: list), place >= row, place < count else {
                moved[name] = value
                continue
            }
            if place > row { moved["\(list)[\(place - 1)]\(rest)"] = value }
        }
        values = moved
    }

    /// The row of a field such as `parties[2].name`, and what follows.
    private static func place(of name: String, in list: String) -> (row: Int, rest: Substring)? {
        guard name.hasPrefix("\(list)["), let end = name.firstIndex(of: "]"),
            let row = Int(name[name.index(name.startIndex, offsetBy: list.count + 1)..<end])
        else { return nil }
        return (row, name[name.index(after: end)...])
    }

    private mutating func countRows() {
        func count(_ list: String, _ most: Int) -> Int {
            let named = values.keys.compactMap { DeedForm.place(of: $0, in: list)?.row }.max().map { $0 + 1 } ?? 0
            return min(max(named, Int(self[list]) ?? 0, 0), most)
        }
        partyCount = count("parties", ActDraft.partyCounts.upperBound)
        attachmentCount = count("attachments", ActDraft.attachmentCounts.upperBound)
    }

    // MARK: From an act

    private mutating func fill(with draft: ActDraft) {
        guard let object = draft.json.object else { return }
        for member in object {
            switch member.name {
            case "parties":
                for (row, party) in (member.value.array ?? []).enumerated() { fill(party, row) }
            case "attachments":
                for (row, document) in (member.value.array ?? []).enumerated() {
                    fill(document, "attachments[\(row)]")
                }
            case "document", "details": fill(member.value, member.name)
            case "salt": break
            default: self[member.name] = member.value.string ?? ""
            }
        }
        partyCount = draft.parties.count
        attachmentCount = draft.attachments.count
        self["parties"] = String(partyCount)
        self["attachments"] = String(attachmentCount)
    }

    private mutating func fill(_ party: JSONValue, _ row: Int) {
        for member in party.object ?? [:] {
            let isNumber = Identity.keys.contains(member.name)
            self["parties[\(row)].\(isNumber ? "number" : member.name)"] = member.value.string ?? ""
            if isNumber { self["parties[\(row)].sort"] = member.name }
        }
    }

    private mutating func fill(_ value: JSONValue, _ path: String) {
        for member in value.object ?? [:] {
            self["\(path).\(member.name)"] =
                switch member.value {
                case .string(let text): text
                case .number(let number): number.text
                case .bool(let flag): flag ? "true" : "false"
                case .array(let list): list.map { $0.string ?? "" }.joined(separator: "\n")
                default: ""
                }
        }
    }
}

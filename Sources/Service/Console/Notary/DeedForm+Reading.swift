import CanonicalJSON
import Catalogue
import Deeds
import LedgerMerkle

/// What is wrong in a field, or `""` for the whole.
struct FieldProblem: Sendable {
    let field: String
    let failure: Failure
}

/// The JSON that a form stands for, with all that is wrong in it.
extension DeedForm {
    /// The body of a registration or change, as the API takes it.
    var body: JSONValue {
        guard let change else { return contentBody }
        var object: JSONObject = [
            "act": .string(self["act"]), "change": .string(change.rawValue), "by": .string(self["by"]),
        ]
        object["reason"] = text("reason")
        if self["by"] == ChangeRequester.court.rawValue {
            object["basis"] = .object(members("basis", ["court", "number", "date"]))
        }
        if self["by"] == ChangeRequester.principal.rawValue {
            var claimant = JSONObject()
            claimant[sort("principal")] = text("principal.number")
            object["principal"] = .object(claimant)
        }
        if hasContent { object["content"] = contentBody }
        return .object(object)
    }

    private var contentBody: JSONValue {
        var act: JSONObject = ["type": .string(self["type"])]
        act["document"] = .object(document("document"))
        act["parties"] = .array((0..<partyCount).filter { !isBlankParty($0) }.map(party))
        let attachments = (0..<attachmentCount).filter { !isBlankAttachment($0) }
        if !attachments.isEmpty {
            act["attachments"] = .array(attachments.map { .object(document("attachments[\($0)]")) })
        }
        var details = JSONObject()
        for field in kind?.fields ?? [] { details[field.name] = detail(field) }
        if !details.isEmpty { act["details"] = .object(details) }
        for name in ["validUntil", "propertyNumber", "reference", "note", "place"] { act[name] = text(name) }
        return .object(act)
    }

    /// One line of text; absent when nothing was typed. A text has no line ends: a text area's are blanks.
    private func text(_ name: String) -> JSONValue? {
        let value = self[name]
        return value.isEmpty ? nil : .string(value.split(whereSeparator: \.isNewline).joined(separator: " "))
    }

    private func members(_ path: String, _ names: [String]) -> JSONObject {
        var object = JSONObject()
        for name in names { object[name] = text("\(path).\(name)") }
        return object
    }

    private func sort(_ path: String) -> String {
        let sort = self["\(path).sort"]
        return Identity.keys.contains(sort) ? sort : Identity.keys[0]
    }

    private func document(_ path: String) -> JSONObject {
        var object = members(path, ["sha256", "name", "size"])
        // As it is copied from elsewhere: in groups, in capitals.
        if let digest = object["sha256"]?.string {
            object["sha256"] = .string(digest.filter { !$0.isWhitespace && $0 != ":" }.lowercased())
        }
        if let size = object["size"]?.string?.filter({ !$0.isWhitespace }), let number = Int64(size) {
            object["size"] = JSONValue(number)
        }
        return object
    }

    private func party(_ row: Int) -> JSONValue {
        let path = "parties[\(row)]"
        var object = members(path, ["role", "surname", "lastName", "firstName", "name"])
        object[sort(path)] = text("\(path).number")
        return .object(object)
    }

    private func detail(_ field: ActField) -> JSONValue? {
        let value = self["details.\(field.name)"]
        guard !value.isEmpty else { return nil }
        switch field.type {
        case .texts:
            let lines = value.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
            return .array(lines.map { .string(String($0)) })
        case .flag: return value == "true" ? true : value == "false" ? false : .string(value)
        case .money: return .string(DeedForm.plainAmount(value))
        case .number: return .string(value.filter { !$0.isWhitespace })
        default: return text("details.\(field.name)")
        }
    }

    /// An amount as people write it: blanks and commas between thousands, a comma or a point before the mongo.
    static func plainAmount(_ text: String) -> String {
        let plain = text.filter { !$0.isWhitespace && $0 != "₮" && $0 != "'" }
        let parts = plain.split(separator: ",", omittingEmptySubsequences: false)
        let isDecimal = parts.count == 2 && parts[1].count < 3 && !plain.contains(".")
        return isDecimal ? parts.joined(separator: ".") : parts.joined()
    }

    // MARK: Problems

    /// The rows that the JSON has, by their place there.
    var filledParties: [Int] { (0..<partyCount).filter { !isBlankParty($0) } }
    private var filledAttachments: [Int] { (0..<attachmentCount).filter { !isBlankAttachment($0) } }

    /// Everything that the rules find wrong, each where it is.
    ///
    /// The rules stop at the first problem. So each is put right with something that passes, and they are asked again.
    func problems(today: CivilDate) -> [FieldProblem] {
        var found: [FieldProblem] = []
        var trial = DeedTrial(body, kind: hasContent ? kind : nil, today: today)
        while found.count < 100, let failure = trial.failure {
            let path = trial.path(of: failure)
            let field = self.field(at: path, failure.problem)
            // Several roles may be wanting, but a field has one problem at a time.
            if field == "parties" || !found.contains(where: { $0.field == field }) {
                found.append(FieldProblem(field: field, failure: failure))
            }
            guard trial.mend(path, failure) else { break }
        }
        return found
    }

    /// The field that a path of the JSON stands in.
    func field(at path: String, _ problem: Problem) -> String {
        var parts = path.split(separator: ".", maxSplits: 1).map(String.init)
        guard let first = parts.first else { return "" }
        for (list, rows) in [("parties", filledParties), ("attachments", filledAttachments)] {
            guard first.hasPrefix("\(list)["), let place = Int(first.dropFirst(list.count + 1).dropLast()),
                rows.indices.contains(place)
            else { continue }
            parts[0] = "\(list)[\(rows[place])]"
        }
        if parts.count == 1 {
            if parts[0] == "document" { return "document.sha256" }
            guard parts[0].hasSuffix("]") || parts[0] == "principal" else { return parts[0] }
            return "\(parts[0]).\(problem == .partyNameUnclear ? "name" : "number")"
        }
        if Identity.keys.contains(parts[1]) { return "\(parts[0]).number" }
        // A line of a list.
        if parts[0] == "details", let bracket = parts[1].firstIndex(of: "[") { parts[1] = String(parts[1][..<bracket]) }
        return parts.joined(separator: ".")
    }
}

/// A body that is put right piece by piece, to learn all that is wrong with it.
private struct DeedTrial {
    private var body: JSONValue
    private let kind: ActKind?
    private let today: CivilDate
    private var mended: Set<String> = []

    init(_ body: JSONValue, kind: ActKind?, today: CivilDate) {
        (self.body, self.kind, self.today) = (body, kind, today)
        // Nobody at all: which roles are wanting says more than that the list is empty.
        let content = isChange ? body["content"] : body
        let rules = kind?.roles ?? []
        if content?["parties"]?.array?.isEmpty == true, rules.contains(where: { $0.counts.lowerBound > 0 }),
            let beside = rules.first(where: { $0.counts.lowerBound == 0 })
        {
            put(somebody(beside.role.rawValue), inPartiesOf: content?.object ?? [:])
        }
    }

    private mutating func put(_ party: JSONValue, inPartiesOf content: JSONObject) {
        var content = content
        content["parties"] = .array([party])
        replace(content, isContent: isChange)
    }

    /// - Parameter isContent: whether it stands in the place of a change's content, not of the whole.
    private mutating func replace(_ object: JSONObject, isContent: Bool) {
        guard isContent, var whole = body.object else {
            body = .object(object)
            return
        }
        whole["content"] = .object(object)
        body = .object(whole)
    }

    private var isChange: Bool { body["change"] != nil }

    var failure: Failure? {
        do throws(Failure) {
            if isChange {
                _ = try ChangeDraft.parse(body.bytes, today: today)
            } else {
                _ = try ActDraft.parse(body.bytes, today: today)
            }
            return nil
        } catch {
            return error
        }
    }

    /// Where a problem is; "" for the whole.
    func path(of failure: Failure) -> String {
        switch failure.problem {
        case .actValidityPast, .actValidityOutOfRange: "validUntil"
        case .partyCountInvalid: "parties"
        default: failure.details["path"] ?? ""
        }
    }

    /// - Returns: false when it cannot be put right.
    mutating func mend(_ path: String, _ failure: Failure) -> Bool {
        let path = path.hasPrefix("principal.") ? "principal" : path
        let role = failure.problem == .partyCountInvalid ? failure.details["role"] ?? "" : ""
        guard !path.isEmpty, mended.insert("\(path) \(failure.problem.code) \(role)").inserted else { return false }
        let isOfChange = ["act", "by", "reason", "basis", "principal", "content", "before"].contains {
            path == $0 || path.hasPrefix("\($0).")
        }
        let isContent = isChange && !isOfChange
        var target = (isContent ? body["content"] : body)?.object ?? [:]
        let value = failure.problem == .actFieldUnsuited ? nil : replacement(path, role: role)
        set(value, at: path, of: role, in: &target)
        replace(target, isContent: isContent)
        return true
    }

    private mutating func set(_ value: JSONValue?, at path: String, of role: String, in target: inout JSONObject) {
        let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
        let first = parts[0]
        if first == "parties" {
            let kept = (target["parties"]?.array ?? []).filter { role.isEmpty || $0["role"]?.string != role }
            target["parties"] = .array(kept + [somebody(role)])
        } else if first.hasSuffix("]"), let bracket = first.firstIndex(of: "["),
            let row = Int(first[first.index(after: bracket)...].dropLast())
        {
            let list = String(first[..<bracket])
            guard var rows = target[list]?.array, rows.indices.contains(row) else { return }
            if list == "parties" {
                // A party whose number or name is wrong gets both; a role that does not fit is another's.
                let kept = parts.last == "role" ? nil : rows[row]["role"]?.string
                rows[row] = somebody(kept ?? "")
            } else if var object = rows[row].object {
                object[parts.last ?? ""] = value
                rows[row] = .object(object)
            }
            target[list] = .array(rows)
        } else if parts.count == 2 {
            var object = target[first]?.object ?? [:]
            object[String(parts[1].prefix { $0 != "[" })] = value
            target[first] = .object(object)
        } else {
            target[first] = value
        }
    }

    /// A party that passes; in a role that any number may have when none is given.
    private func somebody(_ role: String) -> JSONValue {
        let widest = kind?.roles.max { $0.counts.upperBound < $1.counts.upperBound }?.role ?? .other
        return ["role": .string(role.isEmpty ? widest.rawValue : role), "foreignId": "0000", "firstName": "x"]
    }

    /// What the rules take at a place.
    private func replacement(_ path: String, role: String) -> JSONValue? {
        switch path {
        case "document": return ["sha256": .string(Digest.zero.description)]
        case "validUntil": return .string("\(kind?.validityRange(from: today)?.lowerBound ?? today)")
        case "reference", "act": return "AA001-2026-000001"
        case "principal": return ["foreignId": "0000"]
        case "basis": return ["court": "x", "number": "x", "date": .string("\(today)")]
        case "by": return .string(ChangeRequester.notary.rawValue)
        default: break
        }
        if path.hasSuffix(".sha256") { return .string(Digest.zero.description) }
        if path.hasSuffix(".size") { return 0 }
        if path.hasSuffix(".date") { return .string("\(today)") }
        guard path.hasPrefix("details.") else { return "x" }
        let name = path.dropFirst("details.".count).prefix { $0 != "[" }
        switch kind?.fields.first(where: { $0.name == name })?.type {
        case .texts: return ["x"]
        case .choice(let choices): return choices.first.map { .string($0.code) }
        case .date: return .string("\(today)")
        case .money: return "0"
        case .number(let range): return JSONValue(range.lowerBound)
        case .flag: return true
        case .text, .actNumber, nil: return "x"
        }
    }
}

extension ActKind {
    /// The last days that an act registered on a day may have; `nil` for any.
    func validityRange(from today: CivilDate) -> ClosedRange<CivilDate>? {
        guard let months = validity.months else { return nil }
        return today.adding(months: months.lowerBound)...today.adding(months: months.upperBound)
    }
}

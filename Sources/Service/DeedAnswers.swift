import CanonicalJSON
import Catalogue
import Deeds
import Filing
import LedgerMerkle
import Signatures

extension PreparedStatement {
    /// `{"statement": what people read, "signed": what is signed, "act" or "change": what is sent with the signature, "warnings": […]}`.
    func json(as name: String) -> JSONValue {
        [
            "statement": .string(statement.openText ?? ""), "signed": .string(statement.text), "\(name)": json,
            "warnings": .array(warnings.map(\.json)),
        ]
    }
}

extension ActWarning {
    var json: JSONValue {
        [
            "reason": .string(reason.rawValue), "act": .string(act.description), "type": .string(type.rawValue),
            "status": .string(status), "registered": JSONValue(registered.unixMilliseconds),
        ]
    }
}

/// The body of a search: one of the numbers of a party, `name`, `document`, `propertyNumber` or `act`; and `before`, `limit`.
struct DeedSearch {
    let query: ActQuery
    let before: String?
    let limit: Int

    init(_ body: [UInt8], today: CivilDate) throws {
        let json = try DeedFiling.parse(body)
        let kinds = Identity.keys + ["name", "act", "document", "propertyNumber"]
        let limits = ["propertyNumber": ActDraft.numberLimit, "name": PaperName.askedLimit]
        let given = json.members.filter { kinds.contains($0.name) && !$0.value.isNull }
        guard given.count == 1, let text = given[0].value.string, !text.isEmpty,
            text.unicodeScalars.count <= limits[given[0].name] ?? 100
        else {
            throw Problem.badRequest(["reason": "give one of \(kinds.joined(separator: ", ")), a text"])
        }
        switch given[0].name {
        case "act": query = .number(text)
        case "name": query = try .name(asked: text, path: "name")
        case "propertyNumber": query = .property(text)
        case "document":
            guard let digest = Digest(hexadecimal: text) else { throw Problem.actDigestInvalid(["path": "document"]) }
            query = .document(digest)
        case let key: query = .party(try Identity(key: key, text, today: today, path: key))
        }
        func number(_ name: String, _ range: ClosedRange<Int64>) throws -> Int64? {
            guard let value = json[name], !value.isNull else { return nil }
            guard let number = value.integer, range.contains(number) else {
                throw Problem.badRequest(["reason": "\(name) is \(range.lowerBound) to \(range.upperBound)"])
            }
            return number
        }
        if let value = json["before"], !value.isNull {
            guard let cursor = value.string else { throw Problem.badRequest(["reason": "before is a text"]) }
            before = cursor
        } else {
            before = nil
        }
        limit = Int(try number("limit", 1...100) ?? 50)
    }
}

extension ActQuery {
    /// - Throws: `act-text-invalid` for what names nobody.
    static func name(asked text: String, path: String) throws(Failure) -> ActQuery {
        guard !PaperName.asked(text).isEmpty else {
            throw Problem.actTextInvalid(["path": path, "limit": "\(PaperName.askedLimit)"])
        }
        return .name(text)
    }
}

extension KnownAct {
    /// A line of a list, with the status at a time, Unix ms.
    func line(at now: UInt64) -> JSONValue {
        let latest = history.changes.map(\.time.unixMilliseconds).max() ?? 0
        let status = history.status(
            at: ActTime(unixMilliseconds: max(now, history.act.time.unixMilliseconds, latest)))
        var object: JSONObject = [
            "act": .string(history.act.number.description), "type": .string(history.content.type.rawValue),
            "status": .string(status.code), "recorded": JSONValue(filed.recorded),
            "document": .string(history.content.document.sha256.description),
            "parties": .array(
                history.content.parties.sorted { $0.name.order < $1.name.order }.map {
                    ["role": .string($0.role.rawValue), "name": .string($0.name.whole)]
                }),
        ]
        object["validUntil"] = history.content.validUntil.map { .string($0.description) }
        object["propertyNumber"] = history.content.propertyNumber.map { .string($0) }
        return .object(object)
    }
}

extension ActPage {
    /// The numbers of all that it shows.
    var numbers: [String] {
        acts.map(\.history.act.number.description) + paper.map(\.number.description)
    }

    func json(at now: UInt64) -> JSONValue {
        var object: JSONObject = [
            "acts": .array(acts.map { $0.line(at: now) }), "paper": .array(paper.map(\.line)),
            "complete": .bool(isWhole),
        ]
        object["next"] = next.map { .string($0) }
        return .object(object)
    }
}

extension BookLine {
    /// The act whose content the line shows.
    var shown: ActNumber? {
        if case .act(let known) = self { known.history.act.number } else { nil }
    }

    func json(at now: UInt64) -> JSONValue {
        switch self {
        case .act(let known): known.line(at: now)
        case .erased(let number): ["act": .string(number.description), "erased": true]
        }
    }
}

extension Office {
    func answer(_ act: FiledAct) -> JSONValue {
        var object: JSONObject = [
            "act": .string("\(act.act.number)"), "accessCode": .string(act.accessCode.printed),
            "index": JSONValue(act.filed.index), "recorded": JSONValue(act.filed.recorded),
            "signed": .string(act.act.signature.scope.rawValue), "level": .string(act.act.signature.level.rawValue),
            "evidence": .string(evidencePath(of: act.filed)),
        ]
        object["fee"] = act.act.fee.map { answer($0) }
        addValidation(of: act.filed, to: &object)
        return .object(object)
    }

    func answer(_ change: FiledChange) -> JSONValue {
        var object: JSONObject = [
            "act": .string("\(change.change.draft.act)"), "change": .string(change.change.draft.change.rawValue),
            "index": JSONValue(change.filed.index), "recorded": JSONValue(change.filed.recorded),
            "evidence": .string(evidencePath(of: change.filed)),
        ]
        addValidation(of: change.filed, to: &object)
        return .object(object)
    }

    /// Where what is too large for the evidence can be read.
    private func addValidation(of record: FiledRecord, to object: inout JSONObject) {
        let paths = validationPaths(of: record)
        if !paths.isEmpty { object["validation"] = .array(paths.map { .string($0) }) }
    }

    /// What somebody with the access code is told.
    func answer(_ report: ActReport) -> JSONValue {
        let content = report.known.history.content
        var object: JSONObject = [
            "act": .string("\(report.act.number)"), "status": .string(report.status.code),
            "type": .string(content.type.rawValue), "document": .string("\(content.document.sha256)"),
            "signed": .string(report.act.signature.scope.rawValue), "recorded": JSONValue(report.known.filed.recorded),
            "asOf": ["size": JSONValue(report.size), "time": JSONValue(report.time)],
            "evidence": .string(evidencePath(of: report.known.filed)),
        ]
        object["validUntil"] = content.validUntil.map { .string($0.description) }
        object["fee"] = report.act.fee.map { answer($0, report.feeState) }
        if case .revoked(let since) = report.status { object["revoked"] = JSONValue(since.unixMilliseconds) }
        if !report.known.changes.isEmpty {
            object["changes"] = .array(
                zip(report.known.history.changes, report.known.changes).map { change, filed in
                    [
                        "change": .string(change.draft.change.rawValue), "by": .string(change.draft.requester.rawValue),
                        "notary": .string(change.notary.text), "recorded": JSONValue(filed.recorded),
                        "index": JSONValue(filed.index), "evidence": .string(evidencePath(of: filed)),
                    ]
                })
        }
        return .object(object)
    }

    /// What the notary who registered an act is told: everything.
    func wholeAnswer(_ report: ActReport) -> JSONValue {
        guard var object = answer(report).object else { return .null }
        object["content"] = report.known.history.content.json
        object["accessCode"] = .string(deeds.accessCode(of: report.known).printed)
        object["state"] =
            StateNotice(
                report.known.history, status: report.status, physicalPath: evidenceLink(of: report.known.filed)
            ).json
        return .object(object)
    }
}

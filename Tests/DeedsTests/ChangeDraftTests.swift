import CanonicalJSON
import Catalogue
import LedgerMerkle
import Testing

@testable import Deeds

@discardableResult
private func read(_ change: JSONObject) throws -> ChangeDraft {
    try ChangeDraft.parse(JSONValue.object(change).bytes, today: today)
}

private let bare: JSONObject = ["act": "NT012-2026-17", "change": "revoked", "reason": "Талууд цуцлав"]

private func with(_ changes: [String: JSONValue?]) -> JSONObject {
    var object = bare
    for (name, value) in changes { object[name] = value }
    return object
}

private let order: JSONValue = ["court": "Шүүх", "number": "102", "date": "2026-11-01"]

/// One of each change, at everybody's request who may ask.
func everyChange() throws -> [ChangeDraft] {
    let content = JSONValue.object(try sampleJSON(.powerOfAttorney))
    var drafts: [ChangeDraft] = []
    for change in ActChange.allCases {
        for requester in ChangeRequester.allCases where requester != .principal || change == .revoked {
            var object = with(["change": .string(change.rawValue), "by": .string(requester.rawValue)])
            if requester == .court { object["basis"] = order }
            if requester == .principal { object["principal"] = ["regnum": "УБ85030412"] }
            if change == .amended || change == .corrected { object["content"] = content }
            drafts.append(try read(object).sealed(with: salt, before: before))
        }
    }
    return drafts
}

@Test func everyChangeIsWrittenAndReadAgain() throws {
    let drafts = try everyChange()
    #expect(Set(drafts.map(\.change)) == Set(ActChange.allCases))
    #expect(Set(drafts.map(\.requester)) == Set(ChangeRequester.allCases))
    for draft in drafts {
        #expect(try ChangeDraft.parse(draft.json.bytes, today: today) == draft)
        #expect(try ChangeDraft.parse(draft.json.canonicalBytes, today: today) == draft)
    }
}

@Test func changeIsBroughtToOneForm() throws {
    let draft = try read(with(["act": " nt012/2026/17 ", "reason": "  Баи\u{306}на "]))
    #expect(draft.act == number && draft.requester == .notary && draft.before == nil && draft.salt == nil)
    #expect(draft.reason == "Байна")
    #expect(draft.json["by"] == "notary")
}

@Test func mistakesOfChangesAreFound() throws {
    try read(bare)
    for name in ["act", "change", "reason"] { expect(.actFieldMissing) { try read(with([name: .some(nil)])) } }
    expect(.actKeyUnknown) { try read(with(["type": "will"])) }
    expect(.actKeyUnknown) { try read(with(["revoked": true])) }
    expect(.actNumberInvalid) { try read(with(["act": "17"])) }
    expect(.actChoiceUnknown) { try read(with(["change": "revoke"])) }
    expect(.actChoiceUnknown) { try read(with(["change": "registered"])) }
    expect(.actChoiceUnknown) { try read(with(["by": "operator"])) }
    expect(.actTextInvalid) { try read(with(["reason": "а\nб"])) }
    expect(.actTextInvalid) { try read(with(["reason": .string(String(repeating: "а", count: 1001))])) }
    expect(.actDigestInvalid) { try read(with(["before": "00"])) }
    expect(.actDigestInvalid) { try read(with(["salt": "00"])) }
    for json in ["", "[]", "null", "{"] {
        #expect(throws: Failure.self) { try ChangeDraft.parse(Array(json.utf8), today: today) }
    }
}

@Test func whoAsksSaysByWhatRight() throws {
    expect(.actFieldMissing) { try read(with(["by": "court"])) }
    expect(.actFieldMissing) { try read(with(["by": "principal"])) }
    for by in ["notary", "parties"] {
        expect(.actFieldUnsuited) { try read(with(["by": .string(by), "basis": order])) }
        expect(.actFieldUnsuited) { try read(with(["by": .string(by), "principal": ["regnum": "УБ85030412"]])) }
    }
    for name in ["court", "number", "date"] {
        var object = try #require(order.object)
        object[name] = nil
        expect(.actFieldMissing) { try read(with(["by": "court", "basis": .object(object)])) }
    }
    expect(.actDateInvalid) {
        try read(with(["by": "court", "basis": ["court": "x", "number": "1", "date": "x"]]))
    }
    expect(.partyIdentityUnclear) { try read(with(["by": "principal", "principal": [:]])) }
    expect(.partyIdentityUnclear) {
        try read(with(["by": "principal", "principal": ["regnum": "УБ85030412", "tin": "37900846788"]]))
    }
    expect(.actKeyUnknown) { try read(with(["by": "principal", "principal": ["firstName": "Бат"]])) }
    // A principal revokes; all else needs the parties together.
    for change in ["amended", "corrected", "opened"] {
        var object = with(["change": .string(change), "by": "principal", "principal": ["regnum": "УБ85030412"]])
        if change != "opened" { object["content"] = .object(try sampleJSON(.powerOfAttorney)) }
        expect(.actFieldUnsuited) { try read(object) }
    }
}

@Test func contentIsThereExactlyWhereItChanges() throws {
    let content = JSONValue.object(try sampleJSON(.powerOfAttorney))
    for change in ["amended", "corrected"] {
        expect(.actFieldMissing) { try read(with(["change": .string(change)])) }
        #expect(try read(with(["change": .string(change), "content": content])).content?.type == .powerOfAttorney)
    }
    for change in ["revoked", "opened"] {
        expect(.actFieldUnsuited) { try read(with(["change": .string(change), "content": content])) }
    }
    // The rules of the kind hold of it, on the day of the change, and it has no salt of its own.
    var act = try sampleJSON(.powerOfAttorney)
    act["validUntil"] = "2026-11-22"
    expect(.actValidityOutOfRange) { try read(with(["change": "amended", "content": .object(act)])) }
    act = try sampleJSON(.powerOfAttorney)
    act["salt"] = .string(String(repeating: "0", count: 64))
    expect(.actFieldUnsuited) { try read(with(["change": "amended", "content": .object(act)])) }
}

@Test func changeStatementNeedsTheEntryBefore() throws {
    var object = bare
    object["salt"] = .string((0..<32).map { hexadecimal([UInt8($0)]) }.joined())
    let draft = try read(object)
    expect(.deedRecordInvalid) { _ = try ActStatement(draft, origin: origin, notary: notary) }
    expect(.deedRecordInvalid) {
        _ = try ChangedAct(notary: notary, draft: draft, signature: signature(), time: moment)
    }
}

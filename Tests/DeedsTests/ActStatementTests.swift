import CanonicalJSON
import Catalogue
import Foundation
import LedgerMerkle
import Testing

@testable import Deeds

private let origin = "example.mn/tamga"

/// A block of FORMATS.md; its texts were made by another program, written from that page.
private func example(_ name: String) throws -> String {
    let page = try String(contentsOf: packageFolder.appendingPathComponent("Ledger/FORMATS.md"), encoding: .utf8)
    let start = try #require(page.range(of: "```text name=\(name)\n"))
    let end = try #require(page.range(of: "```", range: start.upperBound..<page.endIndex))
    return String(page[start.upperBound..<end.lowerBound])
}

private func revocation() throws -> RevocationDraft {
    try RevocationDraft.parse(
        Array(#"{"act":"nt012-2026-17","reason":"Итгэмжлэл олгогч хүсэлт гаргасан"}"#.utf8)
    ).sealed(with: salt)
}

@Test func statementIsTheOneOfTheFormatsPage() throws {
    #expect(try ActStatement(try attorney(), origin: origin, notary: notary).text == example("act-statement-example"))
}

@Test func revocationStatementIsTheOneOfTheFormatsPage() throws {
    let statement = try RevocationStatement(try revocation(), origin: origin, notary: notary)
    #expect(statement.text == (try example("act-revocation-example")))
}

@Test func accessCodeIsTheOneOfTheFormatsPage() throws {
    let code = AccessCode(random: [0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde])
    #expect(code.map { $0.printed + "\n" } == (try example("access-code-example")))
}

@Test func statementNeedsASalt() throws {
    let bare = try ActDraft.parse(try sample("01-power-of-attorney.json"), today: today)
    expect(.actSaltMissing) { _ = try ActStatement(bare, origin: origin, notary: notary) }
}

@Test func statementIsRebuiltWhileThePrivateValuesStayHidden() throws {
    let draft = try attorney()
    let record = try RegisteredAct(number: number, draft: draft, signature: signature(), time: moment)
    let shown = record.fields.filter { DeedField.names(shownTo: .citizen).contains($0.key) }
    #expect(shown["parties"] == nil && shown["salt"] == nil && shown["object"] == nil)
    let signed = try ActStatement(draft, origin: origin, notary: notary)
    #expect(try ActStatement(shown: shown, origin: origin).bytes == signed.bytes)
    #expect(try ActStatement(shown: record.fields, origin: origin).bytes == signed.bytes)
    let text = signed.text
    for secret in ["УБ85030412", "Бат", "Орон сууц", "Ү-2206000123"] { #expect(!text.contains(secret)) }
}

@Test func everyFieldChangesTheStatement() throws {
    let json = try JSONValue(parsing: try sample("01-power-of-attorney.json"))
    let changes: [(String, JSONValue)] = [
        ("type", "contract"), ("powers", ["Төлбөр хүлээн авах"]), ("validUntil", "2046-11-21"), ("validUntil", .null),
        ("object", "Ү-2206000124"), ("reference", "NT012-2026-000001"), ("note", "x"), ("place", .null),
        ("book", ["number": "1187"]), ("powers", .array((json["powers"]?.array ?? []).reversed())),
        ("parties", .array((json["parties"]?.array ?? []).reversed())),
    ]
    var texts: Set<String> = [try ActStatement(try attorney(), origin: origin, notary: notary).text]
    for (name, value) in changes {
        var act = try #require(json.object)
        act[name] = value
        let draft = try ActDraft.parse(JSONValue.object(act).bytes, today: today).sealed(with: salt)
        texts.insert(try ActStatement(draft, origin: origin, notary: notary).text)
    }
    texts.insert(try ActStatement(try attorney(), origin: "another.mn/tamga", notary: notary).text)
    texts.insert(try ActStatement(try attorney(), origin: origin, notary: try NotaryCode("NT013")).text)
    texts.insert(try ActStatement(try attorney().sealed(with: salt.reversed()), origin: origin, notary: notary).text)
    #expect(texts.count == changes.count + 4)
}

@Test func sealsTellWhichShownFieldWasAltered() throws {
    let record = try RegisteredAct(number: number, draft: try attorney(), signature: signature(), time: moment)
    #expect(Seal.disagreement(in: record.fields) == nil)
    for field in ["parties", "powers", "object", "name", "book", "place"] {
        var altered = record.fields
        altered[field] = altered[field]?.replacing("1", with: "2").replacing("а", with: "о")
        #expect(altered[field] != record.fields[field])
        #expect(Seal.disagreement(in: altered) == field)
    }
    var added = record.fields
    added["note"] = "extra"
    #expect(Seal.disagreement(in: added) == "note")
    var removed = record.fields
    removed["powers"] = nil
    #expect(Seal.disagreement(in: removed) == "powers")
    #expect(Seal.disagreement(in: removed, hidden: ["powers"]) == nil)
    #expect(Seal.disagreement(in: record.fields, hidden: ["note"]) == "note")
}

@Test func recordComesBackFromItsFields() throws {
    for scope in [SignedScope.statement, .document] {
        let act = try RegisteredAct(number: number, draft: try attorney(), signature: signature(scope), time: moment)
        var fields = act.fields
        #expect((fields["salt"] == nil) == (scope == .document))
        fields["chain"] = "operator"
        fields["sequence"] = "5"
        fields["note"] = ""
        #expect(try ActRecord(fields: fields) == .registered(act))
    }
    let revoked = try RevokedAct(notary: notary, draft: try revocation(), signature: signature(), time: moment)
    #expect(try ActRecord(fields: revoked.fields) == .revoked(revoked))
    expect(.deedRecordInvalid) {
        _ = try RevokedAct(notary: notary, draft: try revocation(), signature: signature(.document), time: moment)
    }
}

@Test func recordThatIsNotCanonicalIsRefused() throws {
    let act = try RegisteredAct(number: number, draft: try attorney(), signature: signature(), time: moment)
    let changes: [(String, String?)] = [
        ("action", "filed"), ("action", nil), ("act", "nt012-2026-17"), ("notary", "NT013"), ("document", "AB"),
        ("document", act.fields["document"]?.uppercased()), ("type", "wil"), ("parties", "[ ]"), ("parties", nil),
        ("sealed", nil), ("sealed", "party: 00"), ("salt", String(repeating: "0", count: 64)), ("time", "1"),
        ("time", "01+08:00"), ("level", "gold"), ("signed", "document"), ("size", "-1"), ("size", "1.0"),
        ("powers", "[]"), ("colour", "red"), ("validuntil", "2046-11-2"), ("signature", nil), ("object", " a"),
    ]
    for (name, value) in changes {
        var fields = act.fields
        fields[name] = value
        #expect(throws: Failure.self, "\(name)") { try ActRecord(fields: fields) }
    }
}

@Test func everyRecordFieldIsDescribedOnce() throws {
    let names = DeedField.all.map(\.name)
    #expect(Set(names).count == names.count)
    let act = try RegisteredAct(number: number, draft: try attorney(), signature: signature(), time: moment)
    let revoked = try RevokedAct(notary: notary, draft: try revocation(), signature: signature(), time: moment)
    #expect(Set(act.fields.keys).union(revoked.fields.keys).isSubset(of: names))
    #expect(DeedField.names(shownTo: .party) == Set(names).subtracting(ActRecord.chainFields))
    #expect(DeedField.names(shownTo: .auditor) == Set(names))
}

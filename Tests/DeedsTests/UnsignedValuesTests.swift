import CanonicalJSON
import Catalogue
import Evidence
import LedgerMerkle
import Testing

@testable import Deeds

// What somebody could slip past a signature: other values with the same words, values that no line holds, values that nobody compares.

/// Two acts that read the same in the statement, word for word, are two acts.
private func expectOther(_ type: ActType, _ name: String, _ one: JSONValue, _ other: JSONValue) throws {
    var texts: [String] = []
    var drafts: [ActDraft] = []
    for value in [one, other] {
        var act = try sampleJSON(type)
        act[name] = value
        drafts.append(try parse(act))
        texts.append(try text(try parse(act)))
    }
    #expect(drafts[0] != drafts[1])
    let areSame = texts[0] == texts[1]
    #expect(!areSame, "\(name)")
}

@Test func partsOfANameAreSigned() throws {
    func party(_ names: JSONObject, _ number: String) -> JSONValue {
        [
            .object(
                JSONObject(
                    [JSONObject.Member(name: "role", value: "applicant")] + names.members
                        + [JSONObject.Member(name: "tin", value: .string(number))]))
        ]
    }
    let whole = party(["lastName": "Доржийн Бат", "firstName": "Эрдэнэ"], "37900846788")
    try expectOther(.other, "parties", whole, party(["lastName": "Доржийн", "firstName": "Бат Эрдэнэ"], "37900846788"))
    try expectOther(.other, "parties", whole, party(["name": "Доржийн Бат Эрдэнэ"], "37900846788"))
    try expectOther(
        .other, "parties", party(["surname": "А", "lastName": "Б", "firstName": "В"], "37900846788"),
        party(["lastName": "А овогт Б", "firstName": "В"], "37900846788"))
}

@Test func nameAndSizeOfAnAttachmentAreSigned() throws {
    let digest = JSONValue.string("\(SHA256.hash([1]))")
    try expectOther(
        .other, "attachments", [["sha256": digest, "name": "а", "size": 5]],
        [["sha256": digest, "name": "а, 5 байт"]])
}

@Test func partsOfACourtOrderAreSigned() throws {
    func order(_ court: String, _ date: String, _ number: String) throws -> String {
        let draft = try change([
            "change": "revoked", "by": "court", "reason": "x",
            "basis": ["court": .string(court), "date": .string(date), "number": .string(number)],
        ])
        return try ActStatement(draft, origin: origin, notary: notary).text
    }
    #expect(try order("а", "2026-01-01", "1, 2026-02-02, № 2") != order("а, 2026-01-01, № 1", "2026-02-02", "2"))
}

/// Public fields that no line of the statement holds are nobody's word, yet `--document` and people read them.
@Test func publicFieldsThatNobodySignedAreFound() throws {
    let chamber = try Chamber()
    let ended = try SignedFields(chamber, try revocation())
    for (name, value) in [("document", "\(SHA256.hash([5]))"), ("validuntil", "2030-01-01")] {
        #expect(try ended.check(altered: [name: value], shownTo: .citizen).outcome == .invalid, "\(name)")
    }
    let filed = try SignedFields(chamber, try parse(try sampleJSON(.powerOfAttorney)))
    for (name, value) in [("by", "court"), ("before", "\(before)"), ("ranges", "0 1 2 3")] {
        #expect(try filed.check(altered: [name: value], shownTo: .citizen).outcome == .invalid, "\(name)")
    }
}

/// Where private values are shown and the salt is not, nobody can compare them.
@Test func shownValuesWithoutTheSaltAreNotCalledSigned() throws {
    let signed = try SignedFields(try Chamber(), try parse(try sampleJSON(.powerOfAttorney)))
    let parties = #"[{"firstName":"Хулгайч","lastName":"Доржийн","regnum":"УБ85030412","role":"principal"}]"#
    #expect(try signed.check(altered: ["parties": parties, "salt": nil]).outcome == .undecided)
    var fields = signed.fields
    fields["parties"] = parties
    let shown = try SignedFields.disclosure(fields).showingOnly(DeedField.names(shownTo: .party).subtracting(["salt"]))
    #expect(try signed.check(shown).outcome == .undecided)
}

/// A hidden field of one line accounts for one line, in its place, and not for what another field lost.
@Test func hiddenFieldDoesNotCoverAnotherThatIsGone() throws {
    var fields = try registered(try parse(try wholeAct(ActKind.of(.contract)))).fields()
    let list = try #require(try JSONValue(parsing: fields["parties"] ?? "").array)
    fields["place"] = nil
    var gone = fields
    gone["note"] = nil
    #expect(ActStatement.disagreement(in: gone, hidden: ["place"]) != nil)
    gone = fields
    gone["parties"] = JSONValue.array(list.dropLast()).canonicalText
    #expect(ActStatement.disagreement(in: gone, hidden: ["place"]) != nil)
}

/// The sign between the parts of a value, and the one that guards it, may stand in a part.
@Test func signsBetweenPartsMayStandInThem() throws {
    func digest(_ byte: UInt8) -> JSONValue { .string("\(SHA256.hash([byte]))") }
    let names = [
        "а", "а | 5 байт", "а \\", "а \\|", "а |", "а \\| 5 байт", "а \\\\|", "\\", "|", "||", "|\u{301}", "нэр а",
        "5 байт",
    ]
    var texts: Set<String> = []
    for name in names {
        for size in [nil, 5 as Int64?] {
            var attachment: JSONObject = ["sha256": digest(1), "name": .string(name)]
            attachment["size"] = size.map { JSONValue($0) }
            var act = try sampleJSON(.other)
            act["attachments"] = [.object(attachment)]
            let statement = try ActStatement(try parse(act).sealed(with: salt), origin: origin, notary: notary)
            texts.insert(try #require(statement.openText))
        }
    }
    #expect(texts.count == 2 * names.count)
    #expect(texts.contains { $0.contains("* Хавсралт: нэр а \\| 5 байт | SHA-256 ") })
    #expect(texts.contains { $0.contains("* Хавсралт: нэр а \\\\ | 5 байт | SHA-256 ") })
}

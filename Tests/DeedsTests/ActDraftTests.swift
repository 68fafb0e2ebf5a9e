import CanonicalJSON
import Catalogue
import LedgerMerkle
import Testing

@testable import Deeds

private let base: JSONObject = [
    "document": ["sha256": .string(String(repeating: "ab", count: 32))], "type": "other",
    "parties": [["role": "applicant", "lastName": "Цэндийн", "firstName": "Дорж", "regnum": "УБ45051250"]],
    "details": ["title": "Тодорхойлолт", "law": "Нотариатын тухай хууль"],
]

/// Parses the base act with members replaced or added, and those of its first party.
@discardableResult
private func read(_ changes: [String: JSONValue] = [:], party: [String: JSONValue?] = [:]) throws -> ActDraft {
    var act = base
    var first = try #require(act["parties"]?.array?[0].object)
    for (name, value) in party { first[name] = value }
    act["parties"] = [.object(first)]
    for (name, value) in changes { act[name] = value }
    return try parse(act)
}

@Test(arguments: ActType.allCases)
func sampleDeedIsReadAndFitsItsDocument(type: ActType) throws {
    let name = try #require(sampleNames[type])
    let draft = try parse(try sampleJSON(type))
    let document = try sample(name + ".txt")
    #expect(draft.type == type)
    #expect(draft.document.sha256 == SHA256.hash(document))
    #expect(draft.document.size == Int64(document.count))
    #expect(draft.document.name == name + ".txt")
    #expect(try ActDraft.parse(draft.json.bytes, today: today) == draft)
}

@Test(arguments: ActKind.all)
func wholeActIsWrittenAndReadAgain(kind: ActKind) throws {
    let draft = try parse(try wholeAct(kind))
    #expect(draft.details.values.count == kind.fields.count)
    #expect(Set(draft.parties.map(\.role)) == Set(kind.roles.map(\.role)))
    let sealed = draft.sealed(with: salt)
    #expect(try ActDraft.parse(sealed.json.bytes, today: today) == sealed)
    #expect(try ActDraft.parse(draft.json.canonicalBytes, today: today) == draft)
}

@Test func mistakesAreNamedByPlace() throws {
    try read()
    expect(.actKeyUnknown) { try read(["validuntil": "2027-01-01"]) }
    expect(.actKeyUnknown) { try read(party: ["rol": "heir"]) }
    expect(.actKeyUnknown) { try read(party: ["registerNumber": "УБ45051250"]) }
    expect(.actKeyUnknown) { try read(["document": ["sha256": "00", "hash": ""]]) }
    expect(.actKeyUnknown) { try read(["details": ["title": "x", "law": "y", "Law": "z"]]) }
    for old in ["powers", "object", "book"] { expect(.actKeyUnknown) { try read([old: "x"]) } }
    expect(.actFieldMissing) { try read(["type": .null]) }
    expect(.actFieldMissing) { try read(["parties": .null]) }
    expect(.actFieldMissing) { try read(["details": .null]) }
    expect(.actFieldMissing) { try read(["document": .null]) }
    expect(.actFieldMissing) { try read(["document": ["name": "x"]]) }
    expect(.actFieldMissing) { try read(party: ["role": .some(nil)]) }
    expect(.actFieldOfWrongType) { try read(["note": 5]) }
    expect(.actFieldOfWrongType) { try read(["parties": "Дорж"]) }
    expect(.actFieldOfWrongType) { try read(["parties": ["Дорж"]]) }
    expect(.actFieldOfWrongType) { try read(["details": ["title"]]) }
    expect(.actFieldOfWrongType) { try read(["attachments": [:]]) }
    for size: JSONValue in [-1, "5", .number(JSONNumber("1.5")!)] {
        expect(.actFieldOfWrongType) {
            try read(["document": ["sha256": .string(String(repeating: "a", count: 64)), "size": size]])
        }
    }
    expect(.actCountInvalid) { try read(["parties": []]) }
    let party = try #require(base["parties"]?.array?[0])
    expect(.actCountInvalid) { try read(["parties": .array(Array(repeating: party, count: 101))]) }
    let attachment: JSONValue = ["sha256": .string(String(repeating: "a", count: 64))]
    #expect(try read(["attachments": .array(Array(repeating: attachment, count: 50))]).attachments.count == 50)
    expect(.actCountInvalid) { try read(["attachments": .array(Array(repeating: attachment, count: 51))]) }
    expect(.actDigestInvalid) { try read(["document": ["sha256": "abcd"]]) }
    expect(.actDigestInvalid) { try read(["attachments": [["sha256": "abcd"]]]) }
    expect(.actDigestInvalid) { try read(["salt": "00"]) }
    expect(.actTypeUnknown) { try read(["type": "Will"]) }
    expect(.partyRoleUnknown) { try read(party: ["role": "boss"]) }
    expect(.actDateInvalid) { try read(["validUntil": "2027-02-30"]) }
    expect(.actNumberInvalid) { try read(["reference": "17"]) }
    for text in [
        "", "  ", "а\nб", "а\r\nб", "а\u{202e}б", "а\u{e000}", "а\u{0}", "\u{2028}", "\u{85}", "а\u{200b}",
        String(repeating: "а", count: 2001),
    ] {
        expect(.actTextInvalid) { try read(["note": .string(text)]) }
    }
    let whole = JSONValue.object(base).canonicalText
    for json in ["", "[]", "{", "null", whole + "x", String(repeating: "[", count: 100)] {
        #expect(throws: Failure.self) { try ActDraft.parse(Array(json.utf8), today: today) }
    }
}

@Test func mistakeTellsWhereItStands() throws {
    func place(_ body: () throws -> Void) -> String {
        let failure = #expect(throws: Failure.self) { try body() }
        return failure?.description ?? ""
    }
    #expect(place { try read(party: ["tin": "1"]) }.contains("parties[0]"))
    #expect(place { try read(["details": ["title": "x"]]) }.contains("details.law"))
    #expect(
        place { try read(["details": ["title": "x", "law": "y", "contents": ["a", ""]]]) }
            .contains("details.contents[1]"))
    #expect(place { try read(["attachments": [["sha256": "x"]]]) }.contains("attachments[0].sha256"))
    // A name that nobody can read is not repeated.
    #expect(!place { try read(["\u{202e}x": 1]) }.contains("\u{202e}"))
}

@Test func messagesNeverHoldThePersonalValue() {
    for (key, number) in [
        ("regnum", "УБ95139950"), ("regnum", "УБ951250"), ("civilId", "21353564576"),
        ("organisationNumber", "60195091"),
        ("tin", "123456789"), ("foreignId", "Ж9513"),
    ] {
        var members: [String: JSONValue?] = ["regnum": .some(nil)]
        members[key] = .some(.string(number))
        let failure = #expect(throws: Failure.self) { try read(party: members) }
        for text in [failure?.description, failure?.message(.mn), failure?.message(.en)] {
            #expect(text?.contains(number) == false)
            #expect(text?.contains("parties[0].\(key)") == true)
        }
    }
}

@Test func textsAreBroughtToOneForm() throws {
    let draft = try read(["note": "  Баи\u{306}гаа \u{1820}\u{180e}\u{1820}\u{180b} "])
    #expect(Array((draft.note ?? "").utf8) == Array("Байгаа \u{1820}\u{180e}\u{1820}\u{180b}".utf8))
    let act = try read([
        "propertyNumber": " ү – 2206 000123 ", "reference": "nt012/2026/3",
        "document": ["sha256": .string(String(repeating: "AB", count: 32))],
    ])
    #expect(act.propertyNumber == "Ү-2206000123")
    #expect(act.reference?.description == "NT012-2026-000003")
    #expect(act.document.sha256.description == String(repeating: "ab", count: 32))
}

@Test func propertyNumberIsBoundedAsItIsKept() throws {
    // Capitals may be longer than what was typed: six bytes for two here.
    let long = JSONValue.string(String(repeating: "\u{390}", count: 100))
    expect(.actTextInvalid) { try read(["propertyNumber": long]) }
    let short = try read(["propertyNumber": .string(String(repeating: "\u{390}", count: 33))])
    #expect(try ActDraft.parse(short.json.bytes, today: today) == short)
}

@Test func absentNullAndEmptyListsAreTheSame() throws {
    let bare = try read()
    let nulls = try read([
        "note": .null, "attachments": [], "place": .null, "validUntil": .null,
        "details": ["title": "Тодорхойлолт", "law": "Нотариатын тухай хууль", "contents": []],
    ])
    #expect(nulls == bare)
    #expect(nulls.json == bare.json)
}

@Test func actCutAtAnyByteIsRefused() throws {
    let json = try sample("01-power-of-attorney.json")
    for length in 0..<(json.count - 2) {
        #expect(throws: Failure.self) { try ActDraft.parse(Array(json.prefix(length)), today: today) }
    }
}

@Test func actThatIsTooLongIsRefused() throws {
    let json = JSONValue.object(base).bytes
    #expect(throws: Failure.self) {
        try ActDraft.parse(json + [UInt8](repeating: 0x20, count: ActDraft.byteLimit), today: today)
    }
}

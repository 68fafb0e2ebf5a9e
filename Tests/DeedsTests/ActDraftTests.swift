import CanonicalJSON
import Catalogue
import Foundation
import LedgerMerkle
import Testing

@testable import Deeds

private let base = """
    {"document":{"sha256":"\(String(repeating: "ab", count: 32))"},"type":"will",
     "parties":[{"role":"testator","name":"Дорж","registerNumber":"УБ45051250"}]}
    """

/// Parses the base act with members replaced or added.
@discardableResult
private func parse(_ changes: [String: JSONValue] = [:], party: [String: JSONValue?] = [:]) throws -> ActDraft {
    var act = try #require(try JSONValue(parsing: base).object)
    var first = try #require(act["parties"]?.array?[0].object)
    for (name, value) in party { first[name] = value }
    act["parties"] = [.object(first)]
    for (name, value) in changes { act[name] = value }
    return try ActDraft.parse(JSONValue.object(act).bytes, today: today)
}

@Test(arguments: ["01-power-of-attorney", "02-vehicle-sale", "03-translation"])
func sampleDeedIsReadAndFitsItsDocument(name: String) throws {
    let draft = try ActDraft.parse(try sample(name + ".json"), today: today)
    let document = try sample(name + ".txt")
    #expect(draft.document.sha256 == SHA256.hash(document))
    #expect(draft.document.size == Int64(document.count))
    #expect(try ActDraft.parse(draft.json.bytes, today: today) == draft)
}

@Test func mistakesAreNamedByPlace() throws {
    try parse()
    expect(.actKeyUnknown) { try parse(["validuntil": "2027-01-01"]) }
    expect(.actKeyUnknown) { try parse(party: ["rol": "heir"]) }
    expect(.actKeyUnknown) { try parse(["document": ["sha256": "00", "hash": ""]]) }
    expect(.actFieldMissing) { try parse(["type": .null]) }
    expect(.actFieldMissing) { try parse(["parties": .null]) }
    expect(.actFieldMissing) { try parse(party: ["name": .some(nil)]) }
    expect(.actFieldOfWrongType) { try parse(["note": 5]) }
    expect(.actFieldOfWrongType) { try parse(["parties": "Дорж"]) }
    expect(.actFieldOfWrongType) {
        try parse(["document": ["sha256": .string(String(repeating: "a", count: 64)), "size": -1]])
    }
    expect(.actCountInvalid) { try parse(["parties": []]) }
    expect(.actCountInvalid) { try parse(["powers": .array(Array(repeating: "а", count: 101))]) }
    expect(.actDigestInvalid) { try parse(["document": ["sha256": "abcd"]]) }
    expect(.actDigestInvalid) { try parse(["salt": "00"]) }
    expect(.actTypeUnknown) { try parse(["type": "Will"]) }
    expect(.partyRoleUnknown) { try parse(party: ["role": "boss"]) }
    expect(.partyIdentityUnclear) { try parse(party: ["registerNumber": .some(nil)]) }
    expect(.partyIdentityUnclear) { try parse(party: ["tin": "37900846788"]) }
    expect(.taxNumberInvalid) { try parse(party: ["registerNumber": .some(nil), "tin": "123"]) }
    expect(.organisationNumberInvalid) {
        try parse(party: ["registerNumber": .some(nil), "organisationNumber": "60195091"])
    }
    expect(.foreignNumberInvalid) { try parse(party: ["registerNumber": .some(nil), "foreignId": "Ж1"]) }
    expect(.actDateInvalid) { try parse(["validUntil": "2027-02-30"]) }
    expect(.actValidityPast) { try parse(["validUntil": "2026-11-20"]) }
    expect(.actNumberInvalid) { try parse(["reference": "17"]) }
    expect(.attorneyPartiesMissing) { try parse(["type": "power-of-attorney"]) }
    for text in [
        "", "  ", "а\nб", "а\u{202e}б", "а\u{e000}", "а\u{0}", "\u{2028}", String(repeating: "а", count: 2001),
    ] {
        expect(.actTextInvalid) { try parse(["note": .string(text)]) }
    }
    for json in ["", "[]", "{", "null", base + "x", String(repeating: "[", count: 100)] {
        #expect(throws: Failure.self) { try ActDraft.parse(Array(json.utf8), today: today) }
    }
}

@Test func messagesNeverHoldThePersonalValue() {
    let failure = #expect(throws: Failure.self) { try parse(party: ["registerNumber": "УБ95139950"]) }
    #expect(failure?.description.contains("9513") == false)
    #expect(failure?.description.contains("parties[0].registerNumber") == true)
    #expect(failure?.message(.mn).contains("parties[0].registerNumber") == true)
}

@Test func textsAreBroughtToOneForm() throws {
    let draft = try parse(["note": "  Баи\u{306}гаа \u{1820}\u{180e}\u{1820}\u{180b} "])
    #expect(Array((draft.note ?? "").utf8) == Array("Байгаа \u{1820}\u{180e}\u{1820}\u{180b}".utf8))
}

@Test func actCutAtAnyByteIsRefused() throws {
    let json = try sample("01-power-of-attorney.json")
    for length in 0..<(json.count - 2) {
        #expect(throws: Failure.self) { try ActDraft.parse(Array(json.prefix(length)), today: today) }
    }
}

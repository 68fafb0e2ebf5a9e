import CanonicalJSON
import Catalogue
import LedgerMerkle
import Testing

@testable import Deeds

private func whole() throws -> [String: String] {
    try registered(try parse(try wholeAct(ActKind.of(.contract)))).fields()
}

private func list(_ json: String?) throws -> [JSONValue] {
    let text = try #require(json)
    return try #require(try JSONValue(parsing: text).array)
}

private func reversed(_ json: String?) throws -> String {
    let list = try list(json)
    return JSONValue.array(list.reversed()).canonicalText
}

private func dropping(_ json: String?, first: Bool = false) throws -> String {
    let list = try list(json)
    return JSONValue.array(Array(first ? list.dropFirst() : list.dropLast())).canonicalText
}

@Test func wholeRecordAgreesWithWhatWasSigned() throws {
    for kind in ActKind.all {
        #expect(ActStatement.disagreement(in: try registered(try parse(try wholeAct(kind))).fields()) == nil)
    }
    for draft in try everyChange() {
        let changed = try ChangedAct(notary: notary, draft: draft, signature: signature(), time: moment)
        #expect(ActStatement.disagreement(in: try changed.fields()) == nil)
    }
    let fields = try whole()
    // Nothing to compare with where only the document was signed, and nothing to compare where no salt is known.
    #expect(ActStatement.disagreement(in: fields.filter { $0.key != "sealed" }) == nil)
    let citizen = fields.filter { DeedField.names(shownTo: .citizen).contains($0.key) }
    #expect(ActStatement.disagreement(in: citizen, hidden: Set(fields.keys).subtracting(citizen.keys)) == nil)
}

@Test func alteredFieldIsNamed() throws {
    let good = try whole()
    let others: [String: String] = [
        "parties": try reversed(good["parties"]), "property": "Ү-2206000124", "reference": "NT012-2026-000004",
        "note": "Өөр", "name": "Өөр.pdf", "size": "4097", "attachments": try reversed(good["attachments"]),
        "place": "Дархан",
        "details": try #require(good["details"]).replacing("112000000.00", with: "112000000.01"),
    ]
    #expect(
        Set(others.keys) == Set(SealedField.allCases.map(\.rawValue)).subtracting(["reason", "basis", "principal"]))
    for (field, value) in others {
        var altered = good
        #expect(altered[field] != value)
        altered[field] = value
        #expect(ActStatement.disagreement(in: altered) == field)
        // The same while any other field is hidden.
        for other in others.keys where other != field {
            var fewer = altered
            fewer[other] = nil
            #expect(ActStatement.disagreement(in: fewer, hidden: [other]) == field, "\(field) without \(other)")
        }
    }
}

@Test func fieldThatIsNotOfItsFormIsNamed() throws {
    for (field, value) in [
        ("parties", "x"), ("parties", "[{}]"), ("details", "[]"), ("attachments", "[5]"),
    ] {
        var altered = try whole()
        altered[field] = value
        #expect(ActStatement.disagreement(in: altered) == field)
    }
    for (field, value) in [("sealed", "x"), ("sealed", "00"), ("salt", "x"), ("salt", "00")] {
        var altered = try whole()
        altered[field] = value
        #expect(ActStatement.disagreement(in: altered) == field)
    }
}

@Test func addedAndRemovedFieldsAreFound() throws {
    let good = try whole()
    for field in SealedField.allCases.map(\.rawValue) where good[field] != nil {
        var fewer = good
        fewer[field] = nil
        #expect(ActStatement.disagreement(in: fewer) != nil, "\(field)")
        #expect(ActStatement.disagreement(in: fewer, hidden: [field]) == nil, "\(field)")
    }
    for (field, value) in [
        ("reason", "x"), ("principal", #"{"regnum":"УБ85030412"}"#),
        ("basis", #"{"court":"x","date":"2026-11-01","number":"1"}"#),
    ] {
        var more = good
        more[field] = value
        #expect(ActStatement.disagreement(in: more) == field)
    }
    var bare = try registered(try parse(try sampleJSON(.powerOfAttorney))).fields()
    bare["note"] = "extra"
    #expect(ActStatement.disagreement(in: bare) == "note")
    #expect(ActStatement.disagreement(in: bare, hidden: ["place"]) == "note")
}

@Test func valuesOfTwoFieldsCannotBeSwapped() throws {
    let good = try whole()
    let texts = ["property", "note", "name", "place"]
    for (one, other) in zip(texts, texts.dropFirst() + texts.prefix(1)) {
        var swapped = good
        swapped[one] = good[other]
        swapped[other] = good[one]
        #expect(ActStatement.disagreement(in: swapped) != nil)
    }
}

@Test func linesCannotBeTakenAwayOrReordered() throws {
    let good = try whole()
    let lines = try #require(good["sealed"]).split(separator: "\n").map(String.init)
    for place in lines.indices {
        var fewer = good
        var rest = lines
        rest.remove(at: place)
        fewer["sealed"] = rest.joined(separator: "\n")
        #expect(ActStatement.disagreement(in: fewer) != nil)
        guard place > 0 else { continue }
        var turned = lines
        turned.swapAt(place, place - 1)
        fewer["sealed"] = turned.joined(separator: "\n")
        #expect(ActStatement.disagreement(in: fewer) != nil)
        fewer["sealed"] = (lines + [lines[place]]).joined(separator: "\n")
        #expect(ActStatement.disagreement(in: fewer) == "sealed")
    }
}

@Test func partiesAreAllThereAndInTheirOrder() throws {
    let good = try whole()
    for changed in [
        try reversed(good["parties"]), try dropping(good["parties"]), try dropping(good["parties"], first: true),
    ] {
        var altered = good
        altered["parties"] = changed
        #expect(ActStatement.disagreement(in: altered) != nil)
    }
}

@Test func anyFieldsMayBeHidden() throws {
    let good = try whole()
    let names = SealedField.allCases.map(\.rawValue).filter { good[$0] != nil }
    for mask in 0..<(1 << names.count) {
        let hidden = Set(names.enumerated().filter { mask >> $0.offset & 1 == 1 }.map(\.element))
        #expect(ActStatement.disagreement(in: good.filter { !hidden.contains($0.key) }, hidden: hidden) == nil)
    }
}

import CanonicalJSON
import Catalogue
import LedgerMerkle
import Testing

@testable import Deeds

// Entries of register books on paper.

private let headings = [
    "kind", "bookNumber", "bookDate", "lastName", "firstName", "regnum", "role", "organisation 2", "propertyNumber",
    "validUntil", "place", "note", "scan", "corrects",
]

private let good: [String: String] = [
    "kind": "contract", "bookNumber": " 1187/2 ", "bookDate": "2015.3.9.", "lastName": "Доржийн", "firstName": "Бат",
    "regnum": "уб 85030412", "role": "худалдагч", "organisation 2": "«Загвар» ХХК", "propertyNumber": "ү - 2206000123",
    "validUntil": "2020/01/31", "place": "Дархан", "note": "Тэмдэглэл",
    "scan": String(repeating: "AB", count: 32),
]

private func read(_ changes: [String: String?] = [:]) throws -> PaperRow {
    var values = good
    for (name, value) in changes { values[name] = value }
    return try PaperColumns(headings).read(headings.map { values[$0] ?? "" }, today: today)
}

/// The fields of an entry that has all that an entry may have.
func paperFields() throws -> [String: String] {
    RegisteredPaper(
        number: try PaperNumber("NT012-P2015-000034"), act: try read().act,
        corrects: try PaperNumber("NT012-P2014-000001"), time: ActTime(unixMilliseconds: 1_795_300_000_000)
    ).fields
}

@Test func rowIsBroughtToCanonicalForm() throws {
    let act = try read().act
    #expect(act.type == .contract && act.entry.number == "1187/2" && act.entry.date.description == "2015-03-09")
    #expect(act.parties.map(\.name.whole) == ["Доржийн Бат", "«Загвар» ХХК"])
    #expect(act.parties.map(\.role) == [.seller, nil] && act.parties[0].identity?.text == "УБ85030412")
    #expect(act.propertyNumber == "Ү-2206000123" && act.validUntil?.description == "2020-01-31")
    #expect(act.scan?.description == String(repeating: "ab", count: 32) && act.place == "Дархан")
    #expect(act.engagesProperty && !act.isClosed)
    let bare = try read([
        "lastName": nil, "regnum": nil, "role": nil, "organisation 2": nil, "propertyNumber": nil, "validUntil": nil,
        "place": nil, "note": nil, "scan": nil,
    ]).act
    #expect(bare.parties.count == 1 && bare.parties[0].identity == nil && !bare.engagesProperty)
}

@Test func everyWordForAKindIsUnderstood() throws {
    for type in ActType.allCases {
        for name in [type.rawValue, type.label.mn, type.label.en, type.label.mn.uppercased()] {
            #expect(try read(["kind": name]).act.type == type, "\(name)")
        }
    }
    #expect(try read(["kind": "Гэрээслэл"]).act.isClosed)
}

@Test func rowThatIsWrongNamesItsColumn() throws {
    let cases: [(String, String?, Problem)] = [
        ("kind", "x", .paperKindUnknown), ("kind", nil, .actFieldMissing), ("bookNumber", nil, .actFieldMissing),
        ("bookNumber", "–", .actTextInvalid), ("bookDate", nil, .actFieldMissing),
        ("bookDate", "9.3.2015", .paperDateInvalid), ("bookDate", "2015-02-29", .paperDateInvalid),
        ("bookDate", "1899-12-31", .paperDateOutOfRange), ("bookDate", "2999-01-01", .paperDateOutOfRange),
        ("role", "x", .partyRoleUnknown), ("regnum", "УБ8503041", .registerNumberInvalid),
        ("firstName", nil, .paperPartyUnclear), ("validUntil", "soon", .paperDateInvalid),
        ("propertyNumber", "---", .actTextInvalid), ("note", "a\nb", .actTextInvalid),
        ("scan", "00", .actDigestInvalid),
        ("place", String(repeating: "x", count: 201), .actTextInvalid),
        ("corrects", "NT012-2015-000001", .paperNumberInvalid),
    ]
    for (column, value, problem) in cases {
        do {
            _ = try read([column: value])
            Issue.record("\(column) = \(value ?? "nil") is taken")
        } catch let failure as Failure {
            #expect(failure.problem == problem, "\(column) = \(value ?? "nil"): \(failure)")
            #expect(failure.details["path"] == column, "\(failure)")
        }
    }
    // Personal numbers never get into a message.
    do { _ = try read(["regnum": "УБ85933412"]) } catch let failure as Failure { #expect(!"\(failure)".contains("УБ")) }
}

@Test func headingsAreKnownInBothLanguages() throws {
    for language in Language.allCases {
        let template = PaperColumn.template(language)
        #expect(Set(template).count == template.count && template.count == 29)
        _ = try PaperColumns(template)
    }
    _ = try PaperColumns(["ҮЙЛДЭЛ", " дэвтрийн  дугаар", "Огноо", "Нэр2", "Эцэг, эхийн нэр 20", "", ""])
    func expect(_ problem: Problem, _ row: [String]) {
        #expect(throws: Failure.self) { try PaperColumns(row) }
        do { _ = try PaperColumns(row) } catch { #expect(error.problem == problem) }
    }
    expect(.paperColumnUnknown, ["kind", "bookNumber", "bookDate", "colour"])
    expect(.paperColumnUnknown, ["kind", "bookNumber", "bookDate", "firstName 21"])
    expect(.paperColumnUnknown, ["kind", "bookNumber", "bookDate", "firstName 0"])
    expect(.paperColumnTwice, ["kind", "Үйлдэл", "bookNumber", "bookDate"])
    expect(.paperColumnTwice, ["kind", "bookNumber", "bookDate", "firstName", "Нэр 1"])
    expect(.paperColumnMissing, ["kind", "bookDate"])
    let columns = try PaperColumns(["kind", "bookNumber", "bookDate", "firstName"])
    #expect(throws: Failure.self) { try columns.read(["other", "1", "2015-01-01", "Бат", "x"], today: today) }
}

@Test func numbersOfPaperAndOfActsAreNeverTakenForEachOther() throws {
    let paper = try PaperNumber("nt012 – р2015 – 34")
    #expect(paper.description == "NT012-P2015-000034")
    #expect(try PaperNumber(paper.description) == paper)
    #expect(throws: Failure.self) { try ActNumber(paper.description) }
    for text in [
        "NT012-2015-000034", "NT012-P1899-000001", "NT012-P2015-0", "NT012-X2015-1", "NT012-PP2015-1", "P2015-1",
    ] {
        #expect(throws: Failure.self) { try PaperNumber(text) }
    }
    #expect(try DeedNumber("NT012-P2015-34") == .paper(paper))
    #expect(try DeedNumber("NT012-2026-17").description == "NT012-2026-000017")
}

@Test func oneNumberOfABookIsOneHoweverItIsTyped() throws {
    func folded(_ number: String) throws -> String { try read(["bookNumber": number]).act.entry.folded }
    #expect(try folded("0034") == folded("34"))
    #expect(try folded("А-034/07") == folded(" a - 34/7"))
    #expect(try folded("340") != folded("34"))
    #expect(try folded("1/12") != folded("11/2"))
    #expect(try folded("0") == "0")
}

@Test func recordFromPaperIsReadBackStrictly() throws {
    let act = try read().act
    let number = try PaperNumber("NT012-P2015-000034")
    let corrects = try PaperNumber("NT012-P2014-000001")
    for earlier in [nil, corrects] {
        let paper = RegisteredPaper(
            number: number, act: act, corrects: earlier, time: ActTime(unixMilliseconds: 1_795_300_000_000))
        #expect(paper.fields["signed"] == nil && paper.fields["signature"] == nil && paper.fields["sealed"] == nil)
        #expect(try ActRecord(fields: paper.fields) == .paper(paper))
        for name in Set(paper.fields.keys).subtracting(["action", "note", "place"]) {
            #expect(throws: Failure.self, "\(name)") {
                try ActRecord(fields: paper.fields.merging([name: "x"]) { _, new in new })
            }
        }
        for (name, value) in [
            ("signed", "statement"), ("signature", "\(SHA256.hash([]))"), ("salt", "00"), ("notary", "NT013"),
            ("name", "x"),
            ("act", "NT012-2015-000034"), ("paper", #"{"bookNumber":"1","bookDate":"2015-03-09"}"#), ("parties", "[]"),
            ("paper", #"{"bookDate":"1899-03-09","bookNumber":"1"}"#), ("before", "\(SHA256.hash([]))"),
        ] {
            #expect(throws: Failure.self, "\(name)") {
                try ActRecord(fields: paper.fields.merging([name: value]) { _, new in new })
            }
        }
        // Nobody makes an act of it, nor a statement.
        #expect(throws: Failure.self) {
            try ActRecord(fields: paper.fields.merging(["action": "registered"]) { _, new in new })
        }
        #expect(throws: Failure.self) { try ActStatement(shown: paper.fields, origin: "example.mn/tamga") }
    }
}

@Test func differencesNameTheColumns() throws {
    let act = try read().act
    #expect(try act.differences(from: read(["bookNumber": "01187/02"]).act) == [])
    #expect(
        try act.differences(
            from: read(["kind": "other", "firstName": "Болд", "note": nil, "bookDate": "2015-03-10"]).act)
            == ["kind", "bookDate", "parties", "note"])
}

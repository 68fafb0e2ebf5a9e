import CanonicalJSON
import Catalogue
import Testing

@testable import Deeds

/// A field of a kind read alone: the other required ones are there.
private func read(_ type: ActType, _ name: String, _ value: JSONValue) throws -> JSONValue? {
    var act = try wholeAct(ActKind.of(type))
    var details = try #require(act["details"]?.object)
    details[name] = value
    act["details"] = .object(details)
    return try parse(act).details.values[name]
}

@Test(arguments: [
    ("112000000", "112000000.00"), ("0", "0.00"), ("0.5", "0.50"), ("18450000.50", "18450000.50"), ("1e3", "1000.00"),
    ("10000000000000", "10000000000000.00"), ("0.01", "0.01"),
]) func moneyHasTwoDecimals(typed: String, canonical: String) throws {
    #expect(try read(.contract, "price", .string(typed)) == .string(canonical))
    #expect(try read(.contract, "price", .number(try #require(JSONNumber(typed)))) == .string(canonical))
}

@Test(arguments: ["-1", "0.001", "10000000000000.01", "1,000", "₮5", "", " 5", "٥", "1e20", "x"])
func amountsThatAreNoneAreRefused(typed: String) {
    expect(.actAmountInvalid) { _ = try read(.contract, "price", .string(typed)) }
}

@Test func amountsOfOtherTypesAreRefused() {
    for value: JSONValue in [true, [], ["5"], [:]] where value != [] {
        expect(.actAmountInvalid) { _ = try read(.contract, "price", value) }
    }
}

@Test func numbersAreWholeAndInRange() throws {
    #expect(try read(.copyOrTranslation, "pages", 1) == 1)
    #expect(try read(.copyOrTranslation, "pages", "10000") == 10_000)
    #expect(try read(.copyOrTranslation, "pages", .number(JSONNumber("3.0")!)) == 3)
    for value: JSONValue in [0, 10_001, "x", .number(JSONNumber("1.5")!), true, "-1"] {
        expect(.actNumberOutOfRange) { _ = try read(.copyOrTranslation, "pages", value) }
    }
}

@Test func flagsAreTrueOrFalse() throws {
    #expect(try read(.powerOfAttorney, "mayDelegate", true) == true)
    #expect(try read(.powerOfAttorney, "mayDelegate", false) == false)
    for value: JSONValue in ["true", 1, ["a"]] {
        expect(.actFieldOfWrongType) { _ = try read(.powerOfAttorney, "mayDelegate", value) }
    }
}

@Test func choicesAreCodes() throws {
    #expect(try read(.will, "form", "sealed") == "sealed")
    for code in ["Sealed", "Битүүмжлэн хүлээлгэн өгсөн", "x"] {
        expect(.actChoiceUnknown) { _ = try read(.will, "form", .string(code)) }
    }
}

@Test func datesHaveOneForm() throws {
    #expect(try read(.inheritanceCertificate, "deathDate", "2024-02-29") == "2024-02-29")
    for text in ["2023-02-29", "2024-2-29", "29.02.2024"] {
        expect(.actDateInvalid) { _ = try read(.inheritanceCertificate, "deathDate", .string(text)) }
    }
}

@Test func listsAreOfTextsAndCounted() throws {
    #expect(try read(.powerOfAttorney, "powers", [" а ", "б"]) == ["а", "б"])
    expect(.actFieldMissing) { _ = try read(.powerOfAttorney, "powers", []) }
    expect(.actFieldOfWrongType) { _ = try read(.powerOfAttorney, "powers", "а") }
    expect(.actFieldOfWrongType) { _ = try read(.powerOfAttorney, "powers", ["а", 5]) }
    expect(.actTextInvalid) { _ = try read(.powerOfAttorney, "powers", ["а", "б\nв"]) }
    let hundred = [JSONValue](repeating: "а", count: 100)
    #expect(try read(.powerOfAttorney, "powers", .array(hundred))?.array?.count == 100)
    expect(.actCountInvalid) { _ = try read(.powerOfAttorney, "powers", .array(hundred + ["а"])) }
    let long = String(repeating: "а", count: 1000)
    #expect(try read(.powerOfAttorney, "powers", [.string(long)]) != nil)
    expect(.actTextInvalid) { _ = try read(.powerOfAttorney, "powers", [.string(long + "а")]) }
}

@Test func numbersOfActsAreCanonicalAndPapersAreTexts() throws {
    #expect(try read(.powerOfAttorney, "original", "nt012 / 2026 / 17") == "NT012-2026-000017")
    #expect(try read(.powerOfAttorney, "original", " 2009 оны 1187 ") == "2009 оны 1187")
}

@Test func detailsStandInTheOrderOfTheKind() throws {
    let kind = ActKind.of(.contract)
    var act = try wholeAct(kind)
    let reversed = try #require(act["details"]?.object).members.reversed()
    act["details"] = .object(JSONObject(Array(reversed)))
    let draft = try parse(act)
    #expect(draft.details.values.map(\.name) == kind.fields.map(\.name))
    #expect(draft == (try parse(try wholeAct(kind))))
}

@Test func peopleReadValuesInTheirLanguage() throws {
    func shown(_ type: ActType, _ name: String, _ value: JSONValue, _ language: Language) throws -> [String] {
        let field = try #require(ActKind.of(type).fields.first { $0.name == name })
        return ActDetails.shown(value, field, in: language)
    }
    #expect(try shown(.contract, "price", "112000000.00", .mn) == ["112,000,000.00 ₮"])
    #expect(try shown(.contract, "price", "0.50", .mn) == ["0.50 ₮"])
    #expect(try shown(.contract, "price", "999.00", .mn) == ["999.00 ₮"])
    #expect(try shown(.contract, "price", "1000.00", .mn) == ["1,000.00 ₮"])
    #expect(try shown(.powerOfAttorney, "mayDelegate", false, .mn) == ["үгүй"])
    #expect(try shown(.powerOfAttorney, "mayDelegate", true, .en) == ["yes"])
    #expect(try shown(.will, "form", "sealed", .mn) == ["Битүүмжлэн хүлээлгэн өгсөн (sealed)"])
    #expect(try shown(.will, "form", "sealed", .en) == ["Handed over sealed"])
    #expect(try shown(.powerOfAttorney, "powers", ["а", "б"], .mn) == ["а", "б"])
    #expect(try shown(.copyOrTranslation, "pages", 12, .mn) == ["12"])
}

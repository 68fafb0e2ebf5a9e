import Catalogue
import Testing

@testable import Deeds

@Test(arguments: [
    ("УБ95051250", "УБ95051250", "1995-05-12"), ("уб 95051250", "УБ95051250", "1995-05-12"),
    ("УБ-95051250", "УБ95051250", "1995-05-12"), ("АА10210110", "АА10210110", "2010-01-01"),
    ("AA02261105", "АА02261105", "2002-06-11"), ("YB85030412", "УВ85030412", "1985-03-04"),
    ("өү01321599", "ӨҮ01321599", "2001-12-15"), ("И\u{306}Е\u{308}00022910", nil, nil),
    ("И\u{306}Е\u{308}00222910", "ЙЁ00222910", "2000-02-29"),
]) func registerNumberIsBroughtToOneForm(input: String, text: String?, birthday: String?) throws {
    guard let text else {
        expect(.registerNumberDateInvalid) { _ = try RegisterNumber(input, today: today) }
        return
    }
    let number = try RegisterNumber(input, today: today)
    #expect(Array(number.text.utf8) == Array(text.utf8))
    #expect(number.birthday.description == birthday)
}

@Test func wrongRegisterNumbersAreRefusedByReason() {
    for input in [
        "", "УБ9505125", "УБ950512501", "УБО5051250", "1Б95051250", "УБ٩5051250", String(repeating: "У", count: 99),
    ] {
        expect(.registerNumberInvalid) { _ = try RegisterNumber(input, today: today) }
    }
    for input in ["УD95051250", "ZБ95051250", "ΑΒ95051250", "Є\u{407}95051250"] {
        expect(.registerNumberOfOtherScript) { _ = try RegisterNumber(input, today: today) }
    }
    for input in ["УБ95133150", "УБ95023050", "УБ95000050", "УБ26312250", "УБ30210150"] {
        expect(.registerNumberDateInvalid) { _ = try RegisterNumber(input, today: today) }
    }
}

@Test func lastDigitsOfARegisterNumberAreNotJudged() throws {
    for ending in 0...99 { _ = try RegisterNumber("УБ950512\(padded(ending, 2))", today: today) }
}

@Test(arguments: [
    "NT012-2026-000017", "nt012-2026-17", " NT 012 – 2026 – 000017 ", "NT012/2026/017", "NТ012-2026-000017",
    "NTО12-2026-0OО017",
]) func actNumberIsReadAsPeopleTypeIt(input: String) throws {
    #expect(try ActNumber(input) == number)
    #expect(try ActNumber(input).description == "NT012-2026-000017")
}

@Test(arguments: [
    "", "NT012", "NT0122026000017", "NT012-26-17", "NT012-2026-0", "NT012-1999-1", "N012-2026-1",
    "NT012-2026-1234567890",
    "NT012-2026-000017-1", "NT012-2026-٣", "ЯТ012-2026-1", "--", "NT12-2026-1",
]) func malformedActNumberIsRefused(input: String) {
    expect(.actNumberInvalid) { _ = try ActNumber(input) }
}

@Test func calendarKnowsItsDays() {
    for text in ["2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"] {
        #expect(CivilDate(text)?.description == text)
    }
    for text in [
        "2023-02-29", "1900-02-29", "2026-13-01", "2026-04-31", "2026-1-01", "0000-01-01", "2026-01-00", "٢٠٢٦-٠١-٠١",
    ] {
        #expect(CivilDate(text) == nil)
    }
    // 2026-11-20T16:00:00Z is midnight in Ulaanbaatar.
    #expect(CivilDate(unixMilliseconds: 1_795_190_400_000)?.description == "2026-11-21")
    #expect(CivilDate(unixMilliseconds: 1_795_190_399_999)?.description == "2026-11-20")
    #expect(CivilDate(unixMilliseconds: 0)?.description == "1970-01-01")
    #expect(CivilDate(unixMilliseconds: .max) == nil)
}

@Test func aTimeHasOneForm() {
    #expect(ActTime("1795300000000+08:00")?.unixMilliseconds == 1_795_300_000_000)
    #expect(ActTime("0+08:00")?.description == "0+08:00")
    for text in ["00+08:00", "01795300000000+08:00", "+08:00", "1795300000000", "-1+08:00", "1+08:000"] {
        #expect(ActTime(text) == nil, "\(text)")
    }
}

import Catalogue
import Testing

@testable import Evidence

@Suite struct ExpectedValueTests {
    private let schema = RecordSchema([
        .receipt: [
            "total": FieldDescription(.money, Wording(mn: "Нийт дүн", en: "Total")),
            "hash": FieldDescription(.digest, Wording(mn: "Хэш", en: "Hash")),
        ]
    ])
    private let record: Record

    init() throws {
        record = try Record(
            kind: .receipt, secret: Fixture.secret,
            fields: ["total": "560000", "hash": "ab01", "note": "e\u{301}", "odd": "x"])
    }

    private func reason(_ name: String, _ value: String, hiding: Bool = false, kind: [String: String]? = nil) throws
        -> Reason
    {
        let record = try kind.map { try Record(kind: .receipt, secret: Fixture.secret, fields: $0) } ?? record
        let disclosure = hiding ? record.disclosure(showing: []) : record.fullDisclosure
        let verifier = Verifier(policy: Fixture.trustingLog, schema: schema)
        return verifier.verify(try Fixture.file(disclosure), expecting: [ExpectedValue(name: name, value: value)])
            .reason
    }

    @Test(arguments: ["5600", "5,600₮", "5600.00", "5 600", "5600,00", "₮5600", "5600 MNT", " 5\u{a0}600.0 төгрөг"])
    func moneyIsComparedAsAnAmount(text: String) throws {
        #expect(try reason("total", text) == .allChecksPassed)
    }

    @Test(arguments: ["560000", "5600.01", "-5600", "56", "5,601₮"])
    func anotherAmountDiffers(text: String) throws {
        #expect(try reason("total", text) == .fieldDiffers)
    }

    @Test(arguments: ["", "5.600", "5,60,0", "56,00,000", "5600.", "abc", "5600 USD", "٥٦٠٠", "+5600", "5e3", "1.2.3"])
    func whatIsNoAmountCannotBeTold(text: String) throws {
        #expect(try reason("total", text) == .expectationUnreadable)
    }

    @Test func amountsAreReadExactly() {
        #expect(Money.mongo(written: "12 345 678,90 ₮") == 1_234_567_890)
        #expect(Money.mongo(written: "1,234,567.5") == 123_456_750)
        #expect(Money.mongo(written: "-0,05") == -5)
        #expect(Money.mongo(written: "1 234,567") == nil)
        #expect(Money.mongo(written: "9999999999999999") == 999_999_999_999_999_900)
        #expect(Money.mongo(written: "99999999999999999") == nil)
    }

    @Test func aRecordedAmountInAnotherSpellingIsComparedByteByByte() throws {
        #expect(try reason("total", "0560000", kind: ["total": "0560000"]) == .allChecksPassed)
        #expect(try reason("total", "5600", kind: ["total": "0560000"]) == .fieldDiffers)
    }

    @Test func digestsAreComparedWithoutRegardToCase() throws {
        #expect(try reason("hash", "AB01") == .allChecksPassed)
        #expect(try reason("hash", "ab02") == .fieldDiffers)
    }

    @Test func textsAreComparedByteByByte() throws {
        #expect(try reason("note", "e\u{301}") == .allChecksPassed)
        #expect(try reason("note", "\u{e9}") == .fieldDiffers)
        #expect(try reason("odd", "X") == .fieldDiffers)
    }

    @Test func absentIsEmptyAndHiddenCannotBeTold() throws {
        #expect(try reason("absent", "") == .allChecksPassed)
        #expect(try reason("absent", "x") == .fieldDiffers)
        #expect(try reason("total", "5600", hiding: true) == .fieldHidden)
        #expect(try reason("absent", "x", hiding: true) == .fieldDiffers)
    }

    @Test func nameAndValueAreSplitAtTheFirstSign() {
        #expect(ExpectedValue(parsing: "a=b=c") == ExpectedValue(name: "a", value: "b=c"))
        #expect(ExpectedValue(parsing: "a=") == ExpectedValue(name: "a", value: ""))
        #expect(ExpectedValue(parsing: "=b") == nil)
        #expect(ExpectedValue(parsing: "ab") == nil)
    }
}

import Catalogue
import Receipts
import Testing

@Suite struct Numbering {
    /// Real numbers and the dates printed on their receipts (facts 1.8), and 2026-02-08 at an unknown hour.
    @Test(
        arguments: [
            ("037900846788001094270000610009547", "2025-10-29 15:59:38"),
            ("037900846788001094330000810009547", "2025-11-04 15:36:24"),
            ("037900846788001095050007210012476", "2026-01-15 08:10:51"),
            ("037900846788001095110001410012516", "2026-01-21 22:49:42"),
            ("037900846788001095290000010012802", "2026-02-08 12:00:00"),
            ("037900846788001095330000010012619", "2026-02-12 15:31:42"),
            ("037900846788001096190000210005299", "2026-05-09 13:44:46"),
        ])
    func realNumbersAreReproduced(_ id: String, date: String) throws {
        let time = try #require(ReceiptTime(date))
        let sequence = try #require(Int(id.dropFirst(20).prefix(5)))
        let numbers = try ReceiptNumbering(posNo: String(id.suffix(8))).numbers(
            merchant: "37900846788", branch: "001", at: time, sequence: sequence, subReceipts: 1)
        #expect(numbers.header.text == id)
        #expect(numbers.subReceipts[0].text.dropFirst(20).prefix(5) == "\(100_001 + sequence)".dropFirst())
        #expect(numbers.next == sequence + 2)
        #expect(numbers.header.merchantTINs == ["37900846788", "037900846788"])
    }

    @Test func sequenceOverflowIsRefused() throws {
        let numbering = try ReceiptNumbering(posNo: "10012619")
        func problem(_ sequence: Int, _ subReceipts: Int) -> Problem? {
            refusal {
                _ = try numbering.numbers(
                    merchant: "37900846788", branch: "001", at: noon, sequence: sequence, subReceipts: subReceipts)
            }?.problem
        }
        #expect(problem(99_998, 1) == nil)
        #expect(problem(99_998, 2) == .receiptNumbersExhausted)
        #expect(problem(100_000, 0) == .receiptNumbersExhausted)
        #expect(problem(.max, .max) == .receiptNumbersExhausted)
        #expect(problem(-1, 0) == .receiptNumbersExhausted)
    }

    @Test func partsThatDoNotFitAreRefused() throws {
        let numbering = try ReceiptNumbering(posNo: "10012619")
        func problem(_ merchant: String, _ branch: String = "001", _ time: ReceiptTime = noon) -> Problem? {
            refusal {
                _ = try numbering.numbers(merchant: merchant, branch: branch, at: time, sequence: 0, subReceipts: 1)
            }?.problem
        }
        #expect(problem("630188132539") == nil)
        #expect(problem("63018813253900") == .merchantTINTooLong)
        #expect(problem("6301") == .receiptFieldDigits)
        #expect(problem("37900846788", "01") == .receiptFieldDigits)
        #expect(problem("37900846788", "001", ReceiptTime(unixMilliseconds: 0)) == .receiptClock)
        #expect(refusal { _ = try ReceiptNumbering(posNo: "1001261x") }?.problem == .receiptFieldDigits)
    }

    @Test func numbersFromOutsideAreThirtyThreeDigits() {
        #expect(ReceiptID("037900846788001095330000010012619") != nil)
        #expect(ReceiptID("03790084678800109533000001001261") == nil)
        #expect(ReceiptID("03790084678800109533000001001261x") == nil)
        #expect(ReceiptID("０37900846788001095330000010012619") == nil)
    }

    @Test func clockOfUlaanbaatarIsEightHoursAhead() throws {
        #expect(noon.description == "2026-02-12 15:31:42")
        #expect(ReceiptTime("2026-02-12 15:31:42") == noon)
        #expect(noon.recordText == "1770881502000+08:00")
        #expect(ReceiptTime(recordText: noon.recordText) == noon)
        #expect(ReceiptTime(unixMilliseconds: 0).description == "1970-01-01 08:00:00")
        #expect(ReceiptTime(unixMilliseconds: -8 * 3_600_000 - 1).description == "1969-12-31 23:59:59")
        let lastOfYear = try #require(ReceiptTime("2028-12-31 23:59:59"))
        #expect(lastOfYear.dayOfYear == 366)
        #expect(ReceiptTime(unixMilliseconds: lastOfYear.unixMilliseconds + 1000).description == "2029-01-01 00:00:00")
        #expect(ReceiptTime(unixMilliseconds: .max).year == 9999)
        #expect(ReceiptTime(unixMilliseconds: .min).year == 1)
    }

    @Test func everyDayOfFourCenturiesReadsBack() {
        var milliseconds: Int64 = -2_208_988_800_000
        while milliseconds < 10_413_792_000_000 {
            let time = ReceiptTime(unixMilliseconds: milliseconds)
            if ReceiptTime(time.description) != time {
                Issue.record("\(milliseconds) became \(time)")
                return
            }
            milliseconds += 86_400_000 * 3
        }
    }

    @Test(
        arguments: [
            "2026-02-29 00:00:00", "2026-13-01 00:00:00", "2026-00-01 00:00:00", "2026-01-01 24:00:00",
            "2026-01-01 00:60:00", "2026-01-01T00:00:00", "2026-1-1 0:0:0", "2026-01-01", "+026-01-01 00:00:00",
            "0000-01-01 00:00:00", "",
        ])
    func impossibleDatesAreRefused(_ text: String) {
        #expect(ReceiptTime(text) == nil)
    }
}

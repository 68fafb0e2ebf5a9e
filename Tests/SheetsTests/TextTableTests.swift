import Catalogue
import Testing

@testable import Sheets

/// All rows of a text table.
private func rows(_ text: String) throws -> [[String]] { try rows(Array(text.utf8)) }

private func rows(_ bytes: [UInt8], _ encoding: SheetEncoding = .utf8) throws -> [[String]] {
    let reader = try TextTableReader(bytes, encoding: encoding)
    var rows: [[String]] = []
    while let row = try reader.next() {
        #expect(row.number == rows.count + 1)
        rows.append(row.cells)
    }
    return rows
}

private func expect(_ problem: Problem, _ body: () throws -> Void) {
    #expect(throws: Failure.self) { try body() }
    do { try body() } catch let failure as Failure { #expect(failure.problem == problem, "\(failure)") } catch {}
}

@Test func separatorIsThatOfTheHeadings() throws {
    #expect(try rows("a,b\n1;2,3\n") == [["a", "b"], ["1;2", "3"]])
    #expect(try rows("a;b\n1,5;3") == [["a", "b"], ["1,5", "3"]])
    #expect(try rows("a\tb\n1,5\t3;4\n") == [["a", "b"], ["1,5", "3;4"]])
    #expect(try rows("\"a,b\";c\n1;2\n") == [["a,b", "c"], ["1", "2"]])
    #expect(try rows("alone\nx\n") == [["alone"], ["x"]])
}

@Test func rowsEndWithEitherLineEnd() throws {
    #expect(try rows("a,b\r\n1,2\r\n\r\n3,4") == [["a", "b"], ["1", "2"], [""], ["3", "4"]])
    #expect(try rows("\u{feff}a,b\n,\n") == [["a", "b"], ["", ""]])
}

@Test func quotesStandAroundWholeFields() throws {
    #expect(try rows("a,b\n\"x \"\"y\"\" , z\",\"1\r\n2\"\n") == [["a", "b"], ["x \"y\" , z", "1\r\n2"]])
    for text in ["a,b\nx\"y,1\n", "a,b\n\"x\"y,1\n", "a,b\n\"x,1\n", "a,b\nx\ry,1\n", "a,b\n\"x\" ,1\n"] {
        expect(.paperTableUnreadable) { _ = try rows(text) }
    }
}

@Test func otherEncodingsAreToldApart() throws {
    // «Нэр;Өлзий Үүрэг» as a Mongolian Windows writes it: Є and Ї in the places of Ө and Ү.
    let old: [UInt8] = [0xcd, 0xfd, 0xf0, 0x0a, 0xaa, 0xeb, 0xe7, 0xe8, 0xe9, 0x20, 0xaf, 0xbf, 0xf0, 0xfd, 0xe3, 0xba]
    #expect(try rows(old, .windows1251) == [["Нэр"], ["Өлзий Үүрэгө"]])
    expect(.paperEncodingUnclear) { _ = try rows(old) }
    expect(.paperTableUnreadable) { _ = try rows([0x41, 0x98], .windows1251) }
    expect(.paperTableUnreadable) { _ = try rows([0xff, 0xfe, 0x41, 0x00]) }
    expect(.paperTableUnreadable) { _ = try rows([]) }
    expect(.paperTableUnreadable) { _ = try rows([0xef, 0xbb, 0xbf]) }
}

@Test func textTablesKeepToTheirLimits() throws {
    expect(.paperTableTooLarge) { _ = try rows(String(repeating: ",", count: SheetLimits.columns)) }
    expect(.paperTableTooLarge) { _ = try rows(String(repeating: "x", count: SheetLimits.cell + 1)) }
    expect(.paperTableTooLarge) { _ = try rows("\"" + String(repeating: "x", count: SheetLimits.cell + 1) + "\"") }
    let wide = String(repeating: String(repeating: "x", count: SheetLimits.cell - 1) + ",", count: 9)
    expect(.paperTableTooLarge) { _ = try rows(wide) }
    expect(.paperTableTooLarge) { _ = try rows(String(repeating: "\n", count: SheetLimits.rows + 1)) }
    #expect(try rows(String(repeating: "\n", count: SheetLimits.rows)).count == SheetLimits.rows)
}

@Test func fileOfAnotherKindIsNamed() throws {
    expect(.paperTableUnreadable) { _ = try Sheet.open([0xd0, 0xcf, 0x11, 0xe0, 0xa1]) }
    expect(.paperTableUnreadable) { _ = try Sheet.open([0x50, 0x4b, 0x03, 0x04, 0x00]) }
    expect(.paperTableTooLarge) { _ = try Sheet.open([UInt8](repeating: 0x41, count: SheetLimits.file + 1)) }
}

import Catalogue
import Testing

@testable import Sheets

private func expect(_ problem: Problem, _ body: () throws -> Void) {
    #expect(throws: Failure.self) { try body() }
    do { try body() } catch let failure as Failure { #expect(failure.problem == problem, "\(failure)") } catch {}
}

@Test func everySortOfCellIsRead() throws {
    let fixture = SpreadsheetFixture(
        sheet: """
            <row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>
            <row r="3"><c r="B3" t="inlineStr"><is><t>Доржийн</t></is></c><c r="D3"><v>0034</v></c><c r="E3"><v>2.13535645767E+11</v></c>\
            <c r="F3"><v>1.5</v></c><c r="G3" t="b"><v>1</v></c><c r="H3" t="str"><f>A1</f><v>Нэр</v></c><c r="I3" s="3"/></row>
            """, strings: "<si><t>Нэр</t></si><si><r><t>Ө</t></r><r><t>лзий</t></r><rPh><t>x</t></rPh></si>")
    let rows = try fixture.rows()
    #expect(rows.map(\.number) == [1, 3])
    #expect(rows[0].cells == ["Нэр", "Өлзий"])
    #expect(rows[1].cells == ["", "Доржийн", "", "0034", "213535645767", "1.5", "TRUE", "Нэр"])
    #expect(rows.allSatisfy { $0.fault == nil })
}

@Test func daysComeFromTheFormatOfTheirCells() throws {
    let sheet = """
        <row><c s="1"><v>42072</v></c><c s="2"><v>42072.75</v></c><c s="3"><v>42072</v></c><c s="4"><v>0.5</v></c><c s="1"><v>1</v></c>\
        <c s="1"><v>59</v></c><c s="1"><v>61</v></c><c t="d"><v>2015-03-09T00:00:00</v></c><c s="1"><v>2958465</v></c></row>
        """
    #expect(
        try SpreadsheetFixture(sheet: sheet).rows()[0].cells == [
            "2015-03-09", "2015-03-09", "42072", "0.5", "1900-01-01", "1900-02-28", "1900-03-01", "2015-03-09",
            "9999-12-31",
        ])
    let apple = SpreadsheetFixture(
        sheet: "<row><c s=\"1\"><v>0</v></c><c s=\"1\"><v>40610</v></c></row>", is1904: true)
    #expect(try apple.rows()[0].cells == ["1904-01-01", "2015-03-09"])
}

@Test func cellWithoutATextIsAFaultOfItsRow() throws {
    for (cell, reason) in [
        ("<c r=\"B1\" t=\"e\"><v>#REF!</v></c>", "error"), ("<c r=\"B1\" s=\"1\"><v>60</v></c>", "calendar"),
        ("<c r=\"B1\"><f>1+1</f></c>", "formula"), ("<c r=\"B1\" t=\"s\"><v>7</v></c>", "not there"),
        ("<c r=\"B1\" s=\"1\"><v>-1</v></c>", "calendar"), ("<c r=\"B1\"><v>x</v></c>", "number"),
        ("<c r=\"B1\" t=\"z\"><v>1</v></c>", "type"), ("<c r=\"B1\"><v>1e999</v></c>", "number"),
    ] {
        let row = try SpreadsheetFixture(sheet: "<row>\(cell)<c><v>2</v></c></row>").rows()[0]
        #expect(row.fault?.column == 1 && row.fault?.reason.contains(reason) == true, "\(cell)")
        #expect(row.cells == ["", "", "2"])
    }
}

@Test func sheetIsChosenByItsName() throws {
    let fixture = SpreadsheetFixture(sheet: "<row><c><v>1</v></c></row>", sheets: ["2015", "2016"])
    #expect(try fixture.rows()[0].cells == ["1"])
    #expect(try fixture.rows(sheet: "2016")[0].cells == ["2016"])
    expect(.paperSheetUnknown) { _ = try fixture.rows(sheet: "2017") }
}

@Test func documentTypesAndEntitiesAreRefused() throws {
    for part in ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "_rels/.rels", "xl/styles.xml"] {
        var fixture = SpreadsheetFixture(sheet: "<row><c><v>1</v></c></row>")
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
        fixture.parts[part] = bomb + (fixture.parts[part] ?? "")
        expect(.paperTableUnreadable) { _ = try fixture.rows() }
        fixture.parts[part] = "<!DOCTYPE x SYSTEM \"file:///etc/hostname\"><x/>"
        expect(.paperTableUnreadable) { _ = try fixture.rows() }
    }
    var fixture = SpreadsheetFixture(sheet: "<row><c t=\"inlineStr\"><is><t>&amp;&#1069;</t></is></c></row>")
    #expect(try fixture.rows()[0].cells == ["&Э"])
    fixture.parts["xl/worksheets/sheet1.xml"] =
        "<worksheet><sheetData><row><c><v>&a;</v></c></row></sheetData></worksheet>"
    expect(.paperTableUnreadable) { _ = try fixture.rows() }
}

@Test func whatUnpacksToFarMoreIsRefused() throws {
    var fixture = SpreadsheetFixture(sheet: "<row><c><v>1</v></c></row>")
    fixture.parts["xl/styles.xml"]? += String(repeating: " ", count: 4 << 20)
    expect(.paperTableUnreadable) { _ = try fixture.rows() }
    fixture.parts["xl/styles.xml"] = nil
    expect(.paperTableUnreadable) { _ = try fixture.rows() }
}

@Test func sheetsKeepToTheirLimits() throws {
    let deep = String(repeating: "<a>", count: 100) + String(repeating: "</a>", count: 100)
    expect(.paperTableUnreadable) { _ = try SpreadsheetFixture(sheet: deep).rows() }
    expect(.paperTableTooLarge) {
        _ = try SpreadsheetFixture(sheet: "<row><c r=\"ZZ1\"><v>1</v></c></row>").rows()
    }
    let long = String((0...SheetLimits.cell).map { "abcdefghij".randomElement(using: $0) })
    expect(.paperTableTooLarge) {
        _ = try SpreadsheetFixture(sheet: "<row><c t=\"inlineStr\"><is><t>\(long)</t></is></c></row>").rows()
    }
    for sheet in [
        "<row r=\"2\"/><row r=\"2\"/>", "<row r=\"0\"/>", "<row r=\"x\"/>", "<row r=\"1048577\"/>", "<row><row/></row>",
        "<row><c r=\"B1\"/><c r=\"A1\"/></row>", "<row><c r=\"1\"/></row>", "<row><c><c/></c></row>", "<c/>", "<row>",
        "<row r=\"-1\"/>",
    ] {
        expect(.paperTableUnreadable) { _ = try SpreadsheetFixture(sheet: sheet).rows() }
    }
}

extension String {
    /// A letter that no packer foresees: by a small generator that begins with a number.
    fileprivate func randomElement(using number: Int) -> Character {
        let mixed = UInt64(number + 1) &* 0x9e37_79b9_7f4a_7c15 >> 33
        return self[index(startIndex, offsetBy: Int(mixed) % count)]
    }
}

@Test func damageAnywhereIsAFailureAndNothingElse() throws {
    let bytes = try SpreadsheetFixture(
        sheet: "<row><c s=\"1\"><v>42072</v></c><c t=\"s\"><v>0</v></c></row>", strings: "<si><t>x</t></si>"
    ).bytes()
    func read(_ bytes: [UInt8]) throws {
        let reader = try Sheet.open(bytes)
        while try reader.next() != nil {}
    }
    try read(bytes)
    for length in stride(from: 4, to: bytes.count - 1, by: 7) {
        #expect(throws: Failure.self) { try read(Array(bytes.prefix(length))) }
    }
    // A byte may be one that nobody looks at; what counts is that nothing but a failure comes of it.
    for place in stride(from: 0, to: bytes.count, by: 3) {
        var damaged = bytes
        damaged[place] ^= 0x41
        do { try read(damaged) } catch { #expect(error is Failure) }
    }
}

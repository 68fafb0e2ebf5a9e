import Catalogue
import Deeds
import Sheets

/// Force-unwrapped: a constant.
private let today = CivilDate("2026-11-21")!

/// Reads a table to its end, and each row as one of a register book.
private func read(_ reader: any SheetReader) throws {
    var columns: PaperColumns?
    var last = 0
    while let row = try reader.next() {
        require(row.number > last, "rows go up")
        require(row.cells.count <= SheetLimits.columns, "a row keeps to its limit")
        last = row.number
        guard let known = columns else {
            columns = try PaperColumns(row.cells)
            continue
        }
        guard let number = try? PaperNumber("NT012-P2015-1"), let act = try? known.read(row.cells, today: today).act
        else {
            continue
        }
        let paper = RegisteredPaper(
            number: number, act: act, corrects: nil, time: ActTime(unixMilliseconds: 1_795_300_000_000))
        require((try? ActRecord(fields: paper.fields)) == .paper(paper), "an entry filed is read again")
    }
}

let sheetTargets = [
    FuzzTarget("sheet-csv") { bytes in
        // The first byte chooses the encoding.
        let encoding: SheetEncoding = bytes.first == 0x31 ? .windows1251 : .utf8
        try read(try TextTableReader(Array(bytes.dropFirst()), encoding: encoding))
    },
    FuzzTarget("sheet-xlsx") { bytes in try read(try SpreadsheetReader(bytes)) },
]

import Catalogue

/// Hears a sheet and makes rows of it.
final class SheetRowsListener: XMLListener {
    /// A cell that is being heard.
    private struct Cell {
        let column: Int
        let type: String
        let style: Int
        var value = ""
        var hasFormula = false
        var inline = TextCollector()
    }

    private let strings: [String]
    private let dayStyles: Set<Int>
    private let is1904: Bool
    private var rows: [SheetRow] = []
    private var taken = 0
    private var number = 0
    private var count = 0
    private var isInRow = false
    private var isInValue = false
    private var cells: [String] = []
    private var rowBytes = 0
    private var fault: CellFault?
    private var cell: Cell?
    private var lastColumn = -1
    private(set) var failure: Failure?

    init(strings: [String], dayStyles: Set<Int>, is1904: Bool) {
        self.strings = strings
        self.dayStyles = dayStyles
        self.is1904 = is1904
    }

    func takeRow() -> SheetRow? {
        guard taken < rows.count else {
            rows.removeAll(keepingCapacity: true)
            taken = 0
            return nil
        }
        taken += 1
        return rows[taken - 1]
    }

    // MARK: Events

    func begin(_ name: String, _ attributes: [String: String]) {
        switch name {
        case "row": beginRow(attributes["r"])
        case "c": beginCell(attributes)
        case "v": isInValue = cell != nil
        case "f": cell?.hasFormula = true
        default: cell?.inline.begin(name)
        }
    }

    func end(_ name: String) {
        switch name {
        case "row":
            guard isInRow else { return }
            isInRow = false
            rows.append(SheetRow(number: number, cells: cells, fault: fault))
        case "c": endCell()
        case "v": isInValue = false
        default: cell?.inline.end(name)
        }
    }

    func text(_ text: String) {
        guard cell != nil else { return }
        if isInValue { cell?.value += text } else { cell?.inline.add(text) }
        if (cell?.value.utf8.count ?? 0) > SheetLimits.cell || cell?.inline.isTooLong == true {
            failure = SheetLimits.exceeded("bytes a cell", SheetLimits.cell)
        }
    }

    // MARK: Rows and cells

    private func beginRow(_ place: String?) {
        let next = place.map { Int($0) ?? -1 } ?? number + 1
        count += 1
        guard count <= SheetLimits.rows else {
            failure = SheetLimits.exceeded("rows", SheetLimits.rows)
            return
        }
        guard !isInRow, next > number, next <= 1_048_576 else {
            failure = Sheet.unreadable("its rows are not in their order")
            return
        }
        number = next
        isInRow = true
        cells = []
        rowBytes = 0
        fault = nil
        lastColumn = -1
    }

    private func beginCell(_ attributes: [String: String]) {
        guard isInRow, cell == nil else {
            failure = Sheet.unreadable("a cell stands outside a row")
            return
        }
        let column = attributes["r"].map { Self.column(of: $0) ?? -1 } ?? lastColumn + 1
        guard column > lastColumn else {
            failure = Sheet.unreadable("the cells of row \(number) are not in their order")
            return
        }
        lastColumn = column
        cell = Cell(
            column: column, type: attributes["t"] ?? "n", style: attributes["s"].flatMap { Int($0) } ?? 0)
    }

    private func endCell() {
        guard let cell else { return }
        self.cell = nil
        let text = self.text(of: cell)
        guard !text.isEmpty || fault?.column == cell.column else { return }
        guard cell.column < SheetLimits.columns else {
            failure = SheetLimits.exceeded("columns", SheetLimits.columns)
            return
        }
        rowBytes += text.utf8.count
        guard rowBytes <= SheetLimits.row else {
            failure = SheetLimits.exceeded("bytes a row", SheetLimits.row)
            return
        }
        while cells.count < cell.column { cells.append("") }
        cells.append(text)
    }

    private func text(of cell: Cell) -> String {
        switch cell.type {
        case "s":
            guard let place = Int(cell.value), strings.indices.contains(place) else {
                return wrong(cell, "it names a text that is not there")
            }
            return strings[place]
        case "inlineStr": return cell.inline.text
        case "str": return cell.value
        case "d": return String(cell.value.prefix(10))
        case "b": return cell.value == "1" ? "TRUE" : "FALSE"
        case "e": return wrong(cell, "it is an error, \(cell.value.prefix(20))")
        case "n":
            if cell.value.isEmpty { return cell.hasFormula ? wrong(cell, "a formula without a saved value") : "" }
            return number(of: cell)
        default: return wrong(cell, "a type that is not known")
        }
    }

    private func number(of cell: Cell) -> String {
        guard let value = Double(cell.value), value.isFinite else { return wrong(cell, "it is no number") }
        if dayStyles.contains(cell.style) {
            return SerialDay.text(value, is1904: is1904) ?? wrong(cell, "it is no day of the calendar")
        }
        // As it was typed: leading zeros and all; what is written with an exponent is written out.
        if cell.value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return cell.value }
        if value == value.rounded(), abs(value) < 9_007_199_254_740_992 { return String(Int64(value)) }
        return String(value)
    }

    private func wrong(_ cell: Cell, _ reason: String) -> String {
        if fault == nil { fault = CellFault(column: cell.column, reason: reason) }
        return ""
    }

    /// The column that a cell's place names, from 0: `B3` is 1.
    static func column(of place: String) -> Int? {
        let letters = place.utf8.prefix { (0x41...0x5a).contains($0) }
        guard (1...3).contains(letters.count) else { return nil }
        return letters.reduce(0) { $0 * 26 + Int($1 - 0x40) } - 1
    }
}

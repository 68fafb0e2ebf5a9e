public import Catalogue

/// Reads one sheet of an XLSX file (ECMA-376, SpreadsheetML), row by row: shared and inline strings, numbers, days by the format of their cell.
///
/// Of a formula the value that was saved with it counts. A sheet is read in pieces; its strings are held.
public final class SpreadsheetReader: SheetReader {
    private let part: ZipPart
    private let events: XMLEvents
    private let listener: SheetRowsListener
    private var isAtEnd = false

    /// - Parameter name: of the sheet; `nil` for the first.
    /// - Throws: `paper-table-unreadable`, `paper-table-too-large`, `paper-sheet-unknown`.
    public init(_ bytes: [UInt8], sheet name: String? = nil) throws(Failure) {
        let container = try ZipContainer(bytes)
        let root = try SpreadsheetReader.links(container, "_rels/.rels", folder: "")
        guard let workbook = root.first(where: { $0.type.hasSuffix("/officeDocument") })?.target else {
            throw Sheet.unreadable("it is no spreadsheet")
        }
        let book = WorkbookListener()
        try SpreadsheetReader.read(container, workbook, book)
        let folder = workbook.lastIndex(of: "/").map { String(workbook[...$0]) } ?? ""
        let file = workbook.dropFirst(folder.count)
        let links = try SpreadsheetReader.links(container, "\(folder)_rels/\(file).rels", folder: folder)
        let chosen = book.sheets.first { name == nil || $0.name == name }
        guard let chosen else {
            let known = book.sheets.prefix(50).map(\.name).joined(separator: ", ")
            throw Problem.paperSheetUnknown(["sheet": name ?? "", "known": known])
        }
        guard let link = links.first(where: { $0.id == chosen.link }), link.type.hasSuffix("/worksheet") else {
            throw Sheet.unreadable("the sheet is not a table")
        }
        let strings = StringsListener()
        if let target = links.first(where: { $0.type.hasSuffix("/sharedStrings") })?.target {
            try SpreadsheetReader.read(container, target, strings)
        }
        let styles = StylesListener()
        if let target = links.first(where: { $0.type.hasSuffix("/styles") })?.target {
            try SpreadsheetReader.read(container, target, styles)
        }
        guard let part = try container.part(link.target) else { throw Sheet.unreadable("a part of it is missing") }
        self.part = part
        listener = SheetRowsListener(strings: strings.strings, dayStyles: styles.dayStyles, is1904: book.is1904)
        events = try XMLEvents(listener)
    }

    private static func read(
        _ container: ZipContainer, _ name: String, _ listener: any XMLListener
    ) throws(Failure) {
        guard let part = try container.part(name) else { throw Sheet.unreadable("a part of it is missing") }
        try XMLEvents.read(part, listener)
    }

    /// What a part leads to.
    private static func links(
        _ container: ZipContainer, _ name: String, folder: String
    ) throws(Failure) -> [LinksListener.Link] {
        let listener = LinksListener(folder: folder)
        try read(container, name, listener)
        return listener.links
    }

    public func next() throws(Failure) -> SheetRow? {
        while true {
            if let row = listener.takeRow() { return row }
            if isAtEnd { return nil }
            if let piece = try part.next() {
                try events.feed(piece)
            } else {
                isAtEnd = true
                try events.feed([], isLast: true)
            }
        }
    }
}

/// The relationships of a part.
private final class LinksListener: XMLListener {
    struct Link {
        let id: String
        let type: String
        let target: String
    }

    private static let limit = 2000
    private let folder: String
    private(set) var links: [Link] = []
    private(set) var failure: Failure?

    init(folder: String) { self.folder = folder }

    func begin(_ name: String, _ attributes: [String: String]) {
        guard name == "Relationship", let id = attributes["Id"], let type = attributes["Type"],
            let target = attributes["Target"], attributes["TargetMode"] != "External"
        else { return }
        guard links.count < LinksListener.limit else {
            failure = SheetLimits.exceeded("parts", LinksListener.limit)
            return
        }
        let path = target.hasPrefix("/") ? String(target.dropFirst()) : folder + target
        links.append(Link(id: id, type: type, target: path))
    }

    func end(_ name: String) {}
    func text(_ text: String) {}
}

/// The sheets of a workbook, in their order.
private final class WorkbookListener: XMLListener {
    private static let limit = 1000
    private(set) var sheets: [(name: String, link: String)] = []
    private(set) var is1904 = false
    private(set) var failure: Failure?

    func begin(_ name: String, _ attributes: [String: String]) {
        if name == "workbookPr" { is1904 = ["1", "true"].contains(attributes["date1904"]) }
        guard name == "sheet", let title = attributes["name"], let link = attributes["id"] else { return }
        guard sheets.count < WorkbookListener.limit else {
            failure = SheetLimits.exceeded("sheets", WorkbookListener.limit)
            return
        }
        sheets.append((title, link))
    }

    func end(_ name: String) {}
    func text(_ text: String) {}
}

/// The strings that cells share.
private final class StringsListener: XMLListener {
    /// The most strings, and the most bytes of all.
    private static let countLimit = 2_000_000
    private static let byteLimit = 64 << 20
    private(set) var strings: [String] = []
    private(set) var failure: Failure?
    private var collector = TextCollector()
    private var byteCount = 0

    func begin(_ name: String, _ attributes: [String: String]) {
        if name == "si" { collector = TextCollector() }
        collector.begin(name)
    }

    func end(_ name: String) {
        collector.end(name)
        guard name == "si" else { return }
        byteCount += collector.text.utf8.count + 16
        guard byteCount <= StringsListener.byteLimit, strings.count < StringsListener.countLimit else {
            failure = SheetLimits.exceeded("bytes of text", StringsListener.byteLimit)
            return
        }
        strings.append(collector.text)
    }

    func text(_ text: String) {
        collector.add(text)
        if collector.isTooLong { failure = SheetLimits.exceeded("bytes a cell", SheetLimits.cell) }
    }
}

/// The text of a string in runs; how it is spoken (`rPh`) is no part of it.
struct TextCollector {
    private(set) var text = ""
    private var isInText = false
    private var isSpoken = false

    var isTooLong: Bool { text.utf8.count > SheetLimits.cell }

    mutating func begin(_ name: String) {
        if name == "rPh" { isSpoken = true }
        if name == "t" { isInText = true }
    }

    mutating func end(_ name: String) {
        if name == "rPh" { isSpoken = false }
        if name == "t" { isInText = false }
    }

    mutating func add(_ more: String) {
        if isInText && !isSpoken { text += more }
    }
}

/// Which styles of cells show days.
private final class StylesListener: XMLListener {
    private static let limit = 70_000
    private var codes: [Int: String] = [:]
    private var isInCells = false
    private var styleCount = 0
    private(set) var dayStyles: Set<Int> = []
    private(set) var failure: Failure?

    func begin(_ name: String, _ attributes: [String: String]) {
        switch name {
        case "numFmt":
            guard let id = attributes["numFmtId"].flatMap({ Int($0) }), codes.count < StylesListener.limit else {
                return
            }
            codes[id] = attributes["formatCode"]
        case "cellXfs": isInCells = true
        case "xf" where isInCells:
            guard styleCount < StylesListener.limit else {
                failure = SheetLimits.exceeded("styles", StylesListener.limit)
                return
            }
            let format = attributes["numFmtId"].flatMap { Int($0) } ?? 0
            if SerialDay.isDay(format, code: codes[format]) { dayStyles.insert(styleCount) }
            styleCount += 1
        default: break
        }
    }

    func end(_ name: String) {
        if name == "cellXfs" { isInCells = false }
    }

    func text(_ text: String) {}
}

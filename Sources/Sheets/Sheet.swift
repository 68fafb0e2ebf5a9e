public import Catalogue

/// One row of a table.
public struct SheetRow: Sendable, Hashable {
    /// As a spreadsheet numbers it, from 1: the headings stand in row 1.
    public let number: Int
    /// The cells as text, from the first column on. Days are `yyyy-MM-dd`.
    public let cells: [String]
    /// The first cell that cannot be said as text, by its place, and why.
    public let fault: CellFault?

    public init(number: Int, cells: [String], fault: CellFault? = nil) {
        self.number = number
        self.cells = cells
        self.fault = fault
    }

    /// Whether nothing but white space is in it.
    public var isBlank: Bool { fault == nil && cells.allSatisfy { $0.allSatisfy(\.isWhitespace) } }
}

/// Why a cell has no text.
public struct CellFault: Sendable, Hashable {
    /// From 0.
    public let column: Int
    public let reason: String
}

/// The rows of a table, one after another.
public protocol SheetReader: AnyObject {
    /// The next row; `nil` after the last.
    ///
    /// - Throws: a problem `paper-table-…`, or `paper-encoding-unclear` of a text that is not in its encoding: nothing after it can be read.
    func next() throws(Failure) -> SheetRow?
}

/// What every table must keep to.
public enum SheetLimits {
    /// The most bytes of a file.
    public static let file = 32 << 20
    /// The most rows, headings and empty ones among them.
    public static let rows = 200_000
    /// The most cells of a row.
    public static let columns = 256
    /// The most bytes of a cell.
    public static let cell = 32 << 10
    /// The most bytes of a row.
    public static let row = 256 << 10

    static func exceeded(_ what: String, _ limit: Int) -> Failure {
        Problem.paperTableTooLarge(["what": what, "limit": String(limit)])
    }
}

/// How the letters of a text table are written.
public enum SheetEncoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    /// As Mongolian offices used it: Є, Ї stand for Ө, Ү, which it does not have.
    case windows1251 = "windows-1251"
}

/// What a file is and how it is to be read.
public struct SheetOptions: Sendable {
    public var encoding: SheetEncoding
    /// Of a spreadsheet: the sheet's name; `nil` for the first.
    public var sheet: String?

    public init(encoding: SheetEncoding = .utf8, sheet: String? = nil) {
        self.encoding = encoding
        self.sheet = sheet
    }
}

/// A table in a file of one of the kinds that are read.
public enum Sheet {
    /// Opens a table: a spreadsheet by its first bytes, else text. Reads the strings and styles of a spreadsheet, and no rows.
    ///
    /// - Throws: `paper-table-unreadable`, `paper-table-too-large`, `paper-sheet-unknown`.
    public static func open(_ bytes: [UInt8], _ options: SheetOptions = SheetOptions()) throws(Failure)
        -> any SheetReader
    {
        guard bytes.count <= SheetLimits.file else { throw SheetLimits.exceeded("bytes", SheetLimits.file) }
        if isSpreadsheet(bytes) { return try SpreadsheetReader(bytes, sheet: options.sheet) }
        guard !bytes.starts(with: [0xd0, 0xcf, 0x11, 0xe0]) else {
            throw unreadable("an XLS file of before 2007, or one with a password")
        }
        return try TextTableReader(bytes, encoding: options.encoding)
    }

    /// Whether a file is a container as XLSX has it.
    public static func isSpreadsheet(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) }

    static func unreadable(_ reason: String) -> Failure { Problem.paperTableUnreadable(["reason": reason]) }
}

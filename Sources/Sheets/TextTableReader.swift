public import Catalogue

/// Reads comma-separated values (RFC 4180), strictly: also with semicolons or tabs, whichever the first row has most of.
///
/// Rows end with CR LF or LF. A quote stands only around a whole field, and doubled in one. A row that is not of this form ends the reading:
/// behind it nobody knows what belongs to which row.
public final class TextTableReader: SheetReader {
    private let bytes: [UInt8]
    private let encoding: SheetEncoding
    private let separator: UInt8
    private var position: Int
    private var number = 0

    /// - Throws: `paper-table-unreadable` for a file that is empty or holds a zero byte.
    public init(_ bytes: [UInt8], encoding: SheetEncoding = .utf8) throws(Failure) {
        self.bytes = bytes
        self.encoding = encoding
        position = encoding == .utf8 && bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        guard bytes.count > position else { throw Sheet.unreadable("it is empty") }
        // UTF-16, or no text at all.
        guard !bytes.contains(0) else { throw Sheet.unreadable("it is no text in UTF-8 or Windows-1251") }
        separator = TextTableReader.separator(of: bytes[position...])
    }

    private static let quote = UInt8(ascii: "\"")

    /// The separator that stands most often outside quotes in the first row; a comma where there is none.
    private static func separator(of bytes: ArraySlice<UInt8>) -> UInt8 {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in bytes.prefix(SheetLimits.row) {
            if byte == quote { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == 0x0a { break }
            if [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09].contains(byte) { counts[byte, default: 0] += 1 }
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? UInt8(ascii: ",")
    }

    public func next() throws(Failure) -> SheetRow? {
        guard position < bytes.count else { return nil }
        number += 1
        guard number <= SheetLimits.rows else { throw SheetLimits.exceeded("rows", SheetLimits.rows) }
        let start = position
        var cells: [String] = []
        while true {
            let (cell, isLast) = try field()
            cells.append(cell)
            guard cells.count <= SheetLimits.columns else {
                throw SheetLimits.exceeded("columns", SheetLimits.columns)
            }
            guard position - start <= SheetLimits.row else {
                throw SheetLimits.exceeded("bytes a row", SheetLimits.row)
            }
            if isLast { return SheetRow(number: number, cells: cells) }
        }
    }

    /// The field that begins here, and whether the row ends behind it.
    private func field() throws(Failure) -> (String, isLast: Bool) {
        var content: [UInt8] = []
        if position < bytes.count, bytes[position] == Self.quote {
            content = try quoted()
        } else {
            let start = position
            while position < bytes.count, bytes[position] != separator, bytes[position] != 0x0a, !isRowEnd(position) {
                guard bytes[position] != Self.quote else { throw malformed("a quote inside a field without quotes") }
                guard bytes[position] != 0x0d else { throw malformed("a carriage return inside a field") }
                position += 1
            }
            content = Array(bytes[start..<position])
        }
        guard content.count <= SheetLimits.cell else { throw SheetLimits.exceeded("bytes a cell", SheetLimits.cell) }
        let text = try self.text(content)
        guard position < bytes.count else { return (text, true) }
        if bytes[position] == separator {
            position += 1
            return (text, false)
        }
        guard isRowEnd(position) else { throw malformed("something behind a closing quote") }
        position += bytes[position] == 0x0d ? 2 : 1
        return (text, true)
    }

    private func isRowEnd(_ place: Int) -> Bool {
        bytes[place] == 0x0a || (bytes[place] == 0x0d && place + 1 < bytes.count && bytes[place + 1] == 0x0a)
    }

    private func quoted() throws(Failure) -> [UInt8] {
        var content: [UInt8] = []
        position += 1
        while position < bytes.count {
            if bytes[position] == Self.quote {
                position += 1
                guard position < bytes.count, bytes[position] == Self.quote else { return content }
            }
            content.append(bytes[position])
            guard content.count <= SheetLimits.cell else {
                throw SheetLimits.exceeded("bytes a cell", SheetLimits.cell)
            }
            position += 1
        }
        throw malformed("a quote that is never closed")
    }

    private func text(_ content: [UInt8]) throws(Failure) -> String {
        switch encoding {
        case .utf8:
            guard let text = String(validating: content, as: UTF8.self) else {
                throw Problem.paperEncodingUnclear(["row": String(number)])
            }
            return text
        case .windows1251:
            guard let text = Windows1251.text(content) else { throw malformed("the byte 98, which Windows-1251 lacks") }
            return text
        }
    }

    private func malformed(_ what: String) -> Failure { Sheet.unreadable("row \(number): \(what)") }
}

/// The code page of Cyrillic Windows, as Mongolian offices used it.
enum Windows1251 {
    // 0x80…0xBF. Є, є, Ї and ї are no Mongolian letters: fonts showed Ө, ө, Ү and ү in their places.
    private static let upper: [UInt16] = [
        0x0402, 0x0403, 0x201a, 0x0453, 0x201e, 0x2026, 0x2020, 0x2021, 0x20ac, 0x2030, 0x0409, 0x2039, 0x040a, 0x040c,
        0x040b, 0x040f, 0x0452, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0, 0x2122, 0x0459, 0x203a,
        0x045a, 0x045c, 0x045b, 0x045f, 0x00a0, 0x040e, 0x045e, 0x0408, 0x00a4, 0x0490, 0x00a6, 0x00a7, 0x0401, 0x00a9,
        0x04e8, 0x00ab, 0x00ac, 0x00ad, 0x00ae, 0x04ae, 0x00b0, 0x00b1, 0x0406, 0x0456, 0x0491, 0x00b5, 0x00b6, 0x00b7,
        0x0451, 0x2116, 0x04e9, 0x00bb, 0x0458, 0x0405, 0x0455, 0x04af,
    ]

    /// `nil` for the one byte that is no character.
    static func text(_ bytes: [UInt8]) -> String? {
        var scalars = String.UnicodeScalarView()
        for byte in bytes {
            let value: UInt16 =
                switch byte {
                case 0..<0x80: UInt16(byte)
                case 0x80..<0xc0: upper[Int(byte) - 0x80]
                default: 0x0410 + UInt16(byte) - 0xc0
                }
            guard value != 0 || byte == 0, let scalar = Unicode.Scalar(value) else { return nil }
            scalars.append(scalar)
        }
        return String(scalars)
    }
}

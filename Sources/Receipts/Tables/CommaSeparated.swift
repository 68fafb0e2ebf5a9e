/// Comma-separated values (RFC 4180) in UTF-8: fields that are quoted where they hold commas, quotes or line breaks.
///
/// Lines end with LF or CRLF. Empty lines, and those that begin with `#`, are passed over; a byte order mark is, too.
struct CommaSeparated {
    /// One record, and the line on which it begins, from 1.
    struct Record: Equatable {
        let line: Int
        var fields: [String]
    }

    /// What is wrong, and on which line.
    struct Fault: Error, Equatable {
        let line: Int
        let reason: String
    }

    private var bytes: ArraySlice<UInt8>
    private var line = 1

    private static let (quote, comma, newline, carriageReturn) = (
        UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r")
    )

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
    }

    /// All records. O(n); never traps.
    static func records(_ bytes: [UInt8]) throws(Fault) -> [Record] {
        var reader = CommaSeparated(bytes)
        var records: [Record] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    private mutating func next() throws(Fault) -> Record? {
        while let first = bytes.first {
            switch first {
            case Self.newline:
                bytes.removeFirst()
                line += 1
            case Self.carriageReturn where bytes.dropFirst().first == Self.newline: bytes.removeFirst()
            case UInt8(ascii: "#"): bytes = bytes.drop { $0 != Self.newline }
            default: return try record()
            }
        }
        return nil
    }

    private mutating func record() throws(Fault) -> Record {
        var record = Record(line: line, fields: [])
        while true {
            record.fields.append(try bytes.first == Self.quote ? quoted() : plain())
            guard let next = bytes.popFirst() else { return record }
            switch next {
            case Self.comma: continue
            case Self.carriageReturn where bytes.first == Self.newline: bytes.removeFirst()
            case Self.newline: break
            case Self.carriageReturn: throw Fault(line: line, reason: "a carriage return that ends no line")
            default: throw Fault(line: line, reason: "text behind a closing quote")
            }
            line += 1
            return record
        }
    }

    private mutating func plain() throws(Fault) -> String {
        let end = bytes.firstIndex { [Self.comma, Self.newline, Self.carriageReturn, Self.quote].contains($0) }
        let field = bytes[..<(end ?? bytes.endIndex)]
        bytes = bytes[(end ?? bytes.endIndex)...]
        if bytes.first == Self.quote { throw Fault(line: line, reason: "a quote within a field that is not quoted") }
        return try text(Array(field))
    }

    private mutating func quoted() throws(Fault) -> String {
        let begin = line
        bytes.removeFirst()
        var field: [UInt8] = []
        while let byte = bytes.popFirst() {
            if byte == Self.newline { line += 1 }
            guard byte == Self.quote else {
                field.append(byte)
                continue
            }
            guard bytes.first == Self.quote else { return try text(field) }
            bytes.removeFirst()
            field.append(Self.quote)
        }
        throw Fault(line: begin, reason: "a quoted field without its end")
    }

    private func text(_ field: [UInt8]) throws(Fault) -> String {
        guard let text = String(validating: field, as: UTF8.self) else {
            throw Fault(line: line, reason: "bytes that are not UTF-8")
        }
        return text
    }
}

import Catalogue
import LedgerMerkle

/// Recorded values as text that is safe to print: they come from somebody else and may hold anything.
enum Display {
    /// The value as a person reads it; hexadecimal when it is not UTF-8.
    static func text(_ value: [UInt8], as type: FieldType? = nil, in language: Language = .en) -> String {
        switch type {
        case .money: money(value, in: language) ?? text(value)
        case .time: time(value, in: language) ?? text(value)
        default: String(validating: value, as: UTF8.self).map(escaped) ?? "0x\(hexadecimal(value))"
        }
    }

    /// The lines of a value that needs several: JSON as an outline, lines as they are; `nil` for others. A plain text never gets
    /// lines of its own: it could look like a line of ours.
    static func lines(_ value: [UInt8], as type: FieldType?) -> [String]? {
        if type == .json { return JSONOutline.lines(value) }
        guard type == .lines, let text = String(validating: value, as: UTF8.self) else { return nil }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) }
    }

    /// The text with all that a terminal or a reader's eye could obey instead of read made visible: controls, line and paragraph
    /// separators, and the marks that turn the direction of writing.
    static func escaped(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard isUnsafe(scalar) else {
                out.append(scalar)
                continue
            }
            out.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
        }
        return String(out)
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: true
        default: false
        }
    }

    /// `12 345 678,90 ₮` or `12,345,678.90 ₮`; `nil` when the value is not an amount.
    private static func money(_ value: [UInt8], in language: Language) -> String? {
        guard let mongo = Money.mongo(recorded: value) else { return nil }
        let digits = String(mongo.magnitude / 100)
        var grouped = ""
        for (position, digit) in digits.enumerated() {
            if position > 0, (digits.count - position) % 3 == 0 { grouped += language == .mn ? " " : "," }
            grouped.append(digit)
        }
        let fraction = String(mongo.magnitude % 100)
        let sign = mongo < 0 ? "-" : ""
        return sign + grouped + (language == .mn ? "," : ".") + (fraction.count == 1 ? "0" : "") + fraction + " ₮"
    }

    /// The time in Ulaanbaatar; an offset behind the milliseconds is how the issuer wrote it and shifts nothing.
    private static func time(_ value: [UInt8], in language: Language) -> String? {
        let digits = value.prefix { (0x30...0x39).contains($0) }
        let offset = value[digits.endIndex...]
        let isOffset = offset.isEmpty || (offset.count == 6 && (offset.first == 0x2b || offset.first == 0x2d))
        guard isOffset, let milliseconds = UInt64(String(decoding: digits, as: UTF8.self)) else { return nil }
        return UlaanbaatarTime(unixMilliseconds: milliseconds).text(language)
    }
}

/// A receipt's number (ДДТД): 33 decimal digits.
///
/// The shape, as far as it can be inferred from real numbers, is
/// `TIN padded to 12 | branch 3 | day code 5 | sequence 5 | number of the issuing PosAPI 8`. Numbers that come from outside are
/// opaque: only their length and their TIN are looked at. They can be guessed, so a number alone never opens a record.
public struct ReceiptID: Hashable, Sendable, CustomStringConvertible {
    /// The 33 digits.
    public let text: String

    /// How many digits there are.
    public static let length = 33

    /// - Returns: `nil` unless the text is 33 ASCII digits.
    public init?(_ text: String) {
        guard text.utf8.count == Self.length, text.isDecimalDigits else { return nil }
        self.text = text
    }

    public var description: String { text }

    /// The TINs that the first twelve digits may stand for, likeliest first: without the padding, then all twelve.
    public var merchantTINs: [String] {
        let padded = String(text.prefix(12))
        let trimmed = String(padded.drop { $0 == "0" })
        return trimmed == padded || trimmed.isEmpty ? [padded] : [trimmed, padded]
    }
}

extension String {
    /// Nothing but ASCII digits, at least one.
    var isDecimalDigits: Bool {
        !isEmpty && utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }

    /// The ASCII letters in upper case, and nothing else changed: as many bytes as before.
    var asciiUppercased: String {
        String(
            decoding: utf8.map { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") ? $0 & 0xdf : $0 }, as: UTF8.self)
    }

    /// Zeros before it up to a width.
    func leftPadded(to width: Int) -> String {
        String(repeating: "0", count: max(0, width - utf8.count)) + self
    }
}

// The lines and words of the C2SP text formats, read as bytes: Swift compares strings by canonical equivalence, under
// which a Kelvin sign is a K, while these formats compare bytes.

/// Reads lines that end with a newline.
struct LineReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Collection<UInt8>) {
        rest = Array(bytes)[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// The bytes not read yet.
    var remainder: ArraySlice<UInt8> { rest }

    /// The next line without its newline; `nil` when no newline is left.
    mutating func next() -> ArraySlice<UInt8>? {
        guard let end = rest.firstIndex(of: newline) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return rest[..<end]
    }
}

let newline: UInt8 = 0x0a
let space: UInt8 = 0x20

/// An ASCII decimal number without sign or leading zeros; `nil` for anything else.
func parseDecimal(_ digits: some Collection<UInt8>) -> UInt64? {
    guard let first = digits.first, digits.count == 1 || first != UInt8(ascii: "0") else { return nil }
    var value: UInt64 = 0
    for digit in digits {
        guard (0x30...0x39).contains(digit) else { return nil }
        let (tens, tooLarge) = value.multipliedReportingOverflow(by: 10)
        let (sum, overflow) = tens.addingReportingOverflow(UInt64(digit - 0x30))
        guard !tooLarge, !overflow else { return nil }
        value = sum
    }
    return value
}

/// The text of bytes that are valid UTF-8; `nil` otherwise.
func parseUTF8(_ bytes: some Collection<UInt8>) -> String? {
    String(validating: bytes, as: UTF8.self)
}

/// Whether two names are the same bytes.
func sameBytes(_ a: String, _ b: String) -> Bool {
    a.utf8.elementsEqual(b.utf8)
}

/// Whether bytes hold a control character that a signed note forbids: any below 0x20 but the newline.
func hasForbiddenControl(_ bytes: some Sequence<UInt8>) -> Bool {
    bytes.contains { $0 < 0x20 && $0 != newline }
}

/// Whether a text may name a key: not empty, without Unicode spaces, plus signs and control characters.
func isKeyName(_ name: String) -> Bool {
    !name.isEmpty
        && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "+" && !$0.properties.isWhitespace }
}

/// The 8 lower-case hexadecimal digits of a key id.
func keyIDText(_ id: UInt32) -> String {
    let digits = String(id, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
}

/// Reads 8 lower-case hexadecimal digits.
func parseKeyID(_ text: some Collection<UInt8>) -> UInt32? {
    guard text.count == 8, text.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else {
        return nil
    }
    return UInt32(String(decoding: text, as: UTF8.self), radix: 16)
}

extension FixedWidthInteger {
    /// The bytes of an integer, the most significant first.
    var bigEndianBytes: [UInt8] {
        withUnsafeBytes(of: bigEndian) { Array($0) }
    }

    /// Reads an integer from as many bytes as it has, the most significant first.
    init?(bigEndianBytes bytes: some Collection<UInt8>) {
        guard bytes.count == Self.bitWidth / 8 else { return nil }
        self = bytes.reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) }
    }
}

/// Why bytes are not what they should be: what, and at which byte.
public struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong; more may be added.
    public enum Code: String, Sendable {
        case tooShort, trailingBytes, tooLarge, wrongLength, unknownVersion, badName, namesOutOfOrder, badFlag
    }

    public let code: Code
    /// Counted from the first byte of what was being read.
    public let offset: Int
    /// For developers, in English.
    public let reason: String

    public var description: String { "\(reason) (byte \(offset))" }
}

/// Reads big-endian numbers and counted bytes from the front; never past the end.
struct ByteReader {
    private let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The bytes not yet read.
    var remaining: Int { bytes.count - offset }

    func error(_ code: FormatError.Code, _ reason: String) -> FormatError {
        FormatError(code: code, offset: offset, reason: reason)
    }

    mutating func bytes(_ count: Int, _ what: String) throws(FormatError) -> ArraySlice<UInt8> {
        bytes[try range(count, what)]
    }

    /// Where the next bytes stand.
    mutating func range(_ count: Int, _ what: String) throws(FormatError) -> Range<Int> {
        guard count <= remaining else { throw error(.tooShort, "\(what) needs \(count) bytes, \(remaining) are left") }
        defer { offset += count }
        return offset..<offset + count
    }

    /// An unsigned big-endian number of at most 8 bytes.
    mutating func number(bytes count: Int, _ what: String) throws(FormatError) -> UInt64 {
        var number: UInt64 = 0
        for place in try range(count, what) { number = number << 8 | UInt64(bytes[place]) }
        return number
    }

    mutating func byte(_ what: String) throws(FormatError) -> UInt8 {
        UInt8(truncatingIfNeeded: try number(bytes: 1, what))
    }

    /// Bytes after a big-endian length of 4 bytes.
    mutating func longBytes(limit: Int, _ what: String) throws(FormatError) -> [UInt8] {
        Array(bytes[try longRange(limit: limit, what)])
    }

    /// Where bytes after a big-endian length of 4 bytes stand.
    mutating func longRange(limit: Int, _ what: String) throws(FormatError) -> Range<Int> {
        let count = Int(try number(bytes: 4, what))
        guard count <= limit else { throw error(.tooLarge, "\(what) has \(count) bytes, \(limit) are allowed") }
        return try range(count, what)
    }

    func finish() throws(FormatError) {
        guard remaining == 0 else { throw error(.trailingBytes, "\(remaining) bytes too many") }
    }
}

extension [UInt8] {
    /// Appends the low `count` bytes of a number, most significant first.
    mutating func append(bigEndian value: some BinaryInteger, bytes count: Int) {
        for shift in stride(from: (count - 1) * 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}

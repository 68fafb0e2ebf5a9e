import LedgerStorage

/// Reads packed numbers and bytes from the front, never past the end: what was read may come from a damaged disk.
struct PackedReader {
    let bytes: [UInt8]
    private(set) var at: Int
    private let end: Int

    init(_ bytes: [UInt8], from start: Int = 0) {
        self.bytes = bytes
        at = start
        end = bytes.count
    }

    var isAtEnd: Bool { at == end }

    static func damaged(_ what: String) -> StorageError {
        StorageError(
            .corrupt, "a block of packed records is damaged: \(what)", remedy: "run `tamga audit`, then `tamga repair`")
    }

    mutating func byte() throws -> UInt8 {
        guard at < end else { throw PackedReader.damaged("it ends early") }
        defer { at += 1 }
        return bytes[at]
    }

    /// An unsigned LEB128 number of 64 bits.
    mutating func number() throws -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            guard shift < 63 || (shift == 63 && byte <= 1) else { throw PackedReader.damaged("a number is too large") }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    /// A number that counts or numbers something: at most `limit`.
    mutating func count(limit: Int) throws -> Int {
        let value = try number()
        guard value <= UInt64(limit) else {
            throw PackedReader.damaged("a count of \(value) where \(limit) is the most")
        }
        return Int(value)
    }

    mutating func range(_ count: Int) throws -> Range<Int> {
        guard count >= 0, count <= end - at else { throw PackedReader.damaged("it ends early") }
        defer { at += count }
        return at..<at + count
    }
}

extension [UInt8] {
    /// Appends an unsigned LEB128 number.
    mutating func append(number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func append(count: Int) {
        append(number: UInt64(count))
    }
}

extension Int64 {
    /// 0, −1, 1, −2, … as 0, 1, 2, 3, …
    var zigzag: UInt64 { UInt64(bitPattern: self &<< 1) ^ UInt64(bitPattern: self &>> 63) }

    init(zigzag: UInt64) {
        self = Int64(bitPattern: zigzag &>> 1) ^ -Int64(bitPattern: zigzag & 1)
    }
}

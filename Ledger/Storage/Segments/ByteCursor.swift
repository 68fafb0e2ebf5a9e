/// Reads numbers and bytes one after another; never beyond the end.
struct ByteCursor {
    /// The bytes end before what was asked for, or a number does not fit.
    struct Shortage: Error {}

    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    init(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    var remaining: Int { bytes.endIndex - position }

    mutating func bytes(_ count: Int) throws(Shortage) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw Shortage() }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func number<Value: FixedWidthInteger & UnsignedInteger>(_: Value.Type) throws(Shortage) -> Value {
        var value: Value = 0
        for byte in try bytes(Value.bitWidth / 8) { value = value << 8 | Value(byte) }
        return value
    }

    mutating func byte() throws(Shortage) -> UInt8 {
        guard position < bytes.endIndex else { throw Shortage() }
        defer { position += 1 }
        return bytes[position]
    }

    /// An unsigned number in groups of seven bits, least significant first, in as few bytes as possible.
    mutating func varint() throws(Shortage) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let byte = try byte()
            guard shift < 63 || byte <= 1 else { throw Shortage() }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 {
                guard byte > 0 || shift == 0 else { throw Shortage() }
                return value
            }
        }
        throw Shortage()
    }

    /// A number that must not exceed a limit.
    mutating func count(limit: Int) throws(Shortage) -> Int {
        let value = try varint()
        guard value <= UInt64(limit) else { throw Shortage() }
        return Int(value)
    }
}

extension [UInt8] {
    /// Appends a number as `ByteCursor.varint` reads it.
    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}

import CanonicalJSON
import Glibc

/// Reads the usual body of `POST /rest/receipt` in one pass over its bytes, with no tree in between.
///
/// It knows the members of the PosAPI in their usual spelling and nothing else. Whatever is unusual makes it give up: escapes, another
/// letter case, members that nobody knows or that come twice, exponents, anything wrong. `ReceiptRequest.parse` then reads
/// the body the general way, which decides, and names what is wrong. What this reader does give, the general way gives, too: tests and
/// the fuzzer hold the two against each other.
struct UsualReceiptReader {
    /// The body is not the usual one.
    struct Unusual: Error {}

    let bytes: UnsafeRawBufferPointer
    private(set) var at = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    // MARK: Structure

    /// The next byte that is not white space; stays before it.
    @inline(__always)
    mutating func next() throws(Unusual) -> UInt8 {
        while at < bytes.count {
            let byte = bytes[at]
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
            at += 1
        }
        throw Unusual()
    }

    @inline(__always)
    mutating func expect(_ byte: UInt8) throws(Unusual) {
        guard try next() == byte else { throw Unusual() }
        at += 1
    }

    /// Nothing but white space may follow.
    mutating func end() throws(Unusual) {
        while at < bytes.count {
            let byte = bytes[at]
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { throw Unusual() }
            at += 1
        }
    }

    /// The members of an object.
    ///
    /// - Parameter member: called behind the colon of each; reads the value.
    @inline(__always)
    mutating func object(
        _ member: (inout UsualReceiptReader, Name) throws(Unusual) -> Void
    ) throws(Unusual) {
        try expect(UInt8(ascii: "{"))
        while true {
            let name = Name(try string())
            try expect(UInt8(ascii: ":"))
            try member(&self, name)
            let byte = try next()
            at += 1
            if byte == UInt8(ascii: "}") { return }
            guard byte == UInt8(ascii: ",") else { throw Unusual() }
        }
    }

    /// The elements of an array that has at least one.
    @inline(__always)
    mutating func array(_ element: (inout UsualReceiptReader) throws(Unusual) -> Void) throws(Unusual) {
        try expect(UInt8(ascii: "["))
        while true {
            try element(&self)
            let byte = try next()
            at += 1
            if byte == UInt8(ascii: "]") { return }
            guard byte == UInt8(ascii: ",") else { throw Unusual() }
        }
    }

    /// A member's name as it stands in the body.
    struct Name {
        private let bytes: UnsafeRawBufferPointer

        @inline(__always)
        init(_ bytes: UnsafeRawBufferPointer) {
            self.bytes = bytes
        }

        @inline(__always)
        static func ~= (text: StaticString, name: Name) -> Bool {
            guard text.utf8CodeUnitCount == name.bytes.count, let start = name.bytes.baseAddress else { return false }
            return memcmp(text.utf8Start, start, name.bytes.count) == 0
        }
    }

    /// What was met of an object: no member may come twice.
    struct Seen {
        private var bits: UInt32 = 0

        @inline(__always)
        mutating func add(_ number: UInt32) throws(Unusual) {
            guard bits & 1 << number == 0 else { throw Unusual() }
            bits |= 1 << number
        }
    }

    // MARK: Values

    /// The bytes between two quotes; none of them escaped.
    @inline(__always)
    mutating func string() throws(Unusual) -> UnsafeRawBufferPointer {
        guard try next() == UInt8(ascii: "\"") else { throw Unusual() }
        at += 1
        let start = at
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                defer { at += 1 }
                return UnsafeRawBufferPointer(rebasing: bytes[start..<at])
            }
            guard byte >= 0x20, byte != UInt8(ascii: "\\") else { throw Unusual() }
            at += 1
        }
        throw Unusual()
    }

    /// Steps over `null`, if it stands here.
    @inline(__always)
    mutating func skipNull() throws(Unusual) -> Bool {
        guard try next() == UInt8(ascii: "n") else { return false }
        guard bytes.count - at >= 4, memcmp(bytes.baseAddress.unsafelyUnwrapped + at, "null", 4) == 0 else {
            throw Unusual()
        }
        at += 4
        return true
    }

    /// A text; `null` and `""` count as absent.
    mutating func text(limit: Int) throws(Unusual) -> String? {
        if try skipNull() { return nil }
        let bytes = try string()
        guard !bytes.isEmpty else { return nil }
        guard bytes.count <= limit else { throw Unusual() }
        var text = String(decoding: bytes, as: UTF8.self)
        // Bytes that are not UTF-8 were put right, and are no longer the same.
        let isSame = text.withUTF8 { utf8 in
            guard let one = utf8.baseAddress, let other = bytes.baseAddress else { return false }
            return utf8.count == bytes.count && memcmp(one, other, utf8.count) == 0
        }
        guard isSame else { throw Unusual() }
        return text
    }

    /// A text of digits only.
    mutating func digits(_ counts: ClosedRange<Int>) throws(Unusual) -> String? {
        if try skipNull() { return nil }
        let bytes = try string()
        guard !bytes.isEmpty else { return nil }
        guard counts.contains(bytes.count), bytes.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { throw Unusual() }
        return String(decoding: bytes, as: UTF8.self)
    }

    mutating func receiptID() throws(Unusual) -> ReceiptID? {
        try digits(ReceiptID.length...ReceiptID.length).flatMap { ReceiptID($0) }
    }

    /// An amount, as a number or as the same in a string; `nil` for `null` and `""`.
    mutating func money() throws(Unusual) -> Money? {
        guard let number = try decimal() else { return nil }
        guard number.decimals <= 2, let money = Money(mongo: number.units * [100, 10, 1][number.decimals]) else {
            throw Unusual()
        }
        return money
    }

    /// A quantity, as a number or as the same in a string; `nil` for `null` and `""`.
    mutating func quantity() throws(Unusual) -> Quantity? {
        guard let number = try decimal() else { return nil }
        let exact =
            number.decimals == 0 ? JSONNumber(number.units) : JSONNumber(number.units, decimals: number.decimals)
        guard let quantity = Quantity(exact) else { throw Unusual() }
        return quantity
    }

    /// A decimal of at most 15 digits that is not negative: `units` × 10^−`decimals`.
    private mutating func decimal() throws(Unusual) -> (units: Int64, decimals: Int)? {
        if try skipNull() { return nil }
        let isQuoted = bytes[at] == UInt8(ascii: "\"")
        if isQuoted {
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
                at += 1
                return nil
            }
        }
        let start = at
        var units: Int64 = 0
        var point: Int?
        while at < bytes.count {
            let byte = bytes[at]
            if byte >= 0x30, byte <= 0x39 {
                units = units * 10 + Int64(byte - 0x30)
            } else if byte == UInt8(ascii: "."), point == nil, at > start {
                point = at
            } else {
                break
            }
            at += 1
            guard at - start <= 16 else { throw Unusual() }
        }
        let decimals = point.map { at - $0 - 1 } ?? 0
        let whole = (point ?? at) - start
        // No digits, a point without any behind it, or zeros in front: the general way says what that is.
        guard whole > 0, point == nil || decimals > 0, whole == 1 || bytes[start] != UInt8(ascii: "0"), at < bytes.count
        else { throw Unusual() }
        let byte = bytes[at]
        if isQuoted {
            guard byte == UInt8(ascii: "\"") else { throw Unusual() }
            at += 1
        } else {
            guard byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") else { throw Unusual() }
        }
        return (units, decimals)
    }

    /// Any value, read the general way; `nil` for `null` and `""`.
    ///
    /// - Parameter depth: how many arrays and objects are open here.
    mutating func value(depth: Int) throws(Unusual) -> JSONValue? {
        _ = try next()
        let start = at
        try skipValue()
        let limits = JSONLimits(bytes: ReceiptLimits.body, depth: ReceiptLimits.depth - depth)
        guard let value = try? JSONValue(parsing: Array(bytes[start..<at]), limits: limits) else { throw Unusual() }
        let kept = value.withoutPrintedOnly
        return kept == .null || kept == .string("") ? nil : kept
    }

    /// Steps over a value by its brackets and quotes. Whether it is one is for the general way to say.
    private mutating func skipValue() throws(Unusual) {
        var open = 0
        repeat {
            switch try next() {
            case UInt8(ascii: "\""): _ = try string()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                open += 1
                at += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard open > 0 else { throw Unusual() }
                open -= 1
                at += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard open > 0 else { throw Unusual() }
                at += 1
            default:
                while at < bytes.count,
                    ![0x20, 0x0a, 0x0d, 0x09, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d, 0x22].contains(bytes[at])
                {
                    at += 1
                }
            }
        } while open > 0
    }
}

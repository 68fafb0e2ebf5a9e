extension JSONValue {
    /// Reads one JSON text, strictly as RFC 8259 has it: UTF-8 without a byte order mark, no comments, nothing after the value.
    ///
    /// Of equal member names the last one counts (RFC 8259 section 4 leaves that open). O(n).
    /// - Throws: ``JSONError`` with the byte at which reading stopped. Never traps, whatever the bytes are.
    public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        guard bytes.count <= limits.bytes else { throw JSONError(.tooLong, at: limits.bytes) }
        var reader = JSONReader(bytes: bytes, depth: limits.depth)
        self = try reader.wholeText()
    }

    /// Reads one JSON text, as ``init(parsing:limits:)-bytes`` does.
    public init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }
}

private struct JSONReader {
    let bytes: [UInt8]
    /// How many more arrays and objects may be opened.
    var depth: Int
    var at = 0

    init(bytes: [UInt8], depth: Int) {
        self.bytes = bytes
        self.depth = depth
    }

    mutating func wholeText() throws(JSONError) -> JSONValue {
        let value = try value()
        skipSpace()
        guard at == bytes.count else { throw JSONError(.trailing, at: at) }
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        switch try next() {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw JSONError(.unexpected, at: at)
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        try open()
        var members: [JSONObject.Member] = []
        if try next() == UInt8(ascii: "}") {
            close()
            return .object(JSONObject())
        }
        while true {
            guard try next() == UInt8(ascii: "\"") else { throw JSONError(.unexpected, at: at) }
            let name = try string()
            guard try next() == UInt8(ascii: ":") else { throw JSONError(.unexpected, at: at) }
            at += 1
            members.append(JSONObject.Member(name: name, value: try value()))
            if try !goesOn(until: UInt8(ascii: "}")) { break }
        }
        close()
        return .object(JSONObject(members))
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        try open()
        var elements: [JSONValue] = []
        if try next() == UInt8(ascii: "]") {
            close()
            return .array([])
        }
        while true {
            elements.append(try value())
            if try !goesOn(until: UInt8(ascii: "]")) { break }
        }
        close()
        return .array(elements)
    }

    private mutating func open() throws(JSONError) {
        guard depth > 0 else { throw JSONError(.tooDeep, at: at) }
        depth -= 1
        at += 1
    }

    private mutating func close() {
        depth += 1
        at += 1
    }

    /// Steps over a comma and tells whether another element follows, or stops before the closing bracket.
    private mutating func goesOn(until end: UInt8) throws(JSONError) -> Bool {
        let byte = try next()
        if byte == end { return false }
        guard byte == UInt8(ascii: ",") else { throw JSONError(.unexpected, at: at) }
        at += 1
        return true
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard at < bytes.count else { throw JSONError(.ended, at: at) }
            guard bytes[at] == word.utf8Start[index] else { throw JSONError(.unexpected, at: at) }
            at += 1
        }
        return value
    }

    private mutating func number() throws(JSONError) -> JSONNumber {
        var scan = NumberScan()
        guard let end = scan.read(bytes, from: at) else { throw JSONError(.number, at: at) }
        guard let number = scan.number else { throw JSONError(.numberRange, at: at) }
        at = end
        return number
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        while true {
            let byte = try byteInString()
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            at += 1
        }
        defer { at += 1 }
        return try text(bytes[start..<at], from: start)
    }

    /// The slow way, from the first escape on.
    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var unescaped = Array(bytes[start..<at])
        while true {
            let byte = try byteInString()
            at += 1
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                try escape(into: &unescaped)
            } else {
                unescaped.append(byte)
            }
        }
        return try text(unescaped[...], from: start)
    }

    private func byteInString() throws(JSONError) -> UInt8 {
        guard at < bytes.count else { throw JSONError(.ended, at: at) }
        guard bytes[at] >= 0x20 else { throw JSONError(.control, at: at) }
        return bytes[at]
    }

    private func text(_ slice: ArraySlice<UInt8>, from start: Int) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw JSONError(.utf8, at: start) }
        return text
    }

    private mutating func escape(into unescaped: inout [UInt8]) throws(JSONError) {
        guard at < bytes.count else { throw JSONError(.ended, at: at) }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0c)
        case UInt8(ascii: "n"): unescaped.append(0x0a)
        case UInt8(ascii: "r"): unescaped.append(0x0d)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"): unescaped += Array(String(Character(try scalar())).utf8)
        default: throw JSONError(.escape, at: at - 2)
        }
    }

    /// The scalar of `\uXXXX`, or of a pair of them.
    private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
        let start = at - 2
        let unit = try hexadecimal()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xdc00 else { throw JSONError(.surrogate, at: start) }
        for expected in [UInt8(ascii: "\\"), UInt8(ascii: "u")] {
            guard at < bytes.count else { throw JSONError(.ended, at: at) }
            guard bytes[at] == expected else { throw JSONError(.surrogate, at: start) }
            at += 1
        }
        let low = try hexadecimal()
        guard (0xdc00...0xdfff).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xd800) << 10 + (UInt32(low) - 0xdc00))
        else { throw JSONError(.surrogate, at: start) }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard at < bytes.count else { throw JSONError(.ended, at: at) }
            guard let digit = Character(Unicode.Scalar(bytes[at])).hexDigitValue else {
                throw JSONError(.escape, at: at)
            }
            value = value << 4 | UInt16(digit)
            at += 1
        }
        return value
    }

    private mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[at]) { at += 1 }
    }

    /// The next byte that is not white space; stays before it.
    private mutating func next() throws(JSONError) -> UInt8 {
        while at < bytes.count {
            let byte = bytes[at]
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
            at += 1
        }
        throw JSONError(.ended, at: at)
    }
}

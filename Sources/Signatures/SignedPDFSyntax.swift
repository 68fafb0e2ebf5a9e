/// Bytes that are no PDF syntax (ISO 32000-1 section 7.3), with the reason.
struct PDFSyntaxError: Error {
    let reason: String
}

/// A PDF object, as far as signatures need it.
indirect enum PDFValue {
    case name([UInt8])
    case integer(Int)
    case string([UInt8])
    /// A hexadecimal string, not decoded: where it is, with its angle brackets.
    case hexString(Range<Int>)
    case array([PDFValue])
    case dictionary(PDFDictionary)
    case reference(Int, generation: Int)
    /// A real number, a boolean or null.
    case other

    var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    var name: String? { if case .name(let value) = self { String(decoding: value, as: UTF8.self) } else { nil } }
    var array: [PDFValue]? { if case .array(let value) = self { value } else { nil } }
    var dictionary: PDFDictionary? { if case .dictionary(let value) = self { value } else { nil } }
}

/// A dictionary without doubled keys.
struct PDFDictionary {
    struct Entry {
        let key: [UInt8]
        /// Where the key's `/` is.
        let position: Int
        let value: PDFValue
    }

    let entries: [Entry]

    subscript(_ key: String) -> PDFValue? { entries.first { $0.key.elementsEqual(key.utf8) }?.value }
}

/// Reads PDF objects. Strict where readers differ: doubled keys, bad escapes of names and unended strings are errors.
struct PDFReader {
    let bytes: [UInt8]
    var position: Int

    private static let depthLimit = 32
    /// Of all objects read, nested ones included.
    private static let elementLimit = 1 << 20
    private var elements = 0

    init(_ bytes: [UInt8], at position: Int) {
        self.bytes = bytes
        self.position = position
    }

    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
        while let byte = next {
            if byte == UInt8(ascii: "%") {
                while let byte = next, byte != 10, byte != 13 { position += 1 }
            } else if !isSpace(byte) {
                return
            } else {
                position += 1
            }
        }
    }

    /// Passes a keyword, if it stands here as a word of its own.
    mutating func pass(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[position + offset] != word.utf8Start[offset] { return false }
        if position + count < bytes.count, !isSpace(bytes[position + count]), !isDelimiter(bytes[position + count]) {
            return false
        }
        position += count
        return true
    }

    /// Digits alone: what offsets and object numbers are.
    mutating func unsigned() -> Int? {
        var value = 0
        var digits = 0
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) {
            digits += 1
            guard digits <= 18 else { return nil }
            value = value * 10 + Int(byte - 0x30)
            position += 1
        }
        if digits == 0 || (next.map { !isSpace($0) && !isDelimiter($0) } ?? false) {
            position = start
            return nil
        }
        return value
    }

    /// `N G obj`.
    mutating func objectHeader() -> (number: Int, generation: Int)? {
        guard let number = unsigned() else { return nil }
        skipSpace()
        guard let generation = unsigned() else { return nil }
        skipSpace()
        return pass("obj") ? (number, generation) : nil
    }

    mutating func value(depth: Int = 0) throws(PDFSyntaxError) -> PDFValue {
        guard depth < Self.depthLimit else { throw PDFSyntaxError(reason: "nested too deeply") }
        elements += 1
        guard elements <= Self.elementLimit else { throw PDFSyntaxError(reason: "an object too long") }
        skipSpace()
        guard let byte = next else { throw PDFSyntaxError(reason: "it ends within an object") }
        switch byte {
        case UInt8(ascii: "/"): return .name(try name())
        case UInt8(ascii: "("): return .string(try literalString())
        case UInt8(ascii: "["): return .array(try array(depth))
        case UInt8(ascii: "<"):
            let isDictionary = position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "<")
            return isDictionary ? .dictionary(try dictionary(depth)) : .hexString(try hexString())
        default: return try number()
        }
    }

    private mutating func name() throws(PDFSyntaxError) -> [UInt8] {
        position += 1
        var name: [UInt8] = []
        while let byte = next, !isSpace(byte), !isDelimiter(byte) {
            position += 1
            guard byte == UInt8(ascii: "#") else {
                name.append(byte)
                continue
            }
            guard position + 1 < bytes.count, let high = hexDigit(bytes[position]),
                let low = hexDigit(bytes[position + 1])
            else { throw PDFSyntaxError(reason: "a name with a bad escape") }
            name.append(high << 4 | low)
            position += 2
        }
        return name
    }

    private mutating func literalString() throws(PDFSyntaxError) -> [UInt8] {
        position += 1
        var string: [UInt8] = []
        var open = 1
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "("): open += 1
            case UInt8(ascii: ")"):
                open -= 1
                if open == 0 { return string }
            case UInt8(ascii: "\\"):
                if let escaped = escape() { string.append(escaped) }
                continue
            default: break
            }
            string.append(byte)
        }
        throw PDFSyntaxError(reason: "a string that does not end")
    }

    /// What follows a backslash; `nil` for a line that goes on.
    private mutating func escape() -> UInt8? {
        guard let byte = next else { return nil }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "f"): return 12
        case 10: return nil
        case 13:
            if next == 10 { position += 1 }
            return nil
        case 0x30...0x37:
            var value = Int(byte - 0x30)
            for _ in 0..<2 {
                guard let digit = next, (0x30...0x37).contains(digit) else { break }
                value = value * 8 + Int(digit - 0x30)
                position += 1
            }
            return UInt8(truncatingIfNeeded: value)
        default: return byte
        }
    }

    private mutating func hexString() throws(PDFSyntaxError) -> Range<Int> {
        let start = position
        position += 1
        while let byte = next {
            position += 1
            if byte == UInt8(ascii: ">") { return start..<position }
            guard hexDigit(byte) != nil || isSpace(byte) else { break }
        }
        throw PDFSyntaxError(reason: "a hexadecimal string with other characters")
    }

    private mutating func array(_ depth: Int) throws(PDFSyntaxError) -> [PDFValue] {
        position += 1
        var values: [PDFValue] = []
        while true {
            skipSpace()
            if next == UInt8(ascii: "]") {
                position += 1
                return values
            }
            values.append(try value(depth: depth + 1))
        }
    }

    private mutating func dictionary(_ depth: Int) throws(PDFSyntaxError) -> PDFDictionary {
        position += 2
        var entries: [PDFDictionary.Entry] = []
        var keys: Set<[UInt8]> = []
        while true {
            skipSpace()
            guard let byte = next else { throw PDFSyntaxError(reason: "a dictionary that does not end") }
            if byte == UInt8(ascii: ">") {
                guard position + 1 < bytes.count, bytes[position + 1] == byte else {
                    throw PDFSyntaxError(reason: "a dictionary that does not end in >>")
                }
                position += 2
                return PDFDictionary(entries: entries)
            }
            guard byte == UInt8(ascii: "/") else { throw PDFSyntaxError(reason: "a dictionary key that is no name") }
            let start = position
            let key = try name()
            guard keys.insert(key).inserted else { throw PDFSyntaxError(reason: "a dictionary key that occurs twice") }
            entries.append(PDFDictionary.Entry(key: key, position: start, value: try value(depth: depth + 1)))
        }
    }

    private mutating func number() throws(PDFSyntaxError) -> PDFValue {
        if let number = unsigned() {
            let end = position
            skipSpace()
            if let generation = unsigned() {
                skipSpace()
                if pass("R") { return .reference(number, generation: generation) }
            }
            position = end
            return .integer(number)
        }
        let start = position
        while let byte = next, !isSpace(byte), !isDelimiter(byte) { position += 1 }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        let isReal =
            !word.isEmpty
            && word.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2b || $0 == 0x2d || $0 == 0x2e }
        guard isReal || ["true", "false", "null"].contains(word) else {
            throw PDFSyntaxError(reason: "an object that begins with neither a name nor a number nor a bracket")
        }
        return .other
    }
}

func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 10 || byte == 13 || byte == 9 || byte == 12 || byte == 0 }

func isDelimiter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "["),
        UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "/"), UInt8(ascii: "%"):
        true
    default: false
    }
}

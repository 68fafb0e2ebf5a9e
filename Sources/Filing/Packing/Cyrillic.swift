/// One byte for each letter of Mongolian texts: ASCII as it is, U+0400…U+047F as 0x80…0xff, and Ү ү Ө ө as 1 to 4.
enum Cyrillic {
    private static let others: [(first: UInt8, second: UInt8)] = [
        (0xd2, 0xae), (0xd2, 0xaf), (0xd3, 0xa8), (0xd3, 0xa9),
    ]

    /// Whether some texts have such letters and none has any other.
    static func isUseful(_ values: [Slice32], in input: UnsafeBufferPointer<UInt8>) -> Bool {
        var isUseful = false
        for value in values {
            let range = value.range
            var at = range.lowerBound
            while at < range.upperBound {
                if (0x20..<0x80).contains(input[at]) {
                    at += 1
                } else {
                    guard at + 1 < range.upperBound, code(input[at], input[at + 1]) != nil else { return false }
                    isUseful = true
                    at += 2
                }
            }
        }
        return isUseful
    }

    private static func code(_ first: UInt8, _ second: UInt8) -> UInt8? {
        guard (0x80..<0xc0).contains(second) else { return nil }
        switch first {
        case 0xd0: return second
        case 0xd1: return second + 0x40
        default: return others.firstIndex { $0 == (first, second) }.map { UInt8($0 + 1) }
        }
    }

    /// Appends one byte a letter.
    /// - Precondition: `isUseful` said so.
    static func append(_ text: some Sequence<UInt8>, to out: inout [UInt8]) {
        var first: UInt8 = 0
        for byte in text {
            if first > 0 {
                out.append(code(first, byte) ?? 0)
                first = 0
            } else if byte < 0x80 {
                out.append(byte)
            } else {
                first = byte
            }
        }
    }

    /// Appends the UTF-8 of a text of one byte a letter.
    static func appendExpanded(_ text: UnsafeRawBufferPointer, to out: inout RowBytes) throws {
        let wide = text.reduce(0) { $0 + ($1 >= 0x80 || (1...4).contains($1) ? 1 : 0) }
        var at = try out.room(text.count + wide)
        for byte in text {
            switch byte {
            case 1...4:
                (at[0], at[1]) = others[Int(byte) - 1]
                at += 2
            case 0x80..<0xc0:
                (at[0], at[1]) = (0xd0, byte)
                at += 2
            case 0xc0...0xff:
                (at[0], at[1]) = (0xd1, byte - 0x40)
                at += 2
            default:
                at[0] = byte
                at += 1
            }
        }
    }
}

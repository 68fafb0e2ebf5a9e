import CanonicalJSON

/// Card numbers in the data of payments: PosAPI wants them masked (`123456XXXXXX7890`), and a till that forgets to must not make this ledger a
/// store of card numbers.
enum CardNumber {
    /// Digits of a card number (ISO/IEC 7812-1).
    private static let lengths = 13...19
    private static let shownFirst = 6
    private static let shownLast = 4

    /// The same value with the middle digits of every whole card number replaced by `X`. O(n).
    static func masked(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): return masked(text).map { .string($0) } ?? value
        case .number(let number) where number.decimals == 0 && !number.isNegative:
            return masked(number.text).map { .string($0) } ?? value
        case .array(let elements): return .array(elements.map(masked))
        case .object(let object): return .object(masked(object))
        default: return value
        }
    }

    static func masked(_ object: JSONObject) -> JSONObject {
        JSONObject(object.members.map { JSONObject.Member(name: $0.name, value: masked($0.value)) })
    }

    /// `nil` for a text that is no whole card number: other lengths, other characters than digits, spaces and hyphens, or a wrong check digit.
    private static func masked(_ text: String) -> String? {
        guard text.utf8.count >= lengths.lowerBound, text.utf8.count <= 2 * lengths.upperBound else { return nil }
        var digits: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39: digits.append(byte)
            case UInt8(ascii: " "), UInt8(ascii: "-"): continue
            default: return nil
            }
        }
        guard lengths.contains(digits.count), hasCheckDigit(digits) else { return nil }
        for index in shownFirst..<(digits.count - shownLast) { digits[index] = UInt8(ascii: "X") }
        return String(decoding: digits, as: UTF8.self)
    }

    /// ISO/IEC 7812-1, annex B (the formula of Luhn).
    private static func hasCheckDigit(_ digits: [UInt8]) -> Bool {
        var sum = 0
        for (index, byte) in digits.reversed().enumerated() {
            let digit = Int(byte - 0x30)
            let doubled = digit * 2
            sum += index % 2 == 0 ? digit : doubled > 9 ? doubled - 9 : doubled
        }
        return sum % 10 == 0
    }
}

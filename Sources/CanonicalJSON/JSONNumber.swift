/// A JSON number kept exactly, in its one normal form: never a `Double`.
///
/// The normal form has no exponent, no leading plus or zeros, no trailing zeros after the point and no negative zero, so that
/// `1.0`, `10e-1` and `1` are one and the same value with the same bytes.
public struct JSONNumber: Hashable, Sendable, CustomStringConvertible {
    /// The normal form, at most ``longest`` characters of ASCII.
    public let text: String

    /// The most characters a normal form may have. A number that would be longer, `1e999999999` say, is refused, not expanded.
    public static let longest = 80

    /// The number zero.
    public static let zero = JSONNumber(normal: "0")

    /// - Parameter normal: A text known to be in normal form.
    private init(normal: String) { text = normal }

    /// An integer.
    public init(_ value: some BinaryInteger) { text = String(value) }

    /// A decimal: `units` × 10^−`decimals`, such as 5050 mongo as 50.5.
    ///
    /// - Parameter decimals: 0…18.
    public init(_ units: Int64, decimals: Int) {
        precondition((0...18).contains(decimals))
        let digits = Array(String(units.magnitude).utf8)
        self =
            JSONNumber(negative: units < 0, digits: digits, exponent: -decimals) ?? .zero
    }

    /// Reads the number grammar of RFC 8259 section 6, whole text, nothing around it.
    ///
    /// - Returns: `nil` when the text is not a number or its normal form is longer than ``longest``.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        var scan = NumberScan()
        guard scan.read(bytes, from: 0) == bytes.count, let number = scan.number else { return nil }
        self = number
    }

    public var description: String { text }

    /// Less than zero.
    public var isNegative: Bool { text.utf8.first == UInt8(ascii: "-") }

    /// How many digits stand after the point in the normal form.
    public var decimals: Int {
        guard let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return 0 }
        return text.utf8.distance(from: point, to: text.utf8.endIndex) - 1
    }

    /// The value × 10^`decimals` as an integer, or `nil` when that is not a whole number or does not fit.
    public func scaled(by decimals: Int) -> Int64? {
        var value: Int64 = 0
        var after = -1
        for byte in text.utf8 {
            if byte == UInt8(ascii: "-") { continue }
            if byte == UInt8(ascii: ".") {
                after = 0
                continue
            }
            if after >= 0 { after += 1 }
            guard Self.push(Int64(byte &- UInt8(ascii: "0")), onto: &value, negative: isNegative) else { return nil }
        }
        let missing = decimals - max(after, 0)
        guard missing >= 0 else { return nil }
        for _ in 0..<missing where value != 0 {
            guard Self.push(0, onto: &value, negative: isNegative) else { return nil }
        }
        return value
    }

    /// The value as an integer, or `nil` when it has a fraction or does not fit.
    public var integer: Int64? { scaled(by: 0) }

    /// value = value × 10 ± digit; `false` on overflow.
    private static func push(_ digit: Int64, onto value: inout Int64, negative: Bool) -> Bool {
        let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carried) = negative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
        value = sum
        return !overflow && !carried
    }

    /// digits × 10^exponent in normal form, or `nil` when that is too long.
    init?(negative: Bool, digits: [UInt8], exponent: Int) {
        let zero = UInt8(ascii: "0")
        guard let first = digits.firstIndex(where: { $0 != zero }),
            let last = digits.lastIndex(where: { $0 != zero })
        else {
            self = .zero
            return
        }
        let significant = digits[first...last]
        let (power, overflow) = exponent.addingReportingOverflow(digits.count - 1 - last)
        guard !overflow, significant.count <= Self.longest, power <= Self.longest, power >= -Self.longest else {
            return nil
        }
        var text: [UInt8] = negative ? [UInt8(ascii: "-")] : []
        let whole = significant.count + power
        if power >= 0 {
            text += significant
            text += [UInt8](repeating: zero, count: power)
        } else if whole > 0 {
            text += significant.prefix(whole)
            text.append(UInt8(ascii: "."))
            text += significant.dropFirst(whole)
        } else {
            text += [zero, UInt8(ascii: ".")]
            text += [UInt8](repeating: zero, count: -whole)
            text += significant
        }
        guard text.count <= Self.longest else { return nil }
        self.text = String(decoding: text, as: UTF8.self)
    }
}

/// The number grammar of RFC 8259 section 6 over bytes.
struct NumberScan {
    /// The number read; `nil` after a successful scan means that its normal form is too long.
    private(set) var number: JSONNumber?

    /// Reads one number that starts at `start`.
    ///
    /// - Returns: Where it ends, or `nil` when no number stands there.
    mutating func read(_ bytes: [UInt8], from start: Int) -> Int? {
        var at = start
        func isDigit(_ index: Int) -> Bool {
            index < bytes.count && bytes[index] >= UInt8(ascii: "0") && bytes[index] <= UInt8(ascii: "9")
        }
        let negative = at < bytes.count && bytes[at] == UInt8(ascii: "-")
        if negative { at += 1 }
        guard isDigit(at) else { return nil }
        var digits: [UInt8] = []
        if bytes[at] == UInt8(ascii: "0"), isDigit(at + 1) { return nil }
        while isDigit(at) {
            digits.append(bytes[at])
            at += 1
        }
        var exponent = 0
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            at += 1
            guard isDigit(at) else { return nil }
            while isDigit(at) {
                digits.append(bytes[at])
                exponent -= 1
                at += 1
            }
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            let minus = at < bytes.count && bytes[at] == UInt8(ascii: "-")
            if minus || (at < bytes.count && bytes[at] == UInt8(ascii: "+")) { at += 1 }
            guard isDigit(at) else { return nil }
            var power = 0
            while isDigit(at) {
                // Far beyond what a normal form can hold, but never an overflow.
                if power < 1_000_000_000 { power = power * 10 + Int(bytes[at] - UInt8(ascii: "0")) }
                at += 1
            }
            exponent += minus ? -power : power
        }
        number = JSONNumber(negative: negative, digits: digits, exponent: exponent)
        return at
    }
}

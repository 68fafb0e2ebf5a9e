/// How the values of a column are written as bytes or numbers. Each form gives back exactly the bytes that it took.
enum ValueForm: Hashable, Sendable {
    /// Lengths as numbers; the bytes stand in the heap of the block.
    case text
    /// Texts of the letters that `Cyrillic` knows, one byte each; lengths as numbers, the bytes stand in the heap.
    case cyrillic
    /// All of one length; the bytes stand in place.
    case fixed(width: Int)
    /// Lower-case hexadecimal of so many bytes, which stand in place.
    case hexadecimal(width: Int)
    /// Decimal numbers in normal form (no exponent, no zero too many) × 10^decimals.
    case decimal(decimals: Int)
    /// Digits, all of one length up to 18.
    case digits(width: Int)
    /// Big-endian numbers, all of one length up to 7 bytes.
    case binary(width: Int)

    static let maximumDecimals = 6
    static let maximumDigits = 18

    var code: UInt8 {
        switch self {
        case .text: 0
        case .fixed: 1
        case .hexadecimal: 2
        case .decimal: 3
        case .digits: 4
        case .binary: 5
        case .cyrillic: 6
        }
    }

    var parameter: Int {
        switch self {
        case .text, .cyrillic: 0
        case .fixed(let width), .hexadecimal(let width), .digits(let width), .binary(let width): width
        case .decimal(let decimals): decimals
        }
    }

    /// - Throws: `StorageError.corrupt` for anything else than the forms above.
    init(code: UInt8, parameter: Int) throws {
        switch (code, parameter) {
        case (0, 0): self = .text
        case (6, 0): self = .cyrillic
        case (1, 1...): self = .fixed(width: parameter)
        case (2, 1...): self = .hexadecimal(width: parameter)
        case (3, 0...ValueForm.maximumDecimals): self = .decimal(decimals: parameter)
        case (4, 1...ValueForm.maximumDigits): self = .digits(width: parameter)
        case (5, 1...7): self = .binary(width: parameter)
        default: throw PackedReader.damaged("values have the unknown form \(code)/\(parameter)")
        }
    }

    /// Whether values of this form are numbers.
    var isNumeric: Bool {
        switch self {
        case .decimal, .digits, .binary: true
        case .text, .cyrillic, .fixed, .hexadecimal: false
        }
    }

    // MARK: Choosing

    /// The tightest form that all values have, and their numbers if it is numeric.
    static func tightest(
        _ values: [Slice32], in input: UnsafeBufferPointer<UInt8>, isOpaque: Bool
    ) -> (form: ValueForm, numbers: [Int64]) {
        guard let first = values.first else { return (.text, []) }
        let width = Int(first.count)
        let isFixed = width > 0 && values.allSatisfy { $0.count == first.count }
        if isOpaque {
            guard isFixed else { return (.text, []) }
            guard width <= 7 else { return (.fixed(width: width), []) }
            return (.binary(width: width), values.map { bigEndian($0, input) })
        }
        if isFixed, width <= maximumDigits {
            let numbers = values.compactMap { digits($0, input) }
            if numbers.count == values.count { return (.digits(width: width), numbers) }
        }
        if let (decimals, numbers) = decimals(values, input) { return (.decimal(decimals: decimals), numbers) }
        if isFixed, width >= 32, width % 2 == 0, values.allSatisfy({ isHexadecimal($0, input) }) {
            return (.hexadecimal(width: width / 2), [])
        }
        return (Cyrillic.isUseful(values, in: input) ? .cyrillic : .text, [])
    }

    private static func bigEndian(_ slice: Slice32, _ input: UnsafeBufferPointer<UInt8>) -> Int64 {
        input[slice.range].reduce(0) { $0 << 8 | Int64($1) }
    }

    private static func digits(_ slice: Slice32, _ input: UnsafeBufferPointer<UInt8>) -> Int64? {
        var value: Int64 = 0
        for byte in input[slice.range] {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        return value
    }

    private static func isHexadecimal(_ slice: Slice32, _ input: UnsafeBufferPointer<UInt8>) -> Bool {
        input[slice.range].allSatisfy { $0 &- UInt8(ascii: "0") < 10 || $0 &- UInt8(ascii: "a") < 6 }
    }

    private static func decimals(
        _ values: [Slice32], _ input: UnsafeBufferPointer<UInt8>
    ) -> (decimals: Int, numbers: [Int64])? {
        var numbers: [Int64] = []
        var places: [UInt8] = []
        numbers.reserveCapacity(values.count)
        places.reserveCapacity(values.count)
        var most: UInt8 = 0
        for value in values {
            guard let (number, decimals) = decimal(value, input) else { return nil }
            numbers.append(number)
            places.append(decimals)
            most = max(most, decimals)
        }
        if most > 0 {
            // Even, so that blocks with and without odd amounts are alike.
            most += most & 1
            for index in numbers.indices {
                numbers[index] *= powersOfTen[Int(most - places[index])]
            }
        }
        return (Int(most), numbers)
    }

    static let powersOfTen: [Int64] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]

    /// A number in normal form: at most 12 digits before the point and 6 after it.
    private static func decimal(
        _ slice: Slice32, _ input: UnsafeBufferPointer<UInt8>
    ) -> (number: Int64, decimals: UInt8)? {
        let bytes = input[slice.range]
        guard (1...20).contains(bytes.count) else { return nil }
        var at = bytes.startIndex
        let isNegative = bytes[at] == UInt8(ascii: "-")
        if isNegative { at += 1 }
        let start = at
        var value: Int64 = 0
        while at < bytes.endIndex, bytes[at] &- UInt8(ascii: "0") < 10 {
            value = value &* 10 &+ Int64(bytes[at] &- UInt8(ascii: "0"))
            at += 1
        }
        guard at > start, at - start <= 12, at - start == 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
        var decimals: UInt8 = 0
        if at < bytes.endIndex {
            guard bytes[at] == UInt8(ascii: "."), bytes.last != UInt8(ascii: "0") else { return nil }
            at += 1
            while at < bytes.endIndex, bytes[at] &- UInt8(ascii: "0") < 10, decimals < maximumDecimals {
                value = value * 10 + Int64(bytes[at] &- UInt8(ascii: "0"))
                decimals += 1
                at += 1
            }
            guard at == bytes.endIndex, decimals > 0 else { return nil }
        }
        guard !isNegative || value > 0 else { return nil }
        return (isNegative ? -value : value, decimals)
    }

    // MARK: Writing out

    /// Appends the text or the bytes of a number.
    func append(_ number: Int64, to out: inout RowBytes) throws {
        switch self {
        case .digits(let width):
            let at = try out.room(width)
            var rest = number.magnitude
            for place in stride(from: width - 1, through: 0, by: -1) {
                at[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
        case .binary(let width):
            let at = try out.room(width)
            for place in 0..<width {
                at[place] = UInt8(truncatingIfNeeded: number >> Int64(8 * (width - 1 - place)))
            }
        case .decimal(let decimals): try ValueForm.append(number, decimals: decimals, to: &out)
        case .text, .cyrillic, .fixed, .hexadecimal: break
        }
    }

    private static func append(_ number: Int64, decimals: Int, to out: inout RowBytes) throws {
        var rest = number.magnitude
        var places = decimals
        while places > 0, rest % 10 == 0 {
            rest /= 10
            places -= 1
        }
        // From the end: the digits, at least one before the point, the point, the sign.
        var digits = 1
        var power: UInt64 = 10
        while digits < 20, rest >= power {
            digits += 1
            let (next, overflow) = power.multipliedReportingOverflow(by: 10)
            if overflow { break }
            power = next
        }
        let written = max(digits, places + 1)
        let width = written + (places > 0 ? 1 : 0) + (number < 0 ? 1 : 0)
        let at = try out.room(width)
        if number < 0 { at[0] = UInt8(ascii: "-") }
        var place = width - 1
        for digit in 0..<written {
            if digit == places, places > 0 {
                at[place] = UInt8(ascii: ".")
                place -= 1
            }
            at[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
            place -= 1
        }
    }
}

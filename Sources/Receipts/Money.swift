public import CanonicalJSON

/// An amount in mongo (1/100 tugrik), exact, never negative, at most ``greatest``.
public struct Money: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The amount in mongo, 0…10^15.
    public let mongo: Int64

    /// No money.
    public static let zero = Money(unchecked: 0)
    /// The largest amount: ten trillion tugrik. Keeps every product of the tax rules within 64 bits.
    public static let greatest = Money(unchecked: 1_000_000_000_000_000)

    private init(unchecked mongo: Int64) { self.mongo = mongo }

    /// - Returns: `nil` outside 0…10^15 mongo.
    public init?(mongo: Int64) {
        guard (0...Self.greatest.mongo).contains(mongo) else { return nil }
        self.mongo = mongo
    }

    /// An amount in tugrik, with at most two decimals.
    public init?(_ number: JSONNumber) {
        guard let mongo = number.scaled(by: 2) else { return nil }
        self.init(mongo: mongo)
    }

    /// An amount in tugrik as a JSON number (`5600`, `0.09`) or as the same number in a string (`"100.00"`).
    public init?(_ value: JSONValue) {
        switch value {
        case .number(let number): self.init(number)
        case .string(let text):
            guard let number = JSONNumber(text) else { return nil }
            self.init(number)
        default: return nil
        }
    }

    /// The integer mongo text of a record's field, such as `560000`.
    public init?(recordText text: String) {
        guard let mongo = Int64(text), String(mongo) == text else { return nil }
        self.init(mongo: mongo)
    }

    /// The integer mongo text of a record's field.
    public var recordText: String { String(mongo) }

    /// The sum, or `nil` beyond ``greatest``.
    public func adding(_ other: Money) -> Money? { Money(mongo: mongo + other.mongo) }

    /// The amount that changes as quantity × price does, rounded half up to a mongo; `nil` beyond ``greatest``, from nothing, and for more
    /// digits than any price has.
    public func scaled(from old: (Quantity, Quantity), to new: (Quantity, Quantity)) -> Money? {
        guard let before = old.0.product(old.1), let after = new.0.product(new.1), before.units > 0 else { return nil }
        var numerator = Int128(mongo)
        var denominator = before.units
        func multiply(_ one: inout Int128, _ factor: Int128) -> Bool {
            let (product, overflow) = one.multipliedReportingOverflow(by: factor)
            one = product
            return !overflow
        }
        guard multiply(&numerator, after.units) else { return nil }
        // As many decimals on both sides.
        for _ in 0..<max(0, before.decimals - after.decimals) where !multiply(&numerator, 10) { return nil }
        for _ in 0..<max(0, after.decimals - before.decimals) where !multiply(&denominator, 10) { return nil }
        let (quotient, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
        return Int64(exactly: quotient + (rest >= denominator - rest ? 1 : 0)).flatMap { Money(mongo: $0) }
    }

    /// The amount in tugrik as a JSON number.
    public var json: JSONValue { .number(JSONNumber(mongo, decimals: 2)) }

    /// The amount in tugrik, such as `5600` or `0.09`.
    public var description: String { JSONNumber(mongo, decimals: 2).text }

    public static func < (one: Money, other: Money) -> Bool { one.mongo < other.mongo }
}

/// A quantity or a unit price: an exact decimal that is not negative, as its one normal text (`2.5`, never `2.50`).
///
/// A unit price may have more decimals than money has, because tills divide.
public struct Quantity: Hashable, Sendable, CustomStringConvertible {
    /// The exact number.
    public let number: JSONNumber

    /// The most characters of the normal text.
    public static let longest = 32

    /// - Returns: `nil` when negative or longer than ``longest`` characters.
    public init?(_ number: JSONNumber) {
        guard !number.isNegative, number.text.utf8.count <= Self.longest else { return nil }
        self.number = number
    }

    /// A JSON number, or the same number in a string.
    public init?(_ value: JSONValue) {
        switch value {
        case .number(let number): self.init(number)
        case .string(let text):
            guard let number = JSONNumber(text) else { return nil }
            self.init(number)
        default: return nil
        }
    }

    /// Zero?
    public var isZero: Bool { number == .zero }

    /// The normal text.
    public var description: String { number.text }

    /// The JSON number.
    public var json: JSONValue { .number(number) }

    /// The exact product as units × 10^−decimals; `nil` for more digits than any price has.
    func product(_ other: Quantity) -> (units: Int128, decimals: Int)? {
        guard let one = number.scaled(by: number.decimals), let two = other.number.scaled(by: other.number.decimals)
        else { return nil }
        return (Int128(one) * Int128(two), number.decimals + other.number.decimals)
    }

    /// The price of a quantity, rounded half up to a mongo; `nil` beyond ``Money/greatest``, and for more digits than any price has.
    public func times(_ other: Quantity) -> Money? {
        guard var (units, decimals) = product(other), decimals <= 36 else { return nil }
        while decimals < 2 {
            let (tenfold, overflow) = units.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            (units, decimals) = (tenfold, decimals + 1)
        }
        var divisor: Int128 = 1
        for _ in 2..<max(2, decimals) { divisor *= 10 }
        let (quotient, rest) = units.quotientAndRemainder(dividingBy: divisor)
        return Int64(exactly: quotient + (rest >= divisor - rest ? 1 : 0)).flatMap { Money(mongo: $0) }
    }
}

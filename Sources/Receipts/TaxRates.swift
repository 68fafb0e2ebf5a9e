/// The rates of VAT (НӨАТ) and capital city tax (НХАТ) that hold from a day on, as data.
///
/// - VAT: 10 % (VAT law).
/// - City tax: 1 % in the PosAPI manual of 2023, 2 % in the official OpenAPI of 2025 and in the live daemon's messages. *The day of
///   the change is uncertain*: from 2023 to the end of 2024 both are taken, before only 1 %, after only 2 %.
public struct TaxRates: Hashable, Sendable {
    /// The first day, `yyyy-MM-dd`, on the clock of Ulaanbaatar.
    public let from: String
    /// VAT in basis points (1/100 %).
    public let vat: Int64
    /// The city tax rates that are taken, in basis points; the first is the one that messages name.
    public let cityTax: [Int64]

    /// Ascending by day; the first begins before every receipt.
    public static let table = [
        TaxRates(from: "0001-01-01", vat: 1000, cityTax: [100]),
        TaxRates(from: "2023-01-01", vat: 1000, cityTax: [200, 100]),
        TaxRates(from: "2025-01-01", vat: 1000, cityTax: [200]),
    ]

    /// The rates of a day.
    public static func on(_ time: ReceiptTime) -> TaxRates {
        let day = time.dayText
        return table.last { $0.from <= day } ?? table[0]
    }

    /// The part of an inclusive price that is one tax: price · rate / (1 + all rates), rounded half up to a mongo.
    ///
    /// - Parameters:
    ///   - rate: In basis points.
    ///   - all: The sum of all rates in the price, in basis points.
    public static func share(of price: Money, rate: Int64, all: Int64) -> Money {
        let divisor = 10_000 + all
        // At most 10^15 · 1000 · 2, within 64 bits.
        return Money(mongo: (2 * price.mongo * rate + divisor) / (2 * divisor)) ?? .zero
    }
}

/// The rates of VAT (НӨАТ) and capital city tax (НХАТ) that hold on a day (`seeds/tables/tax-rates.csv`).
public struct TaxRates: Hashable, Sendable {
    /// VAT in basis points (1/100 %).
    public let vat: Int64
    /// The city tax rates that are taken, in basis points; the first, which began last, is the one that messages name.
    public let cityTax: [Int64]

    public init(vat: Int64, cityTax: [Int64]) {
        self.vat = vat
        self.cityTax = cityTax
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

/// One rate of one tax.
struct TaxRate: Hashable, Sendable {
    enum Tax: String, CaseIterable {
        case vat = "VAT"
        case cityTax = "CITY_TAX"
    }

    /// The highest rate, in basis points: keeps every product of the tax rules within 64 bits.
    static let greatest: Int64 = 3000

    let tax: Tax
    let basisPoints: Int64

    static func of(row field: (String) -> String) -> Result<TaxRate, TableFault> {
        guard let tax = Tax(rawValue: field("tax")) else {
            return .failure(TableFault(reason: "\"\(field("tax"))\" is neither VAT nor CITY_TAX"))
        }
        let text = field("basisPoints")
        guard text.isDecimalDigits, let points = Int64(text), points <= greatest else {
            return .failure(TableFault(reason: "\"\(text)\" is no rate of 0…\(greatest) basis points"))
        }
        return .success(TaxRate(tax: tax, basisPoints: points))
    }
}

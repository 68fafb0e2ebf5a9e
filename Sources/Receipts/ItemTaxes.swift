import CanonicalJSON
import Catalogue

/// Whose flags decide about the taxes of a sub-receipt: the merchant's, or the lessee's on the merchant's list.
struct TaxPayer {
    let tin: String
    let vat: Bool?
    let cityTax: Bool?

    init(_ tin: String, under merchant: Merchant) throws(Failure) {
        self.tin = tin
        if tin == merchant.tin {
            vat = merchant.vatPayer
            cityTax = merchant.cityTaxPayer
        } else if let lessee = merchant.customers.first(where: { $0.tin == tin }) {
            vat = lessee.vatPayer
            cityTax = lessee.cityTaxPayer
        } else {
            throw Problem.merchantNotLessee(["tin": tin, "merchant": merchant.tin])
        }
    }
}

/// Where an item stands in its receipt: made a text only where something is wrong.
struct ItemPlace: CustomStringConvertible {
    let receipt: Int
    let item: Int

    var description: String { "receipts[\(receipt)].items[\(item)]" }
}

extension ReceiptItem {
    /// Checks VAT and city tax of one item, each within 0.01.
    ///
    /// - VAT is due when the merchant is registered for it and the tax type is `VAT_ABLE`; when nobody knows whether the merchant is,
    ///   none or all of it may be charged.
    /// - Whether an item bears the city tax depends on a list of goods that is not published, so that none of it passes always.
    func checkTaxes(
        _ taxType: TaxType, of payer: TaxPayer, rates: TaxRates, at place: ItemPlace
    ) throws(Failure) {
        if vat != .zero {
            guard taxType == .vatable else {
                throw Problem.receiptVATExempt(["taxType": taxType.rawValue, "field": "\(place).totalVAT"])
            }
            guard payer.vat != false else {
                throw Problem.receiptVATNotPayer(["tin": payer.tin, "field": "\(place).totalVAT"])
            }
        }
        let owesVAT = taxType == .vatable && (payer.vat == true || vat != .zero)
        let vatRate = owesVAT ? rates.vat : 0
        let cityRate = try checkCityTax(besides: vatRate, of: payer, rates: rates, at: place)
        let expected = TaxRates.share(of: total, rate: vatRate, all: vatRate + cityRate)
        guard near(vat, expected) else {
            throw Problem.receiptVAT([
                "rate": percent(rates.vat), "amount": expected.description, "field": "\(place).totalVAT",
            ])
        }
    }

    /// The city tax rate, in basis points, that the item bears: 0 when it bears none.
    private func checkCityTax(
        besides vatRate: Int64, of payer: TaxPayer, rates: TaxRates, at place: ItemPlace
    ) throws(Failure) -> Int64 {
        guard cityTax != .zero else { return 0 }
        guard payer.cityTax != false else {
            throw Problem.receiptCityTaxNotPayer(["tin": payer.tin, "field": "\(place).totalCityTax"])
        }
        for rate in rates.cityTax
        where near(cityTax, TaxRates.share(of: total, rate: rate, all: rate + vatRate)) {
            return rate
        }
        // None at all where the table says that the tax is over.
        let rate = rates.cityTax.first ?? 0
        let expected = TaxRates.share(of: total, rate: rate, all: rate + vatRate)
        throw Problem.receiptCityTax([
            "rate": percent(rate), "amount": expected.description, "field": "\(place).totalCityTax",
        ])
    }

    private func near(_ one: Money, _ other: Money) -> Bool { abs(one.mongo - other.mongo) <= 1 }

    private func percent(_ basisPoints: Int64) -> String { JSONNumber(basisPoints, decimals: 2).text }
}

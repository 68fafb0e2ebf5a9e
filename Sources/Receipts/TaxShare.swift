import CanonicalJSON

/// What one sub-receipt comes to: the goods of one tax type and one seller.
public struct TaxShare: Hashable, Sendable {
    public let taxType: TaxType
    /// The TIN of who sells: the merchant of the receipt, or a lessee.
    public let merchant: String
    public let total: Money
    public let vat: Money
    public let cityTax: Money

    /// Reads the field `items` of a record (FORMATS.md, "Receipt fields"), and of it only the sums.
    ///
    /// - Returns: one for each sub-receipt, in their order; nothing for bytes that are no such field.
    public static func list(ofItems field: some Sequence<UInt8>) -> [TaxShare] {
        guard let receipts = (try? JSONValue(parsing: Array(field)))?.array else { return [] }
        return receipts.compactMap { receipt in
            guard let taxType = receipt["taxType"]?.string.flatMap({ TaxType(rawValue: $0) }) else { return nil }
            func money(_ name: String) -> Money { receipt[name].flatMap { Money($0) } ?? .zero }
            return TaxShare(
                taxType: taxType, merchant: receipt["merchantTin"]?.string ?? "", total: money("totalAmount"),
                vat: money("totalVAT"), cityTax: money("totalCityTax"))
        }
    }
}

public import CanonicalJSON
public import Catalogue
import Evidence
public import Receipts

/// The fee of an act, as it is handed in with the registration: what to write a receipt of, or the receipt that is there.
public enum FeeRequest: Sendable, Hashable {
    /// A receipt that is filed with the act.
    case issue(FeeSale)
    /// A receipt that is filed already, such as one that the merchant's own PosAPI issued.
    case filed(ReceiptID)

    private static let saleKeys: Set<String> = [
        "amount", "payment", "consumerNo", "customerTin", "branchNo", "posNo", "districtCode",
    ]

    /// Reads `{"amount": …, "payment"?, "consumerNo"?, "customerTin"?, "branchNo"?, "posNo"?, "districtCode"?}` or `{"receipt": "33 digits"}`.
    ///
    /// - Throws: `fee-invalid` with the place.
    public init(_ value: JSONValue) throws(Failure) {
        guard let object = value.object else { throw FeeRequest.invalid("fee", "not an object") }
        let known = object.members.filter { !$0.value.isNull }
        for member in known where member.name != "receipt" && !FeeRequest.saleKeys.contains(member.name) {
            throw FeeRequest.invalid("fee.\(member.name)", "unknown")
        }
        func text(_ name: String) throws(Failure) -> String? {
            guard let value = object[name], !value.isNull else { return nil }
            guard let text = value.string else { throw FeeRequest.invalid("fee.\(name)", "not a text") }
            return text.isEmpty ? nil : text
        }
        if let receipt = try text("receipt") {
            guard known.count == 1 else { throw FeeRequest.invalid("fee", "a receipt and something besides") }
            guard let id = ReceiptID(receipt) else { throw FeeRequest.invalid("fee.receipt", "not 33 digits") }
            self = .filed(id)
            return
        }
        guard let amount = object["amount"].flatMap({ Money($0) }), amount > .zero else {
            throw FeeRequest.invalid("fee.amount", "not an amount above 0")
        }
        var sale = FeeSale(amount: amount)
        sale.payment = try text("payment") ?? sale.payment
        sale.consumer = try text("consumerNo")
        sale.customer = try text("customerTin")
        sale.branch = try text("branchNo").map { String(repeating: "0", count: max(0, 3 - $0.utf8.count)) + $0 }
        sale.till = try text("posNo")
        sale.district = try text("districtCode")
        guard sale.consumer == nil || sale.customer == nil else {
            throw FeeRequest.invalid("fee", "consumerNo and customerTin exclude each other")
        }
        self = .issue(sale)
    }

    private static func invalid(_ path: String, _ reason: String) -> Failure {
        Problem.feeInvalid(["path": path, "reason": reason])
    }

    /// What tells one fee from another under one Idempotency-Key.
    var bytes: [UInt8] {
        switch self {
        case .filed(let id): Array("filed \(id.text)".utf8)
        case .issue(let sale):
            Array(
                [
                    "issue", sale.amount.recordText, sale.payment, sale.consumer ?? "", sale.customer ?? "",
                    sale.branch ?? "", sale.till ?? "", sale.district ?? "",
                ].joined(separator: "\n").utf8)
        }
    }
}

/// What a fee receipt is written of.
public struct FeeSale: Sendable, Hashable {
    /// More than nothing; there is no VAT in it.
    public var amount: Money
    /// A code of the table of payments.
    public var payment = "CASH"
    /// Who pays: a person's consumer number, 8 digits.
    public var consumer: String?
    /// Who pays: a company's TIN.
    public var customer: String?
    /// Where it is sold: 3 digits. Without branch, till or district those of the merchant's first branch that has both, as enrolled.
    public var branch: String?
    /// The merchant's own number of the till.
    public var till: String?
    /// District and sub-district, 4 digits.
    public var district: String?

    public init(amount: Money) { self.amount = amount }

    /// The code of the tax authority for notarial services, under which no VAT is due.
    static let taxProduct = "437"
    /// The class of notarial services in the table of goods and services.
    private static let classification = "8213000"
    /// The same for every act: a receipt must not tell which kind of act it is about.
    private static let name = "Нотариатын үйлчилгээ"
    private static let unit = "үйлдэл"

    /// The receipt as a till would ask for it.
    ///
    /// - Throws: `fee-till-missing`; what is wrong with the numbers given.
    func request(of merchant: Merchant) throws(Failure) -> ReceiptRequest {
        let isWhole = { (place: Merchant.Branch) in !place.tills.isEmpty && place.district != nil }
        let enrolled =
            branch.map { number in merchant.branches.first { $0.number == number } }
            ?? merchant.branches.first(where: isWhole)
        guard let branch = branch ?? enrolled?.number, let till = till ?? enrolled?.tills.first?.number,
            let district = district ?? enrolled?.district
        else { throw Problem.feeTillMissing(["tin": merchant.tin]) }
        let item: JSONValue = [
            "name": .string(FeeSale.name), "barCodeType": "UNDEFINED",
            "classificationCode": .string(FeeSale.classification), "taxProductCode": .string(FeeSale.taxProduct),
            "measureUnit": .string(FeeSale.unit), "qty": 1, "unitPrice": amount.json, "totalAmount": amount.json,
            "totalVAT": 0, "totalCityTax": 0,
        ]
        let part: JSONValue = [
            "totalAmount": amount.json, "totalVAT": 0, "totalCityTax": 0, "taxType": .string(TaxType.free.rawValue),
            "merchantTin": .string(merchant.tin), "items": [item],
        ]
        var body: JSONObject = [
            "branchNo": .string(branch), "posNo": .string(till), "districtCode": .string(district),
            "merchantTin": .string(merchant.tin), "totalAmount": amount.json, "totalVAT": 0, "totalCityTax": 0,
            "type": .string((customer == nil ? ReceiptType.consumerReceipt : .companyReceipt).rawValue),
            "receipts": [part],
            "payments": [["code": .string(payment), "status": "PAID", "paidAmount": amount.json]],
        ]
        body["consumerNo"] = consumer.map { .string($0) }
        body["customerTin"] = customer.map { .string($0) }
        return try ReceiptRequest.parse(.object(body))
    }
}

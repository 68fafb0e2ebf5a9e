public import CanonicalJSON

/// The answers of the authority's look-ups, with the members that its clients require (`https://api.ebarimt.mn/api/…`): from this
/// ledger's register and tables.
public enum AuthorityAnswer {
    private static let found: JSONValue = "Амжилттай"

    /// `GET /api/info/check/getBranchInfo`: aimags and districts with their sums and khoroos.
    public static func branches(_ districts: [ReferenceTables.District]) -> JSONValue {
        [
            "status": 200, "msg": found,
            "data": .array(
                districts.map { district in
                    [
                        "branchCode": .string(String(district.code.prefix(2))), "branchName": .string(district.branch),
                        "subBranchCode": .string(String(district.code.suffix(2))),
                        "subBranchName": .string(district.name),
                    ]
                }),
        ]
    }

    /// `GET /api/info/check/getInfo?tin=`: what is known of a merchant; `data` is null for one that is not enrolled. Flags that nobody
    /// stated are told as no.
    public static func merchant(_ merchant: Merchant?) -> JSONValue {
        guard let merchant else { return ["status": 200, "msg": found, "data": .null] }
        return [
            "status": 200, "msg": found,
            "data": [
                "name": .string(merchant.name), "freeProject": false,
                "cityPayer": JSONValue(merchant.cityTaxPayer ?? false),
                "vatPayer": JSONValue(merchant.vatPayer ?? false), "found": true,
                "vatpayerRegisteredDate": .null, "isGovernment": false,
            ],
        ]
    }

    /// `GET /api/info/check/getTinInfo?regNo=` for a register number that nobody is enrolled under: HTTP 200, as the authority answers.
    public static var noTIN: JSONValue {
        ["msg": "Хэрэглэгчийн мэдээлэл олдсонгүй.", "status": 500, "data": .null]
    }

    /// The same for a number in the state register that a merchant is enrolled with.
    public static func tin(_ tin: String) -> JSONValue {
        ["msg": found, "status": 200, "data": JSONNumber(tin).map { .number($0) } ?? .string(tin)]
    }

    /// `GET /api/receipt/receipt/getProductTaxCode`: the codes of goods without VAT.
    public static func taxProducts(_ products: [ReferenceTables.TaxProduct]) -> JSONValue {
        [
            "status": 200, "msg": found,
            "data": .array(
                products.map { product in
                    [
                        // Clients need a beginning.
                        "startDate": time(product.from.isEmpty ? "0001-01-01" : product.from),
                        "endDate": time(product.to),
                        "taxProductCode": .string(product.code), "taxProductName": .string(product.name),
                        "taxTypeCode": JSONValue(product.taxType.authorityCode),
                        "taxTypeName": .string(product.taxType.rawValue),
                    ]
                }),
        ]
    }

    private static func time(_ day: String) -> JSONValue { day.isEmpty ? .null : .string("\(day) 00:00:00") }

    /// `GET /api/info/check/barcode/v2[/…]`: code and name of what lies directly below a code of the classification.
    public static func classifications(_ below: [ReferenceTables.Named]) -> JSONValue {
        .array(below.map { .array([.string($0.code), .string($0.name)]) })
    }
}

extension TaxType {
    /// The number that the authority's list has for a tax type.
    fileprivate var authorityCode: Int {
        switch self {
        case .vatable: 1
        case .free: 2
        case .zero: 3
        case .outside: 4
        }
    }
}

import CanonicalJSON
import Catalogue
public import Evidence
public import Receipts

/// A notary who may register acts.
public struct Notary: Hashable, Sendable {
    /// The notary's code, upper case, such as `NT012`.
    public var code: String
    public var name: String
    /// The SHA-256 fingerprint of the certificate that signs the notary's statements, 64 hexadecimal digits.
    public var certificate: String
    public var suspended: Bool
    /// The code of the notary who took the office over when it was closed: who acts for its acts from then on.
    public var successor: String?
    /// The TIN under which the notary's fee receipts are filed.
    public var tin: String?

    public init(
        code: String, name: String, certificate: String, suspended: Bool = false, successor: String? = nil,
        tin: String? = nil
    ) {
        self.code = code
        self.name = name
        self.certificate = certificate
        self.suspended = suspended
        self.successor = successor
        self.tin = tin
    }
}

/// Who may file: the two kinds of issuer.
public enum Issuer: Hashable, Sendable {
    case merchant(Merchant)
    case notary(Notary)

    /// The TIN or the notary's code.
    public var id: String {
        switch self {
        case .merchant(let merchant): merchant.tin
        case .notary(let notary): notary.code
        }
    }

    public var name: String {
        switch self {
        case .merchant(let merchant): merchant.name
        case .notary(let notary): notary.name
        }
    }

    public var suspended: Bool {
        get {
            switch self {
            case .merchant(let merchant): merchant.suspended
            case .notary(let notary): notary.suspended
            }
        }
        set {
            switch self {
            case .merchant(var merchant):
                merchant.suspended = newValue
                self = .merchant(merchant)
            case .notary(var notary):
                notary.suspended = newValue
                self = .notary(notary)
            }
        }
    }

    /// The fields of a record of kind 3, without the chain (FORMATS.md, "Issuer fields").
    func fields(action: String) -> [String: String] {
        var fields = ["action": action, "id": id, "name": name, "suspended": suspended ? "yes" : "no"]
        switch self {
        case .merchant(let merchant):
            fields["role"] = "merchant"
            fields["vatpayer"] = merchant.vatPayer.map { $0 ? "yes" : "no" }
            fields["citytaxpayer"] = merchant.cityTaxPayer.map { $0 ? "yes" : "no" }
            fields["way"] = merchant.way?.rawValue
            fields["register"] = merchant.registerNumber
            let hasDetails =
                !merchant.customers.isEmpty || !merchant.bankAccounts.isEmpty || !merchant.branches.isEmpty
            if hasDetails { fields["details"] = merchant.details }
        case .notary(let notary):
            fields["role"] = "notary"
            fields["certificate"] = notary.certificate
            fields["successor"] = notary.successor
            fields["tin"] = notary.tin
        }
        return fields
    }

    /// Reads the fields back; `nil` when they are not an issuer's.
    init?(fields: [String: String]) {
        guard let id = fields["id"], let name = fields["name"] else { return nil }
        let suspended = fields["suspended"] == "yes"
        func flag(_ name: String) -> Bool? { fields[name].map { $0 == "yes" } }
        switch fields["role"] {
        case "merchant":
            var merchant = Merchant(
                tin: id, name: name, vatPayer: flag("vatpayer"), cityTaxPayer: flag("citytaxpayer"),
                suspended: suspended, way: fields["way"].flatMap { FilingWay(rawValue: $0) },
                registerNumber: fields["register"])
            if let details = fields["details"] {
                // The details have the form of one element of an enrolment file.
                guard let parsed = try? Merchant.list(parsing: Array(details.utf8)).first else { return nil }
                merchant.customers = parsed.customers
                merchant.bankAccounts = parsed.bankAccounts
                merchant.branches = parsed.branches
            }
            self = .merchant(merchant)
        case "notary":
            guard let certificate = fields["certificate"] else { return nil }
            self = .notary(
                Notary(
                    code: id, name: name, certificate: certificate, suspended: suspended,
                    successor: fields["successor"],
                    tin: fields["tin"]))
        default: return nil
        }
    }

    /// How the fields of kind 3 are shown.
    public static let schema = RecordSchema([
        .issuer: [
            "action": FieldDescription(.text, Wording(mn: "Үйлдэл", en: "Action")),
            "role": FieldDescription(.text, Wording(mn: "Төрөл", en: "Role")),
            "id": FieldDescription(.text, Wording(mn: "Дугаар", en: "Identifier")),
            "name": FieldDescription(.text, Wording(mn: "Нэр", en: "Name")),
            "certificate": FieldDescription(.digest, Wording(mn: "Гэрчилгээ", en: "Certificate")),
            "successor": FieldDescription(.text, Wording(mn: "Хүлээн авсан нотариатч", en: "Successor")),
        ]
    ])
}

extension Merchant {
    /// What else is known of a merchant, in the form of an enrolment file with one element.
    fileprivate var details: String {
        let customers = customers.map { customer -> JSONValue in
            var object: JSONObject = ["tin": .string(customer.tin), "name": .string(customer.name)]
            object["vatPayer"] = customer.vatPayer.map { .bool($0) }
            object["cityTaxPayer"] = customer.cityTaxPayer.map { .bool($0) }
            return .object(object)
        }
        let accounts = bankAccounts.map { account -> JSONValue in
            [
                "id": JSONValue(account.id), "tin": .string(account.tin), "bankAccountNo": .string(account.number),
                "bankAccountName": .string(account.name), "bankId": JSONValue(account.bankID),
                "bankName": .string(account.bankName), "iBan": .string(account.iban),
            ]
        }
        var element: JSONObject = [
            "tin": .string(tin), "name": .string(name), "customers": .array(customers),
            "bankAccounts": .array(accounts),
        ]
        if !branches.isEmpty { element["branches"] = .array(branches.map(\.json)) }
        return JSONValue.array([.object(element)]).canonicalText
    }
}

import CanonicalJSON
public import Catalogue

/// Who issues receipts, as enrolled with this ledger.
///
/// A flag that nobody stated is `nil`, *unknown*: then VAT may be charged or not.
public struct Merchant: Hashable, Sendable {
    /// The taxpayer number, 11 or 12 digits.
    public var tin: String
    public var name: String
    /// Whether the merchant is registered for VAT.
    public var vatPayer: Bool?
    /// Whether the merchant pays the capital city tax (НХАТ).
    public var cityTaxPayer: Bool?
    /// A suspended merchant files nothing.
    public var suspended: Bool
    /// The lessees and other companies for whom the merchant's tills print too (manual 4.5).
    public var customers: [Customer]
    public var bankAccounts: [BankAccount]
    /// Branches and tills; none when nobody stated them, and then any may file.
    public var branches: [Branch] = []
    /// How the receipts come in; `nil` when nobody stated it, which means alone.
    public var way: FilingWay?
    /// The number in the state register, 7 digits, as tills of PosAPI 2.x name the merchant.
    public var registerNumber: String?

    /// A company on a merchant's list.
    public struct Customer: Hashable, Sendable {
        public var tin: String
        public var name: String
        public var vatPayer: Bool?
        public var cityTaxPayer: Bool?

        public init(tin: String, name: String, vatPayer: Bool? = nil, cityTaxPayer: Bool? = nil) {
            self.tin = tin
            self.name = name
            self.vatPayer = vatPayer
            self.cityTaxPayer = cityTaxPayer
        }
    }

    /// A bank account that invoices may name (`GET /rest/bankAccounts`).
    public struct BankAccount: Hashable, Sendable {
        public var id: Int64
        public var tin: String
        public var number: String
        public var name: String
        public var bankID: Int64
        public var bankName: String
        public var iban: String

        public init(
            id: Int64, tin: String, number: String, name: String, bankID: Int64, bankName: String, iban: String
        ) {
            self.id = id
            self.tin = tin
            self.number = number
            self.name = name
            self.bankID = bankID
            self.bankName = bankName
            self.iban = iban
        }
    }

    public init(
        tin: String, name: String, vatPayer: Bool? = nil, cityTaxPayer: Bool? = nil, suspended: Bool = false,
        customers: [Customer] = [], bankAccounts: [BankAccount] = [], way: FilingWay? = nil,
        registerNumber: String? = nil
    ) {
        self.tin = tin
        self.name = name
        self.vatPayer = vatPayer
        self.cityTaxPayer = cityTaxPayer
        self.suspended = suspended
        self.way = way
        self.registerNumber = registerNumber
        self.customers = customers
        self.bankAccounts = bankAccounts
    }

    /// Whether a TIN can be enrolled: a receipt's number has room for 12 digits, so that the 13 and 14 digits of some foreigners
    /// and persons do not fit, and it is unknown what the tax authority does with them.
    /// - Throws: `receipt-field-digits`, `merchant-tin-too-long`, `merchant-tin-padded`.
    public static func check(tin: String) throws(Failure) {
        guard tin.isDecimalDigits, (11...14).contains(tin.utf8.count) else {
            throw Problem.receiptFieldDigits(["field": "merchantTin", "count": "11–12"])
        }
        guard tin.utf8.count <= 12 else { throw Problem.merchantTINTooLong(["tin": tin]) }
        // Padded to 12 digits it would be another merchant's 11, and both would issue the same numbers.
        guard tin.utf8.count < 12 || !tin.hasPrefix("0") else { throw Problem.merchantTINPadded(["tin": tin]) }
    }
}

/// Where receipts look up their merchants.
public protocol MerchantDirectory {
    /// The merchant enrolled under a TIN.
    func merchant(tin: String) -> Merchant?
}

extension Dictionary: MerchantDirectory where Key == String, Value == Merchant {
    public func merchant(tin: String) -> Merchant? { self[tin] }
}

extension Merchant {
    /// Reads a list of merchants to enrol: a JSON array of
    /// `{tin, name, vatPayer?, cityTaxPayer?, way?, registerNumber?, customers?: [{tin, name, vatPayer?, cityTaxPayer?}], bankAccounts?: […], branches?: […]}`.
    ///
    /// - Throws: `merchants-file` with the place and the reason, or what ``check(tin:)`` throws.
    public static func list(parsing bytes: [UInt8]) throws(Failure) -> [Merchant] {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: 64 << 20)) } catch {
            throw Problem.merchantsFile(["place": "–", "reason": error.description])
        }
        guard let elements = value.array else { throw Problem.merchantsFile(["place": "–", "reason": "[ … ]"]) }
        var merchants: [Merchant] = []
        for (index, element) in elements.enumerated() {
            merchants.append(try Merchant(element, at: "[\(index)]"))
        }
        return merchants
    }

    private init(_ value: JSONValue, at place: String) throws(Failure) {
        let tin = try Self.text(value["tin"], "tin", at: place)
        try Self.check(tin: tin)
        self.init(
            tin: tin, name: try Self.text(value["name"], "name", at: place),
            vatPayer: value["vatPayer"]?.bool, cityTaxPayer: value["cityTaxPayer"]?.bool)
        if let stated = value["way"], stated != .null {
            guard let way = stated.string.flatMap({ FilingWay(rawValue: $0) }) else {
                throw Problem.merchantsFile(["place": place, "reason": "way: alone, front, beside"])
            }
            self.way = way
        }
        if let stated = value["registerNumber"], stated != .null {
            let number = try Self.text(stated, "registerNumber", at: place)
            guard (7...10).contains(number.count), number.allSatisfy({ $0.isLetter || $0.isNumber }) else {
                throw Problem.merchantsFile(["place": place, "reason": "registerNumber"])
            }
            registerNumber = number
        }
        branches = try Self.branches(value["branches"], at: place)
        for (index, element) in (value["customers"]?.array ?? []).enumerated() {
            let place = "\(place).customers[\(index)]"
            customers.append(
                Customer(
                    tin: try Self.text(element["tin"], "tin", at: place),
                    name: try Self.text(element["name"], "name", at: place),
                    vatPayer: element["vatPayer"]?.bool, cityTaxPayer: element["cityTaxPayer"]?.bool))
        }
        for (index, element) in (value["bankAccounts"]?.array ?? []).enumerated() {
            let place = "\(place).bankAccounts[\(index)]"
            bankAccounts.append(
                BankAccount(
                    id: element["id"]?.integer ?? Int64(index + 1), tin: element["tin"]?.string ?? tin,
                    number: try Self.text(element["bankAccountNo"], "bankAccountNo", at: place),
                    name: try Self.text(element["bankAccountName"], "bankAccountName", at: place),
                    bankID: element["bankId"]?.integer ?? 0,
                    bankName: try Self.text(element["bankName"], "bankName", at: place),
                    iban: element["iBan"]?.string ?? ""))
        }
    }

    static func text(_ value: JSONValue?, _ name: String, at place: String) throws(Failure) -> String {
        let text: String? =
            switch value {
            case .string(let text): text
            case .number(let number) where number.decimals == 0: number.text
            default: nil
            }
        guard let text, !text.isEmpty, text.utf8.count <= 400 else {
            throw Problem.merchantsFile(["place": place, "reason": name])
        }
        return text
    }
}

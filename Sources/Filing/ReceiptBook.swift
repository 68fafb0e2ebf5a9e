import Catalogue
import Evidence
import LedgerEngine
public import LedgerMerkle
public import Receipts

/// One filing about a receipt, as a merchant's list shows it.
public struct ReceiptLine: Sendable {
    /// What was filed.
    public enum Action: String, Sendable {
        case issued
        /// Issued in the place of another.
        case corrected
        /// Given back.
        case returned
    }

    public let index: UInt64
    /// By the operator's clock, Unix ms.
    public let recorded: UInt64
    public let commitment: Digest
    public let action: Action
    /// The receipt's 33 digits; for a return, those of the receipt given back.
    public let id: String
    public let date: ReceiptTime
    public let merchant: String
    /// 3 digits; "" for a return.
    public let branch: String
    /// The merchant's own number of the till; "" for a return.
    public let till: String
    /// `nil` for a return.
    public let type: ReceiptType?
    public let total: Money
    public let vat: Money
    public let cityTax: Money
    /// The buyer: a company's TIN or a person's consumer number; "" when none is named.
    public let buyer: String
    /// One for each sub-receipt; empty for a return.
    public let shares: [TaxShare]
    /// The receipt that a correction replaces.
    public let corrects: String?
    /// For a return: whether the receipt was issued by, or filed with, this ledger.
    public let isHeld: Bool
    /// The month to report under as `yyyyMM`: the one stated, else that of the date.
    public let month: Int
}

/// Receipts found again, one by one: what lists and read models are made of.
public struct ReceiptBook: Sendable {
    private let registrar: Registrar

    public init(_ registrar: Registrar) {
        self.registrar = registrar
    }

    /// What a read model has to know of an entry.
    public enum Content: Sendable {
        case receipt(ReceiptLine)
        /// An erasure of the record at that index.
        case erasure(of: UInt64)
        /// Another kind of record, or one whose content is gone.
        case other
    }

    /// What an entry says, for whoever reads them one after another.
    public func content(at index: UInt64) throws -> Content {
        let entry = try Entry(decoding: registrar.ledger.entry(at: index))
        guard entry.kind == .receipt || entry.kind == .erasure else { return .other }
        guard let record = try content(of: index) else { return .other }
        if entry.kind == .erasure { return Erasure(fields: record.fields).map { .erasure(of: $0.index) } ?? .other }
        return ReceiptLine(record).map { .receipt($0) } ?? .other
    }

    private func content(of index: UInt64) throws -> FiledRecord? {
        do {
            return try registrar.record(at: index)
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            return nil
        } catch RegistrarError.notARecord {
            return nil
        }
    }

    /// The line of an entry; `nil` when it is no receipt's, or its content is gone.
    public func line(at index: UInt64) throws -> ReceiptLine? {
        guard index < registrar.ledger.size, case .receipt(let line) = try content(at: index) else { return nil }
        return line
    }

    /// The receipt that an entry records; `nil` for a return, and for what is gone.
    public func receipt(at index: UInt64) throws -> IssuedReceipt? {
        try content(of: index).flatMap { try? IssuedReceipt(fields: $0.fields) }
    }

    /// The entry that issued a receipt, if it is durable.
    public func index(ofReceipt id: String) throws -> UInt64? {
        try registrar.ledger.find(registrar.vault.key(.receipt, id))
    }

    /// The entry that gave a receipt back or put another in its place, if it is durable.
    public func change(ofReceipt id: String) throws -> UInt64? {
        try registrar.ledger.find(registrar.vault.key(.receiptChange, id))
    }
}

extension ReceiptLine {
    /// Reads a record's fields; `nil` when they are not a receipt's.
    ///
    /// Goods are not read: what a line needs of the items is their sums.
    init?(_ record: FiledRecord) {
        guard let action = Action(rawValue: record.text("action")),
            let date = ReceiptTime(recordText: record.text("date"))
        else { return nil }
        index = record.index
        recorded = record.recorded
        commitment = record.commitment
        self.action = action
        id = record.text("id")
        self.date = date
        merchant = record.text("merchant")
        branch = record.text("branch")
        till = record.text("pos")
        type = ReceiptType(rawValue: record.text("type"))
        total = Money(recordText: record.text("total")) ?? .zero
        vat = Money(recordText: record.text("vat")) ?? .zero
        cityTax = Money(recordText: record.text("citytax")) ?? .zero
        let consumer = record.text("consumer")
        buyer = consumer.isEmpty ? record.text("customer") : consumer
        let corrects = record.text("corrects")
        self.corrects = corrects.isEmpty ? nil : corrects
        isHeld = record.text("held") != "no"
        month = ReceiptLine.month(record.text("month")) ?? date.year * 100 + date.month
        shares = record.stored.record["items"].map { TaxShare.list(ofItems: $0) } ?? []
    }

    /// `yyyy-MM`, with or without a day, as `yyyyMM`.
    private static func month(_ text: String) -> Int? {
        let parts = text.split(separator: "-")
        guard parts.count >= 2, parts[0].utf8.count == 4, let year = Int(parts[0]), let month = Int(parts[1]),
            (1...12).contains(month)
        else { return nil }
        return year * 100 + month
    }
}

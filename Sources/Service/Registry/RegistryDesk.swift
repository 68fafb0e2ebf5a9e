import Filing
import LedgerEngine
import LedgerMerkle
import Receipts
import Registry
import Synchronization

/// The lists and sums of merchants' receipts.
///
/// They follow the ledger: what was filed a moment ago may be missing in them, and ``position`` says up to where they were read.
final class RegistryDesk: Sendable {
    let office: Office
    let book: ReceiptBook
    private let registry: ReceiptRegistry

    init(office: Office) throws {
        self.office = office
        book = ReceiptBook(office.registrar)
        let ledger = office.ledger
        registry = try ReceiptRegistry(
            path: ledger.folder.registryPath, cipher: VaultCipher(vault: office.registrar.vault), random: randomBytes
        ) { index in index < ledger.size ? try ledger.leafHash(at: index).bytes : nil }
    }

    // MARK: Hashes

    private func hash(_ purpose: String, _ parts: String...) -> [UInt8] {
        let bytes = Array(parts.joined(separator: "\n").utf8)
        return Array(office.registrar.vault.stateHash("registry \(purpose)", bytes).prefix(12))
    }

    private func merchantHash(_ tin: String) -> [UInt8] { hash("merchant", tin) }

    private func row(_ line: ReceiptLine, till: TillStates.Till?) -> ReceiptRegistry.Row {
        ReceiptRegistry.Row(
            index: line.index, merchant: merchantHash(line.merchant),
            till: till.map { hash("till", line.merchant, $0.branch, $0.number) } ?? [], month: line.month,
            day: line.date.dayNumber,
            amount: line.action == .returned ? [] : hash("amount", line.merchant, line.total.recordText),
            buyer: line.buyer.isEmpty ? [] : hash("buyer", line.merchant, line.buyer))
    }

    // MARK: Reading the ledger

    /// Reads the next entries.
    ///
    /// - Returns: false when everything durable was read.
    func read(upTo count: UInt64) throws -> Bool {
        let position = try registry.position()
        let end = min(office.ledger.size, position.size + count)
        guard end > position.size else { return false }
        var step = ReceiptRegistry.Step()
        var sums = Sums(registry: registry)
        for index in position.size..<end {
            switch try book.content(at: index) {
            case .other: continue
            case .erasure(let erased): step.erased.append(erased)
            case .receipt(let line): step.rows.append(try take(line, into: &sums))
            }
        }
        step.sums = sums.encoded
        try registry.apply(
            step,
            upTo: ReceiptRegistry.Position(size: end, leaf: try office.ledger.leafHash(at: end - 1).bytes))
        return true
    }

    private func take(_ line: ReceiptLine, into sums: inout Sums) throws -> ReceiptRegistry.Row {
        let merchant = merchantHash(line.merchant)
        let changed = line.action == .returned ? (line.isHeld ? line.id : nil) : line.corrects
        let original = try changed.flatMap { try book.index(ofReceipt: $0) }.flatMap { try book.line(at: $0) }
        if let original, original.merchant == line.merchant {
            try sums.change(merchant, original.month) { $0.takeBack(original) }
        }
        guard line.action != .returned else {
            try sums.change(merchant, original?.month ?? line.month) { month in
                month.returns += 1
                if original == nil { month.unknownReturns += 1 }
            }
            return row(line, till: original.map { TillStates.Till(branch: $0.branch, number: $0.till) })
        }
        try sums.change(merchant, line.month) { $0.add(line) }
        try sums.changeTills(merchant) { $0.add(line) }
        return row(line, till: TillStates.Till(branch: line.branch, number: line.till))
    }

    /// The sums that one step changes.
    private struct Sums {
        let registry: ReceiptRegistry
        var months: [ReceiptRegistry.SumKey: MonthSums] = [:]
        var tills: [ReceiptRegistry.SumKey: TillStates] = [:]

        mutating func change(_ merchant: [UInt8], _ month: Int, _ body: (inout MonthSums) -> Void) throws {
            let key = ReceiptRegistry.SumKey(merchant: merchant, month: month)
            if months[key] == nil { months[key] = try registry.sum(key).flatMap { MonthSums($0) } ?? MonthSums() }
            body(&months[key, default: MonthSums()])
        }

        mutating func changeTills(_ merchant: [UInt8], _ body: (inout TillStates) -> Void) throws {
            let key = ReceiptRegistry.SumKey(merchant: merchant, month: 0)
            if tills[key] == nil { tills[key] = try registry.sum(key).flatMap { TillStates($0) } ?? TillStates() }
            body(&tills[key, default: TillStates()])
        }

        var encoded: [ReceiptRegistry.SumKey: [UInt8]] {
            months.mapValues(\.encoded).merging(tills.mapValues(\.encoded)) { $1 }
        }
    }

    // MARK: Answers

    /// How many of the ledger's entries lists and sums cover.
    func size() throws -> UInt64 { try registry.position().size }

    func tills(of tin: String) throws -> TillStates {
        try registry.sum(.init(merchant: merchantHash(tin), month: 0)).flatMap { TillStates($0) } ?? TillStates()
    }

    func sums(of tin: String, month: Int) throws -> MonthSums {
        try registry.sum(.init(merchant: merchantHash(tin), month: month)).flatMap { MonthSums($0) } ?? MonthSums()
    }

    /// `yyyyMM`, newest first.
    func months(of tin: String) throws -> [Int] { try registry.months(of: merchantHash(tin)) }

    /// What a merchant looks for.
    struct Search: Hashable, Sendable {
        var till: TillStates.Till?
        var days: ClosedRange<Int>?
        var month: Int?
        var amount: Money?
        var buyer = ""
        var before: UInt64?
    }

    /// A merchant's filings, newest first. O(limit) reads.
    func find(_ search: Search, of tin: String, limit: Int) throws -> [ReceiptLine] {
        var query = ReceiptRegistry.Query(merchant: merchantHash(tin))
        query.till = search.till.map { hash("till", tin, $0.branch, $0.number) }
        query.days = search.days
        query.month = search.month
        query.amount = search.amount.map { hash("amount", tin, $0.recordText) }
        query.buyer = search.buyer.isEmpty ? nil : hash("buyer", tin, search.buyer)
        query.before = search.before
        return try registry.find(query, limit: limit).compactMap { index in
            guard let line = try book.line(at: index), line.merchant == tin else { return nil }
            return line
        }
    }
}

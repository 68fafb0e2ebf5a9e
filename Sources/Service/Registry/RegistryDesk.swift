import Catalogue
import Filing
import Glibc
import LedgerEngine
import LedgerMerkle
import Logging
import Receipts
import Registry
import Synchronization

/// The lists and sums of merchants' receipts.
///
/// They follow the ledger: what was filed a moment ago may be missing in them, and ``position`` says up to where they were read.
final class RegistryDesk: Sendable {
    let office: Office
    let book: ReceiptBook
    private let logger: Logger
    private let opened: Mutex<ReceiptRegistry>

    private var registry: ReceiptRegistry { opened.withLock { $0 } }

    /// - Throws: when the file can neither be opened nor begun anew.
    init(office: Office, logger: Logger) throws {
        self.office = office
        self.logger = logger
        book = ReceiptBook(office.registrar)
        opened = Mutex(try RegistryDesk.open(office))
    }

    private static func open(_ office: Office) throws -> ReceiptRegistry {
        let ledger = office.ledger
        return try ReceiptRegistry(
            path: ledger.folder.registryPath, cipher: VaultCipher(vault: office.registrar.vault), random: randomBytes
        ) { index in index < ledger.size ? try ledger.leafHash(at: index).bytes : nil }
    }

    /// Makes a damaged registry again: everything in it comes from the ledger.
    private func beginAnew() throws {
        logger.warning("registry.sqlite is damaged and is made again")
        try opened.withLock { registry in
            registry.close()
            for suffix in ["", "-wal", "-shm"] { unlink(office.ledger.folder.registryPath + suffix) }
            registry = try RegistryDesk.open(office)
        }
    }

    private let isDamaged = Atomic(false)

    /// Answers from the registry; damage is noted, and mended by who reads the ledger.
    private func asking<R>(_ body: (ReceiptRegistry) throws -> R) throws -> R {
        do {
            return try body(registry)
        } catch  where ReceiptRegistry.isDamage(error) {
            isDamaged.store(true, ordering: .relaxed)
            throw Problem.registryBehind()
        }
    }

    // MARK: Hashes

    private func hash(_ purpose: String, _ parts: String...) -> [UInt8] {
        let bytes = Array(parts.joined(separator: "\n").utf8)
        return Array(office.registrar.vault.stateHash("registry \(purpose)", bytes).prefix(12))
    }

    private func merchantHash(_ tin: String) -> [UInt8] { hash("merchant", tin) }

    private func row(_ line: ReceiptLine, till: TillStates.Till?, month: Int, takesBack: UInt64?)
        -> ReceiptRegistry.Row
    {
        ReceiptRegistry.Row(
            index: line.index, merchant: merchantHash(line.merchant),
            till: till.map { hash("till", line.merchant, $0.branch, $0.number) } ?? [], month: month,
            day: line.date.dayNumber,
            amount: line.action == .returned ? [] : hash("amount", line.merchant, line.total.recordText),
            buyer: line.buyer.isEmpty ? [] : hash("buyer", line.merchant, line.buyer), takesBack: takesBack)
    }

    // MARK: Reading the ledger

    /// Reads the next entries.
    ///
    /// - Parameter isCancelled: asked now and then: what was not read yet is read at the next start.
    /// - Returns: false when everything durable was read.
    func read(upTo count: UInt64, unless isCancelled: () -> Bool = { false }) throws -> Bool {
        do {
            if isDamaged.load(ordering: .relaxed) {
                try beginAnew()
                isDamaged.store(false, ordering: .relaxed)
            }
            return try step(upTo: count, unless: isCancelled)
        } catch  where ReceiptRegistry.isDamage(error) {
            isDamaged.store(true, ordering: .relaxed)
            throw error
        }
    }

    private func step(upTo count: UInt64, unless isCancelled: () -> Bool) throws -> Bool {
        let registry = registry
        let position = try registry.position()
        let end = min(office.ledger.size, position.size + count)
        guard end > position.size else { return false }
        var step = ReceiptRegistry.Step()
        var sums = Sums(registry: registry)
        /// Months in which something was erased: their sums are made again.
        var again: Set<ReceiptRegistry.SumKey> = []
        for index in position.size..<end {
            if isCancelled() { throw CancellationError() }
            switch try content(at: index) {
            case .other: continue
            case .receipt(let line): step.rows.append(try take(line, into: &sums))
            case .erasure(let erased):
                try again.formUnion(places(of: erased, step))
                step.rows.removeAll { $0.index == erased }
                step.erased.append(erased)
            }
        }
        for key in again { try sums.months[key] = remaking(key, step, &sums, readUpTo: end, unless: isCancelled) }
        step.sums = sums.encoded
        try registry.apply(
            step,
            upTo: ReceiptRegistry.Position(size: end, leaf: try office.ledger.leafHash(at: end - 1).bytes))
        return true
    }

    /// What an entry says. One that cannot be read now is left out: it must not hide what comes after it.
    private func content(at index: UInt64) throws -> ReceiptBook.Content {
        do {
            return try book.content(at: index)
        } catch {
            logger.error(
                "an entry is missing in lists and sums; after a repair, delete registry.sqlite to have it read again",
                metadata: ["entry": "\(index)", "error": "\(error)"])
            return .other
        }
    }

    /// The receipt that a line changes, if it is known here, and the line the one that changed it.
    private func original(of line: ReceiptLine) throws -> ReceiptLine? {
        let id = line.action == .returned ? (line.isHeld ? line.id : nil) : line.corrects
        guard let id, try book.change(ofReceipt: id) == line.index,
            let index = try book.index(ofReceipt: id), index < line.index,
            let original = try book.line(at: index), original.merchant == line.merchant
        else { return nil }
        return original
    }

    private func take(_ line: ReceiptLine, into sums: inout Sums) throws -> ReceiptRegistry.Row {
        let merchant = merchantHash(line.merchant)
        let original = try original(of: line)
        if let original { try sums.change(merchant, original.month) { $0.takeBack(original) } }
        guard line.action != .returned else {
            let month = original?.month ?? line.month
            try sums.change(merchant, month) { $0.addReturn(isKnown: original != nil) }
            let till = original.map { TillStates.Till(branch: $0.branch, number: $0.till) }
            return row(line, till: till, month: month, takesBack: original?.index)
        }
        try sums.change(merchant, line.month) { $0.add(line) }
        try sums.change(merchant, line.date.monthNumber) { $0.addDay(line) }
        try sums.changeTills(merchant) { $0.add(line) }
        // A PosAPI may push a correction before what it corrects.
        if try isTakenBack(line, before: line.index) {
            try sums.change(merchant, line.month) { $0.takeBack(line) }
        }
        return row(
            line, till: TillStates.Till(branch: line.branch, number: line.till), month: line.month,
            takesBack: original?.index)
    }

    /// Whether a filing of the same merchant, before an entry, gave a receipt back or put another in its place.
    private func isTakenBack(_ line: ReceiptLine, before end: UInt64) throws -> Bool {
        guard let change = try book.change(ofReceipt: line.id), change < end else { return false }
        return try book.line(at: change)?.merchant == line.merchant
    }

    /// The months whose sums an erased filing had a part in.
    private func places(of index: UInt64, _ step: ReceiptRegistry.Step) throws -> Set<ReceiptRegistry.SumKey> {
        func place(_ index: UInt64) throws -> ReceiptRegistry.Place? {
            if let row = step.rows.first(where: { $0.index == index }) {
                return ReceiptRegistry.Place(
                    key: ReceiptRegistry.SumKey(merchant: row.merchant, month: row.month), takesBack: row.takesBack)
            }
            return try registry.place(of: index)
        }
        guard let erased = try place(index) else { return [] }
        let original = try erased.takesBack.flatMap { try place($0) }
        return Set([erased.key, original?.key].compactMap(\.self))
    }

    /// The sums of a month from what is left in it.
    private func remaking(
        _ key: ReceiptRegistry.SumKey, _ step: ReceiptRegistry.Step, _ sums: inout Sums, readUpTo end: UInt64,
        unless isCancelled: () -> Bool
    ) throws -> MonthSums {
        let erased = Set(step.erased)
        var query = ReceiptRegistry.Query(merchant: key.merchant)
        query.month = key.month
        var indices = try registry.find(query, limit: .max)
        indices += step.rows.filter { $0.merchant == key.merchant && $0.month == key.month }.map(\.index)
        var month = MonthSums()
        // Days belong to the date, whose month may be another: they stay as they were counted.
        month.days = try sums.month(key).days
        for index in indices where !erased.contains(index) {
            if isCancelled() { throw CancellationError() }
            guard let line = try book.line(at: index) else { continue }
            guard line.action != .returned else {
                month.addReturn(isKnown: try original(of: line) != nil)
                continue
            }
            month.add(line)
            if try isTakenBack(line, before: end) { month.takeBack(line) }
        }
        return month
    }

    /// The sums that one step changes.
    private struct Sums {
        let registry: ReceiptRegistry
        var months: [ReceiptRegistry.SumKey: MonthSums] = [:]
        var tills: [ReceiptRegistry.SumKey: TillStates] = [:]

        mutating func month(_ key: ReceiptRegistry.SumKey) throws -> MonthSums {
            if let known = months[key] { return known }
            let read = try RegistryDesk.decoded(try registry.sum(key)) { MonthSums($0) } ?? MonthSums()
            months[key] = read
            return read
        }

        mutating func change(_ merchant: [UInt8], _ month: Int, _ body: (inout MonthSums) -> Void) throws {
            let key = ReceiptRegistry.SumKey(merchant: merchant, month: month)
            _ = try self.month(key)
            body(&months[key, default: MonthSums()])
        }

        mutating func changeTills(_ merchant: [UInt8], _ body: (inout TillStates) -> Void) throws {
            let key = ReceiptRegistry.SumKey(merchant: merchant, month: 0)
            if tills[key] == nil {
                tills[key] = try RegistryDesk.decoded(try registry.sum(key)) { TillStates($0) } ?? TillStates()
            }
            body(&tills[key, default: TillStates()])
        }

        var encoded: [ReceiptRegistry.SumKey: [UInt8]] {
            months.mapValues(\.encoded).merging(tills.mapValues(\.encoded)) { $1 }
        }
    }

    /// Sums that are there and cannot be read are no empty sums.
    private static func decoded<S>(_ bytes: [UInt8]?, _ decode: ([UInt8]) -> S?) throws -> S? {
        guard let bytes else { return nil }
        guard let sums = decode(bytes) else { throw ReceiptRegistry.SumDamaged() }
        return sums
    }

    // MARK: Answers

    /// How many of the ledger's entries lists and sums cover.
    func size() throws -> UInt64 { try asking { try $0.position().size } }

    func tills(of tin: String) throws -> TillStates {
        try asking { registry in
            let key = ReceiptRegistry.SumKey(merchant: merchantHash(tin), month: 0)
            return try RegistryDesk.decoded(try registry.sum(key)) { TillStates($0) } ?? TillStates()
        }
    }

    func sums(of tin: String, month: Int) throws -> MonthSums {
        try asking { registry in
            let key = ReceiptRegistry.SumKey(merchant: merchantHash(tin), month: month)
            return try RegistryDesk.decoded(try registry.sum(key)) { MonthSums($0) } ?? MonthSums()
        }
    }

    /// `yyyyMM`, newest first.
    func months(of tin: String) throws -> [Int] { try asking { try $0.months(of: merchantHash(tin)) } }

    /// What a merchant looks for.
    struct Search: Hashable, Sendable {
        /// `nil` for all.
        var tills: [TillStates.Till]?
        var days: ClosedRange<Int>?
        var month: Int?
        var amount: Money?
        var buyer = ""
        var before: UInt64?
    }

    /// The entries of a merchant's filings, newest first.
    func find(_ search: Search, of tin: String, limit: Int) throws -> [UInt64] {
        var query = ReceiptRegistry.Query(merchant: merchantHash(tin))
        query.tills = search.tills.map { tills in tills.map { hash("till", tin, $0.branch, $0.number) } }
        query.days = search.days
        query.month = search.month
        query.amount = search.amount.map { hash("amount", tin, $0.recordText) }
        query.buyer = search.buyer.isEmpty ? nil : hash("buyer", tin, search.buyer)
        query.before = search.before
        return try asking { try $0.find(query, limit: limit) }
    }

    /// The filing at an entry; `nil` when it is another merchant's, or its content is gone.
    func line(at index: UInt64, of tin: String) throws -> ReceiptLine? {
        guard let line = try book.line(at: index), line.merchant == tin else { return nil }
        return line
    }
}

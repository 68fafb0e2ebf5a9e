public import Catalogue
import Evidence
public import LedgerEngine
import LedgerMerkle
import LedgerStorage
public import Receipts

/// A receipt that is in the ledger.
public struct FiledReceipt: Sendable {
    public let issued: IssuedReceipt
    public let filed: FiledRecord
    /// What is doubtful about it, but was no reason to refuse it; empty for a repetition.
    public var doubts: [Failure] = []
}

/// A receipt that is on its way: valid, numbered and queued, but not durable.
public struct PendingReceipt: Sendable {
    let outcome: Registrar.Outcome
    let made: IssuedReceipt?
    let doubts: [Failure]
}

/// Takes receipts and returns: validates, recognises repetitions, numbers, files.
public final class ReceiptDesk: Sendable {
    let registrar: Registrar
    let register: IssuerRegister
    let clock: any Clock
    private let numbering: ReceiptNumbering
    private let windowMs: UInt64
    /// Where rates and codes are looked up.
    public let tables: ReferenceTables

    /// - Parameters:
    ///   - posNo: the 8 digits that end the receipts' numbers.
    ///   - tables: where rates and codes are looked up.
    ///   - repetitionWindowSeconds: how long an equal body of one till is a repetition, not another sale (decision 6).
    public init(
        registrar: Registrar, register: IssuerRegister, clock: any Clock = SystemClock(), posNo: String,
        repetitionWindowSeconds: Int = 60, tables: ReferenceTables = .builtIn
    ) throws {
        self.registrar = registrar
        self.register = register
        self.clock = clock
        numbering = try ReceiptNumbering(posNo: posNo)
        windowMs = UInt64(repetitionWindowSeconds) * 1000
        self.tables = tables
    }

    /// Files a receipt.
    ///
    /// - Parameters:
    ///   - body: of `POST /rest/receipt`.
    ///   - idempotencyKey: see ``submit(_:idempotencyKey:)``.
    /// - Durability: the receipt is on disk when this returns.
    /// - Throws: `Failure` for whatever the merchant can mend; nothing is stored then.
    public func file(_ body: [UInt8], idempotencyKey: String? = nil) async throws -> FiledReceipt {
        try await receipt(of: try submit(try ReceiptRequest.parse(body), idempotencyKey: idempotencyKey))
    }

    /// Validates, numbers and queues a receipt, and waits for nothing.
    ///
    /// - Parameter idempotencyKey: when given, an equal one of the same merchant always gets the first answer; without, an equal
    ///   body of the same till does while the first is in force and within the window.
    /// - Durability: none until ``receipt(of:)`` answers.
    /// - Throws: `Failure` for whatever the merchant can mend, `LedgerError.busy` when the queue is full; nothing is stored then.
    public func submit(_ request: ReceiptRequest, idempotencyKey: String? = nil) throws -> PendingReceipt {
        let vault = registrar.vault
        let body = request.canonicalBody
        let canonical = SHA256.hash(body).bytes
        let till = tillKey(request, canonical: body, digest: canonical)
        let idempotency = idempotencyKey.map {
            IdempotencyKeys(vault: vault, scope: request.merchant, key: $0, body: canonical)
        }
        var made: IssuedReceipt?
        var doubts: [Failure] = []
        try requireAlone(request.merchant)
        let outcome = try registrar.enqueue(issuer: request.merchant) { head in
            // The time is taken under the issuer's lock: numbers and days then go the same way.
            let now = self.clock.now()
            // A repetition comes first: what was recorded once is answered again, whatever the rules say by now.
            if let idempotency {
                if let known = try idempotency.decision(self.registrar) { return known }
            } else if let known = try self.repetition(till, now: now) {
                return known
            }
            let date = ReceiptTime(unixMilliseconds: Int64(now))
            doubts = try request.validate(at: date, in: self.register, tables: self.tables)
            let keys = [till] + (idempotency?.keys ?? [])
            let (issued, draft) = try self.draft(request, date: date, keys: keys, head: head)
            made = issued
            return .file(draft)
        }
        return PendingReceipt(outcome: outcome, made: made, doubts: doubts)
    }

    /// The receipt that a submission gave.
    ///
    /// - Durability: the receipt is on disk when this returns.
    public func receipt(of pending: PendingReceipt) async throws -> FiledReceipt {
        let filed = try await registrar.record(of: pending.outcome)
        guard !filed.isRepetition, let made = pending.made else {
            return FiledReceipt(issued: try IssuedReceipt(fields: filed.fields), filed: filed)
        }
        return FiledReceipt(issued: made, filed: filed, doubts: pending.doubts)
    }

    /// The receipt that an equal body gave a moment ago, if it is in force.
    private func repetition(_ till: DomainKey, now: UInt64) throws -> Registrar.Decision? {
        switch try registrar.decision(for: till) {
        case nil: return nil
        case .recorded(let index):
            // An erased receipt cannot be given again: the same sale filed once more is filed anew.
            if try registrar.erasure(of: index) != nil { return nil }
            let earlier = try registrar.record(at: index)
            guard now < earlier.recorded + windowMs, try !isChanged(earlier.text("id")) else { return nil }
            return .recorded(index)
        case let pending: return pending
        }
    }

    func tillKey(_ request: ReceiptRequest, canonical body: [UInt8], digest: [UInt8]? = nil) -> DomainKey {
        registrar.vault.key(
            .tillBody, Array("\(request.merchant)/\(request.branch)/\(request.till)".utf8),
            digest ?? SHA256.hash(body).bytes)
    }

    /// Refuses what the merchant's own PosAPI has to number, or to take back.
    func requireAlone(_ tin: String) throws(Failure) {
        guard register.merchant(tin: tin)?.way ?? .alone == .alone else { throw Problem.wayNotAlone(["tin": tin]) }
    }

    func isChanged(_ id: String) throws -> Bool {
        try registrar.decision(for: registrar.vault.key(.receiptChange, id)) != nil
    }

    func draft(
        _ request: ReceiptRequest, date: ReceiptTime, keys: [DomainKey], head: Registrar.ChainHead
    ) throws -> (IssuedReceipt, Registrar.Draft) {
        let vault = registrar.vault
        var keys = keys
        if let corrected = request.corrects {
            guard corrected.merchantTINs.contains(request.merchant) else {
                throw Problem.receiptOfAnother(["id": corrected.text])
            }
            _ = try held(corrected)
            if try isChanged(corrected.text) { throw Problem.receiptChangedAlready(["id": corrected.text]) }
            keys.append(vault.key(.receiptChange, corrected.text))
        }
        try checkInvoices(of: request)
        let day = try ReceiptNumbering.dayCode(date)
        let dayKey = vault.key(.receiptDay, request.merchant, request.branch, String(day))
        var sequence = try head.counters[request.branch]?.next(in: day) ?? nextSequence(dayKey)
        func numbered() throws(Failure) -> ReceiptNumbering.Numbers {
            try numbering.numbers(
                merchant: request.merchant, branch: request.branch, at: date, sequence: sequence,
                subReceipts: request.receipts.count)
        }
        var numbers = try numbered()
        // A merchant whose PosAPI had the same number of its own may have come over today.
        while register.merchant(tin: request.merchant)?.way != nil,
            try registrar.decision(for: vault.key(.receipt, numbers.header.text)) != nil
        {
            sequence += 1
            numbers = try numbered()
        }
        let issued = IssuedReceipt(request: request, numbers: numbers, date: date)
        keys += [dayKey, vault.key(.receipt, numbers.header.text)]
        let use = Registrar.NumberUse(series: request.branch, period: day, next: numbers.next)
        return (issued, Registrar.Draft(kind: .receipt, fields: issued.fields, keys: keys, numbers: use))
    }

    /// What a receipt says it pays, where it is held here, must be an invoice in force, of the same merchant.
    ///
    /// An invoice may be paid in parts, so that several receipts may name one. Only the header's number leads to a record: a part of an
    /// invoice is taken as it is.
    private func checkInvoices(of request: ReceiptRequest) throws {
        guard let id = request.invoice else { return }
        guard id.merchantTINs.contains(request.merchant) else { throw Problem.receiptOfAnother(["id": id.text]) }
        guard case .recorded(let index)? = try held(id) else { return }
        if try isChanged(id.text) { throw Problem.receiptChangedAlready(["id": id.text]) }
        guard try registrar.erasure(of: index) == nil else { return }
        let type = ReceiptType(rawValue: try registrar.record(at: index).text("type"))
        guard type?.isInvoice == true else { throw Problem.receiptNoInvoice(["field": "invoiceId", "id": id.text]) }
    }

    /// The number after the newest receipt of the day.
    private func nextSequence(_ dayKey: DomainKey) throws -> Int {
        guard let index = try registrar.ledger.find(dayKey) else { return 0 }
        // Beginning anew would give numbers twice.
        guard let last = try registrar.counter(at: index) else { throw Problem.receiptRecordDamaged(["field": "id"]) }
        return last + 1
    }

    /// Where a receipt is, durable or queued; `nil` for one that another PosAPI issued.
    ///
    /// - Throws: `receipt-unknown` for a number of our own that was never given to a whole receipt: it may be tomorrow's, or
    ///   a part's.
    func held(_ id: ReceiptID) throws -> Registrar.Decision? {
        let decision = try registrar.decision(for: registrar.vault.key(.receipt, id.text))
        if decision == nil, id.text.hasSuffix(numbering.posNo) { throw Problem.receiptUnknown(["id": id.text]) }
        return decision
    }
}

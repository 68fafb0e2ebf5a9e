public import CanonicalJSON
import Catalogue
public import Deeds
import Evidence
public import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Receipts
import Signatures
import Synchronization

/// An act that is in the ledger.
public struct FiledAct: Sendable {
    public let act: RegisteredAct
    public let filed: FiledRecord
    /// The secret with which parties ask after the act. Given to the notary only.
    public let accessCode: AccessCode
}

/// What a notary is to sign, and what to know before.
public struct PreparedStatement: Sendable {
    public let statement: ActStatement
    /// The draft or change as it must be sent with the signature: with its salt, and with the entry that it changes.
    public let json: JSONValue
    public let warnings: [ActWarning]
}

/// Registers and changes acts: renders the statement, checks the notary's signature, numbers, files.
public final class DeedDesk: Sendable {
    let registrar: Registrar
    let register: IssuerRegister
    let clock: any Clock
    let trust: TrustKeeper
    let parties: any PartyIndex
    let book: ActBook
    let receipts: ReceiptDesk
    /// What acts name to check revocation with and do not carry.
    public let validation: ValidationKeeper
    /// They take no changes.
    let beingErased = Mutex(ActsBeingErased())
    private let source = Mutex<any RevocationSource>(NoRevocationSource())
    /// Of asking for an act with a number and a code that do not belong together: ten at once, then one in six seconds.
    let attempts = Mutex(RateLimiter(burst: 10, millisecondsPerToken: 6_000))
    /// Of asking with those that do: 120 at once, then two a second.
    let looks = Mutex(RateLimiter(burst: 120, millisecondsPerToken: 500))
    private let locks = PlaceLocks()
    private let times = ActTimes()

    /// - Parameters:
    ///   - trust: the roots, intermediates and CRLs against which signatures are checked; without them no act is registered.
    ///   - parties: finds acts by who takes part in them.
    ///   - receipts: files the receipts of fees.
    ///   - book: where acts are found again.
    public init(
        registrar: Registrar, register: IssuerRegister, clock: any Clock = SystemClock(), trust: TrustKeeper,
        parties: any PartyIndex, receipts: ReceiptDesk, book: ActBook
    ) {
        self.receipts = receipts
        self.parties = parties
        self.book = book
        self.registrar = registrar
        self.register = register
        self.clock = clock
        self.trust = trust
        validation = ValidationKeeper(folder: ContentFolder(path: registrar.ledger.folder.validationPath))
    }

    /// Where CRLs and OCSP responses come from beside the trust folder: nowhere until this is called.
    public func use(_ source: any RevocationSource) { self.source.withLock { $0 = source } }

    func material(for cms: [UInt8], at now: UInt64) async -> [[UInt8]] {
        await source.withLock { $0 }.material(for: cms, at: Int64(now / 1000))
    }

    var origin: String { registrar.ledger.folder.origin }

    // MARK: Statements

    /// The text that the notary signs to register an act, and what speaks against signing it. Nothing is recorded; the same act gives the
    /// same text.
    ///
    /// - Parameters:
    ///   - json: the act, as ``ActDraft/parse(_:today:)`` reads it.
    ///   - isForOperator: whether the operator asks in the notary's place: wills that were not opened are not there then.
    /// - Throws: `issuer-unknown`, `notary-suspended`, `act-salt-used`; what is wrong with the act.
    public func statement(
        _ json: [UInt8], notary code: String, isForOperator: Bool = false
    ) throws -> PreparedStatement {
        let notary = try notary(code)
        try requireActive(notary)
        let draft = try draft(json, notary: notary)
        _ = try SealSalt(draft, notary: notary, registrar.vault).requireFresh(in: registrar, waits: false)
        return PreparedStatement(
            statement: try ActStatement(draft, origin: origin, notary: notary), json: draft.json,
            warnings: try warnings(about: draft, by: notary, waits: false, isForOperator: isForOperator))
    }

    private func draft(_ json: [UInt8], notary: NotaryCode) throws -> ActDraft {
        let draft = try ActDraft.parse(json, today: try today())
        return draft.sealed(with: SealSalt(draft, notary: notary, registrar.vault).bytes)
    }

    /// The day in Mongolia by the ledger's clock.
    public func today() throws -> CivilDate {
        guard let today = CivilDate(unixMilliseconds: clock.now()) else {
            throw Problem.ledgerStopped(["reason": "clock"])
        }
        return today
    }

    func notary(_ code: String) throws -> NotaryCode {
        guard let notary = register.notary(code: code) else { throw Problem.issuerUnknown(["id": code]) }
        return try NotaryCode(notary.code)
    }

    func requireActive(_ notary: NotaryCode) throws {
        if register.notary(code: notary.text)?.suspended != false { throw Problem.notarySuspended(["id": notary.text]) }
    }

    // MARK: Registration

    /// Registers an act. The same act with the same signature gets the same answer, also when the certificate has expired since.
    ///
    /// - Parameters:
    ///   - json: the act; what the statement was made from.
    ///   - signature: a detached CMS over the statement or, less telling, over the document alone, or a signed PDF that is the document.
    ///   - acknowledged: the acts that the notary was warned of and registers in spite of.
    ///   - fee: of which a receipt is filed before the act, or found; the act names it.
    ///   - isForOperator: whether the operator hands it in: the office's wills that were not opened are not told then.
    /// - Throws: `act-warned` with the acts that were not acknowledged; `issuer-unknown`, `notary-suspended`, `signature-used`, `signer-not-notary`,
    ///   `trust-missing`, `act-salt-used`, `act-too-large`; the problems of the act, of the signature and of the fee. A failure that comes after
    ///   the receipt was filed names it in its detail `feeReceipt`.
    /// - Durability: the act is on disk when this returns, and so is the receipt.
    public func registerAct(
        _ json: [UInt8], signature: NotarySignature, notary code: String, idempotencyKey: String? = nil,
        acknowledged: Set<String> = [], fee: FeeRequest? = nil, isForOperator: Bool = false
    ) async throws -> FiledAct {
        let notary = try notary(code)
        let now = clock.now()
        let draft = try draft(json, notary: notary)
        let repetition = Repetition(
            vault: registrar.vault, notary: notary, signature: signature.cms, body: draft.json.canonicalBytes,
            key: idempotencyKey, besides: fee?.bytes ?? [])
        if let known = try repetition.decision(registrar) { return try filedAct(await registrar.record(of: known)) }
        try requireActive(notary)
        let statement = try ActStatement(draft, origin: origin, notary: notary)
        let material = await material(for: signature.cms, at: now)
        let checked = try check(
            signature, over: statement.bytes, or: draft.document.sha256, notary: code, at: now, material: material)
        try validation.keep(checked.0)
        let act = SignedAct(
            notary: notary, draft: draft, statement: statement, salt: SealSalt(draft, notary: notary, registrar.vault),
            verified: checked.0, signature: checked.1, repetition: repetition, acknowledged: acknowledged,
            isForOperator: isForOperator)
        guard let fee else { return try await file(act, naming: nil) }
        do {
            try requireAcknowledged(
                warnings(about: draft, by: notary, waits: false, isForOperator: isForOperator), acknowledged)
        } catch {
            // The same act, sent at the same moment, stands in its own way when it was faster.
            guard let known = try repetition.decision(registrar) else { throw error }
            return try filedAct(await registrar.record(of: known))
        }
        try requireRoom(for: act)
        while true {
            // The same act, sent at the same moment, may have been faster.
            if let known = try repetition.decision(registrar) {
                return try filedAct(await registrar.record(of: known))
            }
            guard
                let named = try await receipt(
                    fee, for: draft, notary: notary, unless: { try repetition.decision(self.registrar) != nil })
            else { continue }
            do {
                let filed = try await file(act, naming: named)
                // So may the same act without a fee.
                guard filed.act.fee == named.fee else {
                    throw Problem.actWithoutFee(["act": filed.act.number.description])
                }
                return filed
            } catch is FeeUsedUp {
                continue
            } catch {
                guard named.isOurs, let failure = Failure(from: error),
                    failure.problem.status < 500 || failure.problem.status == 503
                else { throw error }
                throw failure.naming(feeReceipt: named.fee.receipt)
            }
        }
    }

    /// Queues an act whose signature is checked, and waits for it.
    private func file(_ signed: SignedAct, naming fee: FeeToName?) async throws -> FiledAct {
        let (notary, draft) = (signed.notary, signed.draft)
        let feeKeys = fee.map { [actKey($0)] } ?? []
        // What is filed last: an attempt before it may have been in vain.
        var made: RegisteredAct?
        let filed = try await orderly(places: places(of: draft) + signed.salt.places(registrar.vault) + feeKeys) {
            try self.registrar.enqueue(issuer: notary.text) { head in
                made = nil
                if let known = try signed.repetition.decision(self.registrar) { return known }
                // Again: asking a responder may have taken seconds.
                try self.requireActive(notary)
                // A signature over the document alone seals nothing.
                let salts =
                    signed.signature.scope == .statement
                    ? try signed.salt.requireFresh(in: self.registrar, waits: true) : []
                let lists = try self.lists(of: draft, by: notary, isClosed: draft.kind.isClosed)
                try self.requireAcknowledged(
                    self.warnings(about: draft, by: notary, waits: true, isForOperator: signed.isForOperator),
                    signed.acknowledged)
                if let fee { try self.requireFree(fee) }
                // Under the notary's lock, after all waiting: numbers and days go up together.
                let time = try self.time(of: notary)
                let (number, numbers, yearKey) = try self.nextNumber(of: notary, &head, at: time)
                let act = try signed.act(number, at: time, fee: fee?.fee)
                made = act
                let vault = self.registrar.vault
                let name = number.description
                return .file(
                    Registrar.Draft(
                        kind: .deedAct, fields: try act.fields(signed.statement),
                        attachments: SignatureAttachments.of(signed.verified),
                        keys: signed.repetition.keys + lists + salts + feeKeys + [yearKey, vault.key(.act, name)],
                        numbers: numbers,
                        lateKeys: { commitment in
                            guard let code = AccessCode(random: vault.accessCodeBytes(of: commitment)) else {
                                return []
                            }
                            return [vault.accessCodeKey(act: name, code: code.canonical)]
                        }))
            }
        }
        guard let made else { return try filedAct(filed) }
        book.remember(made, at: filed.place)
        return try filedAct(filed, made)
    }

    /// Refuses an act that would be too large with the receipt named in it, before there is a receipt.
    private func requireRoom(for signed: SignedAct) throws {
        guard let number = ActNumber(notary: signed.notary, year: 2000, running: 999_999_999) else { return }
        let fee = NamedFee(
            receipt: String(repeating: "0", count: ReceiptID.length), commitment: signed.draft.document.sha256,
            salt: [UInt8](repeating: 0, count: 32))
        try registrar.requireRoom(
            for: try signed.act(number, at: clock.now(), fee: fee).fields(signed.statement),
            SignatureAttachments.of(signed.verified))
    }

    private func filedAct(_ filed: FiledRecord) throws -> FiledAct {
        guard case .registered(let act) = try ActRecord(fields: filed.fields, isOurs: true) else {
            throw Problem.notFound()
        }
        return try filedAct(filed, act)
    }

    private func filedAct(_ filed: FiledRecord, _ act: RegisteredAct) throws -> FiledAct {
        guard let code = AccessCode(random: registrar.vault.accessCodeBytes(of: filed.commitment)) else {
            throw Problem.notFound()
        }
        return FiledAct(act: act, filed: filed, accessCode: code)
    }

    /// The time of a notary's next act.
    private func time(of notary: NotaryCode) throws -> UInt64 {
        try times.next(of: notary.text, now: clock.now()) {
            guard let last = try registrar.ledger.find(registrar.vault.key(.issuerHead, notary.text)) else { return 0 }
            return try Entry(decoding: registrar.ledger.entry(at: last)).recorded
        }
    }

    /// The next number in a notary's register book of the year, without gaps.
    private func nextNumber(
        of notary: NotaryCode, _ head: inout Registrar.ChainHead, at now: UInt64
    ) throws -> (ActNumber, Registrar.NumberUse, DomainKey) {
        let year = CivilDate(unixMilliseconds: now)?.year ?? 0
        let yearKey = registrar.vault.key(.actYear, notary.text, String(year))
        let running: Int
        if let next = head.counters["acts"]?.next(in: year) {
            running = next
        } else if let index = try registrar.ledger.find(yearKey) {
            running = (try registrar.counter(at: index) ?? 0) + 1
        } else {
            running = 1
        }
        guard let number = ActNumber(notary: notary, year: year, running: running) else {
            throw Problem.actNumbersExhausted(["notary": notary.text])
        }
        return (number, Registrar.NumberUse(series: "acts", period: year, next: running + 1), yearKey)
    }

    // MARK: Order

    /// Queues a record while nobody else queues one about the same act, document or property, then waits for it.
    ///
    /// What the decision looks at must be durable to be read: where something about it is still on its way, this waits and begins again.
    func orderly(places: [DomainKey], _ enqueue: () throws -> Registrar.Outcome) async throws -> FiledRecord {
        try await registrar.record(of: try await queue(places: places, enqueue))
    }

    /// The same of a record whose places depend on what is in the ledger: they are asked for again under the locks, and if they moved while
    /// these were waited for, this begins again.
    func orderly(
        places: () throws -> [DomainKey], _ enqueue: () throws -> Registrar.Outcome
    ) async throws -> FiledRecord {
        try await registrar.record(of: try await queue(places: places, enqueue))
    }

    /// The same without waiting for the record itself.
    func queue<Result>(places: [DomainKey], _ enqueue: () throws -> Result) async throws -> Result {
        try await queue(places: { places }, enqueue)
    }

    private func queue<Result>(
        places: () throws -> [DomainKey], _ enqueue: () throws -> Result
    ) async throws -> Result {
        while true {
            do {
                return try locks.withLocks(of: places, enqueue)
            } catch let wait as OnItsWay {
                _ = try? await wait.ticket.acknowledgement()
            }
        }
    }
}

/// Something that a decision must read is queued and not durable yet.
struct OnItsWay: Error {
    let ticket: Ticket
}

/// An act whose signature is checked, on its way into the ledger.
private struct SignedAct {
    let notary: NotaryCode
    let draft: ActDraft
    let statement: ActStatement
    let salt: SealSalt
    let verified: VerifiedSignature
    let signature: ActSignature
    let repetition: Repetition
    let acknowledged: Set<String>
    let isForOperator: Bool

    /// - Parameter time: when it is registered, Unix ms.
    func act(_ number: ActNumber, at time: UInt64, fee: NamedFee?) throws(Failure) -> RegisteredAct {
        try RegisteredAct(
            number: number, draft: draft, signature: signature, time: ActTime(unixMilliseconds: time), fee: fee)
    }
}

/// How a repetition of a filing is recognised: the same body with the same signature, or the same Idempotency-Key.
struct Repetition {
    private let signature: DomainKey
    private let signedAct: DomainKey
    private let idempotency: IdempotencyKeys?

    /// - Parameter besides: what else one Idempotency-Key stands for.
    init(
        vault: Vault, notary: NotaryCode, signature: [UInt8], body json: [UInt8], key: String?, besides: [UInt8] = []
    ) {
        let scope = Array(notary.text.utf8)
        let cms = SHA256.hash(signature).bytes
        let body = SHA256.hash(json).bytes
        self.signature = vault.key(.signature, scope, cms)
        signedAct = vault.key(.signedAct, scope, cms, body)
        idempotency = key.map { IdempotencyKeys(vault: vault, scope: notary.text, key: $0, body: cms + body + besides) }
    }

    var keys: [DomainKey] { [signature, signedAct] + (idempotency?.keys ?? []) }

    /// - Throws: `signature-used` when the signature stands under something else: one over a document alone fits any act about it.
    func decision(_ registrar: Registrar) throws -> Registrar.Decision? {
        if let known = try idempotency?.decision(registrar) { return known }
        guard let known = try registrar.decision(for: signature) else { return nil }
        guard try registrar.decision(for: signedAct) != nil else { throw Problem.signatureUsed() }
        return known
    }
}

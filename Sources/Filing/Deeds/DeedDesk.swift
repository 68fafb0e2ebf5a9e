public import CanonicalJSON
import Catalogue
public import Deeds
import Evidence
public import LedgerEngine
import LedgerMerkle
import LedgerStorage
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
    private let source = Mutex<any RevocationSource>(NoRevocationSource())
    /// Of asking for an act with a number and a code that do not belong together.
    let attempts = Mutex(RateLimiter(burst: 10, millisecondsPerToken: 6_000))
    /// Of asking with those that do.
    let looks = Mutex(RateLimiter(burst: 120, millisecondsPerToken: 500))
    private let stripes = Stripes()

    /// - Parameters:
    ///   - trust: the roots, intermediates and CRLs against which signatures are checked; without them no act is registered.
    ///   - parties: finds acts by who takes part in them.
    public init(
        registrar: Registrar, register: IssuerRegister, clock: any Clock = SystemClock(), trust: TrustKeeper,
        parties: any PartyIndex
    ) {
        self.parties = parties
        self.registrar = registrar
        self.register = register
        self.clock = clock
        self.trust = trust
    }

    /// Where CRLs and OCSP responses come from beside the trust folder: nowhere until this is called.
    public func use(_ source: any RevocationSource) { self.source.withLock { $0 = source } }

    func material(for cms: [UInt8], at now: UInt64) async -> [[UInt8]] {
        await source.withLock { $0 }.material(for: cms, at: Int64(now / 1000))
    }

    var origin: String { registrar.ledger.folder.origin }

    // MARK: Statements

    /// The text that the notary signs to register an act, and what speaks against signing it.
    public func statement(_ json: [UInt8], notary code: String) throws -> PreparedStatement {
        let notary = try notary(code)
        try requireActive(notary)
        let draft = try draft(json, notary: notary)
        return PreparedStatement(
            statement: try ActStatement(draft, origin: origin, notary: notary), json: draft.json,
            warnings: try warnings(about: draft, by: notary, waits: false))
    }

    private func draft(_ json: [UInt8], notary: NotaryCode) throws -> ActDraft {
        let draft = try ActDraft.parse(json, today: try today())
        if draft.salt != nil { return draft }
        return draft.sealed(with: registrar.vault.sealSalt(notary: notary.text, draft: draft.json.canonicalBytes))
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
    /// - Throws: `act-warned` with the acts that were not acknowledged.
    /// - Durability: the act is on disk when this returns.
    public func registerAct(
        _ json: [UInt8], signature: NotarySignature, notary code: String, idempotencyKey: String? = nil,
        acknowledged: Set<String> = []
    ) async throws -> FiledAct {
        let notary = try notary(code)
        let now = clock.now()
        let draft = try draft(json, notary: notary)
        let repetition = Repetition(
            vault: registrar.vault, notary: notary, signature: signature.cms, body: draft.json.canonicalBytes,
            key: idempotencyKey)
        if let known = try repetition.decision(registrar) { return try filedAct(await registrar.record(of: known)) }
        try requireActive(notary)
        let statement = try ActStatement(draft, origin: origin, notary: notary)
        let material = await material(for: signature.cms, at: now)
        let (verified, sign) = try check(
            signature, over: statement.bytes, or: draft.document.sha256, notary: code, at: now, material: material)
        let filed = try await orderly(places: places(of: draft)) {
            try self.registrar.enqueue(issuer: notary.text) { head in
                if let known = try repetition.decision(self.registrar) { return known }
                // Again: asking a responder may have taken seconds.
                try self.requireActive(notary)
                let lists = try self.lists(of: draft, by: notary, isClosed: draft.kind.isClosed)
                try self.requireAcknowledged(self.warnings(about: draft, by: notary, waits: true), acknowledged)
                let (number, numbers, yearKey) = try self.nextNumber(of: notary, &head, at: now)
                let act = try RegisteredAct(
                    number: number, draft: draft, signature: sign, time: ActTime(unixMilliseconds: now))
                let vault = self.registrar.vault
                let name = number.description
                return .file(
                    Registrar.Draft(
                        kind: .deedAct, fields: try act.fields(),
                        attachments: SignatureAttachments.of(verified),
                        keys: repetition.keys + lists + [yearKey, vault.key(.act, name)],
                        numbers: numbers,
                        lateKeys: { commitment in
                            guard let code = AccessCode(random: vault.accessCodeBytes(of: commitment)) else {
                                return []
                            }
                            return [vault.accessCodeKey(act: name, code: code.canonical)]
                        }))
            }
        }
        return try filedAct(filed)
    }

    private func filedAct(_ filed: FiledRecord) throws -> FiledAct {
        guard case .registered(let act) = try ActRecord(fields: filed.fields, isOurs: true),
            let code = AccessCode(random: registrar.vault.accessCodeBytes(of: filed.commitment))
        else { throw Problem.notFound() }
        return FiledAct(act: act, filed: filed, accessCode: code)
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

    /// The same without waiting for the record itself.
    func queue(places: [DomainKey], _ enqueue: () throws -> Registrar.Outcome) async throws -> Registrar.Outcome {
        while true {
            do {
                return try stripes.withLocks(of: places, enqueue)
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

/// Locks by domain key: as many as this many fall on few of them.
private final class Stripes: Sendable {
    private final class Stripe: Sendable {
        let lock = Mutex(())
    }

    private let stripes = (0..<256).map { _ in Stripe() }

    /// Runs `body` under the locks of all the keys. They are taken in one order, so that nobody waits in a ring.
    func withLocks<Result>(of keys: [DomainKey], _ body: () throws -> Result) throws -> Result {
        let places = Set(keys.map { Int(UInt(bitPattern: $0.hashValue) % UInt(stripes.count)) }).sorted()
        return try withLocks(places[...], body)
    }

    private func withLocks<Result>(_ places: ArraySlice<Int>, _ body: () throws -> Result) throws -> Result {
        guard let first = places.first else { return try body() }
        var result: Result?
        try stripes[first].lock.withLock { _ in result = try withLocks(places.dropFirst(), body) }
        guard let result else { throw Problem.notFound() }
        return result
    }
}

/// How a repetition of a filing is recognised: the same body with the same signature, or the same Idempotency-Key.
struct Repetition {
    private let signature: DomainKey
    private let signedAct: DomainKey
    private let idempotency: IdempotencyKeys?

    init(vault: Vault, notary: NotaryCode, signature: [UInt8], body json: [UInt8], key: String?) {
        let scope = Array(notary.text.utf8)
        let cms = SHA256.hash(signature).bytes
        let body = SHA256.hash(json).bytes
        self.signature = vault.key(.signature, scope, cms)
        signedAct = vault.key(.signedAct, scope, cms, body)
        idempotency = key.map { IdempotencyKeys(vault: vault, scope: notary.text, key: $0, body: cms + body) }
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

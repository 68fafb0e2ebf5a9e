import CanonicalJSON
import Catalogue
public import Deeds
import Evidence
public import LedgerEngine
import LedgerMerkle
import LedgerStorage
public import Signatures
import Synchronization

/// An act that is in the ledger.
public struct FiledAct: Sendable {
    public let act: RegisteredAct
    public let filed: FiledRecord
    /// The secret with which parties ask after the act. Given to the notary only.
    public let accessCode: AccessCode
}

/// What an act's number and access code tell.
public struct ActReport: Sendable {
    public let act: RegisteredAct
    public let filed: FiledRecord
    public let status: ActStatus
    /// The size of the ledger at which this was so: a later entry may say otherwise.
    public let size: UInt64
    /// The ledger's time then, Unix ms.
    public let time: UInt64
}

/// Registers and revokes acts: renders the statement, checks the notary's signature, numbers, files.
public final class DeedDesk: Sendable {
    private let registrar: Registrar
    private let register: IssuerRegister
    private let clock: any Clock
    private let trust: TrustStore?
    private let attempts = Mutex(RateLimiter(burst: 10, millisecondsPerToken: 6_000))

    /// - Parameter trust: the roots, intermediates and CRLs against which signatures are checked; without them no act is
    ///   registered.
    public init(registrar: Registrar, register: IssuerRegister, clock: any Clock = SystemClock(), trust: TrustStore?) {
        self.registrar = registrar
        self.register = register
        self.clock = clock
        self.trust = trust
    }

    private var origin: String { registrar.ledger.folder.origin }

    // MARK: Statements

    /// The text that the notary signs to register an act.
    public func statement(_ json: [UInt8], notary code: String) throws -> ActStatement {
        let notary = try notary(code)
        try requireActive(notary)
        return try ActStatement(try draft(json, notary: notary), origin: origin, notary: notary)
    }

    /// The text that the notary signs to revoke an act.
    public func revocationStatement(_ json: [UInt8], notary code: String) throws -> RevocationStatement {
        let notary = try notary(code)
        try requireActive(notary)
        return try RevocationStatement(try revocation(json, notary: notary), origin: origin, notary: notary)
    }

    private func draft(_ json: [UInt8], notary: NotaryCode) throws -> ActDraft {
        guard let today = CivilDate(unixMilliseconds: clock.now()) else {
            throw Problem.ledgerStopped(["reason": "clock"])
        }
        let draft = try ActDraft.parse(json, today: today)
        if draft.salt != nil { return draft }
        return draft.sealed(with: registrar.vault.sealSalt(notary: notary.text, draft: draft.json.canonicalBytes))
    }

    private func revocation(_ json: [UInt8], notary: NotaryCode) throws -> RevocationDraft {
        let draft = try RevocationDraft.parse(json)
        if draft.salt != nil { return draft }
        return draft.sealed(with: registrar.vault.sealSalt(notary: notary.text, draft: draft.json.canonicalBytes))
    }

    private func notary(_ code: String) throws -> NotaryCode {
        guard let notary = register.notary(code: code) else { throw Problem.issuerUnknown(["id": code]) }
        return try NotaryCode(notary.code)
    }

    private func requireActive(_ notary: NotaryCode) throws {
        if register.notary(code: notary.text)?.suspended != false { throw Problem.notarySuspended(["id": notary.text]) }
    }

    // MARK: Registration

    /// Registers an act. The same act with the same signature gets the same answer, also when the certificate has expired since.
    ///
    /// - Parameters:
    ///   - json: the act; what the statement was made from.
    ///   - signature: a detached CMS over the statement or, less telling, over the document alone.
    /// - Durability: the act is on disk when this returns.
    public func registerAct(
        _ json: [UInt8], signature: [UInt8], notary code: String, idempotencyKey: String? = nil
    ) async throws -> FiledAct {
        let notary = try notary(code)
        let now = clock.now()
        let draft = try draft(json, notary: notary)
        let vault = registrar.vault
        let repetition = Repetition(
            vault: vault, notary: notary, signature: signature, act: draft.json.canonicalBytes, key: idempotencyKey)
        if let known = try repetition.decision(registrar) { return try filedAct(await registrar.record(of: known)) }
        try requireActive(notary)
        let statement = try ActStatement(draft, origin: origin, notary: notary)
        let (verified, scope) = try check(
            signature, over: statement.bytes, or: draft.document.sha256, notary: code, at: now)
        let sign = ActSignature(scope: scope, verified)
        let filed = try await registrar.file(issuer: notary.text) { head in
            if let known = try repetition.decision(self.registrar) { return known }
            let time = ActTime(unixMilliseconds: now)
            let year = CivilDate(unixMilliseconds: now)?.year ?? 0
            let yearKey = vault.key(.actYear, notary.text, String(year))
            let running = try head.counters["acts"]?.next(in: year) ?? self.nextNumber(yearKey)
            guard let number = ActNumber(notary: notary, year: year, running: running) else {
                throw Problem.actNumbersExhausted(["notary": notary.text])
            }
            let act = try RegisteredAct(number: number, draft: draft, signature: sign, time: time)
            let name = number.description
            return .file(
                Registrar.Draft(
                    kind: .deedAct, fields: act.fields,
                    attachments: [RecordAttachment(kind: .cmsSignature, bytes: verified.cms)],
                    keys: repetition.keys + [yearKey, vault.key(.act, name)],
                    numbers: Registrar.NumberUse(series: "acts", period: year, next: running + 1),
                    lateKeys: { commitment in
                        guard let code = AccessCode(random: vault.accessCodeBytes(of: commitment)) else { return [] }
                        return [vault.accessCodeKey(act: name, code: code.canonical)]
                    }))
        }
        return try filedAct(filed)
    }

    private func filedAct(_ filed: FiledRecord) throws -> FiledAct {
        guard case .registered(let act) = try ActRecord(fields: filed.fields),
            let code = AccessCode(random: registrar.vault.accessCodeBytes(of: filed.commitment))
        else { throw Problem.notFound() }
        return FiledAct(act: act, filed: filed, accessCode: code)
    }

    private func nextNumber(_ yearKey: DomainKey) throws -> Int {
        guard let index = try registrar.ledger.find(yearKey) else { return 1 }
        return (try registrar.counter(at: index) ?? 0) + 1
    }

    /// Checks a signature over the statement, or else over the document alone, and whose it is.
    private func check(
        _ signature: [UInt8], over statement: [UInt8], or document: Digest?, notary code: String, at now: UInt64
    ) throws -> (VerifiedSignature, SignedScope) {
        guard let trust else { throw Problem.trustMissing() }
        let seconds = Int64(now / 1000)
        var found: (VerifiedSignature, SignedScope)
        do throws(SignatureFailure) {
            found = (try trust.verify(cms: signature, content: .bytes(statement), at: seconds), .statement)
        } catch {
            guard error.code == .wrongContent, let document else { throw error.failure }
            do throws(SignatureFailure) {
                found = (try trust.verify(cms: signature, content: .digest(document.bytes), at: seconds), .document)
            } catch let second {
                // Not over the document either: the statement is what should have been signed.
                throw second.code == .wrongContent ? error.failure : second.failure
            }
        }
        guard let enrolled = register.notary(code: code), hexadecimal(found.0.signerFingerprint) == enrolled.certificate
        else {
            throw Problem.signerNotNotary(["notary": code])
        }
        return found
    }

    // MARK: Revocation

    /// Revokes an act that the same notary registered. A revoked act gets the same answer again.
    ///
    /// - Durability: the revocation is on disk when this returns.
    public func revokeAct(_ json: [UInt8], signature: [UInt8], notary code: String) async throws -> FiledRecord {
        let notary = try notary(code)
        let now = clock.now()
        let draft = try revocation(json, notary: notary)
        try requireActive(notary)
        let statement = try RevocationStatement(draft, origin: origin, notary: notary)
        let (verified, _) = try check(signature, over: statement.bytes, or: nil, notary: code, at: now)
        let vault = registrar.vault
        let number = draft.act.description
        let filed = try await registrar.file(issuer: notary.text) { _ in
            guard draft.act.notary == notary else { throw Problem.actOfOtherNotary(["act": "\(number)"]) }
            guard try self.registrar.decision(for: vault.key(.act, number)) != nil else { throw Problem.actNotFound() }
            let change = vault.key(.actChange, number)
            if let known = try self.registrar.decision(for: change) { return known }
            let revoked = try RevokedAct(
                notary: notary, draft: draft, signature: ActSignature(scope: .statement, verified),
                time: ActTime(unixMilliseconds: now))
            return .file(
                Registrar.Draft(
                    kind: .deedAct, fields: revoked.fields,
                    attachments: [RecordAttachment(kind: .cmsSignature, bytes: verified.cms)], keys: [change]))
        }
        // The same revocation sent twice is answered twice; another one comes too late.
        guard filed.text("reason") == draft.reason else { throw Problem.actRevokedAlready(["act": number]) }
        return filed
    }

    // MARK: Status

    /// What the ledger says of an act, for somebody who has its number and access code.
    ///
    /// A wrong code and an absent act are answered alike, and both cost an attempt.
    /// - Parameter caller: whose attempts are counted, beside those at the act itself.
    public func status(act text: String, code: String, caller: String) throws -> ActReport {
        try countAttempt(caller: "from \(caller)")
        let number = actNumber(text) ?? ""
        try countAttempt(caller: "at \(number)")
        // A mistyped number or code gets the answer of an absent act, too: the three must not be told apart.
        guard let code = try? AccessCode(code),
            let index = try registrar.ledger.find(registrar.vault.accessCodeKey(act: number, code: code.canonical))
        else { throw Problem.actNotFound() }
        return try report(index: index, number: number)
    }

    /// The same without an access code, for the notary who registered the act and for the operator.
    public func status(act text: String) throws -> ActReport {
        let number = try ActNumber(text, path: "act").description
        guard let index = try registrar.ledger.find(registrar.vault.key(.act, number)) else {
            throw Problem.actNotFound()
        }
        return try report(index: index, number: number)
    }

    private func report(index: UInt64, number: String) throws -> ActReport {
        let filed = try registrar.record(at: index)
        guard case .registered(let act) = try ActRecord(fields: filed.fields) else { throw Problem.actNotFound() }
        var revocation: RevokedAct?
        if let change = try registrar.ledger.find(registrar.vault.key(.actChange, number)),
            case .revoked(let revoked) = try ActRecord(fields: registrar.record(at: change).fields)
        {
            revocation = revoked
        }
        let now = max(clock.now(), act.time.unixMilliseconds, revocation?.time.unixMilliseconds ?? 0)
        let status = ActStatus.of(act, revocation: revocation, at: ActTime(unixMilliseconds: now))
        return ActReport(act: act, filed: filed, status: status, size: registrar.ledger.size, time: now)
    }

    private func countAttempt(caller: String) throws {
        let now = clock.monotonic()
        if case .refused(let wait) = attempts.withLock({ $0.attempt(by: caller, at: now) }) {
            throw Problem.tooManyAttempts(["seconds": String((wait + 999) / 1000)])
        }
    }
}

/// How a repetition of a registration is recognised: the same act with the same signature, or the same Idempotency-Key.
private struct Repetition {
    private let signature: DomainKey
    private let signedAct: DomainKey
    private let idempotency: IdempotencyKeys?

    init(vault: Vault, notary: NotaryCode, signature: [UInt8], act: [UInt8], key: String?) {
        let scope = Array(notary.text.utf8)
        let cms = SHA256.hash(signature).bytes
        let body = SHA256.hash(act).bytes
        self.signature = vault.key(.signature, scope, cms)
        signedAct = vault.key(.signedAct, scope, cms, body)
        idempotency = key.map { IdempotencyKeys(vault: vault, scope: notary.text, key: $0, body: cms + body) }
    }

    var keys: [DomainKey] { [signature, signedAct] + (idempotency?.keys ?? []) }

    /// - Throws: `signature-used` when the signature stands under another act: one over a document alone fits any act about it.
    func decision(_ registrar: Registrar) throws -> Registrar.Decision? {
        if let known = try idempotency?.decision(registrar) { return known }
        guard let known = try registrar.decision(for: signature) else { return nil }
        guard try registrar.decision(for: signedAct) != nil else { throw Problem.signatureUsed() }
        return known
    }
}

extension Reader {
    /// The fields of an act that this reader sees by default.
    var deedFields: Set<String> {
        DeedField.names(shownTo: DeedField.Profile(rawValue: rawValue) ?? .citizen)
    }
}

/// The number of an act in its printed form; `nil` when the text is none.
func actNumber(_ text: String) -> String? {
    (try? ActNumber(text, path: "act"))?.description
}

import CanonicalJSON
import Catalogue
public import Deeds
import Evidence
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Synchronization

/// A change of an act that is in the ledger.
public struct FiledChange: Sendable {
    public let change: ChangedAct
    public let filed: FiledRecord
}

extension DeedDesk {
    /// The text that a notary signs to change an act, and what speaks against it. Nothing is recorded.
    ///
    /// - Parameters:
    ///   - json: the change, as ``ChangeDraft/parse(_:today:)`` reads it.
    ///   - isForOperator: whether the operator asks in the notary's place: wills that were not opened are not there then.
    /// - Throws: as `changeAct`, but for what is wrong with a signature and `act-warned`.
    public func changeStatement(
        _ json: [UInt8], notary code: String, isForOperator: Bool = false
    ) throws -> PreparedStatement {
        let notary = try notary(code)
        try requireActive(notary)
        let now = ActTime(unixMilliseconds: clock.now())
        let draft = try ChangeDraft.parse(json, today: try today())
        let known = try knownAct(draft.act)
        // First of all: what the notary may not do must not be told apart from what is not there.
        try requireAllowed(draft, of: known, by: notary, isForOperator, at: now)
        let sealed = try sealed(draft, of: known, notary: notary)
        _ = try SealSalt(sealed, notary: notary, registrar.vault).requireFresh(in: registrar, waits: false)
        return PreparedStatement(
            statement: try ActStatement(sealed, origin: origin, notary: notary), json: sealed.json,
            warnings: try sealed.content.map {
                try warnings(about: $0, by: notary, besides: draft.act, waits: false, isForOperator: isForOperator)
            } ?? [])
    }

    /// Changes an act. The same change with the same signature gets the same answer.
    ///
    /// - Parameters:
    ///   - json: the change; what the statement was made from.
    ///   - signature: a detached CMS over the statement, and nothing else.
    ///   - acknowledged: the acts that the notary was warned of and goes on in spite of.
    ///   - isForOperator: whether the operator hands it in: wills that were not opened are not there then.
    /// - Throws: `act-not-found`, also of an act that the notary may not change; `claimant-not-principal`, `act-changed-meanwhile`,
    ///   `act-revoked-already`, `act-expired`, `act-not-closed`, `act-type-changed`, `act-warned`, `notary-suspended`, `signature-used`,
    ///   `signer-not-notary`, `act-salt-used`; what is wrong with the change or the signature.
    /// - Durability: the change is on disk when this returns.
    public func changeAct(
        _ json: [UInt8], signature: [UInt8], notary code: String, idempotencyKey: String? = nil,
        acknowledged: Set<String> = [], isForOperator: Bool = false
    ) async throws -> FiledChange {
        let notary = try notary(code)
        let now = clock.now()
        let parsed = try ChangeDraft.parse(json, today: try today())
        // Before the salt: the same change sent twice may find another newest entry.
        let repetition = Repetition(
            vault: registrar.vault, notary: notary, signature: signature, body: parsed.json.canonicalBytes,
            key: idempotencyKey)
        if let known = try repetition.decision(registrar) { return try filedChange(await registrar.record(of: known)) }
        try requireActive(notary)
        let key = registrar.vault.key(.actChange, parsed.act.description)
        // Before any lock: a responder may take seconds.
        let material = await material(for: signature, at: now)
        let salt = SealSalt(parsed, notary: notary, registrar.vault)
        let fixed = [key] + salt.places(registrar.vault) + (parsed.content.map { places(of: $0) } ?? [])
        func held() throws -> [DomainKey] {
            guard parsed.change == .opened else { return fixed }
            // A change on its way may be about another document.
            if let ticket = registrar.ledger.pending(key) { throw OnItsWay(ticket: ticket) }
            return fixed + places(of: try knownAct(parsed.act).history.content)
        }
        let filed = try await orderly(places: held) {
            try self.registrar.enqueue(issuer: notary.text) { _ in
                if let known = try repetition.decision(self.registrar) { return known }
                if let ticket = self.registrar.ledger.pending(key) { throw OnItsWay(ticket: ticket) }
                try self.requireActive(notary)
                // After all waiting: a responder may have taken seconds.
                let time = ActTime(unixMilliseconds: self.clock.now())
                let known = try self.knownAct(parsed.act)
                try self.requireAllowed(parsed, of: known, by: notary, isForOperator, at: time)
                try self.requireStaying(parsed.act)
                let draft = try self.sealed(parsed, of: known, notary: notary)
                let statement = try ActStatement(draft, origin: self.origin, notary: notary)
                let (verified, sign) = try self.check(
                    .cms(signature), over: statement.bytes, or: nil, notary: code, at: now, material: material)
                try self.validation.keep(verified)
                var lists = try salt.requireFresh(in: self.registrar, waits: true)
                if let content = draft.content {
                    try self.requireAcknowledged(
                        self.warnings(
                            about: content, by: notary, besides: draft.act, waits: true, isForOperator: isForOperator),
                        acknowledged)
                    lists += try self.lists(
                        of: content, by: known.history.act.number.notary, isClosed: known.history.isClosed)
                } else if draft.change == .opened {
                    // From now on it is found by its document like any other act.
                    lists += try self.lists(of: known.history.content, by: notary, isClosed: false)
                }
                let changed = try ChangedAct(
                    notary: notary, draft: draft, signature: sign, time: time)
                return .file(
                    Registrar.Draft(
                        kind: .deedAct, fields: try changed.fields(), attachments: SignatureAttachments.of(verified),
                        keys: repetition.keys + lists + [key]))
            }
        }
        return try filedChange(filed)
    }

    private func filedChange(_ filed: FiledRecord) throws -> FiledChange {
        guard case .changed(let change) = try ActRecord(fields: filed.fields, isOurs: true) else {
            throw Problem.notFound()
        }
        return FiledChange(change: change, filed: filed)
    }

    private func sealed(_ draft: ChangeDraft, of known: KnownAct, notary: NotaryCode) throws -> ChangeDraft {
        if let before = draft.before, before != known.newest.commitment {
            throw Problem.actChangedMeanwhile(["act": "\(draft.act)"])
        }
        return draft.sealed(
            with: SealSalt(draft, notary: notary, registrar.vault).bytes, before: known.newest.commitment)
    }

    // MARK: Who may do what

    /// Whether a notary may make a change, in the state that the act is in.
    ///
    /// The notary who registered the act, and who took the office over, may do everything; a court's order goes to them. Before any other notary
    /// who is active the principal of a power of attorney may revoke it, and nothing else. Whoever may not is told the same as where there is no
    /// such act: numbers follow one another, and a will must not show as the one that is answered differently.
    private func requireAllowed(
        _ draft: ChangeDraft, of known: KnownAct, by notary: NotaryCode, _ isForOperator: Bool, at time: ActTime
    ) throws {
        let history = known.history
        if isForOperator, history.isClosed { throw Problem.actNotFound() }
        let isOwn = isActing(notary, for: history.act.number.notary)
        let isOfPrincipal = isOfPrincipal(draft, history)
        guard isOwn || (draft.requester == .principal && isOfPrincipal && !history.isClosed) else {
            throw Problem.actNotFound()
        }
        if draft.requester == .principal, !isOfPrincipal {
            throw Problem.claimantNotPrincipal(["act": "\(draft.act)"])
        }
        if draft.change == .opened {
            guard history.isClosed else { throw Problem.actNotClosed(["act": "\(draft.act)"]) }
        }
        if let content = draft.content, content.type != history.act.draft.type {
            throw Problem.actTypeChanged(["type": history.act.draft.type.rawValue])
        }
        if draft.change == .corrected, let content = draft.content,
            let day = CivilDate(unixMilliseconds: history.act.time.unixMilliseconds)
        {
            try content.requireValidity(from: day)
        }
        switch history.status(at: max(time, history.act.time)) {
        case .revoked: throw Problem.actRevokedAlready(["act": "\(draft.act)"])
        case .expired:
            // An ended act may still have had a slip in it, but nothing more is agreed about it.
            if draft.change == .amended { throw Problem.actExpired(["act": "\(draft.act)"]) }
        default: break
        }
    }

    private func isOfPrincipal(_ draft: ChangeDraft, _ history: ActHistory) -> Bool {
        let principals: Set<PartyRole> = [.principal, .testator]
        return history.content.parties.contains {
            principals.contains($0.role) && $0.identity == draft.principal?.identity
        }
    }

    /// The act of another notary that a change is about, where the principal who asks for it is that act's; `nil` otherwise. For the operator every
    /// act is another's.
    ///
    /// Whose act it is would be told by trying: whoever names somebody else, or an act that is not there, is counted as one who guesses an
    /// access code is, by notary and by act. To be called before `changeStatement` and `changeAct`;
    /// what it returns is a look at the act, and to be logged.
    /// - Throws: `too-many-attempts`.
    public func claimedAct(_ json: [UInt8], notary code: String, isForOperator: Bool = false) throws -> ActNumber? {
        let notary = try notary(code)
        // What cannot be read is refused by name where it is used.
        guard let draft = try? ChangeDraft.parse(json, today: try today()),
            isForOperator ? draft.requester == .principal : !isActing(notary, for: draft.act.notary)
        else { return nil }
        let caller = isForOperator ? "by the operator" : "by \(notary)"
        try count(caller, in: attempts)
        guard draft.requester == .principal, let known = try? knownAct(draft.act), !known.history.isClosed,
            isOfPrincipal(draft, known.history)
        else {
            try count("at \(draft.act)", in: attempts)
            return nil
        }
        attempts.withLock { $0.refund(caller) }
        try count(caller, in: looks)
        return draft.act
    }

    /// Whether a notary is another one, or took over the office.
    func isActing(_ notary: NotaryCode, for other: NotaryCode) -> Bool {
        var code = other.text
        // A chain of hand-overs has no rings, but whoever writes one must not stop the service.
        for _ in 0..<100 {
            if code == notary.text { return true }
            guard let next = register.notary(code: code)?.successor else { return false }
            code = next
        }
        return false
    }
}

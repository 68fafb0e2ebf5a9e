import Catalogue
public import Deeds
import Evidence
import LedgerEngine
import LedgerMerkle
import Synchronization

/// What an act's number and access code tell.
public struct ActReport: Sendable {
    public let known: KnownAct
    public let status: ActStatus
    /// The size of the ledger at which this was so: a later entry may say otherwise.
    public let size: UInt64
    /// The ledger's time then, Unix ms.
    public let time: UInt64
    /// What later entries say of its fee receipt; `nil` without one.
    public let feeState: ReceiptDesk.FeeState?

    public var act: RegisteredAct { known.history.act }
}

extension DeedDesk {
    // MARK: Status

    /// What the ledger says of an act, for somebody who has its number and access code.
    ///
    /// A wrong code and an absent act are answered alike, and both cost an attempt: ten at once, then one every six seconds, for each caller and
    /// each act. Looks with the right code cost none; of them there are 120 at once, then two a second, for each caller.
    /// - Parameters:
    ///   - text: the number, of an act or of an entry from paper, as people type it.
    ///   - code: the access code, as people type it.
    ///   - caller: whose attempts are counted, beside the wrong ones at the act itself.
    /// - Throws: `act-not-found`, of one that was erased as well; `too-many-attempts`.
    public func status(act text: String, code: String, caller: String) throws -> DeedReport {
        try count("from \(caller)", in: attempts)
        let number = deedNumber(text) ?? ""
        // A mistyped number or code gets the answer of an absent act, and costs the same reads: the three must not be told apart. No code
        // is the empty text.
        let canonical = (try? AccessCode(code))?.canonical ?? ""
        let key = registrar.vault.accessCodeKey(act: number, code: canonical)
        guard let index = try registrar.ledger.findEvenly(key) else {
            // Only what is wrong counts against the act: nobody keeps those who have the code from it.
            if !number.isEmpty { try count("at \(number)", in: attempts) }
            throw Problem.actNotFound()
        }
        // A counter that checks many acts guesses nothing; still, every look leaves a line.
        attempts.withLock { $0.refund("from \(caller)") }
        try count(caller, in: looks)
        if (try? PaperNumber(number)) != nil { return .paper(try report(try knownPaper(at: index), isForHolder: true)) }
        return .act(try report(try knownAct(at: index)))
    }

    /// The same without an access code, for the notary who registered the act, or a successor.
    ///
    /// - Throws: `act-number-invalid`; `act-not-found`, also for an act of another office, and for one that was erased.
    public func status(act text: String, notary code: String) throws -> ActReport {
        let number = try ActNumber(text, path: "act")
        guard isActing(try notary(code), for: number.notary) else { throw Problem.actNotFound() }
        return try report(try knownAct(number))
    }

    /// The same for the operator: wills that were not opened are not there.
    ///
    /// - Throws: `act-number-invalid`, `act-not-found`.
    public func status(act text: String) throws -> ActReport {
        let known = try knownAct(try ActNumber(text, path: "act"))
        guard !known.history.isClosed else { throw Problem.actNotFound() }
        return try report(known)
    }

    func report(_ known: KnownAct) throws -> ActReport {
        let history = known.history
        let latest = history.changes.map(\.time.unixMilliseconds).max() ?? 0
        let now = max(clock.now(), history.act.time.unixMilliseconds, latest)
        let status = history.status(at: ActTime(unixMilliseconds: now))
        return ActReport(
            known: known, status: status, size: registrar.ledger.size, time: now,
            feeState: try history.act.fee.map { try receipts.feeState($0.receipt) })
    }

    func count(_ caller: String, in limiter: borrowing Mutex<RateLimiter>) throws {
        let now = clock.monotonic()
        if case .refused(let wait) = limiter.withLock({ $0.attempt(by: caller, at: now) }) {
            throw Problem.tooManyAttempts(["seconds": String((wait + 999) / 1000)])
        }
    }

    /// The access code of an act: made again, for its notary.
    public func accessCode(of known: KnownAct) -> AccessCode {
        guard let code = AccessCode(random: registrar.vault.accessCodeBytes(of: known.filed.commitment)) else {
            preconditionFailure("eight bytes make a code")
        }
        return code
    }

    // MARK: Records

    func knownAct(_ number: ActNumber) throws -> KnownAct { try book.knownAct(number) }

    func knownAct(at index: UInt64) throws -> KnownAct { try book.knownAct(at: index) }

    /// Whether a record is about an act that nobody but its notary and its party may know of.
    public func isClosed(_ filed: FiledRecord) throws -> Bool { try book.isClosed(filed) }

    /// Whether a record is about an act that a notary registered or changed, or of an office that the notary took over.
    public func isOwn(_ filed: FiledRecord, of code: String) -> Bool {
        guard filed.stored.record.kind == .deedAct, let notary = try? notary(code) else { return false }
        if filed.text("notary") == notary.text { return true }
        return (try? DeedNumber(filed.text("act"))).map { isActing(notary, for: $0.notary) } ?? false
    }
}

extension Reader {
    /// The fields of an act that this reader sees by default.
    var deedFields: Set<String> {
        DeedField.names(shownTo: DeedField.Profile(rawValue: rawValue) ?? .citizen)
    }
}

/// The number of an act or of an entry from paper in its printed form; `nil` when the text is none.
func deedNumber(_ text: String) -> String? {
    (try? DeedNumber(text, path: "act"))?.description
}

public import CanonicalJSON
import Catalogue
public import LedgerEngine
public import Registry
import Synchronization

/// One step of a request that needs a second person, for the log. Says nothing of what was asked for but its kind.
public struct ApprovalEvent: Hashable, Sendable, CustomStringConvertible {
    public enum Step: String, Hashable, Sendable {
        case requested, approved, done, refused, withdrawn, expired
        /// It was carried out and refused by what carried it out.
        case failed
        /// Somebody looked how a request ended whose outcome was unknown.
        case checked
    }

    public let id: Int64
    public let kind: ApprovalKind
    public let step: Step
    public let requester: String
    /// Who decided; `nil` where nobody did.
    public let by: String?
    /// Unix ms.
    public let time: UInt64

    public var description: String {
        "\(kind.rawValue) \(id): \(step.rawValue), requested by \(requester)" + (by.map { ", by \($0)" } ?? "")
    }
}

/// What a request asks to be carried out.
public struct ApprovedCommand: Sendable {
    public let id: Int64
    public let command: String
    public let input: JSONValue
}

/// The second person: what is dangerous is asked for by one operator and carried out when another agrees, once.
///
/// An approval is on disk before anything is carried out, so a crash never makes a command run twice: it leaves a request of which only a
/// person can say how it ended.
public final class ApprovalDesk: Sendable {
    /// How long a request waits, ms.
    public static let timeLimit: UInt64 = 24 * 3_600_000
    /// The most requests that wait at once.
    public static let waitingLimit = 200
    /// The most bytes of what one request asks for: many wait, and all are read at each look.
    public static let byteLimit = 256 << 10
    /// How long what was decided is kept, ms.
    private static let keepingTime: UInt64 = 90 * 86_400_000

    private let store: ApprovalStore
    private let clock: any Clock
    /// What this process is carrying out.
    private let underWay = Mutex<Set<Int64>>([])
    let secrets = ApprovedSecrets()

    public init(store: ApprovalStore, clock: any Clock) {
        self.store = store
        self.clock = clock
    }

    // MARK: Asking

    /// Writes down what somebody asks for. The same request by the same person, while it waits, is one.
    ///
    /// - Parameters:
    ///   - command: a command of ``AdminDesk``.
    ///   - name: the operator's, as the token says it.
    /// - Returns: the request's id, and what happened; `nil` for a repetition.
    /// - Durability: synced on return.
    /// - Throws: `approval-name-invalid`, `approval-too-many`, `approval-too-large`.
    public func request(_ kind: ApprovalKind, command: String, input: JSONValue, by name: String) throws -> (
        id: Int64, event: ApprovalEvent?
    ) {
        let requester = try operatorName(name)
        let now = clock.now()
        let content = ApprovalContent(command: command, input: input, requester: requester.text)
        guard content.bytes.count <= ApprovalDesk.byteLimit else {
            throw Problem.approvalTooLarge(["limit": String(ApprovalDesk.byteLimit >> 10)])
        }
        let limit = ApprovalDesk.waitingLimit
        let added = try store.add(kind: kind.rawValue, content: content.bytes, at: Int64(now), limit: limit) { other in
            guard !isLate(other, now), let known = ApprovalContent(other.content) else { return false }
            return known.isSame(as: content)
        }
        guard let added else { throw Problem.approvalTooMany(["limit": String(limit)]) }
        return (added.id, added.isNew ? event(added.id, kind, .requested, content, by: nil) : nil)
    }

    /// What waits for a second person, and what was approved and not ended, oldest first: `[{id, kind, state, requester, created, expires, command, input}]`, the
    /// input without what is not known to be open.
    public func list() throws -> JSONValue {
        let now = clock.now()
        return .array(
            try (store.list(.waiting).filter { !isLate($0, now) } + store.list(.approved)).compactMap { approval in
                guard let content = ApprovalContent(approval.content) else { return nil }
                var object: JSONObject = [
                    "id": JSONValue(approval.id), "kind": .string(approval.kind), "state": .string(state(approval)),
                    "requester": .string(content.requester), "created": JSONValue(approval.created),
                    "command": .string(content.command),
                ]
                object["approver"] = content.approver.map { .string($0) }
                object["input"] = content.input.map { ApprovalKind.shown($0) }
                if approval.state == .waiting {
                    object["expires"] = JSONValue(approval.created + Int64(ApprovalDesk.timeLimit))
                }
                return .object(object)
            })
    }

    /// A state in words: of what was approved, whether it is being carried out or nobody knows.
    private func state(_ approval: Approval) -> String {
        guard approval.state == .approved else { return approval.state.rawValue }
        return isUnderWay(approval.id) ? "approved, under way" : "approved, outcome unknown: check"
    }

    // MARK: Deciding

    /// Lets a request of another person be carried out. Whoever gets the command must carry it out and then say how it ended, with ``finish``.
    ///
    /// - Returns: the command: once, whoever asks and however often.
    /// - Durability: that it was approved is synced on return.
    /// - Throws: `approval-unknown`, `approval-of-oneself`, `approval-not-waiting`, `approval-expired`, `approval-name-invalid`.
    public func approve(_ id: Int64, by name: String) throws -> (command: ApprovedCommand, event: ApprovalEvent) {
        let approver = try operatorName(name)
        var isClaimed = false
        do {
            return try decide(id) { approval, content in
                guard OperatorName(content.requester) != approver else {
                    throw Problem.approvalOfOneself(["id": String(id)])
                }
                guard let input = content.input else { throw notWaiting(approval) }
                content.approver = approver.text
                // Before others can see it approved, so that nobody takes it for interrupted.
                isClaimed = true
                underWay.withLock { _ = $0.insert(id) }
                let command = ApprovedCommand(id: id, command: content.command, input: input)
                return (.approved, .approved, approver, command)
            }
        } catch {
            if isClaimed { setEnded(id) }
            throw error
        }
    }

    /// Ends a request that waits: another person refuses it, or its own takes it back.
    ///
    /// - Throws: as ``approve``, but for `approval-of-oneself`.
    public func refuse(_ id: Int64, by name: String) throws -> ApprovalEvent {
        let person = try operatorName(name)
        return try decide(id) { _, content in
            let isOwn = OperatorName(content.requester) == person
            content.input = nil
            return (.refused, isOwn ? .withdrawn : .refused, person, ())
        }.event
    }

    private func decide<Result>(
        _ id: Int64,
        _ decision: (Approval, inout ApprovalContent) throws -> (
            ApprovalState, ApprovalEvent.Step, OperatorName, Result
        )
    ) throws -> (command: Result, event: ApprovalEvent) {
        let now = clock.now()
        var decided: (Result, ApprovalEvent)?
        let before = try store.change(id, at: Int64(now)) { approval in
            guard approval.state == .waiting, let kind = ApprovalKind(rawValue: approval.kind),
                var content = ApprovalContent(approval.content)
            else { throw notWaiting(approval) }
            guard !isLate(approval, now) else {
                throw Problem.approvalExpired(["id": String(id), "hours": String(ApprovalDesk.timeLimit / 3_600_000)])
            }
            let (state, step, person, result) = try decision(approval, &content)
            decided = (result, event(id, kind, step, content, by: person.text))
            return (state, content.bytes)
        }
        guard before != nil, let decided else { throw Problem.approvalUnknown(["id": String(id)]) }
        return decided
    }

    // MARK: Ending

    /// Says how a command ended. What was asked for is forgotten.
    ///
    /// - Parameter isDone: false when what carried it out threw.
    /// - Throws: `approval-not-waiting` for a request that is not approved, or ended already; `approval-unknown`.
    public func finish(_ id: Int64, isDone: Bool) throws -> ApprovalEvent {
        defer { setEnded(id) }
        return try end(id, isDone ? .done : .failed, by: nil)
    }

    /// Takes a person's word that they looked how an approved command ended of which nobody heard again.
    ///
    /// - Throws: as ``finish``; `approval-not-waiting` while it is being carried out.
    public func check(_ id: Int64, by name: String) throws -> ApprovalEvent {
        let person = try operatorName(name)
        guard !isUnderWay(id) else {
            throw Problem.approvalNotWaiting(["id": String(id), "state": "approved, under way"])
        }
        return try end(id, .checked, by: person.text)
    }

    private func end(_ id: Int64, _ step: ApprovalEvent.Step, by person: String?) throws -> ApprovalEvent {
        var ended: ApprovalEvent?
        try store.change(id, at: Int64(clock.now())) { approval in
            guard approval.state == .approved, let kind = ApprovalKind(rawValue: approval.kind),
                var content = ApprovalContent(approval.content)
            else { throw notWaiting(approval) }
            content.input = nil
            ended = event(id, kind, step, content, by: person ?? content.approver)
            return (.done, content.bytes)
        }
        guard let ended else { throw Problem.approvalUnknown(["id": String(id)]) }
        return ended
    }

    /// Ends what waited too long, and forgets what was decided long ago. To be called now and then.
    public func expire() throws -> [ApprovalEvent] {
        let now = clock.now()
        secrets.forget(before: now)
        let late = try store.list(.waiting).filter { isLate($0, now) }
        let events = try late.compactMap { each -> ApprovalEvent? in
            var expired: ApprovalEvent?
            try store.change(each.id, at: Int64(now)) { approval in
                // Decided meanwhile.
                guard approval.state == .waiting, let kind = ApprovalKind(rawValue: approval.kind),
                    var content = ApprovalContent(approval.content)
                else { return (approval.state, approval.content) }
                content.input = nil
                expired = event(approval.id, kind, .expired, content, by: nil)
                return (.expired, content.bytes)
            }
            return expired
        }
        try store.forgetDecided(before: Int64(now - min(now, ApprovalDesk.keepingTime)))
        return events
    }

    // MARK: Parts

    private func isLate(_ approval: Approval, _ now: UInt64) -> Bool {
        Int64(clamping: now) - approval.created >= Int64(ApprovalDesk.timeLimit)
    }

    private func isUnderWay(_ id: Int64) -> Bool { underWay.withLock { $0.contains(id) } }

    private func setEnded(_ id: Int64) { underWay.withLock { _ = $0.remove(id) } }

    private func notWaiting(_ approval: Approval) -> Failure {
        Problem.approvalNotWaiting(["id": String(approval.id), "state": state(approval)])
    }

    private func operatorName(_ text: String) throws(Failure) -> OperatorName {
        guard let name = OperatorName(text) else { throw Problem.approvalNameInvalid() }
        return name
    }

    private func event(
        _ id: Int64, _ kind: ApprovalKind, _ step: ApprovalEvent.Step, _ content: ApprovalContent, by person: String?
    ) -> ApprovalEvent {
        ApprovalEvent(
            id: id, kind: kind, step: step, requester: content.requester, by: person, time: clock.now())
    }
}

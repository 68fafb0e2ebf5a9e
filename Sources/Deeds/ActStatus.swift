/// What the register says of an act at a moment.
public enum ActStatus: Sendable, Hashable {
    case inForce
    /// In force as a later entry has it: the parties agreed on other contents.
    case amended(since: ActTime)
    /// In force as a later entry has it: a slip was mended.
    case corrected(since: ActTime)
    /// Since this moment, by a later entry.
    case revoked(since: ActTime)
    /// The last day of validity is over in Mongolia (UTC+8).
    case expired(lastDay: CivilDate)
    /// The moment lies before the registration.
    case notYetRegistered

    /// The stable code: `in-force`, `amended`, `corrected`, `revoked`, `expired` or `not-registered`.
    public var code: String {
        switch self {
        case .inForce: "in-force"
        case .amended: "amended"
        case .corrected: "corrected"
        case .revoked: "revoked"
        case .expired: "expired"
        case .notYetRegistered: "not-registered"
        }
    }

    /// Whether the act has effect then, in its first wording or a later one.
    public var isInForce: Bool {
        switch self {
        case .inForce, .amended, .corrected: true
        case .revoked, .expired, .notYetRegistered: false
        }
    }
}

/// An act with all that later entries made of it.
public struct ActHistory: Sendable, Hashable {
    public let act: RegisteredAct
    /// Oldest first.
    public let changes: [ChangedAct]

    /// - Parameter changes: oldest first; those of another act count for nothing.
    public init(_ act: RegisteredAct, changes: [ChangedAct] = []) {
        self.act = act
        self.changes = changes.filter { $0.draft.act == act.number }
    }

    /// The content that counts: that of the newest amendment or correction, else the registered one.
    public var content: ActDraft { content(at: ActTime(unixMilliseconds: .max)) }

    /// The content that counted at a moment.
    public func content(at moment: ActTime) -> ActDraft {
        changes.last { $0.time <= moment && $0.draft.content != nil }?.draft.content ?? act.draft
    }

    /// Whether nobody but the notary and the party may know of it: a will that was not opened.
    public var isClosed: Bool { act.draft.kind.isClosed && !changes.contains { $0.draft.change == .opened } }

    /// The status at a moment.
    ///
    /// A revocation counts from its own time on and outweighs expiry; the last day of validity counts whole, until midnight in
    /// Mongolia; the newest amendment or correction counts only while the act is in force.
    public func status(at moment: ActTime) -> ActStatus {
        if moment < act.time { return .notYetRegistered }
        let known = changes.filter { $0.time <= moment }
        if let revocation = known.first(where: { $0.draft.change == .revoked }) {
            return .revoked(since: revocation.time)
        }
        if let end = content(at: moment).validUntil {
            // Beyond the year 9999 every day is over.
            guard let today = CivilDate(unixMilliseconds: moment.unixMilliseconds), today <= end else {
                return .expired(lastDay: end)
            }
        }
        guard let last = known.last(where: { $0.draft.content != nil }) else { return .inForce }
        return last.draft.change == .corrected ? .corrected(since: last.time) : .amended(since: last.time)
    }
}

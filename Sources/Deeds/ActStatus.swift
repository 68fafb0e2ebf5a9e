/// What the register says of an act at a moment.
public enum ActStatus: Sendable, Hashable {
    case inForce
    /// Since this moment, by a later entry.
    case revoked(since: ActTime)
    /// The last day of validity is over in Mongolia (UTC+8).
    case expired(lastDay: CivilDate)
    /// The moment lies before the registration.
    case notYetRegistered

    /// The stable code: `in-force`, `revoked`, `expired` or `not-registered`.
    public var code: String {
        switch self {
        case .inForce: "in-force"
        case .revoked: "revoked"
        case .expired: "expired"
        case .notYetRegistered: "not-registered"
        }
    }

    /// The status of an act at a moment, from its record and its revocation, if any.
    ///
    /// A revocation counts from its own time on and outweighs expiry; the last day of validity counts whole, until midnight in
    /// Mongolia. A revocation of another act is no revocation.
    public static func of(_ act: RegisteredAct, revocation: RevokedAct?, at moment: ActTime) -> ActStatus {
        of(
            number: act.number, registered: act.time, validUntil: act.draft.validUntil, revocation: revocation,
            at: moment)
    }

    /// The same from what a read model keeps.
    public static func of(
        number: ActNumber, registered: ActTime, validUntil: CivilDate?, revocation: RevokedAct?, at moment: ActTime
    ) -> ActStatus {
        if moment < registered { return .notYetRegistered }
        if let revocation, revocation.draft.act == number, revocation.time <= moment {
            return .revoked(since: revocation.time)
        }
        // Beyond the year 9999 every day is over.
        guard let validUntil else { return .inForce }
        guard let today = CivilDate(unixMilliseconds: moment.unixMilliseconds) else {
            return .expired(lastDay: validUntil)
        }
        return today > validUntil ? .expired(lastDay: validUntil) : .inForce
    }
}

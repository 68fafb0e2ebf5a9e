/// Whom to trust: the logs, the witnesses, and how many of them must have cosigned (C2SP tlog-policy).
public struct Policy: Sendable {
    /// A witness that the policy names.
    public struct Witness: Hashable, Sendable {
        /// The name inside the policy, as bytes: names are opaque.
        public let name: [UInt8]
        /// Its key for cosignatures (type 0x04).
        public let key: VerifierKey
        /// Where it takes submissions, if the policy says so.
        public let url: String?
    }

    /// A member of a group: a position in `witnesses` or `groups`.
    public enum Member: Hashable, Sendable {
        case witness(Int)
        case group(Int)
    }

    /// A group, which has witnessed a checkpoint when at least `threshold` of its members have.
    public struct Group: Hashable, Sendable {
        public let name: [UInt8]
        /// 1…number of members.
        public let threshold: Int
        /// Witnesses, and groups that stand before this one.
        public let members: [Member]
    }

    /// The accepted logs: their names are their origins. May be empty.
    public let logs: [VerifierKey]
    public let witnesses: [Witness]
    /// In an order in which every group stands behind its members.
    public let groups: [Group]
    /// The witness or group that must have witnessed a checkpoint; `nil` asks for no cosignature.
    public let quorum: Member?

    init(logs: [VerifierKey], witnesses: [Witness], groups: [Group], quorum: Member?) {
        self.logs = logs
        self.witnesses = witnesses
        self.groups = groups
        self.quorum = quorum
    }

    /// A policy of one log and no witness.
    ///
    /// A key of type 0x04 never matches a log's signature, so that nothing passes under such a policy.
    public static func trusting(_ key: VerifierKey) -> Policy {
        Policy(logs: [key], witnesses: [], groups: [], quorum: nil)
    }

    /// Judges a signed checkpoint.
    ///
    /// The log's signature and the quorum are reported apart, and neither is enforced here: the caller decides.
    ///
    /// - Throws: `malformed` if the note's text is no checkpoint; `badSignature` if a log's, or `badCosignature` if a
    ///   witness's, does not verify.
    public func evaluate(_ note: SignedNote) throws(TransparencyError) -> PolicyResult {
        let checkpoint = try Checkpoint(parsing: note.text)
        let logSignatures = try note.knownSignatures(of: logs.filter { $0.algorithm == .ed25519 })
        let cosignatures = try note.knownSignatures(of: witnesses.map(\.key))
        let times = witnesses.map { witness in
            cosignatures.filter { $0.key == witness.key }.compactMap(\.unixSeconds).min()
        }
        let counts = count(times.map { $0 != nil })
        return PolicyResult(
            checkpoint: checkpoint,
            log: logSignatures.map(\.key).first { checkpoint.isOf($0) },
            cosignatures: zip(witnesses, times).compactMap { witness, time in
                time.map { PolicyResult.WitnessTime(witness: witness, unixSeconds: $0) }
            },
            quorumMet: counts.met, needed: counts.needed, present: counts.present)
    }

    private struct Count {
        var met: Bool
        var needed: Int
        var present: Int
    }

    /// What the quorum makes of the witnesses that signed. Groups are met in order, so that no recursion is needed.
    private func count(_ signed: [Bool]) -> Count {
        guard let quorum else { return Count(met: true, needed: 0, present: 0) }
        var groupCounts: [Count] = []
        func count(of member: Member) -> Count {
            switch member {
            case .witness(let index): Count(met: signed[index], needed: 1, present: signed[index] ? 1 : 0)
            case .group(let index): groupCounts[index]
            }
        }
        for group in groups {
            let members = group.members.map(count(of:))
            groupCounts.append(
                Count(
                    met: members.count(where: \.met) >= group.threshold,
                    needed: members.map(\.needed).sorted().prefix(group.threshold).reduce(0, +),
                    present: members.map(\.present).reduce(0, +)))
        }
        return count(of: quorum)
    }
}

/// What a policy makes of a signed checkpoint.
public struct PolicyResult: Hashable, Sendable {
    /// A witness and when it signed.
    public struct WitnessTime: Hashable, Sendable {
        public let witness: Policy.Witness
        /// The earliest time in a good cosignature, in seconds since 1970 by the witness's clock.
        public let unixSeconds: UInt64
    }

    /// What the note says. To be trusted only if `log` is there.
    public let checkpoint: Checkpoint
    /// The log whose signature is good and whose name is the checkpoint's origin; `nil` if there is none.
    public let log: VerifierKey?
    /// The witnesses with good cosignatures, in the order of the policy.
    public let cosignatures: [WitnessTime]
    /// Whether the quorum is met, which with `quorum none` it always is.
    public let quorumMet: Bool
    /// For display: the fewest cosignatures that can meet the quorum.
    public let needed: Int
    /// For display: the good cosignatures below the quorum. With groups it may reach `needed` without meeting it.
    public let present: Int
}

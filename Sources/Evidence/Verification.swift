public import Catalogue
public import LedgerMerkle

/// A witness's statement: this checkpoint had been seen by the time given, by the witness's own clock.
public struct WitnessedTime: Sendable, Hashable {
    public let witness: String
    /// By the clock of the witness.
    public let unixSeconds: UInt64
}

/// Evidence that is proved to be in a ledger that the reader trusts. Only ``Verifier`` makes one.
public struct VerifiedEvidence: Sendable, Hashable {
    /// The ledger's name: the first line of its checkpoint.
    public let origin: String
    /// Where the entry is.
    public let index: UInt64
    /// The size of the tree that it was proved in.
    public let size: UInt64
    public let root: Digest
    public let entry: Entry
    public let disclosure: Disclosure
    /// The signatures of the issuer, not judged by the proof.
    public let signatures: [RecordAttachment]
    /// Valid cosignatures of the witnesses that the policy names; empty: only the operator vouches for the time.
    public let witnessed: [WitnessedTime]

    init(
        origin: String, proof: InclusionProof, root: Digest, entry: Entry, content: UnverifiedEvidence.Content,
        witnessed: [WitnessedTime]
    ) {
        self.origin = origin
        self.index = proof.index
        self.size = proof.size
        self.root = root
        self.entry = entry
        self.disclosure = content.disclosure
        self.signatures = content.signatures
        self.witnessed = witnessed
    }

    public var kind: RecordKind { entry.kind }
    /// By the operator's clock, in Unix milliseconds.
    public var recorded: UInt64 { entry.recorded }
    /// The earliest time that a witness gives: the entry existed not later than that.
    public var witnessedNotLaterThan: WitnessedTime? { witnessed.min { $0.unixSeconds < $1.unixSeconds } }
}

/// One rung of the ladder from what the reader holds to what the witnesses vouch for.
public struct Step: Sendable, Hashable {
    /// The rungs, in the order in which they are shown.
    public enum Rung: String, Sendable, CaseIterable {
        case document, field, commitment, leaf, root, signature, witnesses
    }

    /// How it went.
    public enum Outcome: String, Sendable {
        case passed, failed
        /// Something needed is missing.
        case undecided
        /// Not reached, or nothing to compare with was given.
        case notChecked = "not-checked"
    }

    public let rung: Rung
    public let outcome: Outcome
    /// Numbers and hashes by stable names.
    public let details: [String: String]
}

/// A field as the reader may see it.
public struct ShownField: Sendable, Hashable {
    public let name: String
    /// `nil` when the evidence hides it.
    public let value: [UInt8]?
    /// `nil` when the schema does not know the field.
    public let description: FieldDescription?
}

/// What a check found: the verdict, why, and every step as data.
public struct Verification: Sendable {
    /// Why the verdict is what it is.
    public let reason: Reason
    /// What went wrong and what to do, in both languages; `nil` when all checks passed.
    public let failure: Failure?
    /// All seven rungs, in order.
    public let steps: [Step]
    /// What is proved; `nil` unless the record was found in the ledger (matches, document changed, or a comparison that cannot be
    /// made).
    public let evidence: VerifiedEvidence?
    /// All fields of the record, in order; empty when nothing is proved.
    public let fields: [ShownField]
    /// One line for each signature of the issuer; empty when nothing is proved.
    public let issuerSignatures: [IssuerSignature]

    /// The verdict.
    public var verdict: Verdict { reason.verdict }
    /// The exit code of `tamga verify`.
    public var exitCode: Int32 { verdict.exitCode }
}

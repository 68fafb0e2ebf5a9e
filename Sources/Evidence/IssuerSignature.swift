public import Catalogue

/// Judges an issuer's signature that travels in the evidence. Implemented where the cryptography of certificates is.
public protocol IssuerSignatureChecker: Sendable {
    /// What the signature shows about evidence that is already proved to be in the ledger. It never changes the verdict.
    func check(_ signature: RecordAttachment, on evidence: VerifiedEvidence) -> IssuerSignature
}

/// What was found about one signature of an issuer.
public struct IssuerSignature: Sendable, Hashable {
    /// How the check ended.
    public enum Outcome: String, Sendable {
        /// The signature is right and its certificate leads to a root that the reader trusts.
        case valid
        /// The signature does not belong to these fields.
        case invalid
        /// The signature is right; its certificate does not lead to a trusted root, was revoked or had expired.
        case untrusted
        /// Something needed for the check is missing: trusted roots, or fields that this evidence hides.
        case undecided
    }

    /// What the issuer signed.
    public enum Coverage: String, Sendable {
        /// The statement: document, type, parties and powers.
        case statement
        /// Only the document: the other data of the act are not signed.
        case documentOnly = "document-only"
    }

    public let kind: RecordAttachment.Kind
    public let outcome: Outcome
    /// `nil` when it could not be told.
    public let coverage: Coverage?
    /// The signer as the certificate names them; `nil` when it could not be read.
    public let signer: String?
    /// When the signer claims to have signed, by the signer's own clock, in Unix milliseconds.
    public let signed: UInt64?
    /// SHA-256 of what the record names to check revocation with and what is not at hand, hexadecimal.
    public let missing: [String]
    /// Why the outcome is what it is.
    public let detail: Wording

    public init(
        kind: RecordAttachment.Kind, outcome: Outcome, coverage: Coverage? = nil, signer: String? = nil,
        signed: UInt64? = nil, missing: [String] = [], detail: Wording
    ) {
        self.kind = kind
        self.outcome = outcome
        self.coverage = coverage
        self.signer = signer
        self.signed = signed
        self.missing = missing
        self.detail = detail
    }

    /// What is said of a signature when nobody was asked to check it.
    static func unchecked(_ signature: RecordAttachment) -> IssuerSignature {
        IssuerSignature(
            kind: signature.kind, outcome: .undecided,
            detail: Wording(
                mn: "итгэх гэрчилгээ өгөөгүй тул шалгаагүй (--trust)",
                en: "not checked: no trusted roots given (--trust)"))
    }
}

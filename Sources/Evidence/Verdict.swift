public import Catalogue

/// The outcome of a check. The five are never merged.
public enum Verdict: String, Sendable, CaseIterable {
    /// The record is in the ledger, and what was given agrees with it.
    case matches
    /// The record is in the ledger, and the document or value given is another.
    case documentChanged = "document-changed"
    /// The file is not what was given out.
    case evidenceDamaged = "evidence-damaged"
    /// The file is whole, but the ledger does not vouch for it.
    case notInLedger = "not-in-ledger"
    /// Nothing is wrong, but something needed is missing here and now.
    case cannotTellNow = "cannot-tell-now"

    /// The exit code of `tamga verify`; 2 is left to wrong usage.
    public var exitCode: Int32 {
        switch self {
        case .matches: 0
        case .documentChanged: 1
        case .evidenceDamaged: 3
        case .notInLedger: 4
        case .cannotTellNow: 5
        }
    }
}

/// Why a verdict is what it is. The raw value is stable; where there is a problem, it is the problem's code.
public enum Reason: String, Sendable, CaseIterable {
    case allChecksPassed = "all-checks-passed"

    case tooLarge = "evidence-too-large"
    case unreadable = "evidence-unreadable"
    case checksumWrong = "evidence-checksum-wrong"
    case contentMalformed = "evidence-content-malformed"
    case cosignatureWrong = "evidence-cosignature-wrong"

    case versionUnknown = "evidence-version-unknown"
    case kindUnknown = "evidence-kind-unknown"
    case quorumMissing = "evidence-quorum-missing"

    case logUnknown = "evidence-log-unknown"
    case logSignatureWrong = "evidence-log-signature-wrong"
    case inclusionWrong = "evidence-inclusion-wrong"

    case documentDiffers = "evidence-document-differs"
    case fieldDiffers = "evidence-field-differs"

    case fieldHidden = "evidence-field-hidden"
    case documentNotRecorded = "evidence-document-not-recorded"
    case expectationUnreadable = "evidence-expectation-unreadable"

    /// The verdict that this reason leads to.
    public var verdict: Verdict {
        switch self {
        case .allChecksPassed: .matches
        case .tooLarge, .unreadable, .checksumWrong, .contentMalformed, .cosignatureWrong: .evidenceDamaged
        case .versionUnknown, .kindUnknown, .quorumMissing: .cannotTellNow
        case .logUnknown, .logSignatureWrong, .inclusionWrong: .notInLedger
        case .documentDiffers, .fieldDiffers: .documentChanged
        case .fieldHidden, .documentNotRecorded, .expectationUnreadable: .cannotTellNow
        }
    }

    /// What to tell a person; `nil` when all is well.
    public var problem: Problem? {
        switch self {
        case .allChecksPassed: nil
        case .tooLarge: .evidenceTooLarge
        case .unreadable: .evidenceUnreadable
        case .checksumWrong: .evidenceChecksumWrong
        case .contentMalformed: .evidenceContentMalformed
        case .cosignatureWrong: .evidenceCosignatureWrong
        case .versionUnknown: .evidenceVersionUnknown
        case .kindUnknown: .evidenceKindUnknown
        case .quorumMissing: .evidenceQuorumMissing
        case .logUnknown: .evidenceLogUnknown
        case .logSignatureWrong: .evidenceLogSignatureWrong
        case .inclusionWrong: .evidenceInclusionWrong
        case .documentDiffers: .evidenceDocumentDiffers
        case .fieldDiffers: .evidenceFieldDiffers
        case .fieldHidden: .evidenceFieldHidden
        case .documentNotRecorded: .evidenceDocumentNotRecorded
        case .expectationUnreadable: .evidenceExpectationUnreadable
        }
    }
}

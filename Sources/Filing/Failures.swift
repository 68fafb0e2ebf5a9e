public import Catalogue
public import LedgerEngine
import LedgerMerkle
public import LedgerStorage

/// The ledger's own errors in the words of the catalogue.
extension Failure {
    public init(_ error: LedgerError) {
        self =
            switch error {
            case .busy, .superseded: Problem.ledgerBusy()
            case .diskFull: Problem.ledgerDiskFull()
            case .clockBehind(let now, let last): Problem.ledgerClockBehind(["seconds": String((last - now) / 1000)])
            case .clockAhead(let now, let last): Problem.ledgerClockAhead(["hours": String((now - last) / 3_600_000)])
            case .outcomeUnknown: Problem.ledgerOutcomeUnknown()
            case .signerFailed(let reason): Problem.ledgerUnsigned(["reason": reason])
            case .stopped(let reason): Problem.ledgerStopped(["reason": reason])
            case .tooLarge: Problem.entryTooLarge()
            case .noSuchIndex(let index, let size):
                Problem.indexUnknown(["index": String(index), "size": String(size)])
            }
    }

    public init(_ error: StorageError) {
        let details = ["reason": error.reason, "remedy": error.remedy]
        switch error.code {
        case .corrupt, .indexDamaged, .behindSigner: self = Problem.ledgerDamaged(details)
        default: self = Problem.ledgerUnusable(details)
        }
    }

    /// The failure that an error means to a caller; `nil` when it is a fault of ours.
    public init?(from error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as LedgerError: self.init(error)
        case let error as StorageError: self.init(error)
        case RegistrarError.notARecord(let index): self = Problem.recordNotHeld(["index": String(index)])
        case RegistrarError.contentGone(let index):
            self = Problem.ledgerDamaged([
                "reason": "the content of entry \(index) is gone, and no erasure is recorded",
                "remedy": "if a service erased it just now, ask again; else run `tamga audit`",
            ])
        case let error as SecretError:
            // An erased record says so before its secret is asked for: this one has no erasure in the ledger.
            self = Problem.ledgerDamaged([
                "reason": "\(error), and no erasure is recorded", "remedy": "run `tamga audit`",
            ])
        case let error as ProofError: self = Problem.badRequest(["reason": error.reason])
        default: return nil
        }
    }
}

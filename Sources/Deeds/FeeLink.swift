public import Evidence
import LedgerMerkle

/// What the evidence of an act and of a receipt say of each other, both proved by themselves before.
public enum FeeLink: String, Sendable, Hashable, CaseIterable {
    /// The act names the receipt, and the receipt names the act.
    case mutual = "each-names-the-other"
    /// The act names the receipt, which was there before and names no act.
    case oneWay = "act-names-receipt"
    /// They do not belong together.
    case none = "not-named"
    /// The fields that would tell are hidden in this evidence.
    case hidden = "hidden"
    /// They are not an act and a receipt.
    case notAPair = "not-an-act-and-a-receipt"

    /// Compares two records, in either order.
    public static func between(_ one: VerifiedEvidence, and other: VerifiedEvidence) -> FeeLink {
        switch (one.kind, other.kind) {
        case (.deedAct, .receipt): link(act: one, receipt: other)
        case (.receipt, .deedAct): link(act: other, receipt: one)
        default: .notAPair
        }
    }

    private static func link(act: VerifiedEvidence, receipt: VerifiedEvidence) -> FeeLink {
        // A ledger's commitments are its own: one of another ledger is another receipt.
        guard act.origin == receipt.origin, let field = act.disclosure["fee"] else { return .none }
        guard let value = field.value else { return .hidden }
        guard let fee = String(validating: value, as: UTF8.self).flatMap({ NamedFee($0) }),
            fee.commitment == receipt.entry.commitment
        else { return .none }
        if let number = receipt.disclosure["id"]?.value, number != Array(fee.receipt.utf8) { return .none }
        guard let named = receipt.disclosure["act"] else { return fee.salt == nil ? .oneWay : .none }
        guard let salt = fee.salt else { return .none }
        guard let named = named.value, let notary = act.disclosure["notary"]?.value,
            let document = act.disclosure["document"]?.value
        else { return .hidden }
        let digest = NamedFee.digest(salt: salt, notary: notary, document: document)
        return named == Array(digest.description.utf8) ? .mutual : .none
    }
}

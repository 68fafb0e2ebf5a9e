import CanonicalJSON
import Catalogue
public import Deeds
import Evidence
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Receipts

/// The receipt of an act's fee is filed with it: the receipt first, then the act that names it.
///
/// All that may speak against the act is looked at before the receipt is filed, and once more when the act is queued. Where the service ends between the
/// two, the same act sent again finds its receipt: by a digest that follows from the act alone.
extension DeedDesk {
    /// How often an act may have been sent, refused after its receipt and had that given back, until it has to be written anew.
    private static let feeLimit = 100

    /// The TIN under which a notary's fee receipts are filed.
    ///
    /// - Throws: `notary-tin-missing`.
    func feeTIN(of notary: NotaryCode) throws(Failure) -> String {
        guard let tin = register.notary(code: notary.text)?.tin else {
            throw Problem.notaryTINMissing(["id": notary.text])
        }
        return tin
    }

    /// What can be said of a fee while its act is still written.
    ///
    /// - Throws: as ``sale(_:of:)``.
    public func check(_ fee: FeeRequest, notary code: String) throws {
        let notary = try notary(code)
        switch fee {
        case .issue(let sale): _ = try self.sale(sale, of: notary)
        case .filed: _ = try feeTIN(of: notary)
        }
    }

    /// The act that names a receipt, for its own notary or who took the office over; `nil` for anybody else, and where there is none.
    public func act(namingReceiptAt index: UInt64, notary code: String) throws -> ActNumber? {
        guard let act = try receipts.act(namingReceiptAt: index), let history = try heldHistory(at: act),
            isActing(try notary(code), for: history.act.number.notary)
        else { return nil }
        return history.act.number
    }

    /// What can be said of a fee before anything is filed.
    ///
    /// - Throws: `notary-tin-missing`, `merchant-unknown`, `fee-receipt-needed`, `fee-till-missing`.
    func sale(_ fee: FeeSale, of notary: NotaryCode) throws -> ReceiptRequest {
        let tin = try feeTIN(of: notary)
        guard let merchant = register.merchant(tin: tin) else { throw Problem.merchantUnknown(["tin": tin]) }
        guard merchant.way ?? .alone == .alone else { throw Problem.feeReceiptNeeded(["tin": tin]) }
        return try fee.request(of: merchant)
    }

    /// The receipt that an act is to name: filed now, or found.
    ///
    /// - Parameter isThere: whether the act is in the ledger by now.
    /// - Returns: `nil` when it is: no other receipt is filed for it.
    /// - Durability: the receipt is on disk when this returns.
    func receipt(
        _ fee: FeeRequest, for draft: ActDraft, notary: NotaryCode, unless isThere: () throws -> Bool
    ) async throws -> FeeToName? {
        switch fee {
        case .filed(let id):
            let filed = try await receipts.feeReceipt(id, of: try feeTIN(of: notary))
            return FeeToName(
                index: filed.index, isOurs: false,
                fee: NamedFee(receipt: id.text, commitment: filed.commitment, salt: nil))
        case .issue(let sale):
            let request = try self.sale(sale, of: notary)
            for number in 1...DeedDesk.feeLimit {
                let salt = registrar.vault.feeSalt(
                    notary: notary.text, act: draft.json.canonicalBytes, number: number)
                let digest = NamedFee.digest(salt: salt, notary: notary, document: draft.document.sha256)
                // One that an act names already, or that was given back, is another sending's.
                if try await isUsedUp(feeReceiptOf: digest) {
                    // The act came into the ledger together with the word that the receipt is its own.
                    if try isThere() { return nil }
                    continue
                }
                let receipt = try await receipts.fileFee(request, of: digest)
                return FeeToName(
                    index: receipt.filed.index, isOurs: true,
                    fee: NamedFee(receipt: receipt.issued.id.text, commitment: receipt.filed.commitment, salt: salt))
            }
            throw Problem.feeReceiptTaken(["id": "–"])
        }
    }

    private func isUsedUp(feeReceiptOf digest: Digest) async throws -> Bool {
        guard let known = try registrar.decision(for: registrar.vault.key(.feeReceipt, digest.bytes)) else {
            return false
        }
        let filed: FiledRecord
        do {
            filed = try await registrar.record(of: known)
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            return true
        }
        return try receipts.act(namingReceiptAt: filed.index) != nil || receipts.isGivenBack(filed.text("id"))
    }

    /// The key under which the act that names a receipt is found.
    func actKey(_ fee: FeeToName) -> DomainKey { registrar.vault.key(.actOfReceipt, String(fee.index)) }

    /// Makes sure that a receipt may still be named, under the lock of its ``actKey(_:)``.
    ///
    /// - Throws: ``OnItsWay``; ``FeeUsedUp`` for one that was filed for this act; `fee-receipt-taken`, `fee-receipt-not-in-force`.
    func requireFree(_ fee: FeeToName) throws {
        let key = actKey(fee)
        if let ticket = registrar.ledger.pending(key) { throw OnItsWay(ticket: ticket) }
        let isTaken = try registrar.ledger.find(key) != nil
        let isChanged = try receipts.isGivenBack(fee.fee.receipt)
        guard isTaken || isChanged else { return }
        if fee.isOurs { throw FeeUsedUp() }
        let details = ["id": fee.fee.receipt]
        throw isTaken ? Problem.feeReceiptTaken(details) : Problem.feeReceiptNotInForce(details)
    }
}

/// A receipt that an act is about to name.
struct FeeToName {
    /// The receipt's entry.
    let index: UInt64
    /// Whether it was filed for this act.
    let isOurs: Bool
    let fee: NamedFee
}

/// Another sending of the same act was faster, or the receipt was given back: the next one is needed.
struct FeeUsedUp: Error {}

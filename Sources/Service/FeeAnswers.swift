import CanonicalJSON
import Catalogue
import Deeds
import Filing
import LedgerEngine
import Receipts

/// The fee receipts of acts.
extension Office {
    /// How many of a merchant's newest fee receipts are looked at for those without an act.
    static let feeDepth = 10_000

    /// The receipt that an act names.
    ///
    /// - Parameter state: what later entries say of it; `nil` right after it was filed.
    func answer(_ fee: NamedFee, _ state: ReceiptDesk.FeeState? = nil) -> JSONValue {
        var object: JSONObject = [
            "receipt": .string(fee.receipt), "evidence": .string(evidencePath(of: fee.commitment)),
            "namesAct": .bool(fee.salt != nil),
        ]
        object["status"] = state.map { .string($0.rawValue) }
        return .object(object)
    }

    /// The evidence of the receipt that an act names, as whoever holds the printed receipt gets it.
    ///
    /// - Returns: `nil` when the receipt's content is gone.
    func feeEvidence(_ fee: NamedFee) throws -> String? {
        guard let index = try ReceiptBook(registrar).index(ofReceipt: fee.receipt) else { return nil }
        do {
            let filed = try registrar.record(at: index)
            return String(decoding: try evidence.evidence(filed, for: .citizen), as: UTF8.self)
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            return nil
        }
    }

    /// Receipts that were filed for acts of a TIN and that no act names, newest first; none for a notary without a TIN.
    func feesWithoutAct(of notary: Notary, depth: Int = Office.feeDepth) throws -> [ReceiptLine] {
        guard let tin = notary.tin else { return [] }
        return try receipts.feesWithoutAct(of: tin, depth: depth)
    }

    func feesWithoutAct(notary code: String) throws -> JSONValue {
        guard let notary = register.notary(code: code) else { throw Problem.issuerUnknown(["id": code]) }
        var object: JSONObject = ["notary": .string(notary.code), "lookedAt": JSONValue(Office.feeDepth)]
        object["tin"] = notary.tin.map { .string($0) }
        object["withoutAct"] = .array(
            try feesWithoutAct(of: notary).map { line in
                [
                    "receipt": .string(line.id), "date": .string(line.date.description), "total": line.total.json,
                    "index": JSONValue(line.index), "recorded": JSONValue(line.recorded),
                    "evidence": .string(evidencePath(of: line.commitment)),
                ]
            })
        return .object(object)
    }
}

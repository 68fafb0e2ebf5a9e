import Catalogue
import Evidence
public import Receipts

/// A return that is on its way.
public struct PendingReturn: Sendable {
    let outcome: Registrar.Outcome
    let id: ReceiptID
}

/// Receipts given back.
extension ReceiptDesk {
    /// Records a return. A receipt returned before gets the same answer again.
    ///
    /// - Parameters:
    ///   - body: of `DELETE /rest/receipt`.
    ///   - tin: the merchant who asks; without, whoever issued the receipt.
    /// - Durability: the return is on disk when this returns.
    public func returnReceipt(_ body: [UInt8], from tin: String? = nil) async throws -> FiledRecord {
        try await record(of: try submit(try ReturnRequest.parse(body), from: tin))
    }

    /// Queues a return, and waits for nothing.
    ///
    /// - Parameter isRelayed: the merchant's own PosAPI has carried it out.
    /// - Durability: none until ``record(of:)`` answers.
    public func submit(_ request: ReturnRequest, from tin: String? = nil, isRelayed: Bool = false) throws
        -> PendingReturn
    {
        let merchant = try request.merchant(in: register)
        if !isRelayed { try requireAlone(merchant.tin) }
        guard tin == nil || tin == merchant.tin else { throw Problem.receiptOfAnother(["id": request.id.text]) }
        let vault = registrar.vault
        let outcome = try registrar.enqueue(issuer: merchant.tin) { _ in
            let change = vault.key(.receiptChange, request.id.text)
            if let known = try self.registrar.decision(for: change) {
                guard case .recorded(let index) = known else { return known }
                guard try self.registrar.record(at: index).text("action") == "returned" else {
                    throw Problem.receiptChangedAlready(["id": request.id.text])
                }
                return known
            }
            let isHeld: Bool
            switch try self.held(request.id) {
            case nil: isHeld = false
            case .recorded(let index):
                isHeld = true
                let issued = try IssuedReceipt(fields: self.registrar.record(at: index).fields)
                guard isRelayed || issued.date.description == request.date.description else {
                    throw Problem.receiptDateDiffers(["id": request.id.text])
                }
            default: isHeld = true
            }
            let returned = ReturnedReceipt(request, merchant: merchant.tin, held: isHeld)
            return .file(Registrar.Draft(kind: .receipt, fields: returned.fields, keys: [change]))
        }
        return PendingReturn(outcome: outcome, id: request.id)
    }

    /// The record of a return.
    ///
    /// - Durability: the return is on disk when this returns.
    public func record(of pending: PendingReturn) async throws -> FiledRecord {
        let filed = try await registrar.record(of: pending.outcome)
        // What was waited for may have been a correction.
        guard filed.text("action") == "returned" else { throw Problem.receiptChangedAlready(["id": pending.id.text]) }
        return filed
    }

    /// Whether a receipt was given back or corrected.
    public func isGivenBack(_ id: String) throws -> Bool { try isChanged(id) }
}

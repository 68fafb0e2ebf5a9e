import Catalogue
import Evidence
import LedgerEngine
import LedgerMerkle
import Receipts

/// Receipts of notaries' fees, each of one act.
extension ReceiptDesk {
    /// Files the receipt of an act's fee. Sent again it is the same receipt, for ever.
    ///
    /// - Parameter digest: what the receipt names the act by.
    /// - Durability: the receipt is on disk when this returns.
    /// - Throws: `fee-differs` where the act's receipt says something else; as ``submit(_:idempotencyKey:)``, and of what is doubtful, too:
    ///   nobody but this ledger wrote it.
    func fileFee(_ request: ReceiptRequest, of digest: Digest) async throws -> FiledReceipt {
        let key = registrar.vault.key(.feeReceipt, digest.bytes)
        let list = ReceiptDesk.feeList(of: request.merchant)
        let filed = try await registrar.file(issuer: request.merchant) { head in
            if let known = try self.registrar.decision(for: key) { return known }
            let date = ReceiptTime(unixMilliseconds: Int64(self.clock.now()))
            let doubts = try request.validate(at: date, in: self.register, tables: self.tables)
            // The class of the service is no choice of the notary's: a table without it keeps nobody from work.
            if let doubt = doubts.first(where: { $0.problem != .receiptClassificationUnknown }) { throw doubt }
            var (issued, draft) = try self.draft(request, date: date, keys: [key], head: head)
            issued = issued.naming(act: digest.description)
            draft.fields = issued.fields
            draft.keys.append(try list.nextQueued(in: self.registrar))
            return .file(draft)
        }
        let issued = try IssuedReceipt(fields: filed.fields)
        guard issued.request.canonicalBody == request.canonicalBody else {
            throw Problem.feeDiffers(["id": issued.id.text, "amount": issued.request.total.description])
        }
        return FiledReceipt(issued: issued, filed: filed)
    }

    /// A receipt of a merchant's that may be the fee receipt of an act.
    ///
    /// - Throws: `fee-receipt-unknown` for another merchant's, too; `fee-receipt-unsuited`, `fee-receipt-not-in-force`; `fee-receipt-taken`
    ///   for one that was filed for an act of its own.
    func feeReceipt(_ id: ReceiptID, of tin: String) async throws -> FiledRecord {
        let key = registrar.vault.key(.receipt, id.text)
        guard let known = try registrar.decision(for: key) else {
            throw Problem.feeReceiptUnknown(["id": id.text, "tin": tin])
        }
        let filed: FiledRecord
        do {
            filed = try await registrar.record(of: known)
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            throw Problem.feeReceiptUnknown(["id": id.text, "tin": tin])
        }
        guard filed.text("merchant") == tin else { throw Problem.feeReceiptUnknown(["id": id.text, "tin": tin]) }
        let issued = try IssuedReceipt(fields: filed.fields)
        let isFee = issued.request.receipts.contains { part in
            part.taxType == .free && part.items.contains { $0.taxProduct == FeeSale.taxProduct }
        }
        guard isFee, !issued.request.type.isInvoice else { throw Problem.feeReceiptUnsuited(["id": id.text]) }
        guard issued.act == nil else { throw Problem.feeReceiptTaken(["id": id.text]) }
        if try isChanged(id.text) { throw Problem.feeReceiptNotInForce(["id": id.text]) }
        return filed
    }

    /// What later entries say of a receipt that an act names.
    public enum FeeState: String, Sendable, Hashable {
        case inForce = "in-force"
        case returned
        case corrected
    }

    /// - Parameter id: 33 digits.
    public func feeState(_ id: String) throws -> FeeState {
        guard let index = try registrar.ledger.find(registrar.vault.key(.receiptChange, id)) else { return .inForce }
        do {
            return try registrar.record(at: index).text("action") == "returned" ? .returned : .corrected
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            // That it was changed outlives what was said of it.
            return .returned
        }
    }

    /// The act that names the receipt at an index; `nil` when none does.
    public func act(namingReceiptAt index: UInt64) throws -> UInt64? {
        try registrar.ledger.find(registrar.vault.key(.actOfReceipt, String(index)))
    }

    /// Receipts that were filed for an act that is not there, in force, newest first: the service ended between the two, or the act was refused
    /// at the last moment.
    ///
    /// - Parameter depth: how many of the merchant's newest fee receipts are looked at. O(depth) look-ups.
    public func feesWithoutAct(of tin: String, depth: Int) throws -> [ReceiptLine] {
        let book = ReceiptBook(registrar)
        var newest: [UInt64] = []
        try ReceiptDesk.feeList(of: tin).visitNewest(in: registrar, waits: false) { index in
            newest.append(index)
            return newest.count < depth
        }
        return try newest.filter { try act(namingReceiptAt: $0) == nil }
            .compactMap { try book.line(at: $0) }
            .filter { try !isChanged($0.id) }
    }

    private static func feeList(of tin: String) -> NumberedList { NumberedList(.feeReceiptOf, tin) }
}

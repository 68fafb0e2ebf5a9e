import Catalogue
import Evidence
import LedgerStorage
public import Receipts

/// Receipts that a merchant's own PosAPI issued.
extension ReceiptDesk {
    /// Queues a receipt that has its number and date already, and waits for nothing.
    ///
    /// The sale has happened: what the rules of this ledger say against it is a doubt, no refusal. Its number makes it one receipt for ever.
    /// - Parameter tillKey: what an equal body of the till is found by, when it came through this ledger.
    /// - Durability: none until ``receipt(of:)`` answers.
    /// - Throws: `merchant-unknown`, `merchant-suspended`; `receipt-number-taken` when another receipt bears the number.
    func submit(issued: IssuedReceipt, tillKey: DomainKey? = nil) throws -> PendingReceipt {
        let request = issued.request
        guard let merchant = register.merchant(tin: request.merchant) else {
            throw Problem.merchantUnknown(["tin": request.merchant])
        }
        guard !merchant.suspended else { throw Problem.merchantSuspended(["tin": merchant.tin]) }
        let vault = registrar.vault
        let number = vault.key(.receipt, issued.id.text)
        var doubts: [Failure] = []
        let outcome = try registrar.enqueue(issuer: request.merchant) { _ in
            doubts = []
            if let known = try self.registrar.decision(for: number) {
                guard case .recorded(let index) = known else { return known }
                guard try self.registrar.erasure(of: index) == nil else { return known }
                let held = try self.registrar.record(at: index)
                guard held.text("date") == issued.date.recordText, held.text("merchant") == request.merchant,
                    held.text("total") == request.total.recordText
                else { throw Problem.receiptNumberTaken(["id": issued.id.text]) }
                return known
            }
            do throws(Failure) {
                doubts = try request.validate(at: issued.date, in: self.register, tables: self.tables)
            } catch {
                doubts = [error]
            }
            var keys = [number] + (tillKey.map { [$0] } ?? [])
            if let corrected = request.corrects {
                let change = vault.key(.receiptChange, corrected.text)
                // Nobody takes another's receipt out of force.
                if !corrected.merchantTINs.contains(request.merchant) {
                    doubts.append(Problem.receiptOfAnother(["id": corrected.text]))
                } else if try self.registrar.decision(for: change) == nil {
                    keys.append(change)
                } else {
                    doubts.append(Problem.receiptChangedAlready(["id": corrected.text]))
                }
            }
            return .file(Registrar.Draft(kind: .receipt, fields: issued.fields, keys: keys))
        }
        return PendingReceipt(outcome: outcome, made: issued, doubts: doubts)
    }

    /// Files a receipt that has its number and date already.
    ///
    /// - Durability: the receipt is on disk when this returns.
    /// - Throws: as ``submit(issued:tillKey:)``.
    public func file(issued: IssuedReceipt) async throws -> FiledReceipt {
        try await receipt(of: try submit(issued: issued))
    }

    /// What tells one sale of a till from another: the till, and the canonical body.
    public func saleKey(_ request: ReceiptRequest) -> SaleKey {
        let body = request.canonicalBody
        let till = Array("\(request.merchant)/\(request.branch)/\(request.till)\n".utf8)
        return SaleKey(
            domain: tillKey(request, canonical: body), bytes: registrar.vault.stateHash("sale", till + body))
    }

    /// Files what the PosAPI behind this ledger answered to a sale.
    ///
    /// - Durability: the receipt is on disk when this returns.
    public func file(issued: IssuedReceipt, sale: SaleKey) async throws -> FiledReceipt {
        try await receipt(of: try submit(issued: issued, tillKey: sale.domain))
    }

    /// The newest receipt of a sale that was filed at a time or later, if it is in force.
    ///
    /// - Parameter time: Unix ms, by this ledger's clock.
    public func receipt(ofSale sale: SaleKey, since time: UInt64) throws -> FiledReceipt? {
        guard case .recorded(let index)? = try registrar.decision(for: sale.domain),
            try registrar.erasure(of: index) == nil
        else { return nil }
        let filed = try registrar.record(at: index, isRepetition: true)
        guard filed.recorded >= time, try !isChanged(filed.text("id")) else { return nil }
        let issued = try IssuedReceipt(fields: filed.fields)
        return issued.way == .front ? FiledReceipt(issued: issued, filed: filed) : nil
    }
}

/// What tells one sale of a till from another; says nothing about either.
public struct SaleKey: Hashable, Sendable {
    let domain: DomainKey

    /// 32 bytes, under the store's key.
    public let bytes: [UInt8]
}

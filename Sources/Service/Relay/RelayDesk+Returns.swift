import Catalogue
import Filing
import LedgerEngine
import Logging
import NIOHTTP1
import Receipts
import Registry

/// Receipts given back through a merchant's own PosAPI.
extension RelayDesk {
    /// Passes a return on, and files it when the PosAPI took it. A return that is sent twice is one return: after a lost answer it is passed on
    /// again, and stays open while the PosAPI, which may have carried it out, refuses.
    func giveBack(_ body: [UInt8], to address: String) async throws -> Answer {
        guard let sale = try? RelayedSale(giveBack: body), case .giveBack(let request) = sale.content else {
            return Answer(reply: try await pass(body, to: address), filed: nil)
        }
        let key = office.registrar.vault.stateHash("return", Array(request.id.text.utf8))
        let open = ((try? office.relays.intents(sale: key, state: .unknown)) ?? []).last
        let intent = open?.id ?? begin(sale, key)
        switch await client.send(.DELETE, "/rest/receipt", body, to: address) {
        case .notSent(let reason):
            if open == nil { end(intent, key) }
            throw Problem.relayNotReached(["reason": reason])
        case .unclear:
            note(.unknown, intent, nil)
            throw Problem.relayOutcomeUnknown(["id": intent.map(String.init) ?? "–"])
        case .answered(let reply) where (200..<300).contains(reply.status):
            memory.forget(id: request.id.text)
            return Answer(reply: reply, filed: await file(request, key, intent))
        case .answered(let reply):
            if (400..<500).contains(reply.status) {
                if open == nil { end(intent, key) }
            } else {
                note(.unknown, intent, nil)
            }
            return Answer(reply: reply, filed: nil)
        }
    }

    private func file(_ request: ReturnRequest, _ key: [UInt8], _ intent: Int64?) async -> FiledRecord? {
        let filing = Task { () -> FiledRecord? in
            do {
                let record = try await office.receipts.record(of: try office.receipts.submit(request, isRelayed: true))
                end(intent, key)
                return record
            } catch {
                note(.answered, intent, nil)
                logger.error("a return is not filed yet", metadata: ["problem": "\(code(of: error))"])
                return nil
            }
        }
        if let filed = await filing.value(within: RelayDesk.filingPatience) { return filed }
        note(.answered, intent, nil)
        return nil
    }

    /// Passes on a return that cannot be read here.
    private func pass(_ body: [UInt8], to address: String) async throws -> PosAPIClient.Reply {
        switch await client.send(.DELETE, "/rest/receipt", body, to: address) {
        case .answered(let reply): return reply
        case .notSent(let reason): throw Problem.relayNotReached(["reason": reason])
        case .unclear: throw Problem.relayOutcomeUnknown(["id": "–"])
        }
    }
}

import CanonicalJSON
import Catalogue
import Filing
import LedgerEngine
import Registry

/// What a notary asks for who closes the office.
struct HandOverWish: Hashable, Sendable {
    let notary: String
    let successor: String
    let reason: String

    init(notary: String, successor: String, reason: String) {
        (self.notary, self.successor, self.reason) = (notary, successor, reason)
    }

    init?(_ request: HandOverRequest) {
        guard let json = try? JSONValue(parsing: request.content), let notary = json["notary"]?.string,
            let successor = json["successor"]?.string, let reason = json["reason"]?.string
        else { return nil }
        self.init(notary: notary, successor: successor, reason: reason)
    }

    var bytes: [UInt8] {
        JSONValue.object([
            "notary": .string(notary), "reason": .string(reason), "successor": .string(successor),
        ]).canonicalBytes
    }
}

/// Requests to hand an office over: asked for by its notary, carried out by an operator.
extension Office {
    private var moment: Int64 { Int64(clamping: clock.now()) }

    private func handOverHolder(_ notary: String) -> [UInt8] {
        registrar.vault.stateHash("hand-over", Array(notary.utf8))
    }

    /// Asks for a hand-over. Sent twice it is one request.
    ///
    /// - Throws: `issuer-unknown`, `successor-invalid`, `office-handed-over`, `hand-over-waits`.
    func askHandOver(_ wish: HandOverWish) throws {
        guard let notary = register.notary(code: wish.notary) else { throw Problem.issuerUnknown(["id": wish.notary]) }
        if let successor = notary.successor {
            throw Problem.officeHandedOver(["id": notary.code, "successor": successor])
        }
        guard let next = register.notary(code: wish.successor) else {
            throw Problem.issuerUnknown(["id": wish.successor])
        }
        guard next.code != notary.code, !next.suspended, next.successor == nil else {
            throw Problem.successorInvalid(["id": next.code])
        }
        guard try handOvers.add(wish.bytes, of: handOverHolder(notary.code), at: moment) != nil else {
            throw Problem.handOverWaits()
        }
    }

    /// What a notary asked for last.
    func handOverRequest(of notary: String) throws -> (request: HandOverRequest, wish: HandOverWish)? {
        guard let request = try handOvers.request(of: handOverHolder(notary)), let wish = HandOverWish(request) else {
            return nil
        }
        return (request, wish)
    }

    /// What notaries ask for and the ledger does not say yet.
    func openHandOvers() throws -> [(request: HandOverRequest, wish: HandOverWish)] {
        try handOvers.open().compactMap { request in
            guard let wish = HandOverWish(request), register.notary(code: wish.notary)?.successor == nil else {
                return nil
            }
            return (request, wish)
        }
    }

    /// A notary takes the request back.
    ///
    /// - Throws: `hand-over-not-asked` when an operator began to carry it out, or refused it.
    func withdrawHandOver(of notary: String) throws {
        guard let asked = try handOverRequest(of: notary),
            try handOvers.change(asked.request.id, from: [.waiting], to: .withdrawn, at: moment)
        else { throw Problem.handOverNotAsked(["id": notary, "successor": "–"]) }
    }

    /// An operator refuses a request.
    func refuseHandOver(_ id: Int64) throws -> Bool {
        try handOvers.change(id, from: [.waiting, .taken], to: .refused, at: moment)
    }

    /// An operator is about to carry a request out: from now on it cannot be withdrawn. May be done again, as long as it was not carried out.
    ///
    /// - Throws: `hand-over-not-asked` when it was withdrawn, refused, or asks for something else.
    func takeHandOver(_ id: Int64, of notary: String, to successor: String) throws {
        let isTaken = try handOvers.change(id, from: [.waiting, .taken], to: .taken, at: moment) { request in
            guard let wish = HandOverWish(request) else { return false }
            return wish.notary == notary.uppercased() && wish.successor == successor.uppercased()
        }
        guard isTaken else { throw Problem.handOverNotAsked(["id": notary, "successor": successor]) }
    }
}

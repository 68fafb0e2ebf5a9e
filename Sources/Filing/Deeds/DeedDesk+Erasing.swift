import Catalogue
import Deeds
import Evidence
import LedgerEngine
import LedgerMerkle
import Synchronization

/// An act that is about to be erased.
public struct ErasableAct: Sendable {
    public let number: String
    /// The entries of its changes whose content is still there, oldest first. They go before its registration, which leads to them.
    public let changes: [UInt64]
}

/// Acts that are being erased, by number.
struct ActsBeingErased: Sendable {
    private var counts: [String: Int] = [:]

    func contains(_ number: String) -> Bool { counts[number] != nil }

    mutating func begin(_ number: String) { counts[number, default: 0] += 1 }

    mutating func end(_ number: String) {
        let count = (counts[number] ?? 1) - 1
        counts[number] = count > 0 ? count : nil
    }
}

extension DeedDesk {
    /// Runs what erases the record at an index, while no change of its act can be filed: what `body` is told is all there is.
    ///
    /// A change whose registration is gone already belongs to no act any more, and is erased alone.
    /// - Parameter body: is given the act whose registration stands there; `nil` for another record, or one whose content is gone.
    /// - Throws: `erase-whole-act` for a change of an act that is still there: without it nobody could tell any more what became of the act.
    public func erasing<Result: Sendable>(
        at index: UInt64, _ body: (ErasableAct?) async throws -> Result
    ) async throws -> Result {
        guard let number = try erasableAct(at: index) else { return try await body(nil) }
        let key = registrar.vault.key(.actChange, number)
        try await queue(places: [key]) {
            if let ticket = self.registrar.ledger.pending(key) { throw OnItsWay(ticket: ticket) }
            self.beingErased.withLock { $0.begin(number) }
        }
        defer { beingErased.withLock { $0.end(number) } }
        let changes = try book.heldChanges(of: number, registration: index)
        return try await body(ErasableAct(number: number, changes: changes))
    }

    private func erasableAct(at index: UInt64) throws -> String? {
        guard let filed = try heldRecord(at: index), filed.stored.record.kind == .deedAct else { return nil }
        let number = filed.text("act")
        guard let registration = try registrar.ledger.find(registrar.vault.key(.act, number)),
            try registrar.erasure(of: registration) == nil
        else { return nil }
        guard registration == index else {
            throw Problem.eraseWholeAct(["act": number, "index": String(registration)])
        }
        return number
    }

    private func heldRecord(at index: UInt64) throws -> FiledRecord? {
        do {
            return try registrar.record(at: index)
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            return nil
        } catch RegistrarError.notARecord {
            return nil
        }
    }

    /// To be called under the act's lock.
    ///
    /// - Throws: `act-being-erased`.
    func requireStaying(_ number: ActNumber) throws {
        guard !beingErased.withLock({ $0.contains(number.description) }) else {
            throw Problem.actBeingErased(["act": number.description])
        }
    }
}

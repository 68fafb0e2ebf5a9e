import Catalogue
public import Deeds
import Evidence
import LedgerEngine
import LedgerMerkle

/// An act as the ledger has it now.
public struct KnownAct: Sendable {
    public let history: ActHistory
    /// The registration.
    public let filed: FiledRecord
    /// The records of the changes, oldest first.
    public let changes: [FiledRecord]

    /// The record of the newest entry about it.
    public var newest: FiledRecord { changes.last ?? filed }
}

/// Acts found again, each with all that later entries made of it.
public struct ActBook: Sendable {
    private let registrar: Registrar

    public init(_ registrar: Registrar) {
        self.registrar = registrar
    }

    /// An act by its number.
    ///
    /// - Throws: `act-not-found`.
    func knownAct(_ number: ActNumber) throws -> KnownAct {
        guard let index = try registrar.ledger.find(registrar.vault.key(.act, number.description)) else {
            throw Problem.actNotFound()
        }
        return try knownAct(at: index)
    }

    /// The act whose registration stands at an index, with all changes. O(their number).
    func knownAct(at index: UInt64) throws -> KnownAct {
        let filed = try registrar.record(at: index)
        guard case .registered(let act) = try ActRecord(fields: filed.fields, isOurs: true) else {
            throw Problem.actNotFound()
        }
        var newestFirst: [(FiledRecord, ChangedAct)] = []
        var next = try registrar.ledger.find(registrar.vault.key(.actChange, act.number.description))
        while let index = next, index != filed.index {
            let record = try registrar.record(at: index)
            guard case .changed(let change) = try ActRecord(fields: record.fields, isOurs: true),
                let before = change.draft.before
            else {
                break
            }
            newestFirst.append((record, change))
            let capability = registrar.vault.capability(of: before)
            let earlier = try registrar.ledger.find(registrar.vault.key(.capability, capability.bytes))
            // Each names the one before: never forward, whatever a record says.
            next = earlier.flatMap { $0 < index ? $0 : nil }
        }
        let changes = newestFirst.reversed()
        return KnownAct(
            history: ActHistory(act, changes: changes.map(\.1)), filed: filed, changes: changes.map(\.0))
    }

    /// Whether a record is about an act that nobody but its notary and its party may know of.
    public func isClosed(_ filed: FiledRecord) throws -> Bool {
        guard filed.stored.record.kind == .deedAct else { return false }
        if case .paper(let paper) = try ActRecord(fields: filed.fields, isOurs: true) { return paper.act.isClosed }
        return try history(at: filed.index).isClosed
    }

    /// The history of the act that a record belongs to: its registration, or a change of it.
    func history(at index: UInt64) throws -> ActHistory {
        switch try ActRecord(fields: registrar.record(at: index).fields, isOurs: true) {
        case .registered: try knownAct(at: index).history
        case .changed(let change): try knownAct(change.draft.act).history
        case .paper: throw Problem.actNotFound()
        }
    }

    /// The entries of the changes of an act whose content is still there, oldest first.
    func heldChanges(of number: String, registration: UInt64) throws -> [UInt64] {
        var newestFirst: [UInt64] = []
        var next = try registrar.ledger.find(registrar.vault.key(.actChange, number))
        // An erasure that broke off has taken the oldest away.
        while let index = next, index != registration, let record = try? registrar.record(at: index),
            case .changed(let change) = try ActRecord(fields: record.fields, isOurs: true),
            let before = change.draft.before
        {
            newestFirst.append(index)
            let capability = registrar.vault.capability(of: before)
            let earlier = try registrar.ledger.find(registrar.vault.key(.capability, capability.bytes))
            next = earlier.flatMap { $0 < index ? $0 : nil }
        }
        return newestFirst.reversed()
    }
}

import Catalogue
public import Deeds
import Evidence
public import LedgerEngine
import LedgerMerkle
import Synchronization

/// An act as the ledger has it now.
public struct KnownAct: Sendable {
    public let history: ActHistory
    /// Where its registration is.
    public let filed: FiledPlace
    /// Where its changes are, oldest first.
    public let changes: [FiledPlace]

    /// Where the newest entry about it is.
    public var newest: FiledPlace { changes.last ?? filed }
}

/// Acts found again, each with all that later entries made of it.
///
/// Those that were asked for lately are remembered, in memory: whether one was changed or erased since is looked up each time.
public final class ActBook: Sendable {
    private let registrar: Registrar
    private let clock: any Clock
    private let remembered = Mutex(RememberedActs())

    public init(_ registrar: Registrar, clock: any Clock = SystemClock()) {
        self.registrar = registrar
        self.clock = clock
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

    /// The act whose registration stands at an index, with all changes. O(their number); two look-ups for one that is remembered.
    func knownAct(at index: UInt64) throws -> KnownAct {
        if let known = try rememberedAct(at: index) { return known }
        let known = try readAct(at: index)
        let now = clock.monotonic()
        remembered.withLock { $0.keep(known, at: now) }
        return known
    }

    /// The act that an entry is about: its registration, or a change of it.
    func knownAct(ofEntry index: UInt64) throws -> KnownAct {
        if let known = try rememberedAct(at: index) { return known }
        switch try ActRecord(fields: registrar.record(at: index).fields, isOurs: true) {
        case .registered: return try knownAct(at: index)
        case .changed(let change): return try knownAct(change.draft.act)
        case .paper: throw Problem.actNotFound()
        }
    }

    /// Remembers an act that was registered just now.
    func remember(_ act: RegisteredAct, at place: FiledPlace) {
        let now = clock.monotonic()
        remembered.withLock { $0.keep(KnownAct(history: ActHistory(act), filed: place, changes: []), at: now) }
    }

    /// The registration at an index, if that is remembered.
    func registeredLately(at index: UInt64) throws -> RegisteredAct? { try rememberedAct(at: index)?.history.act }

    private func rememberedAct(at index: UInt64) throws -> KnownAct? {
        let now = clock.monotonic()
        guard let known = remembered.withLock({ $0.act(at: index, now: now) }),
            try registrar.erasure(of: index) == nil
        else { return nil }
        let number = known.history.act.number.description
        let newest = try registrar.ledger.find(registrar.vault.key(.actChange, number))
        return newest == known.changes.last?.index ? known : nil
    }

    private func readAct(at index: UInt64) throws -> KnownAct {
        let filed = try registrar.record(at: index)
        guard case .registered(let act) = try ActRecord(fields: filed.fields, isOurs: true) else {
            throw Problem.actNotFound()
        }
        var newestFirst: [(FiledPlace, ChangedAct)] = []
        var next = try registrar.ledger.find(registrar.vault.key(.actChange, act.number.description))
        while let index = next, index != filed.index {
            let record = try registrar.record(at: index)
            guard case .changed(let change) = try ActRecord(fields: record.fields, isOurs: true),
                let before = change.draft.before
            else {
                break
            }
            newestFirst.append((record.place, change))
            let capability = registrar.vault.capability(of: before)
            let earlier = try registrar.ledger.find(registrar.vault.key(.capability, capability.bytes))
            // Each names the one before: never forward, whatever a record says.
            next = earlier.flatMap { $0 < index ? $0 : nil }
        }
        let changes = newestFirst.reversed()
        return KnownAct(
            history: ActHistory(act, changes: changes.map(\.1)), filed: filed.place, changes: changes.map(\.0))
    }

    /// Whether a record is about an act that nobody but its notary and its party may know of.
    public func isClosed(_ filed: FiledRecord) throws -> Bool {
        guard filed.stored.record.kind == .deedAct else { return false }
        if case .paper(let paper) = try ActRecord(fields: filed.fields, isOurs: true) { return paper.act.isClosed }
        return try history(at: filed.index).isClosed
    }

    /// The history of the act that a record belongs to: its registration, or a change of it.
    func history(at index: UInt64) throws -> ActHistory { try knownAct(ofEntry: index).history }

    /// The entries of the changes of an act whose content is still there, oldest first.
    func heldChanges(of number: String, registration: UInt64) throws -> [UInt64] {
        var newestFirst: [UInt64] = []
        var next = try registrar.ledger.find(registrar.vault.key(.actChange, number))
        while let index = next, index != registration, let record = try unerasedRecord(at: index),
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

    /// An erasure that broke off has taken the oldest changes away. What is damaged must not pass for them.
    private func unerasedRecord(at index: UInt64) throws -> FiledRecord? {
        do {
            return try registrar.record(at: index)
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            return nil
        }
    }
}

/// Acts that were asked for lately.
private struct RememberedActs {
    /// A generation holds so many; there are two. An act takes a few KiB.
    private static let limit = 8_192
    /// For how long, ms: what goes with its time of keeping isn't looked up each time.
    private static let age: UInt64 = 600_000

    private var young: [UInt64: (known: KnownAct, since: UInt64)] = [:]
    private var old: [UInt64: (known: KnownAct, since: UInt64)] = [:]

    mutating func act(at index: UInt64, now: UInt64) -> KnownAct? {
        if let held = young[index] { return isFresh(held.since, now) ? held.known : nil }
        guard let held = old.removeValue(forKey: index), isFresh(held.since, now) else { return nil }
        keep(held.known, at: held.since)
        return held.known
    }

    private func isFresh(_ since: UInt64, _ now: UInt64) -> Bool { now >= since && now - since < RememberedActs.age }

    mutating func keep(_ known: KnownAct, at now: UInt64) {
        if young.count >= RememberedActs.limit, young[known.filed.index] == nil {
            old = young
            young = [:]
        }
        young[known.filed.index] = (known, now)
    }
}

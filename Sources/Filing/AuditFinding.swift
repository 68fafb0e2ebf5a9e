import Evidence
import LedgerEngine
import LedgerMerkle
import LedgerStorage

/// What the audit keeps of one entry to follow the chains with, once its record gave its commitment.
enum AuditFinding: Sendable {
    /// - Parameter erases: the record whose erasure this is.
    case record(ChainLink, erases: UInt64?)
    case erased(ChainLink?)
    case expired

    /// Checks what is held of an entry's record; `nil` when the entry never had one. From any thread.
    init?(
        _ registrar: Registrar, index: UInt64, entry bytes: [UInt8], record: SealedRecord, erasure: Erasure?
    ) throws {
        if let erasure {
            guard let entry = try? Entry(decoding: bytes), entry.commitment == erasure.commitment else {
                throw Audit.Damage(index: index, reason: "its erasure is of a record with another commitment")
            }
        }
        try AuditFinding.requireValidation(registrar, of: record, entry: bytes, at: index, erasure: erasure)
        if erasure == nil, case .held(let stored) = record,
            let link = try registrar.link(ofStored: stored, entry: bytes, at: index)
        {
            self = .record(link, erases: nil)
            return
        }
        switch try registrar.content(of: record, entry: bytes, at: index, erasure: erasure) {
        case .none: return nil
        case .expired: self = .expired
        case .whole(let record):
            var erases: UInt64?
            if record.stored.record.kind == .erasure {
                guard let erasure = Erasure(fields: record.fields) else {
                    throw Audit.Damage(index: index, reason: "it erases a record, and does not say which")
                }
                erases = erasure.index
            }
            self = .record(try ChainLink(record: record), erases: erases)
        case .erased(let link):
            guard erasure != nil else {
                throw Audit.Damage(index: index, reason: "its record is gone, and no erasure is recorded")
            }
            self = .erased(link)
        }
    }
}

/// The part of an audit that takes entries in their order.
struct AuditPass {
    var report: Audit.Report
    var chains = IssuerChains()
    let erasures: [UInt64: Erasure]
    private let registrar: Registrar
    /// Entries before are not looked at.
    private let first: UInt64

    init(_ registrar: Registrar, first: UInt64, checkpoint: SignedCheckpoint, erasures: [UInt64: Erasure]) {
        self.registrar = registrar
        self.first = first
        report = Audit.Report(checkpoint: checkpoint)
        self.erasures = erasures
    }

    /// - Throws: `Audit.Damage` when the record does not continue its chain, or is an erasure that cannot be found.
    mutating func take(_ finding: AuditFinding, at index: UInt64) throws {
        do {
            switch finding {
            case .expired:
                chains.hasExpired = true
                report.expired += 1
            case .record(let link, let erases):
                try follow(link, at: index)
                report.records += 1
                if let erases, erasures[erases] == nil {
                    throw Audit.Damage(
                        index: index, reason: "it erases a record, and cannot be found from that record")
                }
            case .erased(let link):
                if let link { try follow(link, at: index) }
                report.erased += 1
            }
        } catch let error as IssuerChains.Break {
            throw Audit.Damage(index: index, reason: error.reason)
        }
    }

    private mutating func follow(_ link: ChainLink, at index: UInt64) throws {
        if first > 0, case .record(let previous) = link.before, !chains.knows(previous), !chains.hasMet(link.chain) {
            let before = try record(before: index, previous)
            if let before, !chains.hasMet(before.chain) {
                chains.begin(with: before)
                report.chainsContinued += 1
            } else if before == nil {
                // Whether the record before was there cannot be told: said, not passed over.
                chains.hasExpired = true
                report.chainsUnchecked += 1
            }
        }
        try chains.follow(link)
    }

    /// The last record of a chain before the entries that are audited; `nil` when it is not found there.
    private func record(before index: UInt64, _ commitment: Digest) throws -> ChainLink? {
        let key = registrar.vault.key(.capability, registrar.vault.capability(of: commitment).bytes)
        guard let place = try registrar.ledger.find(key), place < first else { return nil }
        let link: ChainLink
        do {
            link = try registrar.link(at: place)
        } catch {
            throw Audit.Damage(
                index: index, reason: "the record before it in its chain, entry \(place), cannot be read: \(error)")
        }
        guard link.commitment == commitment else { return nil }
        return link
    }
}

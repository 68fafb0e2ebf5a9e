import Evidence
import LedgerEngine
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

    init(checkpoint: SignedCheckpoint, erasures: [UInt64: Erasure]) {
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
                try chains.follow(link)
                report.records += 1
                if let erases, erasures[erases] == nil {
                    throw Audit.Damage(
                        index: index, reason: "it erases a record, and cannot be found from that record")
                }
            case .erased(let link):
                if let link { try chains.follow(link) }
                report.erased += 1
            }
        } catch let error as IssuerChains.Break {
            throw Audit.Damage(index: index, reason: error.reason)
        }
    }
}

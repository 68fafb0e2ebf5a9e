import Evidence
public import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency

/// Goes through every entry of an open ledger and derives everything again from the bytes on disk.
///
/// Opening has checked frames, leaf hashes, roots and the watermark already; this adds the records: each must decrypt, give the
/// commitment of its entry, and continue its issuer's chain. One that is gone must have its erasure in the ledger.
public struct Audit: Sendable {
    /// What was found in order.
    public struct Report: Sendable {
        /// Entries checked.
        public var entries: UInt64 = 0
        /// Entries whose record is held here.
        public var records: UInt64 = 0
        /// Entries whose record is gone, as an erasure in the ledger says.
        public var erased: UInt64 = 0
        /// Entries whose record is gone because its time of keeping is over.
        public var expired: UInt64 = 0
        /// Those of the erased whose place in their chain nothing but the number in their erasure tells.
        public var erasedWithoutLink = 0
        /// Chains of issuers, the register's own included.
        public var chains = 0
        /// The newest signed checkpoint.
        public var checkpoint: SignedCheckpoint
    }

    /// The first thing that is not as it must be.
    public struct Damage: Error, CustomStringConvertible {
        /// The entry concerned; `nil` when it is the ledger as a whole.
        public let index: UInt64?
        public let reason: String

        public var description: String { index.map { "entry \($0): \(reason)" } ?? reason }
    }

    private let registrar: Registrar

    public init(_ registrar: Registrar) {
        self.registrar = registrar
    }

    /// Checks every entry. O(bytes of the journal).
    ///
    /// - Parameter progress: entries done and entries in all.
    /// - Throws: `Damage` with the first entry that is wrong.
    public func run(progress: (UInt64, UInt64) -> Void = { _, _ in }) throws -> Report {
        let ledger = registrar.ledger
        let checkpoint = try ledger.newestCheckpoint()
        try check(checkpoint)
        var report = Report(checkpoint: checkpoint)
        let erasures = try erasures()
        var chains = IssuerChains()
        for index in 0..<checkpoint.size {
            do {
                try check(index, erasures: erasures, &chains, &report)
            } catch let damage as Damage {
                throw damage
            } catch let error as IssuerChains.Break {
                throw Damage(index: index, reason: error.reason)
            } catch {
                throw Damage(index: index, reason: "\(error)")
            }
            report.entries += 1
            if index % 1024 == 0 { progress(index, checkpoint.size) }
        }
        progress(checkpoint.size, checkpoint.size)
        report.chains = chains.count
        report.erasedWithoutLink = chains.looseCount
        return report
    }

    private func erasures() throws -> [UInt64: Erasure] {
        do {
            return Dictionary(try registrar.erasures().map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
        } catch {
            throw Damage(index: nil, reason: "the erasures cannot be read: \(error)")
        }
    }

    private func check(
        _ index: UInt64, erasures: [UInt64: Erasure], _ chains: inout IssuerChains, _ report: inout Report
    ) throws {
        let bytes = try registrar.ledger.entry(at: index)
        let erasure = erasures[index]
        if let erasure {
            guard let entry = try? Entry(decoding: bytes), entry.commitment == erasure.commitment else {
                throw Damage(index: index, reason: "its erasure is of a record with another commitment")
            }
        }
        switch try registrar.content(at: index, erasure: erasure) {
        case .none: break
        case .expired:
            chains.hasExpired = true
            report.expired += 1
        case .whole(let record):
            try chains.follow(ChainLink(record: record))
            report.records += 1
            if record.stored.record.kind == .erasure,
                Erasure(fields: record.fields).map({ erasures[$0.index] == nil }) ?? true
            {
                throw Damage(index: index, reason: "it erases a record, and cannot be found from that record")
            }
        case .erased(let link):
            guard erasure != nil else {
                throw Damage(index: index, reason: "its record is gone, and no erasure is recorded")
            }
            if let link { try chains.follow(link) }
            report.erased += 1
        }
    }

    /// The checkpoint's note, its signature, its size and its root.
    private func check(_ checkpoint: SignedCheckpoint) throws {
        do {
            let folder = registrar.ledger.folder
            let note = try SignedNote(parsing: checkpoint.note)
            _ = try note.verified(by: [folder.verifierKey])
            let head = try Checkpoint(parsing: note.text)
            guard head.isOf(folder.verifierKey), head.size == checkpoint.size, head.root == checkpoint.root else {
                throw Damage(index: nil, reason: "the checkpoint says something else than the ledger")
            }
        } catch let damage as Damage {
            throw damage
        } catch {
            throw Damage(index: nil, reason: "the checkpoint does not verify: \(error)")
        }
    }
}

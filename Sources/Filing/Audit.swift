import Evidence
public import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency

/// Goes through every entry of an open ledger and derives everything again from the bytes on disk.
///
/// Opening has checked frames, leaf hashes, roots and the watermark already; this adds the records: each must decrypt, give the
/// commitment of its entry, and continue its issuer's chain.
public struct Audit: Sendable {
    /// What was found in order.
    public struct Report: Sendable {
        /// Entries checked.
        public var entries: UInt64 = 0
        /// Entries whose record is held here.
        public var records: UInt64 = 0
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

    private struct Link {
        var sequence: UInt64
        var commitment: Digest
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
        var heads: [String: Link] = [:]
        for index in 0..<checkpoint.size {
            do {
                let item = try ledger.item(at: index)
                if !item.payload.isEmpty {
                    try follow(registrar.record(of: item, at: index), &heads)
                    report.records += 1
                }
            } catch let damage as Damage {
                throw damage
            } catch {
                throw Damage(index: index, reason: "\(error)")
            }
            report.entries += 1
            if index % 1024 == 0 { progress(index, checkpoint.size) }
        }
        progress(checkpoint.size, checkpoint.size)
        report.chains = heads.count
        return report
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

    private func follow(_ record: FiledRecord, _ heads: inout [String: Link]) throws {
        guard let chain = Audit.chain(of: record) else {
            throw Damage(index: record.index, reason: "the record names no issuer")
        }
        guard let sequence = UInt64(record.text("sequence")) else {
            throw Damage(index: record.index, reason: "the record has no sequence number")
        }
        let head = heads[chain]
        guard sequence == head.map({ $0.sequence + 1 }) ?? 0 else {
            throw Damage(
                index: record.index,
                reason: "sequence number \(sequence) where \(head.map { $0.sequence + 1 } ?? 0) is due")
        }
        guard record.text("previous") == head?.commitment.description ?? "" else {
            throw Damage(index: record.index, reason: "the record does not name the issuer's record before it")
        }
        heads[chain] = Link(sequence: sequence, commitment: record.commitment)
    }

    private static func chain(of record: FiledRecord) -> String? {
        let name: String
        switch record.stored.record.kind {
        case .receipt: name = record.text("merchant")
        case .deedAct: name = record.text("notary")
        case .issuer: return IssuerRegister.chainName
        default: return nil
        }
        return name.isEmpty ? nil : name
    }
}

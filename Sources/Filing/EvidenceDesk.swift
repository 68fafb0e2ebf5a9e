import Evidence
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency
import Receipts

/// Who the evidence is made for: decides which fields it shows (FORMATS.md, "Profiles").
public enum Reader: String, Sendable, CaseIterable {
    case citizen, party, issuer, auditor

    /// The fields of a kind that this reader sees by default.
    func fields(of record: Record) -> Set<String> {
        switch record.kind {
        case .receipt: Set(ReceiptField.names(for: ReceiptReader(rawValue: rawValue) ?? .citizen))
        case .deedAct: deedFields
        case .erasure: Erasure.names(for: self)
        default: Set(record.fields.map(\.name))
        }
    }
}

/// Makes evidence: a disclosure, proved under the newest signed checkpoint.
public struct EvidenceDesk: Sendable {
    private let registrar: Registrar

    public init(_ registrar: Registrar) {
        self.registrar = registrar
    }

    /// The evidence of a record, for a reader. One proof, no write.
    ///
    /// - Parameter names: show these fields instead of the reader's.
    public func evidence(_ filed: FiledRecord, for reader: Reader, showing names: Set<String>? = nil) throws -> [UInt8]
    {
        let record = filed.stored.record
        let checkpoint = try registrar.ledger.newestCheckpoint()
        let proof = try registrar.ledger.inclusionProof(index: filed.index, size: checkpoint.size)
        return try EvidenceFile.encode(
            record.disclosure(showing: names ?? reader.fields(of: record)), recorded: filed.recorded, proof: proof,
            checkpoint: checkpoint.note, signatures: filed.stored.attachments)
    }

    /// The plain proof of an entry for which no record is held: a tlog-proof without extra data.
    public func plainProof(index: UInt64) throws -> [UInt8] {
        let checkpoint = try registrar.ledger.newestCheckpoint()
        let proof = try registrar.ledger.inclusionProof(index: index, size: checkpoint.size)
        return try TlogProof(extra: nil, index: index, hashes: proof.hashes, checkpoint: checkpoint.note).encoded
    }

    /// The index that a person's key leads to: a receipt id, the number of an act or of an entry from paper, a capability or a leaf hash.
    ///
    /// - Throws: `StorageError` when the index or a segment is damaged.
    public func find(_ key: String) throws -> UInt64? {
        let vault = registrar.vault
        let ledger = registrar.ledger
        if let id = ReceiptID(key) {
            if let issued = try ledger.find(vault.key(.receipt, id.text)) { return issued }
            return try ledger.find(vault.key(.receiptChange, id.text))
        }
        if let hash = Digest(hexadecimal: key) {
            guard let index = try ledger.find(DomainKey(leafHash: hash)) else { return nil }
            return try ledger.leafHash(at: index) == hash ? index : nil
        }
        if let capability = Capability(key) { return try ledger.find(vault.key(.capability, capability.bytes)) }
        guard let number = deedNumber(key) else { return nil }
        return try ledger.find(vault.key(.act, number))
    }
}

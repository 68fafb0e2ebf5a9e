import Evidence
import LedgerEngine
import LedgerMerkle
import LedgerStorage

/// CRLs and OCSP responses that acts name: what is there is whole, and what is named is there.
extension Audit {
    /// - Throws: `Damage` with the first file that is not what its name says.
    func auditValidation() throws {
        let folder = ContentFolder(path: registrar.ledger.folder.validationPath)
        do {
            for digest in try folder.digests() { _ = try folder.bytes(of: digest) }
        } catch {
            throw Damage(index: nil, reason: "\(error)")
        }
    }
}

extension AuditFinding {
    /// - Throws: `Audit.Damage` for an act whose record names what it does not carry, and what is not kept.
    static func requireValidation(
        _ registrar: Registrar, of record: SealedRecord, entry: [UInt8], at index: UInt64, erasure: Erasure?
    ) throws {
        // A version, then a kind: only acts are opened for this.
        guard erasure == nil, case .held = record, entry.dropFirst().first == RecordKind.deedAct.rawValue,
            case .whole(let act) = try registrar.content(of: record, entry: entry, at: index, erasure: nil)
        else { return }
        let folder = ContentFolder(path: registrar.ledger.folder.validationPath)
        guard let missing = ValidationKeeper.left(of: act).first(where: { !folder.contains($0) }) else { return }
        throw Audit.Damage(
            index: index, reason: "it names the revocation data \(missing), and \(folder.file(of: missing)) is missing")
    }
}

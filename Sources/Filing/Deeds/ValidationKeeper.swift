import Catalogue
import Deeds
import Evidence
public import LedgerMerkle
public import LedgerStorage
import Signatures
import Synchronization

/// Keeps the CRLs and OCSP responses that acts name and that are too large to travel with the evidence: each once, by its SHA-256.
///
/// They come from the trust folder and from its addresses only, never from whoever files: nobody else makes the folder grow.
public final class ValidationKeeper: Sendable {
    public let folder: ContentFolder
    /// Held while one is written.
    private let turn = Mutex(())

    public init(folder: ContentFolder) {
        self.folder = folder
    }

    /// Keeps what told of a signature's certificates, and does not travel with it.
    ///
    /// - Durability: on disk when this returns: before the act is filed.
    /// - Throws: `ledger-disk-full`, `ledger-stopped` with the reason.
    func keep(_ verified: VerifiedSignature) throws(Failure) {
        for datum in SignatureAttachments.left(of: verified) {
            guard let digest = Digest(datum.sha256) else { continue }
            try keep(datum.der, as: digest)
        }
    }

    /// Keeps content under its digest. One that was deleted or damaged since is made whole.
    func keep(_ bytes: [UInt8], as digest: Digest) throws(Failure) {
        try turn.withLock { _ throws(Failure) in
            do throws(DiskError) {
                if !folder.holds(bytes, as: digest) { try folder.keep(bytes, as: digest) }
            } catch {
                throw error.code == .full ? Problem.ledgerDiskFull() : Problem.ledgerStopped(["reason": "\(error)"])
            }
        }
    }

    /// What a record names and is kept here.
    public func kept(of record: FiledRecord) -> [Digest] {
        ValidationKeeper.left(of: record).filter(folder.contains)
    }

    /// What a record names and does not carry.
    static func left(of record: FiledRecord) -> [Digest] {
        guard record.stored.record.kind == .deedAct else { return [] }
        let named = NamedRevocation.digests(in: record.text("revocation"))
        guard !named.isEmpty else { return [] }
        let carried = Set(
            record.stored.attachments.filter { $0.kind == .validationMaterial }.map { SHA256.hash($0.bytes) })
        return named.filter { !carried.contains($0) }
    }
}

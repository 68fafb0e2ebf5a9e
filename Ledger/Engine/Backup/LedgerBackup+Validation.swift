import LedgerMerkle
import LedgerStorage

/// CRLs and OCSP responses that acts name: files that never change, each under its digest.
extension LedgerBackup {
    /// Copies what the copy lacks. Whatever an act of the copy's moment names was durable before that act was.
    ///
    /// - Parameter again: read what was copied before, too, and copy again what is damaged.
    /// - Returns: what is damaged in the ledger, and not in the copy for that.
    func copyValidation(again: Bool) throws -> [String] {
        let own = ContentFolder(path: folder.validationPath, disk: disk)
        let copies = ContentFolder(path: target + "/validation", disk: disk)
        var damage: [String] = []
        for digest in try own.digests() {
            if copies.contains(digest), !again || (try? copies.bytes(of: digest)) != nil { continue }
            do {
                try copies.keep(own.bytes(of: digest), as: digest)
            } catch let error as StorageError {
                damage.append(error.reason)
            }
        }
        return damage
    }
}

import Catalogue
import Deeds
import Evidence
import LedgerEngine
import LedgerMerkle
import LedgerStorage

/// Reads every kept document, and holds it against its act.
///
/// Nothing in the ledger says which documents are kept: one that is missing altogether is not missed here.
struct DocumentAudit {
    let registrar: Registrar
    let erasures: [UInt64: Erasure]
    /// Entries that are audited.
    let entries: Range<UInt64>

    /// What was found in order.
    struct Report {
        var count = 0
        var byteCount = 0
        /// Files of acts that are erased or expired: they cannot be opened, and are removed at the next start.
        var left = 0
    }

    /// O(bytes of the documents); memory for one chunk.
    ///
    /// - Parameter check: called after each chunk; breaks off by throwing.
    /// - Throws: `Audit.Damage` with the first file that is wrong.
    func run(_ check: () throws -> Void) throws -> Report {
        var report = Report()
        for name in try registrar.documents.names() {
            do {
                guard let head = try registrar.documents.head(ofFile: name) else { continue }
                // One kept for an act that was registered after the audit began.
                guard entries.contains(head.label.index) else { continue }
                guard let document = try document(head) else {
                    report.left += 1
                    continue
                }
                try document.verify(check)
                report.count += 1
                report.byteCount += document.byteCount
            } catch let error as StorageError {
                // Removed with its act while it was read.
                guard registrar.documents.hasFile(name) else { continue }
                throw Audit.Damage(index: nil, reason: "\(error)", file: "documents/\(name)")
            }
        }
        return report
    }

    /// The document of a file, if its act is there.
    private func document(_ head: DocumentHead) throws -> KeptDocument? {
        let index = head.label.index
        let entry = try? Entry(decoding: registrar.ledger.entry(at: index))
        guard let entry, registrar.documents.isName(head.name, of: entry.commitment) else {
            throw DocumentHead.damaged(
                head.name, "it is kept for entry \(index), under a name that is not that entry's")
        }
        if erasures[index] != nil { return nil }
        let filed: FiledRecord
        do {
            filed = try registrar.record(at: index)
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            return nil
        }
        let place = DocumentPlace(index: index, commitment: filed.commitment, secret: filed.stored.record.secret)
        return KeptDocument(head, place: place, keys: registrar.documents.keys)
    }
}

extension Registrar {
    /// Removes what is left of documents whose act was erased or has expired: an older copy of the folder may have brought it back. Reads the
    /// header of every file. O(files).
    ///
    /// - Parameter isWanted: asked between files; false ends it.
    /// - Returns: the number of files removed.
    public func sweepDocuments(while isWanted: () -> Bool = { true }) throws -> Int {
        try documents.sweep(while: isWanted) { index in
            do {
                _ = try record(at: index)
                return nil
            } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
                return try Entry(decoding: ledger.entry(at: index)).commitment
            } catch is LedgerError {
                // Of no entry that is here: for whoever audits.
                return nil
            }
        }
    }
}

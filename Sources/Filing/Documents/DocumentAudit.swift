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
                switch try examine(name, { _ in try check() }) {
                case .whole(let byteCount):
                    report.count += 1
                    report.byteCount += byteCount
                case .left: report.left += 1
                case .passed: break
                }
            } catch let error as StorageError {
                throw Audit.Damage(index: nil, reason: "\(error)", file: "documents/\(name)")
            }
        }
        return report
    }

    /// What a file was found to be.
    enum Finding {
        /// Whole, with so many bytes of a document.
        case whole(Int)
        /// Of an act that is erased or expired.
        case left
        /// Gone meanwhile, or kept for an act that was registered after the audit began.
        case passed
    }

    /// Reads one file.
    ///
    /// - Parameter check: called with the bytes of each chunk after it was read; breaks off by throwing.
    /// - Throws: `StorageError` for a file that is wrong; `DiskError` for one that cannot be read.
    func examine(_ name: String, _ check: (Int) throws -> Void) throws -> Finding {
        do {
            guard let head = try registrar.documents.head(ofFile: name) else { return .passed }
            guard entries.contains(head.label.index) else { return .passed }
            guard let document = try document(head) else { return .left }
            try document.verify(check)
            return .whole(document.byteCount)
        } catch let error as StorageError {
            // Removed with its act while it was read.
            guard registrar.documents.hasFile(name) else { return .passed }
            throw error
        }
    }

    /// The document of a file, if its act is there.
    private func document(_ head: DocumentHead) throws -> KeptDocument? {
        let index = head.label.index
        let entry = try entry(of: head)
        guard let entry, registrar.documents.isName(head.name, of: entry.commitment) else {
            throw misnamed(head, entry?.commitment)
        }
        if erasures[index] != nil { return nil }
        let filed: FiledRecord
        do {
            filed = try registrar.record(at: index)
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            return nil
        } catch let error where !(error is DiskError || error is LedgerError) {
            throw unopened(head, error)
        }
        let place = DocumentPlace(index: index, commitment: filed.commitment, secret: filed.stored.record.secret)
        return KeptDocument(head, place: place, keys: registrar.documents.keys)
    }

    /// The entry that a file is kept for; `nil` where the ledger ends before, or has none that is a record.
    private func entry(of head: DocumentHead) throws -> Entry? {
        do {
            let bytes = try registrar.ledger.entry(at: head.label.index)
            return try? Entry(decoding: bytes)
        } catch LedgerError.noSuchIndex {
            return nil
        } catch let error as StorageError {
            throw unopened(head, error)
        }
    }

    /// Not the file's fault: erased this moment, with the file; else for whoever repairs the ledger.
    private func unopened(_ head: DocumentHead, _ error: any Error) -> StorageError {
        StorageError(
            .corrupt,
            "documents/\(head.name) cannot be opened: its act, entry \(head.label.index), cannot be read: \(error)",
            remedy: "run `tamga audit`")
    }

    /// Of a file that does not bear one of the names that its act's files have one after the other.
    private func misnamed(_ head: DocumentHead, _ commitment: Digest?) -> StorageError {
        let index = head.label.index
        if let commitment, let missing = registrar.documents.missingName(before: head.name, of: commitment) {
            return DocumentHead.damaged(
                head.name, "it is kept for entry \(index), and documents/\(missing), which comes before it, is missing")
        }
        return DocumentHead.damaged(
            head.name, "it is kept for entry \(index), under a name that is not that entry's")
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

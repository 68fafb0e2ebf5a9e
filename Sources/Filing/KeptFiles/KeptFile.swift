import LedgerEngine
import LedgerMerkle
import LedgerStorage

/// A kept file that is not what it must be.
public struct DamagedFile: Hashable, Sendable, CustomStringConvertible {
    /// From the data folder on.
    public let file: String
    /// When it was found, Unix ms.
    public let found: UInt64
    public let reason: String
    /// What the operator can do.
    public let remedy: String

    public var description: String { reason.contains(file) ? reason : "\(file): \(reason)" }
}

/// What was read of kept files.
public struct KeptFilesTally: Hashable, Sendable {
    /// Documents that are whole, and their bytes.
    public internal(set) var documents: UInt64 = 0
    public internal(set) var documentBytes: UInt64 = 0
    /// Files of documents whose act is gone.
    public internal(set) var documentsLeft: UInt64 = 0
    /// Revocation data that is whole, and its bytes.
    public internal(set) var validation: UInt64 = 0
    public internal(set) var validationBytes: UInt64 = 0
}

/// Files that lie beside the ledger, are written once and never change: documents that are kept for acts, and revocation data that acts
/// name. Each is read with the code of the audit.
struct KeptFiles {
    /// What a file was found to be.
    enum Finding: Hashable {
        case document(Int)
        case documentLeft
        case validation(Int)
        /// Gone meanwhile.
        case passed
        case damaged(reason: String, remedy: String)
    }

    static let documents = "documents/"
    static let validation = "validation/"

    let registrar: Registrar

    private var audit: DocumentAudit {
        DocumentAudit(registrar: registrar, erasures: [:], entries: 0..<UInt64.max)
    }
    private var folder: ContentFolder { ContentFolder(path: registrar.ledger.folder.validationPath) }

    /// Their names from the data folder on, in order.
    func names() throws -> [String] {
        try registrar.documents.names().map { KeptFiles.documents + $0 }.sorted()
            + folder.digests().map { KeptFiles.validation + $0.description }.sorted()
    }

    /// Reads a file. What is wrong is looked at twice: another may have been put in its place meanwhile.
    ///
    /// - Parameter check: called with the bytes of each read; breaks off by throwing.
    /// - Throws: what `check` throws; `LedgerError`; `DiskError` while no more files can be opened: nothing is known of the file then.
    func examine(_ name: String, _ check: (Int) throws -> Void) throws -> Finding {
        let first = try look(at: name, check)
        guard case .damaged = first else { return first }
        return try look(at: name, check)
    }

    private func look(at name: String, _ check: (Int) throws -> Void) throws -> Finding {
        do {
            return name.hasPrefix(KeptFiles.documents)
                ? try document(String(name.dropFirst(KeptFiles.documents.count)), check)
                : try validation(String(name.dropFirst(KeptFiles.validation.count)), check)
        } catch let error as StorageError {
            return .damaged(reason: shortened(error.reason), remedy: error.remedy)
        } catch let error as DiskError where error.code != .tooManyFiles {
            if error.code == .notFound { return .passed }
            return .damaged(
                reason: "it cannot be read: \(error.operation): \(error.reason)",
                remedy: error.code == .denied
                    ? "let the service read it" : "put the file back from a backup; look at the disk, too")
        }
    }

    private func document(_ name: String, _ check: (Int) throws -> Void) throws -> Finding {
        switch try audit.examine(name, check) {
        case .whole(let byteCount): .document(byteCount)
        case .left: .documentLeft
        case .passed: .passed
        }
    }

    private func validation(_ name: String, _ check: (Int) throws -> Void) throws -> Finding {
        guard let digest = Digest(hexadecimal: name) else { return .passed }
        let count = try folder.bytes(of: digest).count
        try check(count)
        return .validation(count)
    }

    /// Without the path of the data folder, which is the machine's business.
    private func shortened(_ text: String) -> String {
        text.replacing(registrar.ledger.folder.path + "/", with: "")
    }
}

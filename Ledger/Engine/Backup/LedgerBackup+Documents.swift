import LedgerMerkle
import LedgerStorage

/// The documents that are kept for acts, in a backup: encrypted as they are. A file never changes under its name, so only new ones are copied.
extension LedgerBackup {
    private static let stagedSuffix = ".staged"

    /// Whether a name is that of a document that counts: 64 hexadecimal digits.
    static func isDocument(_ name: String) -> Bool { Digest(hexadecimal: name) != nil }

    private var documents: String { target + "/documents" }

    /// Copies what the copy does not have, under names that do not count yet. Looks again until nothing is new: so an act's files are there
    /// without gaps.
    func stageDocuments(_ progress: (Int) throws -> Void) throws {
        guard disk.exists(folder.documentsPath) else { return }
        try disk.makeDirectory(documents)
        var known: Set<String> = []
        while true {
            let new = try disk.list(folder.documentsPath).filter { Self.isDocument($0) && !known.contains($0) }
            if new.isEmpty { return }
            for name in new {
                known.insert(name)
                do {
                    let source = "\(folder.documentsPath)/\(name)"
                    let size = try disk.open(source, readOnly: true, create: false).size()
                    guard try [name, name + Self.stagedSuffix].allSatisfy({ try sizeOfCopy($0) != size }) else {
                        continue
                    }
                    try FileCopy.copy(
                        source, to: "\(documents)/\(name)\(Self.stagedSuffix)", disk: disk, progress: progress)
                } catch let error as DiskError where error.code == .notFound {
                    // Erased while it was to be copied.
                }
            }
        }
    }

    private func sizeOfCopy(_ name: String) throws -> Int? {
        let path = "\(documents)/\(name)"
        return disk.exists(path) ? try disk.open(path, readOnly: true, create: false).size() : nil
    }

    /// Puts them in their places, and removes what the ledger no longer has.
    func commitDocuments() throws {
        guard disk.exists(documents) else { return }
        for name in try disk.list(documents) {
            if name.hasSuffix(Self.stagedSuffix) {
                try disk.rename("\(documents)/\(name)", to: "\(documents)/\(name.dropLast(Self.stagedSuffix.count))")
            } else if !Self.isDocument(name) {
                try disk.remove("\(documents)/\(name)")
            }
        }
        for name in try disk.list(documents) where !disk.exists("\(folder.documentsPath)/\(name)") {
            try disk.remove("\(documents)/\(name)")
        }
        try disk.synchronizeDirectory(documents)
    }
}

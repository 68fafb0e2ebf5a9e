import LedgerMerkle
import LedgerStorage

/// The documents that are kept for acts, in a backup: encrypted as they are. A file changes under its name only when a damaged one is handed in
/// again, and has another header then: only what is new is copied.
extension LedgerBackup {
    private static let stagedSuffix = ".staged"
    /// Magic, ledger and salt, by which a file that was handed in again is known (FORMATS.md, "Kept documents").
    private static let headerSpan = 72

    /// Whether a name is that of a document that counts: 64 hexadecimal digits.
    static func isDocument(_ name: String) -> Bool { Digest(hexadecimal: name) != nil }

    private var documents: String { target + "/documents" }

    /// Copies what the copy does not have, under names that do not count yet. Looks again until nothing is new: so an act's files are there
    /// without gaps.
    ///
    /// - Parameter again: read all of what was copied before.
    /// - Returns: what is not as it was copied, though nobody handed it in again.
    func stageDocuments(
        again: Bool, isKept: (String) -> Bool, _ progress: (Int) throws -> Void
    ) throws -> [String] {
        guard disk.exists(folder.documentsPath) else { return [] }
        try disk.makeDirectory(documents)
        var known: Set<String> = []
        var differing: [String] = []
        while true {
            let new = try disk.list(folder.documentsPath).filter { Self.isDocument($0) && !known.contains($0) }
            if new.isEmpty { return differing }
            for name in new {
                known.insert(name)
                do {
                    let source = "\(folder.documentsPath)/\(name)"
                    if let copy = try copy(of: name) {
                        let isSame = try FileCopy.areEqual(source, copy, length: Self.headerSpan, disk: disk)
                        if try isSame && (!again || FileCopy.areEqual(source, copy, disk: disk)) { continue }
                        guard !isSame, isKept(name) else {
                            differing.append("documents/\(name) is not as it was copied")
                            continue
                        }
                    }
                    try FileCopy.copy(
                        source, to: "\(documents)/\(name)\(Self.stagedSuffix)", disk: disk, progress: progress)
                } catch let error as DiskError where error.code == .notFound {
                    // Erased while it was to be copied.
                }
            }
        }
    }

    /// The path of a whole copy, in its place or not yet.
    private func copy(of name: String) throws -> String? {
        let size = try disk.open("\(folder.documentsPath)/\(name)", readOnly: true, create: false).size()
        return try [name + Self.stagedSuffix, name].map { "\(documents)/\($0)" }.first { path in
            try disk.exists(path) && disk.open(path, readOnly: true, create: false).size() == size
        }
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

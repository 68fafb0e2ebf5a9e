import Catalogue
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Synchronization

/// The folder of kept documents: one file each, encrypted, named by nothing that tells anything (FORMATS.md, "Kept documents").
///
/// An act's files are named after slots 0, 1, 2, … without gaps: so all of them are found, and removed, by whoever knows the entry of the act
/// alone, when its content is gone already. A file is whole and durable before it gets such a name; until then it ends in `.new`.
/// One process writes, holding the ledger's lock; others may read at the same time.
public final class DocumentStore: Sendable {
    private static let newSuffix = ".new"
    /// More documents than an act has: so far is looked for a file whose predecessors are missing.
    private static let slotLimit = 4096

    let path: String
    let keys: DocumentKeys
    private let disk: any Disk
    private let ledgerID: Digest
    private let random: @Sendable (Int) -> [UInt8]
    /// Names are given and removed by one at a time.
    private let turn = Mutex(())

    init(
        path: String, ledgerID: Digest, keys: DocumentKeys, disk: any Disk,
        random: @escaping @Sendable (Int) -> [UInt8] = { randomBytes($0) }
    ) {
        self.path = path
        self.ledgerID = ledgerID
        self.keys = keys
        self.disk = disk
        self.random = random
    }

    /// The documents of a ledger's folder.
    convenience init(folder: DataFolder, vault: Vault, disk: any Disk = PosixDisk()) {
        self.init(path: folder.documentsPath, ledgerID: folder.ledgerID, keys: vault.documents, disk: disk)
    }

    /// Removes what a crash left half written. Whoever opens the ledger for writing calls it before anything is served. O(files).
    public func settle() throws {
        guard disk.exists(path) else { return }
        for name in try disk.list(path) where name.hasSuffix(DocumentStore.newSuffix) {
            try disk.remove("\(path)/\(name)")
        }
        try disk.synchronizeDirectory(path)
    }

    // MARK: Finding

    private func head(_ name: String) throws -> DocumentHead {
        try DocumentHead(reading: name, in: path, disk: disk, ledgerID: ledgerID, keys: keys)
    }

    /// How many files an act has. A look at each.
    private func count(of commitment: Digest) -> Int {
        var slot = 0
        while disk.exists("\(path)/\(keys.name(of: commitment, slot: slot))") { slot += 1 }
        return slot
    }

    /// What is kept of an act, without its secret. Reads the header of each.
    ///
    /// - Throws: `StorageError` when one of them is damaged.
    func heads(of commitment: Digest) throws -> [DocumentHead] {
        try (0..<count(of: commitment)).compactMap { slot in
            do {
                return try head(keys.name(of: commitment, slot: slot))
            } catch let error as DiskError where error.code == .notFound {
                // An erasure has taken it since they were counted.
                return nil
            }
        }
    }

    /// A document's file; `nil` when there is none. A damaged header of another file keeps nobody from it.
    private func head(_ digest: Digest, of commitment: Digest) throws -> DocumentHead? {
        var failure: (any Error)?
        for slot in 0..<count(of: commitment) {
            do {
                let head = try head(keys.name(of: commitment, slot: slot))
                if head.label.digest == digest { return head }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return nil
    }

    /// Whether anything is kept of an act: one look.
    func keepsAny(of commitment: Digest) -> Bool { disk.exists("\(path)/\(keys.name(of: commitment, slot: 0))") }

    /// A document of an act; `nil` when it is not kept.
    func document(_ digest: Digest, of place: DocumentPlace) throws -> KeptDocument? {
        try head(digest, of: place.commitment).map { KeptDocument($0, place: place, keys: keys) }
    }

    // MARK: Keeping

    /// Begins to take a document in.
    ///
    /// - Parameter limit: the most bytes that are taken.
    func begin(_ digest: Digest, of place: DocumentPlace, limit: Int) throws -> DocumentUpload {
        try DocumentStore.plainly {
            guard !disk.exists(path) else { return }
            try disk.makeDirectory(path)
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                try disk.synchronizeDirectory(String(path[..<slash]))
            }
        }
        let name = hexadecimal(random(16)) + DocumentStore.newSuffix
        return try DocumentStore.plainly {
            try DocumentUpload(
                to: "\(path)/\(name)", disk: disk, label: DocumentLabel(index: place.index, digest: digest),
                place: place,
                keys: keys, ledgerID: ledgerID, salt: random(DocumentFormat.saltByteCount), limit: limit)
        }
    }

    /// Takes the document in: from now on it is there. One that is there already, and damaged, is replaced.
    ///
    /// - Parameter check: called when nobody else may change names any more: throws when the act is gone by now.
    /// - Returns: whether it was kept before, and whole; then nothing was added.
    /// - Durability: bytes and name are durable on return. A crash before leaves nothing that counts.
    /// - Throws: `document-differs`, `ledger-disk-full`; what `check` throws; `StorageError`, `DiskError`.
    func commit(_ upload: DocumentUpload, check: () throws -> Void) throws -> Bool {
        var upload = upload
        do {
            try upload.finish()
            while true {
                // Outside of the turn: it reads all of a document.
                let known = try head(upload.label.digest, of: upload.place.commitment)
                let isKept = known.map { isWhole(KeptDocument($0, place: upload.place, keys: keys)) } ?? false
                let isDone = try turn.withLock { _ in
                    try check()
                    let head = try head(upload.label.digest, of: upload.place.commitment)
                    // Another sending of it was faster, and may be whole: to be read first.
                    guard head?.bytes == known?.bytes else { return false }
                    try DocumentStore.plainly { try take(upload, in: head, isKept: isKept) }
                    return true
                }
                if isDone { return isKept }
            }
        } catch {
            abandon(upload)
            throw error
        }
    }

    /// Gives an upload its name, in the place of a damaged one where there is one; or lets it go when it is kept. Under the turn.
    private func take(_ upload: DocumentUpload, in head: DocumentHead?, isKept: Bool) throws {
        if isKept {
            try disk.remove(upload.path)
        } else {
            let commitment = upload.place.commitment
            let name = head?.name ?? keys.name(of: commitment, slot: count(of: commitment))
            try disk.rename(upload.path, to: "\(path)/\(name)")
        }
        // Also of one that was there: whoever gave it its name may not have lived to make it durable.
        try disk.synchronizeDirectory(path)
    }

    private func isWhole(_ document: KeptDocument) -> Bool {
        do {
            try document.verify()
            return true
        } catch {
            return false
        }
    }

    /// Forgets a document that did not come whole.
    func abandon(_ upload: DocumentUpload) { try? disk.remove(upload.path) }

    // MARK: Removing

    /// Removes all that is kept of acts. The last first, so that what a crash leaves has no gap.
    ///
    /// - Durability: the names are gone durably on return; also those that a call before removed and did not live to make so.
    func remove(of commitments: some Sequence<Digest>) throws {
        try turn.withLock { _ in
            guard disk.exists(path) else { return }
            for commitment in commitments {
                for slot in (0..<count(of: commitment)).reversed() {
                    try disk.remove("\(path)/\(keys.name(of: commitment, slot: slot))")
                }
            }
            try disk.synchronizeDirectory(path)
        }
    }

    // MARK: Going through

    /// The names of all files that count.
    func names() throws -> [String] {
        guard disk.exists(path) else { return [] }
        return try disk.list(path).filter { Digest(hexadecimal: $0) != nil }
    }

    func hasFile(_ name: String) -> Bool { disk.exists("\(path)/\(name)") }

    /// What can be read of a file without its act; `nil` when it has gone meanwhile.
    func head(ofFile name: String) throws -> DocumentHead? {
        do {
            return try head(name)
        } catch let error as DiskError where error.code == .notFound {
            return nil
        }
    }

    /// Removes the documents of acts that are gone.
    ///
    /// - Parameter gone: gives the commitment of an entry whose record is gone; `nil` for one that is there.
    func sweep(while isWanted: () -> Bool, _ gone: (UInt64) throws -> Digest?) throws -> Int {
        var commitments: Set<Digest> = []
        for name in try names() where isWanted() {
            // A damaged header says nothing: the audit names it.
            guard let head = try? head(ofFile: name) else { continue }
            if let commitment = try gone(head.label.index) { commitments.insert(commitment) }
        }
        let count = commitments.reduce(0) { $0 + self.count(of: $1) }
        if count > 0 { try remove(of: commitments) }
        return count
    }

    /// Whether a file of this name is one of an act's.
    func isName(_ name: String, of commitment: Digest) -> Bool {
        (0..<count(of: commitment)).contains { keys.name(of: commitment, slot: $0) == name }
    }

    /// The first name that is not there of those before a file's own; `nil` when the file's is none of the act's.
    func missingName(before name: String, of commitment: Digest) -> String? {
        let names = (0..<DocumentStore.slotLimit).lazy.map { self.keys.name(of: commitment, slot: $0) }
        guard names.contains(name) else { return nil }
        return names.prefix { $0 != name }.first { !hasFile($0) }
    }

    /// Says what a disk refused in the words of the catalogue.
    static func plainly<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as DiskError {
            switch error.code {
            case .full: throw Problem.ledgerDiskFull()
            case .tooManyFiles: throw Problem.ledgerBusy()
            default: throw Problem.documentNotWritten(["reason": "\(error.operation): \(error.reason)"])
            }
        }
    }
}

public import LedgerMerkle

/// The folder of secret blocks, one file each: `<number, 10 decimal digits>.key`, mode 0600.
///
/// A block is replaced by less of itself: the new state is written beside it as `….key.new` and synced, then the old file is
/// overwritten with zeros in place and synced, then the new one takes its name. So at each moment at least one whole state is
/// there, and no name is let go under which old keys lie. Of two whole states the newer one holds. Overwriting is best effort: file
/// systems that copy on write or keep a journal of data, snapshots, and flash that moves blocks may keep what was overwritten, and
/// copies of the folder do; it is certain only on media that write in place. What an attacker needs besides an old block is
/// the store key and the record's sealed bytes.
///
/// One process writes, holding the ledger's lock; others may read at the same time.
public struct SecretFolder: Sendable {
    /// Where the blocks are.
    public let path: String
    private let disk: any Disk
    private let ledgerID: Digest
    private static let suffix = ".key"
    private static let newSuffix = ".key.new"

    public init(path: String, disk: any Disk, ledgerID: Digest) {
        self.path = path
        self.disk = disk
        self.ledgerID = ledgerID
    }

    /// The file of a block.
    public func path(of number: UInt32) -> String {
        let digits = String(number)
        return "\(path)/\(String(repeating: "0", count: 10 - digits.count))\(digits)\(SecretFolder.suffix)"
    }

    private func newPath(of number: UInt32) -> String { path(of: number) + ".new" }

    /// Whether a block has this number, be it unfinished.
    public func contains(_ number: UInt32) -> Bool {
        disk.exists(path(of: number)) || disk.exists(newPath(of: number))
    }

    /// The numbers of all blocks, ascending; whole, punctured or empty, and those whose making broke off.
    public func numbers() throws(DiskError) -> [UInt32] {
        guard disk.exists(path) else { return [] }
        var numbers: Set<UInt32> = []
        for name in try disk.list(path) {
            let digits = name.prefix(10)
            guard digits.utf8.count == 10, let number = UInt32(digits) else { continue }
            let rest = name.dropFirst(10)
            if rest == SecretFolder.suffix || rest == SecretFolder.newSuffix { numbers.insert(number) }
        }
        return numbers.sorted()
    }

    /// Makes a new block.
    ///
    /// - Durability: file, name and folder are durable on return.
    public func create(_ block: SecretBlock) throws {
        if !disk.exists(path) {
            try disk.makeDirectory(path)
            // The folder's own name is in the folder of keys.
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                try disk.synchronizeDirectory(String(path[..<slash]))
            }
        }
        let file = self.path(of: block.number)
        guard !disk.exists(file) else {
            throw StorageError(
                .corrupt, "\(file) exists already, so no new secrets can be kept there",
                remedy: "start the service again"
            )
        }
        try disk.replace(file, with: block.encoded)
    }

    /// A block as it holds now.
    ///
    /// - Throws: `StorageError` `keyMissing` when there is none; `corrupt`, `foreignLedger`, `exposedKey`; `DiskError`.
    public func read(_ number: UInt32) throws -> SecretBlock {
        // A writer may be replacing the block: between zeros and the new name a second look finds it.
        var failure: any Error = missing(number)
        for _ in 0..<4 {
            do {
                return try state(of: number).block
            } catch let error as StorageError where error.code == .corrupt || error.code == .keyMissing {
                failure = error
                guard contains(number) else { break }
            }
        }
        throw failure
    }

    /// Puts less of a block in its place: what was punctured can no longer be derived from any file here.
    ///
    /// - Durability: durable on return. After a crash on the way the block is as before or as now, never lost.
    public func replace(with block: SecretBlock) throws {
        try settle(block.number)
        let file = path(of: block.number)
        let new = file + ".new"
        let handle = try disk.open(new, readOnly: false, create: true)
        try handle.write(block.encoded, at: 0)
        try handle.synchronize()
        try disk.synchronizeDirectory(path)
        try finish(file)
    }

    /// Finishes the replacing of a block that a crash broke off.
    public func settle(_ number: UInt32) throws {
        let file = path(of: number)
        guard disk.exists(file + ".new") else { return }
        if try isStillborn(number) {
            try disk.remove(file + ".new")
            try disk.synchronizeDirectory(path)
        } else if try state(of: number).isNew {
            // Whoever wrote it may not have lived to sync it.
            let handle = try disk.open(file + ".new", readOnly: false, create: false)
            try handle.synchronize()
            try disk.synchronizeDirectory(path)
            try finish(file)
        } else {
            try zero(file + ".new")
            try disk.remove(file + ".new")
            try disk.synchronizeDirectory(path)
        }
    }

    /// Whether all there is of a block is a beginning that is not whole: its making broke off, before any secret of it was given out.
    public func isStillborn(_ number: UInt32) throws -> Bool {
        let file = path(of: number)
        guard !disk.exists(file), disk.exists(file + ".new") else { return false }
        do {
            _ = try load(file + ".new", number)
            return false
        } catch let error as StorageError where error.code == .corrupt {
            return true
        }
    }

    /// Finishes all that broke off. Whoever opens the ledger for writing calls it before anything is served.
    public func settle() throws {
        guard disk.exists(path) else { return }
        for name in try disk.list(path) where name.hasSuffix(SecretFolder.newSuffix) {
            if let number = UInt32(name.prefix(10)) { try settle(number) }
        }
    }

    // The point of no return: the new state is durable, the old one goes.
    private func finish(_ file: String) throws(DiskError) {
        if disk.exists(file) { try zero(file) }
        try disk.rename(file + ".new", to: file)
        try disk.synchronizeDirectory(path)
    }

    private func zero(_ file: String) throws(DiskError) {
        let handle = try disk.open(file, readOnly: false, create: false)
        try handle.write([UInt8](repeating: 0, count: try handle.size()), at: 0)
        try handle.synchronize()
    }

    /// The newest whole state, and whether it still waits for its name.
    private func state(of number: UInt32) throws -> (block: SecretBlock, isNew: Bool) {
        let file = path(of: number)
        guard let new = try? load(file + ".new", number) else { return (try load(file, number), false) }
        do {
            let old = try load(file, number)
            // Never more than what is there under the name: a stray file must not bring back what was punctured.
            return new.tree.isLeft(of: old.tree) ? (new, true) : (old, false)
        } catch let error as StorageError where error.code == .corrupt || error.code == .keyMissing {
            return (new, true)
        }
    }

    private func load(_ file: String, _ number: UInt32) throws -> SecretBlock {
        guard disk.exists(file) else { throw missing(number) }
        guard try disk.permissions(file) & 0o077 == 0 else {
            throw StorageError(.exposedKey, "\(file) can be read by others", remedy: "run: chmod 600 \(file)")
        }
        let block = try SecretBlock(decoding: disk.readAll(file, limit: SecretBlock.byteLimit), path: file)
        guard block.ledgerID == ledgerID else {
            throw StorageError(
                .foreignLedger, "\(file) holds secrets of another ledger", remedy: "restore the file of this ledger")
        }
        guard block.number == number else {
            throw StorageError(
                .corrupt, "\(file) is the block \(block.number)",
                remedy: "restore the file from the copy of the keys under its own name")
        }
        return block
    }

    private func missing(_ number: UInt32) -> StorageError {
        StorageError(
            .keyMissing, "\(path(of: number)) is missing",
            remedy: "restore it from the copy of the keys: without it its records cannot be read")
    }
}

public import LedgerStorage

/// The key that signs checkpoints, in `keys/log.key` or elsewhere.
extension DataFolder {
    var logKeyPath: String { keysPath + "/log.key" }

    /// The files of keys that the ledger cannot do without.
    var keyNames: [String] { (keyAddress == nil ? ["log.key"] : []) + ["store.key", "pepper.key"] }

    /// Refuses a folder in which something is.
    public static func checkEmpty(_ path: String, disk: any Disk) throws {
        guard try !disk.list(path).isEmpty else { return }
        throw StorageError(
            .notALedger, "\(path) is not empty",
            remedy: "choose a new folder; an existing ledger is never overwritten")
    }

    static func checkAddress(_ address: String?) throws {
        guard let address, !isPath(address) || address.utf8.count > 8192 else { return }
        throw StorageError(
            .unknownFormat, "an address of a key of \(address.utf8.count) bytes that cannot stand in one line",
            remedy: "write it without line breaks and blanks at its ends")
    }

    /// Lets the ledger be signed by the same key in another place from now on.
    ///
    /// A `keys/log.key` stays: whether the key may be gone from there is its owner's decision.
    /// - Parameters:
    ///   - address: where the key is then.
    ///   - prepare: brings the key there and checks that it is the ledger's; called while no service can run.
    /// - Durability: the configuration is durable on return; until then the old one holds.
    /// - Throws: `StorageError.locked` when a service runs; what `prepare` throws.
    public func moveKey(to address: String, disk: any Disk, prepare: () throws -> Void) throws -> DataFolder {
        try DataFolder.checkAddress(address)
        let lock = try disk.open(lockPath, readOnly: false, create: true)
        guard try lock.tryLock() else {
            throw StorageError(.locked, "another process has \(path) open", remedy: "stop the service first")
        }
        defer { withExtendedLifetime(lock) {} }
        try prepare()
        let moved = moved(to: path, keyAddress: address)
        try disk.replace("\(path)/\(DataFolder.configurationName)", with: Array(moved.configuration.utf8))
        return moved
    }
}

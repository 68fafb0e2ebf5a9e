public import LedgerMerkle
public import LedgerStorage

/// Puts a ledger back from a backup, unless that would fork it.
///
/// An older copy that signs on gives the world two trees of one size. So something from outside the backup must say how far the ledger was
/// signed: a copy of the signer's state that outlived the folder, or the newest checkpoint that anybody has.
public struct LedgerRestore {
    /// What says how far the ledger was signed.
    public enum Witness: Sendable {
        /// The copies of the signer's state that are there, and nothing else.
        case signerStates
        /// Size and root of a checkpoint of this ledger whose signature was checked.
        case checkpoint(size: UInt64, root: Digest)
        /// Nobody has a newer checkpoint than the backup: so says the operator.
        case operatorsWord
    }

    private let disk: any Disk
    private let source: String
    private let keys: String
    private let target: String
    private let shadowPath: String?
    private let keyAddress: String?

    /// - Parameters:
    ///   - source: a backup's part with the ledger.
    ///   - keys: its part with the keys.
    ///   - target: the data folder to be: absent or empty.
    ///   - shadowPath: as in `Ledger.Configuration`.
    ///   - keyAddress: where the key that signs checkpoints is now, when it is no file and not where the backup says.
    public init(
        from source: String, keys: String, to target: String, shadowPath: String? = nil, keyAddress: String? = nil,
        disk: any Disk = PosixDisk()
    ) {
        self.disk = disk
        self.source = source
        self.keys = keys
        self.target = target
        self.shadowPath = shadowPath
        self.keyAddress = keyAddress
    }

    /// What was put back.
    public struct Report: Sendable {
        public let folder: DataFolder
        /// The entries that the backup holds.
        public let size: UInt64
        /// What was damaged in the backup and is whole in the new folder.
        public let healed: [String]
    }

    /// Copies everything back and holds it against what was signed. The configuration is written last: a folder without it is no ledger.
    ///
    /// The erasures that the ledger knows of have to be carried out again before anything is served: whoever opens it does so.
    ///
    /// - Parameter progress: called with the bytes of segments copied so far.
    /// - Durability: everything is durable on return.
    /// - Throws: `StorageError` `behindSigner` when more was signed than the backup holds, or nothing says how much;
    ///   `corrupt`, `foreignLedger`, `notALedger`; `DiskError`.
    public func run(_ witness: Witness, progress: (Int) -> Void = { _ in }) throws -> Report {
        guard !disk.exists("\(source)/\(LedgerBackup.markName)") else {
            throw StorageError(
                .corrupt, "the backup in \(source) was begun and not finished",
                remedy: "run tamga backup there again if the ledger still is, or take another copy")
        }
        let backup = try DataFolder.open(path: source, disk: disk)
        try disk.makeDirectory(target)
        guard try disk.list(target).isEmpty else {
            throw StorageError(
                .notALedger, "\(target) is not empty", remedy: "choose a new folder: nothing is overwritten")
        }
        guard let signed = try state(backup.ownSignerStatePath, of: backup) else {
            throw StorageError(.corrupt, "\(source) holds no signer's state", remedy: "take another copy")
        }
        let outside = [backup.signerStatePath, shadowPath].compactMap(\.self)
        let others = try outside.compactMap { path in try state(path, of: backup).map { (path, $0) } }
        try checkOutside(others, signed, witness)

        try DataFolder.checkAddress(keyAddress)
        let folder = backup.moved(to: target, keyAddress: keyAddress ?? backup.keyAddress)
        try copyKeys(of: folder)
        let healed = try copySegments(of: backup, progress)
        try copyFolder("journal", from: "\(source)/journal") { $0.hasSuffix(".journal") }
        if disk.exists(source + "/tables") {
            try copyFolder("tables", from: source + "/tables") { $0.hasSuffix(".csv") }
        }
        if disk.exists(source + "/access") {
            try copyFolder("access", from: source + "/access") { $0.hasSuffix(".log") }
        }
        if disk.exists(source + "/validation") {
            try copyFolder("validation", from: source + "/validation", as: ContentFolder.isName)
        }
        if disk.exists(source + "/documents") {
            try copyFolder("documents", from: source + "/documents", as: LedgerBackup.isDocument)
        }
        for name in ["state.sqlite", "verifier.key"] where disk.exists("\(source)/\(name)") {
            try FileCopy.copy("\(source)/\(name)", to: "\(target)/\(name)", disk: disk)
        }
        try verify(folder, signed, others, witness)
        // Only now: what they say must not vouch for a copy that was refused.
        for path in ["\(target)/signer.state"] + outside.filter({ !disk.exists($0) }) {
            _ = try SignerStateFile.create(
                disk: disk, path: path, directory: target, ledgerID: backup.ledgerID, state: signed)
        }
        try disk.replace(
            "\(target)/\(DataFolder.configurationName)",
            with: keyAddress == nil
                ? try disk.readAll("\(source)/\(DataFolder.configurationName)") : Array(folder.configuration.utf8))
        try disk.synchronizeDirectory(DataFolder.parent(of: target))
        return Report(folder: folder, size: signed.size, healed: healed)
    }

    // MARK: Forks

    private func checkOutside(
        _ others: [(path: String, state: SignerState)], _ signed: SignerState, _ witness: Witness
    ) throws {
        for (path, state) in others where state.size > signed.size {
            throw behind(signed.size, "\(path) says that \(state.size) entries were signed")
        }
        switch witness {
        // One that says less was left behind when more was signed elsewhere, and vouches for nothing.
        case .signerStates where !others.contains(where: { $0.state.size == signed.size }):
            throw StorageError(
                .behindSigner,
                "nothing here says how far this ledger was signed: an older copy that goes on would fork it",
                remedy:
                    "give the newest checkpoint that anybody has (--checkpoint FILE); or, if nobody can have a newer one than this backup, --accept-unseen"
            )
        case .checkpoint(let size, _) where size > signed.size:
            throw behind(signed.size, "the checkpoint is of \(size)")
        case .signerStates, .checkpoint, .operatorsWord: break
        }
    }

    private func behind(_ size: UInt64, _ what: String) -> StorageError {
        StorageError(
            .behindSigner, "the backup holds \(size) entries, and \(what)",
            remedy: "take a newer backup: signing on from this one would fork the ledger, so it is refused")
    }

    private func state(_ path: String, of folder: DataFolder) throws -> SignerState? {
        try SignerStateFile.open(disk: disk, path: path, ledgerID: folder.ledgerID, readOnly: true)?.state
    }

    private func verify(
        _ folder: DataFolder, _ signed: SignerState, _ others: [(path: String, state: SignerState)],
        _ witness: Witness
    ) throws {
        let reading = try SignedReading(folder, signed, disk: disk)
        var known = others.map { ($0.state.size, $0.state.root, $0.path) }
        if case .checkpoint(let size, let root) = witness { known.append((size, root, "the checkpoint")) }
        for (size, root, origin) in known {
            guard try reading.root(of: size) == root else {
                throw StorageError(
                    .behindSigner, "the backup has another root at \(size) entries than \(origin)",
                    remedy: "the key has signed two histories: keep both, and ask for an audit")
            }
        }
    }

    // MARK: Copying

    /// The keys first: they must be those of this ledger.
    private func copyKeys(of folder: DataFolder) throws {
        try copyFolder("keys", from: keys, as: folder.keyNames.contains)
        if folder.keyAddress == nil { _ = try folder.signingKey(disk: disk) }
        _ = try (folder.storeKey(disk: disk), folder.pepper(disk: disk))
        // Whatever state a block is in that was being replaced when it was copied: read as the ledger reads it.
        let blocks = SecretFolder(path: keys + "/secrets", disk: disk, ledgerID: folder.ledgerID)
        let copies = SecretFolder(path: folder.secretsPath, disk: disk, ledgerID: folder.ledgerID)
        for number in try blocks.numbers() where try !blocks.isStillborn(number) {
            try copies.create(blocks.read(number))
        }
        try disk.synchronizeDirectory(folder.keysPath)
    }

    /// - Returns: what was healed.
    private func copySegments(of backup: DataFolder, _ progress: (Int) -> Void) throws -> [String] {
        let copy = SegmentCopy(
            disk: disk, from: backup.segmentsPath, to: target + "/segments", ledgerID: backup.ledgerID,
            height: backup.segmentHeight)
        do {
            let picture = try copy.picture()
            var copied = 0
            let damage = try copy.copyFiles(picture) { count in
                copied += count
                progress(copied)
            }
            try copy.commit(picture)
            return damage.isEmpty ? [] : try heal(backup)
        } catch let error where Self.isDamage(error) {
            try copy.copyBlindly()
            return try heal(backup)
        }
    }

    /// A manifest or footer that is damaged, or a file that one names and that is not there.
    private static func isDamage(_ error: any Error) -> Bool {
        error is SegmentCopy.Changed || (error as? StorageError)?.code == .corrupt
    }

    private func heal(_ backup: DataFolder) throws -> [String] {
        let repair = SegmentRepair(
            disk: disk, directory: target + "/segments", ledgerID: backup.ledgerID,
            journalStart: try Ledger.journalStart(backup, disk))
        let report = try repair.run()
        guard report.isWhole else {
            throw StorageError(
                .corrupt, "the backup is damaged beyond its parity: \(report.lost.joined(separator: "; "))",
                remedy: "take another copy")
        }
        return report.repaired
    }

    private func copyFolder(_ name: String, from source: String, as isWanted: (String) -> Bool) throws {
        let to = "\(target)/\(name)"
        try disk.makeDirectory(to)
        for file in try disk.list(source) where isWanted(file) {
            try FileCopy.copy("\(source)/\(file)", to: "\(to)/\(file)", disk: disk)
        }
        try disk.synchronizeDirectory(to)
    }
}

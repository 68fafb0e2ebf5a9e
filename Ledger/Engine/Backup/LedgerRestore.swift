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

    /// - Parameters:
    ///   - source: a backup's part with the ledger.
    ///   - keys: its part with the keys.
    ///   - target: the data folder to be: absent or empty.
    ///   - shadowPath: as in `Ledger.Configuration`.
    public init(
        from source: String, keys: String, to target: String, shadowPath: String? = nil, disk: any Disk = PosixDisk()
    ) {
        self.disk = disk
        self.source = source
        self.keys = keys
        self.target = target
        self.shadowPath = shadowPath
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
        let backup = try DataFolder.open(path: source, disk: disk)
        guard !disk.exists("\(source)/\(LedgerBackup.markName)") else {
            throw StorageError(
                .corrupt, "the backup in \(source) was begun and not finished",
                remedy: "run tamga backup there again if the ledger still is, or take another copy")
        }
        try disk.makeDirectory(target)
        guard try disk.list(target).isEmpty else {
            throw StorageError(
                .notALedger, "\(target) is not empty", remedy: "choose a new folder: nothing is overwritten")
        }
        let signed = try state(backup.ownSignerStatePath, of: backup)
        guard let signed else {
            throw StorageError(.corrupt, "\(source) holds no signer's state", remedy: "take another copy")
        }
        try checkOutside(backup, signed, witness)

        let healed = try copySegments(of: backup, progress)
        try copyFolder("journal", from: source) { $0.hasSuffix(".journal") }
        try copyFolder("keys", from: keys, as: ["log.key", "store.key", "pepper.key"].contains)
        if disk.exists(keys + "/secrets") {
            try copyFolder("keys/secrets", from: keys + "/secrets") { $0.hasSuffix(".key") }
        }
        for name in ["state.sqlite", "verifier.key"] where disk.exists("\(source)/\(name)") {
            try FileCopy.copy("\(source)/\(name)", to: "\(target)/\(name)", disk: disk)
        }
        let outside = [backup.signerStatePath, shadowPath].compactMap(\.self).filter { !disk.exists($0) }
        for path in ["\(target)/signer.state"] + outside {
            _ = try SignerStateFile.create(
                disk: disk, path: path, directory: target, ledgerID: backup.ledgerID, state: signed)
        }
        try disk.synchronizeDirectory(target)
        let folder = backup.moved(to: target)
        try verify(folder, signed, witness)
        try disk.replace(
            "\(target)/\(DataFolder.configurationName)",
            with: try disk.readAll("\(source)/\(DataFolder.configurationName)"))
        return Report(folder: folder, size: signed.size, healed: healed)
    }

    // MARK: Forks

    private func checkOutside(_ backup: DataFolder, _ signed: SignerState, _ witness: Witness) throws {
        var isKnown = false
        for path in [backup.signerStatePath, shadowPath].compactMap(\.self) {
            guard let state = try state(path, of: backup) else { continue }
            isKnown = true
            guard state.size <= signed.size else {
                throw behind(signed.size, "\(path) says that \(state.size) entries were signed")
            }
            guard state.size < signed.size || state.root == signed.root else {
                throw behind(signed.size, "\(path) has another root for them")
            }
        }
        switch witness {
        case .signerStates where !isKnown:
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

    private func verify(_ folder: DataFolder, _ signed: SignerState, _ witness: Witness) throws {
        let store = try SegmentStore.open(
            disk: disk, directory: folder.segmentsPath, ledgerID: folder.ledgerID,
            shape: SegmentStore.Shape(height: folder.segmentHeight), codec: OpaqueRecords(), forWriting: false)
        let recovered = try Recovery(disk: disk, folder: folder, segments: store, watermark: signed)
            .run(toWatermark: true, progress: { _, _ in })
        if case .checkpoint(let size, let root) = witness {
            guard try recovered.root(of: size, in: store) == root else {
                throw StorageError(
                    .behindSigner, "the backup has another root at \(size) entries than the checkpoint",
                    remedy: "the key has signed two histories: keep both, and ask for an audit")
            }
        }
    }

    // MARK: Copying

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
        } catch is SegmentCopy.Changed {
            throw StorageError(
                .corrupt, "a file that a manifest in \(backup.segmentsPath) names is missing",
                remedy: "take another copy")
        }
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
        let from = source == self.source ? "\(source)/\(name)" : source
        let to = "\(target)/\(name)"
        try disk.makeDirectory(to)
        for file in try disk.list(from) where isWanted(file) {
            try FileCopy.copy("\(from)/\(file)", to: "\(to)/\(file)", disk: disk)
        }
        try disk.synchronizeDirectory(to)
    }
}

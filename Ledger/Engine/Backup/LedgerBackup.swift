import LedgerMerkle
public import LedgerStorage

/// Copies a ledger, beside the running service or closed, as it was at one moment; and again later only what has changed.
///
/// The copy has two parts for two places (FORMATS.md, "Backup"): the ledger, whose records are encrypted, and the keys. Either alone
/// reveals nothing about anybody.
///
/// What makes the copy one moment: the blocks of secrets are read first, then what was signed, then the journal up to just there; segments
/// are copied as far as they went before that. So every record of the copy has its secret, and every secret that is destroyed in the
/// copy has its erasure there. Where an erasure is carried out meanwhile, all that changed is looked at again.
public struct LedgerBackup {
    /// What was done.
    public struct Report: Sendable {
        /// Entries that the copy holds, all of them signed.
        public var size: UInt64 = 0
        /// The bytes that were copied.
        public var byteCount = 0
        /// Damage that the copy has because the ledger has it.
        public var damage: [String] = []
    }

    /// The file whose presence says that a copy was begun and not finished.
    static let markName = "backup.unfinished"
    /// How often the store is looked at again when it changes under the copying.
    private static let attempts = 32

    private let folder: DataFolder
    private let target: String
    private let keys: String?
    private let shadowPath: String?
    private let disk: any Disk

    /// - Parameters:
    ///   - target: the folder for the ledger's part: absent, empty, or an earlier backup of this ledger.
    ///   - keys: the folder for the keys; `nil` when they are copied by other means.
    ///   - shadowPath: the signer's state outside of the data folder, as in `Ledger.Configuration`.
    public init(
        of folder: DataFolder, to target: String, keys: String?, shadowPath: String? = nil,
        disk: any Disk = PosixDisk()
    ) {
        self.folder = folder
        self.target = target
        self.keys = keys
        self.shadowPath = shadowPath
        self.disk = disk
    }

    /// Makes or renews the copy.
    ///
    /// Broken off at any moment it is begun again by the next call. Until the short last step, which moves no segment, an earlier backup in
    /// the same place stays whole.
    ///
    /// - Parameters:
    ///   - again: what was copied before is read again and compared, too.
    ///   - state: copies the database of what cannot be derived from the ledger to a path; called once.
    ///   - progress: called with the bytes copied so far.
    /// - Durability: the copy is durable on return, and was opened and held against what was signed.
    /// - Throws: `StorageError` when the ledger is not as it was signed, or the target is another's; `DiskError`.
    public func run(
        again: Bool = false, copyingState state: (String) throws -> Void = { _ in },
        progress: @escaping (Int) -> Void = { _ in }
    ) throws -> Report {
        try checkTarget()
        var report = Report()
        var readsAgain = again
        for _ in 0..<LedgerBackup.attempts {
            do {
                let moment = try copyFiles(again: readsAgain, &report, progress)
                try commit(moment, state)
                report.size = moment.watermark.size
                do {
                    try verify(moment.watermark)
                } catch let error as StorageError where error.code == .corrupt && !readsAgain {
                    // What was copied before may have been damaged since.
                    readsAgain = true
                    throw SegmentCopy.Changed()
                }
                try disk.remove(mark)
                try disk.synchronizeDirectory(target)
                return report
            } catch is SegmentCopy.Changed {}
        }
        throw StorageError(
            .locked, "the store of \(folder.path) changes faster than it can be copied",
            remedy: "try again when less is filed, or stop the service; what was copied is kept")
    }

    // MARK: What is copied

    /// The ledger at one moment.
    private struct Moment {
        let secrets: [SecretBlock]
        let watermark: SignerState
        let tail: JournalTail
        let segments: SegmentCopy.Picture
    }

    private var secrets: SecretFolder {
        SecretFolder(path: folder.secretsPath, disk: disk, ledgerID: folder.ledgerID)
    }

    private var segments: SegmentCopy {
        SegmentCopy(
            disk: disk, from: folder.segmentsPath, to: target + "/segments", ledgerID: folder.ledgerID,
            height: folder.segmentHeight)
    }

    /// Copies the segments, and finds what else belongs to the same moment.
    private func copyFiles(
        again: Bool, _ report: inout Report, _ progress: @escaping (Int) -> Void
    ) throws -> Moment {
        let before = try secrets.numbers().map(secrets.read)
        let end = try segments.picture().end
        let watermark = try SignerStates.watermark(folder: folder, shadowPath: shadowPath, disk: disk)
        let picture = try segments.picture(upTo: end)
        guard picture.end == end else { throw SegmentCopy.Changed() }
        let tail = try journal(sealed: end, watermark)

        report.damage = try segments.copyFiles(picture, again: again) { count in
            report.byteCount += count
            progress(report.byteCount)
        }

        // Anything erased meanwhile has its erasure behind the moment: then this was not it. Blocks that are new belong to it only
        // while nothing of them is destroyed.
        let now = try segments.picture(upTo: end)
        guard now.end == end, now.erased == picture.erased else { throw SegmentCopy.Changed() }
        let known = Set(before.map(\.number))
        let new = try secrets.numbers().filter { !known.contains($0) }.map(secrets.read)
        guard new.allSatisfy({ $0.tree.count == KeyTree.leafCount }) else { throw SegmentCopy.Changed() }
        return Moment(secrets: before + new, watermark: watermark, tail: tail, segments: picture)
    }

    /// Where the journal ends that belongs to what was signed.
    private func journal(sealed: UInt64, _ watermark: SignerState) throws -> JournalTail {
        let scanner = JournalScanner(disk: disk, directory: folder.journalPath, ledgerID: folder.ledgerID)
        do {
            if let first = try scanner.files().first.flatMap(JournalScanner.firstIndex), first > sealed {
                throw SegmentCopy.Changed()
            }
            let tail = try scanner.scan(sealed: sealed, limit: watermark.size) { _ in }
            guard tail.size >= watermark.size else {
                throw StorageError(
                    .corrupt,
                    "the journal ends at \(tail.size) entries, but \(watermark.size) were signed: \(tail.damage ?? "it is cut")",
                    remedy: "run: tamga audit --data \(folder.path)")
            }
            return tail
        } catch let error as DiskError where error.code == .notFound {
            throw SegmentCopy.Changed()
        }
    }

    // MARK: Writing it down

    private var mark: String { "\(target)/\(LedgerBackup.markName)" }

    private func commit(_ moment: Moment, _ state: (String) throws -> Void) throws {
        try disk.replace(mark, with: Array("tamga backup\n".utf8))
        if let keys { try copyKeys(moment.secrets, to: keys) }
        try copyJournal(moment.tail)
        try segments.commit(moment.segments)
        _ = try SignerStateFile.create(
            disk: disk, path: target + "/signer.state", directory: target, ledgerID: folder.ledgerID,
            state: moment.watermark)
        let database = target + "/state.sqlite"
        if disk.exists(database + ".new") { try disk.remove(database + ".new") }
        try state(database + ".new")
        if disk.exists(database + ".new") {
            try disk.open(database + ".new", readOnly: false, create: false).synchronize()
            try disk.rename(database + ".new", to: database)
        }
        for name in ["verifier.key", DataFolder.configurationName] {
            try disk.replace("\(target)/\(name)", with: try disk.readAll("\(folder.path)/\(name)"))
        }
    }

    private func copyJournal(_ tail: JournalTail) throws {
        let directory = target + "/journal"
        try disk.makeDirectory(directory)
        var kept: Set<String> = []
        do {
            for (ordinal, name) in tail.files.prefix(tail.end.file + 1).enumerated() {
                try FileCopy.copy(
                    "\(folder.journalPath)/\(name)", to: "\(directory)/\(name)",
                    length: ordinal == tail.end.file ? tail.end.offset : nil, disk: disk)
                kept.insert(name)
            }
        } catch let error as DiskError where error.code == .notFound {
            throw SegmentCopy.Changed()
        }
        for name in try disk.list(directory) where !kept.contains(name) { try disk.remove("\(directory)/\(name)") }
        try disk.synchronizeDirectory(directory)
    }

    private func copyKeys(_ blocks: [SecretBlock], to path: String) throws {
        try disk.makeDirectory(path)
        for name in ["log.key", "store.key", "pepper.key"] {
            let bytes = try disk.readAll("\(folder.keysPath)/\(name)", limit: 4096)
            let copy = "\(path)/\(name)"
            if (try? disk.readAll(copy, limit: 4096)) != bytes { try disk.replace(copy, with: bytes) }
        }
        let copies = SecretFolder(path: path + "/secrets", disk: disk, ledgerID: folder.ledgerID)
        try copies.settle()
        for block in blocks {
            guard copies.contains(block.number) else {
                try copies.create(block)
                continue
            }
            let copy = try copies.read(block.number)
            // What was destroyed in the copy stays so: the ledger's own keys may have been restored from an older one.
            if block != copy, block.tree.isLeft(of: copy.tree) { try copies.replace(with: block) }
        }
        try disk.synchronizeDirectory(path)
    }

    // MARK: Checks

    /// An earlier backup of this ledger, or nothing.
    private func checkTarget() throws {
        for path in [target, keys].compactMap(\.self) { try disk.makeDirectory(path) }
        let names = try disk.list(target)
        if names.contains(DataFolder.configurationName) {
            guard try DataFolder.open(path: target, disk: disk).ledgerID == folder.ledgerID else {
                throw StorageError(
                    .foreignLedger, "\(target) holds the backup of another ledger", remedy: "choose another folder")
            }
            guard !names.contains("lock"), !names.contains("keys") else {
                throw StorageError(
                    .foreignLedger, "\(target) is a data folder in use, not a backup", remedy: "choose another folder")
            }
        } else if !names.allSatisfy({ ["segments", LedgerBackup.markName].contains($0) || $0.hasSuffix(".new") }),
            !names.contains(LedgerBackup.markName)
        {
            throw StorageError(
                .notALedger, "\(target) is neither empty nor a backup",
                remedy: "choose a new folder: nothing that is there is overwritten")
        }
    }

    /// Opens the copy as a reader would and holds it against what was signed.
    private func verify(_ watermark: SignerState) throws {
        let copy = try DataFolder.open(path: target, disk: disk)
        let store = try SegmentStore.open(
            disk: disk, directory: copy.segmentsPath, ledgerID: copy.ledgerID,
            shape: SegmentStore.Shape(height: copy.segmentHeight), codec: OpaqueRecords(), forWriting: false)
        let recovered = try Recovery(disk: disk, folder: copy, segments: store, watermark: watermark)
            .run(toWatermark: true, progress: { _, _ in })
        guard recovered.state.size == watermark.size, recovered.state.root == watermark.root else {
            throw StorageError(
                .corrupt, "the copy in \(target) does not give the root that was signed at \(watermark.size) entries",
                remedy: "run: tamga audit --data \(folder.path)")
        }
    }
}

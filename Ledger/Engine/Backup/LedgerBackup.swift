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
        /// The bytes of segments that were copied.
        public var byteCount = 0
        /// The bytes of kept documents that were copied.
        public var documentByteCount = 0
        /// Damage that the copy has because the ledger has it.
        public var damage: [String] = []
    }

    /// The file whose presence says that a copy was begun and not finished.
    static let markName = "backup.unfinished"
    /// The file whose presence says that something in the copy was damaged in the ledger: the next run reads all of it again.
    static let damagedName = "backup.damaged"
    /// Locked while a copy is made.
    static let lockName = "backup.lock"
    /// Ends the name of a journal file that is copied and not yet in its place.
    private static let stagedSuffix = ".staged"
    /// The most bytes of one of the operator's tables.
    private static let tableLimit = 16 << 20
    /// How often the store is looked at again when it changes under the copying.
    private static let attempts = 32

    let folder: DataFolder
    let target: String
    let keys: String?
    let shadowPath: String?
    let disk: any Disk

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
    ///   - isKept: whether a file of `documents/`, by its name, has a header that is whole: what is damaged takes no good copy's place.
    ///   - state: copies the database of what cannot be derived from the ledger to a path; called once.
    ///   - progress: called with the bytes copied so far.
    /// - Durability: the copy is durable on return, and was opened and held against what was signed.
    /// - Throws: `StorageError` when the ledger is not as it was signed, or the target is another's; `DiskError`.
    public func run(
        again: Bool = false, isKept: (String) -> Bool = { _ in true },
        copyingState state: (String) throws -> Void = { _ in },
        progress: @escaping (Int) -> Void = { _ in }
    ) throws -> Report {
        try checkTarget()
        let lock = try disk.open("\(target)/\(LedgerBackup.lockName)", readOnly: false, create: true)
        guard try lock.tryLock() else {
            throw StorageError(
                .locked, "another backup into \(target) is under way", remedy: "wait for it, or stop it")
        }
        defer { withExtendedLifetime(lock) {} }
        var report = Report()
        var readsAgain = again || disk.exists("\(target)/\(LedgerBackup.damagedName)")
        for _ in 0..<LedgerBackup.attempts {
            do {
                try checkHistory()
                // Before the moment: whatever is kept belongs to an act that it has.
                let differing = try stageDocuments(again: readsAgain, isKept: isKept) { count in
                    report.documentByteCount += count
                    progress(report.byteCount + report.documentByteCount)
                }
                report.damage += differing.filter { !report.damage.contains($0) }
                let moment = try copyFiles(again: readsAgain, &report, progress)
                report.damage += try copyValidation(again: readsAgain).filter { !report.damage.contains($0) }
                try commit(moment, prepared(moment, state))
                report.size = moment.watermark.size
                do {
                    try verify(moment)
                } catch let error as StorageError where error.code == .corrupt && !readsAgain {
                    // What was copied before may have been damaged since.
                    readsAgain = true
                    throw SegmentCopy.Changed()
                }
                try finish(report)
                return report
            } catch is SegmentCopy.Changed {
            } catch let error as DiskError
                where error.code == .notFound
                && [folder.segmentsPath, folder.journalPath].contains(where: error.path.hasPrefix)
            {
                // Let go while it was read.
            }
        }
        throw StorageError(
            .locked, "the store of \(folder.path) changes faster than it can be copied",
            remedy: "try again when less is filed, or stop the service; what was copied is kept")
    }

    // MARK: What is copied

    /// The ledger at one moment.
    struct Moment {
        let secrets: [SecretBlock]
        let watermark: SignerState
        let tail: JournalTail
        let segments: SegmentCopy.Picture
    }

    private var secrets: SecretFolder {
        SecretFolder(path: folder.secretsPath, disk: disk, ledgerID: folder.ledgerID)
    }

    var segments: SegmentCopy {
        SegmentCopy(
            disk: disk, from: folder.segmentsPath, to: target + "/segments", ledgerID: folder.ledgerID,
            height: folder.segmentHeight)
    }

    /// Copies the segments, and finds what else belongs to the same moment.
    private func copyFiles(
        again: Bool, _ report: inout Report, _ progress: @escaping (Int) -> Void
    ) throws -> Moment {
        let before = try blocks()
        let first = try segments.picture()
        let end = first.end
        let watermark = try SignerStates.watermark(folder: folder, shadowPath: shadowPath, disk: disk)
        let picture = try segments.picture(upTo: end)
        guard picture.end == end else { throw SegmentCopy.Changed() }
        let tail = try journal(sealed: end, watermark)
        // Soonest what is let go soonest.
        try stageJournal(tail)
        let damage = try segments.copyFiles(picture, again: again) { count in
            report.byteCount += count
            progress(report.byteCount)
        }
        report.damage += damage.filter { !report.damage.contains($0) }

        // Anything erased meanwhile has its erasure behind the moment: then this was not it. Blocks that are new belong to it only
        // while nothing of them is destroyed.
        let now = try segments.picture(upTo: end)
        guard now.end == end, now.erased == first.erased else { throw SegmentCopy.Changed() }
        let known = Set(before.map(\.number))
        let new = try blocks { !known.contains($0) }
        guard new.allSatisfy({ $0.tree.count == KeyTree.leafCount }) else { throw SegmentCopy.Changed() }
        return Moment(secrets: before + new, watermark: watermark, tail: tail, segments: picture)
    }

    /// The blocks of secrets as they are now, but those whose making broke off.
    private func blocks(where isWanted: (UInt32) -> Bool = { _ in true }) throws -> [SecretBlock] {
        try secrets.numbers().filter { number in
            isWanted(number) ? try !secrets.isStillborn(number) : false
        }.map(secrets.read)
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

    private var journalTarget: String { target + "/journal" }

    private var mark: String { "\(target)/\(LedgerBackup.markName)" }

    /// What was read before anything of the copy is changed: what cannot be read costs no earlier backup.
    private struct Prepared {
        var files: [(path: String, bytes: [UInt8])] = []
        var keys: [(path: String, bytes: [UInt8])] = []
        var tables: [(name: String, bytes: [UInt8])] = []
    }

    private var database: String { target + "/state.sqlite" }

    private func prepared(_ moment: Moment, _ state: (String) throws -> Void) throws -> Prepared {
        var prepared = Prepared()
        for name in ["verifier.key", DataFolder.configurationName] {
            prepared.files.append(("\(target)/\(name)", try disk.readAll("\(folder.path)/\(name)")))
        }
        if let keys {
            for name in folder.keyNames {
                let path = "\(folder.keysPath)/\(name)"
                guard disk.exists(path) else {
                    throw StorageError(
                        .keyMissing, "\(path) is missing",
                        remedy: "restore it from the copy of the keys; no copy was touched")
                }
                prepared.keys.append(("\(keys)/\(name)", try disk.readAll(path, limit: 4096)))
            }
        }
        if disk.exists(folder.tablesPath) {
            for name in try disk.list(folder.tablesPath) where name.hasSuffix(".csv") {
                let bytes = try disk.readAll("\(folder.tablesPath)/\(name)", limit: LedgerBackup.tableLimit)
                prepared.tables.append((name, bytes))
            }
        }
        if disk.exists(database + ".new") { try disk.remove(database + ".new") }
        try state(database + ".new")
        if disk.exists(database + ".new") {
            try disk.open(database + ".new", readOnly: false, create: false).synchronize()
        }
        return prepared
    }

    private func commit(_ moment: Moment, _ prepared: Prepared) throws {
        try disk.replace(mark, with: Array("tamga backup\n".utf8))
        if let keys { try copyKeys(prepared.keys, moment.secrets, to: keys) }
        try commitJournal(moment.tail)
        try segments.commit(moment.segments)
        _ = try SignerStateFile.create(
            disk: disk, path: target + "/signer.state", directory: target, ledgerID: folder.ledgerID,
            state: moment.watermark)
        if disk.exists(database + ".new") { try disk.rename(database + ".new", to: database) }
        try commitTables(prepared.tables)
        try copyAccessLogs()
        try commitDocuments()
        // The configuration last: a folder without it is no ledger.
        for (path, bytes) in prepared.files { try disk.replace(path, with: bytes) }
    }

    /// The copy is whole; or as whole as the ledger is.
    private func finish(_ report: Report) throws {
        let damaged = "\(target)/\(LedgerBackup.damagedName)"
        if !report.damage.isEmpty {
            try disk.replace(damaged, with: Array((report.damage.joined(separator: "\n") + "\n").utf8))
        } else if disk.exists(damaged) {
            try disk.remove(damaged)
        }
        try disk.remove(mark)
        try disk.synchronizeDirectory(target)
    }

    /// Copies the journal beside the one that the copy has: what is let go meanwhile must not be missed half way.
    private func stageJournal(_ tail: JournalTail) throws {
        try disk.makeDirectory(journalTarget)
        do {
            for (ordinal, name) in tail.files.prefix(tail.end.file + 1).enumerated() {
                try FileCopy.copy(
                    "\(folder.journalPath)/\(name)", to: "\(journalTarget)/\(name)\(LedgerBackup.stagedSuffix)",
                    length: ordinal == tail.end.file ? tail.end.offset : nil, disk: disk)
            }
        } catch let error as DiskError where error.code == .notFound {
            throw SegmentCopy.Changed()
        }
    }

    private func commitJournal(_ tail: JournalTail) throws {
        let names = tail.files.prefix(tail.end.file + 1)
        for name in names {
            try disk.rename("\(journalTarget)/\(name)\(LedgerBackup.stagedSuffix)", to: "\(journalTarget)/\(name)")
        }
        for name in try disk.list(journalTarget) where !names.contains(name) {
            try disk.remove("\(journalTarget)/\(name)")
        }
        try disk.synchronizeDirectory(journalTarget)
    }

    private func commitTables(_ tables: [(name: String, bytes: [UInt8])]) throws {
        let folder = target + "/tables"
        if tables.isEmpty, !disk.exists(folder) { return }
        try disk.makeDirectory(folder)
        for (name, bytes) in tables { try disk.replace("\(folder)/\(name)", with: bytes) }
        for name in try disk.list(folder) where !tables.contains(where: { $0.name == name }) {
            try disk.remove("\(folder)/\(name)")
        }
        try disk.synchronizeDirectory(folder)
    }

    /// The access log is derived from nothing. A file may grow while it is copied: what is cut off is cut away when it is opened.
    private func copyAccessLogs() throws {
        guard disk.exists(folder.accessPath) else { return }
        let to = target + "/access"
        try disk.makeDirectory(to)
        let logs = try disk.list(folder.accessPath).filter { $0.hasSuffix(".log") }.sorted()
        for name in logs {
            // Days that are over stay as they are, and one that was cut here stays whole there; the newest grow, and fill what a crash
            // left empty.
            if !logs.suffix(2).contains(name), disk.exists("\(to)/\(name)"),
                try disk.open("\(to)/\(name)", readOnly: true, create: false).size()
                    >= disk.open("\(folder.accessPath)/\(name)", readOnly: true, create: false).size()
            {
                continue
            }
            try FileCopy.copy("\(folder.accessPath)/\(name)", to: "\(to)/\(name)", disk: disk)
        }
        try disk.synchronizeDirectory(to)
    }

    private func copyKeys(
        _ files: [(path: String, bytes: [UInt8])], _ blocks: [SecretBlock], to path: String
    ) throws {
        for (copy, bytes) in files where (try? disk.readAll(copy, limit: 4096)) != bytes {
            try disk.replace(copy, with: bytes)
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
}

public import LedgerMerkle

/// Makes the files of sealed segments whole again: from their parity, or from a mirror's copy.
///
/// For a closed folder: nothing else may have it open. Every healed file is the file that was there, byte for byte; whatever cannot be made
/// so is left as it is and named.
public struct SegmentRepair {
    /// What was done, and what could not be.
    public struct Report: Sendable {
        /// In the order in which it was done.
        public var repaired: [String] = []
        /// What is beyond repair.
        public var lost: [String] = []
        /// Files looked at.
        public var files = 0

        public var isWhole: Bool { lost.isEmpty }
    }

    let disk: any Disk
    let directory: String
    let mirror: String?
    let ledgerID: Digest
    let journalStart: UInt64

    /// - Parameters:
    ///   - mirror: a folder that holds copies of this ledger's segment files under the same names.
    ///   - journalStart: the index of the first entry that the journal holds: what lies before it must be in segments.
    public init(
        disk: any Disk, directory: String, mirror: String? = nil, ledgerID: Digest, journalStart: UInt64 = 0
    ) {
        self.journalStart = journalStart
        self.disk = disk
        self.directory = directory
        self.mirror = mirror
        self.ledgerID = ledgerID
    }

    /// Checks every file of every segment, and heals what is damaged.
    ///
    /// Costs one read of each whole file and its parity, four of each damaged one.
    ///
    /// - Parameter progress: called with the name of each file before it is looked at.
    /// - Durability: what was repaired is durable on return; a crash on the way leaves each file as it was or whole.
    /// - Throws: `DiskError` when the folder cannot be read; `StorageError` when it is another ledger's.
    public func run(progress: (String) -> Void = { _ in }) throws -> Report {
        var report = Report()
        if isAbsent { return report }
        for names in try segments(&report) {
            guard let manifest = try manifest(of: names, &report) else { continue }
            var files: [(name: String, seal: FileSeal)] = [(names.entries, .entries(manifest.footerDigest))]
            for records in manifest.records where !records.isExpired {
                let name = names.records(retention: records.retention, generation: records.generation)
                files.append((name, .records(records)))
            }
            for (name, seal) in files {
                progress(name)
                report.files += 1
                try repair(name, seal, &report)
            }
        }
        return report
    }

    private var isAbsent: Bool {
        do throws(DiskError) {
            _ = try disk.list(directory)
            return false
        } catch {
            return error.code == .notFound
        }
    }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// The segments that the folder should have: those that a manifest is named after, gaps between them, and those behind the last
    /// manifest whose entries the journal does not hold any more.
    private func segments(_ report: inout Report) throws -> [SegmentNames] {
        let names = try disk.list(directory)
        var segments = SegmentRepair.newest(names.compactMap { SegmentNames(manifest: $0) })
        let last = segments.keys.max() ?? 0
        // Behind the last manifest an entry file may be what a broken off sealing left.
        for (first, names) in SegmentRepair.newest(names.compactMap { SegmentNames(entries: $0) })
        where first < last && segments[first] == nil {
            segments[first] = names
        }
        // Once the journal let go of an entry, its segment stood; what it still holds, a broken off sealing may have left in any state.
        let entries = Dictionary(grouping: names.compactMap { SegmentNames(entries: $0) }, by: \.firstIndex)
        for (first, found) in entries.sorted(by: { $0.key < $1.key })
        where segments[first] == nil && first >= last && first < journalStart {
            if found.count == 1 {
                segments[first] = found[0]
            } else {
                let all = found.map(\.entries).sorted().joined(separator: ", ")
                report.lost.append("which of \(all) is the segment cannot be told without its manifest")
            }
        }
        var end: UInt64 = 0
        for names in segments.values.sorted(by: { $0.firstIndex < $1.firstIndex }) {
            if names.firstIndex > end {
                report.lost.append("the segments of the entries \(end) to \(names.firstIndex - 1) are missing")
            }
            end = names.end
        }
        if end < journalStart {
            report.lost.append("the segments of the entries \(end) to \(journalStart - 1) are missing")
        }
        return segments.values.sorted { $0.firstIndex < $1.firstIndex }
    }

    /// An incomplete segment may lie beside the longer one that took its place.
    private static func newest(_ all: [SegmentNames]) -> [UInt64: SegmentNames] {
        var newest: [UInt64: SegmentNames] = [:]
        for names in all where names.end > newest[names.firstIndex]?.end ?? 0 { newest[names.firstIndex] = names }
        return newest
    }

    // MARK: Files

    private func repair(_ name: String, _ seal: FileSeal, _ report: inout Report) throws {
        let path = path(name)
        let (healed, reason) = try heal(path)
        if let healed, seal.holds(path, disk: disk, ledgerID: ledgerID) {
            if !healed.healed.isEmpty || !healed.parityDamage.isEmpty { report.repaired.append("\(healed)") }
            return
        }
        guard seal.holds(path, disk: disk, ledgerID: ledgerID) else {
            return try replace(name, seal, reason, &report)
        }
        do {
            try ParityFile.write(for: path, disk: disk, ledgerID: ledgerID)
            report.repaired.append("made again \(ParityFile.path(for: path))")
        } catch {
            report.lost.append("the parity of \(path) cannot be made again: \(error)")
        }
    }

    /// - Returns: what healing did, or why it could not; then nothing has changed.
    private func heal(_ path: String) throws -> (HealReport?, reason: String) {
        do {
            let report = try ParityFile.heal(path: path, disk: disk, ledgerID: ledgerID)
            return (report, "the file that its parity covers is another one than the manifest names")
        } catch {
            if let error = error as? StorageError {
                guard error.code == .corrupt else { throw error }
                return (nil, error.reason)
            }
            return (nil, "\(error)")
        }
    }

    /// Takes a file from the mirror.
    private func replace(_ name: String, _ seal: FileSeal, _ reason: String, _ report: inout Report) throws {
        let path = path(name)
        guard let mirror else {
            report.lost.append(
                "\(path) is beyond its parity (\(reason)); name a mirror folder that has it, or restore it from a backup"
            )
            return
        }
        let source = "\(mirror)/\(name)"
        guard disk.exists(source), seal.holds(source, disk: disk, ledgerID: ledgerID) else {
            report.lost.append("\(path) is beyond its parity (\(reason)), and \(source) is not a whole copy of it")
            return
        }
        do {
            try copy(source, to: path, seal)
            report.repaired.append("took \(path) from \(source)")
        } catch {
            report.lost.append("\(path) could not be taken from \(source): \(error)")
        }
    }

    /// Copies a file beside the damaged one, verifies the copy, and renames it over that.
    private func copy(_ source: String, to path: String, _ seal: FileSeal) throws {
        try FileCopy.copy(source, to: path, suffix: ".healed", disk: disk) { _ in
        } check: { copy in
            guard seal.holds(copy, disk: disk, ledgerID: ledgerID) else { throw SegmentStore.differs(copy) }
        }
        try disk.synchronizeDirectory(directory)
        try ParityFile.write(for: path, disk: disk, ledgerID: ledgerID)
    }
}

/// What tells the one right file from any other.
enum FileSeal {
    /// The digest of its footer.
    case entries(Digest)
    case records(SegmentManifest.Records)

    /// Whether a file is the one, in every byte. One read of it, past the kernel's cache.
    func holds(_ path: String, disk: any Disk, ledgerID: Digest) -> Bool {
        do {
            let input = try InputFile(disk: disk, path: path)
            let content = try content(of: input, ledgerID: ledgerID)
            guard let content else { return false }
            while input.position < content.byteCount {
                _ = try input.next(min(1 << 16, content.byteCount - input.position))
            }
            return input.digest == content.digest
        } catch {
            return false
        }
    }

    /// How long the content of the file is and what its digest must be; `nil` when the file has another footer.
    private func content(of input: InputFile, ledgerID: Digest) throws -> (byteCount: Int, digest: Digest)? {
        switch self {
        case .entries(let expected):
            let footer = try EntriesFile.footer(of: input.file, ledgerID: ledgerID)
            guard footer.digest == expected else { return nil }
            return (footer.fileLength - SegmentFooter.byteCount, footer.contentDigest)
        case .records(let expected):
            let footer = try RecordFile.footer(of: input.file, ledgerID: ledgerID)
            guard SegmentManifest.Records(footer) == expected else { return nil }
            return (footer.fileLength - RecordFooter.byteCount, footer.contentDigest)
        }
    }
}

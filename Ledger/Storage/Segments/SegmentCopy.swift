public import LedgerMerkle

/// Copies the segments of a ledger to another folder, and again later only what has changed: what a backup is made of.
///
/// Works beside a writer. Files are copied first, under names that no manifest of the copy speaks of yet; `commit` then puts the
/// manifests in place and removes what none of them names. Until then the copy is what it was.
public struct SegmentCopy {
    /// The segments as they were at one moment.
    public struct Picture {
        let segments: [Segment]
        /// Entries that are sealed.
        public var end: UInt64 { segments.last?.footer.end ?? 0 }
        /// Records that were erased: it grows with each erasure that is carried out.
        public var erased: Int {
            segments.reduce(0) { $1.manifest.records.reduce($0) { $0 + $1.erased } }
        }
    }

    /// Thrown when a file went away while it was to be copied: the store has changed, and must be looked at again.
    public struct Changed: Error {
        public init() {}
    }

    private let disk: any Disk
    private let source: String
    private let target: String
    private let ledgerID: Digest
    private let span: UInt64

    /// - Parameters:
    ///   - source: the folder of a ledger's segments; absent while there are none.
    ///   - target: the folder to copy to; made when absent.
    ///   - height: a complete segment holds 2^height entries.
    public init(disk: any Disk, from source: String, to target: String, ledgerID: Digest, height: Int) {
        self.disk = disk
        self.source = source
        self.target = target
        self.ledgerID = ledgerID
        span = 1 << UInt64(height)
    }

    /// What there is to be copied. Reads manifests and footers.
    ///
    /// - Parameter end: segments that end beyond it are left out; `nil` for all.
    /// - Throws: `Changed`; `StorageError` when a manifest or footer is damaged, or another ledger's.
    public func picture(upTo end: UInt64? = nil) throws -> Picture {
        do {
            let names = disk.exists(source) ? try disk.list(source) : []
            let segments = try SegmentStore.segments(
                names, disk: disk, directory: source, ledgerID: ledgerID, span: span)
            return Picture(segments: segments.filter { segment in end.map { segment.footer.end <= $0 } ?? true })
        } catch let error as DiskError where error.code == .notFound {
            throw Changed()
        }
    }

    /// Copies what the target does not have yet. Each copy is read back past the kernel's cache and held against its parity file.
    ///
    /// - Parameters:
    ///   - again: files that the target has are read again, too, and copied once more where they are damaged.
    ///   - progress: called with the bytes of each write.
    /// - Durability: the copies are durable on return.
    /// - Returns: what is damaged, for the operator: it was so where it came from, and is copied as it is.
    /// - Throws: `Changed`; `DiskError`.
    public func copyFiles(
        _ picture: Picture, again: Bool = false, progress: (Int) throws -> Void = { _ in }
    ) throws -> [String] {
        try disk.makeDirectory(target)
        var damage: [String] = []
        for segment in picture.segments {
            for (name, seal) in segment.seals {
                do {
                    damage += try copy(name, seal, again: again, progress)
                } catch let error as DiskError where error.code == .notFound && !error.path.hasPrefix(target) {
                    throw Changed()
                }
            }
        }
        try disk.synchronizeDirectory(target)
        return damage
    }

    /// Puts the manifests in place, and removes what none of them names.
    ///
    /// - Precondition: `copyFiles` has returned for the same picture.
    /// - Durability: what the copy holds on return is durable.
    public func commit(_ picture: Picture) throws {
        try disk.makeDirectory(target)
        var kept: Set<String> = []
        for segment in picture.segments {
            let path = "\(target)/\(segment.names.manifest)"
            let bytes = segment.manifest.encoded
            if (try? disk.readAll(path, limit: SegmentManifest.byteLimit)) != bytes {
                try disk.replace(path, with: bytes)
            }
            kept.formUnion(segment.fileNames.flatMap { [$0, ParityFile.path(for: $0)] })
        }
        for name in try disk.list(target) where !kept.contains(name) && SegmentStore.isOurs(name) {
            try disk.remove("\(target)/\(name)")
        }
        try disk.synchronizeDirectory(target)
    }

    /// The files that the target lacks, or has with another length.
    public func missing(_ picture: Picture) throws -> [String] {
        try picture.segments.flatMap { segment in
            try segment.seals.compactMap { name, seal in
                let path = "\(target)/\(name)"
                let length =
                    switch seal {
                    case .entries: segment.footer.fileLength
                    case .records(let records): records.fileLength
                    }
                guard disk.exists(path) else { return path }
                return try disk.open(path, readOnly: true, create: false).size() == length ? nil : path
            }
        }
    }

    /// Copies every file of the source's folder, whatever it is worth: for whoever repairs the copy afterwards.
    public func copyBlindly() throws {
        try disk.makeDirectory(target)
        for name in try disk.list(source) where SegmentStore.isOurs(name) {
            try FileCopy.copy("\(source)/\(name)", to: "\(target)/\(name)", disk: disk)
        }
        try disk.synchronizeDirectory(target)
    }

    // MARK: One file

    /// - Returns: what is damaged in it.
    private func copy(
        _ name: String, _ seal: FileSeal, again: Bool, _ progress: (Int) throws -> Void
    ) throws -> [String] {
        let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
        let table = try? OpenParity(for: from, disk: disk, ledgerID: ledgerID).table
        // The same checksum of every stripe: the same file.
        if let table, disk.exists(to), try disk.open(to, readOnly: true, create: false).size() == table.length,
            (try? OpenParity(for: to, disk: disk, ledgerID: ledgerID).table) == table
        {
            guard again, try !damage(of: to).isEmpty else { return [] }
        }
        if table == nil {
            guard disk.exists(from) else { throw Changed() }
            let told = "\(ParityFile.path(for: from)) is missing or damaged"
            // A copy that is whole is not given up for a file that nothing vouches for.
            if seal.holds(to, disk: disk, ledgerID: ledgerID) {
                return ["\(told): the earlier copy of \(name) was kept"]
            }
            try FileCopy.copy(from, to: to, disk: disk, progress: progress)
            return ["\(told): \(name) was copied without it"]
        }
        try FileCopy.copy(from, to: to, disk: disk, progress: progress)
        try FileCopy.copy(
            ParityFile.path(for: from), to: ParityFile.path(for: to), disk: disk, progress: progress)
        return try damage(of: to)
    }

    private func damage(of path: String) throws -> [String] {
        try ParityFile.check(path: path, disk: disk, ledgerID: ledgerID).map {
            "\($0.file), \($0.length) bytes from byte \($0.offset) on"
        }
    }
}

/// Copying single files.
public enum FileCopy {
    private static let step = 1 << 20

    /// Copies a file, or its beginning: written beside the target, synced, then renamed over it. The name is durable after its directory's
    /// sync.
    ///
    /// - Parameters:
    ///   - length: bytes to copy; `nil` for all.
    ///   - suffix: ends the name of the copy while it is made.
    ///   - progress: called with the bytes of each write; what it throws ends the copying.
    ///   - check: called with the path of the finished copy before it takes the target's name; throws when it must not.
    public static func copy(
        _ source: String, to target: String, length: Int? = nil, suffix: String = ".new", disk: any Disk,
        progress: (Int) throws -> Void = { _ in }, check: (String) throws -> Void = { _ in }
    ) throws {
        let input = try disk.open(source, readOnly: true, create: false)
        let beside = target + suffix
        if disk.exists(beside) { try disk.remove(beside) }
        let output = try disk.open(beside, readOnly: false, create: true)
        let size = try min(length ?? .max, input.size())
        for offset in stride(from: 0, to: size, by: step) {
            let bytes = try input.read(count: min(step, size - offset), at: offset)
            try output.write(bytes, at: offset)
            try progress(bytes.count)
        }
        try output.synchronize()
        try check(beside)
        try disk.rename(beside, to: target)
    }

    /// Whether two files begin with the same bytes, or are the same. O(bytes compared).
    ///
    /// - Parameter length: how many bytes to compare; `nil` for all, and then their sizes, too.
    public static func areEqual(_ one: String, _ other: String, length: Int? = nil, disk: any Disk) throws -> Bool {
        let files = try [one, other].map { try disk.open($0, readOnly: true, create: false) }
        let sizes = try files.map { try min(length ?? .max, $0.size()) }
        guard sizes[0] == sizes[1] else { return false }
        for offset in stride(from: 0, to: sizes[0], by: step) {
            let count = min(step, sizes[0] - offset)
            guard try files[0].read(count: count, at: offset) == files[1].read(count: count, at: offset) else {
                return false
            }
        }
        return true
    }
}

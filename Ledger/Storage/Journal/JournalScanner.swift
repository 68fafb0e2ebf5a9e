public import LedgerMerkle

/// Where a frame or an item begins in the journal.
public struct JournalPosition: Hashable, Sendable {
    /// The ordinal of the file, 0 for the first.
    public let file: Int
    /// Bytes from the start of the file.
    public let offset: Int

    public init(file: Int, offset: Int) {
        self.file = file
        self.offset = offset
    }

    /// Both in one word: files of up to 4 GiB.
    public var packed: UInt64 { UInt64(file) << 32 | UInt64(UInt32(truncatingIfNeeded: offset)) }

    public init(packed: UInt64) {
        self.init(file: Int(packed >> 32), offset: Int(packed & 0xffff_ffff))
    }
}

/// One whole batch as the scanner meets it.
public struct ScannedBatch {
    public let header: FrameHeader
    /// The items, checked against the frame's checksum.
    public let body: UnsafeRawBufferPointer
    public let position: JournalPosition

    /// Calls `visit` for each item in order.
    ///
    /// - Returns: false when the items do not fill the body exactly.
    public func forEachItem(_ visit: (JournalItemView, JournalPosition) throws -> Void) rethrows -> Bool {
        var offset = 0
        for _ in 0..<header.count {
            guard let item = JournalItemView(body, at: offset) else { return false }
            let at = position.offset + FrameHeader.byteCount + offset
            try visit(item, JournalPosition(file: position.file, offset: at))
            offset = item.end
        }
        return offset == body.count
    }
}

/// What a scan found at the end of the journal.
public struct JournalTail: Hashable, Sendable {
    /// The file names in order, relative to the journal directory.
    public let files: [String]
    /// Where the next frame goes.
    public let end: JournalPosition
    /// The size of the ledger there.
    public let size: UInt64
    /// Why the bytes after `end` are not a frame; `nil` when nothing but zeros follows.
    public let damage: String?
    /// Whether frames of later batches stand after the damage: then it was whole once, and is not a torn tail.
    public let isFollowedByFrames: Bool
    /// Bytes changed where nothing is stored, in files that another file continues: nothing is lost by them.
    public let harmless: [String]

    /// The same end, with everything after it to be cut.
    public func discarding(_ reason: String) -> JournalTail {
        JournalTail(
            files: Array(files.prefix(end.file + 1)), end: end, size: size, damage: damage ?? reason,
            isFollowedByFrames: isFollowedByFrames, harmless: harmless)
    }
}

/// Reads the journal from its first byte, checking each frame's place and checksum. Reads only.
public struct JournalScanner {
    /// The largest frame body, bytes: a bound on what a damaged length can make us allocate.
    public static let bodyLimit = 32 << 20

    let disk: any Disk
    let directory: String
    let ledgerID: Digest

    public init(disk: any Disk, directory: String, ledgerID: Digest) {
        self.disk = disk
        self.directory = directory
        self.ledgerID = ledgerID
    }

    static func fileName(firstIndex: UInt64) -> String {
        let digits = String(firstIndex)
        return String(repeating: "0", count: 20 - digits.count) + digits + ".journal"
    }

    /// The index of the first entry of a journal file, as its name says it; `nil` when it is not such a name.
    public static func firstIndex(of name: String) -> UInt64? { UInt64(name.prefix(20)) }

    /// The journal files in order of their first index.
    public func files() throws -> [String] {
        try disk.list(directory).filter { $0.hasSuffix(".journal") && $0.utf8.count == 28 }
    }

    /// Visits every whole batch in order.
    ///
    /// - Parameters:
    ///   - sealed: entries below this index are in segments: files that hold no others are passed over.
    ///   - limit: stop when the ledger has reached this size; a reader passes the watermark.
    ///   - fromMedium: sync the last file and read it past the kernel's cache, which may hold what an earlier process wrote and
    ///     failed to sync. Whoever goes on writing needs it; a file was synced before the next one was begun.
    ///   - begin: called with the header of the first file read.
    ///   - visit: called with each batch; its bytes are valid during the call only.
    ///   - progress: called now and then with bytes read and bytes in all.
    /// - Returns: where and why the scan ended. Damage is reported, not judged: only the caller knows the watermark.
    /// - Throws: `StorageError` for a foreign or unreadable file header or a gap between files, `DiskError`, and what `visit` throws.
    public func scan(
        sealed: UInt64 = 0, limit: UInt64? = nil, fromMedium: Bool = false,
        progress: (Int, Int) -> Void = { _, _ in }, begin: (JournalFileHeader) throws -> Void = { _ in },
        visit: (ScannedBatch) throws -> Void
    ) throws -> JournalTail {
        let all = try files()
        let start = all.lastIndex { (JournalScanner.firstIndex(of: $0) ?? .max) <= sealed } ?? 0
        let names = Array(all[min(start, all.count)...])
        var size: UInt64 = 0
        if let name = names.first {
            let header = try readHeader(open(name))
            guard header.firstIndex <= sealed else {
                throw StorageError(
                    .corrupt,
                    "the journal begins at index \(header.firstIndex), \(sealed) entries are sealed before it",
                    remedy: "a journal file or a segment is missing: restore the folder from a copy")
            }
            size = header.firstIndex
            try begin(header)
        } else if sealed > 0 {
            throw StorageError(
                .corrupt, "\(directory) holds no journal file, though \(sealed) entries are sealed",
                remedy: "restore the journal folder from a copy")
        }
        var end = JournalPosition(file: 0, offset: JournalFileHeader.byteCount)
        // One file is open at a time: a long journal has more of them than a process may hold open twice.
        let total = try names.reduce(0) { try $0 + open($1).size() }
        var before = 0
        var harmless: [String] = []
        for (ordinal, name) in names.enumerated() {
            let file = try open(name)
            if fromMedium, ordinal == names.count - 1 {
                try file.synchronize()
                file.dropCache()
            }
            let header = try readHeader(file)
            guard header.firstIndex == size else {
                throw StorageError(
                    .corrupt, "\(file.path) begins at index \(header.firstIndex), the files before it end at \(size)",
                    remedy: "a journal file is missing or damaged: restore the journal folder from a copy")
            }
            let cursor = FileCursor(file: file, length: try file.size())
            var offset = JournalFileHeader.byteCount
            var damage: String?
            while limit.map({ size < $0 }) ?? true {
                switch try cursor.frame(at: offset, size: size) {
                case .whole(let frame, let body):
                    guard offset > JournalFileHeader.byteCount || frame.rootBefore == header.rootBefore else {
                        throw StorageError(
                            .corrupt, "\(file.path): the header and the first batch name different roots before it",
                            remedy: "restore the file from a copy; nothing was changed")
                    }
                    try visit(
                        ScannedBatch(
                            header: frame, body: body, position: JournalPosition(file: ordinal, offset: offset)))
                    size += UInt64(frame.count)
                    offset += frame.frameLength
                    progress(before + offset, total)
                    continue
                case .damaged(let reason): damage = "\(file.path), byte \(offset), index \(size): \(reason)"
                case .end: break
                }
                break
            }
            end = JournalPosition(file: ordinal, offset: offset)
            if let damage {
                if ordinal == names.count - 1 {
                    return JournalTail(
                        files: names, end: end, size: size, damage: damage,
                        isFollowedByFrames: try cursor.laterFrameFollows(damagedAt: offset, size: size),
                        harmless: harmless)
                }
                // Where the next file goes on from here, the damage lies in bytes that were never used.
                guard try readHeader(open(names[ordinal + 1])).firstIndex == size else {
                    throw StorageError(
                        .corrupt, damage, remedy: "later files exist, so this was whole once: restore it from a copy")
                }
                harmless.append(damage)
            }
            if let limit, size >= limit { break }
            before += try file.size()
        }
        return JournalTail(
            files: names, end: end, size: size, damage: nil, isFollowedByFrames: false, harmless: harmless)
    }

    private func open(_ name: String) throws(DiskError) -> any DiskFile {
        try disk.open("\(directory)/\(name)", readOnly: true, create: false)
    }

    private func readHeader(_ file: any DiskFile) throws -> JournalFileHeader {
        let bytes = try file.read(count: JournalFileHeader.byteCount, at: 0)
        guard let header = bytes.withUnsafeBytes({ JournalFileHeader($0) }) else {
            throw StorageError(
                .corrupt, "\(file.path) has no valid journal header",
                remedy: "restore the file from a copy; nothing was changed")
        }
        guard header.ledgerID == ledgerID else {
            throw StorageError(
                .foreignLedger, "\(file.path) belongs to another ledger",
                remedy: "put the journal of this ledger back, or name the right data folder")
        }
        return header
    }
}

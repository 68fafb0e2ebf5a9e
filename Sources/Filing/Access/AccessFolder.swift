import LedgerEngine
import LedgerMerkle
import LedgerStorage

/// The files of the access log: one a day, and the parts of its index.
struct AccessFolder: Sendable {
    static let defaultPartHeight = 16

    let disk: any Disk
    let path: String
    let ledgerID: Digest
    let seal: AccessSeal
    /// A part of the index covers 2^partHeight lines.
    let partHeight: Int

    func name(of day: AccessDay) -> String { "access/\(day).log" }
    func logPath(_ day: AccessDay) -> String { "\(path)/\(day).log" }

    func partPath(_ day: AccessDay, _ number: Int) -> String {
        let digits = String(number)
        return "\(path)/\(day).\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits).index"
    }

    /// Makes the folder, and removes what a crash left half made.
    func prepare() throws {
        if !disk.exists(path) {
            try disk.makeDirectory(path)
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                try disk.synchronizeDirectory(String(path[..<slash]))
            }
        }
        for name in try disk.list(path) where name.hasSuffix(".new") { try disk.remove("\(path)/\(name)") }
    }

    /// The days that have a file, ascending. O(files): reads the whole folder.
    func days() throws -> [AccessDay] {
        guard disk.exists(path) else { return [] }
        return try disk.list(path).compactMap { $0.hasSuffix(".log") ? AccessDay($0.dropLast(4)) : nil }.sorted()
    }

    /// Makes the file of a day.
    ///
    /// - Durability: name and header are durable on return.
    func create(_ day: AccessDay) throws -> any DiskFile {
        try disk.replace(logPath(day), with: AccessFormat.header(ledgerID: ledgerID, day: day))
        return try disk.open(logPath(day), readOnly: false, create: false)
    }

    /// Opens the file of a day, its header checked.
    ///
    /// - Throws: `StorageError` when it is not there or not this day's.
    func open(_ day: AccessDay, readOnly: Bool = true) throws -> (file: any DiskFile, length: Int) {
        guard disk.exists(logPath(day)) else {
            throw StorageError(
                .corrupt, "\(name(of: day)) is missing",
                remedy: "restore it from a copy: the ledger holds the root of that day")
        }
        let file = try disk.open(logPath(day), readOnly: readOnly, create: false)
        let length = try file.size()
        let header = try file.read(count: AccessFormat.headerByteCount, at: 0)
        guard header == AccessFormat.header(ledgerID: ledgerID, day: day) else {
            guard header.count == AccessFormat.headerByteCount, header.starts(with: AccessFormat.magic),
                header[8..<40] != ledgerID.bytes[...]
            else { throw damage(day, 0, "its header is not as it was written") }
            throw StorageError(
                .foreignLedger, "\(name(of: day)) belongs to another ledger",
                remedy: "move it away and put back this ledger's own")
        }
        return (file, length)
    }

    /// A day that is whole in itself, and not what was closed.
    func wrongRoot(_ day: AccessDay) -> StorageError {
        StorageError(
            .corrupt, "\(name(of: day)) does not give the root that the ledger holds",
            remedy: "restore the file from a copy; the ledger's record of that day shows how many lines it had")
    }

    func damage(_ day: AccessDay, _ offset: Int, _ what: String) -> StorageError {
        StorageError(
            .corrupt, "\(name(of: day)) is damaged at byte \(offset): \(what)",
            remedy: """
                restore the file from a copy; if there is none, move it out of access/ and keep it: the lines before that byte can \
                still be read, and the ledger will show that the day is missing
                """)
    }

    /// Where the lines of a file end.
    struct End: Sendable {
        var offset = AccessFormat.headerByteCount
        var count: UInt32 = 0
        /// Behind the end stands what a crash left of a batch that nobody was answered.
        var isTorn = false
        var last: AccessFrame?
    }

    /// Goes through the frames of a day.
    ///
    /// - Parameters:
    ///   - mayBeTorn: the newest day's last batch may be half there.
    ///   - body: is given each frame with its bytes; false ends it.
    /// - Throws: `StorageError` naming file and byte for all other damage.
    func walk(
        _ day: AccessDay, _ file: any DiskFile, length: Int, from start: End = End(), mayBeTorn: Bool = false,
        _ body: (AccessFrame, UnsafeRawBufferPointer) throws -> Bool
    ) throws -> End {
        let cursor = AccessCursor(file: file, length: length)
        var end = start
        while true {
            switch try cursor.step(at: end.offset, index: end.count, batch: end.last?.batch) {
            case .end: return end
            case .damaged:
                guard try mayBeTorn && !cursor.laterBatchFollows(after: end.offset, line: end.count) else {
                    throw damage(day, end.offset, "line \(end.count) is not as it was written")
                }
                end.isTorn = true
                return end
            case .whole(let frame, let bytes):
                guard try body(frame, bytes) else { return end }
                (end.offset, end.count, end.last) = (frame.end, frame.index + 1, frame)
            }
        }
    }

    /// Cuts a file: zeros from an offset to its end.
    func cut(_ file: any DiskFile, at offset: Int, length: Int) throws {
        var position = offset
        while position < length {
            let count = min(1 << 20, length - position)
            try file.write([UInt8](repeating: 0, count: count), at: position)
            position += count
        }
    }

    /// One line, read at its place.
    ///
    /// - Returns: `nil` when the frame of this line does not stand there.
    func line(_ file: any DiskFile, _ day: AccessDay, index: UInt32, at offset: Int) throws -> LoggedAccess? {
        var bytes = try file.read(count: 1024, at: offset)
        if bytes.count == 1024 {
            let sealed = Int(bytes.withUnsafeBytes { $0.bigEndian(UInt32.self, at: 0) })
            let whole = AccessFormat.frameHeadByteCount + sealed + AccessFormat.checksumByteCount
            if whole > 1024, whole <= AccessFormat.mostFrame { bytes = try file.read(count: whole, at: offset) }
        }
        return try bytes.withUnsafeBytes { bytes in
            guard let frame = AccessFrame(bytes, at: offset), frame.index == index else { return nil }
            return try seal.open(UnsafeRawBufferPointer(rebasing: bytes[..<frame.byteCount]), day: day, index: index)
        }
    }
}

extension AccessFolder {
    /// - Parameter path: `access/` in the data folder unless given.
    init(
        _ registrar: Registrar, disk: any Disk, path: String? = nil, partHeight: Int = AccessFolder.defaultPartHeight
    ) {
        let ledger = registrar.ledger.folder
        self.disk = disk
        self.path = path ?? ledger.accessPath
        ledgerID = ledger.ledgerID
        seal = AccessSeal(vault: registrar.vault)
        self.partHeight = partHeight
    }
}

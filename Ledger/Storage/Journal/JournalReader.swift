/// Reads single items by position. Safe to use from several threads at once.
public struct JournalReader: Sendable {
    private let disk: any Disk
    private let directory: String
    /// By the ordinal in a position; `nil` for a file that was let go.
    private var files: [(name: String, file: (any DiskFile)?)] = []

    public init(disk: any Disk, directory: String) {
        self.disk = disk
        self.directory = directory
    }

    /// Opens the files that were not known yet.
    public mutating func open(_ names: [String]) throws(DiskError) {
        for name in names.dropFirst(files.count) {
            files.append((name, try disk.open("\(directory)/\(name)", readOnly: true, create: false)))
        }
    }

    /// A reader of the files of a scan that keeps the descriptors of the first of them that this one has open.
    public func reopened(_ names: [String], keeping count: Int) throws(DiskError) -> JournalReader {
        var reader = JournalReader(disk: disk, directory: directory)
        for name in names.prefix(max(0, count)) {
            guard let known = files.first(where: { $0.name == name && $0.file != nil }) else { break }
            reader.files.append(known)
        }
        try reader.open(names)
        return reader
    }

    /// Names of files whose entries all lie before an index, in order: what can be let go once these are sealed.
    public func names(endingBy index: UInt64) -> [String] {
        zip(files, files.dropFirst()).filter { file, next in
            file.file != nil && JournalScanner.firstIndex(of: next.name).map { $0 <= index } ?? false
        }.map(\.0.name)
    }

    /// The files that are not let go.
    public var openCount: Int { files.count { $0.file != nil } }

    /// The index of the first entry of the first file that is not let go.
    public var firstOpenIndex: UInt64 {
        files.first { $0.file != nil }.flatMap { JournalScanner.firstIndex(of: $0.name) } ?? 0
    }

    /// The index of the first entry of the newest file.
    public var newestFirstIndex: UInt64 { files.last.flatMap { JournalScanner.firstIndex(of: $0.name) } ?? 0 }

    /// Lets files go. Who holds one of their positions gets an error, and finds the entry in a segment.
    public mutating func release(_ names: [String]) {
        for number in files.indices where names.contains(files[number].name) { files[number].file = nil }
    }

    /// Whether the file of a position is still in the journal: another process may have let it go. One call of the system.
    public func isPresent(_ position: JournalPosition) -> Bool {
        files.indices.contains(position.file) && disk.exists("\(directory)/\(files[position.file].name)")
    }

    /// The item at a position.
    ///
    /// - Throws: `StorageError` when no item is there, `DiskError`.
    public func item(at position: JournalPosition) throws -> JournalItem {
        let file = try file(at: position)
        // Most items are smaller than this; a second read fetches a larger one.
        var count = 4096
        let largest = JournalItem.entryLimit + JournalItem.payloadLimit + 1024
        while true {
            let bytes = try file.read(count: count, at: position.offset)
            if let item = bytes.withUnsafeBytes({ JournalItemView($0, at: 0)?.item }) { return item }
            guard count < largest, bytes.count == count else { throw nothing(at: position, in: file.path) }
            count = min(count * 16, largest)
        }
    }

    /// The entry of the item at a position, without keys and payload: one read of 128 bytes, a second one for longer entries.
    ///
    /// - Throws: `StorageError` when no entry is there, `DiskError`.
    public func entry(at position: JournalPosition) throws -> [UInt8] {
        let file = try file(at: position)
        var bytes = try file.read(count: 128, at: position.offset)
        guard bytes.count >= 2 else { throw nothing(at: position, in: file.path) }
        let end = 2 + (Int(bytes[0]) << 8 | Int(bytes[1]))
        if end > bytes.count { bytes = try file.read(count: end, at: position.offset) }
        guard end <= bytes.count else { throw nothing(at: position, in: file.path) }
        return Array(bytes[2..<end])
    }

    /// Bytes from a position on; fewer than asked for at the end of the file.
    func bytes(at position: JournalPosition, count: Int) throws -> [UInt8] {
        try file(at: position).read(count: count, at: position.offset)
    }

    /// What to say where an item should be and none is.
    func nothing(at position: JournalPosition) throws -> StorageError {
        nothing(at: position, in: try file(at: position).path)
    }

    private func file(at position: JournalPosition) throws -> any DiskFile {
        guard files.indices.contains(position.file), position.offset >= 0, let file = files[position.file].file else {
            throw nothing(at: position, in: "journal file \(position.file + 1) of \(files.count)")
        }
        return file
    }

    private func nothing(at position: JournalPosition, in file: String) -> StorageError {
        StorageError(
            .corrupt, "\(file), byte \(position.offset): no item is here",
            remedy: "stop the service and run `tamga audit`")
    }
}

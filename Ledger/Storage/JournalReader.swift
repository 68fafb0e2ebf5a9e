/// Reads single items by position. Safe to use from several threads at once.
public struct JournalReader: Sendable {
    private let disk: any Disk
    private let directory: String
    private var files: [any DiskFile] = []

    public init(disk: any Disk, directory: String) {
        self.disk = disk
        self.directory = directory
    }

    /// Opens the files that were not known yet.
    public mutating func open(_ names: [String]) throws(DiskError) {
        for name in names.dropFirst(files.count) {
            files.append(try disk.open("\(directory)/\(name)", readOnly: true, create: false))
        }
    }

    /// A reader that has only the first files open, to be opened anew from there on.
    public func keeping(first count: Int) -> JournalReader {
        var reader = self
        reader.files.removeLast(max(0, files.count - max(0, count)))
        return reader
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

    private func file(at position: JournalPosition) throws -> any DiskFile {
        guard files.indices.contains(position.file), position.offset >= 0 else {
            throw nothing(at: position, in: "journal file \(position.file + 1) of \(files.count)")
        }
        return files[position.file]
    }

    private func nothing(at position: JournalPosition, in file: String) -> StorageError {
        StorageError(
            .corrupt, "\(file), byte \(position.offset): no item is here",
            remedy: "stop the service and run `tamga audit`")
    }
}

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

    /// The number of files open.
    public var fileCount: Int { files.count }

    /// The item at a position.
    ///
    /// - Throws: `StorageError` when no item is there, `DiskError`.
    public func item(at position: JournalPosition) throws -> JournalItem {
        // Most items are smaller than this; a second read fetches a larger one.
        var count = 4096
        let largest = JournalItem.entryLimit + JournalItem.payloadLimit + 1024
        while true {
            let bytes = try files[position.file].read(count: count, at: position.offset)
            if let item = bytes.withUnsafeBytes({ JournalItemView($0, at: 0)?.item }) { return item }
            guard count < largest, bytes.count == count else {
                throw StorageError(
                    .corrupt, "\(files[position.file].path), byte \(position.offset): no item is here",
                    remedy: "stop the service and run `tamga audit`")
            }
            count = min(count * 16, largest)
        }
    }
}

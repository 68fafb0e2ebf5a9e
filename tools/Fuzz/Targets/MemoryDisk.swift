import LedgerStorage

/// Files in memory, for parsers that read through a disk. Nothing fails.
///
/// `@unchecked`: a run has one thread.
final class MemoryDisk: Disk, @unchecked Sendable {
    private var files: [String: MemoryFile] = [:]

    init(_ files: [String: [UInt8]]) {
        self.files = Dictionary(uniqueKeysWithValues: files.map { ($0, MemoryFile($0, $1)) })
    }

    subscript(path: String) -> [UInt8]? { files[path]?.bytes }

    func open(_ path: String, readOnly: Bool, create: Bool) throws(DiskError) -> any DiskFile {
        if let file = files[path] { return file }
        guard create else {
            throw DiskError(code: .notFound, operation: "open", path: path, reason: "no such file")
        }
        let file = MemoryFile(path, [])
        files[path] = file
        return file
    }

    func list(_ directory: String) throws(DiskError) -> [String] {
        let prefix = directory + "/"
        return files.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    func exists(_ path: String) -> Bool { files[path] != nil }
    func permissions(_ path: String) throws(DiskError) -> UInt32 { 0o600 }
    func makeDirectory(_ path: String) throws(DiskError) {}
    func rename(_ from: String, to: String) throws(DiskError) { files[to] = files.removeValue(forKey: from) }
    func remove(_ path: String) throws(DiskError) { files[path] = nil }
    func synchronizeDirectory(_ path: String) throws(DiskError) {}
}

private final class MemoryFile: DiskFile, @unchecked Sendable {
    let path: String
    var bytes: [UInt8]

    init(_ path: String, _ bytes: [UInt8]) { (self.path, self.bytes) = (path, bytes) }

    func size() throws(DiskError) -> Int { bytes.count }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int {
        require(offset >= 0, "no read begins before the file")
        let part = bytes.dropFirst(offset).prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }

    func write(_ new: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        if bytes.count < offset + new.count {
            bytes += [UInt8](repeating: 0, count: offset + new.count - bytes.count)
        }
        bytes.replaceSubrange(offset..<offset + new.count, with: new)
    }

    func synchronize() throws(DiskError) {}
    func tryLock() throws(DiskError) -> Bool { true }
    func dropCache() {}
}

/// Everything the ledger asks of a file system. The product runs on `PosixDisk`; tests inject faults through their own.
///
/// All paths are absolute or relative to the working directory. Every call may fail with `DiskError`; none traps.
public protocol Disk: Sendable {
    /// Opens a file for reading and, unless `readOnly`, for writing. With `create`, an absent file is made, mode 0600.
    func open(_ path: String, readOnly: Bool, create: Bool) throws(DiskError) -> any DiskFile
    /// The names in a directory, sorted, without "." and "..".
    func list(_ directory: String) throws(DiskError) -> [String]
    func exists(_ path: String) -> Bool
    /// The permission bits of a file.
    func permissions(_ path: String) throws(DiskError) -> UInt32
    /// Makes one directory, mode 0700; an existing one is fine.
    func makeDirectory(_ path: String) throws(DiskError)
    /// Renames over the target; durable only after `synchronizeDirectory`.
    func rename(_ from: String, to: String) throws(DiskError)
    func remove(_ path: String) throws(DiskError)
    /// Makes names in a directory durable (fsync of the directory).
    func synchronizeDirectory(_ path: String) throws(DiskError)
}

/// An open file. Positions and counts are bytes. Closed when the last reference goes.
public protocol DiskFile: AnyObject, Sendable {
    var path: String { get }
    func size() throws(DiskError) -> Int
    /// Reads until `buffer` is full or the file ends; returns the bytes read.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int
    /// Writes all bytes.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError)
    /// fdatasync. After a failure the descriptor must not be used again: the kernel may have dropped the dirty pages.
    func synchronize() throws(DiskError)
    /// Takes the exclusive advisory lock without waiting; false when another process holds it.
    func tryLock() throws(DiskError) -> Bool
    /// Asks the kernel to forget cached pages, so that the next read comes from the medium.
    func dropCache()
}

/// A failed call of the file system.
public struct DiskError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Code: String, Sendable {
        case notFound, full, denied, other
        /// The process or the machine has as many files open as it may.
        case tooManyFiles
    }

    public let code: Code
    public let operation: String
    public let path: String
    /// The system's words, with its number.
    public let reason: String

    public init(code: Code, operation: String, path: String, reason: String) {
        self.code = code
        self.operation = operation
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(operation) \(path): \(reason)" }
}

extension Disk {
    /// The whole of a small file; refused beyond `limit` bytes.
    public func readAll(_ path: String, limit: Int = 1 << 20) throws(DiskError) -> [UInt8] {
        let file = try open(path, readOnly: true, create: false)
        let size = try file.size()
        guard size <= limit else {
            throw DiskError(
                code: .other, operation: "read", path: path, reason: "\(size) bytes, at most \(limit) expected")
        }
        return try file.read(count: size, at: 0)
    }

    /// Replaces a small file as a whole: written beside it, synced, renamed, directory synced.
    public func replace(_ path: String, with bytes: [UInt8]) throws(DiskError) {
        let temporary = path + ".new"
        if exists(temporary) { try remove(temporary) }
        let file = try open(temporary, readOnly: false, create: true)
        try file.write(bytes, at: 0)
        try file.synchronize()
        try rename(temporary, to: path)
        try synchronizeDirectory(directory(of: path))
    }

    private func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

extension DiskFile {
    /// Up to `count` bytes from `offset`; fewer only at the end of the file.
    public func read(count: Int, at offset: Int) throws(DiskError) -> [UInt8] {
        var failure: DiskError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(DiskError) {
                initialized = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    public func write(_ bytes: [UInt8], at offset: Int) throws(DiskError) {
        try bytes.withUnsafeBufferPointer { (buffer) throws(DiskError) in
            try write(UnsafeRawBufferPointer(buffer), at: offset)
        }
    }
}

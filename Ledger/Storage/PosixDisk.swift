import Glibc

/// The real file system. This file is the only caller of the C library's file functions in the ledger core.
public struct PosixDisk: Disk {
    public init() {}

    public func open(_ path: String, readOnly: Bool, create: Bool) throws(DiskError) -> any DiskFile {
        let flags = (readOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC | (create ? O_CREAT : 0)
        let descriptor = retrying { Glibc.open(path, flags, mode_t(0o600)) }
        guard descriptor >= 0 else { throw .last("open", path) }
        return PosixFile(path: path, descriptor: descriptor)
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        guard let stream = opendir(directory) else { throw .last("list", directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    public func permissions(_ path: String) throws(DiskError) -> UInt32 {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .last("stat", path) }
        return status.st_mode & 0o7777
    }

    public func makeDirectory(_ path: String) throws(DiskError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last("make directory", path) }
    }

    public func rename(_ from: String, to: String) throws(DiskError) {
        guard Glibc.rename(from, to) == 0 else { throw .last("rename", from) }
    }

    public func remove(_ path: String) throws(DiskError) {
        guard unlink(path) == 0 else { throw .last("remove", path) }
    }

    public func synchronizeDirectory(_ path: String) throws(DiskError) {
        let descriptor = retrying { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { close(descriptor) }
        guard retrying({ fsync(descriptor) }) == 0 else { throw .last("sync", path) }
    }
}

/// An open descriptor. Safe to share: pread and pwrite carry their own position, and the descriptor never changes.
private final class PosixFile: DiskFile {
    let path: String
    private let descriptor: Int32

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    func size() throws(DiskError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last("stat", path) }
        return Int(status.st_size)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw .last("read", path)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, base + done, bytes.count - done, off_t(offset + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw .last("write", path)
            }
            done += count
        }
    }

    func synchronize() throws(DiskError) {
        // EINTR is not retried: after any failed sync the descriptor is given up.
        guard fdatasync(descriptor) == 0 else { throw .last("sync", path) }
    }

    func tryLock() throws(DiskError) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK { return false }
        throw .last("lock", path)
    }

    func dropCache() {
        // Advice only: where the kernel ignores it, the read is served from its cache as before.
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    }
}

private func retrying(_ call: () -> Int32) -> Int32 {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}

extension DiskError {
    fileprivate static func last(_ operation: String, _ path: String) -> DiskError {
        let number = errno
        return DiskError(
            code: code(of: number), operation: operation, path: path,
            reason: "\(String(cString: strerror(number))) (errno \(number))")
    }

    /// The kind of a failure by its number in `errno`.
    static func code(of number: Int32) -> Code {
        switch number {
        case ENOENT: .notFound
        case ENOSPC, EDQUOT: .full
        case EACCES, EPERM, EROFS: .denied
        case EMFILE, ENFILE: .tooManyFiles
        default: .other
        }
    }
}

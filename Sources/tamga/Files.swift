import Catalogue
import Glibc
import LedgerMerkle
import LedgerStorage

/// Files that a person names on the command line.
enum Files {
    /// The whole of a file, or of standard input for `-`.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        if path == "-" { return try readDescriptor(0, name: "standard input", limit: limit) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        return try readDescriptor(descriptor, name: path, limit: limit)
    }

    /// The first bytes of a file, or of standard input for `-`.
    static func read(_ path: String, atMost limit: Int) throws -> [UInt8] {
        let descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < limit {
            let count = Glibc.read(descriptor, &part, min(part.count, limit - bytes.count))
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { break }
            bytes += part[0..<count]
        }
        return bytes
    }

    private static func readDescriptor(_ descriptor: Int32, name: String, limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            guard count >= 0 else { throw unreadable(name) }
            if count == 0 { return bytes }
            bytes += part[0..<count]
            guard bytes.count <= limit else { throw Problem.fileTooLarge(["path": name, "limit": String(limit)]) }
        }
    }

    /// The SHA-256 of a file of any size, read in parts.
    static func digest(_ path: String) throws -> Digest {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var hash = SHA256()
        var part = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { return hash.finalize() }
            hash.update(part[0..<count])
        }
    }

    /// The length of a file, bytes.
    static func size(_ path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw unreadable(path) }
        return Int(status.st_size)
    }

    /// Writes a new file as a whole: under another name first, so that a full disk leaves no half of one.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let temporary = "\(path).\(UInt64.random(in: 0...UInt64.max)).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else {
                let failure = unreadable(path)
                unlink(temporary)
                throw failure
            }
            written += max(0, count)
        }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
            let failure = unreadable(path)
            unlink(temporary)
            throw failure
        }
    }

    private static func unreadable(_ path: String) -> Failure {
        Problem.fileUnreadable(["path": path, "reason": String(cString: strerror(errno))])
    }

    /// The path from the root: what is written into a configuration must not depend on where a command was called.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return String(cString: current) + "/" + path
    }

    /// Makes a directory with all that lead to it.
    static func makeDirectories(_ path: String) throws {
        var partial = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/") {
            partial += name + "/"
            if mkdir(partial, 0o700) != 0, errno != EEXIST { throw unreadable(partial) }
        }
    }
}

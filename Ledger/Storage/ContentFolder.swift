public import LedgerMerkle

/// Files that are named by the SHA-256 of their content and never change: each is there once, however often it is kept.
public struct ContentFolder: Sendable {
    /// The most bytes of one file.
    public static let sizeLimit = 64 << 20

    public let path: String
    private let disk: any Disk

    public init(path: String, disk: any Disk = PosixDisk()) {
        self.path = path
        self.disk = disk
    }

    /// What is there, in order; nothing where the folder is absent. Files that bear no digest are passed over.
    public func digests() throws(DiskError) -> [Digest] {
        guard disk.exists(path) else { return [] }
        return try disk.list(path).compactMap(Self.digest(of:))
    }

    public func contains(_ digest: Digest) -> Bool { disk.exists(file(of: digest)) }

    /// Whether the file of a digest is there and holds just these bytes. Reads all of it, and hashes nothing.
    public func holds(_ bytes: [UInt8], as digest: Digest) -> Bool {
        (try? disk.readAll(file(of: digest), limit: Self.sizeLimit)) == bytes
    }

    /// Where the content of a digest lies, or would.
    public func file(of digest: Digest) -> String { "\(path)/\(digest)" }

    /// Whether a file's name is one that stands here.
    public static func isName(_ name: String) -> Bool { digest(of: name) != nil }

    private static func digest(of name: String) -> Digest? {
        guard let digest = Digest(hexadecimal: name), digest.description == name else { return nil }
        return digest
    }

    /// The content of a digest.
    ///
    /// - Throws: `StorageError.corrupt` when the file is another; `DiskError`, `notFound` when there is none.
    public func bytes(of digest: Digest) throws -> [UInt8] {
        let bytes = try disk.readAll(file(of: digest), limit: Self.sizeLimit)
        guard SHA256.hash(bytes) == digest else {
            throw StorageError(
                .corrupt, "\(file(of: digest)) is not what its name says",
                remedy: "put the file back from a backup, or from where the certificates' issuer keeps old lists")
        }
        return bytes
    }

    /// Keeps content under its digest. One call at a time.
    ///
    /// - Parameter digest: its SHA-256.
    /// - Durability: on disk when this returns; a crash leaves the whole file or none of its name.
    public func keep(_ bytes: [UInt8], as digest: Digest) throws(DiskError) {
        guard bytes.count <= Self.sizeLimit else {
            throw DiskError(
                code: .other, operation: "keep", path: file(of: digest),
                reason: "\(bytes.count) bytes, at most \(Self.sizeLimit) are kept")
        }
        if !disk.exists(path) {
            try disk.makeDirectory(path)
            try disk.synchronizeDirectory(parent)
        }
        try disk.replace(file(of: digest), with: bytes)
    }

    private var parent: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

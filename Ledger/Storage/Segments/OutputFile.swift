import LedgerMerkle

/// A new file that is written from its start to its end, hashed on the way.
final class OutputFile {
    private static let bufferByteCount = 256 << 10

    private let file: any DiskFile
    private var buffer: [UInt8] = []
    private var flushed = 0
    private var hash = SHA256()
    private let sum = RunningChecksum()
    /// Called with the bytes of each write: whoever writes in the background takes its time here.
    private let pace: (Int) throws -> Void

    /// Begins a file; what a broken off attempt left under the name is removed.
    init(disk: any Disk, path: String, pace: @escaping (Int) throws -> Void) throws(DiskError) {
        if disk.exists(path) { try disk.remove(path) }
        file = try disk.open(path, readOnly: false, create: true)
        self.pace = pace
        buffer.reserveCapacity(OutputFile.bufferByteCount + 64 << 10)
    }

    /// Bytes appended so far.
    var position: Int { flushed + buffer.count }

    func append(_ bytes: [UInt8]) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= OutputFile.bufferByteCount { try flush() }
    }

    /// SHA-256 over everything appended so far.
    var digest: Digest {
        var copy = hash
        copy.update(buffer)
        return copy.finalize()
    }

    /// XXH3-64 over everything that was flushed: the whole file, once it is finished.
    var checksum: UInt64 { sum.value }

    /// - Durability: the content is on disk on return; the name is after the directory's sync.
    func finish() throws {
        try flush()
        try file.synchronize()
        file.dropCache()
    }

    private func flush() throws {
        guard !buffer.isEmpty else { return }
        try file.write(buffer, at: flushed)
        hash.update(buffer)
        buffer.withUnsafeBytes { sum.update($0) }
        flushed += buffer.count
        try pace(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }
}

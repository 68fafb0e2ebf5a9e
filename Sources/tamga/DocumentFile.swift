import Catalogue
import Glibc
import LedgerMerkle

/// A file that is read piece by piece.
struct FileParts: AsyncSequence {
    let path: String

    struct Iterator: AsyncIteratorProtocol {
        let reader: FileReader

        mutating func next() async throws -> [UInt8]? { try reader.next() }
    }

    func makeAsyncIterator() -> Iterator { Iterator(reader: FileReader(path)) }
}

/// Opens a file with its first piece, and closes it when it is let go.
final class FileReader {
    private static let pieceLimit = 1 << 18

    private let path: String
    private var descriptor: Int32 = -1

    init(_ path: String) { self.path = path }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// `nil` at the end.
    func next() throws -> [UInt8]? {
        if descriptor < 0 { descriptor = open(path, O_RDONLY | O_CLOEXEC) }
        var piece = [UInt8](repeating: 0, count: FileReader.pieceLimit)
        let count = descriptor < 0 ? -1 : read(descriptor, &piece, piece.count)
        guard count >= 0 else {
            throw Problem.fileUnreadable(["path": path, "reason": String(cString: strerror(errno))])
        }
        return count == 0 ? nil : Array(piece.prefix(count))
    }
}

/// A new file that is written piece by piece, and gets its name when it is whole.
final class FileWriter {
    private let path: String
    private let temporary: String
    private let descriptor: Int32
    private var hash = SHA256()
    private var isFinished = false

    init(_ path: String) throws {
        self.path = path
        temporary = "\(path).\(UInt64.random(in: 0...UInt64.max)).new"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if descriptor >= 0, !isFinished { unlink(temporary) }
    }

    private func failure() -> Failure {
        Problem.fileUnreadable(["path": path, "reason": String(cString: strerror(errno))])
    }

    func write(_ bytes: ArraySlice<UInt8>) throws {
        try bytes.withUnsafeBytes { bytes in
            hash.update(bytes)
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
                guard count > 0 || errno == EINTR else { throw failure() }
                written += Swift.max(0, count)
            }
        }
    }

    /// - Throws: when the bytes are not those of a digest: then nothing is left.
    func finish(_ digest: Digest) throws {
        guard hash.finalize() == digest else { throw Problem.documentDiffers() }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw failure() }
        isFinished = true
    }
}

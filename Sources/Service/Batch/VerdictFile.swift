import CanonicalJSON
import Catalogue
import Glibc
import LedgerMerkle

/// The verdicts of a batch as they are kept beside it: whoever is interrupted goes on where the file ends.
///
/// The first line names the batch, by a random number that every row's Idempotency-Key begins with. The others are verdicts, with the
/// digest of the row that they are about.
struct VerdictFile {
    /// What is known of a row.
    struct Known {
        let digest: String
        let verdict: BatchVerdict.Outcome
        /// The key it was sent with.
        let key: String?
    }

    let path: String
    /// 32 hexadecimal digits.
    let batch: String
    private(set) var known: [UInt64: Known] = [:]
    private let descriptor: Int32

    /// Opens the file of a batch that was begun, or begins one.
    ///
    /// - Parameters:
    ///   - random: 16 bytes, for a new batch.
    ///   - input: the batch's own file, which must not be this one.
    /// - Throws: `file-unreadable`, `batch-verdicts-foreign` for a file that is none.
    init(path: String, random: [UInt8], input: Int32) throws(Failure) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw VerdictFile.unreadable(path) }
        // Two at once would send with the same keys and write over each other.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw Problem.batchVerdictsInUse(["path": path])
        }
        guard !VerdictFile.isSame(descriptor, input) else { throw Problem.batchVerdictsInput(["path": path]) }
        let (lines, rest, length) = try VerdictFile.lines(descriptor, path)
        guard let first = lines.first else {
            // What is there may be the beginning of a first line, and nothing else.
            let begun = Array("{\"batch\":\"".utf8)
            guard rest.prefix(begun.count).elementsEqual(begun.prefix(rest.count)) else {
                throw Problem.batchVerdictsForeign(["path": path])
            }
            batch = hexadecimal(random)
            guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
                throw VerdictFile.unreadable(path)
            }
            try append(JSONValue.object(["batch": .string(batch)]).bytes + [0x0a])
            // Before a row is sent: with another number after a power cut all rows would be other rows.
            try synchronize()
            try VerdictFile.synchronizeFolder(of: path)
            return
        }
        guard let batch = (try? JSONValue(parsing: first))?["batch"]?.string, batch.utf8.count == 32 else {
            throw Problem.batchVerdictsForeign(["path": path])
        }
        self.batch = batch
        for line in lines.dropFirst() {
            guard let object = try? JSONValue(parsing: line), let row = object["row"]?.integer,
                let digest = object["sha256"]?.string,
                let verdict = object["verdict"]?.string.flatMap({ BatchVerdict.Outcome(rawValue: $0) })
            else { throw Problem.batchVerdictsForeign(["path": path]) }
            known[UInt64(row)] = Known(
                digest: digest, verdict: verdict, key: object["idempotencyKey"]?.string)
        }
        // A line that was being written when the power went is written again.
        guard ftruncate(descriptor, off_t(length)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
            throw VerdictFile.unreadable(path)
        }
    }

    /// Adds verdicts, each with its line feed.
    func append(_ lines: [UInt8]) throws(Failure) {
        var written = 0
        while written < lines.count {
            let count = lines[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { throw VerdictFile.unreadable(path) }
            written += max(0, count)
        }
    }

    /// Ends the work on it.
    ///
    /// - Durability: the verdicts are on disk when this returns.
    func finish() throws(Failure) {
        defer { close(descriptor) }
        try synchronize()
    }

    private func synchronize() throws(Failure) {
        guard fsync(descriptor) == 0 else { throw VerdictFile.unreadable(path) }
    }

    private static func synchronizeFolder(of path: String) throws(Failure) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw unreadable(folder) }
    }

    private static func isSame(_ one: Int32, _ other: Int32) -> Bool {
        var (first, second) = (stat(), stat())
        guard fstat(one, &first) == 0, fstat(other, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    /// The whole lines, what stands behind them, and how many bytes the lines take.
    private static func lines(
        _ descriptor: Int32, _ path: String
    ) throws(Failure) -> (lines: [[UInt8]], rest: [UInt8], length: Int) {
        var splitter = LineSplitter(limit: 1 << 20)
        var lines: [[UInt8]] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        var length = 0
        while true {
            let count = read(descriptor, &part, part.count)
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 {
                guard case .whole(let rest)? = splitter.finish() else { return (lines, [], length) }
                return (lines, rest, length)
            }
            for line in splitter.feed(Array(part[0..<count])) {
                // Ours have no carriage return, which the splitter would have taken away.
                guard case .whole(let bytes) = line, bytes.last == UInt8(ascii: "}") else {
                    throw Problem.batchVerdictsForeign(["path": path])
                }
                lines.append(bytes)
                length += bytes.count + 1
            }
        }
    }

    private static func unreadable(_ path: String) -> Failure {
        Problem.fileUnreadable(["path": path, "reason": String(cString: strerror(errno))])
    }
}

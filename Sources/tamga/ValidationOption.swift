import ArgumentParser
import Catalogue
import Deeds
import Glibc
import LedgerMerkle
import LedgerStorage

/// CRLs and OCSP responses that a reader was given beside the evidence.
struct ValidationOption: ParsableArguments {
    /// The most files that are looked at.
    private static let countLimit = 10_000

    @Option(
        help:
            "A CRL or OCSP response that the evidence names and does not carry, DER, or a folder of such; may be given several times."
    )
    var validation: [String] = []

    /// Reads every digest; the content of one that is needed is read again.
    ///
    /// - Throws: `file-unreadable`, `file-too-large`.
    func files() throws -> ValidationFiles {
        var paths: [Digest: String] = [:]
        for path in validation {
            for file in try Self.files(at: path) {
                guard paths.count < Self.countLimit else {
                    throw Problem.fileTooLarge(["path": path, "limit": "\(Self.countLimit) files"])
                }
                paths[try Files.digest(file)] = file
            }
        }
        let known = paths
        return ValidationFiles { digest in
            known[digest].flatMap { try? Files.read($0, limit: ContentFolder.sizeLimit) }
        }
    }

    private static func files(at path: String) throws -> [String] {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [path] }
        do {
            return try PosixDisk().list(path).filter { !$0.hasPrefix(".") }.map { "\(path)/\($0)" }.filter { file in
                var status = stat()
                return stat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            }
        } catch {
            throw Problem.fileUnreadable(["path": path, "reason": "\(error)"])
        }
    }
}

import CanonicalJSON
import Catalogue
import Glibc

/// The verdicts of an import as a CSV file, which only its owner may read: access codes stand in it.
final class VerdictTable {
    private static let head =
        "\u{feff}row,verdict,number,accessCode,code,column,mn,en,doMn,doEn\r\n"

    private let path: String
    private let descriptor: Int32

    /// - Throws: `file-unreadable`.
    init(path: String) throws(Failure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        // One that was there may have been open to others.
        guard descriptor >= 0, fchmod(descriptor, 0o600) == 0 else { throw VerdictTable.failed(path) }
        try write(VerdictTable.head)
    }

    deinit { close(descriptor) }

    func append(_ verdict: JSONValue, row: Int) throws(Failure) {
        let cells = [
            String(row), verdict["verdict"]?.string, verdict["number"]?.string, verdict["accessCode"]?.string,
            verdict["code"]?.string, verdict["column"]?.string, verdict["title"]?["mn"]?.string,
            verdict["title"]?["en"]?.string, verdict["detail"]?["mn"]?.string, verdict["detail"]?["en"]?.string,
        ]
        try write(cells.map { VerdictTable.cell($0 ?? "") }.joined(separator: ",") + "\r\n")
    }

    /// - Durability: the verdicts are on disk when this returns.
    func finish() throws(Failure) {
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else { throw VerdictTable.failed(path) }
    }

    /// A cell, quoted where it must be; one that a spreadsheet would take for a formula begins with an apostrophe.
    static func cell(_ text: String) -> String {
        var text = text
        if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) { text = "'" + text }
        let isPlain = !text.unicodeScalars.contains { [",", "\"", "\r", "\n"].contains($0) }
        return isPlain ? text : "\"\(text.replacing("\"", with: "\"\""))\""
    }

    private func write(_ text: String) throws(Failure) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { throw VerdictTable.failed(path) }
            written += max(0, count)
        }
    }

    private static func failed(_ path: String) -> Failure {
        Problem.fileUnreadable(["path": path, "reason": String(cString: strerror(errno))])
    }
}

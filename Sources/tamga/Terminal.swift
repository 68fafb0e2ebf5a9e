import ArgumentParser
import Glibc
import LedgerStorage

/// What a person sees beside the answers: complaints and progress, both on standard error.
enum Terminal {
    /// One complaint.
    static func complain(_ text: String) {
        write("tamga: \(text)\n")
    }

    /// Says why the files cannot be used in the error's own words: it is a copy that is spoken of, not the ledger.
    static func plainly<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as StorageError {
            complain("\(error)")
            throw ExitCode(1)
        }
    }

    static func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
    }

    /// Whether standard error is a terminal.
    static var isInteractive: Bool { isatty(2) == 1 }

    /// A bar that redraws itself when its per cent changes; nothing where nobody watches.
    static func progress(_ label: String) -> (Int, Int) -> Void {
        guard isInteractive else { return { _, _ in } }
        var shown = -1
        return { done, total in
            let percent = total > 0 ? min(100, done * 100 / total) : 100
            guard percent != shown, total > 8 << 20 || shown >= 0 else { return }
            shown = percent
            let filled = percent * 30 / 100
            let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
            write("\r\(label) [\(bar)] \(percent) %" + (percent == 100 ? "\r\u{1b}[K" : ""))
        }
    }
}

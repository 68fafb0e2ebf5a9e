import CanonicalJSON
import Catalogue
import LedgerMerkle
import Synchronization

/// The bytes of an import, piece by piece.
final class ImportSource: Sendable {
    /// The most rows of one import.
    static let rowLimit = 50_000
    /// The most bytes of it, unpacked.
    static let byteLimit = 64 << 20
    private static let piece = 1 << 16

    private struct State {
        let bytes: [UInt8]
        var position = 0
        let gzip: GzipReader?
        var unpacked = 0
        var rows = 0
    }

    private let state: Mutex<State>

    /// - Parameter bytes: newline-delimited JSON, plain or gzip.
    /// - Throws: `import-empty`.
    init(_ bytes: [UInt8]) throws {
        guard bytes.contains(where: { $0 > 0x20 }) else { throw Problem.importEmpty() }
        let gzip = bytes.starts(with: [0x1f, 0x8b]) ? try GzipReader() : nil
        gzip?.feed(bytes)
        state = Mutex(State(bytes: gzip == nil ? bytes : [], gzip: gzip))
    }

    /// The next bytes; `nil` after the last.
    ///
    /// - Throws: `import-too-long`, or what is wrong with the gzip. What came before is filed.
    func next() throws -> [UInt8]? {
        try state.withLock { state -> [UInt8]? in
            var piece: [UInt8]?
            if let gzip = state.gzip {
                piece = try gzip.next()
                if piece == nil, !gzip.isWhole { throw GzipReader.Damaged(reason: "it breaks off") }
            } else if state.position < state.bytes.count {
                let end = min(state.bytes.count, state.position + ImportSource.piece)
                piece = Array(state.bytes[state.position..<end])
                state.position = end
            }
            guard var piece else { return nil }
            let isFirst = state.unpacked == 0
            state.unpacked += piece.count
            state.rows += piece.count { $0 == 0x0a }
            guard state.unpacked <= ImportSource.byteLimit, state.rows <= ImportSource.rowLimit else {
                throw Problem.importTooLong(["rows": String(ImportSource.rowLimit)])
            }
            if isFirst, piece.starts(with: [0xef, 0xbb, 0xbf]) { piece.removeFirst(3) }
            return piece
        }
    }
}

/// Keys for the rows of an import that have none: of the import's name, the row's content and how often it stood before. Sent again,
/// nothing is filed twice.
final class ImportKeys: Sendable {
    private let name: String
    private let seen = Mutex<[Digest: Int]>([:])

    /// - Parameter name: of the import, 1…200 bytes.
    /// - Throws: `console-field-invalid`.
    init(name: String) throws(Failure) {
        guard !name.isEmpty, name.utf8.count <= 200 else {
            throw Problem.consoleFieldInvalid([
                "field": "name", "value": name.isEmpty ? "–" : name, "form": "2026-11-22 15:04",
            ])
        }
        self.name = String(SHA256.hash(Array("console import\n\(name)".utf8)).description.prefix(16))
    }

    func next(_ row: [UInt8]) -> String {
        let digest = SHA256.hash(row)
        let count = seen.withLock { seen -> Int in
            let count = seen[digest, default: 0]
            seen[digest] = count + 1
            return count
        }
        return "\(name)-\(digest.description.prefix(24))-\(count)"
    }
}

/// Which merchants have an import under way: one each.
final class ImportTurns: Sendable {
    private let merchants = Mutex<Set<String>>([])

    /// - Returns: false when the merchant has one under way.
    func begin(_ tin: String) -> Bool { merchants.withLock { $0.insert(tin).inserted } }

    func end(_ tin: String) { merchants.withLock { _ = $0.remove(tin) } }
}

/// A turn that ends also when the answer is never written.
final class ImportTurn: Sendable {
    private let tin: String
    private let turns: ImportTurns
    private let isOver = Atomic(false)

    init(_ tin: String, _ turns: ImportTurns) {
        self.tin = tin
        self.turns = turns
    }

    func end() {
        if !isOver.exchange(true, ordering: .relaxed) { turns.end(tin) }
    }

    deinit { end() }
}

/// The verdicts of an import that a page shows, and their totals.
struct ShownVerdicts: Sendable {
    private let limit: Int
    private(set) var wrong: [JSONValue] = []
    private(set) var good: [JSONValue] = []
    private(set) var totals = JSONValue.null

    init(limit: Int) { self.limit = limit }

    /// Takes whole lines of verdicts.
    mutating func take(_ lines: [UInt8]) {
        for line in lines.split(separator: 0x0a) {
            // The first members say what it is: no more is read of rows beyond the limit.
            let isGood =
                line.starts(with: ShownVerdicts.start(line, "filed"))
                || line.starts(with: ShownVerdicts.start(line, "repeated"))
            let isTotal = line.starts(with: Array("{\"end\":".utf8))
            guard isTotal || (isGood ? good.count : wrong.count) < limit,
                let verdict = try? JSONValue(parsing: Array(line))
            else { continue }
            if isTotal { totals = verdict } else if isGood { good.append(verdict) } else { wrong.append(verdict) }
        }
    }

    /// `{"row":N,"verdict":"CODE"` with the row's own number.
    private static func start(_ line: ArraySlice<UInt8>, _ code: String) -> [UInt8] {
        let number = line.dropFirst(7).prefix { (0x30...0x39).contains($0) }
        return Array("{\"row\":".utf8) + number + Array(",\"verdict\":\"\(code)\"".utf8)
    }
}

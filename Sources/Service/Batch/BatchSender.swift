import CanonicalJSON
public import Catalogue
import Filing
import Glibc
import LedgerMerkle

/// Takes rows to a ledger, wherever it is.
public protocol BatchCarrier: Sendable {
    /// Sends rows, and gives the lines of verdicts (FORMATS.md, "Batches of receipts").
    func send(_ rows: [UInt8]) async throws -> [UInt8]
}

/// Sends a file of receipts, so that it may be interrupted at any moment and called again: no row is filed twice, none is left out.
///
/// Every row gets an Idempotency-Key, unless it has one: the batch's number, the digest of the row, and how many equal rows were before it.
public struct BatchSender {
    /// What became of the rows, over all calls.
    public struct Summary: Sendable {
        public fileprivate(set) var filed = 0
        public fileprivate(set) var repeated = 0
        /// Rows that have to be mended.
        public fileprivate(set) var refused = 0
        /// Rows that have to be sent again.
        public fileprivate(set) var failed = 0
        /// Rows for which verdicts were known from an earlier call.
        public fileprivate(set) var skipped = 0
        /// The first refusals and failures: row, and what is wrong.
        public fileprivate(set) var complaints: [String] = []

        public var rows: Int { filed + repeated + refused + failed + skipped }
    }

    /// Rows, and bytes, that are sent at once: verdicts for them fit into the answer before the last row is read.
    static let rowLimit = 500
    static let byteLimit = 4 << 20

    private struct Waiting {
        let number: UInt64
        let digest: String
        let line: [UInt8]
    }

    private let input: Int32
    private let inputPath: String
    private let carrier: any BatchCarrier
    private let verdicts: VerdictFile
    private var waiting: [Waiting] = []
    private var waitingBytes = 0
    /// Keys of rows that are filed, or were sent in this call.
    private var taken: Set<String> = []
    private var summary = Summary()

    /// - Parameters:
    ///   - path: the file of rows.
    ///   - verdictsPath: where verdicts are kept; a file of an earlier call is gone on with.
    /// - Throws: `file-unreadable`, `batch-verdicts-foreign`, `batch-verdicts-in-use`, `batch-verdicts-input`.
    public init(_ path: String, verdictsPath: String, carrier: any BatchCarrier) throws(Failure) {
        self.carrier = carrier
        inputPath = path
        input = open(path, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw BatchSender.unreadable(path) }
        verdicts = try VerdictFile(path: verdictsPath, random: randomBytes(16), input: input)
        for known in verdicts.known.values where known.verdict == .filed || known.verdict == .repeated {
            if let key = known.key { taken.insert(key) }
        }
    }

    /// Sends the file. May be called once.
    ///
    /// - Parameter progress: told how many bytes of how many are done.
    /// - Throws: `file-unreadable`; `batch-row-changed` when a row that was filed is another one by now; what the carrier throws. Call
    ///   it again to go on, with another sender.
    public consuming func send(progress: (Int, Int) -> Void) async throws -> Summary {
        defer { close(input) }
        var information = stat()
        let length = fstat(input, &information) == 0 ? Int(information.st_size) : 0
        var splitter = LineSplitter(limit: BatchRow.lengthLimit)
        var part = [UInt8](repeating: 0, count: 1 << 18)
        var (number, done) = (UInt64(0), 0)
        while true {
            let count = read(input, &part, part.count)
            guard count >= 0 else { throw BatchSender.unreadable(inputPath) }
            let lines = count == 0 ? [splitter.finish()].compactMap { $0 } : splitter.feed(Array(part[0..<count]))
            for line in lines {
                number += 1
                try await add(line, number)
            }
            done += count
            progress(done, max(length, done))
            if count == 0 { break }
        }
        try await flush()
        try verdicts.finish()
        return summary
    }

    private mutating func add(_ line: LineSplitter.Line, _ number: UInt64) async throws {
        // A row too long to be one goes as it is: what the ledger says to it is its verdict.
        let bytes: [UInt8] = if case .whole(let bytes) = line { bytes } else { Array("\"too long\"".utf8) }
        guard !bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { return }
        let digest = String(SHA256.hash(bytes).description.prefix(32))
        if let known = verdicts.known[number] {
            switch (known.verdict, known.digest == digest) {
            case (.filed, true), (.repeated, true):
                summary.skipped += 1
                return
            case (.filed, false), (.repeated, false):
                throw Problem.batchRowChanged(["row": String(number), "path": verdicts.path])
            case (.refused, _), (.failed, _): break
            }
        }
        // Equal rows are as many sales: each gets a number of its own, also one that was mended to equal another.
        var count = 0
        while taken.contains("\(verdicts.batch)-\(digest)-\(count)") { count += 1 }
        let key = "\(verdicts.batch)-\(digest)-\(count)"
        taken.insert(key)
        let row = BatchSender.keyed(bytes, key)
        if waiting.count == BatchSender.rowLimit || waitingBytes + row.count > BatchSender.byteLimit {
            try await flush()
        }
        waiting.append(Waiting(number: number, digest: digest, line: row))
        waitingBytes += row.count + 1
    }

    /// The row in an envelope with a key, unless it has one.
    static func keyed(_ row: [UInt8], _ key: String) -> [UInt8] {
        let limits = JSONLimits(bytes: BatchRow.lengthLimit, depth: 32)
        if var object = (try? JSONValue(parsing: row, limits: limits))?.object,
            object["receipt"] != nil || object["return"] != nil
        {
            guard object["idempotencyKey"] == nil else { return row }
            object["idempotencyKey"] = .string(key)
            return JSONValue.object(object).bytes
        }
        return Array("{\"idempotencyKey\":\"\(key)\",\"receipt\":".utf8) + row + [UInt8(ascii: "}")]
    }

    private mutating func flush() async throws {
        guard !waiting.isEmpty else { return }
        var rows: [UInt8] = []
        rows.reserveCapacity(waitingBytes)
        for row in waiting {
            rows += row.line
            rows.append(0x0a)
        }
        let answer = try await carrier.send(rows)
        var lines: [UInt8] = []
        var answered = 0
        var isComplete = false
        for line in answer.split(separator: 0x0a) {
            guard var verdict = (try? JSONValue(parsing: Array(line)))?.object else { throw Problem.serviceSilent() }
            if verdict["end"] != nil {
                isComplete = verdict["complete"]?.bool == true
                continue
            }
            guard let row = verdict["row"]?.integer, row == answered + 1, answered < waiting.count,
                let outcome = verdict["verdict"]?.string.flatMap({ BatchVerdict.Outcome(rawValue: $0) })
            else { throw Problem.serviceSilent() }
            let sent = waiting[answered]
            answered += 1
            verdict["row"] = JSONValue(sent.number)
            verdict["sha256"] = .string(sent.digest)
            lines += JSONValue.object(verdict).bytes + [0x0a]
            count(outcome, verdict, sent.number)
        }
        try verdicts.append(lines)
        guard isComplete, answered == waiting.count else { throw Problem.serviceSilent() }
        waiting = []
        waitingBytes = 0
    }

    private mutating func count(_ outcome: BatchVerdict.Outcome, _ verdict: JSONObject, _ row: UInt64) {
        switch outcome {
        case .filed: summary.filed += 1
        case .repeated: summary.repeated += 1
        case .refused: summary.refused += 1
        case .failed: summary.failed += 1
        }
        guard outcome == .refused || outcome == .failed, summary.complaints.count < 10 else { return }
        summary.complaints.append("row \(row): \(verdict["title"]?.string ?? "")")
    }

    private static func unreadable(_ path: String) -> Failure {
        Problem.fileUnreadable(["path": path, "reason": String(cString: strerror(errno))])
    }
}

/// Files into an office of the same process.
public struct OfficeBatchCarrier: BatchCarrier {
    private let office: Office
    private let form: BatchFiling.EvidenceForm

    /// - Parameter isInline: whether verdicts carry the evidence itself.
    public init(_ office: Office, isInline: Bool) {
        self.office = office
        form = isInline ? .inline : .reference
    }

    public func send(_ rows: [UInt8]) async throws -> [UInt8] {
        let input = AsyncStream<[UInt8]> { continuation in
            continuation.yield(rows)
            continuation.finish()
        }
        var filing = BatchFiling(office: office, limits: BatchLimits(), tin: nil)
        filing.form = form
        var answer: [UInt8] = []
        try await filing.run(input, isGzip: false) { answer += $0 }
        return answer
    }
}

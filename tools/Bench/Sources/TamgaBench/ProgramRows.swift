import Evidence
import Glibc
import LedgerEngine
import LedgerStorage

/// The tamga program as whole processes.
struct TamgaProgram {
    let path: String
    let place: Place

    /// - Throws: `BenchError` where there is none.
    init(_ run: BenchRun) throws {
        guard let path = run.options.tamga else {
            throw BenchError("there is no tamga program; build it, or name it with --tamga")
        }
        (self.path, place) = (path, run.place)
    }

    /// Runs a command; nothing outside the folder of the run is touched.
    @discardableResult
    func run(_ arguments: [String]) throws -> Process.Ended {
        try Process.run([path] + arguments, in: place, environment: environment)
    }

    /// Starts a command that goes on by itself; its output goes to a file.
    func start(_ arguments: [String], log: String) throws -> pid_t {
        try Process.start([path] + arguments, log: log, environment: environment)
    }

    private var environment: [String: String] { ["TAMGA_STATE_HOME": place.path + "/state"] }

    /// Seals what is filed, where the program can.
    ///
    /// - Returns: what to say beside figures of a ledger that is not sealed; `nil` when it is.
    static func seal(_ data: DataFolder, _ run: BenchRun) -> String? {
        do {
            let program = try TamgaProgram(run)
            guard try program.run(["--help"]).output.contains("compact") else {
                return "not sealed: tamga has no compact"
            }
            try program.run(["compact", "--now", "--seal-tail", "--data", data.path])
            return nil
        } catch {
            return "not sealed: \(error)"
        }
    }
}

/// What is measured on real receipts: their size, and the audit.
enum ReceiptRows {
    static func rows(_ run: BenchRun, _ limits: Limits, _ wanted: Set<Group>) async throws -> [Row] {
        let receipts = try await ReceiptLedger.make(run, count: run.options.quick ? 20_000 : 200_000)
        defer { Place.remove(receipts.data.path) }
        var rows: [Row] = []
        if wanted.contains(.size) {
            let note = TamgaProgram.seal(receipts.data, run)
            let json = Double(receipts.jsonBytes) / Double(receipts.count)
            rows.append(
                Row(
                    .size, "bytes on disk a receipt of \(text(json)) bytes",
                    Double(FolderSize.sealed(receipts.data)) / Double(receipts.count), .bytes,
                    limit: Beside(name: "its JSON", value: json), bars: [.atMost(175)],
                    note: note
                        ?? "all but the journal, of which one file of 64 MiB at most is left however many there are"))
        }
        if wanted.contains(.audit) { rows += try audit(run, limits, receipts) }
        return rows
    }

    private static func audit(_ run: BenchRun, _ limits: Limits, _ receipts: ReceiptLedger) throws -> [Row] {
        let program: TamgaProgram
        do {
            program = try TamgaProgram(run)
        } catch {
            return [Row(.audit, "tamga audit", skipped: "\(error)")]
        }
        let entries = run.options.quick ? 300_000 : 2_000_000
        let bare = try BenchLedger.make(run.place.fresh("bare"), disk: PosixDisk())
        try bare.fill(to: entries, withRecords: false)
        bare.ledger.close()
        defer { Place.remove(bare.data.path) }
        let sealing = TamgaProgram.seal(bare.data, run)
        var (entryRates, recordRates) = (Rounds(), Rounds())
        for _ in 0..<min(3, run.rounds) {
            entryRates.add(Double(entries) / (try program.run(["audit", "--data", bare.data.path]).seconds))
            recordRates.add(
                Double(receipts.count) / (try program.run(["audit", "--data", receipts.data.path]).seconds))
        }
        var beside: [Beside] = []
        if run.hasBaselines {
            let chain = try SQLiteChain(run.place.fresh("sqlite"))
            try chain.fill(to: 50_000)
            beside = [Beside(name: "SQLite's chain derived again", value: try chain.audit(rows: chain.count))]
        }
        return [
            Row(
                .audit, "audit: entries and tree", entryRates, .perSecond,
                limit: Beside(name: "leaves and nodes on all cores", value: limits.entriesOnAllCores), beside: beside,
                bars: [.atLeast(1_500_000)], note: sealing),
            Row(.audit, "audit: receipts, records included", recordRates, .perSecond, bars: [.atLeast(250_000)]),
        ]
    }
}

/// The start-up of `tamga verify`: whole processes, beside the shortest process there is.
enum VerifyRows {
    static func rows(_ run: BenchRun) throws -> [Row] {
        let program: TamgaProgram
        do {
            program = try TamgaProgram(run)
        } catch {
            return [Row(.verify, "tamga verify", skipped: "\(error)")]
        }
        let made = try BenchLedger.make(run.place.fresh("verify"), disk: PosixDisk())
        defer { made.discard() }
        let evidence = run.place.fresh("evidence") + ".tlog-proof"
        try PosixDisk().replace(evidence, with: try self.evidence(made.ledger))
        let (nothing, bare, verifying) = try seriesOf(run.options.quick ? 20 : 100) {
            (
                try Process.run(["/bin/true"], in: run.place).seconds, try program.run(["--version"]).seconds,
                try program.run(["verify", evidence, "--key", "\(made.data.verifierKey)"]).seconds
            )
        }
        let beside = [
            Beside(name: "/bin/true", value: nothing.percentile(50)),
            Beside(name: "tamga --version", value: bare.percentile(50)),
        ]
        return [
            Row(.verify, "tamga verify, whole process, p50", verifying.percentile(50), .milliseconds, beside: beside)
        ]
    }

    private static func seriesOf(
        _ count: Int, _ body: () throws -> (Double, Double, Double)
    ) rethrows -> (Latencies, Latencies, Latencies) {
        let all = try (0..<count).map { _ in try body() }
        return (Latencies(all.map(\.0)), Latencies(all.map(\.1)), Latencies(all.map(\.2)))
    }

    /// The evidence of one record, every field shown.
    private static func evidence(_ ledger: Ledger) throws -> [UInt8] {
        guard let secret = RecordSecret((0..<32).map { UInt8($0) }) else { throw BenchError("no secret") }
        let record = try Record(kind: .receipt, secret: secret, fields: CommitRows.fields)
        let entry = Entry(kind: .receipt, recorded: 0, commitment: record.commitment)
        guard
            case .queued(let ticket) = try ledger.submit(
                Submission(item: JournalItem(entry: entry.encoded), timeOffset: 2))
        else { throw BenchError("an entry was there before it was filed") }
        let acknowledgement = try ticket.wait()
        let checkpoint = acknowledgement.checkpoint
        let proof = try ledger.inclusionProof(index: acknowledgement.index, size: checkpoint.size)
        return try EvidenceFile.encode(
            record.fullDisclosure, recorded: acknowledgement.recorded, proof: proof, checkpoint: checkpoint.note)
    }
}

import ArgumentParser
import Glibc
import LedgerStorage

@main
struct TamgaBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tools/bench",
        abstract: "Measures Tamga beside what the machine itself can do and beside other stores, in one run.",
        discussion: """
            Each figure stands beside a limit of this machine and a baseline that does the same work, both measured in the same run: only \
            the ratios carry over to other machines. Figures are medians of rounds, with the lowest and the highest round beside. Baselines: \
            SQLite (WAL, synchronous=FULL, 64 MiB of cache), a table whose rows are chained by SHA-256, with an index on the hash; and \
            PostgreSQL on loopback, the same table, fsync and synchronous_commit on, in a throw-away cluster.

            \(Group.allCases.map { "\($0.rawValue): \($0.method)" }.joined(separator: "\n\n"))

              tools/bench
              tools/bench --quick --only batches
              tools/bench --entries 30000000 --json figures.json --markdown Ledger/BENCH.md
            """,
        subcommands: [Opening.self, ReceiptFilling.self])

    @Flag(help: "About two minutes: a glance, not figures to quote.") var quick = false
    @Option(help: "Only these rows; may be given several times.") var only: [Group] = []
    @Option(help: "Entries of the filled ledger, measured at 1, 10 and 30 million and at this size. (default: 1000000)")
    var entries: Int?
    @Option(help: "Rows that SQLite gets beside it at most. (default: 1000000; quick: 200000)") var sqliteEntries: Int?
    @Option(help: "Make every sync of a ledger that much longer, ms; baselines are left out then.") var syncDelayMs =
        0.0
    @Option(help: "Write the figures to this file, too.") var json: String?
    @Option(help: "Write machine, table and methods into this page, between its marks.") var markdown: String?
    @Option(help: "Where to measure: on the disk in question. The run removes what it puts there.") var folder =
        ".build-bench"
    @Option(help: "The tamga program, for what is measured of whole processes.") var tamga = ".build/release/tamga"

    func validate() throws {
        guard (entries ?? 1000) >= 1000, entries ?? 0 <= 1_000_000_000 else {
            throw ValidationError("--entries is 1000 to 1000000000")
        }
        guard sqliteEntries ?? 1 >= 1 else { throw ValidationError("--sqlite-entries is 1 or more") }
        guard (0...10_000).contains(syncDelayMs) else { throw ValidationError("--sync-delay-ms is 0 to 10000") }
    }

    func run() async throws {
        let wanted = Set(only.isEmpty ? Group.allCases : only)
        let entries = entries ?? 1_000_000
        let options = BenchRun.Options(
            quick: quick, entries: entries, sqliteEntries: min(entries, sqliteEntries ?? (quick ? 200_000 : 1_000_000)),
            syncDelayMs: syncDelayMs, tamga: access(tamga, X_OK) == 0 ? tamga : nil, own: "/proc/\(getpid())/exe")
        let place: Place
        do {
            place = try Place(in: folder)
            place.whenDone { Process.endAll() }
            place.clearOnSignals()
        } catch {
            throw ValidationError("\(error)")
        }
        defer { place.clear() }
        do {
            try BenchRun.requireRoom(options, at: place.path, fillsLedger: wanted.contains { $0.needsFilledLedger })
            try await measure(BenchRun(options: options, place: place), wanted)
        } catch {
            place.waitIfStopping()
            say("\(error)")
            throw ExitCode(1)
        }
    }

    private func measure(_ run: BenchRun, _ wanted: Set<Group>) async throws {
        _ = Load.records
        let begin = monotonicSeconds()
        let load = systemText("/proc/loadavg").split(separator: " ").first.map(String.init) ?? "?"
        if (Double(load) ?? 0) > Double(sysconf(Int32(_SC_NPROCESSORS_ONLN))) / 2 {
            say(
                "the load is \(load): others keep this machine busy, and latencies will say more of them than of the ledger"
            )
        }
        say("measuring the limits")
        let limits = try Limits.measure(run)
        var postgreSQL = PostgreSQLRates(skipped: "no row that it stands beside is wanted")
        if !wanted.isDisjoint(with: [.waiting, .producers, .batches]) { postgreSQL = PostgreSQLRates.measure(run) }
        var rows: [Row] = []
        func step(_ group: Group, _ body: () async throws -> [Row]) async throws {
            guard wanted.contains(group) else { return }
            say("measuring \(group.rawValue)")
            rows += try await body()
        }
        try await step(.waiting) { try AppendRows.waiting(run, postgreSQL) }
        try await step(.producers) { try await AppendRows.producers(run, postgreSQL) }
        try await step(.delayed) { try await AppendRows.delayed(run) }
        try await step(.batches) { try AppendRows.batches(run, limits, postgreSQL) }
        try await step(.commit) { try CommitRows.rows(run) }
        try await step(.desk) { try await DeskRows.rows(run) }
        try await step(.post) { try PostRows.rows(run) }
        try await step(.ndjson) { try StreamRows.rows(run) }
        try await step(.backlog) { try BacklogRows.rows(run) }
        try await step(.deeds) { try DeedRows.rows(run) }
        let filled = wanted.filter(\.needsFilledLedger)
        if !filled.isEmpty { rows += try await FilledRows(run: run, limits: limits, wanted: filled).measure() }
        if !wanted.isDisjoint(with: [.size, .audit]) {
            say("measuring receipts")
            rows += try await ReceiptRows.rows(run, limits, wanted)
        }
        try await step(.verify) { try VerifyRows.rows(run) }
        say("measuring the limits again")
        let after = try Limits.measure(run, isSecond: true)
        let machine = Machine(run, load: load, postgreSQL: postgreSQL.version)
        let report = Report(run: run, machine: machine, rows: limits.rows(after: after) + rows)
        print(report.table)
        say("\(text(monotonicSeconds() - begin)) s in all")
        if let json { try PosixDisk().replace(json, with: report.json) }
        if let markdown {
            let old = access(markdown, F_OK) == 0 ? try PosixDisk().readAll(markdown) : []
            try PosixDisk().replace(markdown, with: Array(report.page(String(decoding: old, as: UTF8.self)).utf8))
        }
    }
}

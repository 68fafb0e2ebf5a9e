import LedgerStorage

/// One run: what was asked for, and where it happens.
struct BenchRun: Sendable {
    struct Options: Sendable {
        var quick: Bool
        /// How many entries the filled ledger has in the end.
        var entries: Int
        /// How many rows SQLite gets beside it, at most.
        var sqliteEntries: Int
        /// Added to every sync of every ledger, ms.
        var syncDelayMs: Double
        /// The tamga program, if there is one.
        var tamga: String?
        /// This program.
        var own: String
    }

    let options: Options
    let place: Place

    /// The rounds of a short row; its median counts.
    var rounds: Int { options.quick ? 3 : 5 }
    /// How long one round lasts, seconds.
    var roundSeconds: Double { options.quick ? 0.6 : 2 }
    /// The baselines cannot be delayed: beside a delayed ledger they say nothing.
    var hasBaselines: Bool { options.syncDelayMs == 0 }

    /// The disk of the ledgers that are measured.
    func disk() -> any Disk {
        options.syncDelayMs > 0 ? MeteredDisk(syncDelayMs: options.syncDelayMs) : PosixDisk()
    }

    /// The sizes at which the filled ledger is measured.
    var sizes: [Int] {
        let usual = [1_000_000, 10_000_000, 30_000_000, 100_000_000].filter { $0 < options.entries }
        return usual + [options.entries]
    }

    // MARK: Room

    /// Bytes that a run needs on the disk for each entry of the filled ledger: the journal, as much again while it is sealed, and
    /// an index.
    static let bytesPerEntry = 2 * 760 + 32
    static let bytesPerSQLiteRow = 1000
    /// What everything else needs: short-lived ledgers, limits, PostgreSQL with its log.
    static let otherBytes = 6 << 30

    /// Refuses a size for which the disk has no room, and says which one it has room for.
    static func requireRoom(_ options: Options, at folder: String, fillsLedger: Bool) throws {
        let free = try Place.freeBytes(at: folder)
        let other = options.quick ? otherBytes / 2 : otherBytes
        let needed =
            other + (fillsLedger ? options.entries * bytesPerEntry + options.sqliteEntries * bytesPerSQLiteRow : 0)
        guard needed > free else { return }
        let largest = max(0, free - other - options.sqliteEntries * bytesPerSQLiteRow) / bytesPerEntry
        let advice =
            fillsLedger && largest >= 1000
            ? "the largest size that it has room for is --entries \(largest / 1000 * 1000)" : "choose another --folder"
        throw BenchError("\(needed >> 20) MiB are needed in \(folder), \(free >> 20) MiB are free: \(advice)")
    }
}

/// What PostgreSQL does in this run, rows a second; or why it was not measured.
struct PostgreSQLRates: Sendable {
    static let rowByRow = "PostgreSQL, 1 connection"
    static let connections = "PostgreSQL, 16 connections"
    static let copying = "PostgreSQL, 1,000 a transaction"

    var rates: [String: Rounds] = [:]
    var version: String?
    var skipped: String?

    static func measure(_ run: BenchRun) -> PostgreSQLRates {
        guard run.hasBaselines else { return PostgreSQLRates(skipped: "it cannot be delayed as the ledger is") }
        #if canImport(CPostgreSQL)
            do {
                say("starting PostgreSQL")
                let server = try PostgreSQLServer.start(in: run.place)
                var measured = PostgreSQLRates(version: server.version)
                let one = try PostgreSQLChain(server)
                for _ in 0..<run.rounds {
                    let single = try measuredRate(for: run.roundSeconds) { try one.append() }
                    measured.rates[rowByRow, default: Rounds()].add(single)
                    let copied = try measuredRate(for: run.roundSeconds, count: 1000) { try one.append(1000) }
                    measured.rates[copying, default: Rounds()].add(copied)
                    let each = try onThreads(16) { _ in
                        let chain = try PostgreSQLChain(server)
                        return try measuredRate(for: run.roundSeconds) { try chain.append() }
                    }
                    measured.rates[connections, default: Rounds()].add(each.reduce(0, +))
                }
                let misfits = try one.misfits()
                guard misfits == 0 else { throw BenchError("\(misfits) rows of its chain do not fit") }
                run.place.stopNewest()
                return measured
            } catch {
                run.place.waitIfStopping()
                return PostgreSQLRates(skipped: "\(error)")
            }
        #else
            return PostgreSQLRates(skipped: "libpq's headers are not installed (Debian: libpq-dev)")
        #endif
    }

    /// The baseline of a name for the rows that stand beside it.
    func beside(_ name: String) -> [Beside] {
        rates[name].map { [Beside(name: name, value: $0.median)] } ?? []
    }

    func rows(_ group: Group, _ name: String) -> [Row] {
        if let rounds = rates[name] { return [Row(group, name, rounds, .perSecond)] }
        return [Row(group, name, skipped: skipped ?? "unknown")]
    }
}

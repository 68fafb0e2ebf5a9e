import LedgerEngine

/// Filing into an empty ledger: the rows that everything else is held against.
enum AppendRows {
    static let sqliteRowByRow = "SQLite, row by row"
    static let sqliteThousand = "SQLite, 1,000 a transaction"

    static func waiting(_ run: BenchRun, _ postgreSQL: PostgreSQLRates) throws -> [Row] {
        var (limit, p50, p99, rates, sqlite) = (Rounds(), Rounds(), Rounds(), Rounds(), Rounds())
        let ledger = try BenchLedger.make(run.place.fresh("waiting"), disk: run.disk())
        defer { ledger.discard() }
        let chain = run.hasBaselines ? try SQLiteChain(run.place.fresh("sqlite")) : nil
        for _ in 0..<run.rounds {
            let probe = try Limits.sync(
                Load.frameByteCount(1), in: run.place, disk: run.disk(), seconds: run.roundSeconds / 2)
            limit.add(probe.latencies.percentile(50))
            let filed = try ledger.waiting(seconds: run.roundSeconds)
            p50.add(filed.latencies.percentile(50))
            p99.add(filed.latencies.percentile(99))
            rates.add(filed.rate)
            if let chain { sqlite.add(try chain.rate(transaction: 1, seconds: run.roundSeconds / 2)) }
        }
        let disk = Beside(name: "the disk, same bytes", value: limit.median)
        let baselines =
            (chain == nil ? [] : [Beside(name: sqliteRowByRow, value: sqlite.median)])
            + postgreSQL.beside(PostgreSQLRates.rowByRow)
        return [
            Row(
                .waiting, "1 producer waiting: acknowledged, p50", p50, .milliseconds, limit: disk,
                beside: baselines.map { Beside(name: $0.name, value: 1000 / $0.value) }, bars: [.limitAtMost(2)]),
            Row(.waiting, "1 producer waiting: acknowledged, p99", p99, .milliseconds, limit: disk),
            Row(.waiting, "1 producer waiting", rates, .perSecond, beside: baselines),
        ] + postgreSQL.rows(.waiting, PostgreSQLRates.rowByRow)
    }

    static func producers(_ run: BenchRun, _ postgreSQL: PostgreSQLRates) async throws -> [Row] {
        var (rates, p50, p99, sqlite, disk) = (Rounds(), Rounds(), Rounds(), Rounds(), Rounds())
        let chain = run.hasBaselines ? try SQLiteChain(run.place.fresh("sqlite")) : nil
        for _ in 0..<run.rounds {
            let probe = try Limits.sync(
                Load.frameByteCount(256), in: run.place, disk: run.disk(), seconds: run.roundSeconds / 2)
            disk.add(probe.rate * 256)
            let ledger = try BenchLedger.make(run.place.fresh("producers"), disk: run.disk())
            defer { ledger.discard() }
            let filed = try await ledger.producers(256, seconds: run.roundSeconds)
            rates.add(filed.rate)
            p50.add(filed.latencies.percentile(50))
            p99.add(filed.latencies.percentile(99))
            if let chain { sqlite.add(try chain.rate(transaction: 1, seconds: run.roundSeconds)) }
        }
        let limit = Beside(name: "the disk, frames of 256", value: disk.median)
        let rowByRow = chain == nil ? [] : [Beside(name: sqliteRowByRow, value: sqlite.median)]
        return [
            Row(
                .producers, "256 producers", rates, .perSecond, limit: limit,
                beside: rowByRow + postgreSQL.beside(PostgreSQLRates.connections),
                bars: [.baselineAtLeast(13, sqliteRowByRow)]),
            Row(.producers, "256 producers: acknowledged, p50", p50, .milliseconds),
            Row(.producers, "256 producers: acknowledged, p99", p99, .milliseconds, bars: [.atMost(5)]),
        ] + rowByRow.map { Row(.producers, $0.name, sqlite, .perSecond) }
            + postgreSQL.rows(.producers, PostgreSQLRates.connections)
    }

    static func delayed(_ run: BenchRun) async throws -> [Row] {
        let delay = max(run.options.syncDelayMs, 1)
        var (rates, possible, p99) = (Rounds(), Rounds(), Rounds())
        for _ in 0..<run.rounds {
            let disk = MeteredDisk(syncDelayMs: delay)
            let ledger = try BenchLedger.make(run.place.fresh("delayed"), disk: disk)
            defer { ledger.discard() }
            let (begin, before) = (monotonicSeconds(), disk.counted.syncs)
            let filed = try await ledger.producers(256, seconds: run.roundSeconds)
            let syncs = Double(disk.counted.syncs - before) / (monotonicSeconds() - begin)
            rates.add(filed.rate)
            possible.add(syncs * 256)
            p99.add(filed.latencies.percentile(99))
        }
        let limit = Beside(name: "256 × the syncs made", value: possible.median)
        let name = "256 producers, syncs \(text(delay)) ms longer"
        return [
            Row(.delayed, name, rates, .perSecond, limit: limit, bars: [.limitAtLeast(0.6)]),
            Row(.delayed, "\(name): acknowledged, p99", p99, .milliseconds),
        ]
    }

    static func batches(_ run: BenchRun, _ limits: Limits, _ postgreSQL: PostgreSQLRates) throws -> [Row] {
        var (rates, sqlite, disk) = (Rounds(), Rounds(), Rounds())
        var (submitting, inAll) = (Rounds(), Rounds())
        let building = measuredRate(for: 0.1, count: 1000) { for number in 0..<1000 { _ = Load.submission(number) } }
        let chain = run.hasBaselines ? try SQLiteChain(run.place.fresh("sqlite")) : nil
        for _ in 0..<run.rounds {
            let ledger = try BenchLedger.make(run.place.fresh("batches"), disk: run.disk())
            defer { ledger.discard() }
            disk.add(try Limits.sequential(run) * 1000 / Double(Load.frameByteCount(1000)))
            let filed = try ledger.batches(seconds: run.roundSeconds)
            rates.add(filed.rate)
            submitting.add(filed.submitting)
            inAll.add(filed.inAll)
            if let chain { sqlite.add(try chain.rate(transaction: 1000, seconds: run.roundSeconds)) }
        }
        let limit =
            disk.median < limits.hashedEntries
            ? Beside(name: "sequential write", value: disk.median)
            : Beside(name: "hashing on one core", value: limits.hashedEntries)
        let thousand = chain == nil ? [] : [Beside(name: sqliteThousand, value: sqlite.median)]
        return [
            Row(
                .batches, "batches of 1,000", rates, .perSecond, limit: limit,
                beside: thousand + postgreSQL.beside(PostgreSQLRates.copying),
                bars: [.limitAtLeast(0.4), .baselineAtLeast(6, sqliteThousand)],
                note:
                    "\(text(inAll.median)) µs of processor time an entry, \(text(submitting.median)) of it in the submitting threads, "
                    + "\(text(1e6 / building)) of that to make the submission")
        ] + thousand.map { Row(.batches, $0.name, sqlite, .perSecond) }
            + postgreSQL.rows(.batches, PostgreSQLRates.copying)
    }
}

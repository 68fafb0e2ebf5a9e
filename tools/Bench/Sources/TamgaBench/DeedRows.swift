import Deeds
import LedgerEngine

/// Signed acts over HTTP: registered, asked after by access code, searched by party.
enum DeedRows {
    static let connections = 64
    private static let registering = "POST /v1/deeds, \(connections) connections"
    private static let waiting = "POST /v1/deeds, 1 connection"
    private static let status = "POST /v1/deeds/status, \(connections) connections"
    private static let health = "GET /healthz, \(connections) connections"
    /// How often one address, and one act, may be asked for before the service asks to wait.
    private static let share = 10

    static func rows(_ run: BenchRun) throws -> [Row] {
        let deeds: ServedDeeds
        do {
            deeds = try ServedDeeds.start(run)
        } catch {
            run.place.waitIfStopping()
            return [Row(.deeds, registering, skipped: "\(error)")]
        }
        defer { deeds.stop() }
        var rows = try registering(run, deeds)
        rows += try status(run, deeds)
        rows += try DeedSearchRows.rows(run, deeds)
        return rows
    }

    // MARK: Registering

    private static func registering(_ run: BenchRun, _ deeds: ServedDeeds) throws -> [Row] {
        let server = deeds.server
        let posting = try HTTPLoad(port: server.api, connections: connections)
        let alone = try HTTPLoad(port: server.api, connections: 1)
        let asking = try HTTPLoad(port: server.api, connections: connections)
        let health = server.healthRequest
        var (rates, p50, p99, single) = (Rounds(), Rounds(), Rounds(), Rounds())
        var (aloneP50, aloneP99, healthy) = (Rounds(), Rounds(), Rounds())
        var (disk, syncs, serving, loading) = (Rounds(), Rounds(), Rounds(), Rounds())
        var verifying: [Verification.Kind: Rounds] = [:]
        // Acts a second for which signatures are made beforehand; the first run counts for nothing else.
        var fastest = 3000.0
        try deeds.many.sign(upTo: Int(fastest))
        fastest = max(fastest, 2 * (try deeds.register(deeds.many, posting, seconds: 0.4)).rate)
        for _ in 0..<run.rounds {
            let probe = try Limits.sync(4096, in: run.place, disk: run.disk(), seconds: run.roundSeconds / 2)
            disk.add(probe.latencies.percentile(50))
            syncs.add(probe.rate)
            for kind in Verification.Kind.allCases {
                let rate = try Verification.rate(kind, seconds: run.roundSeconds / 8)
                verifying[kind, default: Rounds()].add(rate)
            }
            // A round lasts a fifth longer than what is counted of it.
            try deeds.many.sign(upTo: Int(fastest * run.roundSeconds * 1.2) + 1000)
            try deeds.single.sign(upTo: Int(fastest * run.roundSeconds * 0.6) + 1000)
            healthy.add(try asking.run(seconds: run.roundSeconds / 2) { $0 += health }.rate)
            server.settle()
            let one = try deeds.register(deeds.many, alone, seconds: run.roundSeconds / 2)
            aloneP50.add(one.latencies.percentile(50))
            aloneP99.add(one.latencies.percentile(99))
            let processor = server.processorSeconds
            let posted = try deeds.register(deeds.many, posting, seconds: run.roundSeconds)
            serving.add((server.processorSeconds - processor) / Double(max(1, posted.answers)) * 1e6)
            loading.add(posted.processor)
            rates.add(posted.rate)
            p50.add(posted.latencies.percentile(50))
            p99.add(posted.latencies.percentile(99))
            single.add(try deeds.register(deeds.single, posting, seconds: run.roundSeconds / 2).rate)
            fastest = max(fastest, 2 * posted.rate)
        }
        try deeds.requireEntries()
        let sync = Beside(name: "4 KiB + fdatasync", value: disk.median)
        let verifications = Verification.Kind.allCases.map {
            Beside(name: $0.rawValue, value: verifying[$0, default: Rounds()].median)
        }
        return [
            Row(
                .deeds, "\(registering), \(ServedDeeds.notaries) notaries", rates, .perSecond,
                limit: Beside(name: DeedRows.health, value: healthy.median),
                beside: [Beside(name: "4 KiB + fdatasync", value: syncs.median)] + verifications,
                bars: [.atLeast(1500)],
                note: "\(text(serving.median)) µs of the service's processor time an act, "
                    + "\(text(loading.median)) of the load's"),
            Row(.deeds, "\(registering): answered, p50", p50, .milliseconds),
            Row(.deeds, "\(registering): answered, p99", p99, .milliseconds),
            Row(.deeds, "\(registering), 1 notary, RSA", single, .perSecond),
            Row(.deeds, "\(waiting): answered, p50", aloneP50, .milliseconds, limit: sync, bars: [.atMost(5)]),
            Row(.deeds, "\(waiting): answered, p99", aloneP99, .milliseconds, limit: sync),
            Row(.deeds, DeedRows.health, healthy, .perSecond),
        ] + Verification.Kind.allCases.map { Row(.deeds, $0.rawValue, verifying[$0, default: Rounds()], .perSecond) }
    }

    // MARK: Status

    private static func status(_ run: BenchRun, _ deeds: ServedDeeds) throws -> [Row] {
        let server = deeds.server
        // Look-ups of all rounds at the rate that callers connected beforehand can ask for at most, each act ten times.
        let round = Double(Callers.limit * share)
        let lookups = Double(run.rounds) * min(round, 20_000 * run.roundSeconds * 1.2)
        let posting = try HTTPLoad(port: server.api, connections: connections)
        while deeds.count * share < Int(lookups) {
            // More than a service takes in so short a run, so that it does not run out of them.
            try deeds.many.sign(upTo: 3000)
            _ = try deeds.register(deeds.many, posting, seconds: 0.1)
        }
        try deeds.requireEntries()
        let known = try deeds.known()
        let asking = try HTTPLoad(port: server.api, connections: connections)
        let health = server.healthRequest
        var (rates, p50, p99, healthy) = (Rounds(), Rounds(), Rounds(), Rounds())
        var (syncs, serving, loading) = (Rounds(), Rounds(), Rounds())
        var (next, answered) = (0, 0)
        let day = CivilDate(unixMilliseconds: SystemClock().now())?.description ?? ""
        for _ in 0..<run.rounds {
            // The callers of the round before have hung up.
            server.settle()
            let probe = try Limits.sync(4096, in: run.place, disk: run.disk(), seconds: run.roundSeconds / 4)
            syncs.add(probe.rate)
            healthy.add(try asking.run(seconds: run.roundSeconds / 2) { $0 += health }.rate)
            let callers = try Callers(port: server.api, share: share, connected: Callers.limit)
            let load = try HTTPLoad(callers, connections: connections)
            server.settle()
            let processor = server.processorSeconds
            let asked = try load.run(
                seconds: run.roundSeconds,
                { request in
                    request += deeds.status(of: known[next % known.count])
                    next += 1
                })
            serving.add((server.processorSeconds - processor) / Double(max(1, asked.answers)) * 1e6)
            loading.add(asked.processor)
            rates.add(asked.rate)
            p50.add(asked.latencies.percentile(50))
            p99.add(asked.latencies.percentile(99))
            answered += asked.answers
        }
        // A day that ended meanwhile has a log of its own.
        if CivilDate(unixMilliseconds: SystemClock().now())?.description == day {
            let lines = try server.lookCount(on: day)
            guard lines == answered else {
                throw BenchError("\(answered) look-ups were answered, \(lines) were logged")
            }
        }
        return [
            Row(
                .deeds, status, rates, .perSecond, limit: Beside(name: DeedRows.health, value: healthy.median),
                beside: [Beside(name: "4 KiB + fdatasync", value: syncs.median)], bars: [.atLeast(12_000)],
                note: "\(text(serving.median)) µs of the service's processor time a look-up, "
                    + "\(text(loading.median)) of the load's; \(known.count) acts"),
            Row(.deeds, "\(status): answered, p50", p50, .milliseconds),
            Row(.deeds, "\(status): answered, p99", p99, .milliseconds),
        ]
    }
}

/// Tills that post receipts to the running service, one request in flight each.
enum PostRows {
    static let connections = 64
    private static let tills = "POST /rest/receipt, \(connections) connections"
    private static let till = "POST /rest/receipt, 1 connection"
    private static let health = "GET /healthz, \(connections) connections"

    static func rows(_ run: BenchRun) throws -> [Row] {
        let server: TamgaServer
        do {
            server = try TamgaServer.start(run)
        } catch {
            run.place.waitIfStopping()
            return [Row(.post, tills, skipped: "\(error)")]
        }
        defer { server.stop() }
        let forms = ReceiptForms(of: TamgaServer.merchants, count: 4000, wrap: server.posting)
        let posting = try HTTPLoad(port: server.posAPI, connections: connections)
        let asking = try HTTPLoad(port: server.api, connections: connections)
        let alone = try HTTPLoad(port: server.posAPI, connections: 1)
        let health = server.healthRequest
        var (number, acknowledged) = (0, 0)
        func receipt(_ request: inout [UInt8]) {
            number += 1
            forms.append(number, to: &request)
        }
        var (rates, p50, p99, healthy) = (Rounds(), Rounds(), Rounds(), Rounds())
        var (aloneP50, aloneP99, disk, syncs) = (Rounds(), Rounds(), Rounds(), Rounds())
        var (serving, loading) = (Rounds(), Rounds())
        let before = try server.entryCount()
        for _ in 0..<run.rounds {
            let probe = try Limits.sync(4096, in: run.place, disk: run.disk(), seconds: run.roundSeconds / 2)
            disk.add(probe.latencies.percentile(50))
            syncs.add(probe.rate)
            healthy.add(try asking.run(seconds: run.roundSeconds / 2) { $0 += health }.rate)
            let waiting = try alone.run(seconds: run.roundSeconds / 2, receipt)
            aloneP50.add(waiting.latencies.percentile(50))
            aloneP99.add(waiting.latencies.percentile(99))
            let processor = server.processorSeconds
            let posted = try posting.run(seconds: run.roundSeconds, receipt)
            serving.add((server.processorSeconds - processor) / Double(max(1, posted.answers)) * 1e6)
            loading.add(posted.processor)
            rates.add(posted.rate)
            p50.add(posted.latencies.percentile(50))
            p99.add(posted.latencies.percentile(99))
            acknowledged += waiting.answers + posted.answers
        }
        try server.requireEntries(since: before, acknowledged: acknowledged)
        let sync = Beside(name: "4 KiB + fdatasync", value: disk.median)
        return [
            Row(
                .post, tills, rates, .perSecond, limit: Beside(name: PostRows.health, value: healthy.median),
                beside: [Beside(name: "4 KiB + fdatasync", value: syncs.median)], bars: [.atLeast(12_000)],
                note: "\(text(serving.median)) µs of the service's processor time a receipt, "
                    + "\(text(loading.median)) of the load's"),
            Row(.post, "\(tills): answered, p50", p50, .milliseconds),
            Row(.post, "\(tills): answered, p99", p99, .milliseconds, bars: [.atMost(20)]),
            Row(
                .post, "\(till): answered, p50", aloneP50, .milliseconds, limit: sync,
                bars: [.limitPlusAtMost(0.5)]),
            Row(.post, "\(till): answered, p99", aloneP99, .milliseconds, limit: sync),
            Row(.post, PostRows.health, healthy, .perSecond),
        ]
    }
}

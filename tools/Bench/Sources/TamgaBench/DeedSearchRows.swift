/// Acts searched by party, over HTTP.
enum DeedSearchRows {
    /// Notaries who search at the same time.
    private static let many = 8

    /// Rounds of one who waits, and of several.
    private struct Searches {
        var (p50, p99, manyP50, manyP99) = (Rounds(), Rounds(), Rounds(), Rounds())
        var rates = Rounds()
    }

    static func rows(_ run: BenchRun, _ deeds: ServedDeeds) throws -> [Row] {
        let clients = deeds.many.clients
        guard let first = clients.first, let last = clients.last else {
            throw BenchError("too few acts were registered to search for")
        }
        try deeds.awaitIndex(last)
        let wanted = run.options.quick ? 100_000 : 1_000_000
        let real = try measure(run, deeds, clients)
        let registered = deeds.count
        let entries = try deeds.server.entryCount()
        try deeds.restart { data in
            try FilledActs.add(wanted - registered, to: data + "/acts.sqlite", after: entries)
        }
        try deeds.awaitIndex(last)
        for client in [first, last] { try deeds.requireFound(client) }
        let filled = try measure(run, deeds, clients)
        let name =
            "POST /v1/deeds/search, a client of \(SignedActs.actsOfClient) acts among \(text(Double(max(wanted, registered))))"
        let before = "among the \(text(Double(registered))) registered"
        let note = "\(text(Double(registered))) acts are registered; of the others only the index knows"
        return [
            Row(
                .deeds, "\(name), 1 connection: answered, p50", filled.p50, .milliseconds,
                beside: [Beside(name: before, value: real.p50.median)], note: note),
            Row(
                .deeds, "\(name), 1 connection: answered, p99", filled.p99, .milliseconds,
                beside: [Beside(name: before, value: real.p99.median)], bars: [.atMost(20)]),
            Row(
                .deeds, "\(name), \(many) connections", filled.rates, .perSecond,
                beside: [Beside(name: before, value: real.rates.median)]),
            Row(
                .deeds, "\(name), \(many) connections: answered, p50", filled.manyP50, .milliseconds,
                beside: [Beside(name: before, value: real.manyP50.median)]),
            Row(
                .deeds, "\(name), \(many) connections: answered, p99", filled.manyP99, .milliseconds,
                beside: [Beside(name: before, value: real.manyP99.median)], bars: [.atMost(20)]),
        ]
    }

    private static func measure(
        _ run: BenchRun, _ deeds: ServedDeeds, _ clients: [(office: NotaryOffice, number: String)]
    ) throws -> Searches {
        let alone = try HTTPLoad(port: deeds.server.api, connections: 1)
        let several = try HTTPLoad(port: deeds.server.api, connections: many)
        var searches = Searches()
        func ask(_ request: inout [UInt8]) {
            request += deeds.search(clients[Int.random(in: clients.indices)])
        }
        // What the index has not read yet it reads now.
        _ = try alone.run(seconds: 0.2, ask)
        for _ in 0..<run.rounds {
            let one = try alone.run(seconds: run.roundSeconds, ask)
            searches.p50.add(one.latencies.percentile(50))
            searches.p99.add(one.latencies.percentile(99))
            let together = try several.run(seconds: run.roundSeconds / 2, ask)
            searches.rates.add(together.rate)
            searches.manyP50.add(together.latencies.percentile(50))
            searches.manyP99.add(together.latencies.percentile(99))
        }
        return searches
    }
}

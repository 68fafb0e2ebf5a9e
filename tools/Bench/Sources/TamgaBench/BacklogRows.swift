import Glibc
import Synchronization

/// What shops filed while they were cut off, sent at once, while a till at a counter goes on selling.
enum BacklogRows {
    private static let shops = TamgaServer.merchants.count
    private static let streams = 8
    /// How often the till sells, seconds.
    private static let pace = 0.05

    /// What one thread did.
    private struct Part: Sendable {
        var ended = 0.0
        var sales = Sales()
    }

    /// What a till sold.
    private struct Sales: Sendable {
        var count = 0
        /// How long receipts waited, also those that could not be sent because the one before was still waiting.
        var waits: [Double] = []
    }

    static func rows(_ run: BenchRun) throws -> [Row] {
        let count = (run.options.quick ? 50_000 : 1_000_000) / shops
        let name = "backlog of \(text(Double(count * shops))) drained, \(shops) shops, \(streams) at once"
        let server: TamgaServer
        do {
            server = try TamgaServer.start(run)
        } catch {
            run.place.waitIfStopping()
            return [Row(.backlog, name, skipped: "\(error)")]
        }
        defer { server.stop() }
        let tokens = try TamgaServer.merchants.map { try server.token(of: $0) }
        let before = try server.entryCount()
        let calm = try till(server, first: 0) { $0 < (run.options.quick ? 20 : 100) }
        let draining = Atomic(streams)
        let next = Atomic(0)
        let (begin, processor) = (monotonicSeconds(), server.processorSeconds)
        let parts = try onThreads(streams + 1) { thread -> Part in
            if thread == streams {
                return Part(sales: try till(server, first: calm.count) { _ in draining.load(ordering: .relaxed) > 0 })
            }
            defer { draining.subtract(1, ordering: .relaxed) }
            while true {
                let shop = next.add(1, ordering: .relaxed).oldValue
                guard shop < shops else { return Part(ended: monotonicSeconds()) }
                let forms = ReceiptForms(of: [TamgaServer.merchants[shop]], count: 200)
                let stream = BatchStream(api: server.api, token: tokens[shop])
                _ = try stream.send(forms.lines(0..<count), rows: count)
            }
        }
        let elapsed = (parts.map(\.ended).max() ?? begin) - begin
        let serving = (server.processorSeconds - processor) / Double(count * shops) * 1e6
        let sold = parts[streams].sales
        try server.requireEntries(since: before, acknowledged: count * shops + calm.count + sold.count)
        let (busy, quiet) = (Latencies(sold.waits), Latencies(calm.waits))
        return [
            Row(
                .backlog, name, Double(count * shops) / elapsed, .perSecond,
                note: "no errors; \(text(serving)) µs of the service's processor time a receipt"),
            Row(
                .backlog, "a till meanwhile: answered, p50", busy.percentile(50), .milliseconds,
                beside: [Beside(name: "before", value: quiet.percentile(50))]),
            Row(
                .backlog, "a till meanwhile: answered, p99", busy.percentile(99), .milliseconds,
                beside: [Beside(name: "before", value: quiet.percentile(99))], bars: [.atMost(100)],
                note: "\(sold.count) receipts"),
            Row(.backlog, "the service's memory, at most", server.peakMemory, .mebibytes, bars: [.atMost(512)]),
        ]
    }

    /// Posts a receipt every 50 ms, as long as it is to.
    ///
    /// - Parameters:
    ///   - first: how many receipts the till has sold before.
    ///   - isOpen: asked with the number of receipts sold since.
    private static func till(_ server: TamgaServer, first: Int, while isOpen: (Int) -> Bool) throws -> Sales {
        // A shop that has rows of its own to send, neither first nor last.
        let forms = ReceiptForms(of: [TamgaServer.merchants[shops / 2]], count: 20, wrap: server.posting)
        let connection = try HTTPConnection(port: server.posAPI)
        var sales = Sales()
        while isOpen(sales.count) {
            var request: [UInt8] = []
            // Other numbers than those of the backlog.
            forms.append(900_000_000 + first + sales.count, to: &request)
            let begin = monotonicSeconds()
            let answer = try connection.exchange(request)
            let wait = monotonicSeconds() - begin
            guard answer.isSuccess else { throw BenchError("the till was refused with \(answer.refusal)") }
            sales.count += 1
            // One long wait must not hide behind many short ones: whoever came meanwhile waited for the rest of it.
            sales.waits += stride(from: wait, through: 0, by: -pace)
            let left = pace - wait.truncatingRemainder(dividingBy: pace)
            usleep(UInt32(left * 1e6))
        }
        return sales
    }
}

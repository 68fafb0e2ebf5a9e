import Filing
import Glibc

/// Receipts filed through the receipt desk within this process: what the service does, without HTTP.
enum DeskRows {
    static func rows(_ run: BenchRun) async throws -> [Row] {
        let open = try await OpenReceiptDesk.make(run.place.fresh("desk"), disk: run.disk())
        defer { open.made.discard() }
        let forms = ReceiptForms(of: ReceiptLedger.merchants, count: 6400)
        var (rates, p99, processor) = (Rounds(), Rounds(), Rounds())
        var (waiting, disk) = (Rounds(), Rounds())
        var next = 0
        for _ in 0..<run.rounds {
            let probe = try Limits.sync(4096, in: run.place, disk: run.disk(), seconds: run.roundSeconds / 2)
            disk.add(probe.latencies.percentile(50))
            let alone = try await open.file(forms, from: &next, tasks: 1, seconds: run.roundSeconds / 2)
            waiting.add(alone.filed.latencies.percentile(50))
            let many = try await open.file(forms, from: &next, tasks: 256, seconds: run.roundSeconds)
            rates.add(many.filed.rate)
            p99.add(many.filed.latencies.percentile(99))
            processor.add(many.processor)
        }
        let name = "receipts through the desk"
        return [
            Row(.desk, "\(name), 256 at once", rates, .perSecond),
            Row(.desk, "\(name), 256 at once: durable, p99", p99, .milliseconds),
            Row(.desk, "\(name), 256 at once: processor time a receipt", processor, .microseconds),
            Row(
                .desk, "\(name), 1 waiting: durable, p50", waiting, .milliseconds,
                limit: Beside(name: "4 KiB + fdatasync", value: disk.median)),
        ]
    }
}

extension OpenReceiptDesk {
    /// Tasks with one receipt in flight each. The first fifth is not counted in the rate.
    ///
    /// - Parameter next: the number of the next receipt.
    /// - Returns: with it the processor time of this process for each receipt, µs.
    func file(
        _ forms: ReceiptForms, from next: inout Int, tasks: Int, seconds duration: Double
    ) async throws -> (filed: Filed, processor: Double) {
        let (first, before) = (next, processorSeconds(CLOCK_PROCESS_CPUTIME_ID))
        let begin = monotonicSeconds() + duration / 5
        let end = begin + duration
        let each = try await withThrowingTaskGroup(of: (count: Int, taken: [Double]).self) { group in
            for task in 0..<tasks {
                group.addTask {
                    var taken: [Double] = []
                    var count = 0
                    var now = monotonicSeconds()
                    while now < end {
                        var body: [UInt8] = []
                        forms.append(first + task + count * tasks, to: &body)
                        _ = try await desk.file(body)
                        count += 1
                        let done = monotonicSeconds()
                        if done >= begin, done < end { taken.append(done - now) }
                        now = done
                    }
                    return (count, taken)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        next += (each.map(\.count).max() ?? 0) * tasks
        let count = each.reduce(0) { $0 + $1.count }
        let taken = each.flatMap(\.taken)
        let spent = processorSeconds(CLOCK_PROCESS_CPUTIME_ID) - before
        let filed = Filed(rate: Double(taken.count) / duration, latencies: Latencies(taken))
        return (filed, spent / Double(max(1, count)) * 1e6)
    }
}

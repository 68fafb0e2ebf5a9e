import Glibc
import LedgerEngine

/// What filing gave in one round.
struct Filed: Sendable {
    let rate: Double
    let latencies: Latencies
}

extension BenchLedger {
    /// One thread that waits for each acknowledgement.
    func waiting(seconds duration: Double) throws -> Filed {
        var taken: [Double] = []
        let start = monotonicSeconds()
        var now = start
        while now < start + duration {
            guard case .queued(let ticket) = try ledger.submit(Load.submission(Load.numbers(1))) else { continue }
            _ = try ticket.wait()
            let done = monotonicSeconds()
            taken.append(done - now)
            now = done
        }
        return Filed(rate: Double(taken.count) / (now - start), latencies: Latencies(taken))
    }

    /// Tasks with one record in flight each. The first fifth is not counted.
    func producers(_ count: Int, seconds duration: Double) async throws -> Filed {
        let begin = monotonicSeconds() + duration / 5
        let end = begin + duration
        let ledger = ledger
        let taken = try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<count {
                group.addTask {
                    var taken: [Double] = []
                    var now = monotonicSeconds()
                    while now < end {
                        _ = try await ledger.append(Load.submission(Load.numbers(1)))
                        let done = monotonicSeconds()
                        if done >= begin, done < end { taken.append(done - now) }
                        now = done
                    }
                    return taken
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return Filed(rate: Double(taken.count) / duration, latencies: Latencies(taken))
    }

    /// What submitting batches gave in one round.
    struct Batches: Sendable {
        /// Entries a second.
        let rate: Double
        /// Processor time an entry of the threads that submit, and of the whole process, µs.
        let submitting: Double
        let inAll: Double
    }

    /// Threads that submit a batch and wait for its last acknowledgement.
    func batches(of size: Int = 1000, threads: Int = 3, seconds duration: Double) throws -> Batches {
        let (begin, processor) = (monotonicSeconds(), processorSeconds(CLOCK_PROCESS_CPUTIME_ID))
        let each = try onThreads(threads) { _ -> (count: Int, processor: Double) in
            let before = processorSeconds(CLOCK_THREAD_CPUTIME_ID)
            var count = 0
            while monotonicSeconds() < begin + duration {
                try file(Load.numbers(size), count: size, withRecords: true)
                count += size
            }
            return (count, processorSeconds(CLOCK_THREAD_CPUTIME_ID) - before)
        }
        let count = Double(each.reduce(0) { $0 + $1.count })
        return Batches(
            rate: count / (monotonicSeconds() - begin), submitting: each.reduce(0) { $0 + $1.processor } / count * 1e6,
            inAll: (processorSeconds(CLOCK_PROCESS_CPUTIME_ID) - processor) / count * 1e6)
    }

    /// Files until the ledger has that many entries.
    func fill(to size: Int, withRecords: Bool = true) throws {
        let missing = size - Int(ledger.size)
        guard missing > 0 else { return }
        let threads = 3
        _ = try onThreads(threads) { thread in
            var left = missing / threads + (thread < missing % threads ? 1 : 0)
            while left > 0 {
                let count = min(left, 1000)
                try file(Load.numbers(count), count: count, withRecords: withRecords)
                left -= count
            }
        }
    }

    /// Submits a batch and returns when it is durable: what was queued first is durable first, and a batch that fails takes
    /// everything behind it with it.
    private func file(_ first: Int, count: Int, withRecords: Bool) throws {
        var last: Ticket?
        for number in first..<first + count {
            let submission = Load.submission(number, withRecord: withRecords)
            while true {
                do throws(LedgerError) {
                    if case .queued(let ticket) = try ledger.submit(submission) { last = ticket }
                    break
                } catch .busy {
                    _ = try last?.wait()
                }
            }
        }
        _ = try last?.wait()
    }
}

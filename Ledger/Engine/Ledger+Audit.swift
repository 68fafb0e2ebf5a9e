public import LedgerStorage
import Synchronization

/// Auditing what is sealed, on several threads.
extension Ledger {
    /// Audits the sealed part, segment by segment, and hands on what was found in the order of the entries.
    ///
    /// Workers run ahead by at most two segments each. The first damage in the order of the entries is the one that is thrown, however
    /// many threads there are.
    ///
    /// - Parameters:
    ///   - start: segments that end at or before this index are left out.
    ///   - jobs: threads, at least 1.
    ///   - examiner: as in `SegmentAudit.check`.
    ///   - collect: called on the caller's thread with each segment in order; breaks the audit off by throwing.
    /// - Throws: `StoredDamage`; what `collect` throws.
    public func auditSegments<Finding: Sendable>(
        depth: SegmentAudit.Depth = .records, from start: UInt64 = 0, jobs: Int,
        examiner: SegmentAudit.Examiner<Finding>? = nil, collect: (AuditedSegment<Finding>) throws -> Void
    ) throws {
        precondition(jobs > 0, "an audit needs a thread")
        try SegmentAudit(store.segments).checkChain()
        let firsts = store.segments.summaries().filter { $0.end > start }.map(\.firstIndex)
        let crew = AuditCrew<AuditedSegment<Finding>>(count: firsts.count, ahead: 2 * jobs)
        let segments = store.segments
        for _ in 0..<min(jobs, firsts.count) {
            crew.start { number in
                let audit = SegmentAudit(segments, depth: depth) { _ in try crew.checkPresence() }
                return try audit.check(segmentHolding: firsts[number], examiner: examiner)
            }
        }
        defer { crew.dismiss() }
        for number in firsts.indices { try collect(crew.result(number).get()) }
    }

    /// Holds the hash index against the segments: keys of entries, spread over each segment, must be found in it.
    ///
    /// - Parameters:
    ///   - isThorough: read every page of every run as well.
    ///   - samples: entries looked up in each segment.
    /// - Returns: the first thing that is wrong in each run; empty when nothing is. The index is made anew from the segments: nothing is
    ///   lost by its damage.
    public func auditIndex(isThorough: Bool = false, from start: UInt64 = 0, samples: Int = 4) throws -> [DamagedRun] {
        var damaged = store.index.damaged + (isThorough ? store.index.surveyRuns() : [])
        for summary in store.segments.summaries() where summary.end > start {
            guard let run = store.index.runs.first(where: { $0.range.contains(summary.firstIndex) }),
                !damaged.contains(where: { $0.path == run.path })
            else { continue }
            for sample in 0..<min(samples, summary.count) {
                let index = summary.firstIndex + UInt64(summary.count * sample / samples)
                // Sealed longer a moment ago: the run that covers the rest is made next, or when the ledger is opened.
                guard run.range.contains(index) else { break }
                let leaf = try leafHash(at: index)
                do {
                    let values = try run.lookup(IndexKey(DomainKey(leafHash: leaf)))
                    guard !values.contains(where: { $0.index == index && $0.isLeafHash }) else { continue }
                    let reason = "\(run.path) does not lead from the hash of entry \(index) to it"
                    damaged.append(DamagedRun(path: run.path, range: run.range, reason: reason))
                } catch {
                    damaged.append(DamagedRun(path: run.path, range: run.range, reason: "\(error)"))
                }
                break
            }
        }
        return damaged
    }
}

/// Threads that do numbered pieces of work, not too far ahead of whoever takes the results in order.
final class AuditCrew<Value: Sendable>: Sendable {
    private struct Desk {
        var next = 0
        var taken = 0
        var results: [Int: Result<Value, any Error>] = [:]
        var isDismissed = false
        var present = 0
    }

    /// Thrown by the pace to break work off.
    private struct Dismissed: Error {}

    private let desk = Monitor(Desk())
    private let count: Int
    private let ahead: Int
    private let threads = Mutex<[RunningThread]>([])

    init(count: Int, ahead: Int) {
        self.count = count
        self.ahead = ahead
    }

    func start(_ work: @escaping @Sendable (Int) throws -> Value) {
        desk.withLock { $0.present += 1 }
        let thread = startThread { [self] in
            while let number = take() {
                let result = Result { try work(number) }
                desk.notify { $0.results[number] = result }
            }
            desk.notify { $0.present -= 1 }
        }
        threads.withLock { $0.append(thread) }
    }

    private func take() -> Int? {
        while true {
            let turn = desk.wait(milliseconds: 1000) { desk -> Int?? in
                if desk.isDismissed || desk.next == count { return .some(nil) }
                guard desk.next < desk.taken + ahead else { return nil }
                desk.next += 1
                return desk.next - 1
            }
            if let turn { return turn }
        }
    }

    /// - Throws: when nobody waits for the work any more.
    func checkPresence() throws {
        if desk.withLock({ $0.isDismissed }) { throw Dismissed() }
    }

    /// The result of a piece, once it is there.
    func result(_ number: Int) -> Result<Value, any Error> {
        while true {
            let result = desk.wait(milliseconds: 1000) { $0.results.removeValue(forKey: number) }
            guard let result else { continue }
            desk.notify { $0.taken = number + 1 }
            return result
        }
    }

    /// Returns when no thread works any more.
    func dismiss() {
        desk.notify { $0.isDismissed = true }
        while desk.wait(milliseconds: 1000, { $0.present == 0 ? true : nil }) == nil {}
        for thread in threads.withLock({ $0 }) { thread.join() }
    }
}

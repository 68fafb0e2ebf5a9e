import LedgerStorage
import Synchronization

/// The thread that does background work, at a rate that leaves the disk to filing.
final class CompactionThread: Sendable {
    private struct Desk {
        var isClosing = false
        var isClosed = false
        var isWoken = false
    }

    /// Thrown by the pace to break work off when the ledger closes.
    private struct Closing: Error {}

    static let idleMilliseconds = 500
    static let failureMilliseconds = 30_000
    /// How long a step sleeps at most before it looks whether it must give way.
    static let sliceMilliseconds = 50

    private let desk = Monitor(Desk())

    /// Starts to work.
    func start(_ compactor: Compactor, bytesPerSecond: Int) {
        startThread { [self] in
            var budget = WriteBudget(bytesPerSecond: bytesPerSecond)
            while !desk.withLock({ $0.isClosing }) {
                var pause = CompactionThread.idleMilliseconds
                do {
                    let step = try compactor.step { count in
                        if self.desk.withLock({ $0.isClosing }) { throw Closing() }
                        let pause = budget.pause(afterWriting: count, now: compactor.clock.monotonic())
                        self.sleep(milliseconds: pause, unlessAwaited: compactor.ledger.store.changing)
                    }
                    compactor.ledger.store.progress.withLock { $0.failure = nil }
                    if step != nil { pause = 0 }
                } catch is Closing {
                    break
                } catch {
                    compactor.ledger.store.progress.withLock { $0.failure = "\(error)" }
                    pause = CompactionThread.failureMilliseconds
                }
                if pause > 0 { wait(milliseconds: pause) }
            }
            desk.notify { $0.isClosed = true }
        }
    }

    /// Something is due: look at once.
    func wake() {
        desk.notify { $0.isWoken = true }
    }

    /// Breaks off what is under way. Returns when nothing is written any more.
    func close() {
        desk.notify { $0.isClosing = true }
        while desk.wait(milliseconds: 1000, { $0.isClosed ? true : nil }) == nil {}
    }

    private func wait(milliseconds: Int) {
        _ = desk.wait(milliseconds: milliseconds) { desk -> Bool? in
            defer { desk.isWoken = false }
            return desk.isWoken || desk.isClosing ? true : nil
        }
    }

    /// Sleeps within a step: ends early when the ledger closes, or somebody waits for what the step holds.
    private func sleep(milliseconds: Int, unlessAwaited changing: ChangeLock) {
        var left = milliseconds
        while left > 0, !changing.isAwaited {
            let slice = min(left, CompactionThread.sliceMilliseconds)
            if desk.wait(milliseconds: slice, { $0.isClosing ? true : nil }) != nil { return }
            left -= slice
        }
    }
}

/// How long to pause so that the bytes written in the long run stay below a rate.
struct WriteBudget {
    let bytesPerSecond: Int
    private var credit = 0
    private var last: UInt64?

    init(bytesPerSecond: Int) {
        self.bytesPerSecond = bytesPerSecond
    }

    /// - Parameter now: ms on a clock that never jumps.
    /// - Returns: ms to pause.
    mutating func pause(afterWriting count: Int, now: UInt64) -> Int {
        guard bytesPerSecond > 0, count > 0 else { return 0 }
        let elapsed = Int(min(now - min(last ?? now, now), 1000))
        last = now
        credit = min(credit + bytesPerSecond / 1000 * elapsed, bytesPerSecond / 10) - count
        return credit < 0 ? min(-credit * 1000 / bytesPerSecond, 1000) : 0
    }
}

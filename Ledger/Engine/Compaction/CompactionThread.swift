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
    private let running = Mutex<RunningThread?>(nil)

    /// Starts to work.
    func start(_ compactor: Compactor, _ policy: CompactionPolicy) {
        let thread = startThread { [self] in
            lowerPriorityOfThread()
            var budget = WriteBudget(bytesPerSecond: policy.bytesPerSecond)
            let pace = { [self] (count: Int) in
                if desk.withLock({ $0.isClosing }) { throw Closing() }
                // What waits takes memory: when many segments do, it goes faster.
                let pause = budget.pause(
                    afterWriting: count / max(1, compactor.waitingSegments / 4), now: compactor.clock.monotonic())
                sleep(milliseconds: pause, unlessAwaited: compactor.ledger.store.changing)
            }
            let reading = ReadingPace(compactor, policy, pace: pace) { [self] in sleep(milliseconds: $0) }
            var announced = compactor.clock.monotonic()
            while !desk.withLock({ $0.isClosing }) {
                var pause = CompactionThread.idleMilliseconds
                // Nothing is read again before somebody can be told.
                let scrubs = compactor.ledger.scrubLog?.change { $0.whenWaiting != nil } ?? false
                do {
                    let step = try compactor.step(scrubs ? .all : .changes, pace: pace, reading: reading.take)
                    compactor.ledger.store.progress.withLock { $0.failure = nil }
                    if step != nil { pause = 0 }
                } catch is Closing {
                    break
                } catch {
                    compactor.ledger.store.progress.withLock { $0.failure = "\(error)" }
                    pause = CompactionThread.failureMilliseconds
                    // What fails may be damaged: all the more it is to be read again.
                    if scrubs { _ = try? compactor.step(.scrubs, reading: reading.take) }
                }
                if compactor.clock.monotonic() >= announced.adding(UInt64(CompactionThread.failureMilliseconds)) {
                    announced = compactor.clock.monotonic()
                    compactor.ledger.announceScrubResults()
                }
                if pause > 0 { wait(milliseconds: pause) }
            }
            desk.notify { $0.isClosed = true }
        }
        running.withLock { $0 = thread }
    }

    /// Something is due: look at once.
    func wake() {
        desk.notify { $0.isWoken = true }
    }

    /// Breaks off what is under way. Returns when nothing is written any more.
    func close() {
        desk.notify { $0.isClosing = true }
        while desk.wait(milliseconds: 1000, { $0.isClosed ? true : nil }) == nil {}
        running.withLock { $0 }?.join()
    }

    private func wait(milliseconds: Int) {
        _ = desk.wait(milliseconds: milliseconds) { desk -> Bool? in
            defer { desk.isWoken = false }
            return desk.isWoken || desk.isClosing ? true : nil
        }
    }

    /// Sleeps within a step: ends early when the ledger closes, or somebody waits for what the step holds.
    private func sleep(milliseconds: Int, unlessAwaited changing: ChangeLock? = nil) {
        var left = milliseconds
        while left > 0, changing?.isAwaited != true {
            let slice = min(left, CompactionThread.sliceMilliseconds)
            if desk.wait(milliseconds: slice, { $0.isClosing ? true : nil }) != nil { return }
            left -= slice
        }
    }
}

/// How long to pause so that the bytes written, or read, in the long run stay below a rate.
public struct WriteBudget {
    let bytesPerSecond: Int
    private var credit = 0
    private var last: UInt64?

    /// - Parameter bytesPerSecond: 0 for any number.
    public init(bytesPerSecond: Int) {
        self.bytesPerSecond = bytesPerSecond
    }

    /// - Parameter now: ms on a clock that never jumps.
    /// - Returns: ms to pause.
    public mutating func pause(afterWriting count: Int, now: UInt64) -> Int {
        guard bytesPerSecond > 0, count > 0 else { return 0 }
        let elapsed = Int(min(now - min(last ?? now, now), 1000))
        last = now
        credit = min(credit + bytesPerSecond / 1000 * elapsed, bytesPerSecond / 10) - count
        return credit < 0 ? min(-credit * 1000 / bytesPerSecond, 1000) : 0
    }
}

/// The pace of reading a segment again: a budget of its own, and room for everything else that becomes due.
final class ReadingPace {
    /// Other work is looked for after so many bytes.
    static let attention = 1 << 20

    private let compactor: Compactor
    private let pace: (Int) throws -> Void
    private let sleep: (Int) -> Void
    private var budget: WriteBudget
    private var unattended = 0
    /// When other work is looked for again after some of it failed, on a clock that never jumps.
    private var patience: UInt64 = 0

    /// - Parameters:
    ///   - pace: that of other steps; throws when the work is to be broken off.
    ///   - sleep: for so many ms.
    init(
        _ compactor: Compactor, _ policy: CompactionPolicy, pace: @escaping (Int) throws -> Void,
        sleep: @escaping (Int) -> Void
    ) {
        self.compactor = compactor
        self.pace = pace
        self.sleep = sleep
        budget = WriteBudget(bytesPerSecond: policy.scrubBytesPerSecond)
    }

    /// Takes bytes that were read: does what is due before reading goes on, and sleeps as the budget says, unless somebody waits for it.
    func take(_ count: Int) throws {
        try pace(0)
        unattended += count
        if unattended >= ReadingPace.attention, compactor.clock.monotonic() >= patience { try attend() }
        let pause = budget.pause(afterWriting: count, now: compactor.clock.monotonic())
        if compactor.ledger.scrubLog?.change({ $0.isAsked }) != true { sleep(pause) }
    }

    /// What fails meanwhile does not keep a segment from being read.
    private func attend() throws {
        unattended = 0
        do {
            while try compactor.step(.changes, pace: pace) != nil {}
        } catch {
            try pace(0)
            compactor.ledger.store.progress.withLock { $0.failure = "\(error)" }
            patience = compactor.clock.monotonic().adding(UInt64(CompactionThread.failureMilliseconds))
        }
    }
}

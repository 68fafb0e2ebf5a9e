import Dispatch
import Glibc
import LedgerStorage
import Testing

@testable import LedgerEngine

@Suite struct GivingWayTests {
    /// Works through a sealing whose pace sees, at its first call, that the journal must be read back.
    @Test(arguments: [1, 3]) func filingIsOpenAgainBeforeAPacedStepIsThrough(_ failedAt: Int) throws {
        var small = try SteppedLedger(segmentHeight: 4)
        try small.file(20)
        let ledger = small.ledger
        small.fixture.disk.failSyncs(ofPathEnding: ".journal", count: 1)
        guard case .queued(let ticket) = try ledger.submit(entry(100)) else {
            Issue.record("the entry was not queued")
            return
        }
        small.fixture.clock.advance(10)
        small.steps.step()
        #expect(throws: LedgerError.self) { try ticket.wait() }
        #expect(ledger.stopReason != nil)
        small.fixture.clock.advance(JournalThread.reopenIntervalMs)

        nonisolated(unsafe) let steps = small.steps
        let isThrough = DispatchSemaphore(value: 0)
        var isOpen: [Bool] = []
        let step = try ledger.compactor?.step { _ in
            isOpen.append(ledger.stopReason == nil)
            guard isOpen.count == failedAt else { return }
            startThread {
                steps.step()
                isThrough.signal()
            }
            // The journal's thread stands at the lock that this step holds.
            while !ledger.store.changing.isAwaited { sched_yield() }
        }
        isThrough.wait()
        #expect(step == .seal(0..<16))
        // Closed up to the call at which it gave way, open from the beginning of the step begun anew.
        #expect(isOpen.prefix(failedAt).allSatisfy { !$0 } && isOpen.count > failedAt)
        #expect(isOpen.dropFirst(failedAt).allSatisfy { $0 })
        #expect(ledger.stopReason == nil && ledger.compactionStatus().failure == nil)
        try small.promises.check(ledger)
        try small.file(12)
        _ = try small.compact()
        try small.promises.check(ledger)
        try small.reopen()
        try small.promises.check(small.ledger)
    }

    @Test func whoeverIsUrgentGoesFirstAndAlone() {
        let lock = ChangeLock()
        let order = Monitor<[String]>([])
        lock.withLock {
            startThread { lock.withLock(isUrgent: true) { order.notify { $0.append("urgent") } } }
            while !lock.isAwaited { sched_yield() }
            startThread { lock.withLock { order.notify { $0.append("work") } } }
            order.withLock { $0.append("first") }
        }
        while order.wait(milliseconds: 1000, { $0.count == 3 ? true : nil }) == nil {}
        #expect(order.withLock { $0 } == ["first", "urgent", "work"] && !lock.isAwaited)
    }
}

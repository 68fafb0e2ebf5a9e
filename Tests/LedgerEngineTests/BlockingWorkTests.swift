import LedgerMerkle
import LedgerStorage
import Synchronization
import Testing

@testable import LedgerEngine

@Suite struct BlockingWorkTests {
    /// A ledger of segments of four entries with no compaction of its own, 9 entries filed.
    ///
    /// - Parameter onSalt: called whenever a record file is begun.
    private func opened(onSalt: @escaping @Sendable () -> Void) async throws -> (Ledger, Promises) {
        var fixture = try Fixture(segmentHeight: 2)
        fixture.configuration.compaction.isAutomatic = false
        fixture.configuration.random = { count in
            onSalt()
            return [UInt8](repeating: 1, count: count)
        }
        let ledger = try fixture.open()
        var promises = Promises(fixture.folder)
        for number in 0..<9 { try promises.note(try await ledger.append(entry(number)), entry(number).item) }
        try await fixture.awaitPublishing(of: ledger)
        return (ledger, promises)
    }

    @Test func compactionAskedForTwiceIsDoneOnceAndNotOnThreadsOfTasks() async throws {
        let tasksMet = Mutex(0)
        var (ledger, promises) = try await opened {
            if withUnsafeCurrentTask(body: { $0 != nil }) { tasksMet.withLock { $0 += 1 } }
        }
        async let one = ledger.compactInTurn()
        async let other = ledger.compactInTurn()
        let steps = try await [one, other]
        #expect(steps.contains([]) && steps.joined().contains(.seal(4..<8)))
        #expect(tasksMet.withLock { $0 } == 0)
        try promises.check(ledger)
        ledger.close()
    }

    @Test func aCancelledCompactionEndsBehindItsStepAndLosesNothing() async throws {
        let request = Mutex<Task<[CompactionStep], any Error>?>(nil)
        var (ledger, promises) = try await opened { request.withLock { $0?.cancel() } }
        let compacting = ledger
        request.withLock { $0 = Task { try await compacting.compactInTurn() } }
        let task = try #require(request.withLock { $0 })
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ledger.compactionStatus().sealed == 4)
        try promises.check(ledger)
        let rest = try await ledger.compactInTurn()
        #expect(rest.contains(.seal(4..<8)) && ledger.compactionStatus().next == nil)
        try promises.check(ledger)
        ledger.close()
    }

    @Test func whatTheWorkThrowsIsThrown() async throws {
        struct Failed: Error {}
        await #expect(throws: Failed.self) { try await onThreadOfItsOwn { _ in throw Failed() } }
        #expect(try await onThreadOfItsOwn { _ in 7 } == 7)
    }
}

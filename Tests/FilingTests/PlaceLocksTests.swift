import Foundation
import LedgerMerkle
import LedgerStorage
import Synchronization
import Testing

@testable import Filing

/// What the places of a record are made of may move while its locks are waited for.
@Suite struct PlaceLocksTests {
    @Test func placesThatMovedWhileTheyWereWaitedForAreTakenAnew() throws {
        let locks = PlaceLocks()
        let (before, after) = (key(1), key(2))
        let place = Mutex(before)
        let isAsked = DispatchSemaphore(value: 0)
        let isDone = DispatchSemaphore(value: 0)
        let seen = Mutex<[DomainKey]>([])
        try locks.withLocks(of: { [before] }) {
            Thread.detachNewThread {
                try? locks.withLocks(of: {
                    let now = place.withLock { $0 }
                    isAsked.signal()
                    return [now]
                }) {
                    seen.withLock { $0.append(place.withLock { $0 }) }
                }
                isDone.signal()
            }
            // It has asked, and waits for the lock of what is no longer its place.
            isAsked.wait()
            place.withLock { $0 = after }
        }
        isDone.wait()
        // Before and under the locks of the first place, and once more of the second: the first signal was taken above.
        #expect(seen.withLock { $0 } == [after])
        for _ in 0..<3 { #expect(isAsked.wait(timeout: .now()) == .success) }
        #expect(isAsked.wait(timeout: .now()) == .timedOut)
    }

    private func key(_ byte: UInt8) -> DomainKey { DomainKey(purpose: 22, digest: SHA256.hash([byte])) }

    @Test func nothingIsDoneWherePlacesCannotBeTold() throws {
        struct Untold: Error {}
        let locks = PlaceLocks()
        #expect(throws: Untold.self) {
            try locks.withLocks(of: { throw Untold() }) { Issue.record("run without places") }
        }
    }
}

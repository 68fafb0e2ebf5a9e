import Testing

@testable import Service

/// Permits that one holder cannot have all of.
@Suite struct SharedPermitsTests {
    @Test func aHolderHasAShareAndOthersHaveTheRest() throws {
        let permits = SharedPermits(4, each: 2)
        var own = try (0..<2).map { _ in try #require(permits.takeIfFree(for: "a")) }
        #expect(permits.takeIfFree(for: "a") == nil)
        var others = try ["b", "c"].map { try #require(permits.takeIfFree(for: $0)) }
        #expect(permits.takeIfFree(for: "d") == nil && permits.takeIfFree(for: "b") == nil)
        #expect(permits.holderCount == 3, "who got none is forgotten")
        own.removeLast()
        #expect(permits.takeIfFree(for: "b") != nil, "and given back as nobody holds it")
        others[0].giveBack()
        others[0].giveBack()
        #expect(permits.takeIfFree(for: "a") != nil)
        own.removeAll()
        others.removeAll()
        #expect(permits.holderCount == 0)
    }

    @Test func whoHasAShareWaitsForTheOwnAndKeepsNobodyOut() async throws {
        let permits = SharedPermits(2, each: 1)
        let first = try await permits.take(for: "a")
        let waiting = (0..<3).map { _ in Task { try await permits.take(for: "a").giveBack() } }
        for _ in 0..<50 { await Task.yield() }
        // However many of a wait: the other permit is there for others, now and again.
        for holder in ["b", "c", "b"] {
            let place = try await permits.take(for: holder)
            #expect(permits.takeIfFree(for: "d") == nil)
            place.giveBack()
        }
        first.giveBack()
        for task in waiting { try await task.value }
        #expect(permits.holderCount == 0)
    }

    @Test func whoIsCancelledLeavesItsPlaceToOthers() async throws {
        let permits = SharedPermits(1, each: 1)
        let first = try await permits.take(for: "a")
        // Behind the own, and behind another's.
        for holder in ["a", "b"] {
            let waiting = Task { try await permits.take(for: holder) }
            for _ in 0..<50 { await Task.yield() }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { _ = try await waiting.value }
        }
        first.giveBack()
        #expect(permits.holderCount == 0)
        #expect(permits.takeIfFree(for: "b") != nil)
    }

    @Test func manyAtOnceAreNeverMoreThanThereAre() async throws {
        let permits = SharedPermits(3, each: 2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let place = try await permits.take(for: String(number % 5))
                    await Task.yield()
                    place.giveBack()
                }
            }
            try await group.waitForAll()
        }
        #expect(permits.holderCount == 0)
        let all = ["a", "a", "b"].compactMap { permits.takeIfFree(for: $0) }
        #expect(all.count == 3)
    }
}

import Testing

@testable import Filing

@Suite struct NumberedListTests {
    /// A list of some entries, and how often it was asked.
    private final class Counted {
        let entries: [UInt64]
        var lookUps = 0

        init(_ entries: [UInt64]) { self.entries = entries }

        var walk: NumberedWalk {
            NumberedWalk { number in
                self.lookUps += 1
                return number <= self.entries.count ? self.entries[number - 1] : nil
            }
        }
    }

    @Test(arguments: [0, 1, 2, 3, 7, 8, 9, 1000, 1023, 1024, 1025])
    func allAreCountedAndVisitedNewestFirst(_ count: Int) throws {
        let list = Counted((0..<count).map { UInt64($0 * 3 + 5) })
        #expect(try list.walk.count() == count)
        var seen: [UInt64] = []
        try list.walk.visitNewest {
            seen.append($0)
            return true
        }
        #expect(seen == list.entries.reversed())
        for end in [0, 5, 6, 8, 9, UInt64(count), UInt64(count * 3)] {
            seen = []
            try list.walk.visitNewest(before: end) {
                seen.append($0)
                return true
            }
            #expect(seen == list.entries.filter { $0 < end }.reversed())
        }
    }

    @Test func aLongListCostsNoMoreThanWhatIsVisited() throws {
        let list = Counted((0..<100_000).map { UInt64($0) })
        for end in [UInt64.max, 60_000] {
            list.lookUps = 0
            var visited = 0
            try list.walk.visitNewest(before: end) { _ in
                visited += 1
                return visited < DeedDesk.examinedLimit
            }
            #expect(visited == DeedDesk.examinedLimit)
            // Twice the doublings up to 2^17, and what was visited.
            #expect(list.lookUps <= DeedDesk.examinedLimit + 2 * 18)
        }
    }
}

@Suite struct ActTimesTests {
    @Test func timesOfANotaryNeverStepBack() {
        let times = ActTimes()
        // Midnight of New Year in Ulaanbaatar.
        let midnight: UInt64 = 1_798_732_800_000
        var asked = 0
        func next(_ notary: String, _ now: UInt64) -> UInt64 {
            times.next(of: notary, now: now) {
                asked += 1
                return midnight
            }
        }
        #expect(next("NT001", midnight - 1) == midnight, "the newest record is of the new year")
        #expect(next("NT001", midnight + 5_000) == midnight + 5_000)
        #expect(next("NT001", midnight - 2_000) == midnight + 5_000, "the clock stepped back")
        #expect(next("NT001", midnight + 5_001) == midnight + 5_001)
        #expect(asked == 1)
        #expect(next("NT002", midnight + 1) == midnight + 1 && asked == 2, "each notary by itself")
    }
}

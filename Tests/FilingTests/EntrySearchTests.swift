import Testing

@testable import Filing

/// Pages of merged lists: all of it, in order, each once, whatever bounds a page.
@Suite struct EntrySearchTests {
    /// Lists of entries, and how many were looked at.
    private final class Lists {
        let lists: [[UInt64]]
        var looked = 0

        init(_ lists: [[UInt64]]) { self.lists = lists }

        func page(before end: UInt64, limit: Int, bound: Int, _ isOwn: (UInt64) -> Bool) throws
            -> EntrySearch.Page<UInt64>
        {
            let sources = try lists.map { list in
                try NumberedWalk { $0 <= list.count ? list[$0 - 1] : nil }.newest(before: end)
            }
            looked = 0
            return try EntrySearch.page(of: sources, limit: limit, bound: bound) { index, source in
                looked += 1
                #expect(lists[source].contains(index))
                return isOwn(index) ? index : nil
            }
        }
    }

    private func lists(seed: UInt64) -> [[UInt64]] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func random(_ limit: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state % limit
        }
        return (0..<(1 + random(4))).map { _ in
            (0..<random(60)).map { _ in random(150) }.reduce(into: Set<UInt64>()) { $0.insert($1) }.sorted()
        }
    }

    @Test func allPagesTogetherAreEverythingOnce() throws {
        for seed in 0..<60 as Range<UInt64> {
            let lists = Lists(lists(seed: seed))
            for own in [1, 2, 7, 1000] as [UInt64] {
                let expected = Set(lists.lists.joined()).filter { $0 % own == 0 }.sorted(by: >)
                for (limit, bound) in [(1, 1), (3, 2), (3, 10), (5, 5), (100, 7), (4, 1000), (100, 1000)] {
                    var (found, end, pages) = ([UInt64](), UInt64(150), 0)
                    while true {
                        let page = try lists.page(before: end, limit: limit, bound: bound) { $0 % own == 0 }
                        #expect(lists.looked <= bound && page.found.count <= limit)
                        found += page.found
                        pages += 1
                        guard let next = page.next else { break }
                        #expect(next <= end && (next < end || lists.looked == 0), "it goes on")
                        try #require(pages < 300)
                        end = next
                    }
                    #expect(found == expected, "seed \(seed), own \(own), limit \(limit), bound \(bound)")
                }
            }
        }
    }

    @Test func othersShowNoFurtherPageBelowTheBound() throws {
        let lists = Lists([Array(0..<100)])
        let page = try lists.page(before: .max, limit: 2, bound: 1000) { $0 == 60 || $0 == 90 }
        #expect(page.found == [90, 60] && page.next == nil)
        // With the bound it says that there may be more, and nothing of whose.
        let bounded = try lists.page(before: .max, limit: 2, bound: 20) { $0 == 60 || $0 == 90 }
        #expect(bounded.found == [90] && bounded.next == 80)
        let empty = try lists.page(before: 80, limit: 2, bound: 15) { $0 == 60 || $0 == 90 }
        #expect(empty.found.isEmpty && empty.next == 65)
        let last = try lists.page(before: 65, limit: 2, bound: 65) { $0 == 60 || $0 == 90 }
        #expect(last.found == [60] && last.next == nil)
    }

    @Test func aFullPageGoesOnWithTheNextOneFound() throws {
        let lists = Lists([Array(0..<100)])
        let page = try lists.page(before: .max, limit: 2, bound: 1000) { $0 % 30 == 0 }
        #expect(page.found == [90, 60] && page.next == 31)
    }
}

import Testing

@testable import LedgerStorage

@Suite struct BoundedCacheTests {
    private struct Missed: Error {}

    @Test func asManyAsItHoldsAreAllFoundAgainInAnyOrder() throws {
        let cache = BoundedCache<Int, Int>(limit: 100)
        for key in 0..<100 { _ = cache.value(key) { key * 2 } }
        for round in 0..<3 {
            for step in 0..<100 {
                let key = (step * 37 + round) % 100
                #expect(try cache.value(key) { () throws(Missed) -> Int in throw Missed() } == key * 2)
            }
        }
    }

    @Test func oneTooManyTakesThePlaceOfWhatWasNotUsed() {
        let cache = BoundedCache<Int, Int>(limit: 4)
        for key in 0..<4 { _ = cache.value(key) { key } }
        for key in [0, 2, 3] { _ = cache.find(key) }
        _ = cache.value(4) { 4 }
        #expect(cache.find(1) == nil)
        #expect([0, 2, 3, 4].allSatisfy { cache.find($0) == $0 })
        for key in 5..<1000 { _ = cache.value(key) { key } }
        #expect((0..<1000).count { cache.find($0) != nil } == 4)
    }

    @Test func whatIsRemovedIsMadeAnewAndTheRestStays() {
        let cache = BoundedCache<Int, Int>(limit: 8)
        for key in 0..<20 { _ = cache.value(key) { key } }
        let before = (0..<20).filter { cache.find($0) != nil }
        cache.remove { $0 % 2 == 0 }
        #expect((0..<20).filter { cache.find($0) != nil } == before.filter { $0 % 2 == 1 })
        for key in 20..<40 { _ = cache.value(key) { -key } }
        #expect((20..<40).filter { cache.find($0) == -$0 }.count <= 8)
        #expect(cache.find(39) == -39)
    }
}

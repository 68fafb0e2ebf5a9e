import LedgerMerkle
import Testing

@testable import LedgerStorage

@Suite struct FuseFilterTests {
    private func mayContain(_ made: (filter: FuseFilter, fingerprints: [UInt8]), _ place: UInt64) -> Bool {
        made.fingerprints.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { made.filter.mayContain(place, $0) } ?? true
        }
    }

    @Test func noPlaceOfAFilterIsDenied() {
        for count in Array(0..<40) + [100, 407, 408, 1000, 4096, 20_000] {
            var numbers = RunNumbers(UInt64(count))
            let sets: [[UInt64]] = [
                (0..<count).map { _ in numbers.next() >> 20 }, (0..<count).map { UInt64($0) },
                (0..<count).map { UInt64($0) << 30 },
            ]
            for places in sets {
                let made = FuseFilter.build(Array(Set(places)))
                #expect(made.fingerprints.count == made.filter.fingerprintCount)
                #expect(places.allSatisfy { mayContain(made, $0) })
            }
        }
    }

    @Test func oneInTwoHundredAndFiftySixOthersIsNotDenied() {
        var numbers = RunNumbers(3)
        let made = FuseFilter.build(Array(Set((0..<20_000).map { _ in numbers.next() >> 20 })))
        let found = (0..<100_000).count { _ in mayContain(made, numbers.next() >> 20) }
        // 390 expected; six deviations to either side.
        #expect((270...510).contains(found))
    }

    @Test func aFullGroupTakesLessThanOneAndAFifthBytesAKey() {
        var numbers = RunNumbers(4)
        let count = RunWriter.defaultGroupPageCount * RunPage.capacity
        let made = FuseFilter.build((0..<count).map { _ in numbers.next() >> 20 })
        #expect(Double(made.fingerprints.count) < 1.2 * Double(count))
    }

    @Test func theFilterOnThePageKnowsItsPlaces() throws {
        let bytes = try #require(FormatsPage().hex("run-filter-example"))
        let filter = try #require(bytes.withUnsafeBytes { FuseFilter($0) })
        let fingerprints = Array(bytes[FuseFilter.headByteCount...])
        #expect(filter.head == Array(bytes[..<FuseFilter.headByteCount]))
        try #require(fingerprints.count == filter.fingerprintCount)
        let made = (filter, fingerprints)
        let domain = IndexKey(DomainKey(purpose: 1, digest: SHA256.hash(Array("key".utf8)))).place
        let leaf = try #require(FormatsPage().hex("leaf-hash-example").flatMap { Digest($0) })
        for place in [domain, domain + 1, IndexKey(DomainKey(leafHash: leaf)).place] {
            #expect(mayContain(made, place))
        }
        #expect((2..<1002).count { mayContain(made, domain + $0) } < 100)
    }

    @Test func lengthsThatCannotBeAreNoFilter() {
        for (length, count) in [(0, 1), (3, 1), (1 << 19, 1), (8, 0)] as [(UInt32, UInt32)] {
            var bytes: [UInt8] = []
            bytes.append(bigEndian: UInt64(1))
            bytes.append(bigEndian: length)
            bytes.append(bigEndian: count)
            #expect(bytes.withUnsafeBytes { FuseFilter($0) } == nil)
            #expect(Array(bytes[..<15]).withUnsafeBytes { FuseFilter($0) } == nil)
        }
    }
}

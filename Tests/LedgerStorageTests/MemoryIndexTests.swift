import LedgerMerkle
import Testing

@testable import LedgerStorage

@Suite struct MemoryIndexTests {
    /// Keys of few digests and purposes, so that many come again.
    private func key(_ number: UInt64) -> DomainKey {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: number / 7)
        return DomainKey(purpose: UInt8(number % 7), digest: SHA256.hash(bytes))
    }

    @Test func findsWhatADictionaryFinds() {
        let index = MemoryIndex()
        var known: [DomainKey: UInt64] = [:]
        var word: UInt64 = 1
        for number in 0..<60_000 as Range<UInt64> {
            word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let key = key((word >> 33) % 40_000)
            index.insert(key, at: number)
            known[key] = number
        }
        #expect(index.count == known.count && known.count > 20_000)
        for number in 0..<42_000 as Range<UInt64> { #expect(index.find(key(number)) == known[key(number)]) }
    }

    @Test func keysThatFallOnOneSlotAreKeptApart() {
        let index = MemoryIndex()
        let keys = (0..<200).map { number in
            // The low bits of the first word address the table: all the same here.
            DomainKey(purpose: 3, digest: Digest { $0.storeBytes(of: UInt64(number) << 40, as: UInt64.self) })
        }
        for (number, key) in keys.enumerated() { index.insert(key, at: UInt64(number)) }
        for (number, key) in keys.enumerated() { #expect(index.find(key) == UInt64(number)) }
        #expect(index.count == 200)
    }

    @Test func purposesAreKeptApart() {
        let index = MemoryIndex()
        let digest = SHA256.hash([1])
        for purpose in 0...255 as ClosedRange<UInt8> where purpose % 2 == 0 {
            index.insert(DomainKey(purpose: purpose, digest: digest), at: 1000 + UInt64(purpose))
        }
        for purpose in 0...255 as ClosedRange<UInt8> {
            let found = index.find(DomainKey(purpose: purpose, digest: digest))
            #expect(found == (purpose % 2 == 0 ? 1000 + UInt64(purpose) : nil))
        }
    }

    @Test func aLaterEntryReplacesAnEarlierOne() {
        let index = MemoryIndex()
        let key = DomainKey(leafHash: SHA256.hash([1]))
        #expect(index.find(key) == nil)
        index.insert(key, at: 0)
        #expect(index.find(key) == 0)
        index.insert(key, at: 1 << 54)
        #expect(index.find(key) == 1 << 54 && index.count == 1)
    }
}

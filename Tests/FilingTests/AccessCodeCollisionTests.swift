import Deeds
import Dispatch
import LedgerMerkle
import Synchronization
import Testing

@testable import Filing

@Suite struct AccessCodeCollisionTests {
    /// A million codes as acts get them: from a commitment, under the pepper. Of 50 bits 4·10^-4 collisions are expected; the keys are fixed, so
    /// the test has one outcome.
    @Test func ofAMillionCodesNoTwoAreEqual() throws {
        let (threads, each) = (4, 250_000)
        let vault = Vault(
            storeKey: [UInt8](repeating: 1, count: 32),
            pepper: Array("a test pepper of thirty-two bytes".utf8.prefix(32)))
        let parts = Mutex<[[AccessCode]]>([])
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            var codes: [AccessCode] = []
            codes.reserveCapacity(each)
            for number in thread * each..<(thread + 1) * each {
                let commitment = SHA256.hash(withUnsafeBytes(of: UInt64(number).bigEndian) { Array($0) })
                guard let code = AccessCode(random: vault.accessCodeBytes(of: commitment)) else { return }
                codes.append(code)
            }
            parts.withLock { $0.append(codes) }
        }
        var all: Set<AccessCode> = []
        all.reserveCapacity(threads * each)
        var count = 0
        for codes in parts.withLock({ $0 }) {
            count += codes.count
            all.formUnion(codes)
        }
        #expect(count == 1_000_000)
        #expect(all.count == count)
    }
}

/// The search for fingerprints: again and again takes a place that alone lies on some slot, and gives in reverse each such
/// slot the byte that makes its place come out right.
///
/// On owned memory: slots are visited at random, and neither bounds nor uniqueness are checked each time. Slots come from
/// `FuseFilter.slots`, which are below `fingerprintCount` by construction.
struct FusePeeling: ~Copyable {
    private struct Step {
        let hash: UInt64
        /// Which of its three slots the place had alone.
        let own: UInt8
    }

    private let filter: FuseFilter
    private let placeCount: Int
    // For each slot: the XOR of the hashes of the places on it.
    private let hashes: UnsafeMutablePointer<UInt64>
    // For each slot: the number of places on it (upper 6 bits), and the XOR of which of their three slots it is (lower 2).
    private let tallies: UnsafeMutablePointer<UInt8>
    // Slots to look at. Each comes at most once: when the last place but one on it goes.
    private let waiting: UnsafeMutablePointer<UInt32>
    private let order: UnsafeMutablePointer<Step>

    init(_ filter: FuseFilter, placeCount: Int) {
        self.filter = filter
        self.placeCount = placeCount
        hashes = .allocate(capacity: filter.fingerprintCount)
        hashes.initialize(repeating: 0, count: filter.fingerprintCount)
        tallies = .allocate(capacity: filter.fingerprintCount)
        tallies.initialize(repeating: 0, count: filter.fingerprintCount)
        waiting = .allocate(capacity: filter.fingerprintCount)
        order = .allocate(capacity: max(1, placeCount))
    }

    deinit {
        hashes.deallocate()
        tallies.deallocate()
        waiting.deallocate()
        order.deallocate()
    }

    /// The fingerprints; `nil` when this seed does not serve.
    ///
    /// - Precondition: as many places as said at the beginning, all distinct.
    consuming func fingerprints(of places: UnsafeBufferPointer<UInt64>) -> [UInt8]? {
        precondition(places.count == placeCount)
        for place in places {
            let hash = filter.hash(place)
            let (a, b, c) = filter.slots(hash)
            // More places on one slot than can be counted: another seed spreads them.
            guard max(tallies[a], tallies[b], tallies[c]) < 63 << 2 else { return nil }
            add(hash, 0, a)
            add(hash, 1, b)
            add(hash, 2, c)
        }
        var taken = 0
        for first in 0..<filter.fingerprintCount where isLonely(first) {
            // What becomes lonely by it is followed to its end, so that few slots wait.
            var waitingCount = 0
            var slot = first
            while true {
                // Its place may have been taken from another slot since.
                if isLonely(slot), taken < placeCount {
                    let (hash, own) = (hashes[slot], tallies[slot] & 3)
                    order[taken] = Step(hash: hash, own: own)
                    taken += 1
                    let (a, b, c) = filter.slots(hash)
                    remove(hash, 0, a, &waitingCount)
                    remove(hash, 1, b, &waitingCount)
                    remove(hash, 2, c, &waitingCount)
                }
                guard waitingCount > 0 else { break }
                waitingCount -= 1
                slot = Int(waiting[waitingCount])
            }
        }
        return taken == placeCount ? assigned() : nil
    }

    @inline(__always)
    private func isLonely(_ slot: Int) -> Bool { tallies[slot] >> 2 == 1 }

    @inline(__always)
    private func add(_ hash: UInt64, _ which: UInt8, _ slot: Int) {
        tallies[slot] = (tallies[slot] &+ 4) ^ which
        hashes[slot] ^= hash
    }

    @inline(__always)
    private func remove(_ hash: UInt64, _ which: UInt8, _ slot: Int, _ waitingCount: inout Int) {
        tallies[slot] = (tallies[slot] &- 4) ^ which
        hashes[slot] ^= hash
        if isLonely(slot) {
            waiting[waitingCount] = UInt32(truncatingIfNeeded: slot)
            waitingCount += 1
        }
    }

    private func assigned() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: filter.fingerprintCount) { bytes, count in
            bytes.initialize(repeating: 0)
            count = bytes.count
            guard let bytes = bytes.baseAddress else { return }
            for step in UnsafeBufferPointer(start: order, count: placeCount).reversed() {
                let (a, b, c) = filter.slots(step.hash)
                // The slot itself is still zero.
                let others = bytes[a] ^ bytes[b] ^ bytes[c]
                bytes[step.own == 0 ? a : step.own == 1 ? b : c] = FuseFilter.fingerprint(step.hash) ^ others
            }
        }
    }
}

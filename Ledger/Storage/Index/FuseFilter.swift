import Glibc

/// A binary fuse filter over places: 8 bits, 3-wise (Graf and Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor
/// Filters", 2022). Never says no to a place that is in it; says yes to 1 of 256 that are not.
///
/// The fingerprints lie apart, so that the filters of a run share one array.
struct FuseFilter: Hashable, Sendable {
    static let headByteCount = 16
    static let segmentLengthLimit = 1 << 18

    let seed: UInt64
    let segmentLength: Int
    let segmentCount: Int

    /// - Precondition: the segment length is a power of two of at most 2^18, the count at least 1.
    init(seed: UInt64, segmentLength: Int, segmentCount: Int) {
        precondition(segmentLength.nonzeroBitCount == 1 && segmentLength <= FuseFilter.segmentLengthLimit)
        precondition(segmentCount > 0)
        self.seed = seed
        self.segmentLength = segmentLength
        self.segmentCount = segmentCount
    }

    /// Reads the 16 bytes before the fingerprints; `nil` when their lengths cannot be.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= FuseFilter.headByteCount else { return nil }
        let length = Int(bytes.load(bigEndian: UInt32.self, at: 8))
        let count = Int(bytes.load(bigEndian: UInt32.self, at: 12))
        guard length.nonzeroBitCount == 1, length <= FuseFilter.segmentLengthLimit, count > 0 else { return nil }
        self.init(seed: bytes.load(bigEndian: UInt64.self, at: 0), segmentLength: length, segmentCount: count)
    }

    var head: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: seed)
        bytes.append(bigEndian: UInt32(segmentLength))
        bytes.append(bigEndian: UInt32(segmentCount))
        return bytes
    }

    /// The number of fingerprints, one byte each.
    var fingerprintCount: Int { (segmentCount + 2) * segmentLength }

    /// Whether a place may be in the filter. Three reads.
    ///
    /// - Precondition: `fingerprints` has `fingerprintCount` bytes.
    @inline(__always)
    func mayContain(_ place: UInt64, _ fingerprints: UnsafePointer<UInt8>) -> Bool {
        let hash = hash(place)
        let (a, b, c) = slots(hash)
        return fingerprints[a] ^ fingerprints[b] ^ fingerprints[c] == FuseFilter.fingerprint(hash)
    }

    @inline(__always)
    func hash(_ place: UInt64) -> UInt64 {
        FuseFilter.mixed(place &+ seed)
    }

    @inline(__always)
    func slots(_ hash: UInt64) -> (Int, Int, Int) {
        let first = Int(hash.multipliedFullWidth(by: UInt64(segmentCount &* segmentLength)).high)
        let mask = segmentLength &- 1
        return (
            first, (first &+ segmentLength) ^ (Int(truncatingIfNeeded: hash >> 18) & mask),
            (first &+ 2 &* segmentLength) ^ (Int(truncatingIfNeeded: hash) & mask)
        )
    }

    @inline(__always)
    static func fingerprint(_ hash: UInt64) -> UInt8 {
        UInt8(truncatingIfNeeded: hash ^ hash >> 32)
    }

    /// The finaliser of MurmurHash3.
    @inline(__always)
    static func mixed(_ word: UInt64) -> UInt64 {
        var word = word
        word ^= word >> 33
        word = word &* 0xff51_afd7_ed55_8ccd
        word ^= word >> 33
        word = word &* 0xc4ce_b9fe_1a85_ec53
        return word ^ word >> 33
    }
}

extension FuseFilter {
    static func build(_ places: [UInt64]) -> (filter: FuseFilter, fingerprints: [UInt8]) {
        places.withUnsafeBufferPointer { build($0) }
    }

    /// The filter of some places and its fingerprints. O(n) time; about 32 bytes a place while it works.
    ///
    /// Deterministic: the seeds are 1, 2, 3 and so on, until one serves. With the sizes of the paper that is nearly always the first.
    ///
    /// - Precondition: the places are distinct.
    static func build(_ places: UnsafeBufferPointer<UInt64>) -> (filter: FuseFilter, fingerprints: [UInt8]) {
        var attempt: UInt64 = 0
        while true {
            attempt += 1
            // Small sets are sometimes unlucky many times over: more room always helps.
            let filter = fitted(seed: attempt, placeCount: places.count + places.count * Int(attempt / 8) / 4)
            let peeling = FusePeeling(filter, placeCount: places.count)
            if let fingerprints = peeling.fingerprints(of: places) { return (filter, fingerprints) }
        }
    }

    private static func fitted(seed: UInt64, placeCount: Int) -> FuseFilter {
        let count = Double(max(placeCount, 2))
        let length = min(segmentLengthLimit, 1 << Int((log(count) / log(3.33) + 2.25).rounded(.down)))
        let factor = max(1.125, 0.875 + 0.25 * log(1_000_000) / log(count))
        let capacity = Int((count * factor).rounded())
        return FuseFilter(
            seed: seed, segmentLength: length, segmentCount: max(1, (capacity + length - 1) / length - 2))
    }
}

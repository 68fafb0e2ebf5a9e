/// A key of the hash index: 64 bits, of which the index keeps the upper 44 (FORMATS.md, "Hash index").
public struct IndexKey: Hashable, Sendable {
    static let placeBitCount: UInt64 = 44

    public let word: UInt64

    public init(word: UInt64) {
        self.word = word
    }

    /// The first 8 bytes of the key's hash, with the purpose mixed in: equal bits of two purposes are two keys.
    public init(_ key: DomainKey) {
        // The hash lies in memory order.
        word = UInt64(bigEndian: key.high) ^ (UInt64(key.purpose) &* 0x9e37_79b9_7f4a_7c15)
    }

    /// Where the key stands in the order of the index.
    var place: UInt64 { word >> (64 - IndexKey.placeBitCount) }
}

/// What the index holds under a key: 40 bits.
public struct IndexValue: Hashable, Sendable {
    /// Indices are below this: 2^39.
    public static let indexLimit: UInt64 = 1 << 39
    static let byteCount = 5
    private static let leafBit = indexLimit

    let bits: UInt64

    /// - Precondition: the index is below `indexLimit`.
    public init(index: UInt64, isLeafHash: Bool) {
        precondition(index < IndexValue.indexLimit)
        bits = index | (isLeafHash ? IndexValue.leafBit : 0)
    }

    /// The value in the lower 40 bits of a word.
    init(bits: UInt64) {
        self.bits = bits & (IndexValue.leafBit << 1 - 1)
    }

    /// The index of the entry.
    public var index: UInt64 { bits & (IndexValue.indexLimit - 1) }

    /// Whether the key is the leaf hash of the entry: what stays when an entry's domain keys go.
    public var isLeafHash: Bool { bits & IndexValue.leafBit != 0 }

    /// Newer entries come first; of the same entry, the leaf hash.
    func precedes(_ other: IndexValue) -> Bool {
        index != other.index ? index > other.index : bits > other.bits
    }
}

/// A key's place with a value: what a run is made of. Ordered by place, and under one place the newest first.
public struct IndexRecord: Hashable, Sendable, Comparable {
    let place: UInt64
    public let value: IndexValue

    public init(key: IndexKey, value: IndexValue) {
        self.init(place: key.place, value: value)
    }

    init(place: UInt64, value: IndexValue) {
        self.place = place
        self.value = value
    }

    public static func < (a: IndexRecord, b: IndexRecord) -> Bool {
        a.place != b.place ? a.place < b.place : a.value.precedes(b.value)
    }

    /// Puts records into the order of a run. O(n) for keys as uniform as hashes are, O(n log n) for any.
    public static func sort(_ records: inout [IndexRecord]) {
        // About eight records to a bucket of the upper bits of their places.
        let bucketBits = UInt64(min(20, max(0, records.count.bitWidth - records.count.leadingZeroBitCount - 4)))
        let shift = IndexKey.placeBitCount - bucketBits
        var ends = [Int](repeating: 0, count: 1 << Int(bucketBits))
        for record in records { ends[Int(record.place >> shift)] += 1 }
        var sum = 0
        for bucket in ends.indices {
            sum += ends[bucket]
            ends[bucket] = sum - ends[bucket]
        }
        var sorted = records
        for record in records {
            let bucket = Int(record.place >> shift)
            sorted[ends[bucket]] = record
            ends[bucket] += 1
        }
        sorted.withUnsafeMutableBufferPointer { sorted in
            var start = 0
            for end in ends {
                var bucket = UnsafeMutableBufferPointer(rebasing: sorted[start..<end])
                if bucket.count > 1 { bucket.sort() }
                start = end
            }
        }
        records = sorted
    }

    /// A word that tells this record from others: summed up, it tells two sets of records apart.
    var digest: UInt64 {
        FuseFilter.mixed(place ^ value.bits &* 0x9e37_79b9_7f4a_7c15)
    }
}

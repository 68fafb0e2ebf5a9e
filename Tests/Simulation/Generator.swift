/// SplitMix64: the same run for the same seed, on every machine.
struct Generator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// A number in 0..<`limit`; 0 when there is none.
    mutating func below(_ limit: Int) -> Int { limit <= 1 ? 0 : Int(next() % UInt64(limit)) }

    mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    /// Whether one of `count` equally likely cases came up.
    mutating func isOne(in count: Int) -> Bool { below(count) == 0 }

    mutating func bytes(_ count: Int) -> [UInt8] {
        // Cut from one long stretch of noise: a megabyte costs a copy, in a debug build too.
        precondition(count <= Generator.noise.count / 2)
        let start = below(Generator.noise.count - count)
        return Array(Generator.noise[start..<start + count])
    }

    private static let noise: [UInt8] = {
        var generator = Generator(seed: 0)
        let words = (0..<1 << 18).map { _ in generator.next() }
        return words.withUnsafeBytes { Array($0) }
    }()

    mutating func shuffle<Element>(_ elements: inout [Element]) {
        var last = elements.count - 1
        while last > 0 {
            elements.swapAt(last, below(last + 1))
            last -= 1
        }
    }
}

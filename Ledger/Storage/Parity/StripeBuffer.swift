/// Memory of one stripe, in whole 64-bit words; zero at first.
final class StripeBuffer {
    private let words: UnsafeMutableBufferPointer<UInt64>

    /// - Precondition: a positive multiple of 8.
    init(byteCount: Int) {
        precondition(byteCount > 0 && byteCount % 8 == 0, "stripes are whole words")
        words = .allocate(capacity: byteCount / 8)
        words.initialize(repeating: 0)
    }

    deinit {
        words.deallocate()
    }

    /// The first bytes.
    func prefix(_ byteCount: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(words).part(0, byteCount)
    }

    /// Takes the bytes of a file from `offset` on; zeros where it ends before.
    ///
    /// - Returns: how many bytes the file had.
    @discardableResult
    func fill(from file: any DiskFile, at offset: Int, byteCount: Int) throws(DiskError) -> Int {
        let all = UnsafeMutableRawBufferPointer(words)
        let wanted = UnsafeMutableRawBufferPointer(rebasing: all[..<byteCount])
        let count = try file.read(into: wanted, at: offset)
        UnsafeMutableRawBufferPointer(rebasing: all[count...]).initializeMemory(as: UInt8.self, repeating: 0)
        return count
    }

    /// XORs another stripe into this one.
    ///
    /// - Precondition: both have the same size.
    func add(_ other: StripeBuffer) {
        precondition(words.count == other.words.count, "stripes of one size")
        guard let sum = words.baseAddress, let term = other.words.baseAddress else { return }
        // Plain pointers: the optimizer makes wide vector instructions of this.
        for index in 0..<words.count { sum[index] ^= term[index] }
    }
}

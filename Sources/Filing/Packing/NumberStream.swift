import LedgerStorage

/// Unsigned numbers, as many as the reader knows already, in whichever of five forms is the shortest.
enum NumberStream {
    private enum Form: UInt8 {
        /// All are the number that follows.
        case equal = 0
        /// Least number, step, width u8, then the steps of each above the least in so many bits, from the lowest bit of the first
        /// byte on.
        case bits = 1
        /// Byte count, then each as LEB128.
        case plain = 2
        /// Byte count, compressed byte count, an LZ4 block of each as LEB128.
        case compressed = 3
        /// How many are not zero, then for each: how many zeros stand before it, and the number.
        case sparse = 4
    }

    /// What a list of numbers will cost, without LZ4.
    struct Estimate {
        private(set) var count = 0
        private var least = UInt64.max
        private var greatest: UInt64 = 0
        private var plainBytes = 0
        private var sparseBytes = 0
        private var first: UInt64 = 0
        private var step: UInt64 = 0

        mutating func add(_ number: UInt64) {
            if count == 0 { first = number }
            if step != 1 { step = NumberStream.commonDivisor(step, number &- first) }
            count += 1
            least = min(least, number)
            greatest = max(greatest, number)
            let length = NumberStream.byteCount(number)
            plainBytes += length
            if number != 0 { sparseBytes += length + 1 }
        }

        /// Bytes.
        var bytes: Int {
            guard count > 0, greatest > least else { return 2 }
            let width = UInt64.bitWidth - ((greatest - least) / max(step, 1)).leadingZeroBitCount
            return 2 + min((count * width + 7) / 8 + 1, plainBytes, sparseBytes)
        }
    }

    static func byteCount(_ number: UInt64) -> Int {
        max(1, (UInt64.bitWidth - number.leadingZeroBitCount + 6) / 7)
    }

    /// Of two numbers modulo 2^64, either as a distance: only divisors of both signs' magnitudes matter.
    private static func commonDivisor(_ one: UInt64, _ other: UInt64) -> UInt64 {
        var (a, b) = (one, Int64(bitPattern: other).magnitude)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }

    static func append(_ numbers: [UInt64], to out: inout [UInt8], level: Int32?) {
        guard let first = numbers.first else { return }
        var least = first
        var greatest = first
        var plainBytes = 0
        var sparseBytes = 0
        var others = 0
        var step: UInt64 = 0
        for number in numbers {
            if step != 1 { step = commonDivisor(step, number &- first) }
            least = min(least, number)
            greatest = max(greatest, number)
            let length = byteCount(number)
            plainBytes += length
            if number != 0 {
                sparseBytes += length + 1
                others += 1
            }
        }
        guard greatest > least else {
            out.append(Form.equal.rawValue)
            out.append(number: first)
            return
        }
        sparseBytes += byteCount(UInt64(others))
        // Numbers further apart than 2^63 have no distance that the divisor could be taken of.
        if greatest - least > UInt64(Int64.max) { step = 1 }
        let width = UInt64.bitWidth - ((greatest - least) / step).leadingZeroBitCount
        let bitsBytes = (numbers.count * width + 7) / 8 + byteCount(least) + byteCount(step) + 1
        let best = min(bitsBytes, sparseBytes)
        // LZ4 gains nothing on a few bytes.
        if best > 24 || plainBytes < best {
            var plain: [UInt8] = []
            plain.reserveCapacity(plainBytes)
            for number in numbers { plain.append(number: number) }
            if let compressed = LZ4.compress(plain, level: level), compressed.count + 4 < min(best, plainBytes) {
                out.append(Form.compressed.rawValue)
                out.append(count: plain.count)
                out.append(count: compressed.count)
                out += compressed
                return
            }
            if plainBytes + 1 < best {
                out.append(Form.plain.rawValue)
                out.append(count: plain.count)
                out += plain
                return
            }
        }
        if sparseBytes < bitsBytes {
            appendSparse(numbers, others, to: &out)
        } else {
            appendBits(numbers, least: least, step: step, width: width, to: &out)
        }
    }

    private static func appendSparse(_ numbers: [UInt64], _ others: Int, to out: inout [UInt8]) {
        out.append(Form.sparse.rawValue)
        out.append(count: others)
        var zeros = 0
        for number in numbers {
            if number == 0 {
                zeros += 1
            } else {
                out.append(count: zeros)
                out.append(number: number)
                zeros = 0
            }
        }
    }

    private static func appendBits(_ numbers: [UInt64], least: UInt64, step: UInt64, width: Int, to out: inout [UInt8])
    {
        out.append(Form.bits.rawValue)
        out.append(number: least)
        out.append(number: step)
        out.append(UInt8(width))
        var pending: UInt64 = 0
        var filled = 0
        for number in numbers {
            let excess = step == 1 ? number - least : (number - least) / step
            pending |= excess &<< UInt64(filled)
            var taken = min(width, 64 - filled)
            filled += taken
            while filled >= 8 {
                out.append(UInt8(truncatingIfNeeded: pending))
                pending >>= 8
                filled -= 8
                if taken < width {
                    let rest = excess >> UInt64(taken)
                    pending |= rest &<< UInt64(filled)
                    let more = min(width - taken, 64 - filled)
                    taken += more
                    filled += more
                }
            }
        }
        if filled > 0 { out.append(UInt8(truncatingIfNeeded: pending)) }
    }

    /// - Precondition: `count` was bounded by the caller.
    static func read(_ reader: inout PackedReader, count: Int) throws -> [UInt64] {
        guard count > 0 else { return [] }
        switch Form(rawValue: try reader.byte()) {
        case .equal: return [UInt64](repeating: try reader.number(), count: count)
        case .bits: return try readBits(&reader, count: count)
        case .plain:
            let range = try reader.range(try reader.count(limit: 10 * count))
            return try readPlain(Array(reader.bytes[range]), count: count)
        case .compressed:
            let length = try reader.count(limit: 10 * count)
            let range = try reader.range(try reader.count(limit: length))
            guard let plain = LZ4.decompress(reader.bytes[range], count: length) else {
                throw PackedReader.damaged("numbers do not decompress")
            }
            return try readPlain(plain, count: count)
        case .sparse: return try readSparse(&reader, count: count)
        case nil: throw PackedReader.damaged("numbers have an unknown form")
        }
    }

    private static func readPlain(_ bytes: [UInt8], count: Int) throws -> [UInt64] {
        var reader = PackedReader(bytes)
        var numbers: [UInt64] = []
        numbers.reserveCapacity(count)
        for _ in 0..<count { numbers.append(try reader.number()) }
        guard reader.isAtEnd else { throw PackedReader.damaged("numbers are left over") }
        return numbers
    }

    private static func readSparse(_ reader: inout PackedReader, count: Int) throws -> [UInt64] {
        var numbers = [UInt64](repeating: 0, count: count)
        var at = 0
        for _ in 0..<(try reader.count(limit: count)) {
            at += try reader.count(limit: count)
            guard at < count else { throw PackedReader.damaged("a number stands behind the last") }
            numbers[at] = try reader.number()
            at += 1
        }
        return numbers
    }

    private static func readBits(_ reader: inout PackedReader, count: Int) throws -> [UInt64] {
        let least = try reader.number()
        let step = try reader.number()
        let width = Int(try reader.byte())
        guard (1...64).contains(width) else { throw PackedReader.damaged("numbers of \(width) bits") }
        let range = try reader.range((count * width + 7) / 8)
        let mask = width == 64 ? UInt64.max : (1 &<< UInt64(width)) - 1
        return reader.bytes.withUnsafeBufferPointer { bytes in
            var numbers: [UInt64] = []
            numbers.reserveCapacity(count)
            var bit = 0
            for _ in 0..<count {
                var value: UInt64 = 0
                var got = 0
                while got < width {
                    let byte = UInt64(bytes[range.lowerBound + bit >> 3]) >> UInt64(bit & 7)
                    value |= byte &<< UInt64(got)
                    let more = min(8 - bit & 7, width - got)
                    got += more
                    bit += more
                }
                numbers.append(least &+ (value & mask) &* step)
            }
            return numbers
        }
    }
}

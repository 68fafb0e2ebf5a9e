import Glibc

/// What the instances of one shape have in common: literal bytes, and places for what differs.
struct RecordTemplate: Sendable {
    enum Piece: Hashable, Sendable {
        case literal(Range<Int>)
        /// The value of a column at this instance.
        case value(column: Int)
        /// The next instances of a table, parted by commas; how many, its counts say.
        case list(table: Int)
        /// Four bytes of length of what stands between here and the matching `lengthEnd`.
        case lengthBegin
        case lengthEnd
    }

    /// The bytes that its pieces take in a block or a signature.
    enum Code: UInt8 {
        case literal = 1
        case value = 2
        case list = 3
        case lengthBegin = 4
        case lengthEnd = 5
    }

    let table: Int
    let pieces: [Piece]

    var columns: [Int] {
        pieces.compactMap { if case .value(let column) = $0 { column } else { nil } }
    }
}

/// The bounds of a block, so that bytes from a damaged disk can't ask for more.
enum BlockLimits {
    static let tables = 256
    static let templates = 1 << 16
    static let columns = 1 << 14
    /// Of all tables together.
    static let instances = 1 << 21
    /// Columns × instances of their tables: what reading takes in memory. Rows × tables, likewise.
    static let cells = 1 << 24
    /// Pieces of the templates of all instances.
    static let pieces = 1 << 26
    /// Columns that are foretold from others: each pair of them is tried. In a block are about fifty.
    static let plannedColumns = 128
    /// Instances and keys that all predictions together look at.
    static let lookedAt = 1 << 28
    /// All records of a block.
    static let byteCount = 1 << 28
    /// Lists within lists.
    static let depth = 16
}

/// A part of the bytes to be packed.
struct Slice32 {
    let start: Int32
    let count: Int32

    init(_ start: Int, _ count: Int) {
        self.start = Int32(truncatingIfNeeded: start)
        self.count = Int32(truncatingIfNeeded: count)
    }

    var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

/// Multiply-and-fold over 8 bytes at a time: quick, and good enough for tables that compare the bytes as well.
func quickHash(_ bytes: UnsafeBufferPointer<UInt8>, seed: UInt64 = 0) -> UInt64 {
    let raw = UnsafeRawBufferPointer(bytes)
    var hash = seed ^ UInt64(raw.count) &* 0x9e37_79b9_7f4a_7c15
    var at = 0
    while at + 8 <= raw.count {
        hash = fold(hash ^ raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        at += 8
    }
    var tail: UInt64 = 0
    while at < raw.count {
        tail = tail << 8 | UInt64(raw[at])
        at += 1
    }
    return fold(hash ^ tail)
}

private func fold(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
    return product.high ^ product.low
}

/// Whether two byte strings of one length are the same.
func isEqual(_ one: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let a = one.baseAddress, let b = other.baseAddress, one.count == other.count else {
        return one.count == other.count
    }
    return memcmp(a, b, one.count) == 0
}

/// Numbers byte strings in the order in which they first come. Open addressing, at most half full.
struct SliceTable {
    private var places: [Int32]
    private(set) var slices: [Slice32] = []
    private var mask: Int

    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        places = [Int32](repeating: -1, count: size)
        mask = size - 1
    }

    /// The number of a string, new or known.
    mutating func number(of slice: Slice32, in input: UnsafeBufferPointer<UInt8>) -> Int {
        let bytes = UnsafeBufferPointer(rebasing: input[slice.range])
        var place = Int(truncatingIfNeeded: quickHash(bytes)) & mask
        while true {
            let found = Int(places[place])
            if found < 0 { break }
            let other = slices[found]
            if other.count == slice.count,
                other.start == slice.start
                    || isEqual(bytes, UnsafeBufferPointer(rebasing: input[other.range]))
            {
                return found
            }
            place = (place + 1) & mask
        }
        places[place] = Int32(slices.count)
        slices.append(slice)
        if slices.count * 2 > places.count { grow(input) }
        return slices.count - 1
    }

    private mutating func grow(_ input: UnsafeBufferPointer<UInt8>) {
        places = [Int32](repeating: -1, count: places.count * 2)
        mask = places.count - 1
        for (number, slice) in slices.enumerated() {
            var place = Int(truncatingIfNeeded: quickHash(UnsafeBufferPointer(rebasing: input[slice.range]))) & mask
            while places[place] >= 0 { place = (place + 1) & mask }
            places[place] = Int32(number)
        }
    }
}

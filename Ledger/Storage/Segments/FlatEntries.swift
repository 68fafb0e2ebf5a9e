import LedgerMerkle

/// Entries that lie one behind another in one piece of memory: none has an array of its own.
struct FlatEntries: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var lengths: [UInt32] = []
    /// Where each entry begins.
    private var starts: [Int] = []

    var count: Int { lengths.count }

    /// Forgets the entries and keeps the memory.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
    }

    func entry(_ position: Int) -> [UInt8] {
        Array(bytes[starts[position]..<starts[position] + Int(lengths[position])])
    }

    /// The leaf hashes of the entries from one on, in one call.
    func leafHashes(from position: Int) -> [Digest] {
        guard position < count else { return [] }
        let rest = position == 0 ? lengths : Array(lengths[position...])
        return bytes.withUnsafeBytes { all in
            TreeHash.leaves(all.part(starts[position], all.count - starts[position]), lengths: rest)
        }
    }

    /// Appends the entries of a block (FORMATS.md, "Entry block").
    ///
    /// - Throws: `ByteCursor.Shortage` unless the bytes are just `count` entries; then some of them may have been appended.
    mutating func append(block: UnsafeRawBufferPointer, count: Int) throws(ByteCursor.Shortage) {
        guard let shape = block.first else { throw ByteCursor.Shortage() }
        switch shape {
        case 0: try appendPlain(block, count)
        case 1: try appendSplit(block, count)
        default: throw ByteCursor.Shortage()
        }
    }

    private mutating func appendPlain(_ block: UnsafeRawBufferPointer, _ count: Int) throws(ByteCursor.Shortage) {
        var cursor = 1
        for _ in 0..<count {
            guard cursor + 2 <= block.count else { throw ByteCursor.Shortage() }
            let length = Int(block.load(bigEndian: UInt16.self, at: cursor))
            cursor += 2
            guard length <= block.count - cursor else { throw ByteCursor.Shortage() }
            starts.append(bytes.count)
            lengths.append(UInt32(length))
            bytes.append(contentsOf: block.part(cursor, length))
            cursor += length
        }
        guard cursor == block.count else { throw ByteCursor.Shortage() }
    }

    private mutating func appendSplit(_ block: UnsafeRawBufferPointer, _ count: Int) throws(ByteCursor.Shortage) {
        guard block.count >= 3 else { throw ByteCursor.Shortage() }
        let length = Int(block.load(bigEndian: UInt16.self, at: 1))
        let rest = length - EntryBlock.splitByteCount
        guard rest >= 0, count * rest <= block.count - 3 else { throw ByteCursor.Shortage() }
        let columns = block.count - count * rest
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: count * length))
        let isWhole = bytes.withUnsafeMutableBytes { all in
            FlatEntries.join(
                block, columns: columns, count: count, length: length,
                into: UnsafeMutableRawBufferPointer(rebasing: all[start...]))
        }
        guard isWhole else { throw ByteCursor.Shortage() }
        for position in 0..<count {
            starts.append(start + position * length)
            lengths.append(UInt32(length))
        }
    }

    /// Writes entries of one length from the columns of a split block.
    ///
    /// - Returns: whether the columns are just as many entries.
    private static func join(
        _ block: UnsafeRawBufferPointer, columns: Int, count: Int, length: Int,
        into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        var cursor = 3
        var covered = 0
        while covered < count {
            guard let run = EntryBlock.varint(block, &cursor, columns), run > 0, run <= UInt64(count - covered),
                cursor + 2 <= columns
            else { return false }
            for position in covered..<covered + Int(run) {
                target[position * length] = block[cursor]
                target[position * length + 1] = block[cursor + 1]
            }
            cursor += 2
            covered += Int(run)
        }
        var number: UInt64 = 0
        let rest = length - EntryBlock.splitByteCount
        for position in 0..<count {
            guard let coded = EntryBlock.varint(block, &cursor, columns) else { return false }
            number = number &+ (coded >> 1 ^ (0 &- (coded & 1)))
            let at = position * length
            target.storeBytes(of: number.bigEndian, toByteOffset: at + 2, as: UInt64.self)
            guard rest > 0, let entry = target.baseAddress, let source = block.baseAddress else { continue }
            (entry + at + EntryBlock.splitByteCount).copyMemory(
                from: source + columns + position * rest, byteCount: rest)
        }
        return cursor == columns
    }
}

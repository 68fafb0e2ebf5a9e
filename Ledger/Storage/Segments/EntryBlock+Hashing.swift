import LedgerMerkle

extension EntryBlock {
    /// The leaf hashes of a block's entries, without an array for each entry: the columns are put together in one buffer and hashed in bulk.
    ///
    /// - Returns: `nil` for a block that is not split into columns, or is none.
    static func leafHashes(_ bytes: UnsafeRawBufferPointer, count: Int) -> [Digest]? {
        guard bytes.count >= 3, count > 0, bytes[0] == 1 else { return nil }
        let length = Int(bytes[1]) << 8 | Int(bytes[2])
        let rest = length - splitByteCount
        guard rest >= 0, bytes.count >= 3 + count * rest else { return nil }
        let columns = bytes.count - count * rest
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count * length, alignment: 16)
        defer { buffer.deallocate() }
        var cursor = 3
        var row = 0
        while row < count {
            guard let run = varint(bytes, &cursor, columns), run > 0, run <= UInt64(count - row), cursor + 2 <= columns
            else { return nil }
            for _ in 0..<run {
                buffer[row * length] = bytes[cursor]
                buffer[row * length + 1] = bytes[cursor + 1]
                row += 1
            }
            cursor += 2
        }
        var number: UInt64 = 0
        for row in 0..<count {
            guard let coded = varint(bytes, &cursor, columns) else { return nil }
            number = number &+ (coded >> 1 ^ (0 &- (coded & 1)))
            buffer.storeBytes(of: number.bigEndian, toByteOffset: row * length + 2, as: UInt64.self)
        }
        guard cursor == columns else { return nil }
        for row in 0..<count {
            let target = UnsafeMutableRawBufferPointer(
                rebasing: buffer[row * length + splitByteCount..<(row + 1) * length])
            target.copyMemory(from: bytes.part(columns + row * rest, rest))
        }
        return TreeHash.leaves(
            UnsafeRawBufferPointer(buffer), lengths: [UInt32](repeating: UInt32(length), count: count))
    }
}

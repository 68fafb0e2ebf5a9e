/// The entries of one block of a segment, up to 256 (FORMATS.md, "Entry block").
///
/// Entries of one length of ten bytes or more are split: their first two bytes as runs, the next eight as differences, the rest as it is.
/// That takes the kind and the time of an entry to a byte or two; what is left of it is the commitment.
enum EntryBlock {
    private enum Shape: UInt8 {
        case plain = 0
        case split = 1
    }

    static let splitByteCount = 10

    static func encode(_ entries: [[UInt8]]) -> [UInt8] {
        let plain = encodePlain(entries)
        guard let length = entries.first?.count, length >= splitByteCount, entries.allSatisfy({ $0.count == length })
        else { return plain }
        let split = encodeSplit(entries, length: length)
        return split.count < plain.count ? split : plain
    }

    private static func encodePlain(_ entries: [[UInt8]]) -> [UInt8] {
        var bytes = [Shape.plain.rawValue]
        bytes.reserveCapacity(entries.reduce(1) { $0 + 2 + $1.count })
        for entry in entries {
            bytes.append(bigEndian: UInt16(entry.count))
            bytes.append(contentsOf: entry)
        }
        return bytes
    }

    private static func encodeSplit(_ entries: [[UInt8]], length: Int) -> [UInt8] {
        var bytes = [Shape.split.rawValue]
        bytes.reserveCapacity(entries.count * length)
        bytes.append(bigEndian: UInt16(length))
        var start = 0
        while start < entries.count {
            let end = entries[start...].firstIndex { $0[0] != entries[start][0] || $0[1] != entries[start][1] }
            bytes.append(varint: UInt64((end ?? entries.count) - start))
            bytes.append(contentsOf: entries[start].prefix(2))
            start = end ?? entries.count
        }
        var before: UInt64 = 0
        for entry in entries {
            let number = entry[2..<10].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let difference = Int64(bitPattern: number &- before)
            bytes.append(varint: UInt64(bitPattern: difference << 1 ^ difference >> 63))
            before = number
        }
        for entry in entries { bytes.append(contentsOf: entry[splitByteCount...]) }
        return bytes
    }

    /// - Throws: `ByteCursor.Shortage` unless the bytes are just `count` entries.
    static func decode(_ bytes: ArraySlice<UInt8>, count: Int) throws(ByteCursor.Shortage) -> [[UInt8]] {
        var cursor = ByteCursor(bytes)
        guard let shape = Shape(rawValue: try cursor.byte()) else { throw ByteCursor.Shortage() }
        let entries =
            switch shape {
            case .plain: try decodePlain(&cursor, count: count)
            case .split: try decodeSplit(&cursor, count: count)
            }
        guard cursor.remaining == 0 else { throw ByteCursor.Shortage() }
        return entries
    }

    private static func decodePlain(
        _ cursor: inout ByteCursor, count: Int
    ) throws(ByteCursor.Shortage) -> [[UInt8]] {
        var entries: [[UInt8]] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let length = Int(try cursor.number(UInt16.self))
            entries.append(Array(try cursor.bytes(length)))
        }
        return entries
    }

    private static func decodeSplit(
        _ cursor: inout ByteCursor, count: Int
    ) throws(ByteCursor.Shortage) -> [[UInt8]] {
        let length = Int(try cursor.number(UInt16.self))
        guard length >= splitByteCount else { throw ByteCursor.Shortage() }
        var entries: [[UInt8]] = []
        entries.reserveCapacity(count)
        while entries.count < count {
            let run = try cursor.count(limit: count - entries.count)
            guard run > 0 else { throw ByteCursor.Shortage() }
            let kind = try cursor.bytes(2)
            for _ in 0..<run {
                var entry: [UInt8] = []
                entry.reserveCapacity(length)
                entry.append(contentsOf: kind)
                entries.append(entry)
            }
        }
        var number: UInt64 = 0
        for position in 0..<count {
            let coded = try cursor.varint()
            number = number &+ (coded >> 1 ^ (0 &- (coded & 1)))
            entries[position].append(bigEndian: number)
        }
        for position in 0..<count {
            entries[position].append(contentsOf: try cursor.bytes(length - splitByteCount))
        }
        return entries
    }

    /// Where an entry of a block lies that is split into columns.
    struct Place {
        /// The first ten bytes of the entry.
        let head: [UInt8]
        /// Where its other bytes are in the block.
        let rest: Range<Int>
    }

    /// The place of an entry, from the front of its block: the columns of the first ten bytes, a kilobyte at most in practice.
    ///
    /// - Parameters:
    ///   - front: the block's first bytes.
    ///   - byteCount: the bytes of the whole block, without its checksum.
    /// - Returns: `nil` when the front does not hold these columns, or the bytes are no such block.
    static func place(
        of position: Int, count: Int, front: UnsafeRawBufferPointer, byteCount: Int
    ) -> Place? {
        guard front.count >= 3, position < count, front[0] == Shape.split.rawValue else { return nil }
        let length = Int(front[1]) << 8 | Int(front[2])
        guard length >= splitByteCount, byteCount >= 3 + count * (length - splitByteCount) else { return nil }
        let columns = byteCount - count * (length - splitByteCount)
        guard columns <= front.count else { return nil }
        var cursor = 3
        var covered = 0
        var kind: (UInt8, UInt8)?
        while covered < count {
            guard let run = varint(front, &cursor, columns), run > 0, run <= UInt64(count - covered),
                cursor + 2 <= columns
            else { return nil }
            covered += Int(run)
            if kind == nil, position < covered { kind = (front[cursor], front[cursor + 1]) }
            cursor += 2
        }
        var number: UInt64 = 0
        for _ in 0...position {
            guard let coded = varint(front, &cursor, columns) else { return nil }
            number = number &+ (coded >> 1 ^ (0 &- (coded & 1)))
        }
        guard let kind else { return nil }
        var head: [UInt8] = []
        head.reserveCapacity(length)
        head.append(kind.0)
        head.append(kind.1)
        head.append(bigEndian: number)
        let rest = columns + position * (length - splitByteCount)
        return Place(head: head, rest: rest..<rest + length - splitByteCount)
    }

    static func varint(_ bytes: UnsafeRawBufferPointer, _ cursor: inout Int, _ end: Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while cursor < end, shift < 64 {
            let byte = bytes[cursor]
            cursor += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}

/// A domain key as a sealed segment keeps it: its purpose and the 64 bits that the hash index is built from.
public struct SealedKey: Hashable, Sendable {
    public let purpose: UInt8
    public let word: UInt64

    init(purpose: UInt8, word: UInt64) {
        self.purpose = purpose
        self.word = word
    }

    public init(_ key: DomainKey) {
        self.init(purpose: key.purpose, word: IndexKey(key).word)
    }
}

/// What a record file holds for one entry.
struct SealedRow: Hashable, Sendable {
    enum State: UInt8, Sendable {
        /// The record is here.
        case held = 0
        /// It was erased; what stays of it is here.
        case erased = 1
        /// There was no record, only keys.
        case keysOnly = 2
    }

    /// The position of the entry in its segment.
    let position: Int
    var state: State
    var keys: [SealedKey]
    /// The record, or what stays of it; empty when there was none.
    var record: [UInt8]

    /// Whether there is anything to hold against the entry.
    var hasContent: Bool { state == .held || state == .erased && !record.isEmpty }
}

/// The table of the rows in one block of a record file (FORMATS.md, "Record file").
///
/// Rows of one shape (state and purposes of the keys) in a row cost nothing; a key costs eight bytes.
enum RowTable {
    static let rowLimit = 4096

    private struct Shape: Hashable {
        let state: SealedRow.State
        let purposes: [UInt8]
    }

    static func encode(_ rows: [SealedRow]) -> [UInt8] {
        var shapes: [Shape: Int] = [:]
        var list: [Shape] = []
        let numbers = rows.map { row -> Int in
            let shape = Shape(state: row.state, purposes: row.keys.map(\.purpose))
            if let number = shapes[shape] { return number }
            shapes[shape] = list.count
            list.append(shape)
            return list.count - 1
        }
        var bytes: [UInt8] = []
        bytes.append(varint: UInt64(rows.count))
        bytes.append(varint: UInt64(list.count))
        for shape in list {
            bytes.append(shape.state.rawValue)
            bytes.append(UInt8(shape.purposes.count))
            bytes.append(contentsOf: shape.purposes)
        }
        var start = 0
        var before = -1
        while start < rows.count {
            let step = rows[start].position - before
            var end = start + 1
            while end < rows.count, numbers[end] == numbers[start],
                rows[end].position - rows[end - 1].position == step
            {
                end += 1
            }
            bytes.append(varint: UInt64(end - start))
            bytes.append(varint: UInt64(step))
            bytes.append(varint: UInt64(numbers[start]))
            before = rows[end - 1].position
            start = end
        }
        for row in rows { for key in row.keys { bytes.append(bigEndian: key.word) } }
        return bytes
    }

    /// The rows without their records.
    ///
    /// - Throws: `ByteCursor.Shortage` when the bytes are no such table for a segment of `count` entries.
    static func decode(
        _ cursor: inout ByteCursor, count: Int
    ) throws(ByteCursor.Shortage) -> [SealedRow] {
        let rowCount = try cursor.count(limit: rowLimit)
        var shapes: [Shape] = []
        for _ in 0..<(try cursor.count(limit: rowLimit)) {
            guard let state = SealedRow.State(rawValue: try cursor.byte()) else { throw ByteCursor.Shortage() }
            let keyCount = Int(try cursor.byte())
            guard keyCount <= JournalItem.keyLimit else { throw ByteCursor.Shortage() }
            shapes.append(Shape(state: state, purposes: Array(try cursor.bytes(keyCount))))
        }
        var places: [(position: Int, shape: Int)] = []
        places.reserveCapacity(rowCount)
        var position = -1
        while places.count < rowCount {
            let run = try cursor.count(limit: rowCount - places.count)
            let step = try cursor.count(limit: count)
            let shape = try cursor.count(limit: max(0, shapes.count - 1))
            guard run > 0, step > 0, shape < shapes.count, position + run * step < count else {
                throw ByteCursor.Shortage()
            }
            for _ in 0..<run {
                position += step
                places.append((position, shape))
            }
        }
        var rows: [SealedRow] = []
        rows.reserveCapacity(rowCount)
        for place in places {
            let shape = shapes[place.shape]
            var keys: [SealedKey] = []
            for purpose in shape.purposes {
                keys.append(SealedKey(purpose: purpose, word: try cursor.number(UInt64.self)))
            }
            rows.append(SealedRow(position: place.position, state: shape.state, keys: keys, record: []))
        }
        return rows
    }
}

/// The codec of payloads that nobody can look into: raw entries, tests, benches.
///
/// A record is its journal payload; nothing binds it to its entry but its place, and nothing stays of it after its erasure.
public struct OpaqueRecords: RecordCodec {
    public init() {}

    public var number: UInt8 { 1 }

    public func open(_ payload: [UInt8], entry: [UInt8]) -> [UInt8] { payload }

    public func check(_ record: [UInt8], entry: [UInt8]) {}

    public func residue(of record: [UInt8], entry: [UInt8]) -> [UInt8] { [] }

    public func packer(for file: RecordFileIdentity, entries: any SegmentEntries) -> any RecordPacker {
        OpaquePacker()
    }
}

/// `form u8 ‖ byte count u32 ‖ body`; the body, LZ4 when the form is 1, is the records' lengths, u32 each, and the records.
struct OpaquePacker: RecordPacker {
    /// The most bytes of a block before compression: 1 GiB less a block's head.
    static let maximumByteCount = LZ4.maximumByteCount - headByteCount
    private static let headByteCount = 5
    private static let thoroughLevel: Int32 = 9

    func pack(_ rows: [RecordRow], block: UInt32, effort: PackingEffort) throws -> [UInt8] {
        let count = rows.reduce(0) { $0 + 4 + $1.record.count }
        guard count <= OpaquePacker.maximumByteCount else {
            throw StorageError(
                .corrupt, "a block of records has \(count) bytes, \(OpaquePacker.maximumByteCount) are allowed",
                remedy: "pack fewer records into a block")
        }
        var body: [UInt8] = []
        body.reserveCapacity(count)
        for row in rows { body.append(bigEndian: UInt32(row.record.count)) }
        for row in rows { body += row.record }
        let compressed = LZ4.compress(body, level: effort == .thorough ? OpaquePacker.thoroughLevel : nil)
        var bytes: [UInt8] = [compressed == nil ? 0 : 1]
        bytes.append(bigEndian: UInt32(count))
        return bytes + (compressed ?? body)
    }

    func unpack(_ bytes: [UInt8], block: UInt32, positions: [Int]) throws -> [[UInt8]] {
        let body = try body(of: bytes, rowCount: positions.count)
        var at = 4 * positions.count
        var records: [[UInt8]] = []
        records.reserveCapacity(positions.count)
        for row in positions.indices {
            let end = at + length(body, row)
            guard end <= body.count else { throw damaged("a record ends behind its block") }
            records.append(Array(body[at..<end]))
            at = end
        }
        guard at == body.count else { throw damaged("\(body.count - at) bytes are left over") }
        return records
    }

    func unpack(_ bytes: [UInt8], block: UInt32, positions: [Int], row: Int) throws -> [UInt8] {
        precondition(positions.indices.contains(row), "there is no such row in the block")
        let body = try body(of: bytes, rowCount: positions.count)
        let start = (0..<row).reduce(4 * positions.count) { $0 + length(body, $1) }
        let end = start + length(body, row)
        guard end <= body.count else { throw damaged("a record ends behind its block") }
        return Array(body[start..<end])
    }

    private func body(of bytes: [UInt8], rowCount: Int) throws -> ArraySlice<UInt8> {
        guard bytes.count >= OpaquePacker.headByteCount else { throw damaged("the block is too short") }
        let count = bytes[1..<5].reduce(0) { $0 << 8 | Int($1) }
        let rest = bytes[OpaquePacker.headByteCount...]
        guard count <= OpaquePacker.maximumByteCount, count >= 4 * rowCount else {
            throw damaged("the block states \(count) bytes for \(rowCount) records")
        }
        switch bytes[0] {
        case 0:
            guard rest.count == count else { throw damaged("the block has \(rest.count) bytes of \(count)") }
            return Array(rest)[...]
        case 1:
            guard let body = LZ4.decompress(rest, count: count) else { throw damaged("the block does not decompress") }
            return body[...]
        default: throw damaged("the block has the unknown form \(bytes[0])")
        }
    }

    /// The length of a record, from a body that holds all lengths.
    private func length(_ body: ArraySlice<UInt8>, _ row: Int) -> Int {
        body[4 * row..<4 * row + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    private func damaged(_ what: String) -> StorageError {
        StorageError(
            .corrupt, "a block of records is damaged: \(what)", remedy: "run `tamga audit`, then `tamga repair`")
    }
}

/// A tree that grows by appended leaf hashes and answers any subtree hash of any size up to its own.
///
/// Only every fourth level is kept (leaves, then subtrees of 16, 256, 4,096 … leaves): 34.2 bytes a leaf. A hash between two kept
/// levels costs at most seven node hashes.
public struct MerkleTree: SubtreeHashes, Sendable {
    /// The levels between two kept rows.
    static let rowStride = 4
    static let fanOut = 1 << rowStride

    private var rows: [HashRow] = [HashRow()]

    public init() {}

    public var size: UInt64 { UInt64(rows[0].count) }

    /// Appends leaf hashes in order. Amortised one node hash a leaf, in bulk.
    public mutating func append(_ leafHashes: [Digest]) {
        var added = leafHashes
        var row = 0
        while !added.isEmpty {
            if row == rows.count { rows.append(HashRow()) }
            let before = rows[row].count / MerkleTree.fanOut
            rows[row].append(added)
            let after = rows[row].count / MerkleTree.fanOut
            guard after > before else { break }
            added = rows[row].reduced(groups: before..<after)
            row += 1
        }
    }

    /// The hash of a complete subtree. At most 15 node hashes.
    ///
    /// - Throws: `ProofError` when the subtree reaches beyond `size`.
    public func hash(of subtree: Subtree) throws -> Digest {
        let (row, above) = subtree.level.quotientAndRemainder(dividingBy: MerkleTree.rowStride)
        let first = subtree.offset << UInt64(above)
        let count = 1 << above
        guard row < rows.count, first + UInt64(count) <= UInt64(rows[row].count) else {
            throw ProofError.indexOutOfRange(subtree.offset, size >> UInt64(subtree.level))
        }
        if above == 0 { return rows[row][Int(first)] }
        return TreeHash.root(of: rows[row].slice(Int(first)..<Int(first) + count))
    }

    /// The root of all leaves. O(log size).
    public func root() -> Digest {
        // Every subtree that covers [0, size) exists, so this cannot throw.
        (try? root(size: size)) ?? TreeHash.empty
    }

    /// The leaf hash at an index, or `nil` beyond the end.
    public func leafHash(at index: UInt64) -> Digest? {
        index < size ? rows[0][Int(index)] : nil
    }

    /// The hashes of a tile of height 8 (C2SP tlog-tiles): `width` complete subtrees of 256^`level` leaves from
    /// `index` · 256 on; `nil` when not all of them exist.
    public func tile(level: Int, index: UInt64, width: Int) -> [Digest]? {
        let row = level * (8 / MerkleTree.rowStride)
        let (first, overflow) = index.multipliedReportingOverflow(by: 256)
        guard row < rows.count, !overflow, width > 0, width <= 256,
            first < UInt64(rows[row].count), first + UInt64(width) <= UInt64(rows[row].count)
        else { return nil }
        return Array(rows[row].slice(Int(first)..<Int(first) + width))
    }
}

/// A growing row of hashes in chunks, so that growth never copies what is there.
private struct HashRow: Sendable {
    // A multiple of the fan-out and of a tile, so that no group and no tile lies across two chunks.
    static let chunkCapacity = 1 << 15

    private var chunks: [ContiguousArray<Digest>] = []
    private(set) var count = 0

    subscript(index: Int) -> Digest {
        chunks[index / HashRow.chunkCapacity][index % HashRow.chunkCapacity]
    }

    /// A range that lies within one chunk.
    func slice(_ range: Range<Int>) -> ArraySlice<Digest> {
        let chunk = range.lowerBound / HashRow.chunkCapacity
        let base = chunk * HashRow.chunkCapacity
        return ArraySlice(chunks[chunk][range.lowerBound - base..<range.upperBound - base])
    }

    mutating func append(_ hashes: [Digest]) {
        var position = 0
        while position < hashes.count {
            let room = chunks.count * HashRow.chunkCapacity - count
            if room == 0 {
                chunks.append(ContiguousArray())
                continue
            }
            let taken = min(room, hashes.count - position)
            chunks[chunks.count - 1].append(contentsOf: hashes[position..<position + taken])
            position += taken
            count += taken
        }
    }

    /// The roots of groups of 16 hashes each, in order.
    func reduced(groups: Range<Int>) -> [Digest] {
        var level: [Digest] = []
        level.reserveCapacity(groups.count * MerkleTree.fanOut)
        for group in groups {
            let start = group * MerkleTree.fanOut
            level.append(contentsOf: slice(start..<start + MerkleTree.fanOut))
        }
        for _ in 0..<MerkleTree.rowStride { level = TreeHash.parents(level) }
        return level
    }
}

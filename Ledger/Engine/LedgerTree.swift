import LedgerMerkle

/// The tree of a ledger whose older spans are sealed: the roots of complete spans, and the leaves of those that are not sealed yet.
///
/// Memory: 32 bytes a sealed span, 34 bytes an entry that is not sealed.
struct LedgerTree: Sendable {
    /// A span has 2^height leaves.
    let height: Int
    private(set) var size: UInt64
    /// The roots of complete spans, sealed or not.
    private var upper = MerkleTree()
    /// The spans from `firstOpenSpan` on; the last one may be growing.
    private var open: [MerkleTree] = []
    private(set) var firstOpenSpan: UInt64
    private var edge: CompactRange

    /// From how many leaves on the edge is taken from the tree.
    private static let bulkCount = 128

    /// A tree of complete sealed spans.
    init(height: Int, spanRoots: [Digest]) {
        self.height = height
        upper.append(spanRoots)
        firstOpenSpan = UInt64(spanRoots.count)
        size = firstOpenSpan << UInt64(height)
        // Every subtree that the size needs is among the upper nodes.
        edge = (try? CompactRange(of: UpperNodes(upper: upper, height: height))) ?? CompactRange()
    }

    /// The root. At most 63 node hashes.
    var root: Digest { edge.root }

    mutating func append(_ leafHashes: [Digest]) {
        var rest = leafHashes[...]
        while !rest.isEmpty {
            let span = Int((size >> UInt64(height)) - firstOpenSpan)
            if span == open.count { open.append(MerkleTree()) }
            let room = 1 << height - Int(open[span].size)
            open[span].append(Array(rest.prefix(room)))
            size += UInt64(min(room, rest.count))
            if open[span].size == 1 << UInt64(height) { upper.append([open[span].root()]) }
            rest = rest.dropFirst(room)
        }
        // The spans have hashed these leaves in bulk by now: a large batch need not be hashed once more one by one.
        if leafHashes.count >= LedgerTree.bulkCount, let bulk = try? CompactRange(of: self) {
            edge = bulk
        } else {
            for leafHash in leafHashes { edge.append(leafHash) }
        }
    }

    /// The hash of a complete subtree; `nil` when it lies in a sealed span.
    ///
    /// - Throws: `ProofError` when it reaches beyond `size`.
    func openHash(of subtree: Subtree) throws -> Digest? {
        if subtree.level >= height {
            return try upper.hash(of: Subtree(level: subtree.level - height, offset: subtree.offset))
        }
        let above = UInt64(height - subtree.level)
        let span = subtree.offset >> above
        if span < firstOpenSpan { return nil }
        guard span - firstOpenSpan < UInt64(open.count) else {
            throw ProofError.beyondTree(subtree, size: size)
        }
        let within = subtree.offset & (1 << above - 1)
        return try open[Int(span - firstOpenSpan)].hash(of: Subtree(level: subtree.level, offset: within))
    }

    /// The first span was sealed: its leaves are found there from now on.
    mutating func releaseFirstSpan() {
        precondition(open.first?.size == 1 << UInt64(height), "only complete spans are released")
        open.removeFirst()
        firstOpenSpan += 1
    }
}

/// What the edge needs is never in a sealed span: a sealed span is complete, and the edge names it by its root.
extension LedgerTree: SubtreeHashes {
    func hash(of subtree: Subtree) throws -> Digest {
        guard let hash = try openHash(of: subtree) else {
            throw ProofError.beyondTree(subtree, size: size)
        }
        return hash
    }
}

private struct UpperNodes: SubtreeHashes {
    let upper: MerkleTree
    let height: Int

    var size: UInt64 { upper.size << UInt64(height) }

    func hash(of subtree: Subtree) throws -> Digest {
        try upper.hash(of: Subtree(level: subtree.level - height, offset: subtree.offset))
    }
}

import LedgerMerkle

/// All nodes of a complete subtree of 2^height leaves, so that a proof copies hashes and makes none.
final class NodeTile: Sendable {
    let height: Int
    // Level by level, the leaves first.
    private let nodes: [Digest]

    /// O(leaves).
    ///
    /// - Precondition: a power of two of leaves.
    init(_ leaves: [Digest]) {
        precondition(leaves.count.nonzeroBitCount == 1)
        height = leaves.count.trailingZeroBitCount
        var nodes = leaves
        nodes.reserveCapacity(2 * leaves.count - 1)
        var level = leaves
        while level.count > 1 {
            level = TreeHash.parents(level)
            nodes += level
        }
        self.nodes = nodes
    }

    /// The node at a level above the leaves.
    func hash(level: Int, offset: Int) -> Digest {
        // Level k begins behind 2^h + 2^(h-1) + … + 2^(h-k+1) nodes.
        nodes[(2 << height) - (2 << (height - level)) + offset]
    }

    var root: Digest { nodes[nodes.count - 1] }
}

/// The right edge of a tree: the roots of the complete subtrees that make up its size, largest first.
///
/// All that is needed to append and to know the root: at most 64 hashes.
public struct CompactRange: Hashable, Sendable {
    public private(set) var size: UInt64 = 0
    private var subtrees: [Digest] = []

    public init() {}

    /// The right edge of a tree that is there already. At most 64 subtree hashes: after a large batch far less than appending each
    /// leaf again.
    ///
    /// - Throws: what the tree throws when it cannot name a subtree within its size.
    public init(of tree: some SubtreeHashes) throws {
        size = tree.size
        subtrees = try Subtree.cover(0, size).map(tree.hash(of:))
    }

    /// Appends one leaf hash. Amortised one node hash.
    public mutating func append(_ leafHash: Digest) {
        var node = leafHash
        for _ in 0..<size.trailingOneBitCount {
            node = TreeHash.node(subtrees.removeLast(), node)
        }
        subtrees.append(node)
        size += 1
    }

    /// The root. At most 63 node hashes.
    public var root: Digest {
        guard var node = subtrees.last else { return TreeHash.empty }
        for left in subtrees.dropLast().reversed() { node = TreeHash.node(left, node) }
        return node
    }
}

extension UInt64 {
    fileprivate var trailingOneBitCount: Int { (~self).trailingZeroBitCount }
}

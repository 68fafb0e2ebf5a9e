public import LedgerMerkle

/// The 65,536 secrets of one block, as the leaves of a tree of keys of which single leaves can be destroyed.
///
/// `child = SHA-256("tamga key tree v1" ‖ bit u8 ‖ key)`, one compression; leaf n lies at depth 16 on the path of the 16 bits of n,
/// most significant first (FORMATS.md, "Secret blocks"). Kept are the keys of subtrees that together cover every leaf that is left.
/// Puncturing a leaf puts the keys beside its path in the place of the one above it: none of them leads to the leaf, nor does any
/// key derived from them, while every other leaf stays what it was. The construction is the puncturable pseudorandom function
/// of Goldreich, Goldwasser and Micali's tree.
public struct KeyTree: Hashable, Sendable {
    /// Levels below the root.
    public static let depth = 16
    /// Secrets of a block: 65,536.
    public static let leafCount = 1 << depth
    static let label = "tamga key tree v1"

    /// A subtree that is whole, and its key.
    struct Node: Hashable, Sendable {
        /// 0 for the whole tree, 16 for one leaf.
        let depth: Int
        /// The first leaf below it.
        let first: Int
        let key: Digest

        var leafCount: Int { 1 << (KeyTree.depth - depth) }
        var end: Int { first + leafCount }

        func child(_ bit: UInt8) -> Node {
            let below = leafCount / 2
            return Node(
                depth: depth + 1, first: first + (bit == 0 ? 0 : below), key: KeyTree.child(of: key, bit))
        }
    }

    /// Ascending and disjoint; never both children of one node: at least one leaf below their parent was punctured.
    private(set) var nodes: [Node]

    /// A tree of which nothing is punctured.
    public init(root: Digest) {
        nodes = [Node(depth: 0, first: 0, key: root)]
    }

    /// Nodes whose order was checked already.
    init(checked nodes: [Node]) {
        self.nodes = nodes
    }

    /// Whether every leaf is punctured.
    public var isEmpty: Bool { nodes.isEmpty }

    /// The number of leaves that are left.
    public var count: Int { nodes.reduce(0) { $0 + $1.leafCount } }

    /// Whether a leaf is left. O(log nodes).
    public func contains(_ number: UInt16) -> Bool { node(above: number) != nil }

    /// The secret of a leaf; `nil` when it is punctured. At most 16 compressions; a `Cursor` needs two for the next one.
    public func secret(at number: UInt16) -> Digest? {
        guard let node = node(above: number) else { return nil }
        return key(of: number, from: node, depth: KeyTree.depth)
    }

    /// Destroys one leaf. At most 32 compressions, and a copy of the nodes.
    public mutating func puncture(_ number: UInt16) { puncture(CollectionOfOne(number)) }

    /// Destroys leaves; one destroyed before stays so. O(nodes + 32 for each leaf).
    public mutating func puncture(_ numbers: some Collection<UInt16>) {
        let leaves = Set(numbers).map(Int.init).sorted()[...]
        var rest = leaves
        var left: [Node] = []
        for node in nodes {
            rest = rest.drop { $0 < node.first }
            let inside = rest.prefix { $0 < node.end }
            KeyTree.carve(node, inside, into: &left)
            rest = rest.dropFirst(inside.count)
        }
        nodes = left
    }

    /// Appends what is left of a subtree without some of its leaves, which ascend.
    private static func carve(_ node: Node, _ leaves: ArraySlice<Int>, into left: inout [Node]) {
        if leaves.isEmpty { return left.append(node) }
        if leaves.count == node.leafCount { return }
        let middle = node.first + node.leafCount / 2
        let low = leaves.prefix { $0 < middle }
        carve(node.child(0), low, into: &left)
        carve(node.child(1), leaves.dropFirst(low.count), into: &left)
    }

    /// Whether this is another tree after puncturing: each of its keys derives from one of the other's.
    public func isLeft(of other: KeyTree) -> Bool {
        nodes.allSatisfy { node in
            guard let above = other.node(above: UInt16(node.first)), above.depth <= node.depth else { return false }
            return other.key(of: UInt16(node.first), from: above, depth: node.depth) == node.key
        }
    }

    /// The subtree that a leaf is in.
    func node(above number: UInt16) -> Node? {
        var low = 0
        var high = nodes.count
        while low < high {
            let middle = (low + high) / 2
            if nodes[middle].end <= Int(number) { low = middle + 1 } else { high = middle }
        }
        return low < nodes.count && nodes[low].first <= Int(number) ? nodes[low] : nil
    }

    private func key(of number: UInt16, from node: Node, depth: Int) -> Digest {
        var key = node.key
        for level in node.depth..<depth { key = KeyTree.child(of: key, KeyTree.bit(level, of: number)) }
        return key
    }

    static func bit(_ level: Int, of number: UInt16) -> UInt8 {
        UInt8(truncatingIfNeeded: number >> UInt16(depth - 1 - level) & 1)
    }

    // One of each bit, with label and bit absorbed: a copy of the state goes on with the key.
    private static let left = labelled(0)
    private static let right = labelled(1)

    private static func labelled(_ bit: UInt8) -> SHA256 {
        var hash = SHA256()
        hash.update(label)
        hash.update(byte: bit)
        return hash
    }

    static func child(of key: Digest, _ bit: UInt8) -> Digest {
        var hash = bit == 0 ? left : right
        hash.update(key)
        return hash.finalize()
    }

    /// Derives secrets one after another: remembers the path to the last one, so that the next costs two compressions on average.
    public struct Cursor: Sendable {
        /// The tree that is read.
        public let tree: KeyTree
        // The keys on the path to `last`; those above the covering subtree are not known and not read.
        private var path = [Digest](repeating: .zero, count: KeyTree.depth + 1)
        private var cover: Node?
        private var last: UInt16 = 0

        public init(_ tree: KeyTree) {
            self.tree = tree
        }

        /// The secret of a leaf; `nil` when it is punctured.
        public mutating func secret(at number: UInt16) -> Digest? {
            var level: Int
            if let cover, cover.first <= Int(number), Int(number) < cover.end {
                level = max(cover.depth, (number ^ last).leadingZeroBitCount)
            } else {
                guard let node = tree.node(above: number) else { return nil }
                cover = node
                level = node.depth
                path[level] = node.key
            }
            last = number
            while level < KeyTree.depth {
                path[level + 1] = KeyTree.child(of: path[level], KeyTree.bit(level, of: number))
                level += 1
            }
            return path[KeyTree.depth]
        }
    }
}

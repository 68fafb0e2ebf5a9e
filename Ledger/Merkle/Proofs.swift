/// Why a proof does not show what it should.
public struct ProofError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong; more may be added.
    public enum Code: String, Sendable {
        case indexOutOfRange, sizesOutOfOrder, wrongLength, wrongRoot
    }

    public let code: Code
    public let reason: String

    public var description: String { reason }

    static func indexOutOfRange(_ index: UInt64, _ size: UInt64) -> ProofError {
        ProofError(code: .indexOutOfRange, reason: "index \(index) lies outside a tree of size \(size)")
    }

    /// A subtree was asked for that does not lie within a tree.
    public static func beyondTree(_ subtree: Subtree, size: UInt64) -> ProofError {
        indexOutOfRange(subtree.offset, size >> UInt64(subtree.level))
    }

    static func sizesOutOfOrder(_ old: UInt64, _ new: UInt64) -> ProofError {
        ProofError(code: .sizesOutOfOrder, reason: "size \(old) is larger than size \(new)")
    }

    static func wrongLength(_ count: Int, expected: Int) -> ProofError {
        ProofError(code: .wrongLength, reason: "the proof has \(count) hashes, \(expected) are needed")
    }

    static func fromNothing(_ size: UInt64) -> ProofError {
        ProofError(code: .sizesOutOfOrder, reason: "a proof from size 0 to size \(size) shows nothing")
    }

    static let wrongRoot = ProofError(code: .wrongRoot, reason: "the proof leads to another root")
}

/// A proof that a leaf is at an index of the tree of a size (RFC 9162 section 2.1.3).
public struct InclusionProof: Hashable, Sendable {
    /// Where the leaf is; less than `size`.
    public let index: UInt64
    /// The size of the tree, 1…2^63.
    public let size: UInt64
    /// Sibling hashes from the leaf's to the root's child.
    public let hashes: [Digest]

    public init(index: UInt64, size: UInt64, hashes: [Digest]) {
        self.index = index
        self.size = size
        self.hashes = hashes
    }

    /// The number of hashes that a proof for this index and size has; `nil` when the index is outside.
    public static func length(index: UInt64, size: UInt64) -> Int? {
        guard index < size else { return nil }
        let inner = (index ^ (size - 1)).significantBits
        return inner + (index >> UInt64(inner)).nonzeroBitCount
    }

    /// The root that the proof leads to from a leaf hash. O(log size).
    public func root(leafHash: Digest) throws(ProofError) -> Digest {
        guard index < size else { throw .indexOutOfRange(index, size) }
        let inner = (index ^ (size - 1)).significantBits
        let length = inner + (index >> UInt64(inner)).nonzeroBitCount
        guard hashes.count == length else { throw .wrongLength(hashes.count, expected: length) }
        var node = leafHash
        for (level, sibling) in hashes.enumerated() {
            let isRight = level >= inner || (index >> UInt64(level)) & 1 == 1
            node = isRight ? TreeHash.node(sibling, node) : TreeHash.node(node, sibling)
        }
        return node
    }

    /// Checks that the leaf is in the tree with this root.
    public func verify(leafHash: Digest, root expected: Digest) throws(ProofError) {
        guard try root(leafHash: leafHash) == expected else { throw .wrongRoot }
    }
}

/// A proof that the tree of one size is a prefix of the tree of a later size (RFC 9162 section 2.1.4).
public struct ConsistencyProof: Hashable, Sendable {
    public let oldSize: UInt64
    public let newSize: UInt64
    public let hashes: [Digest]

    public init(oldSize: UInt64, newSize: UInt64, hashes: [Digest]) {
        self.oldSize = oldSize
        self.newSize = newSize
        self.hashes = hashes
    }

    /// Checks that both roots belong to one growing tree. O(log newSize).
    ///
    /// From size 0, or between equal sizes, only the empty proof is accepted; the root of size 0 is `TreeHash.empty`.
    public func verify(oldRoot: Digest, newRoot: Digest) throws(ProofError) {
        guard oldSize <= newSize else { throw .sizesOutOfOrder(oldSize, newSize) }
        guard oldSize > 0 || oldRoot == TreeHash.empty else { throw .wrongRoot }
        if oldSize == newSize {
            guard hashes.isEmpty else { throw .wrongLength(hashes.count, expected: 0) }
            guard oldRoot == newRoot else { throw .wrongRoot }
            return
        }
        guard oldSize > 0 else { throw .fromNothing(newSize) }
        // Start at the largest complete subtree that ends where the old tree does.
        let shift = oldSize.trailingZeroBitCount
        let index = oldSize - 1
        let inner = (index ^ (newSize - 1)).significantBits - shift
        let seeded = oldSize & (oldSize - 1) != 0
        let length = inner + (index >> UInt64(inner + shift)).nonzeroBitCount + (seeded ? 1 : 0)
        guard hashes.count == length else { throw .wrongLength(hashes.count, expected: length) }
        var oldNode = seeded ? hashes[0] : oldRoot
        var newNode = oldNode
        let start = index >> UInt64(shift)
        for (level, sibling) in hashes.dropFirst(seeded ? 1 : 0).enumerated() {
            if level >= inner || (start >> UInt64(level)) & 1 == 1 {
                oldNode = TreeHash.node(sibling, oldNode)
                newNode = TreeHash.node(sibling, newNode)
            } else {
                newNode = TreeHash.node(newNode, sibling)
            }
        }
        guard oldNode == oldRoot, newNode == newRoot else { throw .wrongRoot }
    }
}

extension UInt64 {
    /// The position of the highest set bit plus one; 0 for 0.
    var significantBits: Int { UInt64.bitWidth - leadingZeroBitCount }
}

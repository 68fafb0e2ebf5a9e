/// A complete subtree: the node at `level` that covers the leaves [`offset` · 2^level, (`offset` + 1) · 2^level).
public struct Subtree: Hashable, Sendable {
    public let level: Int
    public let offset: UInt64

    public init(level: Int, offset: UInt64) {
        self.level = level
        self.offset = offset
    }

    /// The complete subtrees whose right fold is the root over the leaves [start, end), left to right.
    ///
    /// `start` must be a multiple of the largest power of two below `end - start`, as it is for every range that the
    /// recursion of RFC 6962 section 2.1 meets. At most 64 subtrees.
    static func cover(_ start: UInt64, _ end: UInt64) -> [Subtree] {
        var subtrees: [Subtree] = []
        var position = start
        while position < end {
            let level = (end - position).significantBits - 1
            subtrees.append(Subtree(level: level, offset: position >> UInt64(level)))
            position += 1 << UInt64(level)
        }
        return subtrees
    }

    /// The largest power of two below `size`, which must be 2 or more: where RFC 6962 splits a tree.
    static func split(_ size: UInt64) -> UInt64 {
        1 << UInt64((size - 1).significantBits - 1)
    }
}

/// What a proof generator must know of a tree: the hashes of its complete subtrees.
public protocol SubtreeHashes {
    /// The number of leaves, 0…2^63.
    var size: UInt64 { get }

    /// The hash of a subtree that lies wholly within `size`.
    func hash(of subtree: Subtree) throws -> Digest
}

extension SubtreeHashes {
    /// The root of the first `size` leaves. O(log size) subtree hashes.
    public func root(size: UInt64) throws -> Digest {
        guard size <= self.size else { throw ProofError.sizesOutOfOrder(size, self.size) }
        return size == 0 ? TreeHash.empty : try fold(0, size)
    }

    /// The proof that leaf `index` is in the tree of `size` leaves.
    public func inclusionProof(index: UInt64, size: UInt64) throws -> InclusionProof {
        guard size <= self.size else { throw ProofError.sizesOutOfOrder(size, self.size) }
        guard index < size else { throw ProofError.indexOutOfRange(index, size) }
        var hashes: [Digest] = []
        var (start, end) = (UInt64(0), size)
        while end - start > 1 {
            let middle = start + Subtree.split(end - start)
            if index < middle {
                hashes.append(try fold(middle, end))
                end = middle
            } else {
                hashes.append(try fold(start, middle))
                start = middle
            }
        }
        return InclusionProof(index: index, size: size, hashes: hashes.reversed())
    }

    /// The proof that the first `old` of the first `new` leaves are what they were.
    public func consistencyProof(from old: UInt64, to new: UInt64) throws -> ConsistencyProof {
        guard old <= new else { throw ProofError.sizesOutOfOrder(old, new) }
        guard new <= size else { throw ProofError.sizesOutOfOrder(new, size) }
        guard old > 0, old < new else { return ConsistencyProof(oldSize: old, newSize: new, hashes: []) }
        var hashes: [Digest] = []
        var (start, end) = (UInt64(0), new)
        while end != old {
            let middle = start + Subtree.split(end - start)
            if old <= middle {
                hashes.append(try fold(middle, end))
                end = middle
            } else {
                hashes.append(try fold(start, middle))
                start = middle
            }
        }
        if start > 0 { hashes.append(try fold(start, end)) }
        return ConsistencyProof(oldSize: old, newSize: new, hashes: hashes.reversed())
    }

    private func fold(_ start: UInt64, _ end: UInt64) throws -> Digest {
        let subtrees = Subtree.cover(start, end)
        var node = try hash(of: subtrees[subtrees.count - 1])
        for subtree in subtrees.dropLast().reversed() {
            node = TreeHash.node(try hash(of: subtree), node)
        }
        return node
    }
}

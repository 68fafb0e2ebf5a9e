import LedgerMerkle

/// The tree of RFC 9162 as its text says, apart from the hash function written without the code under test.
struct IndependentTree {
    private(set) var leaves: [Digest] = []
    /// The root at each size from 0 on.
    private(set) var roots: [Digest] = [SHA256.hash([])]
    private var edge: [(height: Int, node: Digest)] = []

    var size: Int { leaves.count }

    static func leafHash(_ entry: [UInt8]) -> Digest {
        var hash = SHA256()
        hash.update(byte: 0)
        hash.update(entry)
        return hash.finalize()
    }

    static func nodeHash(_ left: Digest, _ right: Digest) -> Digest {
        var hash = SHA256()
        hash.update(byte: 1)
        hash.update(left)
        hash.update(right)
        return hash.finalize()
    }

    mutating func append(_ leaf: Digest) {
        leaves.append(leaf)
        var (height, node) = (0, leaf)
        while let last = edge.last, last.height == height {
            node = IndependentTree.nodeHash(last.node, node)
            height += 1
            edge.removeLast()
        }
        edge.append((height, node))
        var root = node
        for (_, left) in edge.dropLast().reversed() { root = IndependentTree.nodeHash(left, root) }
        roots.append(root)
    }

    /// Section 2.1.3.2.
    static func isIncluded(_ leaf: Digest, at index: UInt64, of size: UInt64, _ proof: [Digest], root: Digest) -> Bool {
        guard index < size else { return false }
        var (fn, sn, r) = (index, size - 1, leaf)
        for p in proof {
            if sn == 0 { return false }
            if fn & 1 == 1 || fn == sn {
                r = nodeHash(p, r)
                while fn & 1 == 0, fn != 0 { (fn, sn) = (fn >> 1, sn >> 1) }
            } else {
                r = nodeHash(r, p)
            }
            (fn, sn) = (fn >> 1, sn >> 1)
        }
        return sn == 0 && r == root
    }

    /// Section 2.1.4.2.
    static func isConsistent(
        from first: UInt64, _ firstRoot: Digest, to second: UInt64, _ secondRoot: Digest, _ proof: [Digest]
    ) -> Bool {
        if first == second { return proof.isEmpty && firstRoot == secondRoot }
        guard first > 0, first < second else { return false }
        let path = first & (first - 1) == 0 ? [firstRoot] + proof : proof
        guard let start = path.first else { return false }
        var (fn, sn) = (first - 1, second - 1)
        while fn & 1 == 1 { (fn, sn) = (fn >> 1, sn >> 1) }
        var (fr, sr) = (start, start)
        for c in path.dropFirst() {
            if sn == 0 { return false }
            if fn & 1 == 1 || fn == sn {
                (fr, sr) = (nodeHash(c, fr), nodeHash(c, sr))
                while fn & 1 == 0, fn != 0 { (fn, sn) = (fn >> 1, sn >> 1) }
            } else {
                sr = nodeHash(sr, c)
            }
            (fn, sn) = (fn >> 1, sn >> 1)
        }
        return sn == 0 && fr == firstRoot && sr == secondRoot
    }
}

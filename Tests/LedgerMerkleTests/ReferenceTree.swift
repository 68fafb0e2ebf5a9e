import LedgerMerkle

/// The definitions of RFC 9162 section 2.1 as they stand there, recursion and all: slow, and right by inspection.
enum ReferenceTree {
    static func leafHash(_ entry: [UInt8]) -> Digest { SHA256.hash([0] + entry) }

    static func nodeHash(_ left: Digest, _ right: Digest) -> Digest {
        SHA256.hash([1] + left.bytes + right.bytes)
    }

    static func split(_ count: Int) -> Int {
        var k = 1
        while k * 2 < count { k *= 2 }
        return k
    }

    /// MTH(D[n]) over leaf hashes.
    static func root(_ leaves: ArraySlice<Digest>) -> Digest {
        if leaves.isEmpty { return SHA256.hash([]) }
        if leaves.count == 1 { return leaves[leaves.startIndex] }
        let middle = leaves.startIndex + split(leaves.count)
        return nodeHash(root(leaves[..<middle]), root(leaves[middle...]))
    }

    /// PATH(m, D[n]).
    static func path(_ index: Int, _ leaves: ArraySlice<Digest>) -> [Digest] {
        if leaves.count == 1 { return [] }
        let k = split(leaves.count)
        let middle = leaves.startIndex + k
        return index < k
            ? path(index, leaves[..<middle]) + [root(leaves[middle...])]
            : path(index - k, leaves[middle...]) + [root(leaves[..<middle])]
    }

    /// PROOF(m, D[n]).
    static func proof(_ old: Int, _ leaves: ArraySlice<Digest>) -> [Digest] {
        old == 0 ? [] : subproof(old, leaves, whole: true)
    }

    private static func subproof(_ old: Int, _ leaves: ArraySlice<Digest>, whole: Bool) -> [Digest] {
        if old == leaves.count { return whole ? [] : [root(leaves)] }
        let k = split(leaves.count)
        let middle = leaves.startIndex + k
        return old <= k
            ? subproof(old, leaves[..<middle], whole: whole) + [root(leaves[middle...])]
            : subproof(old - k, leaves[middle...], whole: false) + [root(leaves[..<middle])]
    }

    /// Leaf hashes of entries 0, 1, 2 … that are all different.
    static func leaves(_ count: Int) -> [Digest] {
        (0..<count).map { leafHash(Array("entry \($0)".utf8)) }
    }
}

/// A tree of which only the leaf hashes are kept: each subtree is hashed anew by the reference.
struct SmallTree: SubtreeHashes {
    let leaves: [Digest]

    var size: UInt64 { UInt64(leaves.count) }

    func hash(of subtree: Subtree) throws -> Digest {
        let start = Int(subtree.offset) << subtree.level
        let end = start + 1 << subtree.level
        guard end <= leaves.count else { throw SubtreeBeyondTree() }
        return ReferenceTree.root(leaves[start..<end])
    }
}

/// A tree of 2^63 equal leaves, in which a subtree's hash depends on its level only.
struct UniformTree: SubtreeHashes {
    let size: UInt64 = 1 << 63
    let leaf = TreeHash.leaf([1, 2, 3])
    private let levels: [Digest]

    init() {
        var levels = [leaf]
        for _ in 0..<63 { levels.append(TreeHash.node(levels[levels.count - 1], levels[levels.count - 1])) }
        self.levels = levels
    }

    func hash(of subtree: Subtree) throws -> Digest {
        let (end, overflow) = (subtree.offset + 1).multipliedReportingOverflow(by: 1 << UInt64(subtree.level))
        guard !overflow, end <= size else { throw SubtreeBeyondTree() }
        return levels[subtree.level]
    }
}

struct SubtreeBeyondTree: Error {}

/// A digest with one bit changed.
func flip(_ digest: Digest, bit: Int) -> Digest {
    var bytes = digest.bytes
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    return Digest(bytes)!
}

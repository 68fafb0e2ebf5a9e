import LedgerMerkle
import Testing

@Suite struct MerkleTreeTests {
    @Test func growsLikeTheReferenceWhateverThePortions() throws {
        let leaves = ReferenceTree.leaves(700)
        for portion in [1, 3, 16, 255, 256, 700] {
            var tree = MerkleTree()
            #expect(tree.root() == TreeHash.empty)
            for start in stride(from: 0, to: leaves.count, by: portion) {
                let end = min(start + portion, leaves.count)
                tree.append(Array(leaves[start..<end]))
                #expect(tree.size == UInt64(end))
                #expect(tree.root() == TreeHash.root(of: leaves[..<end]), "size \(end) in portions of \(portion)")
            }
        }
    }

    @Test func subtreesAndProofsOfOldSizesStayAvailable() throws {
        let leaves = ReferenceTree.leaves(700)
        var tree = MerkleTree()
        tree.append(leaves)
        let reference = SmallTree(leaves: leaves)
        for level in 0...9 {
            for offset in 0..<UInt64(700 >> level) {
                let subtree = Subtree(level: level, offset: offset)
                #expect(try tree.hash(of: subtree) == reference.hash(of: subtree))
            }
            #expect(throws: ProofError.self) {
                try tree.hash(of: Subtree(level: level, offset: UInt64(700 >> level)))
            }
        }
        for (index, size) in [(0, 700), (699, 700), (255, 256), (256, 257), (511, 513), (0, 1)] {
            let proof = try tree.inclusionProof(index: UInt64(index), size: UInt64(size))
            #expect(proof.hashes == ReferenceTree.path(index, leaves[..<size]))
        }
        for (old, new) in [(1, 700), (256, 512), (257, 513), (699, 700)] {
            let proof = try tree.consistencyProof(from: UInt64(old), to: UInt64(new))
            #expect(proof.hashes == ReferenceTree.proof(old, leaves[..<new]))
        }
    }

    @Test func tilesAreRowsOfTheTree() throws {
        let leaves = ReferenceTree.leaves(700)
        var tree = MerkleTree()
        tree.append(leaves)
        #expect(tree.tile(level: 0, index: 0, width: 256) == Array(leaves[..<256]))
        #expect(tree.tile(level: 0, index: 2, width: 188) == Array(leaves[512...]))
        #expect(tree.tile(level: 0, index: 2, width: 189) == nil)
        #expect(tree.tile(level: 0, index: 2, width: 0) == nil)
        #expect(tree.tile(level: 0, index: .max, width: 1) == nil)
        let above = [TreeHash.root(of: leaves[..<256]), TreeHash.root(of: leaves[256..<512])]
        #expect(tree.tile(level: 1, index: 0, width: 2) == above)
        #expect(tree.tile(level: 1, index: 0, width: 3) == nil)
        #expect(tree.tile(level: 2, index: 0, width: 1) == nil)
        #expect(tree.leafHash(at: 699) == leaves[699])
        #expect(tree.leafHash(at: 700) == nil)
    }

    // 2^15 leaves are one chunk of the tree's storage.
    @Test func growsAcrossChunksOfItsStorage() throws {
        let size = 1 << 16 + 300
        let leaves = (0..<size).map { number in
            TreeHash.leaf([UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)])
        }
        var tree = MerkleTree()
        tree.append(Array(leaves[..<40_000]))
        tree.append(Array(leaves[40_000...]))
        #expect(tree.root() == TreeHash.root(of: leaves))
        for end in [1 << 15 - 1, 1 << 15, 1 << 15 + 1, 40_000, 1 << 16, 1 << 16 + 1] {
            #expect(try tree.root(size: UInt64(end)) == TreeHash.root(of: leaves[..<end]))
        }
        let proof = try tree.inclusionProof(index: 1 << 15, size: UInt64(size))
        try proof.verify(leafHash: leaves[1 << 15], root: tree.root())
    }
}

import LedgerMerkle
import Testing

@Suite struct ProofTests {
    static let limit = 70
    let leaves = ReferenceTree.leaves(limit)

    @Test func rootsAreThoseOfTheReference() throws {
        let tree = SmallTree(leaves: leaves)
        for size in 0...Self.limit {
            let expected = ReferenceTree.root(leaves[..<size])
            #expect(try tree.root(size: UInt64(size)) == expected)
            #expect(TreeHash.root(of: leaves[..<size]) == expected)
        }
    }

    @Test func inclusionProofsAreThoseOfTheReferenceAndVerify() throws {
        let tree = SmallTree(leaves: leaves)
        for size in 1...Self.limit {
            let root = ReferenceTree.root(leaves[..<size])
            for index in 0..<size {
                let proof = try tree.inclusionProof(index: UInt64(index), size: UInt64(size))
                #expect(proof.hashes == ReferenceTree.path(index, leaves[..<size]), "\(index) of \(size)")
                #expect(proof.hashes.count == InclusionProof.length(index: UInt64(index), size: UInt64(size)))
                try proof.verify(leafHash: leaves[index], root: root)
            }
        }
    }

    @Test func consistencyProofsAreThoseOfTheReferenceAndVerify() throws {
        let tree = SmallTree(leaves: leaves)
        for new in 0...Self.limit {
            let newRoot = ReferenceTree.root(leaves[..<new])
            for old in 0...new {
                let proof = try tree.consistencyProof(from: UInt64(old), to: UInt64(new))
                #expect(proof.hashes == ReferenceTree.proof(old, leaves[..<new]), "\(old) to \(new)")
                // From nothing to something there is nothing to check: see positionsOutsideTheTreeAreRefused.
                if old > 0 || new == 0 {
                    try proof.verify(oldRoot: ReferenceTree.root(leaves[..<old]), newRoot: newRoot)
                }
            }
        }
    }

    @Test func everyChangedBitOfAnInclusionProofIsRejected() throws {
        let tree = SmallTree(leaves: leaves)
        for (index, size) in [(0, 2), (4, 7), (6, 7), (12, 21), (20, 21), (33, 64), (69, 70)] {
            let proof = try tree.inclusionProof(index: UInt64(index), size: UInt64(size))
            let root = ReferenceTree.root(leaves[..<size])
            for bit in 0..<256 {
                for position in proof.hashes.indices {
                    var hashes = proof.hashes
                    hashes[position] = flip(hashes[position], bit: bit)
                    let changed = InclusionProof(index: proof.index, size: proof.size, hashes: hashes)
                    #expect(throws: ProofError.self) { try changed.verify(leafHash: leaves[index], root: root) }
                }
                #expect(throws: ProofError.self) {
                    try proof.verify(leafHash: flip(leaves[index], bit: bit), root: root)
                }
                #expect(throws: ProofError.self) {
                    try proof.verify(leafHash: leaves[index], root: flip(root, bit: bit))
                }
            }
        }
    }

    @Test func everyChangedBitOfAConsistencyProofIsRejected() throws {
        let tree = SmallTree(leaves: leaves)
        for (old, new) in [(1, 2), (3, 7), (4, 7), (6, 8), (12, 21), (20, 21), (33, 64), (69, 70)] {
            let proof = try tree.consistencyProof(from: UInt64(old), to: UInt64(new))
            let oldRoot = ReferenceTree.root(leaves[..<old])
            let newRoot = ReferenceTree.root(leaves[..<new])
            for bit in 0..<256 {
                for position in proof.hashes.indices {
                    var hashes = proof.hashes
                    hashes[position] = flip(hashes[position], bit: bit)
                    let changed = ConsistencyProof(oldSize: proof.oldSize, newSize: proof.newSize, hashes: hashes)
                    #expect(throws: ProofError.self) { try changed.verify(oldRoot: oldRoot, newRoot: newRoot) }
                }
                #expect(throws: ProofError.self) {
                    try proof.verify(oldRoot: flip(oldRoot, bit: bit), newRoot: newRoot)
                }
                #expect(throws: ProofError.self) {
                    try proof.verify(oldRoot: oldRoot, newRoot: flip(newRoot, bit: bit))
                }
            }
        }
    }

    @Test func proofsOfAnotherLengthAreRejected() throws {
        let tree = SmallTree(leaves: leaves)
        for (index, size) in [(0, 1), (4, 7), (6, 7), (69, 70)] {
            let proof = try tree.inclusionProof(index: UInt64(index), size: UInt64(size))
            let root = ReferenceTree.root(leaves[..<size])
            for hashes in [proof.hashes + [root], Array(proof.hashes.dropLast()), [leaves[0]] + proof.hashes]
            where hashes.count != proof.hashes.count {
                let changed = InclusionProof(index: proof.index, size: proof.size, hashes: hashes)
                let error = #expect(throws: ProofError.self) {
                    try changed.verify(leafHash: leaves[index], root: root)
                }
                #expect(error?.code == .wrongLength)
            }
        }
        for (old, new) in [(5, 5), (3, 7), (4, 7)] {
            let proof = try tree.consistencyProof(from: UInt64(old), to: UInt64(new))
            let changed = ConsistencyProof(
                oldSize: proof.oldSize, newSize: proof.newSize, hashes: proof.hashes + [leaves[0]])
            let error = #expect(throws: ProofError.self) {
                try changed.verify(
                    oldRoot: ReferenceTree.root(leaves[..<old]), newRoot: ReferenceTree.root(leaves[..<new]))
            }
            #expect(error?.code == .wrongLength)
        }
    }

    @Test func positionsOutsideTheTreeAreRefused() throws {
        let tree = SmallTree(leaves: leaves)
        #expect(InclusionProof.length(index: 5, size: 5) == nil)
        #expect(InclusionProof.length(index: 0, size: 0) == nil)
        #expect(throws: ProofError.self) { try tree.inclusionProof(index: 5, size: 5) }
        #expect(throws: ProofError.self) { try tree.inclusionProof(index: 0, size: tree.size + 1) }
        #expect(throws: ProofError.self) { try tree.consistencyProof(from: 3, to: 2) }
        #expect(throws: ProofError.self) { try tree.consistencyProof(from: 3, to: tree.size + 1) }
        #expect(throws: ProofError.self) { try tree.root(size: tree.size + 1) }
        let outside = InclusionProof(index: 7, size: 7, hashes: [])
        #expect(throws: ProofError.self) { try outside.verify(leafHash: leaves[0], root: leaves[0]) }
        let fromNothing = ConsistencyProof(oldSize: 0, newSize: 7, hashes: [])
        #expect(throws: ProofError.self) { try fromNothing.verify(oldRoot: TreeHash.empty, newRoot: leaves[0]) }
        let backwards = ConsistencyProof(oldSize: 7, newSize: 6, hashes: [])
        #expect(throws: ProofError.self) { try backwards.verify(oldRoot: leaves[0], newRoot: leaves[0]) }
    }
}

@Suite struct LargeTreeTests {
    let tree = UniformTree()
    static let sizes: [UInt64] = [
        1 << 63, 1 << 63 - 1, 1 << 62 + 1, 1 << 62, 1 << 62 - 1, 1 << 53 + 12345, 1 << 40, 1 << 40 - 1,
    ]

    @Test(arguments: sizes) func inclusionVerifiesNearTheLimit(_ size: UInt64) throws {
        let root = try tree.root(size: size)
        for index in [0, 1, size / 3, size / 2, size - 2, size - 1] {
            let proof = try tree.inclusionProof(index: index, size: size)
            #expect(proof.hashes.count == InclusionProof.length(index: index, size: size))
            #expect(proof.hashes.count <= 63)
            try proof.verify(leafHash: tree.leaf, root: root)
            #expect(throws: ProofError.self) { try proof.verify(leafHash: flip(tree.leaf, bit: 0), root: root) }
        }
    }

    @Test(arguments: sizes) func consistencyVerifiesNearTheLimit(_ new: UInt64) throws {
        let newRoot = try tree.root(size: new)
        for old in [1, 2, 3, new / 3, new / 2, new / 2 + 1, new - 1] {
            let proof = try tree.consistencyProof(from: old, to: new)
            let oldRoot = try tree.root(size: old)
            try proof.verify(oldRoot: oldRoot, newRoot: newRoot)
            #expect(throws: ProofError.self) { try proof.verify(oldRoot: flip(oldRoot, bit: 9), newRoot: newRoot) }
        }
    }

    @Test func absurdSizesInAProofAreAnErrorAndNoTrap() {
        for size: UInt64 in [.max, .max - 1, 1 << 63 + 1] {
            for index in [0, size / 2, size - 1] {
                let proof = InclusionProof(index: index, size: size, hashes: [])
                #expect(throws: ProofError.self) { try proof.verify(leafHash: tree.leaf, root: tree.leaf) }
            }
            for old: UInt64 in [1, 3, size / 2, size - 1] {
                let proof = ConsistencyProof(oldSize: old, newSize: size, hashes: [])
                #expect(throws: ProofError.self) { try proof.verify(oldRoot: tree.leaf, newRoot: tree.leaf) }
            }
        }
    }
}

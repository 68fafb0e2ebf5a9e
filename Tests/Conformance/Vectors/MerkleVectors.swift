import LedgerMerkle
import LedgerTransparency
import Testing

@Suite struct MerkleVectors {
    @Test(.vectors("merkle-proofs")) func inclusionProofs() throws {
        let files = try Vectors.files("merkle-proofs", below: "inclusion", suffix: ".json")
        #expect(!files.isEmpty)
        for file in files {
            let given = try Vectors.object("merkle-proofs", file)
            let proof = InclusionProof(
                index: try given.integer("leafIdx"), size: try given.integer("treeSize"), hashes: try hashes(given))
            let good = succeeds {
                try proof.verify(leafHash: try digest(given, "leafHash"), root: try digest(given, "root"))
            }
            #expect(good != given.flag("wantErr"), "\(file)")
        }
    }

    @Test(.vectors("merkle-proofs")) func consistencyProofs() throws {
        let files = try Vectors.files("merkle-proofs", below: "consistency", suffix: ".json")
        #expect(!files.isEmpty)
        for file in files {
            let given = try Vectors.object("merkle-proofs", file)
            let old = try given.integer("size1")
            let new = try given.integer("size2")
            let hashes = try hashes(given)
            let good = succeeds {
                try ConsistencyProof(oldSize: old, newSize: new, hashes: hashes)
                    .verify(oldRoot: try digest(given, "root1"), newRoot: try digest(given, "root2"))
            }
            #expect(good != given.flag("wantErr"), "\(file)")
        }
    }

    private struct NoBytes: Error {}

    /// A hash of no bytes at all, which some cases have, cannot be read into a digest.
    private func digest(_ given: Fields, _ name: String) throws -> Digest {
        let text = try given.string(name)
        guard !text.isEmpty else { throw NoBytes() }
        return try standIn(text)
    }

    private func hashes(_ given: Fields) throws -> [Digest] {
        try (given.optional("proof", as: [String].self) ?? []).map(standIn)
    }

    /// Some cases have texts such as "don't care 1" for hashes. A digest stands in for them, equal for equal texts:
    /// refusing them for their length would show nothing.
    private func standIn(_ text: String) throws -> Digest {
        let bytes = try #require(Base64.decode(text))
        return Digest(bytes) ?? SHA256.hash(utf8("stands for ") + bytes)
    }

    @Test(.vectors("rfc6962-tree")) func referenceTree() throws {
        let given = try Vectors.object("rfc6962-tree", "vectors.json")
        let inputs = try given.value("leaf_inputs_hex", as: [String].self)
        let leaves = try inputs.map { TreeHash.leaf(try #require(parseHexadecimal($0))) }
        #expect(TreeHash.empty.description == (try given.string("empty_root_hex")))
        var level = leaves
        for expected in try given.value("node_hashes_by_level_hex", as: [[String]].self) {
            #expect(level.map(\.description) == expected)
            level = TreeHash.parents(level)
        }
        var tree = MerkleTree()
        for (size, expected) in try given.value("root_by_size_hex", as: [String].self).enumerated() {
            #expect(TreeHash.root(of: leaves[..<size]).description == expected, "size \(size)")
            #expect(tree.root().description == expected, "size \(size)")
            if size < leaves.count { tree.append([leaves[size]]) }
        }
    }

    @Test(.vectors("rfc6962-tree")) func singleHashes() throws {
        for given in try Vectors.object("rfc6962-tree", "vectors.json").cases("hasher") {
            let hash: Digest
            if let leaf = given.optional("leaf_hex", as: String.self) {
                hash = TreeHash.leaf(try #require(parseHexadecimal(leaf)))
            } else if let leaf = given.optional("leaf_utf8", as: String.self) {
                hash = TreeHash.leaf(utf8(leaf))
            } else if let left = given.optional("left_utf8", as: String.self) {
                // Not digests, so only the definition itself applies.
                hash = SHA256.hash([1] + utf8(left) + utf8(try given.string("right_utf8")))
            } else {
                hash = TreeHash.empty
            }
            let description = try given.string("desc")
            #expect(hash.description == (try given.string("want")), "\(description)")
        }
    }
}

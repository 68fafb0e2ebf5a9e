import LedgerMerkle
import LedgerTransparency
import Testing

/// A whole log of another implementation, for every size that it had.
@Suite struct TesseraLog {
    private static let folder = "tlog-tiles-log-tessera"

    private struct Log {
        let key: VerifierKey
        let signingKey: SigningKey
        let origin: String
        let entries: [[UInt8]]
        let leaves: [Digest]
        /// The sizes for which there is a checkpoint, in order.
        let sizes: [Int]

        init() throws {
            let meta = try Vectors.object(TesseraLog.folder, "meta.json")
            key = try VerifierKey(parsing: try meta.string("vkey"))
            signingKey = try SigningKey(parsing: try meta.string("skey_TEST_ONLY"))
            origin = try meta.string("origin")
            entries = try meta.value("entries_utf8_in_order", as: [String].self).map(utf8)
            leaves = entries.map { TreeHash.leaf($0) }
            let files = try Vectors.files(TesseraLog.folder, below: "log", suffix: "")
            sizes = files.compactMap { file in
                file.hasPrefix("log/checkpoint.") ? Int(file.dropFirst("log/checkpoint.".count)) : nil
            }.sorted()
            #expect(!sizes.isEmpty)
            #expect(sizes.allSatisfy { $0 <= leaves.count })
        }

        func checkpoint(_ size: Int) throws -> Checkpoint {
            let bytes = try Vectors.bytes(TesseraLog.folder, "log/checkpoint.\(size)")
            let note = try SignedNote(parsing: bytes)
            #expect(note.encoded == bytes)
            #expect(try note.verified(by: [key]).count == 1)
            let checkpoint = try Checkpoint(parsing: note.text)
            #expect(checkpoint.text == note.text)
            #expect(checkpoint.isOf(key))
            return checkpoint
        }

        func file(_ path: TilePath) throws -> [UInt8] {
            try Vectors.bytes(TesseraLog.folder, "log/\(path.path)")
        }
    }

    @Test(.vectors(folder)) func everyCheckpointIsSignedAndItsRootIsOurs() throws {
        let log = try Log()
        var tree = MerkleTree()
        tree.append(log.leaves)
        for size in log.sizes {
            let checkpoint = try log.checkpoint(size)
            #expect(checkpoint.origin == log.origin)
            #expect(checkpoint.size == UInt64(size))
            #expect(checkpoint.root == TreeHash.root(of: log.leaves[..<size]), "size \(size)")
            #expect(checkpoint.root == (try tree.root(size: UInt64(size))), "size \(size)")
        }
        let latest = try Vectors.bytes(Self.folder, "log/checkpoint")
        #expect(latest == (try Vectors.bytes(Self.folder, "log/checkpoint.\(try #require(log.sizes.last))")))
    }

    @Test(.vectors(folder)) func ourSignaturesAreTheSameBytes() throws {
        let log = try Log()
        #expect(log.signingKey.verifierKey == log.key)
        for size in log.sizes {
            let text = try log.checkpoint(size).text
            let note = SignedNote(text: text, signatures: [try log.signingKey.sign(noteText: text)])
            #expect(note.encoded == (try Vectors.bytes(Self.folder, "log/checkpoint.\(size)")))
        }
    }

    @Test(.vectors(folder)) func rootsAreRebuiltFromEntryBundles() throws {
        let log = try Log()
        for size in log.sizes where size > 0 {
            let path = try #require(TilePath(.entries, index: 0, size: UInt64(size)))
            let bytes = try log.file(path)
            let bundle = try EntryBundle(parsing: bytes, width: path.width)
            #expect(bundle.entries == Array(log.entries[..<size]))
            #expect(try EntryBundle(Array(log.entries[..<size])).encoded == bytes)
            let root = TreeHash.root(of: bundle.entries.map { TreeHash.leaf($0) })
            #expect(root == (try log.checkpoint(size)).root, "size \(size)")
        }
    }

    @Test(.vectors(folder)) func tilesAreOurs() throws {
        let log = try Log()
        var tree = MerkleTree()
        tree.append(log.leaves)
        for size in log.sizes where size > 0 {
            let path = try #require(TilePath(.hashes(level: 0), index: 0, size: UInt64(size)))
            let bytes = try log.file(path)
            let hashes = try #require(tree.tile(level: 0, index: 0, width: path.width))
            #expect(HashTile(hashes).encoded == bytes, "\(path)")
            #expect(try HashTile(parsing: bytes, width: path.width).hashes == hashes)
        }
        // Nothing lies in the log but checkpoints and the tiles that its sizes ask for.
        let files = try Vectors.files(Self.folder, below: "log/tile", suffix: "")
        for file in files where file.contains(".p/") {
            let path = TilePath(parsing: String(file.dropFirst("log/".count)))
            #expect(path.map { log.sizes.contains($0.width) } == true, "\(file)")
        }
    }

    @Test(.vectors(folder)) func allSizesAreConsistentAndHoldTheirEntries() throws {
        let log = try Log()
        var tree = MerkleTree()
        tree.append(log.leaves)
        for new in log.sizes {
            let newRoot = try log.checkpoint(new).root
            for old in log.sizes where old <= new && old > 0 {
                let proof = try tree.consistencyProof(from: UInt64(old), to: UInt64(new))
                try proof.verify(oldRoot: try log.checkpoint(old).root, newRoot: newRoot)
            }
            for index in 0..<new {
                let proof = try tree.inclusionProof(index: UInt64(index), size: UInt64(new))
                try proof.verify(leafHash: log.leaves[index], root: newRoot)
            }
        }
    }
}

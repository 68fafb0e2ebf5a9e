import LedgerMerkle

let merkleTargets = [
    FuzzTarget("tile-path") { bytes in
        guard let text = String(validating: bytes, as: UTF8.self), let path = TilePath(parsing: text) else { return }
        require(path.path.utf8.elementsEqual(bytes), "a path is written as it was read")
    },
    FuzzTarget("hash-tile") { bytes in
        guard let first = bytes.first else { return }
        let rest = Array(bytes.dropFirst())
        let tile = try HashTile(parsing: rest, width: Int(first) + 1)
        require(tile.encoded == rest, "a tile is written as it was read")
        let node = TileNode(Subtree(level: Int(first % 8), offset: UInt64(rest[0])))
        _ = tile.hash(of: node)
    },
    FuzzTarget("entry-bundle") { bytes in
        let bundle = try EntryBundle(parsing: bytes)
        require(bundle.encoded == bytes, "a bundle is written as it was read")
        require((try? EntryBundle(parsing: bytes, width: bundle.entries.count)) == bundle, "its width is its own")
    },
    FuzzTarget("merkle-proofs") { bytes in
        guard bytes.count >= 16 else { return }
        let first = bytes[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let second = bytes[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let hashes = stride(from: 16, to: bytes.count - 31, by: 32).compactMap { Digest(bytes[$0..<$0 + 32]) }
        let leaf = TreeHash.leaf([])
        let inclusion = InclusionProof(index: first, size: second, hashes: hashes)
        if let root = try? inclusion.root(leafHash: leaf) {
            try! inclusion.verify(leafHash: leaf, root: root)
            require(
                first < second && hashes.count == InclusionProof.length(index: first, size: second),
                "what leads to a root has the right length")
        }
        try ConsistencyProof(oldSize: first, newSize: second, hashes: hashes).verify(
            oldRoot: hashes.first ?? .zero, newRoot: hashes.last ?? .zero)
    },
]

import LedgerMerkle

@testable import LedgerStorage

private let ledgerID = TreeHash.leaf(Array("fuzz".utf8))
private let root = TreeHash.leaf(Array("root".utf8))
private let whole = SecretBlock(ledgerID: ledgerID, number: 1, retentionClass: 2, tree: KeyTree(root: root)).encoded

let keyTargets = [
    FuzzTarget("secret-block") { bytes in
        for bytes in [bytes, bytes.stampedSecretBlock()] {
            guard let block = try? SecretBlock(decoding: bytes, path: "/b") else { continue }
            require(block.encoded == bytes, "a block is written as it was read")
            require(block.tree.isLeft(of: block.tree), "a tree is what is left of itself")
            var tree = block.tree
            let leaves: [UInt16] = [0, 1, 4711, .max]
            tree.puncture(leaves)
            require(leaves.allSatisfy { tree.secret(at: $0) == nil }, "what was destroyed is not derived")
            require(tree.isLeft(of: block.tree), "and nothing else was made")
        }
    },
    FuzzTarget("key-tree") { bytes in
        // Leaves to destroy, two bytes each.
        var tree = KeyTree(root: root)
        var destroyed: Set<UInt16> = []
        for at in stride(from: 0, to: min(bytes.count - 1, 128), by: 2) {
            let leaf = UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
            destroyed.insert(leaf)
            tree.puncture(leaf)
        }
        require(tree.count == KeyTree.leafCount - destroyed.count, "just these are gone")
        let block = SecretBlock(ledgerID: ledgerID, number: 7, retentionClass: 1, tree: tree)
        require(try SecretBlock(decoding: block.encoded, path: "/b") == block, "what is written is read")
        let other = KeyTree(root: root)
        for leaf in destroyed {
            require(!tree.contains(leaf), "a destroyed leaf is not there")
            let beside = leaf ^ 1
            require(
                destroyed.contains(beside) || tree.secret(at: beside) == other.secret(at: beside),
                "its neighbour is what it was")
        }
    },
    FuzzTarget("secret-folder") { bytes in
        // What a crash may leave: the new state of a block beside the old one.
        for bytes in [bytes, bytes.stampedSecretBlock()] {
            let disk = MemoryDisk(["/k": [], "/k/0000000001.key": whole, "/k/0000000001.key.new": bytes])
            let folder = SecretFolder(path: "/k", disk: disk, ledgerID: ledgerID)
            let before = try folder.read(1)
            try folder.settle()
            let after = try folder.read(1)
            require(before == after, "settling changes nothing that is read")
            require(!disk.exists("/k/0000000001.key.new"), "and leaves one state")
            require(after.tree.isLeft(of: KeyTree(root: root)), "no key comes from outside")
        }
    },
]

extension [UInt8] {
    /// As a block of secrets of this ledger, with its checksum.
    fileprivate func stampedSecretBlock() -> [UInt8] {
        var bytes = self
        guard bytes.count >= SecretBlock.headerByteCount + SecretBlock.trailerByteCount else { return bytes }
        bytes.place(SecretBlock.magic + ledgerID.bytes, at: 0)
        bytes.stamp(0..<bytes.count - 8, at: bytes.count - 8)
        return bytes
    }
}

public import LedgerMerkle

/// A block of secrets as it lies on disk (FORMATS.md, "Secret blocks").
public struct SecretBlock: Hashable, Sendable {
    static let magic = Array("TAMGAK01".utf8)
    static let headerByteCount = 48
    static let nodeByteCount = 35
    static let trailerByteCount = 8
    /// The most nodes of a block: every second leaf alone.
    static let nodeLimit = KeyTree.leafCount / 2
    /// The most bytes of a block's file.
    public static let byteLimit = headerByteCount + nodeLimit * nodeByteCount + trailerByteCount

    public let ledgerID: Digest
    /// The block's number: stands in its file's name too, and in every record whose secret is one of its leaves.
    public let number: UInt32
    /// Which records its secrets are for: all of one block may go together.
    public let retentionClass: UInt8
    public var tree: KeyTree

    public init(ledgerID: Digest, number: UInt32, retentionClass: UInt8, tree: KeyTree) {
        self.ledgerID = ledgerID
        self.number = number
        self.retentionClass = retentionClass
        self.tree = tree
    }

    /// The bytes of the file: `magic ‖ ledger id ‖ number u32 ‖ class u8 ‖ 0 ‖ nodes u16 ‖ for each: depth u8 ‖ first leaf u16 ‖
    /// key ‖ checksum`.
    public var encoded: [UInt8] {
        var bytes = SecretBlock.magic
        bytes.reserveCapacity(
            SecretBlock.headerByteCount + tree.nodes.count * SecretBlock.nodeByteCount + SecretBlock.trailerByteCount)
        bytes.append(contentsOf: ledgerID.bytes)
        bytes.append(bigEndian: number)
        bytes.append(retentionClass)
        bytes.append(0)
        bytes.append(bigEndian: UInt16(tree.nodes.count))
        for node in tree.nodes {
            bytes.append(UInt8(node.depth))
            bytes.append(bigEndian: UInt16(node.first))
            node.key.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        bytes.append(bigEndian: Checksum.of(bytes))
        return bytes
    }

    /// Reads what `encoded` gives, and nothing else: each set of leaves left has one encoding.
    ///
    /// - Parameter path: where the bytes are from, for the error.
    /// - Throws: `StorageError` `unknownFormat` for another magic, `corrupt` for anything that this code would not write.
    public init(decoding bytes: [UInt8], path: String) throws(StorageError) {
        func corrupt(_ what: String) -> StorageError {
            StorageError(
                .corrupt, "\(path) \(what)",
                remedy: "restore the file from the copy of the keys: without it its records cannot be read")
        }
        let least = SecretBlock.headerByteCount + SecretBlock.trailerByteCount
        guard bytes.count >= least, bytes.count <= SecretBlock.byteLimit else {
            throw corrupt("has \(bytes.count) bytes, as no block of secrets has")
        }
        guard bytes.starts(with: SecretBlock.magic.prefix(6)) else { throw corrupt("is no block of secrets") }
        guard bytes.starts(with: SecretBlock.magic) else {
            throw StorageError(
                .unknownFormat, "\(path) is a block of secrets in a form that this version does not know",
                remedy: "use the Tamga version that wrote it")
        }
        let header = bytes.withUnsafeBytes { buffer in
            (
                isWhole: buffer.load(bigEndian: UInt64.self, at: buffer.count - 8)
                    == Checksum.of(buffer.part(0, buffer.count - 8)),
                number: buffer.load(bigEndian: UInt32.self, at: 40), zero: buffer[45],
                count: Int(buffer.load(bigEndian: UInt16.self, at: 46))
            )
        }
        guard header.isWhole else { throw corrupt("does not give its checksum") }
        guard header.zero == 0, bytes.count == least + header.count * SecretBlock.nodeByteCount,
            let ledgerID = Digest(bytes[8..<40])
        else { throw corrupt("has a header that does not fit its bytes") }
        var nodes: [KeyTree.Node] = []
        for position in 0..<header.count {
            let offset = SecretBlock.headerByteCount + position * SecretBlock.nodeByteCount
            guard let node = SecretBlock.node(bytes[offset..<offset + SecretBlock.nodeByteCount], after: nodes.last)
            else { throw corrupt("has a key out of its place (number \(position))") }
            nodes.append(node)
        }
        self.init(
            ledgerID: ledgerID, number: header.number, retentionClass: bytes[44], tree: KeyTree(checked: nodes))
    }

    private static func node(_ bytes: ArraySlice<UInt8>, after previous: KeyTree.Node?) -> KeyTree.Node? {
        let start = bytes.startIndex
        guard bytes[start] <= UInt8(KeyTree.depth), let key = Digest(bytes[(start + 3)...]) else { return nil }
        let first = Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
        let node = KeyTree.Node(depth: Int(bytes[start]), first: first, key: key)
        guard first % node.leafCount == 0, previous.map({ $0.end <= first }) ?? true else { return nil }
        // Both children of one node: their parent would have been kept.
        if let previous, previous.depth == node.depth, previous.first ^ node.first == node.leafCount { return nil }
        return node
    }
}

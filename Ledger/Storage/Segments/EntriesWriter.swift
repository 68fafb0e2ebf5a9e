import LedgerMerkle

/// Writes the entry file of one segment, block by block.
struct EntriesWriter {
    private let output: OutputFile
    private let ledgerID: Digest
    private let firstIndex: UInt64
    private let blockHeight: Int
    private var count = 0
    private var blocks: [(offset: Int, root: Digest)] = []

    init(
        disk: any Disk, path: String, ledgerID: Digest, firstIndex: UInt64, blockHeight: Int,
        pace: @escaping (Int) throws -> Void
    ) throws {
        output = try OutputFile(disk: disk, path: path, pace: pace)
        self.ledgerID = ledgerID
        self.firstIndex = firstIndex
        self.blockHeight = blockHeight
        try output.append(EntriesFormat.header(ledgerID: ledgerID, firstIndex: firstIndex))
    }

    /// - Precondition: every block but the last has 2^blockHeight entries.
    mutating func append(_ entries: [[UInt8]]) throws {
        precondition(count % (1 << blockHeight) == 0 && !entries.isEmpty && entries.count <= 1 << blockHeight)
        blocks.append((output.position, TreeHash.root(of: entries.map { TreeHash.leaf($0) })))
        var bytes = EntryBlock.encode(entries)
        bytes.append(bigEndian: Checksum.of(bytes))
        try output.append(bytes)
        count += entries.count
    }

    /// XXH3-64 of the finished file.
    var checksum: UInt64 { output.checksum }

    /// Writes table and footer.
    ///
    /// - Parameter root: the tree's root behind this segment, given the root over its own entries.
    /// - Durability: the content is on disk on return.
    func finish(
        rootBefore: Digest, footerBefore: Digest, lastTime: UInt64, rootAfter root: (Digest) throws -> Digest
    ) throws -> SegmentFooter {
        let tableOffset = output.position
        var table: [UInt8] = []
        for block in blocks {
            table.append(bigEndian: UInt64(block.offset))
            table.append(contentsOf: block.root.bytes)
        }
        table.append(bigEndian: Checksum.of(table))
        try output.append(table)
        let subtreeRoot = TreeHash.root(of: blocks.map(\.root))
        let footer = SegmentFooter(
            ledgerID: ledgerID, firstIndex: firstIndex, count: count, blockHeight: blockHeight, rootBefore: rootBefore,
            footerBefore: footerBefore, subtreeRoot: subtreeRoot, rootAfter: try root(subtreeRoot),
            lastTime: lastTime, tableOffset: tableOffset, contentDigest: output.digest)
        try output.append(footer.encoded)
        try output.finish()
        return footer
    }
}

import LedgerMerkle

/// Reads the entry file of one segment. Safe to use from several threads at once.
struct EntriesFile: Sendable {
    let footer: SegmentFooter
    /// Where each block begins; one more for the end of the last.
    private let offsets: [Int]
    /// The root over each block's leaves.
    let blockRoots: [Digest]

    /// Reads the footer at the end of a file.
    static func footer(of file: any DiskFile, ledgerID: Digest) throws -> SegmentFooter {
        let size = try file.size()
        guard size >= SegmentFooter.byteCount + EntriesFormat.headerByteCount,
            let footer = SegmentFooter(
                try file.read(count: SegmentFooter.byteCount, at: size - SegmentFooter.byteCount)),
            footer.fileLength == size
        else { throw SegmentDamage.error(file.path, byte: max(0, size - SegmentFooter.byteCount), "no whole footer") }
        guard footer.ledgerID == ledgerID else { throw SegmentDamage.foreign(file.path) }
        return footer
    }

    /// Reads the table of blocks and holds it against the footer: the block roots must give the subtree's root.
    init(file: any DiskFile, footer: SegmentFooter) throws {
        self.footer = footer
        let byteCount = footer.blockCount * EntriesFormat.tableRowByteCount
        let bytes = try file.read(count: byteCount + 8, at: footer.tableOffset)
        var cursor = ByteCursor(bytes)
        var offsets: [Int] = []
        var roots: [Digest] = []
        do {
            guard Checksum.of(Array(bytes.prefix(byteCount))) == bytes.suffix(8).bigEndianNumber else {
                throw ByteCursor.Shortage()
            }
            for _ in 0..<footer.blockCount {
                let offset = try cursor.number(UInt64.self)
                guard offset >= offsets.last ?? EntriesFormat.headerByteCount, offset <= footer.tableOffset else {
                    throw ByteCursor.Shortage()
                }
                offsets.append(Int(offset))
                roots.append(try cursor.digest())
            }
        } catch {
            throw SegmentDamage.error(file.path, byte: footer.tableOffset, "the table of blocks is damaged")
        }
        guard TreeHash.root(of: roots) == footer.subtreeRoot else {
            throw SegmentDamage.error(
                file.path, byte: footer.tableOffset, "the table of blocks does not give the root")
        }
        self.offsets = offsets + [footer.tableOffset]
        blockRoots = roots
    }

    /// The entries of a block, checked against its checksum. One read.
    func block(_ block: Int, in file: any DiskFile) throws -> [[UInt8]] {
        let (start, end) = (offsets[block], offsets[block + 1])
        let bytes = try file.read(count: end - start, at: start)
        guard bytes.count == end - start, bytes.count > 8,
            Checksum.of(Array(bytes.dropLast(8))) == bytes.suffix(8).bigEndianNumber,
            let entries = try? EntryBlock.decode(bytes.dropLast(8), count: footer.entryCount(ofBlock: block))
        else {
            throw SegmentDamage.error(
                file.path, byte: start,
                "the block of the entries from \(footer.firstIndex + UInt64(block) << UInt64(footer.blockHeight)) is damaged"
            )
        }
        return entries
    }

    /// The leaf hashes of a block's entries. One read; they are held against the block's root, which finds what a checksum would.
    func leafHashes(ofBlock block: Int, in file: any DiskFile) throws -> [Digest] {
        if let bulk = try bulkLeafHashes(ofBlock: block, in: file), TreeHash.root(of: bulk) == blockRoots[block] {
            return bulk
        }
        let hashes = try self.block(block, in: file).map { TreeHash.leaf($0) }
        guard TreeHash.root(of: hashes) == blockRoots[block] else {
            let first = footer.firstIndex + UInt64(block) << UInt64(footer.blockHeight)
            throw SegmentDamage.error(file.path, byte: offsets[block], "the entries from \(first) have another hash")
        }
        return hashes
    }

    /// The nodes over a full block's entries, held against the block's root in the same way.
    func tile(ofBlock block: Int, in file: any DiskFile) throws -> NodeTile {
        if let bulk = try bulkLeafHashes(ofBlock: block, in: file) {
            let tile = NodeTile(bulk)
            if tile.root == blockRoots[block] { return tile }
        }
        return NodeTile(try leafHashes(ofBlock: block, in: file))
    }

    /// The leaf hashes that a block's bytes give, checked against nothing; `nil` when they are no entries in columns.
    private func bulkLeafHashes(ofBlock block: Int, in file: any DiskFile) throws -> [Digest]? {
        let (start, end) = (offsets[block], offsets[block + 1])
        let bytes = try file.read(count: end - start, at: start)
        let count = footer.entryCount(ofBlock: block)
        return bytes.withUnsafeBytes { bytes in
            bytes.count == end - start && bytes.count > 8
                ? EntryBlock.leafHashes(bytes.part(0, bytes.count - 8), count: count) : nil
        }
    }

    /// One entry. One read of 4 KiB on average; the block's checksum is looked at only where the caller finds the entry wrong.
    func entry(_ position: Int, in file: any DiskFile) throws -> [UInt8] {
        let block = position >> footer.blockHeight
        let (start, end) = (offsets[block], offsets[block + 1])
        let (within, count) = (position - block << footer.blockHeight, footer.entryCount(ofBlock: block))
        // Up to the commitment, if the rest of each entry is one: what lies behind it need not be copied.
        let expected = end - 8 - (count - within - 1) * Digest.byteCount - start
        let length = min(end - start, max(expected, EntriesFile.frontByteCount))
        let entry = try withUnsafeTemporaryAllocation(byteCount: length, alignment: 8) { buffer -> [UInt8]? in
            let front = UnsafeRawBufferPointer(rebasing: buffer[..<(try file.read(into: buffer, at: start))])
            guard
                let place = EntryBlock.place(of: within, count: count, front: front, byteCount: end - start - 8)
            else { return nil }
            if place.rest.upperBound <= front.count { return place.head + front[place.rest] }
            let rest = try file.read(count: place.rest.count, at: start + place.rest.lowerBound)
            return rest.count == place.rest.count ? place.head + rest : nil
        }
        return try entry ?? self.block(block, in: file)[within]
    }

    /// Holds the columns of a block's kinds and times, unless times jump about.
    private static let frontByteCount = 1024

    /// Where a block begins, for reports.
    func offset(ofBlock block: Int) -> Int { offsets[block] }
}

/// How damage in a segment's files is reported.
enum SegmentDamage {
    static func error(_ path: String, byte: Int, _ what: String) -> StorageError {
        StorageError(
            .corrupt, "\(path), byte \(byte): \(what)",
            remedy: "stop the service and run `tamga repair`; what it cannot heal comes back from a copy of the file")
    }

    static func foreign(_ path: String) -> StorageError {
        StorageError(
            .foreignLedger, "\(path) belongs to another ledger", remedy: "put the segments of this ledger back")
    }
}

extension Sequence<UInt8> {
    /// Up to eight bytes as a big-endian number.
    var bigEndianNumber: UInt64 { reduce(0) { $0 << 8 | UInt64($1) } }
}

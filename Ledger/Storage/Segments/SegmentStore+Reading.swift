public import LedgerMerkle
import Synchronization

/// Reading what is sealed: from any thread.
extension SegmentStore {
    /// The hash of a complete subtree of at most a segment's height that lies in a complete segment.
    ///
    /// A cold one costs a read of the block (about 9 KB) and hashing it; a warm one copies 32 bytes.
    public func hash(of subtree: Subtree) throws -> Digest {
        let height = shape.height - subtree.level
        let span = subtree.offset >> UInt64(height)
        let within = Int(subtree.offset & (1 << UInt64(height) - 1))
        if subtree.level >= shape.blockHeight {
            return try upperTile(span: span).hash(level: subtree.level - shape.blockHeight, offset: within)
        }
        let perBlock = shape.blockHeight - subtree.level
        let tile = try tile(span: span, block: within >> perBlock)
        return tile.hash(level: subtree.level, offset: within & (1 << perBlock - 1))
    }

    /// Appends the siblings on the way from a leaf of a complete segment up to the segment's root, lowest first. Two tiles.
    public func appendSiblings(of index: UInt64, to hashes: inout [Digest]) throws {
        let span = index >> UInt64(shape.height)
        let within = Int(index & (shape.span - 1))
        let blockHeight = shape.blockHeight
        let tile = try tile(span: span, block: within >> blockHeight)
        var offset = within & (1 << blockHeight - 1)
        for level in 0..<blockHeight {
            hashes.append(tile.hash(level: level, offset: offset ^ 1))
            offset >>= 1
        }
        guard shape.height > blockHeight else { return }
        let upper = try upperTile(span: span)
        offset = within >> blockHeight
        for level in 0..<shape.height - blockHeight {
            hashes.append(upper.hash(level: level, offset: offset ^ 1))
            offset >>= 1
        }
    }

    /// The leaf hash of a sealed entry.
    public func leafHash(at index: UInt64) throws -> Digest {
        let segment = try require(index)
        guard segment.footer.count == Int(shape.span) else { return TreeHash.leaf(try entry(at: index)) }
        return try hash(of: Subtree(level: 0, offset: index))
    }

    /// The leaf hash of an entry of a complete segment, if its tile is in memory. No read.
    public func cachedLeafHash(at index: UInt64) -> Digest? {
        let within = Int(index & (shape.span - 1))
        let key = TileKey(span: index >> UInt64(shape.height), block: within >> shape.blockHeight)
        return tiles.find(key)?.hash(level: 0, offset: within & (1 << shape.blockHeight - 1))
    }

    /// The leaf hashes of an incomplete last segment, from an index on: at most a segment's. Reads the whole of it.
    public func leafHashes(from start: UInt64) throws -> [Digest] {
        let segment = try require(start)
        let opened = try openEntries(of: segment)
        let (reader, file) = (opened.entries, opened.file)
        var hashes: [Digest] = []
        for block in 0..<segment.footer.blockCount {
            hashes += try reader.leafHashes(ofBlock: block, in: file)
        }
        return Array(hashes.dropFirst(Int(start - segment.footer.firstIndex)))
    }

    /// The tile over the blocks of a complete segment.
    private func upperTile(span: UInt64) throws -> NodeTile {
        try tiles.value(TileKey(span: span, block: -1)) {
            NodeTile(try entriesFile(of: require(span << UInt64(shape.height))).blockRoots)
        }
    }

    private func tile(span: UInt64, block: Int) throws -> NodeTile {
        try tiles.value(TileKey(span: span, block: block)) {
            let opened = try openEntries(of: require(span << UInt64(shape.height)))
            return try opened.entries.tile(ofBlock: block, in: opened.file)
        }
    }

    func require(_ index: UInt64) throws -> Segment {
        guard let segment = segment(holding: index) else { throw SegmentStore.notSealed(index) }
        return segment
    }

    static func notSealed(_ index: UInt64) -> StorageError {
        StorageError(.corrupt, "entry \(index) is in no segment", remedy: "run `tamga audit`")
    }

    // MARK: Entries

    /// A sealed entry. One read.
    ///
    /// The caller holds it against its leaf hash; a block that does not check is reported here.
    public func entry(at index: UInt64) throws -> [UInt8] {
        let segment = try require(index)
        let opened = try openEntries(of: segment)
        return try opened.entries.entry(Int(index - segment.footer.firstIndex), in: opened.file)
    }

    /// The sealed entries of a range that lies in one block, such as a tile's.
    public func entries(in range: Range<UInt64>) throws -> [[UInt8]] {
        let segment = try require(range.lowerBound)
        let position = Int(range.lowerBound - segment.footer.firstIndex)
        let block = position >> segment.footer.blockHeight
        let start = position - block << segment.footer.blockHeight
        let opened = try openEntries(of: segment)
        let entries = try opened.entries.block(block, in: opened.file)
        guard start + range.count <= entries.count else { throw SegmentStore.notSealed(range.upperBound - 1) }
        return Array(entries[start..<start + range.count])
    }

    // MARK: Records

    /// What is held of a sealed entry's record, without its entry. Two reads: the block of the row and, cold, its table.
    ///
    /// A reader beside a service looks at the name of the file, too (one call of the system), and reads the manifest again when it is gone.
    ///
    /// - Throws: for a reader, `DiskError` with code `notFound` when the whole segment was sealed again, longer.
    public func record(at index: UInt64) throws -> SealedRecord {
        try row(at: index)?.1 ?? .none
    }

    /// The keys under which a sealed entry is found, with its retention class.
    public func keys(at index: UInt64) throws -> [SealedKey] {
        try row(at: index, unpack: false)?.0.keys ?? []
    }

    /// A row with its record; `nil` when the entry has neither keys nor record.
    func row(at index: UInt64, unpack: Bool = true) throws -> (SealedRow, SealedRecord, retention: UInt8)? {
        var lastFailure: (any Error)?
        // A file may be replaced between the look at the manifest and its opening: then there is a newer one.
        for _ in 0..<3 {
            do {
                return try row(at: index, in: require(index), unpack: unpack)
            } catch let failure as DiskError where failure.code == .notFound {
                lastFailure = failure
                try refresh(require(index))
            }
        }
        throw lastFailure ?? SegmentStore.notSealed(index)
    }

    private func row(
        at index: UInt64, in segment: Segment, unpack: Bool
    ) throws -> (SealedRow, SealedRecord, retention: UInt8)? {
        let position = Int(index - segment.footer.firstIndex)
        var isExpired = false
        for records in segment.manifest.records {
            if records.isExpired {
                isExpired = true
                continue
            }
            let reader = try recordFile(of: segment, records)
            guard let number = reader.blockNumber(of: position) else { continue }
            let name = segment.names.records(retention: records.retention, generation: records.generation)
            let block = try reader.block(number, in: file(name))
            guard let row = block.rows.first(where: { $0.position == position }) else { continue }
            guard unpack else { return (row, .none, records.retention) }
            guard let row = try block.unpacked(position: position) else { continue }
            // Looked at behind the reading: what was erased before this look is not handed out, though it is open here.
            if isReader, !disk.exists(path(name)) {
                throw DiskError(code: .notFound, operation: "read", path: path(name), reason: "it was replaced")
            }
            return (row, row.sealedRecord, records.retention)
        }
        // A row in an expired class cannot be told from none: the caller knows from the entry's kind.
        return isExpired
            ? (SealedRow(position: position, state: .keysOnly, keys: [], record: []), .expired, 0) : nil
    }

    /// Reads a segment's manifest again.
    private func refresh(_ segment: Segment) throws {
        let path = path(segment.names.manifest)
        guard let manifest = SegmentManifest(try disk.readAll(path, limit: SegmentManifest.byteLimit)),
            manifest.footerDigest == segment.footer.digest
        else { throw SegmentDamage.error(path, byte: 0, "the manifest is damaged") }
        content.withLock { segments in
            guard let number = segments.firstIndex(where: { $0.footer == segment.footer }) else { return }
            segments[number] = segment.with(manifest)
        }
    }
}

extension SealedRow {
    /// What the row says of the record.
    var sealedRecord: SealedRecord {
        switch state {
        case .held: .held(record)
        case .erased: .erased(record)
        case .keysOnly: .none
        }
    }
}

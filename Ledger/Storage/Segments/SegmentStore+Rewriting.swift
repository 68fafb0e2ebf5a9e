import LedgerMerkle
import Synchronization

/// Replacing record files: entries are never touched.
extension SegmentStore {
    /// Writes the records of one class of a segment anew, packed harder or with some of them erased.
    ///
    /// The new file is verified against the old one before the manifest names it; only then is the old one removed.
    ///
    /// - Parameters:
    ///   - index: any entry of the segment.
    ///   - erased: indices whose records are replaced by their residue; their keys go, too.
    ///   - pace: as in `seal`.
    /// - Durability: the new file is what counts when this returns, and the old one is gone.
    public func rewriteRecords(
        ofSegmentHolding index: UInt64, retention: UInt8, effort: PackingEffort, erasing erased: Set<UInt64> = [],
        salt: [UInt8], pace: @escaping (Int) throws -> Void = { _ in }
    ) throws {
        try settle()
        let segment = try require(index)
        guard let old = segment.manifest.records.first(where: { $0.retention == retention && !$0.isExpired }) else {
            return
        }
        let entries = StoredEntries(store: self, segment: segment)
        let rows = try RowReader(store: self, segment: segment, records: old, entries: entries)
        let writer = try makeWriter(
            segment.names, retention: retention, generation: old.generation + 1, effort: effort, salt: salt,
            entries: entries, pace: pace)
        while let row = try rows.next() { try writer.append(without(erased, row, of: segment)) }
        let new = SegmentManifest.Records(try writer.finish())
        note(writer.checksum, of: segment.names.records(retention: retention, generation: new.generation))
        try compare(old, new, of: segment, erased, pace: pace)
        try replace(old, with: new, in: segment)
    }

    private func without(_ erased: Set<UInt64>, _ row: SealedRow, of segment: Segment) throws -> SealedRow {
        let index = segment.footer.firstIndex + UInt64(row.position)
        guard erased.contains(index), row.state == .held else { return row }
        let residue = try codec.residue(of: row.record, entry: entry(at: index))
        let keys = row.keys.filter { codec.keepsKey(ofPurpose: $0.purpose) }
        return SealedRow(position: row.position, state: .erased, keys: keys, record: residue)
    }

    private func compare(
        _ old: SegmentManifest.Records, _ new: SegmentManifest.Records, of segment: Segment, _ erased: Set<UInt64>,
        pace: (Int) throws -> Void
    ) throws {
        let entries = StoredEntries(store: self, segment: segment)
        let before = try RowReader(store: self, segment: segment, records: old, entries: entries)
        let after = try RowReader(store: self, segment: segment, records: new, entries: entries)
        var count = 0
        while let row = try before.next() {
            guard try after.next() == without(erased, row, of: segment) else {
                throw SegmentStore.differs(
                    path(segment.names.records(retention: new.retention, generation: new.generation)))
            }
            count += 1
            if count % 256 == 0 { try pace(0) }
        }
        guard try after.next() == nil else {
            throw SegmentStore.differs(
                path(segment.names.records(retention: new.retention, generation: new.generation)))
        }
    }

    /// - Parameter secrets: what leads to the secrets that go with the old file.
    func replace(
        _ old: SegmentManifest.Records, with new: SegmentManifest.Records, in segment: Segment,
        destroying secrets: [UInt64] = []
    ) throws {
        var manifest = segment.manifest
        manifest.records = manifest.records.map { $0.retention == old.retention ? new : $0 }
        if !new.isExpired {
            let name = segment.names.records(retention: new.retention, generation: new.generation)
            try protect(name)
            try disk.synchronizeDirectory(directory)
        }
        // The point of no return.
        try put(manifest, named: segment.names.manifest, insteadOf: segment.manifest.encoded)
        content.withLock { segments in
            if let number = segments.firstIndex(where: { $0.footer == segment.footer }) {
                segments[number] = segment.with(manifest)
            }
        }
        unsettled.withLock { $0.secrets += secrets }
        discard([segment.names.records(retention: old.retention, generation: old.generation)])
        try settle()
    }

    // MARK: Keys

    /// Visits every key of the entries of a segment, leaf hashes included: what the hash index is built from.
    ///
    /// - Parameter body: the key's 64 bits, the entry's index, and whether it is the key of the leaf hash.
    public func visitKeys(
        ofSegmentHolding index: UInt64, _ body: (_ key: IndexKey, _ index: UInt64, _ isLeaf: Bool) throws -> Void
    ) throws {
        let segment = try require(index)
        let first = segment.footer.firstIndex
        let opened = try openEntries(of: segment)
        let (reader, file) = (opened.entries, opened.file)
        for block in 0..<segment.footer.blockCount {
            let start = first + UInt64(block) << UInt64(segment.footer.blockHeight)
            for (offset, entry) in try reader.block(block, in: file).enumerated() {
                try body(IndexKey(DomainKey(leafHash: TreeHash.leaf(entry))), start + UInt64(offset), true)
            }
        }
        let entries = StoredEntries(store: self, segment: segment)
        for records in segment.manifest.records where !records.isExpired {
            let reader = try recordFile(of: segment, records)
            let name = segment.names.records(retention: records.retention, generation: records.generation)
            let file = try self.file(name)
            for number in 0..<reader.blockCount {
                for row in try reader.block(number, in: file).rows {
                    for key in row.keys {
                        try body(IndexKey(word: key.word), entries.firstIndex + UInt64(row.position), false)
                    }
                }
            }
        }
    }

    /// What is sealed, segment by segment.
    public struct Summary: Hashable, Sendable {
        public struct Records: Hashable, Sendable {
            public let retention: UInt8
            public let held: Int
            public let erased: Int
            public let isExpired: Bool
            public let effort: PackingEffort
            public let byteCount: Int
        }

        public let firstIndex: UInt64
        public let count: Int
        public let lastTime: UInt64
        public let entryByteCount: Int
        public let records: [Records]
        public var end: UInt64 { firstIndex + UInt64(count) }
    }

    /// What is sealed, in order. No read.
    public func summaries() -> [Summary] {
        segments.map { segment in
            Summary(
                firstIndex: segment.footer.firstIndex, count: segment.footer.count, lastTime: segment.footer.lastTime,
                entryByteCount: segment.footer.fileLength,
                records: segment.manifest.records.map {
                    Summary.Records(
                        retention: $0.retention, held: $0.held, erased: $0.erased, isExpired: $0.isExpired,
                        effort: $0.effort, byteCount: $0.fileLength)
                })
        }
    }
}

extension SegmentStore {
    /// Visits everything that each entry of a segment has, in order: what a longer segment in its place is made of.
    public func visitItems(
        ofSegmentHolding index: UInt64, _ body: (UInt64, SealedItem) throws -> Void
    ) throws {
        let segment = try require(index)
        let stored = StoredEntries(store: self, segment: segment)
        var readers: [(retention: UInt8, rows: RowReader, next: SealedRow?)] = []
        var isExpired = false
        for records in segment.manifest.records {
            if records.isExpired {
                isExpired = true
                continue
            }
            let rows = try RowReader(store: self, segment: segment, records: records, entries: stored)
            readers.append((records.retention, rows, try rows.next()))
        }
        let opened = try openEntries(of: segment)
        let (reader, file) = (opened.entries, opened.file)
        for block in 0..<segment.footer.blockCount {
            let start = block << segment.footer.blockHeight
            for (offset, entry) in try reader.block(block, in: file).enumerated() {
                let position = start + offset
                var item = SealedItem(entry: entry, keys: [], retention: 0, record: isExpired ? .expired : .none)
                for number in readers.indices where readers[number].next?.position == position {
                    guard let row = readers[number].next else { continue }
                    (item.keys, item.retention, item.record) = (row.keys, readers[number].retention, row.sealedRecord)
                    readers[number].next = try readers[number].rows.next()
                }
                try body(segment.footer.firstIndex + UInt64(position), item)
            }
        }
    }
}

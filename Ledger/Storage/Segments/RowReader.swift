import LedgerMerkle

/// Reads the rows of a record file one after another, from a descriptor of its own.
final class RowReader {
    private let file: any DiskFile
    private let reader: RecordFile
    private var nextBlock = 0
    private var rows: ArraySlice<SealedRow> = []

    /// - Throws: `StorageError` when the file is not the one that the manifest names.
    init(
        store: SegmentStore, segment: Segment, records: SegmentManifest.Records, entries: any SegmentEntries
    ) throws {
        let name = segment.names.records(retention: records.retention, generation: records.generation)
        file = try store.disk.open(store.path(name), readOnly: true, create: false)
        let footer = try RecordFile.footer(of: file, ledgerID: store.ledgerID)
        guard footer.contentDigest == records.contentDigest, footer.firstIndex == segment.footer.firstIndex,
            footer.retention == records.retention, footer.generation == records.generation
        else { throw SegmentDamage.error(file.path, byte: 0, "this is not the file that the manifest names") }
        reader = try RecordFile(file: file, footer: footer, codec: store.codec, entries: entries)
    }

    /// The next row; `nil` behind the last.
    func next() throws -> SealedRow? {
        while rows.isEmpty {
            guard nextBlock < reader.blockCount else { return nil }
            rows = try reader.block(nextBlock, in: file).unpacked()[...]
            nextBlock += 1
        }
        return rows.removeFirst()
    }
}

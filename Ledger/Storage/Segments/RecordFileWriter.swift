import LedgerMerkle

/// Writes one record file of a segment, block by block.
final class RecordFileWriter {
    /// Rows that are packed together.
    static let rowsPerBlock = 256

    private let output: OutputFile
    private let identity: RecordFileIdentity
    private let retention: UInt8
    private let codec: UInt8
    private let effort: PackingEffort
    private let generation: UInt32
    private let packer: any RecordPacker
    private var waiting: [SealedRow] = []
    private var waitingByteCount = 0
    private var table: [(offset: Int, position: Int)] = []
    private var counts = (rows: 0, held: 0, erased: 0)

    init(
        disk: any Disk, path: String, identity: RecordFileIdentity, retention: UInt8, generation: UInt32,
        effort: PackingEffort, codec: any RecordCodec, entries: any SegmentEntries,
        pace: @escaping (Int) throws -> Void
    ) throws {
        output = try OutputFile(disk: disk, path: path, pace: pace)
        self.identity = identity
        self.retention = retention
        self.generation = generation
        self.effort = effort
        self.codec = codec.number
        packer = try codec.packer(for: identity, entries: entries)
        try output.append(
            RecordFormat.header(identity, retention: retention, codec: codec.number, generation: generation))
    }

    /// - Precondition: rows come in ascending order of their positions.
    func append(_ row: SealedRow) throws {
        if waiting.count == RecordFileWriter.rowsPerBlock
            || waitingByteCount + row.record.count > RecordFormat.blockByteLimit
        {
            try flush()
        }
        waiting.append(row)
        waitingByteCount += row.record.count
    }

    private func flush() throws {
        guard let first = waiting.first else { return }
        var bytes = RowTable.encode(waiting)
        let rows = waiting.filter { $0.state != .keysOnly }.map { RecordRow(position: $0.position, record: $0.record) }
        let packed = rows.isEmpty ? [] : try packer.pack(rows, block: UInt32(table.count), effort: effort)
        bytes.append(varint: UInt64(packed.count))
        bytes.append(contentsOf: packed)
        bytes.append(bigEndian: Checksum.of(bytes))
        table.append((output.position, first.position))
        try output.append(bytes)
        counts.rows += waiting.count
        counts.held += waiting.count { $0.state == .held }
        counts.erased += waiting.count { $0.state == .erased }
        waiting.removeAll(keepingCapacity: true)
        waitingByteCount = 0
    }

    /// XXH3-64 of the finished file.
    var checksum: UInt64 { output.checksum }

    /// Writes table and footer.
    ///
    /// - Durability: the content is on disk on return.
    func finish() throws -> RecordFooter {
        try flush()
        let tableOffset = output.position
        var bytes: [UInt8] = []
        for block in table {
            bytes.append(bigEndian: UInt64(block.offset))
            bytes.append(bigEndian: UInt32(block.position))
        }
        bytes.append(bigEndian: Checksum.of(bytes))
        try output.append(bytes)
        let footer = RecordFooter(
            ledgerID: identity.ledgerID, firstIndex: identity.firstIndex, retention: retention, codec: codec,
            effort: effort, generation: generation, rows: counts.rows, held: counts.held, erased: counts.erased,
            blocks: table.count, tableOffset: tableOffset, contentDigest: output.digest)
        try output.append(footer.encoded)
        try output.finish()
        return footer
    }
}

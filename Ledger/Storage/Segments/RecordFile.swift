import LedgerMerkle

/// Reads one record file of a segment. Safe to use from several threads at once.
struct RecordFile: Sendable {
    let footer: RecordFooter
    private let count: Int
    private let table: [(offset: Int, position: Int)]
    private let packer: any RecordPacker

    static func footer(of file: any DiskFile, ledgerID: Digest) throws -> RecordFooter {
        let size = try file.size()
        guard size >= RecordFooter.byteCount + RecordFormat.headerByteCount,
            let footer = RecordFooter(try file.read(count: RecordFooter.byteCount, at: size - RecordFooter.byteCount)),
            footer.fileLength == size
        else { throw SegmentDamage.error(file.path, byte: max(0, size - RecordFooter.byteCount), "no whole footer") }
        guard footer.ledgerID == ledgerID else { throw SegmentDamage.foreign(file.path) }
        return footer
    }

    /// Reads header and table of blocks.
    init(file: any DiskFile, footer: RecordFooter, codec: any RecordCodec, entries: any SegmentEntries) throws {
        self.footer = footer
        count = entries.count
        guard footer.codec == codec.number else {
            throw StorageError(
                .unknownFormat, "\(file.path) was packed in the way \(footer.codec), this is \(codec.number)",
                remedy: "use the Tamga version that wrote it")
        }
        let header = try file.read(count: RecordFormat.headerByteCount, at: 0)
        guard let salt = RecordFormat.salt(in: header, footer: footer) else {
            throw SegmentDamage.error(file.path, byte: 0, "the header is damaged")
        }
        table = try RecordFile.table(in: file, footer, count: entries.count)
        let identity = RecordFileIdentity(ledgerID: footer.ledgerID, firstIndex: footer.firstIndex, salt: salt)
        packer = try codec.packer(for: identity, entries: entries)
    }

    private static func table(
        in file: any DiskFile, _ footer: RecordFooter, count: Int
    ) throws -> [(offset: Int, position: Int)] {
        let byteCount = footer.blocks * RecordFormat.tableRowByteCount
        let bytes = try file.read(count: byteCount + 8, at: footer.tableOffset)
        var table: [(offset: Int, position: Int)] = []
        do {
            guard Checksum.of(Array(bytes.prefix(byteCount))) == bytes.suffix(8).bigEndianNumber else {
                throw ByteCursor.Shortage()
            }
            var cursor = ByteCursor(bytes)
            for _ in 0..<footer.blocks {
                let offset = try cursor.number(UInt64.self)
                let position = Int(try cursor.number(UInt32.self))
                guard offset >= table.last?.offset ?? RecordFormat.headerByteCount, offset <= footer.tableOffset,
                    position > table.last?.position ?? -1, position < count
                else { throw ByteCursor.Shortage() }
                table.append((Int(offset), position))
            }
        } catch {
            throw SegmentDamage.error(file.path, byte: footer.tableOffset, "the table of blocks is damaged")
        }
        return table
    }

    var blockCount: Int { table.count }

    /// A block with its row table read and its records still packed.
    struct Block {
        let number: UInt32
        let rows: [SealedRow]
        let packed: [UInt8]
        let packer: any RecordPacker

        private var positions: [Int] { rows.filter { $0.state != .keysOnly }.map(\.position) }

        /// All rows with their records.
        func unpacked() throws -> [SealedRow] {
            let positions = positions
            var records = positions.isEmpty ? [] : try packer.unpack(packed, block: number, positions: positions)[...]
            return rows.map { row in
                guard row.state != .keysOnly, let record = records.popFirst() else { return row }
                var row = row
                row.record = record
                return row
            }
        }

        /// One row with its record.
        func unpacked(position: Int) throws -> SealedRow? {
            guard var row = rows.first(where: { $0.position == position }) else { return nil }
            guard row.state != .keysOnly else { return row }
            let positions = positions
            guard let number = positions.firstIndex(of: position) else { return nil }
            row.record = try packer.unpack(packed, block: self.number, positions: positions, row: number)
            return row
        }
    }

    /// A block by its number. One read.
    func block(_ number: Int, in file: any DiskFile) throws -> Block {
        let range = range(ofBlock: number)
        return try block(
            number, bytes: try file.read(count: range.count, at: range.lowerBound), path: file.path)
    }

    /// A block whose bytes were read.
    func block(_ number: Int, bytes: [UInt8], path: String) throws -> Block {
        let range = range(ofBlock: number)
        do {
            guard bytes.count == range.count, bytes.count > 8,
                Checksum.of(Array(bytes.dropLast(8))) == bytes.suffix(8).bigEndianNumber
            else { throw ByteCursor.Shortage() }
            var cursor = ByteCursor(bytes.dropLast(8))
            let rows = try RowTable.decode(&cursor, count: count)
            let packed = Array(try cursor.bytes(try cursor.count(limit: cursor.remaining)))
            guard cursor.remaining == 0, rows.first?.position == table[number].position else {
                throw ByteCursor.Shortage()
            }
            return Block(number: UInt32(number), rows: rows, packed: packed, packer: packer)
        } catch {
            throw SegmentDamage.error(
                path, byte: range.lowerBound,
                "the block of the records from entry \(footer.firstIndex + UInt64(table[number].position)) is damaged")
        }
    }

    /// The block that may hold a position; `nil` when it lies before the first.
    func blockNumber(of position: Int) -> Int? {
        var (low, high) = (0, table.count)
        while low < high {
            let middle = (low + high) / 2
            if table[middle].position <= position { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? low - 1 : nil
    }

    /// Where a block lies in the file.
    func range(ofBlock number: Int) -> Range<Int> {
        table[number].offset..<(number + 1 < table.count ? table[number + 1].offset : footer.tableOffset)
    }

    /// The position of a block's first row.
    func firstPosition(ofBlock number: Int) -> Int { table[number].position }
}

import LedgerStorage

/// Packs stored records of one block into columns (FORMATS.md, "Record block").
struct BlockEncoder {
    /// LZ4HC level; `nil` for LZ4 fast.
    let level: Int32?
    /// How many values of a column are looked at when its coding is chosen.
    let sample: Int
    private let memory: PlanMemory?

    /// - Parameter memory: of the blocks before; looked at when packing fast.
    init(_ effort: PackingEffort, memory: PlanMemory? = nil) {
        self.memory = effort == .fast ? memory : nil
        switch effort {
        case .fast:
            level = nil
            sample = 256
        case .thorough:
            level = 9
            sample = 4096
        }
    }

    /// - Parameter commitments: where an earlier entry of the segment stands that has a commitment.
    func encode(_ rows: [RecordRow], commitments: any CommitmentPlaces) throws -> [UInt8] {
        var input: [UInt8] = []
        let count = rows.reduce(0) { $0 + $1.record.count }
        guard count <= BlockLimits.byteCount else {
            throw StorageError(
                .corrupt, "a block of records has \(count) bytes, \(BlockLimits.byteCount) are allowed",
                remedy: "pack fewer records into a block")
        }
        input.reserveCapacity(count)
        for row in rows { input += row.record }
        let columns = try input.withUnsafeBufferPointer { input -> [UInt8]? in
            guard let block = tokenised(rows, input) else { return nil }
            return try encode(block, rows: rows, input: input, commitments: commitments)
        }
        return columns ?? plain(rows, input)
    }

    private func tokenised(_ rows: [RecordRow], _ input: UnsafeBufferPointer<UInt8>) -> BlockBuilder? {
        var tokeniser = RecordTokeniser(input)
        var at = 0
        for row in rows {
            tokeniser.add(at..<at + row.record.count)
            at += row.record.count
            guard tokeniser.block.isWithinLimits else { return nil }
        }
        return tokeniser.block.isReadable ? tokeniser.block : nil
    }

    /// Without columns: lengths and records.
    private func plain(_ rows: [RecordRow], _ input: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [BlockForm.plain.rawValue]
        out.append(count: input.count)
        NumberStream.append(rows.map { UInt64($0.record.count) }, to: &out, level: level)
        BlockHeap.append(input, to: &out, level: level)
        return out
    }

    private func encode(
        _ block: BlockBuilder, rows: [RecordRow], input: UnsafeBufferPointer<UInt8>, commitments: any CommitmentPlaces
    ) throws -> [UInt8] {
        let tables = block.tables.map {
            ColumnGrid.Table(parent: $0.parent, count: $0.templates.count, parents: $0.parents)
        }
        let used = block.columns.indices.filter { !block.columns[$0].values.isEmpty }
        let analyses = used.map { ColumnAnalysis(block.columns[$0], id: $0, in: input) }
        var grid = ColumnGrid(tables: tables, columnCount: block.columns.count)
        var order = memory?.plan(for: analyses) ?? []
        if order.isEmpty {
            order = try ColumnPlanner(analyses, grid: grid, sample: sample).order
            memory?.remember(order)
        }

        var body: [UInt8] = []
        body.append(count: block.tables.count)
        for table in block.tables {
            body.append(count: table.templates.count)
            NumberStream.append(table.templates.map { UInt64($0) }, to: &body, level: level)
            body.append(count: table.counts.count)
            NumberStream.append(table.counts, to: &body, level: level)
        }
        body.append(count: block.columns.count)
        body.append(count: order.count)
        var references: [ColumnAnalysis] = []
        var writer = ColumnWriter(input: input, level: level, body: body, heap: block.encodedTemplates)
        for (analysis, coding) in order {
            if analysis.table == 0, case .hexadecimal(32) = analysis.form {
                references.append(analysis)
                continue
            }
            try writer.append(analysis, coding, grid: grid)
            grid.learn(analysis, coding)
        }
        for analysis in references {
            try writer.appendDigests(
                analysis, grid: grid, rows: rows, commitments: commitments,
                findsContext: ColumnPlanner.isWorthPlanning(analysis))
        }

        var out: [UInt8] = [BlockForm.columns.rawValue]
        out.append(count: input.count)
        BlockHeap.append(writer.heap, to: &out, level: level)
        return out + writer.body
    }
}

/// The first byte of a block's plaintext.
enum BlockForm: UInt8 {
    case plain = 0
    case columns = 1
}

/// Bytes that LZ4 may find repetitions in, beginning with the block's templates.
enum BlockHeap {
    static func append(_ heap: [UInt8], to out: inout [UInt8], level: Int32?) {
        out.append(count: heap.count)
        let compressed = LZ4.compress(heap, level: level, dictionary: PackingDictionary.bytes)
        out.append(count: compressed?.count ?? 0)
        out += compressed ?? heap
    }

    static func read(_ reader: inout PackedReader) throws -> [UInt8] {
        let count = try reader.count(limit: LZ4.maximumByteCount)
        let compressed = try reader.count(limit: count)
        guard compressed > 0 else { return Array(reader.bytes[try reader.range(count)]) }
        let range = try reader.range(compressed)
        guard
            let heap = LZ4.decompress(reader.bytes[range], count: count, dictionary: PackingDictionary.bytes)
        else { throw PackedReader.damaged("its texts do not decompress") }
        return heap
    }
}

extension BlockBuilder {
    /// Count, then each template: table, number of pieces, pieces.
    fileprivate var encodedTemplates: [UInt8] {
        var out: [UInt8] = []
        out.append(count: templates.count)
        for template in templates {
            out.append(count: template.table)
            out.append(count: template.pieces.count)
            for piece in template.pieces {
                switch piece {
                case .literal(let range):
                    out.append(RecordTemplate.Code.literal.rawValue)
                    out.append(count: range.count)
                    out += literals[range]
                case .value(let column):
                    out.append(RecordTemplate.Code.value.rawValue)
                    out.append(count: column)
                case .list(let table):
                    out.append(RecordTemplate.Code.list.rawValue)
                    out.append(count: table)
                case .lengthBegin: out.append(RecordTemplate.Code.lengthBegin.rawValue)
                case .lengthEnd: out.append(RecordTemplate.Code.lengthEnd.rawValue)
                }
            }
        }
        return out
    }
}

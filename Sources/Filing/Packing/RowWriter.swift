/// Puts records together from templates and columns.
struct RowWriter {
    let templates: BlockTemplates
    let shape: BlockShape
    let columns: [PackedColumn?]
    let heap: [UInt8]
    let commitments: any CommitmentPlaces

    private struct Cursor {
        var next: [Int]
        var nextList: [Int]
        var lengthAt = 0
    }

    /// All records, or only one of them.
    ///
    /// - Parameter byteCount: of all records together.
    func records(byteCount: Int, row: Int?) throws -> [[UInt8]] {
        let flat = FlatColumns(columns)
        var cursor = Cursor(
            next: [Int](repeating: 0, count: shape.tableCount), nextList: [Int](repeating: 0, count: shape.tableCount))
        let rows = row.map { $0..<$0 + 1 } ?? shape.templateOf[0].indices
        // What one row takes is not known before: room for it grows.
        var out = RowBytes(limit: byteCount, expected: row == nil ? byteCount : 4096)
        var ends: [Int] = []
        ends.reserveCapacity(rows.count)
        try heap.withUnsafeBytes { heap in
            for number in rows {
                for table in 0..<shape.tableCount {
                    cursor.next[table] = Int(shape.starts[number * shape.tableCount + table])
                    cursor.nextList[table] = Int(shape.listStarts[number * shape.tableCount + table])
                }
                try write(shape.templateOf[0][number], instance: number, flat, heap, &cursor, to: &out)
                ends.append(out.count)
            }
        }
        guard row != nil || out.count == byteCount else { throw PackedReader.damaged("its records are too short") }
        var start = 0
        return ends.map { end in
            defer { start = end }
            return out.bytes(start..<end)
        }
    }

    private func write(
        _ template: Int, instance: Int, _ columns: FlatColumns, _ heap: UnsafeRawBufferPointer,
        _ cursor: inout Cursor, to out: inout RowBytes
    ) throws {
        for piece in templates.templates[template].pieces {
            switch piece {
            case .literal(let range): try out.append(UnsafeRawBufferPointer(rebasing: heap[range]))
            case .value(let column): try append(columns.columns[column], instance, heap, to: &out)
            case .list(let table): try writeList(table, columns, heap, &cursor, to: &out)
            case .lengthBegin:
                try out.appendZeros(4)
                cursor.lengthAt = out.count
            case .lengthEnd: out.setLength(before: cursor.lengthAt)
            }
        }
    }

    private func writeList(
        _ table: Int, _ columns: FlatColumns, _ heap: UnsafeRawBufferPointer, _ cursor: inout Cursor,
        to out: inout RowBytes
    ) throws {
        let count = shape.counts[table][cursor.nextList[table]]
        cursor.nextList[table] += 1
        // Lengths lie within one template: an element's own would be lost otherwise.
        let lengthAt = cursor.lengthAt
        for element in 0..<count {
            if element > 0 { try out.append(UInt8(ascii: ",")) }
            let instance = cursor.next[table]
            cursor.next[table] += 1
            try write(shape.templateOf[table][instance], instance: instance, columns, heap, &cursor, to: &out)
        }
        cursor.lengthAt = lengthAt
    }

    private func append(
        _ column: FlatColumns.Column, _ instance: Int, _ heap: UnsafeRawBufferPointer, to out: inout RowBytes
    ) throws {
        var place = instance
        if let keys = column.keys { place = Int(keys[instance]) }
        switch column.content {
        case .numbers(let numbers): try column.form.append(numbers[place], to: &out)
        case .texts(let ranges, let isCyrillic):
            let range = ranges[place]
            let text = UnsafeRawBufferPointer(rebasing: heap[Int(range.lowerBound)..<Int(range.upperBound)])
            if isCyrillic { try Cyrillic.appendExpanded(text, to: &out) } else { try out.append(text) }
        case .fixed(let bytes, let width):
            try out.append(UnsafeRawBufferPointer(rebasing: bytes[place * width..<(place + 1) * width]))
        case .inPlace(let starts, let width, let isHexadecimal, let bytes):
            let start = Int(starts[place])
            let value = UnsafeRawBufferPointer(rebasing: bytes[start..<start + width])
            if isHexadecimal { try out.appendHexadecimal(value) } else { try out.append(value) }
        case .digests(let positions, let bytes):
            let position = positions[place]
            if position >= 0 {
                let commitment = try commitments.commitment(at: position)
                try commitment.withUnsafeBytes { try out.appendHexadecimal($0) }
            } else {
                try out.appendHexadecimal(
                    UnsafeRawBufferPointer(rebasing: bytes[(-position - 1) * 32..<(-position) * 32]))
            }
        case .nothing: break
        }
    }
}

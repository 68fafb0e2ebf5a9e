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
        /// The most bytes that all records may take.
        let limit: Int
    }

    /// All records, or only one of them.
    func records(byteCount: Int, row: Int?) throws -> [[UInt8]] {
        var cursor = Cursor(
            next: [Int](repeating: 0, count: shape.tableCount), nextList: [Int](repeating: 0, count: shape.tableCount),
            limit: byteCount)
        var records: [[UInt8]] = []
        var total = 0
        for number in row.map({ $0..<$0 + 1 }) ?? shape.templateOf[0].indices {
            for table in 0..<shape.tableCount {
                cursor.next[table] = Int(shape.starts[number * shape.tableCount + table])
                cursor.nextList[table] = Int(shape.listStarts[number * shape.tableCount + table])
            }
            var out: [UInt8] = []
            out.reserveCapacity(byteCount / shape.templateOf[0].count + 64)
            try write(shape.templateOf[0][number], instance: number, &cursor, to: &out)
            total += out.count
            guard total <= byteCount else { throw PackedReader.damaged("its records are too long") }
            records.append(out)
        }
        guard row != nil || total == byteCount else { throw PackedReader.damaged("its records are too short") }
        return records
    }

    private func write(_ template: Int, instance: Int, _ cursor: inout Cursor, to out: inout [UInt8]) throws {
        for piece in templates.templates[template].pieces {
            switch piece {
            case .literal(let range): out += heap[range]
            case .value(let column): try append(column, instance, to: &out)
            case .list(let table): try writeList(table, &cursor, to: &out)
            case .lengthBegin:
                out += [0, 0, 0, 0]
                cursor.lengthAt = out.count
            case .lengthEnd:
                let count = out.count - cursor.lengthAt
                for byte in 0..<4 {
                    out[cursor.lengthAt - 4 + byte] = UInt8(truncatingIfNeeded: count >> (24 - 8 * byte))
                }
            }
            guard out.count <= cursor.limit else { throw PackedReader.damaged("its records are too long") }
        }
    }

    private func writeList(_ table: Int, _ cursor: inout Cursor, to out: inout [UInt8]) throws {
        let count = shape.counts[table][cursor.nextList[table]]
        cursor.nextList[table] += 1
        // Lengths lie within one template: an element's own would be lost otherwise.
        let lengthAt = cursor.lengthAt
        for element in 0..<count {
            if element > 0 { out.append(UInt8(ascii: ",")) }
            let instance = cursor.next[table]
            cursor.next[table] += 1
            try write(shape.templateOf[table][instance], instance: instance, &cursor, to: &out)
        }
        cursor.lengthAt = lengthAt
    }

    private func append(_ column: Int, _ instance: Int, to out: inout [UInt8]) throws {
        switch columns[column] {
        case .numbers(let numbers, let form): form.append(numbers[instance], to: &out)
        case .texts(let ranges, let isCyrillic): append(ranges[instance], isCyrillic, to: &out)
        case .dictionary(let keys, .numbers(let numbers, let form)):
            form.append(numbers[Int(keys[instance])], to: &out)
        case .dictionary(let keys, .texts(let ranges, let isCyrillic)):
            append(ranges[Int(keys[instance])], isCyrillic, to: &out)
        case .dictionary(let keys, .fixed(let width, let bytes)):
            let start = Int(keys[instance]) * width
            out += bytes[start..<start + width]
        case .inPlace(let starts, let width, let isHexadecimal, let bytes):
            let value = bytes[Int(starts[instance])..<Int(starts[instance]) + width]
            if isHexadecimal { appendHexadecimal(value, to: &out) } else { out += value }
        case .digests(let positions, let bytes):
            let position = positions[instance]
            if position >= 0 {
                appendHexadecimal(try commitments.commitment(at: position), to: &out)
            } else {
                appendHexadecimal(bytes[(-position - 1) * 32..<(-position) * 32], to: &out)
            }
        case nil: break
        }
    }

    private func append(_ range: Range<Int32>, _ isCyrillic: Bool, to out: inout [UInt8]) {
        let text = heap[Int(range.lowerBound)..<Int(range.upperBound)]
        if isCyrillic { Cyrillic.appendExpanded(text, to: &out) } else { out += text }
    }

    private func appendHexadecimal(_ bytes: ArraySlice<UInt8>, to out: inout [UInt8]) {
        for byte in bytes {
            out.append(RowWriter.digits[Int(byte >> 4)])
            out.append(RowWriter.digits[Int(byte & 15)])
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}

import LedgerStorage

/// A column as it was read: what each instance has, by instance.
enum PackedColumn {
    case numbers([Int64], ValueForm)
    /// Where each value begins and ends in the heap.
    case texts([Range<Int32>], isCyrillic: Bool)
    /// Values in place: where each begins, in the bytes beside; twice as many digits when hexadecimal.
    case inPlace(starts: [Int32], width: Int, isHexadecimal: Bool, bytes: [UInt8])
    case dictionary(keys: [Int32], DictionaryEntries)
    /// The position of the entry that each is the commitment of; below zero, minus the number of 32 bytes beside, from 1.
    case digests(positions: [Int], bytes: [UInt8])
}

/// The values of a dictionary; each is written out only where it is wanted.
enum DictionaryEntries {
    case numbers([Int64], ValueForm)
    /// In the heap.
    case texts([Range<Int32>], isCyrillic: Bool)
    case fixed(width: Int, bytes: [UInt8])
}

/// Reads the columns of a block, each with what was read before it.
struct ColumnReader {
    private var grid: ColumnGrid
    private(set) var columns: [PackedColumn?]
    private(set) var heap: PackedReader
    private let positions: [Int]
    private let commitments: any CommitmentPlaces
    private var lookedAt = 0

    init(grid: ColumnGrid, heap: PackedReader, positions: [Int], commitments: any CommitmentPlaces) {
        self.grid = grid
        self.heap = heap
        self.positions = positions
        self.commitments = commitments
        columns = [PackedColumn?](repeating: nil, count: grid.columns.count)
    }

    mutating func read(_ id: Int, table: Int, instances: [Int32], from reader: inout PackedReader) throws {
        guard columns[id] == nil else { throw PackedReader.damaged("column \(id) comes twice") }
        switch CodingCode(rawValue: try reader.byte()) {
        case .direct: try readDirect(id, table, instances, &reader)
        case .dictionary: try readDictionary(id, table, instances, &reader)
        case .reference: try readDigests(id, table, instances, &reader)
        case .rates: try readRates(id, table, instances, &reader)
        case nil: throw PackedReader.damaged("column \(id) has an unknown coding")
        }
    }

    /// Bounds what columns of few values may make the reader do.
    private mutating func look(at column: Int) throws {
        guard grid.columns.indices.contains(column), let known = grid.columns[column] else {
            throw PackedReader.damaged("a column looks at one that is not there")
        }
        lookedAt += grid.tables[known.table].count + known.keyCount
        guard lookedAt <= BlockLimits.lookedAt else { throw PackedReader.damaged("its columns look at too much") }
    }

    private func form(_ reader: inout PackedReader) throws -> ValueForm {
        try ValueForm(code: try reader.byte(), parameter: try reader.count(limit: BlockLimits.byteCount))
    }

    private func count(of table: Int) -> Int { grid.tables[table].count }

    // MARK: Direct

    private mutating func readDirect(
        _ id: Int, _ table: Int, _ instances: [Int32], _ reader: inout PackedReader
    ) throws {
        let form = try form(&reader)
        switch form {
        case .text, .cyrillic:
            let ranges = try texts(count: instances.count, &reader)
            let aligned = ColumnGrid.aligned(ranges, instances, count: count(of: table), absent: 0..<0)
            columns[id] = .texts(aligned, isCyrillic: form == .cyrillic)
            grid.columns[id] = ColumnGrid.Known(table: table)
        case .fixed(let width):
            try readInPlace(id, table, instances, width: width, isHexadecimal: false, &reader)
        case .hexadecimal(let width):
            try readInPlace(id, table, instances, width: width, isHexadecimal: true, &reader)
        case .decimal, .digits, .binary:
            let numbers = try numbers(table, instances, form, &reader)
            let aligned = ColumnGrid.aligned(numbers, instances, count: count(of: table), absent: 0)
            columns[id] = .numbers(aligned, form)
            grid.columns[id] = ColumnGrid.Known(table: table, numbers: aligned)
        }
    }

    /// The ranges of texts in the heap.
    private mutating func texts(count: Int, _ reader: inout PackedReader) throws -> [Range<Int32>] {
        try NumberStream.read(&reader, count: count).map { length in
            guard length <= UInt64(heap.bytes.count) else { throw PackedReader.damaged("a text is too long") }
            let range = try heap.range(Int(length))
            return Int32(range.lowerBound)..<Int32(range.upperBound)
        }
    }

    private mutating func readInPlace(
        _ id: Int, _ table: Int, _ instances: [Int32], width: Int, isHexadecimal: Bool, _ reader: inout PackedReader
    ) throws {
        let (count, overflow) = width.multipliedReportingOverflow(by: instances.count)
        guard !overflow else { throw PackedReader.damaged("it ends early") }
        let range = try reader.range(count)
        let starts = instances.indices.map { Int32($0 * width) }
        columns[id] = .inPlace(
            starts: ColumnGrid.aligned(starts, instances, count: self.count(of: table), absent: 0), width: width,
            isHexadecimal: isHexadecimal, bytes: Array(reader.bytes[range]))
        grid.columns[id] = ColumnGrid.Known(table: table)
    }

    private mutating func numbers(
        _ table: Int, _ instances: [Int32], _ form: ValueForm, _ reader: inout PackedReader
    ) throws -> [Int64] {
        let code = try reader.byte()
        let prediction = try prediction(code & ~PredictionCode.signed, &reader)
        if case .sum(let column, _, _) = prediction { try look(at: column) }
        if case .last(let column, _, _) = prediction { try look(at: column) }
        let differences = try NumberStream.read(&reader, count: instances.count).map {
            code & PredictionCode.signed != 0 ? Int64(zigzag: $0) : Int64(bitPattern: $0)
        }
        return try grid.numbers(differences, prediction, table: table, instances: instances[...])
    }

    private func prediction(_ code: UInt8, _ reader: inout PackedReader) throws -> NumberPrediction {
        func column() throws -> Int { try reader.count(limit: BlockLimits.columns) }
        func relation() throws -> NumberPrediction.Relation {
            guard let relation = NumberPrediction.Relation(rawValue: try reader.byte()) else {
                throw PackedReader.damaged("a column looks at an unknown place")
            }
            return relation
        }
        func numerator() throws -> Int64 { try self.numerator(&reader) }
        func denominator() throws -> Int64 { try self.denominator(&reader) }
        switch PredictionCode(rawValue: code) {
        case PredictionCode.none?: return .none
        case .previous: return .previous
        case .last:
            let relation = try relation()
            return .last(column: try column(), relation, step: Int64(zigzag: try reader.number()))
        case .ratio:
            let relation = try relation()
            return .ratio(
                column: try column(), relation, numerator: try numerator(), denominator: try denominator())
        case .product:
            return .product(
                try column(), try column(), numerator: try numerator(), denominator: try denominator())
        case .sum: return .sum(column: try column(), numerator: try numerator(), denominator: try denominator())
        case nil: throw PackedReader.damaged("a column is foretold in an unknown way")
        }
    }

    private func numerator(_ reader: inout PackedReader) throws -> Int64 { Int64(bitPattern: try reader.number()) }

    private func denominator(_ reader: inout PackedReader) throws -> Int64 {
        let number = Int64(bitPattern: try reader.number())
        guard number > 0, number < Int64.max / 2 else { throw PackedReader.damaged("a fraction of zero") }
        return number
    }

    // MARK: Dictionaries

    private mutating func readDictionary(
        _ id: Int, _ table: Int, _ instances: [Int32], _ reader: inout PackedReader
    ) throws {
        let distinct = try reader.count(limit: instances.count)
        let form = try form(&reader)
        let entries = try readEntries(distinct, form, &reader)
        let keys = try readKeys(count: distinct, table, instances, &reader)
        let aligned = ColumnGrid.aligned(keys, instances, count: count(of: table), absent: -1)
        columns[id] = .dictionary(keys: aligned, entries)
        var known = ColumnGrid.Known(table: table, keys: aligned, keyCount: distinct)
        if case .numbers(let numbers, _) = entries {
            known.numbers = aligned.map { $0 < 0 ? 0 : numbers[Int($0)] }
        }
        grid.columns[id] = known
    }

    /// Which entry of a dictionary each value is.
    private mutating func readKeys(
        count: Int, _ table: Int, _ instances: [Int32], _ reader: inout PackedReader
    ) throws -> [Int32] {
        let context = try reader.byte()
        var contexts: (of: [Int32], count: Int)?
        if context > 0 {
            guard let relation = NumberPrediction.Relation(rawValue: context - 1) else {
                throw PackedReader.damaged("a column looks at an unknown place")
            }
            let column = try reader.count(limit: BlockLimits.columns)
            try look(at: column)
            contexts = try grid.contexts(
                column, for: table, relation, instances: instances[...])
        }
        let codes = try NumberStream.read(&reader, count: instances.count)
        return try DictionaryCodes.keys(codes, count: count, contexts: contexts)
    }

    private mutating func readRates(
        _ id: Int, _ table: Int, _ instances: [Int32], _ reader: inout PackedReader
    ) throws {
        let form = try form(&reader)
        guard form.isNumeric else { throw PackedReader.damaged("rates of what is no number") }
        let column = try reader.count(limit: BlockLimits.columns)
        let rates = try (0..<(try reader.count(limit: 64))).map { _ in
            Rate(numerator: try numerator(&reader), denominator: try denominator(&reader))
        }
        let chosen = try readKeys(count: rates.count + 1, table, instances, &reader)
        let others = chosen.count { $0 == rates.count }
        let numbers = try grid.numbers(
            column, rates, chosen,
            others: try NumberStream.read(&reader, count: others).map { Int64(zigzag: $0) }, table: table,
            instances: instances)
        let aligned = ColumnGrid.aligned(numbers, instances, count: count(of: table), absent: 0)
        columns[id] = .numbers(aligned, form)
        grid.columns[id] = ColumnGrid.Known(table: table, numbers: aligned)
    }

    private mutating func readEntries(
        _ count: Int, _ form: ValueForm, _ reader: inout PackedReader
    ) throws -> DictionaryEntries {
        switch form {
        case .text, .cyrillic: return .texts(try texts(count: count, &reader), isCyrillic: form == .cyrillic)
        case .decimal, .digits, .binary:
            // A dictionary's own numbers stand for themselves.
            let code = try reader.byte()
            guard code & ~PredictionCode.signed == PredictionCode.none.rawValue else {
                throw PackedReader.damaged("a dictionary is foretold")
            }
            let numbers = try NumberStream.read(&reader, count: count).map {
                code & PredictionCode.signed != 0 ? Int64(zigzag: $0) : Int64(bitPattern: $0)
            }
            return .numbers(numbers, form)
        case .fixed(let width):
            let (size, overflow) = width.multipliedReportingOverflow(by: count)
            guard !overflow else { throw PackedReader.damaged("it ends early") }
            return .fixed(width: width, bytes: Array(reader.bytes[try reader.range(size)]))
        case .hexadecimal: throw PackedReader.damaged("a dictionary of digests")
        }
    }

    // MARK: Digests of earlier entries

    private mutating func readDigests(
        _ id: Int, _ table: Int, _ instances: [Int32], _ reader: inout PackedReader
    ) throws {
        guard table == 0 else { throw PackedReader.damaged("a digest of an entry within a list") }
        var newest = [Int](repeating: -1, count: instances.count)
        if try reader.byte() != 0 {
            let column = try reader.count(limit: BlockLimits.columns)
            try look(at: column)
            guard grid.columns.indices.contains(column), let known = grid.columns[column], known.table == 0,
                let keys = known.keys
            else { throw PackedReader.damaged("a column looks at one that is not there") }
            newest = ColumnWriter.newestBefore(instances, keys, known.keyCount, positions)
        }
        let codes = try NumberStream.read(&reader, count: instances.count)
        var bytes: [UInt8] = []
        let places = try codes.enumerated().map { index, code -> Int in
            let place: Int
            switch code {
            case 0: place = newest[index]
            case 1:
                bytes += reader.bytes[try reader.range(32)]
                return -(bytes.count / 32)
            default:
                let position = positions[Int(instances[index])]
                place = code - 1 <= UInt64(max(position, 0)) ? position - Int(code - 1) : -1
            }
            guard place >= 0, place < commitments.count else {
                throw PackedReader.damaged("it names an entry that is not there")
            }
            return place
        }
        columns[id] = .digests(
            positions: ColumnGrid.aligned(places, instances, count: count(of: table), absent: 0), bytes: bytes)
        grid.columns[id] = ColumnGrid.Known(table: table)
    }
}

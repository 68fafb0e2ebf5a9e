import LedgerStorage

/// Reads what `BlockEncoder` wrote. Safe against any bytes.
struct BlockDecoder {
    private let positions: [Int]
    private let commitments: any CommitmentPlaces

    init(positions: [Int], commitments: any CommitmentPlaces) {
        self.positions = positions
        self.commitments = commitments
    }

    /// All records, or only one of them.
    func decode(_ bytes: [UInt8], row: Int? = nil) throws -> [[UInt8]] {
        guard bytes.count <= LZ4.maximumByteCount else { throw PackedReader.damaged("it is too long") }
        var reader = PackedReader(bytes)
        let form = BlockForm(rawValue: try reader.byte())
        let byteCount = try reader.count(limit: BlockLimits.byteCount)
        switch form {
        case .plain: return try plain(&reader, byteCount, row)
        case .columns:
            let heap = try BlockHeap.read(&reader)
            var heapReader = PackedReader(heap)
            let templates = try BlockTemplates(&heapReader)
            let shape = try BlockShape(&reader, templates: templates, rowCount: positions.count)
            let columns = try readColumns(&reader, templates, shape, heapReader)
            let writer = RowWriter(
                templates: templates, shape: shape, columns: columns, heap: heap, commitments: commitments)
            return try writer.records(byteCount: byteCount, row: row)
        case nil: throw PackedReader.damaged("its form is unknown")
        }
    }

    private func plain(_ reader: inout PackedReader, _ byteCount: Int, _ row: Int?) throws -> [[UInt8]] {
        let lengths = try NumberStream.read(&reader, count: positions.count)
        let body = try BlockHeap.read(&reader)
        var records: [[UInt8]] = []
        var at = 0
        for (number, length) in lengths.enumerated() {
            guard length <= UInt64(body.count - at) else { throw PackedReader.damaged("a record ends behind it") }
            if row == nil || row == number { records.append(Array(body[at..<at + Int(length)])) }
            at += Int(length)
        }
        guard at == body.count, at == byteCount, reader.isAtEnd else {
            throw PackedReader.damaged("bytes are left over")
        }
        return records
    }

    private func readColumns(
        _ reader: inout PackedReader, _ templates: BlockTemplates, _ shape: BlockShape, _ heap: PackedReader
    ) throws -> [PackedColumn?] {
        let columnCount = try reader.count(limit: BlockLimits.columns)
        guard columnCount == templates.columnTables.count else {
            throw PackedReader.damaged("it has \(columnCount) columns where \(templates.columnTables.count) are named")
        }
        let instances = try shape.instances(of: templates)
        var columns = ColumnReader(
            grid: ColumnGrid(tables: shape.grid, columnCount: columnCount), heap: heap, positions: positions,
            commitments: commitments)
        let written = try reader.count(limit: columnCount)
        for _ in 0..<written {
            let id = try reader.count(limit: columnCount - 1)
            guard templates.columnTables[id] < shape.tableCount else {
                throw PackedReader.damaged("column \(id) is in no list")
            }
            try columns.read(id, table: templates.columnTables[id], instances: instances[id], from: &reader)
        }
        guard reader.isAtEnd, columns.heap.isAtEnd else { throw PackedReader.damaged("bytes are left over") }
        for id in instances.indices where columns.columns[id] == nil && !instances[id].isEmpty {
            throw PackedReader.damaged("column \(id) is missing")
        }
        return columns.columns
    }
}

/// The templates of a block.
struct BlockTemplates {
    let templates: [RecordTemplate]
    /// The table of each column.
    let columnTables: [Int]
    /// The parent of each table that a list names, by number.
    let parents: [Int: Int]

    init(_ reader: inout PackedReader) throws {
        var templates: [RecordTemplate] = []
        var tableOf: [Int] = []
        // The last template that named each column.
        var namedBy: [Int] = []
        var parents: [Int: Int] = [:]
        for number in 0..<(try reader.count(limit: BlockLimits.templates)) {
            let table = try reader.count(limit: BlockLimits.tables - 1)
            var pieces: [RecordTemplate.Piece] = []
            var open = 0
            for _ in 0..<(try reader.count(limit: reader.bytes.count - reader.at)) {
                let piece = try BlockTemplates.piece(&reader)
                pieces.append(piece)
                switch piece {
                case .literal: break
                case .value(let column):
                    while tableOf.count <= column {
                        tableOf.append(-1)
                        namedBy.append(-1)
                    }
                    guard tableOf[column] == table || tableOf[column] < 0, namedBy[column] != number else {
                        throw PackedReader.damaged("column \(column) is named twice")
                    }
                    tableOf[column] = table
                    namedBy[column] = number
                case .list(let child):
                    guard child > table, parents[child, default: table] == table else {
                        throw PackedReader.damaged("lists stand within each other")
                    }
                    parents[child] = table
                case .lengthBegin: open += 1
                case .lengthEnd: open -= 1
                }
                guard (0...1).contains(open) else { throw PackedReader.damaged("lengths stand within each other") }
            }
            guard open == 0, table == 0 || !pieces.isEmpty else { throw PackedReader.damaged("a template is cut") }
            templates.append(RecordTemplate(table: table, pieces: pieces))
        }
        self.templates = templates
        self.parents = parents
        guard !tableOf.contains(-1) else { throw PackedReader.damaged("a column is not named") }
        columnTables = tableOf
    }

    private static func piece(_ reader: inout PackedReader) throws -> RecordTemplate.Piece {
        switch RecordTemplate.Code(rawValue: try reader.byte()) {
        case .literal: .literal(try reader.range(try reader.count(limit: reader.bytes.count)))
        case .value: .value(column: try reader.count(limit: BlockLimits.columns - 1))
        case .list: .list(table: try reader.count(limit: BlockLimits.tables - 1))
        case .lengthBegin: .lengthBegin
        case .lengthEnd: .lengthEnd
        case nil: throw PackedReader.damaged("a template has an unknown piece")
        }
    }
}

/// Which instances each table has, how many stand in each list, and in which instance of the parent each stands.
struct BlockShape {
    let templateOf: [[Int]]
    let counts: [[Int]]
    let grid: [ColumnGrid.Table]
    /// For each row, the first instance and the first list of each table, one table after the other.
    let starts: [Int32]
    let listStarts: [Int32]
    let tableCount: Int

    init(_ reader: inout PackedReader, templates: BlockTemplates, rowCount: Int) throws {
        tableCount = try reader.count(limit: BlockLimits.tables)
        guard tableCount > 0, rowCount * tableCount <= BlockLimits.cells else {
            throw PackedReader.damaged("it has \(tableCount) lists")
        }
        var templateOf: [[Int]] = []
        var counts: [[Int]] = []
        var total = 0
        for table in 0..<tableCount {
            let instances = try reader.count(limit: BlockLimits.instances)
            total += instances
            guard total <= BlockLimits.instances, table > 0 || instances == rowCount else {
                throw PackedReader.damaged("it has \(instances) instances where \(rowCount) rows are due")
            }
            templateOf.append(
                try NumberStream.read(&reader, count: instances).map { number in
                    guard number < templates.templates.count, templates.templates[Int(number)].table == table else {
                        throw PackedReader.damaged("an instance has no template")
                    }
                    return Int(number)
                })
            let lists = try reader.count(limit: instances)
            counts.append(
                try NumberStream.read(&reader, count: lists).map { count in
                    guard (1...UInt64(max(instances, 1))).contains(count) else {
                        throw PackedReader.damaged("a list has \(count) elements")
                    }
                    return Int(count)
                })
        }
        var walk = ShapeWalk(templates: templates.templates, templateOf: templateOf, counts: counts)
        try walk.rows()
        self.templateOf = templateOf
        self.counts = counts
        starts = walk.starts
        listStarts = walk.listStarts
        grid = (0..<tableCount).map {
            ColumnGrid.Table(
                parent: templates.parents[$0] ?? -1, count: templateOf[$0].count, parents: walk.parents[$0])
        }
    }

    /// The instances that have a value in each column, ascending.
    func instances(of templates: BlockTemplates) throws -> [[Int32]] {
        let columns = templates.templates.map(\.columns)
        var pieces = 0
        for table in templateOf {
            for template in table { pieces += templates.templates[template].pieces.count }
        }
        let cells = templates.columnTables.reduce(0) { $0 + ($1 < templateOf.count ? templateOf[$1].count : 0) }
        guard pieces <= BlockLimits.pieces, cells <= BlockLimits.cells else {
            throw PackedReader.damaged("it has too many values")
        }
        // Columns that the same templates have share their list.
        var templatesOf = [[Int]](repeating: [], count: templates.columnTables.count)
        for (template, columns) in columns.enumerated() {
            for column in columns { templatesOf[column].append(template) }
        }
        var lists: [[Int]: [Int32]] = [:]
        return templatesOf.enumerated().map { column, having in
            if let known = lists[having] { return known }
            let table = templates.columnTables[column]
            guard table < templateOf.count else { return [] }
            var hasColumn = [Bool](repeating: false, count: columns.count)
            for template in having { hasColumn[template] = true }
            var list: [Int32] = []
            list.reserveCapacity(templateOf[table].count)
            for (instance, template) in templateOf[table].enumerated() where hasColumn[template] {
                list.append(Int32(instance))
            }
            lists[having] = list
            return list
        }
    }
}

/// Goes through all lists in the order of the records.
private struct ShapeWalk {
    let lists: [[Int]]
    let templateOf: [[Int]]
    let counts: [[Int]]
    var parents: [[Int32]]
    var next: [Int]
    var nextList: [Int]
    var starts: [Int32] = []
    var listStarts: [Int32] = []

    init(templates: [RecordTemplate], templateOf: [[Int]], counts: [[Int]]) {
        lists = templates.map { $0.pieces.compactMap { if case .list(let table) = $0 { table } else { nil } } }
        self.templateOf = templateOf
        self.counts = counts
        parents = templateOf.map { [Int32](repeating: -1, count: $0.count) }
        next = templateOf.map { _ in 0 }
        nextList = next
    }

    mutating func rows() throws {
        for row in templateOf[0].indices {
            next[0] = row + 1
            starts += next.map { Int32($0) }
            listStarts += nextList.map { Int32($0) }
            try enter(template: templateOf[0][row], instance: row)
        }
        for table in templateOf.indices {
            guard next[table] == templateOf[table].count, nextList[table] == counts[table].count else {
                throw PackedReader.damaged("elements are left over")
            }
        }
    }

    // Lists lead to tables of higher numbers only: as deep as there are tables.
    private mutating func enter(template: Int, instance: Int) throws {
        for table in lists[template] {
            guard table < counts.count, nextList[table] < counts[table].count else {
                throw PackedReader.damaged("a list is missing")
            }
            let count = counts[table][nextList[table]]
            nextList[table] += 1
            guard count <= templateOf[table].count - next[table] else {
                throw PackedReader.damaged("a list is too short")
            }
            for _ in 0..<count {
                let element = next[table]
                next[table] += 1
                parents[table][element] = Int32(instance)
                try enter(template: templateOf[table][element], instance: element)
            }
        }
    }
}

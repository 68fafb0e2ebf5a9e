/// Collects the rows of a block as instances of templates and values of columns.
struct BlockBuilder {
    /// Instances of one list: the rows themselves, or the elements of all arrays at one place of the records.
    struct Table {
        let parent: Int
        var templates: [Int32] = []
        /// The instance of the parent's table that each stands in.
        var parents: [Int32] = []
        /// How many stand in each list, in the order of the lists.
        var counts: [UInt64] = []
    }

    struct Column {
        let table: Int
        /// The same for columns of different blocks that hold the same sort of thing.
        let identity: UInt64
        /// Never worth a look: secrets, attachments, rows that could not be read.
        let isOpaque: Bool
        var values: [Slice32] = []
        /// The instance that each value belongs to, ascending.
        var instances: [Int32] = []
    }

    /// An instance whose row is not finished yet.
    struct Pending {
        let table: Int
        let template: Int
        let parent: Int
        let values: Range<Int>
    }

    private(set) var tables = [Table(parent: -1)]
    private(set) var columns: [Column] = []
    private(set) var templates: [RecordTemplate] = []
    /// What the literals of the templates point into.
    private(set) var literals: [UInt8] = []

    var pending: [Pending] = []
    var pendingValues: [Slice32] = []
    var pendingCounts: [(table: Int, count: Int)] = []
    private var pendingInTable: [Int] = [0]

    private var templateNumbers: [UInt64: [(signature: Range<Int>, template: Int)]] = [:]
    private var signatures: [UInt8] = []
    private var columnNumbers: [UInt64: Int] = [:]
    private var tableNumbers: [UInt64: Int] = [:]
    private var instanceCount = 0
    private var pieceCount = 0

    /// Whether the block may still grow.
    var isWithinLimits: Bool {
        tables.count <= BlockLimits.tables && templates.count <= BlockLimits.templates
            && columns.count <= BlockLimits.columns && instanceCount <= BlockLimits.instances
            && pieceCount <= BlockLimits.pieces
    }

    /// Whether the whole block can be read again within the limits.
    var isReadable: Bool {
        let cells = columns.reduce(0) { $0 + tables[$1.table].templates.count }
        return isWithinLimits && cells <= BlockLimits.cells
            && tables[0].templates.count * tables.count <= BlockLimits.cells
    }

    /// The instance that is next in a table.
    func nextInstance(_ table: Int) -> Int { tables[table].templates.count + pendingInTable[table] }

    /// The table of the lists that stand in one table under one name; `nil` when there are too many.
    mutating func table(under parent: Int, name: UInt64) -> Int? {
        let identity = name &+ UInt64(parent) &* 0x9e37_79b9_7f4a_7c15
        if let known = tableNumbers[identity], tables[known].parent == parent { return known }
        guard tables.count < BlockLimits.tables else { return nil }
        tables.append(Table(parent: parent))
        pendingInTable.append(0)
        tableNumbers[identity] = tables.count - 1
        return tables.count - 1
    }

    mutating func add(table: Int, template: Int, parent: Int, values: [Slice32]) {
        let start = pendingValues.count
        pendingValues += values
        pending.append(Pending(table: table, template: template, parent: parent, values: start..<pendingValues.count))
        pendingInTable[table] += 1
    }

    /// Takes back what came after a mark.
    mutating func takeBack(pending count: Int, values: Int, counts: Int) {
        for instance in pending[count...] { pendingInTable[instance.table] -= 1 }
        pending.removeLast(pending.count - count)
        pendingValues.removeLast(pendingValues.count - values)
        pendingCounts.removeLast(pendingCounts.count - counts)
    }

    /// The row is finished: what is pending becomes part of the block.
    mutating func commit() {
        for instance in pending {
            let number = Int32(tables[instance.table].templates.count)
            tables[instance.table].templates.append(Int32(instance.template))
            tables[instance.table].parents.append(Int32(instance.parent))
            pendingInTable[instance.table] = 0
            pieceCount += templates[instance.template].pieces.count
            var value = instance.values.lowerBound
            for piece in templates[instance.template].pieces {
                guard case .value(let column) = piece else { continue }
                columns[column].values.append(pendingValues[value])
                columns[column].instances.append(number)
                value += 1
            }
        }
        for (table, count) in pendingCounts { tables[table].counts.append(UInt64(count)) }
        instanceCount += pending.count
        pending.removeAll(keepingCapacity: true)
        pendingValues.removeAll(keepingCapacity: true)
        pendingCounts.removeAll(keepingCapacity: true)
    }

    /// The template of a signature, new or known.
    mutating func template(_ signature: [UInt8], table: Int, isOpaque: Bool = false) -> Int {
        let hash = signature.withUnsafeBufferPointer { quickHash($0, seed: UInt64(table)) }
        for known in templateNumbers[hash, default: []] where templates[known.template].table == table {
            let isSame = signature.withUnsafeBufferPointer { signature in
                signatures.withUnsafeBufferPointer {
                    isEqual(signature, UnsafeBufferPointer(rebasing: $0[known.signature]))
                }
            }
            if isSame { return known.template }
        }
        let start = signatures.count
        signatures += signature
        let number = templates.count
        templates.append(makeTemplate(signature, table: table, isOpaque: isOpaque))
        templateNumbers[hash, default: []].append((start..<signatures.count, number))
        return number
    }

    /// Reads a signature, and gives each value the column that values after the same name have.
    private mutating func makeTemplate(_ signature: [UInt8], table: Int, isOpaque: Bool) -> RecordTemplate {
        var pieces: [RecordTemplate.Piece] = []
        var field: UInt64 = 0
        var name: UInt64 = 0
        var literal = 0..<0
        var taken: Set<Int> = []
        var at = 0
        var occurrences: [UInt64: UInt64] = [:]
        while at < signature.count {
            let code = RecordTemplate.Code(rawValue: signature[at])
            at += 1
            switch code {
            case .literal:
                let count = Int(signature[at]) | Int(signature[at + 1]) << 8 | Int(signature[at + 2]) << 16
                literal = at + 3..<at + 3 + count
                at = literal.upperBound
                pieces.append(.literal(literals.count..<literals.count + count))
                literals += signature[literal]
                name = BlockBuilder.name(in: signature[literal])
            case .list:
                pieces.append(.list(table: Int(signature[at])))
                at += 1
            case .lengthBegin:
                pieces.append(.lengthBegin)
                field = Array(signature[literal]).withUnsafeBufferPointer { quickHash($0) }
                name = 0
            case .lengthEnd: pieces.append(.lengthEnd)
            case .value, nil:
                let isOpaqueHere = isOpaque || field == 0 && table == 0
                let identity = field &* 31 &+ name &+ UInt64(table) &* 0x9e37_79b9_7f4a_7c15
                occurrences[identity, default: 0] += 1
                let occurrence = occurrences[identity, default: 0]
                let column = column(
                    identity &+ occurrence &* 0xd6e8_feb8_6659_fd93, table: table, isOpaque: isOpaqueHere,
                    except: taken)
                taken.insert(column)
                pieces.append(.value(column: column))
            }
        }
        return RecordTemplate(table: table, pieces: pieces)
    }

    private mutating func column(_ identity: UInt64, table: Int, isOpaque: Bool, except taken: Set<Int>) -> Int {
        if let known = columnNumbers[identity], columns[known].table == table, columns[known].isOpaque == isOpaque,
            !taken.contains(known)
        {
            return known
        }
        columns.append(Column(table: table, identity: identity, isOpaque: isOpaque))
        columnNumbers[identity] = columns.count - 1
        return columns.count - 1
    }

    /// What a value is called in JSON: the last quoted text of the literal before it.
    private static func name(in literal: ArraySlice<UInt8>) -> UInt64 {
        let quote = UInt8(ascii: "\"")
        guard let colon = literal.lastIndex(of: UInt8(ascii: ":")), colon > literal.startIndex else { return 0 }
        let end = literal.index(before: colon)
        guard literal[end] == quote else { return 0 }
        let start = literal[..<end].lastIndex(of: quote) ?? literal.startIndex
        return Array(literal[start..<end]).withUnsafeBufferPointer { quickHash($0, seed: 1) }
    }
}

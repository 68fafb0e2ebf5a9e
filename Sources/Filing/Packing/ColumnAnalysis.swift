/// What the packer knows of one column: the tightest form of its values, and their dictionary.
struct ColumnAnalysis {
    let id: Int
    let table: Int
    let values: [Slice32]
    let instances: [Int32]
    let form: ValueForm
    /// By value; empty unless the form is numeric.
    let numbers: [Int64]
    /// By value; empty when a dictionary would not help.
    let keys: [Int32]
    /// The values of the dictionary.
    let distinct: [Slice32]
    /// The number of bytes that the distinct values take, estimated.
    let distinctBytes: Int

    init(_ column: BlockBuilder.Column, id: Int, in input: UnsafeBufferPointer<UInt8>) {
        self.id = id
        table = column.table
        values = column.values
        instances = column.instances
        (form, numbers) = ValueForm.tightest(values, in: input, isOpaque: column.isOpaque)
        var keys: [Int32] = []
        var distinct = SliceTable(capacity: min(values.count, 256))
        let isHexadecimal = if case .hexadecimal = form { true } else { false }
        if !column.isOpaque, values.count > 1, !isHexadecimal {
            keys.reserveCapacity(values.count)
            let most = max(4, values.count * 3 / 4)
            for value in values {
                keys.append(Int32(distinct.number(of: value, in: input)))
                if distinct.slices.count > most { break }
            }
            if distinct.slices.count > most { keys = [] }
        }
        self.keys = keys
        self.distinct = keys.isEmpty ? [] : distinct.slices
        let bits: Int
        switch form {
        case .digits(let width): bits = width * 10 / 3
        case .decimal: bits = 20
        default: bits = 0
        }
        distinctBytes =
            bits > 0
            ? (self.distinct.count * bits + 7) / 8 : self.distinct.reduce(0) { $0 + 1 + Int($1.count) * 3 / 4 }
    }

    /// The bytes of all values as they are.
    var plainBytes: Int { values.reduce(0) { $0 + 1 + Int($1.count) } }
}

/// How a column is written.
enum ColumnCoding: Hashable, Sendable {
    /// The context's column and where it stands; `nil` for none.
    struct Context: Hashable, Sendable {
        let column: Int
        let relation: NumberPrediction.Relation
    }

    case direct(NumberPrediction)
    case dictionary(Context?)
    /// 32-byte digests as distances to earlier entries of the segment.
    case reference(Context?)
}

/// Chooses for each column how it is written, and in which order: what others are foretold from comes first.
struct ColumnPlanner {
    private struct Candidate {
        let analysis: ColumnAnalysis
        var coding: ColumnCoding
        /// Bytes, on the sample.
        var cost: Int
        var isDone = false
    }

    private var grid: ColumnGrid
    private var candidates: [Candidate]
    /// Columns that are decided, with their forms.
    private var done: [(column: Int, table: Int, form: ValueForm?)] = []
    private(set) var order: [(analysis: ColumnAnalysis, coding: ColumnCoding)] = []
    private let sample: Int

    private static let taxRatios: [(Int64, Int64)] = [(10, 112), (2, 112), (10, 110), (2, 102)]

    /// - Parameter sample: how many values of a column are looked at.
    init(_ analyses: [ColumnAnalysis], grid: ColumnGrid, sample: Int) throws {
        self.grid = grid
        self.sample = sample
        candidates = []
        for analysis in analyses {
            var candidate = Candidate(analysis: analysis, coding: .direct(.none), cost: analysis.plainBytes)
            try consider(.direct(.none), for: &candidate, isFirst: true)
            try consider(.direct(.previous), for: &candidate)
            try consider(.dictionary(nil), for: &candidate)
            candidates.append(candidate)
        }
        try plan()
    }

    private mutating func plan() throws {
        // First what names things, richest first and from the rows down: it is the context of all else.
        let naming = candidates.indices.filter { index in
            if case .dictionary = candidates[index].coding { return !isDecimal(candidates[index].analysis.form) }
            return false
        }
        let sorted = naming.sorted { one, other in
            let (a, b) = (candidates[one].analysis, candidates[other].analysis)
            return (a.table, b.distinct.count, a.id) < (b.table, a.distinct.count, b.id)
        }
        for index in sorted { try finish(index) }
        // Then always the cheapest: what can be foretold comes after what it is foretold from.
        while let next = candidates.indices.filter({ !candidates[$0].isDone }).min(by: isCheaper) {
            try finish(next)
        }
    }

    private func isCheaper(_ one: Int, _ other: Int) -> Bool {
        (candidates[one].cost, one) < (candidates[other].cost, other)
    }

    private func isDecimal(_ form: ValueForm) -> Bool {
        if case .decimal = form { true } else { false }
    }

    private mutating func finish(_ index: Int) throws {
        candidates[index].isDone = true
        let candidate = candidates[index]
        let analysis = candidate.analysis
        order.append((analysis, candidate.coding))
        grid.learn(analysis, candidate.coding)
        let form: ValueForm? = analysis.form.isNumeric ? analysis.form : nil
        for other in candidates.indices where !candidates[other].isDone {
            try consider(source: analysis.id, form: form, for: &candidates[other])
        }
        done.append((analysis.id, analysis.table, form))
    }

    /// Tries what a column that is now decided says of another one.
    private func consider(source: Int, form: ValueForm?, for candidate: inout Candidate) throws {
        let table = candidate.analysis.table
        guard let known = grid.columns[source], candidate.cost > 4 else { return }
        let relation: NumberPrediction.Relation?
        switch known.table {
        case table: relation = .same
        case grid.tables[table].parent: relation = .parent
        default: relation = nil
        }
        if let relation, known.keys != nil {
            try consider(.dictionary(.init(column: source, relation: relation)), for: &candidate)
            try consider(.direct(.last(column: source, relation, step: 0)), for: &candidate)
            try consider(.direct(.last(column: source, relation, step: 1)), for: &candidate)
        }
        guard let form, candidate.analysis.form.isNumeric else { return }
        if let relation {
            try considerRatios(source, form, relation, for: &candidate)
        } else if grid.tables[known.table].parent == table {
            let (numerator, denominator) = scale(from: form, to: candidate.analysis.form)
            try consider(
                .direct(.sum(column: source, numerator: numerator, denominator: denominator)), for: &candidate)
        }
    }

    private func considerRatios(
        _ source: Int, _ form: ValueForm, _ relation: NumberPrediction.Relation, for candidate: inout Candidate
    ) throws {
        let (numerator, denominator) = scale(from: form, to: candidate.analysis.form)
        try consider(
            .direct(.ratio(column: source, relation, numerator: numerator, denominator: denominator)), for: &candidate)
        guard relation == .same, isDecimal(form), isDecimal(candidate.analysis.form) else { return }
        for (part, whole) in ColumnPlanner.taxRatios {
            try consider(
                .direct(
                    .ratio(
                        column: source, .same, numerator: numerator * part, denominator: denominator * whole)),
                for: &candidate)
        }
        for other in done where other.table == candidate.analysis.table {
            guard let otherForm = other.form, isDecimal(otherForm) else { continue }
            let (more, less) = scale(from: otherForm, to: .decimal(decimals: 0))
            try consider(
                .direct(
                    .product(source, other.column, numerator: numerator * more, denominator: denominator * less)),
                for: &candidate)
        }
    }

    /// What a number of one form is multiplied with and divided by to stand for the same amount in the other.
    private func scale(from form: ValueForm, to other: ValueForm) -> (Int64, Int64) {
        guard case .decimal(let decimals) = form, case .decimal(let wanted) = other else { return (1, 1) }
        let difference = wanted - decimals
        return difference >= 0
            ? (ValueForm.powersOfTen[difference], 1) : (1, ValueForm.powersOfTen[-difference])
    }

    private func consider(_ coding: ColumnCoding, for candidate: inout Candidate, isFirst: Bool = false) throws {
        guard let cost = try cost(of: coding, candidate.analysis), isFirst || cost < candidate.cost else { return }
        candidate.coding = coding
        candidate.cost = cost
    }

    /// Bytes on the sample; `nil` when the column can't be written so.
    private func cost(of coding: ColumnCoding, _ analysis: ColumnAnalysis) throws -> Int? {
        var estimate = NumberStream.Estimate()
        let instances = analysis.instances.prefix(sample)
        switch coding {
        case .dictionary(let context):
            guard !analysis.keys.isEmpty else { return nil }
            let keys = analysis.keys.prefix(sample)
            let contexts = try context.map {
                try grid.contexts($0.column, for: analysis.table, $0.relation, instances: instances)
            }
            for code in DictionaryCodes.codes(keys, contexts: contexts) { estimate.add(code) }
            let seen = Int(keys.max() ?? 0) + 1
            return estimate.bytes + analysis.distinctBytes * seen / max(analysis.distinct.count, 1)
        case .direct(let prediction):
            guard analysis.form.isNumeric else {
                return analysis.plainBytes * instances.count / max(analysis.values.count, 1)
            }
            let numbers = analysis.numbers.prefix(sample)
            let differences = try grid.differences(
                numbers, prediction, table: analysis.table, instances: instances)
            let isSigned = differences.contains { $0 < 0 }
            for difference in differences {
                estimate.add(isSigned ? difference.zigzag : UInt64(bitPattern: difference))
            }
            return estimate.bytes
        case .reference: return nil
        }
    }
}

extension ColumnGrid {
    /// Remembers a column that was packed.
    mutating func learn(_ analysis: ColumnAnalysis, _ coding: ColumnCoding) {
        let count = tables[analysis.table].count
        var known = Known(table: analysis.table)
        if analysis.form.isNumeric {
            known.numbers = ColumnGrid.aligned(analysis.numbers, analysis.instances, count: count, absent: 0)
        }
        if case .dictionary = coding {
            known.keys = ColumnGrid.aligned(analysis.keys, analysis.instances, count: count, absent: -1)
            known.keyCount = analysis.distinct.count
        }
        columns[analysis.id] = known
    }
}

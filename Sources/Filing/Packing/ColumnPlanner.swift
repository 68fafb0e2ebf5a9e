/// How a column is written.
enum ColumnCoding: Hashable, Sendable {
    /// The context's column and where it stands; `nil` for none.
    struct Context: Hashable, Sendable {
        let column: Int
        let relation: NumberPrediction.Relation
    }

    case direct(NumberPrediction)
    case dictionary(Context?)
    /// Each number is another one at one of several rates; which, is written like the numbers of a dictionary.
    case rates(column: Int, [Rate], Context?)
}

/// Chooses for each column how it is written, and in which order: what others are foretold from comes first.
struct ColumnPlanner {
    private struct Candidate {
        let analysis: ColumnAnalysis
        var coding: ColumnCoding
        /// Bytes, on the sample.
        var cost: Int
        var isDone = false
        let valueCount: Int

        /// Scaled, so that lists of different lengths compare.
        var bitsPerValue: Int { cost * 1024 / max(valueCount, 1) }
    }

    private var grid: ColumnGrid
    private var candidates: [Candidate]
    /// Columns that are decided, with their forms.
    private var done: [(column: Int, table: Int, form: ValueForm?)] = []
    private(set) var order: [(analysis: ColumnAnalysis, coding: ColumnCoding)] = []
    private let sample: Int

    /// Of a price with its taxes: none, VAT and city tax beside each other, VAT alone, city tax alone.
    private static let taxRates = [(0, 1), (10, 112), (2, 112), (10, 110), (2, 102)].map {
        Rate(numerator: $0.0, denominator: $0.1)
    }

    /// - Parameter sample: how many values of a column are looked at.
    init(_ analyses: [ColumnAnalysis], grid: ColumnGrid, sample: Int) throws {
        self.grid = grid
        self.sample = sample
        candidates = []
        let planned = Set(
            analyses.filter(ColumnPlanner.isWorthPlanning).sorted { $0.values.count > $1.values.count }
                .prefix(BlockLimits.plannedColumns).map(\.id))
        for analysis in analyses {
            guard planned.contains(analysis.id) else {
                order.append((analysis, .direct(.none)))
                continue
            }
            var candidate = Candidate(
                analysis: analysis, coding: .direct(.none), cost: analysis.plainBytes,
                valueCount: min(analysis.values.count, sample))
            try consider(.direct(.none), for: &candidate, isFirst: true)
            try consider(.direct(.previous), for: &candidate)
            try consider(.dictionary(nil), for: &candidate)
            candidates.append(candidate)
        }
        try plan()
    }

    /// Whether a column has more than a few values.
    static func isWorthPlanning(_ analysis: ColumnAnalysis) -> Bool { analysis.values.count >= 4 }

    private mutating func plan() throws {
        // First what names things, richest first and from the rows down: it is the context of all else.
        let naming = candidates.indices.filter { index in
            if case .dictionary = candidates[index].coding {
                return !ColumnPlanner.isDecimal(candidates[index].analysis.form)
            }
            return false
        }
        let sorted = naming.sorted { one, other in
            let (a, b) = (candidates[one].analysis, candidates[other].analysis)
            return (a.table, b.distinct.count, a.id) < (b.table, a.distinct.count, b.id)
        }
        for index in sorted { try finish(index) }
        // Then numbers of things, from the rows down, and amounts; always the cheapest: what can be foretold comes after what it is
        // foretold from.
        for table in grid.tables.indices {
            try finishAll { $0.analysis.table == table && !ColumnPlanner.isDecimal($0.analysis.form) }
        }
        try finishAll { _ in true }
    }

    private mutating func finishAll(where isWanted: (Candidate) -> Bool) throws {
        while let next = candidates.indices.filter({ !candidates[$0].isDone && isWanted(candidates[$0]) })
            .min(by: isCheaper)
        {
            try finish(next)
        }
    }

    private func isCheaper(_ one: Int, _ other: Int) -> Bool {
        (candidates[one].bitsPerValue, one) < (candidates[other].bitsPerValue, other)
    }

    private static func isDecimal(_ form: ValueForm) -> Bool {
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
        guard let known = grid.columns[source], candidate.cost > 5 else { return }
        let relation: NumberPrediction.Relation?
        switch known.table {
        case table: relation = .same
        case grid.tables[table].parent: relation = .parent
        default: relation = nil
        }
        if let relation, known.keys != nil, known.keyCount > 1 {
            try consider(.dictionary(.init(column: source, relation: relation)), for: &candidate)
            try consider(.direct(.last(column: source, relation, step: 0)), for: &candidate)
            try consider(.direct(.last(column: source, relation, step: 1)), for: &candidate)
            try consider(.direct(.last(column: source, relation, step: 2)), for: &candidate)
        }
        guard let form, candidate.analysis.form.isNumeric else { return }
        if let relation {
            try considerRatios(source, form, relation, for: &candidate)
        } else if grid.tables[known.table].parent == table {
            let (numerator, denominator) = scale(from: form, to: candidate.analysis.form)
            for (more, less) in ColumnPlanner.units(form, candidate.analysis.form) {
                try consider(
                    .direct(.sum(column: source, numerator: numerator * more, denominator: denominator * less)),
                    for: &candidate)
            }
        }
    }

    private func considerRatios(
        _ source: Int, _ form: ValueForm, _ relation: NumberPrediction.Relation, for candidate: inout Candidate
    ) throws {
        let (numerator, denominator) = scale(from: form, to: candidate.analysis.form)
        for (more, less) in ColumnPlanner.units(form, candidate.analysis.form) {
            try consider(
                .direct(
                    .ratio(column: source, relation, numerator: numerator * more, denominator: denominator * less)),
                for: &candidate)
        }
        guard relation == .same, ColumnPlanner.isDecimal(form), ColumnPlanner.isDecimal(candidate.analysis.form) else {
            return
        }
        let rates = ColumnPlanner.taxRates.map {
            Rate(numerator: numerator * $0.numerator, denominator: denominator * $0.denominator)
        }
        for context in [nil] + contexts(for: candidate.analysis.table) {
            try consider(.rates(column: source, rates, context), for: &candidate)
        }
        for other in done where other.table == candidate.analysis.table {
            guard let otherForm = other.form, ColumnPlanner.isDecimal(otherForm) else { continue }
            let (more, less) = scale(from: otherForm, to: .decimal(decimals: 0))
            try consider(
                .direct(
                    .product(source, other.column, numerator: numerator * more, denominator: denominator * less)),
                for: &candidate)
        }
    }

    /// Decided columns with a dictionary, as contexts of a table's columns.
    private func contexts(for table: Int) -> [ColumnCoding.Context?] {
        done.compactMap { known -> ColumnCoding.Context? in
            guard let keyCount = grid.columns[known.column]?.keyCount, keyCount > 1 else { return nil }
            switch known.table {
            case table: return .init(column: known.column, relation: .same)
            case grid.tables[table].parent: return .init(column: known.column, relation: .parent)
            default: return nil
            }
        }
    }

    /// Amounts stand in tugrik within JSON and in mongo, a hundredth of it, in fields.
    private static func units(_ one: ValueForm, _ other: ValueForm) -> [(Int64, Int64)] {
        if case .decimal = one, case .decimal = other { return [(1, 1), (100, 1), (1, 100)] }
        return [(1, 1)]
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
        case .rates(let column, let rates, let context):
            let chosen = try grid.chosenRates(
                column, rates, analysis.numbers.prefix(sample), table: analysis.table, instances: instances)
            let contexts = try context.map {
                try grid.contexts($0.column, for: analysis.table, $0.relation, instances: instances)
            }
            for code in DictionaryCodes.codes(chosen[...], contexts: contexts) { estimate.add(code) }
            return estimate.bytes + 4 * chosen.filter { $0 == rates.count }.count
        }
    }
}

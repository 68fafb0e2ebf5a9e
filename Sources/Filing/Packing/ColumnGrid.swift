/// How a number of a column is foretold from what was read before it; only the difference is kept.
enum NumberPrediction: Hashable, Sendable {
    /// Where a source stands.
    enum Relation: UInt8, Sendable {
        /// At the same instance.
        case same = 0
        /// At the instance of the parent's table that holds the list.
        case parent = 1
    }

    case none
    /// The number before it in the column.
    case previous
    /// The last number under the same value of a dictionary column, plus a step.
    case last(column: Int, Relation, step: Int64)
    /// A number × numerator ÷ denominator, rounded half up.
    case ratio(column: Int, Relation, numerator: Int64, denominator: Int64)
    /// A product of two columns × numerator ÷ denominator.
    case product(Int, Int, numerator: Int64, denominator: Int64)
    /// The sum of a column over the instances of a table that stand in this one × numerator ÷ denominator.
    case sum(column: Int, numerator: Int64, denominator: Int64)

    /// Rounded half up for what is not negative; wraps instead of overflowing, so that no bytes can trap.
    static func scaled(_ value: Int64, _ numerator: Int64, _ denominator: Int64) -> Int64 {
        if numerator == denominator { return value }
        let doubled = (value &* numerator &* 2) &+ denominator
        return doubled / (2 &* denominator)
    }
}

/// A part of a number: × numerator ÷ denominator.
struct Rate: Hashable, Sendable {
    let numerator: Int64
    let denominator: Int64

    func of(_ number: Int64) -> Int64 { NumberPrediction.scaled(number, numerator, denominator) }
}

/// Columns by instance, as far as they are known: what predictions and contexts look at. Packing and unpacking fill it in one order.
struct ColumnGrid {
    struct Known {
        let table: Int
        /// By instance; 0 where the column has no value.
        var numbers: [Int64]?
        /// Numbers of a dictionary, by instance; −1 where the column has no value.
        var keys: [Int32]?
        var keyCount = 0
    }

    struct Table {
        let parent: Int
        let count: Int
        let parents: [Int32]
    }

    let tables: [Table]
    var columns: [Known?]

    init(tables: [Table], columnCount: Int) {
        self.tables = tables
        columns = [Known?](repeating: nil, count: columnCount)
    }

    private func known(_ column: Int, for table: Int, _ relation: NumberPrediction.Relation) throws -> Known {
        guard columns.indices.contains(column), let known = columns[column],
            known.table == (relation == .same ? table : tables[table].parent)
        else { throw PackedReader.damaged("a column looks at one that is not there") }
        return known
    }

    private func numbers(
        _ column: Int, for table: Int, _ relation: NumberPrediction.Relation = .same
    ) throws -> [Int64] {
        guard let numbers = try known(column, for: table, relation).numbers else {
            throw PackedReader.damaged("a column looks at one without numbers")
        }
        return numbers
    }

    /// The context of each value: 0 where the source has none, else its key plus 1; and how many contexts there are.
    func contexts(
        _ column: Int, for table: Int, _ relation: NumberPrediction.Relation, instances: ArraySlice<Int32>
    ) throws -> (of: [Int32], count: Int) {
        let known = try known(column, for: table, relation)
        guard let keys = known.keys else { throw PackedReader.damaged("a column looks at one without a dictionary") }
        switch relation {
        case .same: return (instances.map { keys[Int($0)] + 1 }, known.keyCount + 1)
        case .parent:
            let parents = tables[table].parents
            return (instances.map { keys[Int(parents[Int($0)])] + 1 }, known.keyCount + 1)
        }
    }

    /// What a prediction that looks only at other columns says of each value.
    private func foretold(
        _ prediction: NumberPrediction, table: Int, instances: ArraySlice<Int32>
    ) throws -> [Int64] {
        switch prediction {
        case .none, .previous, .last: return []
        case .ratio(let column, .same, let numerator, let denominator):
            let numbers = try numbers(column, for: table)
            return instances.map { NumberPrediction.scaled(numbers[Int($0)], numerator, denominator) }
        case .ratio(let column, .parent, let numerator, let denominator):
            let numbers = try numbers(column, for: table, .parent)
            let parents = tables[table].parents
            return instances.map {
                NumberPrediction.scaled(numbers[Int(parents[Int($0)])], numerator, denominator)
            }
        case .product(let one, let other, let numerator, let denominator):
            let first = try numbers(one, for: table)
            let second = try numbers(other, for: table)
            return instances.map {
                NumberPrediction.scaled(first[Int($0)] &* second[Int($0)], numerator, denominator)
            }
        case .sum(let column, let numerator, let denominator):
            guard columns.indices.contains(column), let known = columns[column], let numbers = known.numbers,
                tables[known.table].parent == table
            else { throw PackedReader.damaged("a column sums one that is not there") }
            var sums = [Int64](repeating: 0, count: tables[table].count)
            for (parent, number) in zip(tables[known.table].parents, numbers) { sums[Int(parent)] &+= number }
            return instances.map { NumberPrediction.scaled(sums[Int($0)], numerator, denominator) }
        }
    }

    /// What is left of numbers when the prediction is taken off.
    func differences(
        _ numbers: ArraySlice<Int64>, _ prediction: NumberPrediction, table: Int, instances: ArraySlice<Int32>
    ) throws -> [Int64] {
        switch prediction {
        case .none: return Array(numbers)
        case .previous:
            var previous: Int64 = 0
            return numbers.map { number in
                defer { previous = number }
                return number &- previous
            }
        case .last(let column, let relation, let step):
            let contexts = try contexts(column, for: table, relation, instances: instances)
            var last = [Int64](repeating: 0, count: contexts.count)
            return zip(numbers, contexts.of).map { number, context in
                defer { last[Int(context)] = number &+ step }
                return number &- last[Int(context)]
            }
        default:
            return zip(numbers, try foretold(prediction, table: table, instances: instances)).map { $0 &- $1 }
        }
    }

    /// The inverse of `differences`.
    func numbers(
        _ differences: [Int64], _ prediction: NumberPrediction, table: Int, instances: ArraySlice<Int32>
    ) throws -> [Int64] {
        switch prediction {
        case .none: return differences
        case .previous:
            var previous: Int64 = 0
            return differences.map {
                previous &+= $0
                return previous
            }
        case .last(let column, let relation, let step):
            let contexts = try contexts(column, for: table, relation, instances: instances)
            var last = [Int64](repeating: 0, count: contexts.count)
            return zip(differences, contexts.of).map { difference, context in
                let number = difference &+ last[Int(context)]
                last[Int(context)] = number &+ step
                return number
            }
        default:
            return zip(differences, try foretold(prediction, table: table, instances: instances)).map { $0 &+ $1 }
        }
    }

    /// For each number the first rate that gives it exactly; the count of rates when none does.
    func chosenRates(
        _ column: Int, _ rates: [Rate], _ numbers: ArraySlice<Int64>, table: Int, instances: ArraySlice<Int32>
    ) throws -> [Int32] {
        let sources = try self.numbers(column, for: table)
        return zip(numbers, instances).map { number, instance in
            Int32(rates.firstIndex { $0.of(sources[Int(instance)]) == number } ?? rates.count)
        }
    }

    /// The inverse: takes the numbers that no rate gives from others.
    func numbers(
        _ column: Int, _ rates: [Rate], _ chosen: [Int32], others: [Int64], table: Int, instances: [Int32]
    ) throws -> [Int64] {
        let sources = try numbers(column, for: table)
        var others = others.makeIterator()
        return try zip(chosen, instances).map { chosen, instance in
            if chosen < rates.count { return rates[Int(chosen)].of(sources[Int(instance)]) }
            guard let other = others.next() else { throw PackedReader.damaged("a number is missing") }
            return other
        }
    }

    /// Numbers of values by instance.
    static func aligned<Value>(_ values: [Value], _ instances: [Int32], count: Int, absent: Value) -> [Value] {
        // Without gaps: the values are by instance already.
        if values.count == count { return values }
        var aligned = [Value](repeating: absent, count: count)
        for (value, instance) in zip(values, instances) { aligned[Int(instance)] = value }
        return aligned
    }
}

/// Numbers of a dictionary as codes: 0 is the one foretold, else one more than the number.
///
/// Foretold is the last number under the same context; under one not seen yet, and without contexts, the next that was not used yet.
enum DictionaryCodes {
    static func codes(_ keys: ArraySlice<Int32>, contexts: (of: [Int32], count: Int)?) -> [UInt64] {
        var fresh: Int32 = 0
        var last = [Int32](repeating: -1, count: contexts?.count ?? 0)
        var codes: [UInt64] = []
        codes.reserveCapacity(keys.count)
        for (position, key) in keys.enumerated() {
            var foretold = fresh
            if let contexts {
                let context = Int(contexts.of[position])
                if last[context] >= 0 { foretold = last[context] }
                last[context] = key
            }
            codes.append(key == foretold ? 0 : UInt64(key) + 1)
            if key == fresh { fresh += 1 }
        }
        return codes
    }

    static func keys(_ codes: [UInt64], count: Int, contexts: (of: [Int32], count: Int)?) throws -> [Int32] {
        var fresh: Int32 = 0
        var last = [Int32](repeating: -1, count: contexts?.count ?? 0)
        var keys: [Int32] = []
        keys.reserveCapacity(codes.count)
        for (position, code) in codes.enumerated() {
            var key = fresh
            if code > 0 {
                guard code <= UInt64(count) else { throw PackedReader.damaged("a dictionary is too short") }
                key = Int32(code - 1)
            } else if let contexts, last[Int(contexts.of[position])] >= 0 {
                key = last[Int(contexts.of[position])]
            }
            guard key < count else { throw PackedReader.damaged("a dictionary is too short") }
            if let contexts { last[Int(contexts.of[position])] = key }
            if key == fresh { fresh += 1 }
            keys.append(key)
        }
        return keys
    }
}

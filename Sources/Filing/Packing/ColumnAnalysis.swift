/// What the packer knows of one column: the tightest form of its values, and their dictionary.
final class ColumnAnalysis: Sendable {
    let id: Int
    /// The same for columns of different blocks that hold the same sort of thing.
    let identity: UInt64
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
        identity = column.identity
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

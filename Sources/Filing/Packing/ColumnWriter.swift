import LedgerMerkle
import LedgerStorage

/// How a column stands in a block.
enum CodingCode: UInt8 {
    case direct = 0
    case dictionary = 1
    case reference = 2
    case rates = 3
}

enum PredictionCode: UInt8 {
    case none = 0
    case previous = 1
    case last = 2
    case ratio = 3
    case product = 4
    case sum = 5

    /// Added when the differences may be negative and so are in zigzag.
    static let signed: UInt8 = 0x80
}

/// Writes one column.
struct ColumnWriter {
    let input: UnsafeBufferPointer<UInt8>
    let level: Int32?
    var body: [UInt8]
    var heap: [UInt8]

    mutating func append(_ analysis: ColumnAnalysis, _ coding: ColumnCoding, grid: ColumnGrid) throws {
        body.append(count: analysis.id)
        switch coding {
        case .direct(let prediction):
            body.append(CodingCode.direct.rawValue)
            appendForm(analysis.form)
            guard analysis.form.isNumeric else { return appendBytes(analysis.values, analysis.form) }
            let differences = try grid.differences(
                analysis.numbers[...], prediction, table: analysis.table, instances: analysis.instances[...])
            append(prediction, differences)
        case .dictionary(let context):
            body.append(CodingCode.dictionary.rawValue)
            body.append(count: analysis.distinct.count)
            appendForm(analysis.form)
            if analysis.form.isNumeric {
                append(.none, distinctNumbers(analysis))
            } else {
                appendBytes(analysis.distinct, analysis.form)
            }
            let contexts = try append(context, analysis, grid)
            NumberStream.append(
                DictionaryCodes.codes(analysis.keys[...], contexts: contexts), to: &body, level: level)
        case .rates(let column, let rates, let context):
            body.append(CodingCode.rates.rawValue)
            appendForm(analysis.form)
            body.append(count: column)
            body.append(count: rates.count)
            for rate in rates { appendFraction(rate.numerator, rate.denominator) }
            let contexts = try append(context, analysis, grid)
            let chosen = try grid.chosenRates(
                column, rates, analysis.numbers[...], table: analysis.table, instances: analysis.instances[...])
            NumberStream.append(DictionaryCodes.codes(chosen[...], contexts: contexts), to: &body, level: level)
            let others = zip(chosen, analysis.numbers).filter { $0.0 == rates.count }.map(\.1.zigzag)
            NumberStream.append(others, to: &body, level: level)
        }
    }

    /// The numbers of a dictionary, in the order in which they first come.
    private func distinctNumbers(_ analysis: ColumnAnalysis) -> [Int64] {
        var numbers: [Int64] = []
        for (key, number) in zip(analysis.keys, analysis.numbers) where key == numbers.count { numbers.append(number) }
        return numbers
    }

    private mutating func appendForm(_ form: ValueForm) {
        body.append(form.code)
        body.append(count: form.parameter)
    }

    private mutating func append(
        _ context: ColumnCoding.Context?, _ analysis: ColumnAnalysis, _ grid: ColumnGrid
    ) throws -> (of: [Int32], count: Int)? {
        guard let context else {
            body.append(0)
            return nil
        }
        body.append(1 + context.relation.rawValue)
        body.append(count: context.column)
        return try grid.contexts(
            context.column, for: analysis.table, context.relation, instances: analysis.instances[...])
    }

    private mutating func appendBytes(_ values: [Slice32], _ form: ValueForm) {
        switch form {
        case .text:
            NumberStream.append(values.map { UInt64($0.count) }, to: &body, level: level)
            for value in values { heap.append(contentsOf: UnsafeBufferPointer(rebasing: input[value.range])) }
        case .cyrillic:
            var lengths: [UInt64] = []
            for value in values {
                let start = heap.count
                Cyrillic.append(input[value.range], to: &heap)
                lengths.append(UInt64(heap.count - start))
            }
            NumberStream.append(lengths, to: &body, level: level)
        case .hexadecimal: for value in values { body += ColumnWriter.halved(input[value.range]) }
        default: for value in values { body.append(contentsOf: UnsafeBufferPointer(rebasing: input[value.range])) }
        }
    }

    private mutating func append(_ prediction: NumberPrediction, _ differences: [Int64]) {
        let isSigned = differences.contains { $0 < 0 }
        func code(_ code: PredictionCode) -> UInt8 { code.rawValue | (isSigned ? PredictionCode.signed : 0) }
        switch prediction {
        case .none: body.append(code(.none))
        case .previous: body.append(code(.previous))
        case .last(let column, let relation, let step):
            body += [code(.last), relation.rawValue]
            body.append(count: column)
            body.append(number: step.zigzag)
        case .ratio(let column, let relation, let numerator, let denominator):
            body += [code(.ratio), relation.rawValue]
            body.append(count: column)
            appendFraction(numerator, denominator)
        case .product(let one, let other, let numerator, let denominator):
            body.append(code(.product))
            body.append(count: one)
            body.append(count: other)
            appendFraction(numerator, denominator)
        case .sum(let column, let numerator, let denominator):
            body.append(code(.sum))
            body.append(count: column)
            appendFraction(numerator, denominator)
        }
        NumberStream.append(
            differences.map { isSigned ? $0.zigzag : UInt64(bitPattern: $0) }, to: &body, level: level)
    }

    private mutating func appendFraction(_ numerator: Int64, _ denominator: Int64) {
        body.append(number: UInt64(bitPattern: numerator))
        body.append(number: UInt64(bitPattern: denominator))
    }

    /// The bytes that lower-case hexadecimal digits stand for.
    private static func halved(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for digit in text {
            let value = digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    // MARK: Digests of earlier entries

    /// 0: the newest row of the block with the same context; 1: a digest in place; else one more than the distance in entries.
    mutating func appendDigests(
        _ analysis: ColumnAnalysis, grid: ColumnGrid, rows: [RecordRow], commitments: any CommitmentPlaces,
        findsContext: Bool
    ) throws {
        let places = try analysis.values.indices.map { index -> Int? in
            guard let digest = Digest(ColumnWriter.halved(input[analysis.values[index].range])) else { return nil }
            let position = rows[Int(analysis.instances[index])].position
            return try commitments.place(of: digest).flatMap { $0 < position ? $0 : nil }
        }
        guard places.contains(where: { $0 != nil }) else {
            return try append(analysis, .direct(.none), grid: grid)
        }
        let positions = analysis.instances.map { rows[Int($0)].position }
        var best = ColumnWriter.codes(places, positions, contexts: nil)
        var bestColumn: Int?
        let allPositions = rows.map(\.position)
        for (column, known) in grid.columns.enumerated() where findsContext {
            guard let known, known.table == 0, let keys = known.keys else { continue }
            let contexts = ColumnWriter.newestBefore(analysis.instances, keys, known.keyCount, allPositions)
            let codes = ColumnWriter.codes(places, positions, contexts: contexts)
            if codes.filter({ $0 == 0 }).count > best.filter({ $0 == 0 }).count {
                (best, bestColumn) = (codes, column)
            }
        }
        body.append(count: analysis.id)
        body.append(CodingCode.reference.rawValue)
        body.append(bestColumn == nil ? 0 : 1)
        if let bestColumn { body.append(count: bestColumn) }
        NumberStream.append(best, to: &body, level: level)
        for (index, code) in best.enumerated() where code == 1 {
            body += ColumnWriter.halved(input[analysis.values[index].range])
        }
    }

    private static func codes(_ places: [Int?], _ positions: [Int], contexts: [Int]?) -> [UInt64] {
        places.indices.map { index in
            guard let place = places[index] else { return 1 }
            if let contexts, contexts[index] == place { return 0 }
            return UInt64(positions[index] - place) + 1
        }
    }

    /// The position of the newest row before each that has the same key, whether or not that one has a digest; −1 for none.
    static func newestBefore(_ instances: [Int32], _ keys: [Int32], _ keyCount: Int, _ positions: [Int]) -> [Int] {
        var last = [Int](repeating: -1, count: keyCount + 1)
        var newest = [Int](repeating: -1, count: keys.count)
        for (row, key) in keys.enumerated() {
            newest[row] = key < 0 ? -1 : last[Int(key)]
            if key >= 0 { last[Int(key)] = positions[row] }
        }
        return instances.map { newest[Int($0)] }
    }
}

/// Finds the entries of a segment by their commitments.
protocol CommitmentPlaces: Sendable {
    /// The position of the entry with a commitment.
    func place(of commitment: Digest) throws -> Int?
    /// The commitment of an entry.
    func commitment(at position: Int) throws -> ArraySlice<UInt8>
    var count: Int { get }
}

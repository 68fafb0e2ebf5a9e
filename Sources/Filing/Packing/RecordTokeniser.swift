/// Cuts stored records into templates and values.
///
/// It only has to find likely places to cut: whatever it does, templates and values put together again are the record. A record that
/// is not a stored record becomes one value.
struct RecordTokeniser {
    private let input: UnsafeBufferPointer<UInt8>
    private(set) var block = BlockBuilder()
    private var levels: [Level] = [Level()]
    private var depth = 0
    /// Where the bytes begin that belong to the template and are not in a signature yet.
    private var literalStart = 0
    /// Sets the lists of one field apart from those of another.
    private var fieldName: UInt64 = 0

    /// Longer ones are not looked into: 8 MiB.
    private static let longestRow = 1 << 23

    private struct Level {
        var table = 0
        var signature: [UInt8] = []
        var values: [Slice32] = []
    }

    init(_ input: UnsafeBufferPointer<UInt8>) {
        self.input = input
    }

    /// Adds the record that lies in a range of the input.
    mutating func add(_ range: Range<Int>) {
        depth = 0
        begin(table: 0)
        if !row(range) {
            block.takeBack(pending: 0, values: 0, counts: 0)
            depth = 0
            begin(table: 0)
            literalStart = range.lowerBound
            value(range.lowerBound, range.count)
            finish(parent: -1, isOpaque: true)
        } else {
            finish(parent: -1)
        }
        block.commit()
    }

    private mutating func begin(table: Int) {
        if levels.count == depth { levels.append(Level()) }
        levels[depth].table = table
        levels[depth].signature.removeAll(keepingCapacity: true)
        levels[depth].values.removeAll(keepingCapacity: true)
    }

    private mutating func finish(parent: Int, isOpaque: Bool = false) {
        let template = block.template(
            levels[depth].signature, table: levels[depth].table, isOpaque: isOpaque)
        block.add(table: levels[depth].table, template: template, parent: parent, values: levels[depth].values)
    }

    // MARK: Pieces

    private mutating func flush(upTo end: Int) {
        let count = end - literalStart
        guard count > 0 else { return }
        levels[depth].signature.append(RecordTemplate.Code.literal.rawValue)
        levels[depth].signature.append(UInt8(truncatingIfNeeded: count))
        levels[depth].signature.append(UInt8(truncatingIfNeeded: count >> 8))
        levels[depth].signature.append(UInt8(truncatingIfNeeded: count >> 16))
        levels[depth].signature.append(contentsOf: UnsafeBufferPointer(rebasing: input[literalStart..<end]))
        literalStart = end
    }

    private mutating func code(_ code: RecordTemplate.Code) {
        levels[depth].signature.append(code.rawValue)
    }

    private mutating func value(_ start: Int, _ count: Int) {
        flush(upTo: start)
        code(.value)
        levels[depth].values.append(Slice32(start, count))
        literalStart = start + count
    }

    /// A value that may have parts: the number of a receipt, a time with its offset, a masked card number.
    private mutating func scalar(_ start: Int, _ count: Int) {
        if count == 33, isDigits(start, 33) {
            var at = start
            for width in [12, 3, 5, 5, 8] {
                value(at, width)
                at += width
            }
        } else if count == 19, input[start + 13] == UInt8(ascii: "+"), isDigits(start, 13) {
            value(start, 13)
        } else if count == 16, input[start + 6..<start + 12].allSatisfy({ $0 == UInt8(ascii: "*") }) {
            value(start, 6)
            value(start + 12, 4)
        } else {
            value(start, count)
        }
    }

    private func isDigits(_ start: Int, _ count: Int) -> Bool {
        input[start..<start + count].allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
    }

    // MARK: Stored record

    private mutating func row(_ range: Range<Int>) -> Bool {
        var at = range.lowerBound
        let end = range.upperBound
        literalStart = at
        guard range.count >= 2, range.count <= RecordTokeniser.longestRow else { return false }
        let secretCount: Int
        switch input[at] {
        case 1: secretCount = 32
        case 2: secretCount = 6
        default: return false
        }
        at += 2
        guard end - at >= secretCount + 3 else { return false }
        value(at, secretCount)
        at += secretCount
        let fields = Int(input[at]) << 8 | Int(input[at + 1])
        at += 2
        flush(upTo: at)
        for _ in 0..<fields {
            guard let next = field(at, end) else { return false }
            at = next
        }
        guard at < end else { return false }
        let attachments = Int(input[at])
        at += 1
        for _ in 0..<attachments {
            guard at < end, let (start, next) = counted(at + 1, end) else { return false }
            flush(upTo: at + 1)
            code(.lengthBegin)
            literalStart = start
            value(start, next - start)
            code(.lengthEnd)
            at = next
        }
        flush(upTo: at)
        return at == end
    }

    private mutating func field(_ start: Int, _ end: Int) -> Int? {
        guard start < end else { return nil }
        let name = start + 1 + Int(input[start])
        guard let (value, next) = counted(name, end) else { return nil }
        flush(upTo: name)
        code(.lengthBegin)
        literalStart = value
        fieldName = quickHash(UnsafeBufferPointer(rebasing: input[start..<name]))
        if value < next, input[value] == UInt8(ascii: "[") || input[value] == UInt8(ascii: "{") {
            json(value, next)
        } else {
            scalar(value, next - value)
        }
        flush(upTo: next)
        code(.lengthEnd)
        return next
    }

    /// Where the bytes after a length of four bytes begin and end.
    private func counted(_ at: Int, _ end: Int) -> (start: Int, end: Int)? {
        guard end - at >= 4 else { return nil }
        let count = input[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
        return end - at - 4 >= count ? (at + 4, at + 4 + count) : nil
    }

    // MARK: JSON

    /// JSON as structure and values, or as one value if it is none.
    private mutating func json(_ start: Int, _ end: Int) {
        let mark = (block.pending.count, block.pendingValues.count, block.pendingCounts.count)
        let signature = levels[depth].signature.count
        let values = levels[depth].values.count
        let level = depth
        guard element(start, end, name: start..<start) != end else { return }
        depth = level
        block.takeBack(pending: mark.0, values: mark.1, counts: mark.2)
        levels[depth].signature.removeLast(levels[depth].signature.count - signature)
        levels[depth].values.removeLast(levels[depth].values.count - values)
        literalStart = start
        value(start, end - start)
    }

    /// Where an element ends; `nil` when it is not understood.
    private mutating func element(_ start: Int, _ end: Int, name: Range<Int>, nesting: Int = 0) -> Int? {
        guard start < end, nesting < 32 else { return nil }
        switch input[start] {
        case UInt8(ascii: "{"): return object(start, end, nesting)
        case UInt8(ascii: "["): return array(start, end, name, nesting)
        case UInt8(ascii: "\""):
            guard let close = closingQuote(start + 1, end) else { return nil }
            scalar(start + 1, close - start - 1)
            return close + 1
        default:
            var at = start
            while at < end, isWord(input[at]) { at += 1 }
            guard at > start else { return nil }
            value(start, at - start)
            return at
        }
    }

    private func isWord(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10 || byte &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "-")
    }

    private func closingQuote(_ start: Int, _ end: Int) -> Int? {
        var at = start
        while at < end {
            let byte = input[at]
            if byte == UInt8(ascii: "\"") { return at }
            at += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    private mutating func object(_ start: Int, _ end: Int, _ nesting: Int) -> Int? {
        var at = start + 1
        if at < end, input[at] == UInt8(ascii: "}") { return at + 1 }
        while true {
            guard at < end, input[at] == UInt8(ascii: "\""), let close = closingQuote(at + 1, end),
                close + 1 < end, input[close + 1] == UInt8(ascii: ":"),
                let next = element(close + 2, end, name: at..<close, nesting: nesting + 1), next < end
            else { return nil }
            at = next + 1
            if input[next] == UInt8(ascii: "}") { return at }
            guard input[next] == UInt8(ascii: ",") else { return nil }
        }
    }

    private mutating func array(_ start: Int, _ end: Int, _ name: Range<Int>, _ nesting: Int) -> Int? {
        var at = start + 1
        if at < end, input[at] == UInt8(ascii: "]") { return at + 1 }
        let parent = levels[depth].table
        let hash = quickHash(UnsafeBufferPointer(rebasing: input[name]), seed: depth == 0 ? fieldName : 0)
        guard depth + 1 < BlockLimits.depth, let table = block.table(under: parent, name: hash) else { return nil }
        flush(upTo: at)
        code(.list)
        levels[depth].signature.append(UInt8(table))
        let place = block.pendingCounts.count
        block.pendingCounts.append((table, 0))
        let instance = block.nextInstance(parent)
        var count = 0
        while true {
            depth += 1
            begin(table: table)
            literalStart = at
            guard let next = element(at, end, name: name.lowerBound..<name.lowerBound, nesting: nesting + 1),
                next < end
            else { return nil }
            flush(upTo: next)
            finish(parent: instance)
            depth -= 1
            count += 1
            at = next + 1
            literalStart = next
            if input[next] == UInt8(ascii: "]") { break }
            guard input[next] == UInt8(ascii: ",") else { return nil }
        }
        block.pendingCounts[place].count = count
        return at
    }
}

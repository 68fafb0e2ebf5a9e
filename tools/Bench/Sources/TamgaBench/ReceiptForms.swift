/// Receipts made beforehand, each with room for a number: to make another one that differs costs a copy.
///
/// The number stands in `billIdSuffix`, so that no two receipts are equal, and none is a repetition.
struct ReceiptForms: Sendable {
    /// Where a number goes.
    static let room = "#########"

    private struct Form: Sendable {
        var bytes: [UInt8]
        let places: [Int]
    }

    private let forms: [Form]

    /// - Parameters:
    ///   - tins: whose receipts, in turn.
    ///   - count: how many different ones there are, before they are numbered.
    ///   - wrap: makes a request or a row of a body.
    init(of tins: [String], count: Int, wrap: (String) -> String = { $0 }) {
        forms = (0..<count).map { number in
            let body = ReceiptLedger.json(number, of: tins[number % tins.count], suffix: ReceiptForms.room)
            let bytes = Array(wrap(String(decoding: body, as: UTF8.self)).utf8)
            let room = Array(ReceiptForms.room.utf8)
            let places = bytes.indices.filter { bytes[$0...].starts(with: room) }
            return Form(bytes: bytes, places: places)
        }
    }

    /// Adds the receipt of a number.
    func append(_ number: Int, to buffer: inout [UInt8]) {
        let form = forms[number % forms.count]
        let start = buffer.count
        buffer += form.bytes
        for place in form.places {
            var rest = number
            for digit in stride(from: ReceiptForms.room.utf8.count - 1, through: 0, by: -1) {
                buffer[start + place + digit] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
        }
    }

    /// Receipts as lines.
    func lines(_ numbers: Range<Int>) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(numbers.count * ((forms.map(\.bytes.count).max() ?? 0) + 1))
        for number in numbers {
            append(number, to: &lines)
            lines.append(0x0a)
        }
        return lines
    }
}

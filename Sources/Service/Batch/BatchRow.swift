import CanonicalJSON
import Catalogue
import Receipts

/// One line of a batch: the body of a receipt, or an envelope `{"idempotencyKey": …, "receipt": {…}}`, or one with `"return"`.
struct BatchRow {
    enum Content {
        case receipt(ReceiptRequest)
        case giveBack(ReturnRequest)
    }

    /// The most bytes of a line: a body's, and room for the envelope.
    static let lengthLimit = ReceiptLimits.body + 2048
    /// The most bytes of an Idempotency-Key.
    static let keyLimit = 255

    let key: String?
    let content: Content

    /// Reads a line. O(n).
    ///
    /// - Throws: what is wrong with its form.
    static func parse(_ line: [UInt8]) throws(Failure) -> BatchRow {
        if let row = usual(line) { return row }
        do throws(Failure) {
            return BatchRow(key: nil, content: .receipt(try ReceiptRequest.parse(line)))
        } catch {
            return try envelope(line, unless: error)
        }
    }

    private static let keyStart = Array("{\"idempotencyKey\":\"".utf8)
    private static let receiptStart = Array(",\"receipt\":".utf8)

    /// An envelope as our own programs write it; `nil` for anything else, right or wrong.
    private static func usual(_ line: [UInt8]) -> BatchRow? {
        guard line.starts(with: keyStart), line.last == UInt8(ascii: "}") else { return nil }
        let rest = line[keyStart.count...]
        guard let end = rest.firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || $0 < 0x20 }),
            line[end] == UInt8(ascii: "\""), end > keyStart.count, end - keyStart.count <= keyLimit
        else { return nil }
        let body = line[(end + 1)...]
        guard body.starts(with: receiptStart),
            let request = try? ReceiptRequest.parse(Array(body.dropFirst(receiptStart.count).dropLast())),
            let key = String(validating: rest[..<end], as: UTF8.self)
        else { return nil }
        return BatchRow(key: key, content: .receipt(request))
    }

    /// - Parameter failure: what is wrong with the line as the body of a receipt.
    private static func envelope(_ line: [UInt8], unless failure: Failure) throws(Failure) -> BatchRow {
        let limits = JSONLimits(bytes: lengthLimit, depth: ReceiptLimits.depth + 1)
        guard let object = try? JSONValue(parsing: line, limits: limits).object,
            object["receipt"] != nil || object["return"] != nil
        else { throw failure }
        var key: String?
        switch object["idempotencyKey"] {
        case nil, .null: break
        case .string(let text) where !text.isEmpty && text.utf8.count <= keyLimit: key = text
        default: throw Problem.badRequest(["reason": "an idempotencyKey is a text of 1 to 255 bytes"])
        }
        if let receipt = object["receipt"] {
            guard object["return"] == nil else {
                throw Problem.badRequest(["reason": "a row holds a receipt or a return, not both"])
            }
            return BatchRow(key: key, content: .receipt(try ReceiptRequest.parse(receipt)))
        }
        return BatchRow(key: key, content: .giveBack(try ReturnRequest.parse((object["return"] ?? .null).bytes)))
    }
}

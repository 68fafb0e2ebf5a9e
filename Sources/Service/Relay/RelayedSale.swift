import CanonicalJSON
import Catalogue
import Receipts

/// What is kept of a request while its outcome is open: sealed in `state.sqlite`. Never what may only be printed.
struct RelayedSale: Sendable {
    /// A receipt, or the return of one.
    enum Content: Sendable {
        case receipt(ReceiptRequest, answer: PosAPIReply.Issued?)
        case giveBack(ReturnRequest)
        /// A sale that this ledger cannot read. Nothing is kept of it but that it was sent.
        case unread
    }

    /// See ``Content/unread``.
    static let unread = RelayedSale(content: .unread, body: .null)

    private init(content: Content, body: JSONValue) {
        self.content = content
        self.body = body
    }

    var content: Content
    /// The body, without what may only be printed.
    private let body: JSONValue

    /// - Throws: what is wrong with the body.
    init(receipt body: [UInt8]) throws(Failure) {
        content = .receipt(try ReceiptRequest.parse(body), answer: nil)
        self.body = RelayedSale.kept(body)
    }

    init(giveBack body: [UInt8]) throws(Failure) {
        content = .giveBack(try ReturnRequest.parse(body))
        self.body = RelayedSale.kept(body)
    }

    private static func kept(_ body: [UInt8]) -> JSONValue {
        let limits = JSONLimits(bytes: ReceiptLimits.body, depth: ReceiptLimits.depth)
        return (try? JSONValue(parsing: body, limits: limits))?.withoutPrintedOnly ?? .null
    }

    /// The bytes to keep.
    var encoded: [UInt8] {
        switch content {
        case .unread: return JSONValue.object(["kind": "unread", "body": .null]).bytes
        case .giveBack: return JSONValue.object(["kind": "return", "body": body]).bytes
        case .receipt(_, let answer):
            var object: JSONObject = ["kind": "receipt", "body": body]
            if let answer {
                object["answer"] = [
                    "id": .string(answer.id.text), "date": .string(answer.date.description),
                    "receipts": .array(answer.subReceipts.map { ["id": .string($0.text)] }),
                ]
            }
            return JSONValue.object(object).bytes
        }
    }

    /// Reads what ``encoded`` wrote; `nil` for anything else.
    init?(decoding bytes: [UInt8]) {
        let limits = JSONLimits(bytes: 2 * ReceiptLimits.body, depth: ReceiptLimits.depth + 2)
        guard let value = try? JSONValue(parsing: bytes, limits: limits), let body = value["body"] else { return nil }
        self.body = body
        switch value["kind"]?.string {
        case "receipt":
            guard let request = try? ReceiptRequest.parse(body) else { return nil }
            var answer: PosAPIReply.Issued?
            if let kept = value["answer"] {
                guard case .issued(let issued) = PosAPIReply(status: 200, body: kept.bytes) else { return nil }
                answer = issued
            }
            content = .receipt(request, answer: answer)
        case "return":
            guard let request = try? ReturnRequest.parse(body.bytes) else { return nil }
            content = .giveBack(request)
        case "unread": content = .unread
        default: return nil
        }
    }
}

import CanonicalJSON
public import Catalogue

/// What another PosAPI said to a receipt, without what may only be printed.
public enum PosAPIReply: Hashable, Sendable {
    /// It issued the receipt.
    case issued(Issued)
    /// It says that it did not.
    case refused
    /// Nothing that tells whether it did.
    case unclear

    /// The numbers of a receipt that another PosAPI issued.
    public struct Issued: Hashable, Sendable {
        public let id: ReceiptID
        /// Of the sub-receipts, in their order; the header's where a PosAPI named none.
        public let subReceipts: [ReceiptID]
        public let date: ReceiptTime

        public init(id: ReceiptID, subReceipts: [ReceiptID], date: ReceiptTime) {
            self.id = id
            self.subReceipts = subReceipts
            self.date = date
        }
    }

    /// Reads the answer to `POST /rest/receipt`.
    ///
    /// A number with a date is a receipt, whatever the status beside it. A refusal is told by an HTTP status of 400 to 499 (clients see 400), or by
    /// 200 with a status `ERROR` or `PAYMENT` and no number (manual, page 16). Everything else leaves open what happened: a daemon that cannot
    /// write its database may say 500 after it issued the receipt.
    /// - Parameter status: the HTTP status.
    public init(status: Int, body: [UInt8]) {
        let value = try? JSONValue(parsing: body, limits: JSONLimits(bytes: ReceiptLimits.answer))
        let root = value?.object
        if let root, let issued = Issued(root) {
            self = .issued(issued)
            return
        }
        let hasNumber = root.flatMap { $0.value(ignoringCase: "id")?.string }.map { !$0.isEmpty } ?? false
        let word = root?.value(ignoringCase: "status")?.string?.asciiUppercased
        let saysNo =
            (400..<500).contains(status) && status != 408
            || (200..<300).contains(status) && (word == "ERROR" || word == "PAYMENT")
        self = !hasNumber && saysNo ? .refused : .unclear
    }
}

extension PosAPIReply.Issued {
    /// The numbers in an answer, or in a receipt that a PosAPI pushes; `nil` when there is no whole number or date.
    init?(_ root: JSONObject) {
        func text(_ object: JSONObject, _ name: String) -> String? { object.value(ignoringCase: name)?.string }
        guard let id = text(root, "id").flatMap({ ReceiptID($0) }),
            let date = text(root, "date").flatMap({ ReceiptTime($0) })
        else { return nil }
        let parts = root.value(ignoringCase: "receipts")?.array ?? []
        self.init(
            id: id,
            subReceipts: parts.map { part in
                part.object.flatMap { text($0, "id") }.flatMap { ReceiptID($0) } ?? id
            },
            date: date)
    }

    /// The receipt of a request that was answered with these numbers.
    public func receipt(for request: ReceiptRequest, way: FilingWay) -> IssuedReceipt {
        let count = request.receipts.count
        let parts = subReceipts.prefix(count) + Array(repeating: id, count: max(0, count - subReceipts.count))
        return IssuedReceipt(request: request, id: id, subReceiptIDs: Array(parts), date: date, way: way)
    }
}

/// A receipt that the merchant's PosAPI pushes (manual, chapter 11).
public struct PushedReceipt: Hashable, Sendable {
    /// What the PosAPI waits for.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Nothing: the answer is passed over.
        case sendOnly = "SEND_ONLY"
        /// The receipt back, else the sale does not happen.
        case sendAndReceive = "SEND_AND_RECEIVE"
        /// A payment to be carried out. Not this ledger's business.
        case payment = "PAYMENT"
    }

    public let kind: Kind
    /// `nil` when the PosAPI has not numbered it yet.
    public let receipt: IssuedReceipt?

    /// Reads `{"type": …, "receipt": {…}, "ipAddress": …, "macAddress": …}`.
    ///
    /// - Throws: `receipt-not-json`, `receipt-field-choice` and what reading a receipt throws.
    public static func parse(_ body: [UInt8]) throws(Failure) -> PushedReceipt {
        var root = try WireObject(try readBody(body).withoutPrintedOnly, at: "")
        // The manual itself prints the word with blanks around it.
        let word = try root.needed("type", limit: ReceiptLimits.short)
        let trimmed = word.split(separator: " ").joined(separator: " ").asciiUppercased
        guard let kind = Kind(rawValue: trimmed) else {
            throw root.choice("type", word, Kind.allCases.map(\.rawValue))
        }
        guard kind != .payment else { return PushedReceipt(kind: kind, receipt: nil) }
        guard case .object(let object) = root.take("receipt") ?? .null else { throw root.empty("receipt") }
        guard let issued = PosAPIReply.Issued(object) else { return PushedReceipt(kind: kind, receipt: nil) }
        let request = try ReceiptRequest.parse(.object(object)).withoutAnswer
        return PushedReceipt(kind: kind, receipt: issued.receipt(for: request, way: .beside))
    }
}

extension ReceiptRequest {
    /// Members of an answer that a request does not have.
    static let answerMembers = ["id", "version", "posId", "status", "message", "date", "easy", "lastSentDate"]

    /// The request in an answer that echoes it: without the numbers and what else a PosAPI added.
    public var withoutAnswer: ReceiptRequest {
        var request = self
        request.other = request.other.without(Self.answerMembers)
        for index in request.receipts.indices {
            request.receipts[index].other = request.receipts[index].other.without(["id", "bankAccountId"])
        }
        return request
    }
}

extension JSONObject {
    fileprivate func without(_ names: [String]) -> JSONObject {
        JSONObject(members.filter { member in !names.contains { JSONObject.equalIgnoringCase($0, member.name) } })
    }
}

extension PosAPIReply {
    /// A receipt in a list of those that a PosAPI remembers.
    public struct Remembered: Sendable {
        public let request: ReceiptRequest
        public let issued: Issued

        /// Reads an array of answers, or an object that holds one; `nil` for anything else. What in it is no receipt is passed over.
        public static func list(parsing body: [UInt8]) -> [Remembered]? {
            guard let value = try? JSONValue(parsing: body, limits: JSONLimits(bytes: ReceiptLimits.list)) else {
                return nil
            }
            let array = value.array ?? ["receipts", "data", "list"].lazy.compactMap { value[$0]?.array }.first
            return array?.compactMap { element in
                guard let object = element.object, let issued = Issued(object),
                    let request = try? ReceiptRequest.parse(element)
                else { return nil }
                return Remembered(request: request.withoutAnswer, issued: issued)
            }
        }
    }
}

extension ReceiptRequest {
    /// What is equal in a request and in the answer that echoes it: all but the suffix, which answers do not repeat.
    public var echo: [UInt8] {
        var request = withoutAnswer
        request.suffix = nil
        return request.canonicalBody
    }
}

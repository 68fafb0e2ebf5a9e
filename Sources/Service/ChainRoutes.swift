import CanonicalJSON
import Catalogue
import Filing
import Hummingbird
import LedgerEngine
import LedgerMerkle
import Receipts
import Registry

/// `GET /v1/chain`: a merchant's own chain, page by page.
struct ChainRoutes {
    /// The most records of one page.
    static let limit = 1000

    let office: Office
    /// What a merchant may ask for; `nil` for any number.
    var limits: MerchantLimits?

    func add(to router: Router<CallContext>) {
        router.get("v1/chain") { request, _ in
            let tin = try office.subject(request, as: .merchant)
            try limits?.takeRequest(of: tin)
            let query = request.uri.queryParameters
            let limit = try request.number("limit").map { Int(clamping: $0) } ?? 100
            guard (1...ChainRoutes.limit).contains(limit) else {
                throw Problem.badRequest(["reason": "limit is 1 to \(ChainRoutes.limit)"])
            }
            return Response(
                try office.chain(
                    of: tin, branch: query["branch"].map(String.init), till: query["till"].map(String.init),
                    before: query["before"].map(String.init), limit: limit))
        }
    }
}

extension Office {
    /// A part of a merchant's chain as JSON: all of it is checked, and the records of one till shown if one is named.
    ///
    /// - Parameters:
    ///   - before: the cursor that an earlier answer gave.
    ///   - depth: how many records to check; as many as are shown unless given.
    func chain(of tin: String, branch: String?, till: String?, before: String?, limit: Int, depth: Int? = nil) throws
        -> JSONValue
    {
        let start = try before.map { try index(ofCursor: $0, for: tin) }
        guard let report = try ChainDesk(registrar).chain(of: tin, before: start, limit: limit, depth: depth) else {
            return ["issuer": .string(tin), "length": 0, "records": [], "end": "beginning", "missing": []]
        }
        let shown = report.links.filter { link in
            guard let content = link.content, content.action != "returned" else { return till == nil && branch == nil }
            return (till == nil || content.till == till) && (branch == nil || content.branch == branch)
        }
        var answer: JSONObject = [
            "issuer": .string(tin), "keptBy": .string(report.keeper), "length": JSONValue(report.length),
        ]
        if let checked = report.checked {
            answer["checked"] = ["from": JSONValue(checked.lowerBound), "to": JSONValue(checked.upperBound)]
        }
        answer["records"] = .array(shown.map(ChainReport.json))
        answer["erased"] = .bool(report.hasErased)
        answer["before"] = report.next.map { .string(cursor(at: $0, for: tin)) }
        switch report.end {
        case .beginning: answer["end"] = "beginning"
        case .limit: answer["end"] = "limit"
        case .expired: answer["end"] = "expired"
        case .erased: answer["end"] = "erased"
        case .broken(let reason):
            answer["end"] = "broken"
            answer["reason"] = .string(reason)
        }
        answer["missing"] = .array(
            report.missing.filter { branch == nil || $0.branch == branch }.map { gap in
                [
                    "posNo": .string(gap.posNo), "branchNo": .string(gap.branch), "day": .string(gap.day),
                    "from": JSONValue(gap.numbers.lowerBound), "to": JSONValue(gap.numbers.upperBound),
                ]
            })
        return .object(answer)
    }
}

extension Office {
    /// Names an entry to the merchant whose chain leads there, and to nobody else.
    private func cursor(at index: UInt64, for tin: String) -> String {
        let mark = registrar.vault.stateHash("chain cursor", Array("\(tin)/\(index)".utf8)).prefix(8)
        return "\(index)-\(hexadecimal(Array(mark)))"
    }

    private func index(ofCursor text: String, for tin: String) throws(Failure) -> UInt64 {
        guard let index = text.split(separator: "-").first.flatMap({ UInt64($0) }), cursor(at: index, for: tin) == text
        else { throw Problem.badRequest(["reason": "before is what an earlier answer gave"]) }
        return index
    }
}

extension ChainReport {
    fileprivate static func json(_ link: Link) -> JSONValue {
        var object: JSONObject = [
            "sequence": JSONValue(link.sequence), "index": JSONValue(link.index), "recorded": JSONValue(link.recorded),
            "commitment": .string(link.commitment.description),
        ]
        guard let content = link.content else {
            object["erased"] = true
            return .object(object)
        }
        object["action"] = .string(content.action)
        object["id"] = .string(content.id)
        if !content.branch.isEmpty { object["branchNo"] = .string(content.branch) }
        if !content.till.isEmpty { object["posNo"] = .string(content.till) }
        if !content.total.isEmpty { object["totalAmount"] = .string(content.total) }
        return .object(object)
    }
}

import Catalogue
import HTTPTypes
import Hummingbird
import NIOCore
import Registry

/// `POST /v1/receipts:batch`: newline-delimited JSON in, a verdict for each row out (FORMATS.md, "Batches of receipts").
struct BatchRoutes {
    let office: Office
    let limits: BatchLimits
    /// What a merchant may ask for; `nil` for any number.
    var quota: MerchantLimits?

    /// For merchants, each with rows of its own.
    func add(to router: Router<CallContext>) {
        router.post("v1/receipts:batch") { request, _ in
            let tin = try office.subject(request, as: .merchant)
            try quota?.takeRequest(of: tin)
            return try run(request, tin: tin)
        }
    }

    /// For the operator, with rows of anybody.
    func addForOperator(to router: Router<CallContext>) {
        router.post("admin/receipts:batch") { request, _ in try run(request, tin: nil) }
    }

    private static let type = "application/x-ndjson"
    private static let types = [type, "application/ndjson", "application/jsonl"]

    private func run(_ request: Request, tin: String?) throws -> Response {
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.trimmed.lowercased() }
        guard let type, BatchRoutes.types.contains(type) else {
            throw Problem.wrongContentType(["expected": BatchRoutes.type])
        }
        var filing = BatchFiling(office: office, limits: limits, tin: tin)
        filing.language = request.language
        filing.quota = quota
        if let text = request.uri.queryParameters["evidence"] {
            guard let form = BatchFiling.EvidenceForm(rawValue: String(text)) else {
                throw Problem.badRequest(["reason": "evidence is \"reference\" or \"inline\""])
            }
            filing.form = form
        }
        let isGzip: Bool
        switch request.headers[.contentEncoding].map({ Substring($0).trimmed.lowercased() }) {
        case nil, "identity", "": isGzip = false
        case "gzip", "x-gzip": isGzip = true
        default: throw Problem.badRequest(["reason": "the Content-Encoding is gzip or none"])
        }
        guard limits.places.takeIfFree() else { throw Problem.batchTooMany() }
        // Given back also when the answer is never written.
        let place = HeldPermit(of: limits.places)
        let input = request.body.map { Array(buffer: $0) }
        let body = ResponseBody { [filing] writer in
            defer { place.giveBack() }
            try await filing.run(input, isGzip: isGzip) { lines in
                try await writer.write(ByteBuffer(bytes: lines))
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: BatchRoutes.type, .cacheControl: "no-store"], body: body)
    }
}

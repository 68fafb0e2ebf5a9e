import CanonicalJSON
import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Receipts

/// The PosAPI 3.0 listener: what a merchant's till speaks on its own network (manual chapters 5 to 10).
struct PosRoutes {
    let office: Office

    func add(to router: Router<CallContext>) {
        router.post("rest/receipt") { request, _ in try await file(request) }
        router.delete("rest/receipt") { request, _ in try await returnReceipt(request) }
        router.get("rest/info") { _, _ in info() }
        // The manual says send, every client sendData. Nothing is sent on from here in this mode.
        for path in ["rest/sendData", "rest/send"] {
            router.get(RouterPath(path)) { _, _ in Response([:]) }
        }
        router.get("rest/bankAccounts") { request, _ in
            let tin = request.uri.queryParameters["tin"].map(String.init) ?? ""
            return Response(PosAPIAnswer.bankAccounts(of: office.register.merchant(tin: tin)))
        }
    }

    private func file(_ request: Request) async throws -> Response {
        try request.requireType("application/json")
        let body = try await request.bytes(limit: FilingRoutes.receiptLimit)
        let receipt = try await office.receipts.file(body)
        // A repetition, read from its record, gets the same bytes.
        let merchant = office.register.merchant(tin: receipt.issued.request.merchant)
        var response = Response(
            PosAPIAnswer.receipt(
                receipt.issued, identity: office.settings.posIdentity, qrData: office.evidenceLink(of: receipt.filed),
                accounts: merchant?.bankAccounts ?? []))
        office.name(receipt.filed, in: &response)
        return response
    }

    private func returnReceipt(_ request: Request) async throws -> Response {
        try request.requireType("application/json")
        let record = try await office.receipts.returnReceipt(try await request.bytes(limit: FilingRoutes.receiptLimit))
        var response = Response(status: .ok)
        office.name(record, in: &response)
        return response
    }

    private func info() -> Response {
        let merchants = office.register.all.compactMap { issuer -> Merchant? in
            if case .merchant(let merchant) = issuer, !merchant.suspended { merchant } else { nil }
        }
        let now = ReceiptTime(unixMilliseconds: Int64(office.clock.now()))
        return Response(
            PosAPIAnswer.info(
                office.settings.posIdentity, merchants: merchants, lastSent: now, tables: office.receipts.tables))
    }
}

/// Lets only callers in that meant this listener: a page in a browser on the same machine cannot reach it by a name of its own
/// (DNS rebinding), nor with a form.
struct LoopbackHostMiddleware<Context: RequestContext>: RouterMiddleware {
    static var hosts: Set<String> { ["localhost", "127.0.0.1", "[::1]"] }

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        let authority = request.head.authority ?? ""
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        guard
            LoopbackHostMiddleware.hosts.contains(host.lowercased())
                || ListenAddress(host: String(host), port: 0).isLoopback
        else {
            throw Problem.hostRefused()
        }
        return try await next(request, context)
    }
}

import Catalogue
import HTTPTypes
import Hummingbird

/// The PosAPI 3.0 listener: what a merchant's till speaks on its own network (manual chapters 5 to 10).
struct PosRoutes {
    let desk: PosDesk

    func add(to router: Router<CallContext>) {
        router.post("rest/receipt") { request, _ in
            try request.requireType("application/json")
            return response(try await desk.file(try await request.bytes(limit: FilingRoutes.receiptLimit)))
        }
        router.delete("rest/receipt") { request, _ in
            try request.requireType("application/json")
            return response(try await desk.giveBack(try await request.bytes(limit: FilingRoutes.receiptLimit)))
        }
        router.get("rest/info") { _, _ in Response(await desk.information()) }
        // The manual says send, every client sendData.
        for path in ["rest/sendData", "rest/send"] {
            router.get(RouterPath(path)) { _, _ in response(try await desk.sendData()) }
        }
        router.get("rest/bankAccounts") { request, _ in
            let tin = request.uri.queryParameters["tin"].map(String.init) ?? ""
            return response(try await desk.bankAccounts(tin: tin))
        }
    }

    private func response(_ answer: PosDesk.Answer) -> Response {
        let status = HTTPResponse.Status(code: answer.status)
        var response = Response(status: status)
        if !answer.body.isEmpty {
            response = Response(
                bytes: answer.body, type: answer.type ?? "application/json; charset=utf-8", status: status)
            response.headers[.cacheControl] = "no-store"
        }
        if let filed = answer.filed { desk.office.name(filed, in: &response) }
        return response
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

import Catalogue
import HTTPTypes
import Hummingbird

/// The desk that takes a request: one for every till on this machine, one for each caller of a shop.
typealias PosDesks = @Sendable (Request, CallContext) async throws -> PosDesk

/// PosAPI 3.0: what a merchant's till speaks (manual chapters 5 to 10).
struct PosRoutes {
    let desks: PosDesks

    func add(to router: some RouterMethods<CallContext>) {
        router.post("rest/receipt") { request, context in
            try request.requireType("application/json")
            let desk = try await desks(request, context)
            return response(try await desk.file(try await request.bytes(limit: FilingRoutes.receiptLimit)), desk)
        }
        router.delete("rest/receipt") { request, context in
            try request.requireType("application/json")
            let desk = try await desks(request, context)
            return response(try await desk.giveBack(try await request.bytes(limit: FilingRoutes.receiptLimit)), desk)
        }
        router.get("rest/info") { request, context in
            Response(await (try await desks(request, context)).information())
        }
        // The manual says send, every client sendData.
        for path in ["rest/sendData", "rest/send"] {
            router.get(RouterPath(path)) { request, context in
                let desk = try await desks(request, context)
                return response(try await desk.sendData(), desk)
            }
        }
        router.get("rest/bankAccounts") { request, context in
            let desk = try await desks(request, context)
            let tin = request.uri.queryParameters["tin"].map(String.init) ?? ""
            return response(try await desk.bankAccounts(tin: tin), desk)
        }
    }

    private func response(_ answer: PosDesk.Answer, _ desk: PosDesk) -> Response {
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

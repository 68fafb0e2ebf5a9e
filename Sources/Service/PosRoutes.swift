import CanonicalJSON
import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import NIOHTTP1
import Receipts

/// The PosAPI 3.0 listener: what a merchant's till speaks on its own network (manual chapters 5 to 10).
struct PosRoutes {
    let office: Office
    let relay: RelayDesk

    func add(to router: Router<CallContext>) {
        router.post("rest/receipt") { request, _ in try await file(request) }
        router.delete("rest/receipt") { request, _ in try await returnReceipt(request) }
        router.get("rest/info") { _, _ in await info() }
        // The manual says send, every client sendData. Who works alone sends nothing on.
        for path in ["rest/sendData", "rest/send"] {
            router.get(RouterPath(path)) { _, _ in try await sendData() }
        }
        router.get("rest/bankAccounts") { request, _ in
            let tin = request.uri.queryParameters["tin"].map(String.init) ?? ""
            if let address = try relay.address(of: tin),
                case .answered(let reply) = await relay.client.send(
                    .GET, "/rest/bankAccounts?tin=\(tin)", [], to: address)
            {
                return Response(reply)
            }
            return Response(PosAPIAnswer.bankAccounts(of: office.register.merchant(tin: tin)))
        }
    }

    private func file(_ request: Request) async throws -> Response {
        try request.requireType("application/json")
        let body = try await request.bytes(limit: FilingRoutes.receiptLimit)
        let parsed = Result { () throws(Failure) in try ReceiptRequest.parse(body) }
        if let address = try relayAddress(parsed, body) {
            let answer = try await relay.file(body, to: address)
            var response = Response(answer.reply)
            if let filed = answer.filed { office.name(filed, in: &response) }
            return response
        }
        let sale = try parsed.get()
        if office.register.merchant(tin: sale.merchant)?.way == .beside {
            throw Problem.receiptBeside(["tin": sale.merchant])
        }
        let receipt = try await office.receipts.receipt(of: try office.receipts.submit(sale))
        // A repetition, read from its record, gets the same bytes.
        let merchant = office.register.merchant(tin: receipt.issued.request.merchant)
        var response = Response(
            PosAPIAnswer.receipt(
                receipt.issued, identity: office.settings.posIdentity, qrData: office.evidenceLink(of: receipt.filed),
                accounts: merchant?.bankAccounts ?? []))
        office.name(receipt.filed, in: &response)
        return response
    }

    /// Where the PosAPI is that a sale goes to; also of one that cannot be read here, as long as it names its merchant.
    private func relayAddress(_ parsed: Result<ReceiptRequest, Failure>, _ body: [UInt8]) throws -> String? {
        switch parsed {
        case .success(let request): return try relay.address(of: request.merchant)
        case .failure:
            let value = try? JSONValue(parsing: body, limits: JSONLimits(bytes: FilingRoutes.receiptLimit))
            let tin = value?.object?.value(ignoringCase: "merchantTin")
            return try (tin?.string ?? tin?.number?.text).flatMap { try relay.address(of: $0) }
        }
    }

    private func returnReceipt(_ request: Request) async throws -> Response {
        try request.requireType("application/json")
        let body = try await request.bytes(limit: FilingRoutes.receiptLimit)
        if let merchant = try? ReturnRequest.parse(body).merchant(in: office.register),
            let address = try relay.address(of: merchant.tin)
        {
            let answer = try await relay.giveBack(body, to: address)
            var response = Response(answer.reply)
            if let filed = answer.filed { office.name(filed, in: &response) }
            return response
        }
        let record = try await office.receipts.returnReceipt(body)
        var response = Response(status: .ok)
        office.name(record, in: &response)
        return response
    }

    /// Lets the PosAPIs behind this ledger send what they hold.
    private func sendData() async throws -> Response {
        for address in relay.addresses {
            switch await relay.client.send(.GET, "/rest/sendData", [], to: address) {
            case .answered(let reply) where (200..<300).contains(reply.status): continue
            case .answered(let reply): return Response(reply)
            case .notSent(let reason): throw Problem.relayNotReached(["reason": reason])
            case .unclear: throw Problem.relayOutcomeUnknown()
            }
        }
        return Response([:])
    }

    private func info() async -> Response {
        let merchants = office.register.all.compactMap { issuer -> Merchant? in
            if case .merchant(let merchant) = issuer, !merchant.suspended { merchant } else { nil }
        }
        let now = ReceiptTime(unixMilliseconds: Int64(office.clock.now()))
        var answer = PosAPIAnswer.info(
            office.settings.posIdentity, merchants: merchants, lastSent: now, tables: office.receipts.tables)
        // With one PosAPI behind this ledger its own answer is the right one: number, lotteries left, last sending.
        if relay.addresses.count == 1, let address = relay.addresses.first,
            case .answered(let reply) = await relay.client.send(.GET, "/rest/info", [], to: address),
            reply.status == 200, let theirs = try? JSONValue(parsing: reply.body), theirs.object != nil
        {
            answer = theirs
        }
        guard var object = answer.object else { return Response(answer) }
        object["tamga"] = .array(
            merchants.map { merchant in
                let way = merchant.way ?? .alone
                return [
                    "tin": .string(merchant.tin), "way": .string(way.rawValue),
                    "mn": .string(way.explanation.mn), "en": .string(way.explanation.en),
                ]
            })
        return Response(.object(object))
    }
}

extension Response {
    /// Another PosAPI's answer, as it came.
    fileprivate init(_ reply: PosAPIClient.Reply) {
        self.init(
            bytes: reply.body, type: reply.type ?? "application/json; charset=utf-8",
            status: HTTPResponse.Status(code: reply.status))
        headers[.cacheControl] = "no-store"
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

import CanonicalJSON
import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import LedgerEngine
public import Logging
import NIOCore
import NIOPosix
import Receipts
import ServiceLifecycle
import UnixSignals

/// A host and a port, as an operator writes them: `127.0.0.1:8080`, `[::1]:8080`.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    public let host: String
    public let port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`; `nil` for anything else.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = port
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// The listeners over one office: the API, the PosAPI, and the operator's socket.
public struct Server: Sendable {
    /// How long a stop waits for what is under way.
    static let stopTimeLimit = Duration.seconds(20)
    /// How long a silent connection is kept.
    static let idleTimeout = TimeAmount.seconds(60)

    let office: Office
    let logger: Logger
    private let connections: ConnectionLimits
    private let batches = BatchLimits()
    private let relay: RelayDesk
    private let limits: MerchantLimits
    private let shops: TLSListener?
    private let secure: TLSListener?
    private let revocation: RevocationKeeper?
    private let registry: RegistryDesk
    private let signIns = SignInGuard()
    private let imports = ImportTurns()

    /// - Parameters:
    ///   - descriptorLimit: how many files and connections the process may have open.
    ///   - shops: where shops reach the PosAPI over a network; `nil` for nowhere.
    ///   - secure: where the API and all pages are reached over a network; `nil` for nowhere.
    ///   - revocation: what fetches CRLs and asks OCSP responders; `nil` for nothing.
    /// - Throws: when the registry can neither be opened nor begun anew.
    public init(
        office: Office, logger: Logger, descriptorLimit: Int, shops: TLSListener? = nil, secure: TLSListener? = nil,
        revocation: RevocationKeeper? = nil
    ) throws {
        self.revocation = revocation
        self.shops = shops
        self.secure = secure
        registry = try RegistryDesk(office: office, logger: logger)
        limits = MerchantLimits(
            MerchantLimits.Rates(
                requestsPerSecond: office.settings.requestsPerSecond, receiptsPerDay: office.settings.receiptsPerDay),
            clock: office.clock)
        self.office = office
        self.logger = logger
        relay = RelayDesk(office: office, logger: logger)
        connections = ConnectionLimits(
            descriptorLimit: descriptorLimit, publicListeners: 2 + (shops == nil ? 0 : 1) + (secure == nil ? 0 : 1))
    }

    /// Serves until SIGTERM or SIGINT, then finishes what is under way.
    ///
    /// - Parameters:
    ///   - adminSocket: the path of the operator's socket.
    ///   - onReady: called once with the bound addresses of API and PosAPI, when both listen.
    /// - Throws: when a listener cannot be bound.
    public func run(
        api: ListenAddress, posAPI: ListenAddress, adminSocket: String,
        onReady: @escaping @Sendable (String, String) -> Void
    ) async throws {
        try relay.begin()
        let ready = ReadyCount(of: 3 + (shops == nil ? 0 : 1) + (secure == nil ? 0 : 1)) { addresses in
            onReady(addresses["api"] ?? "", addresses["posapi"] ?? "")
        }
        var services: [any Service] = [
            relay, RegistryReader(desk: registry, logger: logger),
            ActIndexReader(index: office.actIndex, changes: ChangeTeller(office, logger: logger), logger: logger),
            DocumentSweeper(office: office, logger: logger),
            KeptFilesReader(office: office, logger: logger),
            AccessCloser(office: office, logger: logger),
            try application(apiRouter(isOverTLS: false), "api", .hostname(api.host, port: api.port), ready),
            try application(posRouter, "posapi", .hostname(posAPI.host, port: posAPI.port), ready),
            try application(adminRouter, "admin", .unixDomainSocket(path: adminSocket), ready),
        ]
        if let mail = office.settings.mail {
            services.append(
                MailSender(
                    desk: office.notices, server: mail, publicURL: office.settings.publicURL, clock: office.clock,
                    logger: logger))
        }
        if let revocation { services.append(revocation) }
        services.append(ApprovalExpiry(desk: office.approvals, logger: logger))
        if let secure {
            services.append(
                try application(
                    apiRouter(isOverTLS: true), "api-tls", .hostname(secure.address.host, port: secure.address.port),
                    ready,
                    tls: secure.plainChannel))
        }
        if let shops {
            services.append(
                try application(
                    shopRouter, "shops", .hostname(shops.address.host, port: shops.address.port), ready,
                    tls: shops.channel))
        }
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, failureTerminationBehavior: .cancelGroup) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Server.stopTimeLimit
        let group = ServiceGroup(configuration: configuration)
        try await group.run()
    }

    private func application(
        _ router: Router<CallContext>, _ name: String, _ address: BindAddress, _ ready: ReadyCount,
        tls: TLSChannelConfiguration? = nil
    ) throws -> some ApplicationProtocol {
        let server = HTTPServerBuilder.http1(configuration: http(name))
        return Application(
            router: router,
            server: try tls.map { try .tls(server, configuration: $0) } ?? server,
            configuration: ApplicationConfiguration(
                address: address, serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    name == "admin" ? connections.admin : connections.each)),
            onServerRunning: { channel in await ready.bound(name, "\(channel.localAddress?.port ?? 0)") },
            logger: logger)
    }

    /// Where bodies are taken as they come, however long that is, by listener.
    static let streams: [String: Set<String>] = [
        "api": ["/v1/receipts:batch"], "api-tls": ["/v1/receipts:batch"], "admin": ["/admin/receipts:batch"],
    ]

    /// How connections are served: silent and slow ones end.
    private func http(_ listener: String) -> HTTP1Channel.Configuration {
        let clock = office.clock
        let isPosAPI = listener == "posapi" || listener == "shops"
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                SlowBodyHandler(streams: Server.streams[listener] ?? [], patience: DocumentSweeper.patience) { limit in
                    let failure = Problem.bodyTooSlow(["seconds": String(limit.nanoseconds / 1_000_000_000)])
                    guard isPosAPI else {
                        return ("application/problem+json; charset=utf-8", Response.problem(failure, .en).bytes)
                    }
                    let time = ReceiptTime(unixMilliseconds: Int64(clock.now()))
                    return ("application/json; charset=utf-8", PosAPIAnswer.error(failure, .mn, at: time).bytes)
                }
            ], idleTimeout: Server.idleTimeout)
    }

    /// Lets go of what a server holds that never ran.
    func discard() async {
        await relay.client.shutDown()
        await revocation?.shutDown()
    }

    /// What each listener for programs answers, by name.
    var routers: [String: Router<CallContext>] {
        ["api": apiRouter(isOverTLS: false), "posapi": posRouter, "shops": shopRouter]
    }

    private func apiRouter(isOverTLS: Bool) -> Router<CallContext> {
        let router = Router(context: CallContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: AccessLogMiddleware(listener: "api"))
        router.add(middleware: FailureMiddleware { failure, request in Response(failure, in: request.language) })
        LedgerRoutes(ledger: office.ledger, keptFiles: office.keptFiles).add(to: router)
        // Who comes over a network is held to the merchant's limits.
        let quota = isOverTLS ? limits : nil
        FilingRoutes(office: office, limits: quota).add(to: router)
        BatchRoutes(office: office, limits: batches, quota: quota).add(to: router)
        ChainRoutes(office: office, limits: quota).add(to: router)
        PaperRoutes(office: office).add(to: router)
        DeedRoutes(office: office).add(to: router)
        ValidationRoutes(folder: office.deeds.validation.folder).add(to: router)
        DocumentRoutes(office: office).add(to: router)
        ContactRoutes(office: office).add(to: router)
        OpenAPIRoutes().add(to: router)
        addConsoles(to: router, isOverTLS: isOverTLS, isForShops: false)
        return router
    }

    private func addConsoles(
        to router: some RouterMethods<CallContext>, isOverTLS: Bool, isForShops: Bool
    ) {
        let console = Console(
            office: office, registry: registry, relay: relay, batches: batches, signIns: signIns, imports: imports,
            isOverTLS: isOverTLS,
            limits: isOverTLS ? limits : nil,
            logger: logger)
        router.get(RouterPath(Style.path)) { _, _ in
            var response = Response(bytes: Array(Style.sheet.utf8), type: "text/css; charset=utf-8")
            response.headers[.cacheControl] = "max-age=3600"
            return response
        }
        MerchantConsole(console: console).add(to: router)
        // Shops have no business with acts.
        guard !isForShops else { return }
        router.get(RouterPath(NotaryScript.path)) { _, _ in
            var response = Response(bytes: Array(NotaryScript.text.utf8), type: "text/javascript; charset=utf-8")
            response.headers[.cacheControl] = "max-age=3600"
            return response
        }
        NotaryConsole(console: console).add(to: router)
        CitizenPages(console: console).add(to: router)
        OperatorConsole(console: console).add(to: router)
    }

    private var posRouter: Router<CallContext> {
        let router = Router(context: CallContext.self)
        router.add(middleware: AccessLogMiddleware(listener: "posapi"))
        router.add(middleware: posFailures)
        router.add(middleware: LoopbackHostMiddleware())
        let desk = PosDesk(office: office, relay: relay)
        addPosAPI(to: router) { _, _ in desk }
        return router
    }

    /// Failures in the form of the PosAPI.
    private var posFailures: FailureMiddleware<CallContext> {
        let clock = office.clock
        return FailureMiddleware { failure, _ in
            let time = ReceiptTime(unixMilliseconds: Int64(clock.now()))
            var response = Response(
                PosAPIAnswer.error(failure, .mn, at: time), status: HTTPResponse.Status(code: failure.problem.status))
            if failure.problem.status == 503 { response.headers[.retryAfter] = "1" }
            if failure.problem.status == 429 { response.headers[.retryAfter] = failure.details["seconds"] ?? "60" }
            if failure.problem.status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
            return response
        }
    }

    private func addPosAPI(to router: some RouterMethods<CallContext>, desks: @escaping PosDesks) {
        PosRoutes(desks: desks).add(to: router)
        PosAPI2Routes(desks: desks).add(to: router)
        PushRoutes(desks: desks, logger: logger).add(to: router)
        AuthorityRoutes(desks: desks).add(to: router)
    }

    /// What shops reach over TLS: the same, for whoever shows a token or a certificate, within the merchant's limits.
    private var shopRouter: Router<CallContext> {
        let router = Router(context: CallContext.self)
        router.add(middleware: AccessLogMiddleware(listener: "shops"))
        router.add(middleware: posFailures)
        let (office, relay, limits) = (office, relay, limits)
        let desks: PosDesks = { request, context in
            let caller = try await office.shopCaller(request, context)
            try limits.takeRequest(of: caller.tin)
            return PosDesk(office: office, relay: relay, caller: caller, limits: limits)
        }
        addPosAPI(to: router, desks: desks)
        addPosAPI(to: router.group("t/:token"), desks: desks)
        addConsoles(to: router, isOverTLS: true, isForShops: true)
        return router
    }

    private var adminRouter: Router<CallContext> {
        let router = Router(context: CallContext.self)
        let desk = AdminDesk(office, asker: "command line")
        router.add(
            middleware: FailureMiddleware(isForOperator: true) { failure, request in
                Response(failure, in: request.language)
            })
        BatchRoutes(office: office, limits: batches).addForOperator(to: router)
        DocumentRoutes(office: office).addForOperator(to: router)
        PaperRoutes(office: office).addForOperator(to: router)
        router.post("admin/:command") { request, context in
            let body = try await request.bytes(limit: 64 << 20)
            let input: JSONValue
            do {
                input = try JSONValue(parsing: body, limits: JSONLimits(bytes: 64 << 20))
            } catch {
                throw Problem.badRequest(["reason": "\(error)"])
            }
            return Response(try await desk.run(context.parameters.get("command") ?? "", input))
        }
        return router
    }
}

/// Calls back once when all listeners are bound.
private actor ReadyCount {
    private var addresses: [String: String] = [:]
    private let count: Int
    private let onReady: @Sendable ([String: String]) -> Void

    init(of count: Int, _ onReady: @escaping @Sendable ([String: String]) -> Void) {
        self.count = count
        self.onReady = onReady
    }

    func bound(_ name: String, _ port: String) {
        addresses[name] = port
        if addresses.count == count { onReady(addresses) }
    }
}

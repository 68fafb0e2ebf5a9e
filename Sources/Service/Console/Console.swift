import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Logging
import Receipts
import Registry

/// The consoles: pages for merchants, notaries and the operator, rendered here. They need no script; the notary's have one that helps.
struct Console: Sendable {
    /// The largest form, bytes, but for the page that takes a file.
    static let formLimit = 1 << 20

    let office: Office
    let registry: RegistryDesk
    let relay: RelayDesk
    let batches: BatchLimits
    let signIns: SignInGuard
    let imports: ImportTurns
    /// Whether everybody reaches this listener over TLS.
    let isOverTLS: Bool
    /// What a merchant's shops may ask for, where they come over a network.
    let limits: MerchantLimits?
    let logger: Logger
    /// Pages that are read together: they block on files.
    private static let readers = Permits(4)
    /// Such pages for whoever needs no account: however many ask, they keep nobody else waiting.
    private static let publicReaders = Permits(2)

    var sessions: Sessions { Sessions(office: office) }

    /// Passwords and cookies go over TLS, or stay on this machine.
    private func requireProtection(_ context: CallContext) throws(Failure) {
        let address = context.remoteAddress?.ipAddress ?? ""
        let isLocal = address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
        guard isOverTLS || isLocal || office.settings.publicURL.hasPrefix("https://") else {
            throw Problem.consoleNotProtected()
        }
    }

    // MARK: Handlers

    typealias Handler = @Sendable (Request, CallContext) async throws -> Response

    /// A page that anybody may see.
    func open(_ area: ConsoleArea, _ body: @escaping Handler) -> Handler {
        { request, context in
            do {
                try requireProtection(context)
                return try await body(request, context)
            } catch {
                return failurePage(error, area, request, nil)
            }
        }
    }

    /// A page for who is signed in; others are sent to sign in.
    func page(
        _ area: ConsoleArea, _ body: @escaping @Sendable (Request, CallContext, Visitor) async throws -> Response
    ) -> Handler {
        { request, context in
            var visitor: Visitor?
            do {
                try requireProtection(context)
                visitor = try self.visitor(request, area)
                guard let visitor else { return Console.redirect(to: "\(area.path)/sign-in") }
                return try await body(request, context, visitor)
            } catch {
                return failurePage(error, area, request, visitor)
            }
        }
    }

    /// Such a page, read on a thread of its own.
    func view(
        _ area: ConsoleArea, _ body: @escaping @Sendable (Request, CallContext, Visitor) throws -> Response
    ) -> Handler {
        page(area) { request, context, visitor in
            try await Console.read { try body(request, context, visitor) }
        }
    }

    /// Runs what blocks on files where it keeps nobody else waiting.
    static func read<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await read(in: readers, body)
    }

    /// The same for whoever needs no account.
    static func readForPublic<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await read(in: publicReaders, body)
    }

    private static func read<R: Sendable>(
        in places: Permits, _ body: @escaping @Sendable () throws -> R
    ) async throws -> R {
        try await places.take()
        let place = HeldPermit(of: places)
        defer { place.giveBack() }
        return try await onThreadOfItsOwn { _ in try body() }
    }

    /// What a form of such a page sends. One without the session's key is refused.
    func form(
        _ area: ConsoleArea, limit: Int = Console.formLimit,
        _ body: @escaping @Sendable (FormBody, CallContext, Visitor) async throws -> Response
    ) -> Handler {
        page(area) { request, context, visitor in
            let form = try await read(request, limit: limit)
            guard constantTimeEquals(form["key"], visitor.formKey) else { throw Problem.consoleFormForeign() }
            // A body may take its time: the session, or the token that it began with, may have ended meanwhile.
            guard let visitor = try self.visitor(request, area) else {
                return Console.redirect(to: "\(area.path)/sign-in")
            }
            return try await body(form, context, visitor)
        }
    }

    func read(_ request: Request, limit: Int) async throws -> FormBody {
        try requireOwnSite(request)
        let type = request.headers[.contentType] ?? ""
        return try FormBody.parse(try await request.bytes(limit: limit), type: type)
    }

    /// Refuses what a page of another site sends.
    func requireOwnSite(_ request: Request) throws(Failure) {
        // A browser says whence a form comes; one of another site is refused before it is read.
        if let name = HTTPField.Name("Sec-Fetch-Site"), let site = request.headers[name],
            site != "same-origin", site != "none"
        {
            throw Problem.consoleFormForeign()
        }
        if let name = HTTPField.Name("Origin"), let origin = request.headers[name], origin != "null",
            let authority = request.head.authority,
            !["http://\(authority)", "https://\(authority)"].contains(origin),
            !"\(office.settings.publicURL)/".hasPrefix("\(origin)/")
        {
            throw Problem.consoleFormForeign()
        }
    }

    /// Who is signed in to a console; `nil` for nobody.
    func visitor(_ request: Request, _ area: ConsoleArea) throws -> Visitor? {
        guard let visitor = try sessions.visitor(request) else { return nil }
        switch (area, visitor.holder.role) {
        case (.merchant, .merchant): return office.register.merchant(tin: visitor.subject) == nil ? nil : visitor
        case (.notary, .notary):
            guard let notary = office.register.notary(code: visitor.subject), !notary.suspended else { return nil }
            return visitor
        case (.operator, .operator): return visitor
        default: return nil
        }
    }

    static func redirect(to path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path, .cacheControl: "no-store"])
    }

    private func failurePage(_ error: any Error, _ area: ConsoleArea, _ request: Request, _ visitor: Visitor?)
        -> Response
    {
        var failure = Failure(from: error) ?? Failure(http: error)
        if failure.problem.status >= 500, failure.problem.status != 503 {
            logger.error("a page failed", metadata: ["error": "\(error)"])
        }
        if [.ledgerDamaged, .ledgerUnusable].contains(failure.problem) { failure = Problem.internalError() }
        let say = Speaker(language: visitor?.language ?? sessions.language(request))
        var page = Page(
            area: area, say: say, title: say("Болсонгүй", "That did not work"),
            content: """
                \(Page.note(failure, say))
                <p><a href="\(area.path)">\(say("Эхлэл рүү буцах", "Back to the first page"))</a></p>
                """)
        page.visitor = visitor
        var response = page.response(status: HTTPResponse.Status(code: failure.problem.status))
        if failure.problem.status == 503 { response.headers[.retryAfter] = "1" }
        if failure.problem.status == 429 { response.headers[.retryAfter] = failure.details["seconds"] ?? "60" }
        return response
    }

    // MARK: What all consoles have

    func addCommon(to router: some RouterMethods<CallContext>, _ area: ConsoleArea) {
        let path = area.rawValue
        router.get("\(path)/sign-in", use: open(area) { request, _ in signInPage(area, request) })
        router.post(
            "\(path)/sign-in",
            use: open(area) { request, context in try await signIn(area, request, context) })
        router.post(
            "\(path)/sign-out",
            use: form(area) { _, _, visitor in
                try office.consoles.end(session: visitor.session)
                var response = Console.redirect(to: "\(area.path)/sign-in")
                response.headers[.setCookie] = Sessions.endingCookie
                return response
            })
        router.get("\(path)/**", use: open(area) { _, _ in throw Problem.notFound() })
        addLanguage(to: router, area)
    }

    /// Where the other language is chosen.
    func addLanguage(to router: some RouterMethods<CallContext>, _ area: ConsoleArea) {
        router.get(
            "\(area.rawValue)/language",
            use: open(area) { request, _ in
                let query = request.uri.queryParameters
                guard let language = query["to"].flatMap({ Language(rawValue: String($0)) }) else {
                    throw Problem.notFound()
                }
                // Only to a page of this console.
                let back = query["back"].map(String.init) ?? ""
                let isOwn = back == area.path || ["/", "?"].contains { back.hasPrefix(area.path + $0) }
                let isPlain = back.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }
                var response = Console.redirect(to: isOwn && isPlain ? back : area.path)
                response.headers[.setCookie] = Sessions.cookie(
                    Sessions.languageCookie, language.rawValue, seconds: 365 * 86_400)
                return response
            })
    }
}

/// Compares two texts of equal length in a time that says nothing of their difference.
func constantTimeEquals(_ one: String, _ other: String) -> Bool {
    guard one.utf8.count == other.utf8.count else { return false }
    return zip(one.utf8, other.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}

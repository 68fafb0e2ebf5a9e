import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Registry

/// The notary's console: registration from draft to signature, acts and their changes, search, the register book, the office.
struct NotaryConsole: Sendable {
    /// The largest form, bytes: a draft of 256 KiB, percent-encoded.
    private static let formLimit = 2 << 20

    let console: Console

    var office: Office { console.office }

    func add(to router: some RouterMethods<CallContext>) {
        console.addCommon(to: router, .notary)
        router.get("notary", use: looked(.book) { try todayPage($0, $2) })
        router.get("notary/new", use: view { try newPage($0, $2) })
        router.post("notary/drafts", use: form { form, _, visitor in try await submit(form, nil, visitor) })
        router.get("notary/drafts/:id", use: view { try draftPage($0, try id($1), $2) })
        router.post("notary/drafts/:id", use: form { try await submit($0, try id($1), $2) })
        router.post("notary/drafts/:id/delete", use: form { try deleteDraft(try id($1), $2) })
        router.get("notary/drafts/:id/preview", use: looked(.statementSearch) { try previewPage(try id($1), $2) })
        router.get("notary/drafts/:id/statement.txt", use: view { try statementFile(try id($1), $2) })
        router.post("notary/drafts/:id/register", use: signingForm { try await register($0, try id($1), $2) })
        router.get("notary/acts/:number", use: looked(.record) { try actPage($0.asked("done"), number($1), $2) })
        router.get("notary/acts/:number/evidence", use: looked(.evidence) { try evidence($0, number($1), $2) })
        router.get("notary/acts/:number/change", use: looked(.record) { try changePage($0, number($1), $2) })
        router.get("notary/fees/:index", use: view { try actOfReceipt($1.parameters.get("index") ?? "", $2) })
        addDocuments(to: router)
        addNotices(to: router)
        router.get("notary/change", use: view { request, _, visitor in try changeOfOther(request, visitor) })
        router.get("notary/search", use: view { try searchPage(SearchAsked(), $2) })
        router.post(
            "notary/search",
            use: form { form, _, visitor in
                let found = try await Console.read { try search(SearchAsked(form), visitor) }
                return try await log(found, .record, detail: "/notary/search", visitor)
            })
        router.get("notary/book", use: looked(.book) { try bookPage($0, $2) })
        router.get("notary/book.csv", use: view { try bookFile($0, $2) })
        addPaper(to: router)
        router.get("notary/office", use: view { try officePage($2) })
        router.post("notary/office", use: form { form, _, visitor in try await setPassword(form, visitor) })
        addHandOver(to: router)
        addLog(to: router)
    }

    func view(_ body: @escaping @Sendable (Request, CallContext, Visitor) throws -> Response) -> Console.Handler {
        console.view(.notary, body)
    }

    func form(_ body: @escaping @Sendable (FormBody, CallContext, Visitor) async throws -> Response)
        -> Console.Handler
    {
        console.form(.notary, limit: NotaryConsole.formLimit, body)
    }

    /// A form that may bring a signed PDF: few of those are read at a time.
    private func signingForm(_ body: @escaping @Sendable (FormBody, CallContext, Visitor) async throws -> Response)
        -> Console.Handler
    {
        let form = console.form(.notary, limit: DeedRoutes.pdfLimit + NotaryConsole.formLimit, body)
        return console.page(.notary) { request, context, visitor in
            let length = request.headers[.contentLength].flatMap { Int($0) }
            if let length, length <= NotaryConsole.formLimit { return try await form(request, context) }
            let place = try await DeedRoutes.pdfs.take(for: visitor.subject)
            defer { place.giveBack() }
            return try await form(request, context)
        }
    }

    private func id(_ context: CallContext) throws(Failure) -> Int64 {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }) else { throw Problem.notFound() }
        return id
    }

    private func number(_ context: CallContext) -> String { context.parameters.get("number") ?? "" }

    // MARK: Pages

    func notary(_ visitor: Visitor) throws -> Notary {
        guard let notary = office.register.notary(code: visitor.subject) else { throw Problem.notFound() }
        return notary
    }

    /// The day in Mongolia.
    func today() throws -> CivilDate {
        guard let today = CivilDate(unixMilliseconds: office.clock.now()) else {
            throw Problem.ledgerStopped(["reason": "clock"])
        }
        return today
    }

    /// Which offices' acts a notary has: the own one first, then those that were handed over.
    func offices(of code: String) -> [Notary] {
        let all = office.register.all.compactMap { issuer -> Notary? in
            if case .notary(let notary) = issuer { notary } else { nil }
        }
        var codes = [code]
        var place = 0
        while place < codes.count {
            codes += all.filter { $0.successor == codes[place] && !codes.contains($0.code) }.map(\.code)
            place += 1
        }
        return codes.compactMap { code in all.first { $0.code == code } }
    }

    func render(
        _ visitor: Visitor, _ title: String, path: String, status: HTTPResponse.Status = .ok, hasScript: Bool = false,
        _ content: HTML
    ) throws -> Response {
        let say = Speaker(language: visitor.language)
        let notary = try notary(visitor)
        var page = Page(
            area: .notary, say: say, title: title, name: "\(notary.name) · \(notary.code)", visitor: visitor,
            path: path,
            content: content)
        page.links = [
            .init(path: "/notary", title: say("Өнөөдөр", "Today")),
            .init(path: "/notary/new", title: say("Бүртгэх", "Register")),
            .init(path: "/notary/search", title: say("Хайх", "Search")),
            .init(path: "/notary/book", title: say("Дэвтэр", "Register book")),
            .init(path: "/notary/paper", title: say("Цаасан бүртгэл", "From paper")),
            .init(path: "/notary/log", title: say("Хандалт", "Who looked")),
            .init(path: "/notary/office", title: say("Алба", "Office")),
        ]
        if hasScript { page.script = "/\(NotaryScript.path)" }
        return page.response(status: status)
    }
}

extension Request {
    /// A parameter of the address as a form writes it: decoded, a plus for a blank; "" when it is absent.
    func asked(_ name: String) -> String {
        for pair in (uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == name else { continue }
            return Substring(FormBody.decoded(parts[1].utf8) ?? "").trimmed
        }
        return ""
    }
}

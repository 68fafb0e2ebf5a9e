import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Receipts
import Registry

/// The merchant's console: what the tills filed, corrections and returns, months, import, tokens.
struct MerchantConsole: Sendable {
    static let area = ConsoleArea.merchant

    let console: Console

    var office: Office { console.office }
    var registry: RegistryDesk { console.registry }

    func add(to router: some RouterMethods<CallContext>) {
        console.addCommon(to: router, .merchant)
        router.get("merchant", use: view { try overview($2) })
        router.get("merchant/receipts", use: view { try search($0, $2) })
        router.get("merchant/receipts/:index", use: view { try receiptPage(try line($1, $2), $2) })
        router.get("merchant/receipts/:index/return", use: view { try returnPage(try line($1, $2), $2) })
        router.post("merchant/receipts/:index/return", use: form { try await giveBack(try line($1, $2), $2) })
        router.get("merchant/receipts/:index/correct", use: view { try correctionPage(try line($1, $2), $2) })
        router.post("merchant/receipts/:index/correct", use: form { try await correct($0, try line($1, $2), $2) })
        router.get("merchant/months", use: view { try newestMonth($2) })
        router.get("merchant/months/:month", use: view { try monthPage(try month($1), $2) })
        router.get("merchant/months/:month/receipts.csv", use: view { try export(try month($1), $2, .csv) })
        router.get("merchant/months/:month/receipts.json", use: view { try export(try month($1), $2, .json) })
        router.get("merchant/import", use: view { try importPage($2) })
        router.post(
            "merchant/import",
            use: console.form(.merchant, limit: MerchantConsole.importLimit) { form, _, visitor in
                try await importRows(form, visitor)
            })
        router.get("merchant/chain", use: view { try chainPage($2) })
        router.get("merchant/tokens", use: view { try tokensPage($2) })
        router.post("merchant/tokens", use: form { form, _, visitor in try createToken(form, visitor) })
        router.post(
            "merchant/tokens/:id/revoke", use: form { _, context, visitor in try revokeToken(context, visitor) })
        router.get("merchant/password", use: view { try passwordPage($2) })
        router.post("merchant/password", use: form { form, _, visitor in try await setPassword(form, visitor) })
    }

    private func view(_ body: @escaping @Sendable (Request, CallContext, Visitor) throws -> Response) -> Console.Handler
    {
        console.view(.merchant, body)
    }

    private func form(_ body: @escaping @Sendable (FormBody, CallContext, Visitor) async throws -> Response)
        -> Console.Handler
    {
        console.form(.merchant, body)
    }

    /// The filing that a path names, if it is this merchant's.
    private func line(_ context: CallContext, _ visitor: Visitor) throws -> ReceiptLine {
        guard let index = context.parameters.get("index").flatMap({ UInt64($0) }),
            let line = try registry.book.line(at: index), line.merchant == visitor.subject
        else { throw Problem.notFound() }
        return line
    }

    /// `yyyyMM` of a path's `yyyy-MM`.
    private func month(_ context: CallContext) throws(Failure) -> Int {
        let text = context.parameters.get("month") ?? ""
        let parts = text.split(separator: "-")
        guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2, let year = Int(parts[0]),
            let month = Int(parts[1]), (2000...9999).contains(year), (1...12).contains(month)
        else { throw Problem.monthInvalid(["month": text]) }
        return year * 100 + month
    }

    // MARK: Pages

    func merchant(_ visitor: Visitor) throws -> Merchant {
        guard let merchant = office.register.merchant(tin: visitor.subject) else { throw Problem.notFound() }
        return merchant
    }

    /// What a merchant does goes the way that a shop's requests go: here, or through the merchant's own PosAPI.
    func desk(_ visitor: Visitor) -> PosDesk {
        let holder = TokenHolder(role: .merchant, subject: visitor.subject)
        return PosDesk(office: office, relay: console.relay, caller: ShopCaller(holder), limits: console.limits)
    }

    func render(
        _ visitor: Visitor, _ title: String, path: String, status: HTTPResponse.Status = .ok, _ content: HTML
    ) throws -> Response {
        let say = Speaker(language: visitor.language)
        let merchant = try merchant(visitor)
        let read = try registry.size()
        let size = office.ledger.size
        var page = Page(
            area: .merchant, say: say, title: title, name: "\(merchant.name) · \(merchant.tin)", visitor: visitor,
            path: path, content: content)
        page.links = [
            .init(path: "/merchant", title: say("Кассууд", "Tills")),
            .init(path: "/merchant/receipts", title: say("Баримтууд", "Receipts")),
            .init(path: "/merchant/months", title: say("Сарын дүн", "Months")),
            .init(path: "/merchant/import", title: say("Импорт", "Import")),
            .init(path: "/merchant/chain", title: say("Гинж", "Chain")),
            .init(path: "/merchant/tokens", title: say("Токен", "Tokens")),
            .init(path: "/merchant/password", title: say("Нууц үг", "Password")),
        ]
        if read < size {
            page.footer = """
                <p class="warn">\(say("Жагсаалт, нийлбэрт сүүлийн \(size - read) бичлэг хараахан ороогүй.", "Lists and sums do not have the newest \(size - read) entries yet."))</p>
                """
        }
        return page.response(status: status)
    }
}

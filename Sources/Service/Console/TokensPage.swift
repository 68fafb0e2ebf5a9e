import CanonicalJSON
import Catalogue
import Filing
import Hummingbird
import LedgerEngine
import Receipts
import Registry

/// Tokens of a merchant's own, and the password of the console.
extension MerchantConsole {
    private func own(_ visitor: Visitor) throws -> [TokenRecord] {
        try office.tokens.list().filter { token in
            switch token.holder.role {
            case .merchant: token.holder.subject == visitor.subject
            case .till: token.holder.subject.hasPrefix(visitor.subject + "/")
            default: false
            }
        }
    }

    func tokensPage(_ visitor: Visitor, made: String? = nil, failure: Failure? = nil) throws -> Response {
        let say = Speaker(language: visitor.language)
        let rows = try own(visitor).reversed().map { token -> HTML in
            let action: HTML =
                token.revoked == nil
                ? """
                <form method="post" action="/merchant/tokens/\(token.id)/revoke">\(Page.key(visitor))\
                <button class="second">\(say("Хүчингүй болгох", "Revoke"))<span class="skip"> \(token.id)</span></button></form>
                """ : "<span class=\"quiet\">\(say("хүчингүй", "revoked"))</span>"
            let whose =
                token.holder.role == .till
                ? token.holder.subject : say("бүх касс, энэ булан", "every till, and this console")
            return """
                <tr><td class="n">\(token.id)</td><td>\(whose)</td><td>\(say.time(UInt64(clamping: token.created)))</td><td>\(action)</td></tr>
                """
        }
        let shown: HTML =
            made.map { token in
                """
                <div class="note good" role="status"><p>\(say("Токеныг одоо хуулж аваарай: дахин харуулахгүй.", "Copy the token now: it is not shown again."))</p><p class="secret">\(token)</p></div>
                """
            } ?? .empty
        let content: HTML = """
            \(failure.map { Page.note($0, say) })\(shown)
            <form class="row panel" method="post" action="/merchant/tokens">\(Page.key(visitor))
            <div><label for="branch">\(say("Салбар", "Branch"))</label><input id="branch" name="branch" size="4" inputmode="numeric"></div>
            <div><label for="till">\(say("Касс", "Till"))</label><input id="till" name="till" size="10"></div>
            <button>\(say("Кассын токен авах", "Make a till's token"))</button>
            <p class="hint">\(say("Хоёуланг хоосон орхивол бүх кассын, энэ буланд ч нэвтрэх токен.", "Leave both empty for a token of every till, which also signs in here."))</p></form>
            <div class="scroll" tabindex="0"><table><thead><tr><th scope="col" class="n">№</th><th scope="col">\(say("Хэнийх", "For"))</th><th scope="col">\(say("Авсан", "Made"))</th>\
            <th scope="col">\(say("Төлөв", "State"))</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
        return try render(
            visitor, say("Токен", "Tokens"), path: "/merchant/tokens",
            status: failure.map { .init(code: $0.problem.status) } ?? .ok, content)
    }

    func createToken(_ form: FormBody, _ visitor: Visitor) throws -> Response {
        let (branch, till) = (form["branch"], form["till"])
        do {
            guard branch.isEmpty == till.isEmpty, till.utf8.count <= ReceiptLimits.short else {
                throw Problem.consoleFieldInvalid(["field": "till", "value": "\(branch)/\(till)", "form": "001 / 1"])
            }
            let isTill = !till.isEmpty
            let answer = try AdminDesk(office).createToken([
                "role": isTill ? "till" : "merchant",
                "subject": .string(isTill ? "\(visitor.subject)/\(branch)/\(till)" : visitor.subject),
            ])
            return try tokensPage(visitor, made: answer["token"]?.string)
        } catch let failure as Failure {
            return try tokensPage(visitor, failure: failure)
        }
    }

    func revokeToken(_ context: CallContext, _ visitor: Visitor) throws -> Response {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }),
            try own(visitor).contains(where: { $0.id == id })
        else { throw Problem.notFound() }
        _ = try office.revokeToken(id: id, keeping: visitor.session)
        return Console.redirect(to: "/merchant/tokens")
    }

    // MARK: Password

    func passwordPage(_ visitor: Visitor, failure: Failure? = nil, isDone: Bool = false) throws -> Response {
        let say = Speaker(language: visitor.language)
        return try render(
            visitor, say("Нууц үг", "Password"), path: "/merchant/password",
            status: failure.map { .init(code: $0.problem.status) } ?? .ok,
            console.passwordForm(visitor, action: "/merchant/password", failure: failure, isDone: isDone))
    }

    func setPassword(_ form: FormBody, _ visitor: Visitor) async throws -> Response {
        do {
            guard try await console.setPassword(form, visitor) else { return Console.redirect(to: "/merchant/sign-in") }
            return try passwordPage(visitor, isDone: true)
        } catch let failure as Failure {
            return try passwordPage(visitor, failure: failure)
        }
    }
}

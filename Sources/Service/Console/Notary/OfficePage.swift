import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Registry

/// The office: what is enrolled, who handed over to whom, the password, tokens.
extension NotaryConsole {
    func officePage(_ visitor: Visitor, failure: Failure? = nil, isDone: Bool = false) throws -> Response {
        let say = Speaker(language: visitor.language)
        let notary = try notary(visitor)
        let predecessors = offices(of: notary.code).dropFirst().map { "\($0.name) · \($0.code)" }
        let tokens = try office.tokens.list().filter {
            $0.holder.role == .notary && $0.holder.subject == notary.code && $0.revoked == nil
        }
        var facts: [(String, HTML)] = [
            (say("Код", "Code"), "\(notary.code)"), (say("Нэр", "Name"), "\(notary.name)"),
            (
                say("Гэрчилгээний хураангуй (SHA-256)", "Certificate (SHA-256)"),
                "<span class=\"id\">\(notary.certificate)</span>"
            ),
        ]
        if let tin = notary.tin { facts.append((say("ТТД", "TIN"), "\(tin)")) }
        facts += [
            (
                say("Хүлээн авсан албад", "Offices taken over"),
                predecessors.isEmpty ? "\(say("байхгүй", "none"))" : "\(predecessors.joined(separator: "; "))"
            ),
            (say("Хүчинтэй токен", "Valid tokens"), "\(tokens.count)"),
        ]
        let rows = facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" as HTML }
        let content: HTML = """
            \(hints(notary, say))<dl class="panel">\(rows)</dl>
            <p class="hint">\(say("Токеныг оператор «tamga token create --notary \(notary.code)» тушаалаар өгч, алдвал хүчингүй болгоно. Гэрчилгээ солигдвол операторт мэдэгдэнэ үү.", "The operator makes a token with: tamga token create --notary \(notary.code), and revokes one that is lost. Tell the operator when your certificate changes."))</p>
            <p class="noprint"><a class="button" href="/notary/office/hand-over">\(say("Алба шилжүүлэх, хүлээн авах", "Hand-over of offices"))</a></p>
            <h2>\(say("Нууц үг", "Password"))</h2>
            \(console.passwordForm(visitor, action: "/notary/office", failure: failure, isDone: isDone))
            """
        return try render(
            visitor, say("Нотариатын алба", "The office"), path: "/notary/office",
            status: failure.map { .init(code: $0.problem.status) } ?? .ok, content)
    }

    func setPassword(_ form: FormBody, _ visitor: Visitor) async throws -> Response {
        do {
            guard try await console.setPassword(form, visitor) else { return Console.redirect(to: "/notary/sign-in") }
            return try officePage(visitor, isDone: true)
        } catch let failure as Failure {
            return try officePage(visitor, failure: failure)
        }
    }
}

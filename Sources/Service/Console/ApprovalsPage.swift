import CanonicalJSON
import Catalogue
import Filing
import Hummingbird
import LedgerEngine
import Logging
import Registry

/// What waits for a second operator, and notaries' offices that are handed over.
extension OperatorConsole {
    func addApprovals(to router: some RouterMethods<CallContext>) {
        router.get("operator/approvals", use: console.page(.operator) { _, _, visitor in try approvalsPage(visitor) })
        router.post(
            "operator/approvals/:id/approve",
            use: console.form(.operator) { _, context, visitor in
                let id = try number(context)
                let desk = AdminDesk(office)
                _ = try await office.approvals.carryOut(id, by: visitor.subject, logger: console.logger) {
                    try await desk.run($0, $1)
                }
                return try approvalsPage(visitor, note: done(id, visitor))
            })
        router.post(
            "operator/approvals/:id/token",
            use: console.form(.operator) { _, context, visitor in
                let id = try number(context)
                let token = try office.approvals.token(of: id, for: visitor.subject, at: office.clock.now())
                let say = Speaker(language: visitor.language)
                let note: HTML = """
                    <div class="note good" role="status">\(say("Токеныг нэг л удаа харуулна", "The token is shown this once")): \(id)<p class="secret">\(token)</p></div>
                    """
                return try approvalsPage(visitor, note: note)
            })
        router.post(
            "operator/approvals/:id/refuse",
            use: console.form(.operator) { _, context, visitor in
                let event = try office.approvals.refuse(number(context), by: visitor.subject)
                console.logger.notice("\(event)")
                return Console.redirect(to: "/operator/approvals")
            })
        router.post(
            "operator/approvals/:id/check",
            use: console.form(.operator) { _, context, visitor in
                let event = try office.approvals.check(number(context), by: visitor.subject)
                console.logger.notice("\(event)")
                return Console.redirect(to: "/operator/approvals")
            })
        router.post(
            "operator/notaries/:id/hand-over",
            use: console.form(.operator) { form, context, visitor in
                let id = context.parameters.get("id") ?? ""
                return try await carryOut(
                    "issuer.hand-over", ["id": .string(id), "successor": .string(form["successor"])], visitor)
            })
    }

    /// Runs a dangerous command, or shows that it waits for a second operator.
    func carryOut(_ command: String, _ input: JSONValue, _ visitor: Visitor) async throws -> Response {
        do {
            _ = try await AdminDesk(office, asker: visitor.subject).run(command, input)
            return Console.redirect(to: "/operator")
        } catch let failure as Failure where failure.problem == .approvalWaits {
            return Console.redirect(to: "/operator/approvals")
        }
    }

    private func number(_ context: CallContext) throws -> Int64 {
        guard let id = Int64(context.parameters.get("id") ?? "") else { throw Problem.notFound() }
        return id
    }

    private func done(_ id: Int64, _ visitor: Visitor) -> HTML {
        let say = Speaker(language: visitor.language)
        return
            "<div class=\"note good\" role=\"status\">\(say("Хүсэлт гүйцэтгэгдлээ", "The request was carried out")): \(id)</div>"
    }

    private func approvalsPage(_ visitor: Visitor, note: HTML = .empty) throws -> Response {
        let say = Speaker(language: visitor.language)
        let requests = try office.approvals.list().array ?? []
        let rows = requests.map { request -> HTML in
            let id = request["id"]?.integer ?? 0
            let isWaiting = request["state"]?.string == "waiting"
            func button(_ verb: String, _ title: String, _ style: String) -> HTML {
                """
                <form method="post" action="/operator/approvals/\(id)/\(verb)">\(Page.key(visitor))<button class="\(style)">\(title)<span class="skip"> \(id)</span></button></form>
                """
            }
            let isOwn = request["requester"]?.string == visitor.subject
            let buttons: [HTML] =
                isWaiting
                ? (isOwn ? [] : [button("approve", say("Зөвшөөрөх", "Approve"), "danger")])
                    + [button("refuse", isOwn ? say("Буцаах", "Withdraw") : say("Татгалзах", "Refuse"), "second")]
                : [button("check", say("Шалгасан", "I checked how it ended"), "second")]
            return """
                <tr><th scope="row">\(id)</th><td>\(request["kind"]?.string ?? "")</td><td>\(request["requester"]?.string ?? "")</td>\
                <td>\(say.time(UInt64(clamping: request["created"]?.integer ?? 0)))</td><td>\(request["state"]?.string ?? "")</td>\
                <td class="id">\(request["command"]?.string ?? "") \((request["input"] ?? .null).text)</td><td>\(buttons)</td></tr>
                """
        }
        let list: HTML =
            rows.isEmpty
            ? "<p class=\"panel\">\(say("Хүлээж байгаа хүсэлт алга.", "Nothing waits."))</p>"
            : """
            <div class="scroll" tabindex="0"><table><thead><tr><th scope="col">№</th><th scope="col">\(say("Төрөл", "Kind"))</th>\
            <th scope="col">\(say("Хүсэлт гаргасан", "Requested by"))</th><th scope="col">\(say("Хэзээ", "When"))</th>\
            <th scope="col">\(say("Төлөв", "State"))</th><th scope="col">\(say("Юу", "What"))</th><th scope="col">\(say("Шийдвэр", "Decision"))</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div>
            """
        let rule: HTML =
            office.settings.asksTwoPersons
            ? "<p>\(say("Аюултай үйлдлийг нэг оператор хүсэж, өөр оператор зөвшөөрсний дараа гүйцэтгэнэ. 24 цагийн дараа хүсэлт хүчингүй болно.", "What is dangerous is asked for by one operator and carried out when another one agrees. A request ends after 24 hours."))</p>"
            : "<p class=\"note warn\">\(say("Хоёр хүний дүрэм идэвхгүй байна: tamga serve --two-person", "The rule of two persons is off: tamga serve --two-person"))</p>"
        // A token that was made is for whoever asked for it, not for who agreed.
        let tokens = office.approvals.tokensWaiting(for: visitor.subject, at: office.clock.now()).map { id -> HTML in
            """
            <form class="panel" method="post" action="/operator/approvals/\(id)/token">\(Page.key(visitor))
            <p>\(say("Таны хүссэн токен бэлэн боллоо", "A token that you asked for is made")): \(id)</p>
            <button>\(say("Нэг удаа харах", "Show it once"))<span class="skip"> \(id)</span></button></form>
            """
        }
        return render(
            visitor, say("Зөвшөөрөл", "Approvals"), path: "/operator/approvals", "\(note)\(rule)\(tokens)\(list)")
    }
}

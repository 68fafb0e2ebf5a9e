import CanonicalJSON
import Catalogue
import Filing
import Hummingbird
import LedgerEngine
import Registry

/// Notaries who ask the operator to hand their office over.
extension OperatorConsole {
    func addHandOvers(to router: some RouterMethods<CallContext>) {
        router.post(
            "operator/hand-overs/:id/carry-out",
            use: console.form(.operator) { form, context, visitor in
                try await carryOut(
                    "issuer.hand-over",
                    [
                        "id": .string(form["notary"]), "request": JSONValue(try request(context)),
                        "successor": .string(form["successor"]),
                    ], visitor)
            })
        router.post(
            "operator/hand-overs/:id/refuse",
            use: console.form(.operator) { _, context, visitor in
                guard try office.refuseHandOver(try request(context)) else { throw Problem.notFound() }
                return Console.redirect(to: "/operator")
            })
    }

    private func request(_ context: CallContext) throws -> Int64 {
        guard let id = Int64(context.parameters.get("id") ?? "") else { throw Problem.notFound() }
        return id
    }

    /// What waits; nothing where nothing does.
    func handOverRequests(_ visitor: Visitor, _ say: Speaker) -> HTML {
        guard let open = try? office.openHandOvers() else {
            return
                "<div class=\"note bad\" role=\"alert\">\(say("Алба шилжүүлэх хүсэлтийг уншиж чадсангүй.", "Requests to hand offices over cannot be read."))</div>"
        }
        guard !open.isEmpty else { return .empty }
        let approvals = (try? office.approvals.list().array) ?? []
        let rows = open.map { request, wish -> HTML in
            let approval = approvals.first { $0["input"]?["request"]?.integer == request.id }
            let carryOut: HTML =
                approval.map {
                    "<p><a href=\"/operator/approvals\">\(say("Зөвшөөрөл хүлээж байна", "Waits for approval")): \(String($0["id"]?.integer ?? 0))</a></p>"
                } ?? """
                    <form method="post" action="/operator/hand-overs/\(String(request.id))/carry-out">\(Page.key(visitor))<input type="hidden" name="notary" value="\(wish.notary)"><input type="hidden" name="successor" value="\(wish.successor)">\
                    <button class="danger">\(say("Шилжүүлж, хаах", "Close and hand over"))<span class="skip"> \(wish.notary)</span></button></form>
                    """
            return """
                <tr><th scope="row">\(wish.notary)</th><td>\(office.register.notary(code: wish.notary)?.name ?? "")</td><td>\(wish.successor) \(office.register.notary(code: wish.successor)?.name ?? "")</td>\
                <td>\(wish.reason)</td><td>\(say.time(UInt64(clamping: request.created)))</td><td>\(carryOut)\
                <form method="post" action="/operator/hand-overs/\(String(request.id))/refuse">\(Page.key(visitor))<button class="second">\(say("Татгалзах", "Refuse"))<span class="skip"> \(wish.notary)</span></button></form></td></tr>
                """
        }
        return """
            <h2>\(say("Албаа шилжүүлэх хүсэлт", "Requests to hand an office over")) (\(open.count))</h2>
            <div class="scroll" tabindex="0"><table><caption>\(say("Нотариатчдын хүсэлт", "Asked for by notaries"))</caption><thead><tr><th scope="col">\(say("Алба", "Office"))</th><th scope="col">\(say("Нотариатч", "Notary"))</th>\
            <th scope="col">\(say("Хүлээн авах", "Successor"))</th><th scope="col">\(say("Шалтгаан", "Reason"))</th><th scope="col">\(say("Хэзээ", "When"))</th>\
            <th scope="col">\(say("Шийдвэр", "Decision"))</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }
}

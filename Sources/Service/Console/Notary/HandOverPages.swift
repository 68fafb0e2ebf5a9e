import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Registry

/// Closing an office and taking one over (акт хүлээлцэх): asked for here, carried out by the operator.
extension NotaryConsole {
    private static let reasonLimit = 500

    func addHandOver(to router: some RouterMethods<CallContext>) {
        router.get("notary/office/hand-over", use: view { try handOverPage($2) })
        router.post("notary/office/hand-over", use: form { form, _, visitor in try askHandOver(form, visitor) })
        router.post(
            "notary/office/hand-over/withdraw",
            use: form { _, _, visitor in
                try office.withdrawHandOver(of: visitor.subject)
                return Console.redirect(to: "/notary/office/hand-over")
            })
        router.get("notary/office/hand-over/:code", use: looked(.book) { try protocolPage($1, $2) })
    }

    private func handOverPage(_ visitor: Visitor, sent: FormBody? = nil, failure: Failure? = nil) throws -> Response {
        let say = Speaker(language: visitor.language)
        let notary = try notary(visitor)
        let asked = try office.handOverRequest(of: notary.code)
        let isOpen = asked.map { [.waiting, .taken].contains($0.request.state) } ?? false
        let form: HTML = isOpen ? .empty : handOverForm(notary, sent, visitor, say)
        let own: HTML = "\(asked.map { requestPanel($0.request, $0.wish, visitor, say) })\(form)"
        let content: HTML = """
            \(failure.map { Page.note($0, say) })\(hints(notary, say))\(own)
            <h2>\(say("Хүлээлцэх акт", "Hand-over protocols"))</h2><ul>
            <li><a href="/notary/office/hand-over/\(notary.code)">\(notary.name) · \(notary.code)</a> \(say("(өөрийн алба, урьдчилсан)", "(your own office, in advance)"))</li>
            \(takenOver(notary))</ul>
            """
        return try render(
            visitor, say("Алба шилжүүлэх, хүлээн авах", "Hand-over of offices"), path: "/notary/office/hand-over",
            status: failure.map { .init(code: $0.problem.status) } ?? .ok, content)
    }

    /// Offices that came to this notary, at first hand or through others.
    private func takenOver(_ notary: Notary) -> [HTML] {
        offices(of: notary.code).dropFirst().map { other in
            "<li><a href=\"/notary/office/hand-over/\(other.code)\">\(other.name) · \(other.code)</a> → \(other.successor ?? "")</li>"
        }
    }

    private func requestPanel(_ request: HandOverRequest, _ wish: HandOverWish, _ visitor: Visitor, _ say: Speaker)
        -> HTML
    {
        let (state, style): (String, String)
        switch request.state {
        case .waiting: (state, style) = (say("операторыг хүлээж байна", "waits for the operator"), "warn")
        case .taken: (state, style) = (say("оператор гүйцэтгэж байна", "the operator carries it out"), "warn")
        case .refused: (state, style) = (say("оператор татгалзсан", "refused by the operator"), "bad")
        case .withdrawn: (state, style) = (say("буцаасан", "withdrawn"), "quiet")
        }
        let name = office.register.notary(code: wish.successor)?.name ?? ""
        let back: HTML =
            request.state == .waiting
            ? """
            <form method="post" action="/notary/office/hand-over/withdraw">\(Page.key(visitor))<button class="second">\(say("Хүсэлтийг буцаах", "Withdraw the request"))</button></form>
            """ : .empty
        return """
            <section class="panel"><h2>\(say("Албаа шилжүүлэх хүсэлт", "Request to hand the office over"))</h2><dl>
            <dt>\(say("Төлөв", "State"))</dt><dd class="state \(style)">\(state)</dd>
            <dt>\(say("Хүлээн авах нотариатч", "Successor"))</dt><dd>\(name) · \(wish.successor)</dd>
            <dt>\(say("Шалтгаан", "Reason"))</dt><dd>\(wish.reason)</dd>
            <dt>\(say("Хүсэлт гаргасан", "Asked"))</dt><dd>\(say.time(UInt64(clamping: request.created)))</dd></dl>\(back)</section>
            """
    }

    private func handOverForm(_ notary: Notary, _ sent: FormBody?, _ visitor: Visitor, _ say: Speaker) -> HTML {
        """
        <form class="panel" method="post" action="/notary/office/hand-over">\(Page.key(visitor))
        <h2>\(say("Албаа хааж шилжүүлэх", "Close the office and hand it over"))</h2>
        <p class="hint">\(say("Оператор гүйцэтгэсний дараа энэ код юу ч бүртгэхгүй, нэвтрэх боломжгүй; дэвтэр, үйлдлүүд хэвээр үлдэж, хүлээн авсан нотариатч үргэлжлүүлнэ. Буцаах боломжгүй. Актыг урьдчилж хэвлэж болно.", "Once the operator has carried it out, this code registers nothing more and signs in no more; the book and its acts stay as they are, and the successor acts for them. It cannot be undone. You can print the protocol in advance."))</p>
        <div class="field"><label for="successor">\(say("Хүлээн авах нотариатчийн код", "Code of the successor"))</label><input id="successor" name="successor" value="\(sent?["successor"] ?? "")" required autocomplete="off" placeholder="NT012"></div>
        <div class="field"><label for="reason">\(say("Шалтгаан", "Reason"))</label><input id="reason" name="reason" class="wide" maxlength="\(NotaryConsole.reasonLimit)" value="\(sent?["reason"] ?? "")" required></div>
        <p class="field"><input type="checkbox" id="agreed" name="agreed" value="yes" required> <label class="inline" for="agreed">\(say("\(notary.code) албыг хаахыг хүсэж байна.", "I want the office \(notary.code) to be closed."))</label></p>
        <button class="danger">\(say("Хүсэлт гаргах", "Ask for the hand-over"))</button></form>
        """
    }

    private func askHandOver(_ form: FormBody, _ visitor: Visitor) throws -> Response {
        do {
            guard form["agreed"] == "yes" else { throw Problem.handOverNotAgreed() }
            let reason = String(form["reason"].prefix(NotaryConsole.reasonLimit))
            guard !reason.isEmpty else {
                let say = Speaker(language: visitor.language)
                throw Problem.consoleFieldInvalid([
                    "field": say("Шалтгаан", "Reason"), "value": "–", "form": say("тэтгэвэрт гарах", "retirement"),
                ])
            }
            let successor = try NotaryCode(form["successor"]).text
            try office.askHandOver(HandOverWish(notary: visitor.subject, successor: successor, reason: reason))
            return Console.redirect(to: "/notary/office/hand-over")
        } catch let failure as Failure where failure.problem.status < 500 {
            return try handOverPage(visitor, sent: form, failure: failure)
        }
    }

    // MARK: Protocol

    /// For the notary whose office it is, and for who has it now.
    private func protocolPage(_ context: CallContext, _ visitor: Visitor) throws -> Shown {
        let code = context.parameters.get("code") ?? ""
        guard let notary = offices(of: visitor.subject).first(where: { $0.code == code }) else {
            throw Problem.notFound()
        }
        let summary = try office.deeds.bookSummary(notary: notary.code)
        let view = HandOverProtocol(
            say: Speaker(language: visitor.language), notary: notary, summary: summary,
            record: try office.register.handOver(of: notary.code),
            successor: notary.successor.flatMap { office.register.notary(code: $0) }, now: office.clock.now())
        let page = try render(
            visitor, view.title, path: "/notary/office/hand-over/\(notary.code)", view.content)
        return Shown(page, Array(Set([summary.first, summary.last].compactMap { $0?.number })))
    }
}

import CanonicalJSON
import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Registry
import Signatures

/// One act whole, its evidence, and the way to change it.
extension NotaryConsole {
    /// - Parameter done: what was just done to it, as a word in the address.
    func actPage(_ done: String, _ number: String, _ visitor: Visitor, failure: Failure? = nil) throws -> Shown {
        if (try? PaperNumber(number)) != nil { return try paperEntryPage(number, visitor) }
        let say = Speaker(language: visitor.language)
        let report = try office.deeds.status(act: number, notary: visitor.subject)
        let content: HTML = """
            \(failure.map { Page.note($0, say) })\(self.done(done, say))
            \(summary(report, say))\(actions(report, say))\(try notices(report, visitor, say))
            \(ActContentView(say: say).content(report.known.history.content))
            \(documentsLink(report, say))
            \(history(report, say))\(state(report, say))
            """
        let page = try render(
            visitor, report.act.number.description, path: "/notary/acts/\(report.act.number)",
            status: failure.map { .init(code: $0.problem.status) } ?? .ok, content)
        return Shown(page, [report.act.number], isNews: !report.isWork(of: visitor.subject))
    }

    private func done(_ word: String, _ say: Speaker) -> HTML {
        if word == "contact-removed" {
            return Page.good(say("Хаягийг хаслаа.", "The address is removed."))
        }
        guard word == "registered" || ActChange(rawValue: word) != nil else { return .empty }
        return Page.good(
            word == "registered"
                ? say(
                    "Бүртгэлээ. Хандах кодыг зөвхөн талуудад өгнө үү.",
                    "Registered. Give the access code to the parties only."
                )
                : say("Өөрчлөлтийг бүртгэлээ.", "The change is registered."))
    }

    private func summary(_ report: ActReport, _ say: Speaker) -> HTML {
        let words = DeedWords(say: say)
        let known = report.known
        let path = "/notary/acts/\(report.act.number)"
        let closed: HTML =
            known.history.isClosed
            ? "<dt>\(say("Хаалттай", "Closed"))</dt><dd>\(say("нээх хүртэл хэнд ч хэлэхгүй", "nobody is told of it until it is opened"))</dd>"
            : .empty
        return """
            <dl class="panel"><dt>\(say("Үйлдэл", "Act"))</dt><dd>\(say(known.history.content.type.label))</dd>
            <dt>\(say("Төлөв", "Status"))</dt><dd class="state \(report.status.isInForce ? "good" : "bad")">\(words.status(report.status))</dd>\(closed)
            <dt>\(say("Бүртгэсэн", "Registered"))</dt><dd>\(say.time(report.act.time.unixMilliseconds)) · \(say("бичлэг", "entry")) \(known.filed.index)</dd>
            <dt>\(say("Нотариатч", "Notary"))</dt><dd>\(report.act.number.notary.text)</dd>
            <dt>\(say("Гарын үсэг", "Signature"))</dt><dd>\(signature(report.act.signature, say))</dd>
            <dt class="noprint">\(say("Хэн үзсэн", "Who looked"))</dt><dd class="noprint"><a href="/notary/log?act=\(report.act.number.description)">\(say("Хандалтын бүртгэл", "Access log"))</a></dd>
            <dt>\(say("Хандах код", "Access code"))</dt><dd class="secret" id="access-code">\(office.deeds.accessCode(of: known).printed)</dd>
            <dt>\(say("Нотолгоо", "Evidence"))</dt><dd><span class="noprint"><a href="\(path)/evidence?entry=\(known.filed.index)">\(say("Татах", "Download"))</a> · </span><span class="id">\(office.evidenceLink(of: known.filed))</span></dd>\(office.feeFacts(report, say))</dl>
            """
    }

    private func signature(_ signature: ActSignature, _ say: Speaker) -> String {
        let scope =
            signature.scope == .statement
            ? say("мэдэгдэлд", "over the statement")
            : say("зөвхөн баримтад: үйлдлийн мэдээлэлд биш", "over the document alone: the act's data are not signed")
        return "\(signature.level.rawValue), \(scope)"
    }

    /// What may still be done with it.
    private func changes(_ report: ActReport) -> [ActChange] {
        if case .revoked = report.status { return [] }
        var changes: [ActChange] = report.status.isInForce ? [.amended, .corrected, .revoked] : [.corrected, .revoked]
        if report.known.history.isClosed { changes.append(.opened) }
        return changes
    }

    private func actions(_ report: ActReport, _ say: Speaker) -> HTML {
        let items = changes(report).map { change -> HTML in
            "<li><a class=\"button\" href=\"/notary/acts/\(report.act.number.description)/change?what=\(change.rawValue)\">\(say(change.label))</a></li>"
        }
        return items.isEmpty
            ? .empty : "<ul class=\"actions noprint\" aria-label=\"\(say("Үйлдлүүд", "Actions"))\">\(items)</ul>"
    }

    private func history(_ report: ActReport, _ say: Speaker) -> HTML {
        let changes = zip(report.known.history.changes, report.known.changes)
        let rows = changes.map { change, filed -> HTML in
            """
            <tr><td>\(say.time(filed.recorded))</td><td>\(say(change.draft.change.label))</td><td>\(say(change.draft.requester.label))</td>\
            <td>\(change.notary.text)</td><td>\(change.draft.reason)\(change.draft.basis.map { "<br>\($0.court), \($0.date.description), № \($0.number)" } as HTML?)</td>\
            <td><a href="/notary/acts/\(report.act.number.description)/evidence?entry=\(filed.index)">\(say("Татах", "Download"))<span class="skip"> \(filed.index)</span></a></td></tr>
            """
        }
        guard !rows.isEmpty else { return .empty }
        return """
            <div class="scroll" tabindex="0"><table><caption>\(say("Өөрчлөлтийн түүх", "History of changes"))</caption><thead><tr><th scope="col">\(say("Цаг", "Time"))</th>\
            <th scope="col">\(say("Өөрчлөлт", "Change"))</th><th scope="col">\(say("Хүсэлт", "Asked by"))</th><th scope="col">\(say("Нотариатч", "Notary"))</th>\
            <th scope="col">\(say("Шалтгаан", "Reason"))</th><th scope="col">\(say("Нотолгоо", "Evidence"))</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    /// The fields of the state's own record of an act.
    private func state(_ report: ActReport, _ say: Speaker) -> HTML {
        let notice = StateNotice(
            report.known.history, status: report.status, physicalPath: office.evidenceLink(of: report.known.filed))
        let rows = (notice.json.object ?? [:]).map { member -> HTML in
            "<dt>\(member.name)</dt><dd>\(member.value.string ?? member.value.text)</dd>"
        }
        return """
            <details class="panel noprint"><summary>\(say("ХУР-ын мэдэгдлийн талбарууд", "Fields of the notice to KHUR"))</summary><dl>\(rows)</dl></details>
            """
    }

    // MARK: Evidence

    /// Evidence of the act or of one of its changes, as the parties get it.
    func evidence(_ request: Request, _ number: String, _ visitor: Visitor) throws -> Shown {
        if case .paper(let report) = try office.deeds.deed(number, notary: visitor.subject) {
            let place = report.known.filed
            return Shown(try evidence(of: place.index, "\(report.number)-\(place.index)"), [report.number])
        }
        let report = try office.deeds.status(act: number, notary: visitor.subject)
        let known = report.known
        let entry = try request.number("entry") ?? known.filed.index
        guard ([known.filed] + known.changes).contains(where: { $0.index == entry }) else { throw Problem.notFound() }
        return Shown(
            try evidence(of: entry, "\(known.history.act.number)-\(entry)"), [report.act.number],
            isNews: !report.isWork(of: visitor.subject))
    }

    private func evidence(of index: UInt64, _ name: String) throws -> Response {
        let filed = try office.registrar.record(at: index)
        var response = Response(
            bytes: try office.evidence.evidence(filed, for: .party), type: "text/plain; charset=utf-8")
        response.headers[.cacheControl] = "no-store"
        response.headers[.contentDisposition] = "attachment; filename=\"\(name).tlog-proof\""
        return response
    }

    // MARK: Changing

    /// An empty form for a change of an act.
    func changePage(_ request: Request, _ number: String, _ visitor: Visitor) throws -> Shown {
        guard let change = ActChange(rawValue: request.asked("what")), let act = try? ActNumber(number) else {
            throw Problem.notFound()
        }
        let say = Speaker(language: visitor.language)
        let report: ActReport
        do {
            report = try office.deeds.status(act: number, notary: visitor.subject)
        } catch let failure as Failure where failure.problem == .actNotFound && change == .revoked {
            // Whether another notary has such an act is not told here.
            let form = DeedForm(change, of: act, by: .principal)
            return Shown(try formPage(DeedFormView(form: form, say: say), nil, visitor))
        }
        let hasContent = change == .amended || change == .corrected
        let form = DeedForm(change, of: report.act.number, content: hasContent ? report.known.history.content : nil)
        let page = try formPage(DeedFormView(form: form, say: say), nil, visitor)
        return Shown(page, [report.act.number], isNews: !report.isWork(of: visitor.subject))
    }

    /// The same for the act that a form names.
    func changeOfOther(_ request: Request, _ visitor: Visitor) throws -> Response {
        let act = try ActNumber(request.asked("act"), path: "act")
        return Console.redirect(to: "/notary/acts/\(act)/change?what=\(ActChange.revoked.rawValue)")
    }
}

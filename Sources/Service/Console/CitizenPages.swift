import CanonicalJSON
import Catalogue
import Deeds
import Evidence
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Signatures

/// What the ledger says of an act, for whoever has its number and access code: typed, or by the link in a QR code. No script, no account.
///
/// A wrong code and an absent act are one answer.
struct CitizenPages: Sendable {
    let console: Console

    var office: Office { console.office }

    func add(to router: some RouterMethods<CallContext>) {
        console.addLanguage(to: router, .act)
        router.get(
            "act",
            use: console.open(.act) { request, context in
                let query = request.uri.queryParameters
                let number = query["number"].map(String.init) ?? ""
                let code = query["code"].map(String.init) ?? ""
                if number.isEmpty && code.isEmpty { return form(say(request)) }
                return try await answer(number, code, before: nil, request, context)
            })
        router.post(
            "act",
            use: console.open(.act) { request, context in
                let form = try await console.read(request, limit: 4096)
                return try await answer(
                    form["number"], form["code"], before: AccessLog.Position(form["before"]), request, context)
            })
    }

    private func say(_ request: Request) -> Speaker { Speaker(language: console.sessions.language(request)) }

    private func answer(
        _ number: String, _ code: String, before place: AccessLog.Position?, _ request: Request, _ context: CallContext
    ) async throws -> Response {
        let say = say(request)
        do {
            let caller = office.caller(request, context)
            let report = try await Console.readForPublic {
                try office.deeds.status(act: number, code: code, caller: caller)
            }
            try await office.logLook(
                at: report.number.description, by: AccessLine.Who(.code), .record, from: caller)
            let found = try await Console.readForPublic { try office.looks(at: report, before: place, limit: 50) }
            let looks = CitizenLooks(found: found, number: number, code: code, isFurther: place != nil)
            switch report {
            case .act(let report): return statusPage(report, looks, say)
            case .paper(let report): return paperPage(report, looks, say)
            }
        } catch let failure as Failure where [.actNotFound, .tooManyAttempts].contains(failure.problem) {
            return form(say, failure: failure, number: number)
        }
    }

    // MARK: The form

    private func form(_ say: Speaker, failure: Failure? = nil, number: String = "") -> Response {
        let page = Page(
            area: .act, say: say, title: say("Үйлдэл шалгах", "Check an act"), path: "/act",
            content: """
                \(failure.map { Page.note($0, say) })
                <p>\(say("Баримт дээрх дугаар, кодоор нотариатын үйлдэл хүчинтэй эсэхийг шалгана. Бүртгэл, нэвтрэлт шаардлагагүй.", "See whether a notarial act is in force, by the number and the code on the document. No account is needed."))</p>
                <form class="panel" method="post" action="/act">
                <div class="field"><label for="number">\(say("Үйлдлийн дугаар", "Number of the act"))</label>
                <input id="number" name="number" class="wide" value="\(number)" autocomplete="off" spellcheck="false" required aria-describedby="number-hint">
                <p class="hint" id="number-hint">\(say("Жишээ нь NT012-2026-000017", "Such as NT012-2026-000017"))</p></div>
                <div class="field"><label for="code">\(say("Код", "Access code"))</label>
                <input id="code" name="code" class="wide" autocomplete="off" spellcheck="false" required aria-describedby="code-hint">
                <p class="hint" id="code-hint">\(say("12 тэмдэгт; том жижиг, кирилл латин үсэг, зураас хамаагүй", "12 characters; letter case, script and hyphens do not matter"))</p></div>
                <button>\(say("Шалгах", "Check"))</button></form>
                <p class="quiet">\(say("Үйлдлийг харсан тухай бүртгэл үлдэж, оролцогчид мэдэх эрхтэй.", "A record is kept of who looked at an act, and its parties may ask for it."))</p>
                """)
        var response = page.response(status: failure.map { HTTPResponse.Status(code: $0.problem.status) } ?? .ok)
        if let seconds = failure?.details["seconds"] { response.headers[.retryAfter] = seconds }
        return response
    }

    // MARK: The answer

    private func statusPage(_ report: ActReport, _ looks: CitizenLooks, _ say: Speaker) -> Response {
        let history = report.known.history
        let content = history.content
        let (verdict, quality, icon) = CitizenPages.verdict(report.status, say)
        let page = Page(
            area: .act, say: say, title: "\(icon) \(verdict)", path: "/act",
            content: """
                <p class="note \(quality)" role="status"><strong>\(history.act.number.description) · \(say(content.type.label))</strong><br>
                \(say("Бүртгэлийн", "As of")) \(say.number(report.size)) \(say("бичилтийн байдлаар", "entries of the ledger")), \(say.time(report.time)). \
                \(say("Дараагийн бичилт өөрчилсөн байж болно.", "A later entry may say otherwise."))</p>
                <h2>\(say("Хэн, юу, хэзээ", "Who, what, when"))</h2>
                <dl class="panel">\(facts(report, say))\(office.feeFacts(report, say))</dl>
                \(ActContentView(say: say).content(content))
                \(changes(report.known, say))
                \(looks.section(say))
                <h2>\(say("Нотолгоо", "Evidence"))</h2>
                <p>\(say("Энэ файлыг хэн ч, хэзээ ч, сүлжээгүйгээр шалгаж болно:", "Anybody can check this file, at any time, without a network:"))
                <a href="\(office.evidencePath(of: report.known.filed))" download>\(history.act.number.description).tlog-proof</a></p>
                <p><a href="/act">\(say("Өөр үйлдэл шалгах", "Check another act"))</a></p>
                """)
        return page.response()
    }

    /// The verdict in one sentence, its colour, and a sign that is not colour.
    static func verdict(_ status: ActStatus, _ say: Speaker) -> (text: String, quality: String, icon: String) {
        switch status {
        case .inForce: (say("Хүчинтэй", "In force"), "good", "✔")
        case .amended: (say("Хүчинтэй: нэмэлт, өөрчлөлт орсон", "In force, as amended"), "good", "✔")
        case .corrected: (say("Хүчинтэй: алдааг засварласан", "In force, as corrected"), "good", "✔")
        case .revoked(let since):
            (
                say("Хүчингүй болсон", "Revoked") + ": \(say.time(since.unixMilliseconds))", "bad", "✘"
            )
        case .expired(let day): (say("Хугацаа дууссан", "Expired") + ": \(day)", "warn", "✘")
        case .notYetRegistered: (say("Бүртгэгдээгүй", "Not registered"), "bad", "✘")
        }
    }

    private func facts(_ report: ActReport, _ say: Speaker) -> [HTML] {
        let act = report.act
        let notary = office.register.notary(code: act.number.notary.text)
        let scope: String =
            switch act.signature.scope {
            case .statement: say("үйлдлийн мэдэгдэлд", "over the act statement")
            case .document:
                say(
                    "зөвхөн баримтад; үйлдлийн мэдээлэлд гарын үсэг алга",
                    "over the document alone; act data not signed")
            case .pdf:
                say("PDF дотор; үйлдлийн мэдээлэлд гарын үсэг алга", "inside the PDF; act data not signed")
            }
        var facts: [(String, String)] = [
            (
                say("Нотариатч", "Notary"),
                [act.number.notary.text, notary?.name].compactMap { $0 }.joined(separator: " · ")
            ),
            (say("Бүртгэсэн", "Registered"), say.time(report.known.filed.recorded)),
            (say("Нотариатчийн гарын үсэг", "Notary's signature"), "\(scope) (\(act.signature.level.rawValue))"),
        ]
        if let isKept = try? office.deeds.keepsDocument(of: report.known) {
            let place =
                isKept
                ? say(
                    "энд шифрлэж хадгалсан; зөвхөн нотариатч татна",
                    "kept here, encrypted; only the notary can fetch it")
                : say("нотариатчид байгаа", "stays with the notary")
            facts.append((say("Баримтын файл", "File of the document"), place))
        }
        return facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }
    }

    private func changes(_ known: KnownAct, _ say: Speaker) -> HTML {
        guard !known.changes.isEmpty else { return .empty }
        let rows = zip(known.history.changes, known.changes).map { change, filed -> HTML in
            """
            <tr><td>\(say.time(filed.recorded))</td><td>\(say(change.draft.change.label))</td><td>\(say(change.draft.requester.label))</td>\
            <td>\(change.notary.text)</td><td>\(change.draft.reason)</td><td><a href="\(office.evidencePath(of: filed))" download>\(say("Нотолгоо", "Evidence"))</a></td></tr>
            """
        }
        return """
            <h2>\(say("Өөрчлөлтүүд", "Changes"))</h2>
            <div class="scroll" tabindex="0"><table><thead><tr><th scope="col">\(say("Хэзээ", "When"))</th><th scope="col">\(say("Юу", "What"))</th>\
            <th scope="col">\(say("Хэний хүсэлтээр", "At whose request"))</th><th scope="col">\(say("Нотариатч", "Notary"))</th>\
            <th scope="col">\(say("Шалтгаан", "Reason"))</th><th scope="col">\(say("Файл", "File"))</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }
}

import CanonicalJSON
import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Registry

/// Writing an act or a change, and keeping it while it is not signed.
extension NotaryConsole {
    // MARK: Beginning

    func newPage(_ request: Request, _ visitor: Visitor) throws -> Response {
        let say = Speaker(language: visitor.language)
        if let type = ActType(rawValue: request.asked("type")) {
            return try formPage(DeedFormView(form: DeedForm(ActKind.of(type)), say: say), nil, visitor)
        }
        let items = ActType.allCases.map { type -> HTML in
            "<li><a href=\"/notary/new?type=\(type.rawValue)\">\(say(type.label))</a></li>"
        }
        let content: HTML = """
            <section class="panel"><h2 id="kinds">\(say("Үйлдлийн төрөл сонгох", "Choose the kind of act"))</h2><ol class="kinds">\(items)</ol></section>
            <section class="panel"><h2>\(say("Өөр нотариатчийн үйлдлийг хүчингүй болгох", "Revoke another notary's act"))</h2>
            <form class="row" method="get" action="/notary/change"><div><label for="act">\(say("Үйлдлийн дугаар", "Act number"))</label><input id="act" name="act" required aria-describedby="act-hint">
            <p class="hint" id="act-hint">\(say("Итгэмжлэл олгогчийн хүсэлтээр", "At the principal's request"))</p></div>
            <button>\(say("Үргэлжлүүлэх", "Go on"))</button></form></section>
            """
        return try render(visitor, say("Үйлдэл бүртгэх", "Register an act"), path: "/notary/new", content)
    }

    // MARK: The form

    func draftPage(_ request: Request, _ id: Int64, _ visitor: Visitor) throws -> Response {
        let draft = try draft(id, visitor)
        if let done = draft.done { return try donePage(draft, done, visitor) }
        let say = Speaker(language: visitor.language)
        var view = DeedFormView(form: draft.form, say: say)
        let focus = request.asked("focus")
        if !focus.isEmpty { view.focus = focus }
        let note =
            request.asked("saved").isEmpty ? .empty : Page.good(say("Ноорог хадгалагдлаа.", "The draft is saved."))
        return try formPage(view, id, visitor, note: note)
    }

    func formPage(
        _ view: DeedFormView, _ id: Int64?, _ visitor: Visitor, failure: Failure? = nil, note: HTML = .empty
    ) throws -> Response {
        let (form, say) = (view.form, view.say)
        let today = try today()
        var content = HTML.empty
        var title = say("Үйлдэл бүртгэх", "Register an act")
        if let change = form.change {
            title = "\(say(change.label)): \(form["act"])"
            content = view.change(change, isOwn: try isOwn(form["act"], visitor))
        }
        if form.hasContent {
            guard let kind = form.kind else {
                throw Problem.actTypeUnknown(["known": ActType.allCases.map(\.rawValue).joined(separator: ", ")])
            }
            if form.change == nil { title = say(kind.type.label) }
            content = "\(content)\(view.act(kind, today: today))"
        }
        let isWrong = failure != nil || !view.problems.isEmpty
        let path = id.map { "/notary/drafts/\($0)" } ?? "/notary/drafts"
        let page: HTML = """
            \(note)\(failure.map { Page.note($0, say) })\(view.summary)
            <form method="post" action="\(path)" novalidate data-autosave="\(say("Ноорог хадгалагдсан:", "Draft saved at"))" data-unsaved="\(say("Ноорог хадгалагдсангүй. «Хадгалах» дарж шалтгааныг үзнэ үү.", "The draft is not saved. Press Save to see why."))">\(Page.key(visitor))
            <p class="row">\(view.button("save", say("Ноорог хадгалах", "Save the draft")))<span class="hint" data-saved></span><span class="bad" role="status" data-failed></span></p>
            \(content)\(try feePanel(view, visitor))
            <p class="row">\(view.button("preview", say("Мэдэгдлийг үзэх, гарын үсэг зурах", "Read the statement and sign"), second: false))</p></form>
            \(id.map { deletion($0, visitor, say) })
            """
        return try render(
            visitor, title, path: id.map { "/notary/drafts/\($0)" } ?? "/notary/new",
            status: failure.map { .init(code: $0.problem.status) } ?? (isWrong ? .unprocessableContent : .ok),
            hasScript: true, page)
    }

    private func deletion(_ id: Int64, _ visitor: Visitor, _ say: Speaker) -> HTML {
        """
        <form method="post" action="/notary/drafts/\(id)/delete">\(Page.key(visitor))<button class="danger">\(say("Ноорог устгах", "Delete the draft"))</button></form>
        """
    }

    // MARK: What it sends

    func submit(_ sent: FormBody, _ id: Int64?, _ visitor: Visitor) async throws -> Response {
        var form = DeedForm(sent)
        guard form.kind != nil || form.change != nil else { throw Problem.notFound() }
        let word = sent["do"]
        let focus = form.perform(word)
        if word == "preview", form.change != nil {
            try await office.logClaim(DeedDraft(form).body.bytes, by: visitor.subject)
        }
        return try await Console.read { [form] in
            // Registered meanwhile.
            if let id, (try? draft(id, visitor))?.done != nil { return Console.redirect(to: "/notary/drafts/\(id)") }
            return try kept(form, word, focus, id, visitor)
        }
    }

    private func kept(_ form: DeedForm, _ word: String, _ focus: String?, _ id: Int64?, _ visitor: Visitor) throws
        -> Response
    {
        let say = Speaker(language: visitor.language)
        var draft = DeedDraft(form)
        var view = DeedFormView(form: form, say: say)
        let number: Int64
        do {
            number = try save(draft, id, visitor)
        } catch let failure as Failure where [.draftsTooMany, .draftTooLarge].contains(failure.problem) {
            if word == "autosave" { return Response(failure, in: visitor.language) }
            view.focus = focus
            return try formPage(view, id, visitor, failure: failure)
        }
        let path = "/notary/drafts/\(number)"
        switch word {
        case "autosave":
            let time = DeedWords(say: say).clock(office.clock.now())
            return Response(["path": .string(path), "time": .string(time)])
        case "preview":
            view.problems =
                form.problems(today: try today()) + form.noticeProblems + (try feeProblems(form, visitor))
            guard view.problems.isEmpty else { return try formPage(view, number, visitor) }
            do {
                let prepared = try prepare(draft, visitor)
                draft.seal = DeedDraft.Seal(
                    salt: prepared.json["salt"]?.string ?? "", before: prepared.json["before"]?.string)
                _ = try save(draft, number, visitor)
                return Console.redirect(to: "\(path)/preview")
            } catch {
                guard let failure = Failure(from: error), failure.problem.status < 500 else { throw error }
                return try formPage(view, number, visitor, failure: failure)
            }
        default:
            return Console.redirect(to: focus.map { "\(path)?focus=\(Console.query($0))" } ?? "\(path)?saved=1")
        }
    }
}

extension DeedForm {
    /// Does what a button of the form asks for with its rows.
    ///
    /// - Returns: the field in which the keyboard goes on.
    fileprivate mutating func perform(_ word: String) -> String? {
        if word == "add-party" {
            addParty(nil)
            return "parties[\(partyCount - 1)].role"
        }
        if word == "add-attachment" {
            addAttachment()
            return "attachments[\(attachmentCount - 1)].sha256"
        }
        if word.hasPrefix("remove-party-"), let row = Int(word.dropFirst("remove-party-".count)) {
            removeParty(row)
            return "add-party"
        }
        if word.hasPrefix("remove-attachment-"), let row = Int(word.dropFirst("remove-attachment-".count)) {
            removeAttachment(row)
            return "add-attachment"
        }
        return nil
    }
}

import CanonicalJSON
import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import LedgerMerkle
import LedgerTransparency
import Registry

/// Reading the statement, signing it, registering.
extension NotaryConsole {
    /// What the signing form sent, shown again when something is wrong.
    private struct Signing {
        var signature = ""
        var acknowledged: Set<String> = []
        var failure: Failure?
    }

    func previewPage(_ id: Int64, _ visitor: Visitor) throws -> Shown {
        try previewPage(id, try draft(id, visitor), Signing(), visitor)
    }

    private func previewPage(_ id: Int64, _ draft: DeedDraft, _ signing: Signing, _ visitor: Visitor) throws -> Shown {
        let path = "/notary/drafts/\(id)"
        guard draft.seal != nil, draft.done == nil else { return Shown(Console.redirect(to: path)) }
        let say = Speaker(language: visitor.language)
        let prepared: PreparedStatement
        do {
            prepared = try prepare(draft, visitor)
        } catch {
            guard let failure = Failure(from: error), failure.problem.status < 500 else { throw error }
            return Shown(try unpreparedPage(path, failure, visitor))
        }
        let statement = prepared.statement
        let title =
            draft.form.change.map { "\(say($0.label)): \(draft.form["act"])" } ?? draft.form.type.map { say($0.label) }
            ?? ""
        let content: HTML = """
            \(signing.failure.map { Page.note($0, say) })
            <p><a href="\(path)">\(say("Засахаар буцах", "Back to change it"))</a></p>
            <section class="panel"><h2>\(say("1. Мэдэгдлийг унших", "1. Read the statement"))</h2>
            <p class="hint">\(say("Одоор (*) эхэлсэн мөр хувийн мэдээлэл: гарын үсэг зурах файлд оронд нь хураангуй нь орно. Мөрийн төгсгөлийн хаалтан дахь тэмдэгт түүнийг таашгүй болгоно.", "Lines with a star are private: in the file that is signed their digests stand instead. What stands in brackets at their end keeps them from being guessed."))</p>
            <pre class="statement" tabindex="0" id="statement">\(statement.openText ?? statement.text)</pre></section>
            <section class="panel"><h2>\(say("2. Гарын үсэг зурах", "2. Sign it"))</h2>
            <p><a class="button" href="\(path)/statement.txt" download="statement.txt">\(say("Файлыг татах: statement.txt", "Download the file: statement.txt"))</a></p>
            <dl><dt>SHA-256</dt><dd class="id">\(SHA256.hash(statement.bytes).description)</dd><dt>\(say("Хэмжээ", "Size"))</dt><dd>\(statement.bytes.count) \(say("байт", "bytes"))</dd></dl>
            <p>\(say("Файлд салангид (detached) CAdES гарын үсэг зурна. Жишээ нь:", "Make a detached CAdES signature over the file, such as with:"))</p>
            <pre tabindex="0">tamga deed sign statement.txt --key notary.key --certificate notary.pem --out statement.p7s
            openssl cms -sign -binary -cades -in statement.txt -signer notary.pem -inkey notary.key -outform DER -out statement.p7s</pre>
            \(pdfHint(draft, say))</section>
            <form class="panel" method="post" action="\(path)/register" enctype="multipart/form-data">\(Page.key(visitor))
            <h2>\(say("3. Бүртгэх", "3. Register"))</h2>\(try feeNote(draft.form, visitor, say))\(warnings(prepared.warnings, signing, say))\(recipients(draft.form, say))
            <div class="field"><label for="signature">\(draft.form.change == nil ? say("Гарын үсгийн файл (.p7s), эсвэл гарын үсэгтэй PDF", "Signature file (.p7s), or the signed PDF") : say("Гарын үсгийн файл (.p7s)", "Signature file (.p7s)"))</label><input id="signature" name="signature" type="file" accept=".p7s,.p7m,.pem,.der,.cms,.sig\(draft.form.change == nil ? ",.pdf" : "")"\(signing.failure == nil ? HTML.empty : " autofocus")></div>
            <div class="field"><label for="signature64">\(say("эсвэл гарын үсгийг base64-өөр", "or the signature in base64"))</label>
            <textarea id="signature64" name="signature64" rows="4" spellcheck="false" autocomplete="off">\n\(signing.signature)</textarea></div>
            <button>\(draft.form.change.map { say($0.label) } ?? say("Бүртгэх", "Register"))</button></form>
            """
        let page = try render(
            visitor, title, path: "\(path)/preview",
            status: signing.failure.map { .init(code: $0.problem.status) } ?? .ok,
            content)
        return Shown(page, prepared.warnings.map(\.act))
    }

    /// A statement that cannot be made any more: the day went on, or the act was changed meanwhile.
    private func unpreparedPage(_ path: String, _ failure: Failure, _ visitor: Visitor) throws -> Response {
        let say = Speaker(language: visitor.language)
        let content: HTML = """
            \(Page.note(failure, say))
            <p>\(say("Ноорог хэвээр байна: нээгээд мэдэгдлийг шинээр үүсгэнэ үү.", "The draft is still there: open it and make the statement again."))</p>
            <p><a href="\(path)">\(say("Ноорог нээх", "Open the draft"))</a></p>
            """
        return try render(
            visitor, say("Мэдэгдэл хүчингүй болсон", "The statement no longer holds"), path: "\(path)/preview",
            status: .init(code: failure.problem.status), content)
    }

    private func warnings(_ warnings: [ActWarning], _ signing: Signing, _ say: Speaker) -> HTML {
        guard !warnings.isEmpty else { return .empty }
        let words = DeedWords(say: say)
        let items = warnings.enumerated().map { place, warning -> HTML in
            let why =
                switch warning.reason {
                case .documentRegistered: say("энэ баримт бүртгэгдсэн", "this document is registered")
                case .propertyEngaged: say("энэ эд хөрөнгө хязгаарлагдсан", "this property is engaged")
                case .olderNotExamined:
                    say(
                        "энэ болон түүнээс өмнөхийг шалгаагүй: хэт олон",
                        "this and older ones were not examined: too many")
                case .propertyOnPaper:
                    say("энэ эд хөрөнгө цаасан бүртгэлд байна", "this property stands in a register on paper")
                }
            let checked: HTML = signing.acknowledged.contains(warning.act.description) ? " checked" : ""
            return """
                <p class="field"><input type="checkbox" id="ack-\(place)" name="ack-\(warning.act.description)" value="yes"\(checked)> \
                <label class="inline" for="ack-\(place)">\(warning.act.description) (\(say(warning.type.label)), \(say.time(warning.registered.unixMilliseconds)), \(words.status(code: warning.status))): \
                \(why). \(say("Шалгасан, үргэлжлүүлнэ.", "I looked at it and go on."))</label></p>
                """
        }
        return """
            <fieldset class="note warn"><legend>\(say("Анхааруулга", "Warnings"))</legend>\(items)</fieldset>
            """
    }

    /// The very bytes that are signed.
    func statementFile(_ id: Int64, _ visitor: Visitor) throws -> Response {
        let draft = try draft(id, visitor)
        guard draft.seal != nil, draft.done == nil else { throw Problem.draftGone() }
        var response = Response(
            bytes: try prepare(draft, visitor).statement.bytes, type: "text/plain; charset=utf-8")
        response.headers[.contentDisposition] = "attachment; filename=\"statement.txt\""
        response.headers[.cacheControl] = "no-store"
        return response
    }

    // MARK: Registering

    func register(_ form: FormBody, _ id: Int64, _ visitor: Visitor) async throws -> Response {
        let draft = try draft(id, visitor)
        if let done = draft.done {
            return Console.redirect(to: try isOwn(done, visitor) ? "/notary/acts/\(done)" : "/notary/drafts/\(id)")
        }
        var signing = Signing()
        signing.acknowledged = Set(
            form.fields.keys.filter { $0.hasPrefix("ack-") }.map { String($0.dropFirst("ack-".count)) })
        do {
            let signature = try NotaryConsole.signature(form)
            // A file is not sent again by itself: what it held is shown as text, if that is short.
            if case .cms(let bytes) = signature { signing.signature = Base64.encode(bytes) }
            let filed = try await register(draft, signature, signing.acknowledged, visitor)
            let act = filed.text("act")
            // The act is registered, whatever becomes of the draft.
            try? finish(id, as: act, entry: filed.index, visitor)
            return Console.redirect(to: try place(after: draft, id, act: act, visitor))
        } catch {
            guard let failure = Failure(from: error), failure.problem != .draftGone else { throw error }
            if [.ledgerDamaged, .ledgerUnusable].contains(failure.problem) { throw error }
            signing.failure = failure
            if signing.signature.isEmpty { signing.signature = form["signature64"] }
            let page = try await Console.read { [signing] in try previewPage(id, draft, signing, visitor) }
            return try await log(page, .statementSearch, detail: "/notary/drafts/\(id)/register", visitor)
        }
    }

    private func register(
        _ draft: DeedDraft, _ signature: NotarySignature, _ acknowledged: Set<String>, _ visitor: Visitor
    ) async throws -> FiledRecord {
        let body = draft.body.bytes
        guard draft.form.change != nil else {
            let contacts = try draft.form.contacts()
            let act = try await office.deeds.registerAct(
                body, signature: signature, notary: visitor.subject, acknowledged: acknowledged,
                fee: try draft.form.fee())
            try office.tell(of: act, contacts)
            return act.filed
        }
        guard case .cms(let cms) = signature else { throw Problem.pdfNotForChange() }
        try await office.logClaim(body, by: visitor.subject)
        let change = try await office.deeds.changeAct(
            body, signature: cms, notary: visitor.subject, acknowledged: acknowledged)
        try office.tell(of: change)
        return change.filed
    }

    /// The file, a CMS or a signed PDF; or what was pasted: PEM as it is, else base64.
    private static func signature(_ form: FormBody) throws(Failure) -> NotarySignature {
        if let file = form.files["signature"], !file.bytes.isEmpty {
            guard file.bytes.starts(with: Array("%PDF".utf8)) || file.name.lowercased().hasSuffix(".pdf") else {
                return .cms(file.bytes)
            }
            return try NotarySignature(pdf: file.bytes)
        }
        let text = form["signature64"]
        guard !text.isEmpty else { throw Problem.signatureNotGiven() }
        if text.hasPrefix("-----BEGIN") { return .cms(Array(text.utf8)) }
        guard let bytes = Base64.decode(text.filter { !$0.isWhitespace }) else { throw Problem.signatureMalformed() }
        return .cms(bytes)
    }

    /// The other way to sign: in the document itself.
    private func pdfHint(_ draft: DeedDraft, _ say: Speaker) -> HTML {
        guard draft.form.change == nil else { return .empty }
        return """
            <p class="hint">\(say("Баримт нь гарын үсэгтэй PDF бол мэдэгдэлд гарын үсэг зурах шаардлагагүй: доор тэр PDF-ийг сонгоно (16 МиБ хүртэл). Түүний SHA-256 нь үйлдэлд бичсэнтэй ижил байх ёстой. PDF-ийг хадгалахгүй, зөвхөн гарын үсгийг нь авна; гарын үсэг зөвхөн баримтыг хамарч, үйлдлийн бусад мэдээллийг хамрахгүй.", "Where the document is a signed PDF, the statement need not be signed: choose that PDF below (at most 16 MiB). Its SHA-256 must be the one in the act. The PDF is not kept, its signature is; that covers the document alone and not the other data of the act."))</p>
            """
    }
}

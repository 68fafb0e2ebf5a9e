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

    func previewPage(_ id: Int64, _ visitor: Visitor) throws -> Response {
        try previewPage(id, try draft(id, visitor), Signing(), visitor)
    }

    private func previewPage(_ id: Int64, _ draft: DeedDraft, _ signing: Signing, _ visitor: Visitor) throws -> Response
    {
        if let done = draft.done { return Console.redirect(to: "/notary/acts/\(done)") }
        let path = "/notary/drafts/\(id)"
        guard draft.seal != nil else { return Console.redirect(to: path) }
        let say = Speaker(language: visitor.language)
        let prepared: PreparedStatement
        do {
            prepared = try prepare(draft, visitor)
        } catch {
            guard let failure = Failure(from: error), failure.problem.status < 500 else { throw error }
            return try unpreparedPage(path, failure, visitor)
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
            openssl cms -sign -binary -cades -in statement.txt -signer notary.pem -inkey notary.key -outform DER -out statement.p7s</pre></section>
            <form class="panel" method="post" action="\(path)/register" enctype="multipart/form-data">\(Page.key(visitor))
            <h2>\(say("3. Бүртгэх", "3. Register"))</h2>\(warnings(prepared.warnings, signing, say))
            <div class="field"><label for="signature">\(say("Гарын үсгийн файл (.p7s)", "Signature file (.p7s)"))</label><input id="signature" name="signature" type="file" accept=".p7s,.p7m,.pem,.der,.cms,.sig"\(signing.failure == nil ? HTML.empty : " autofocus")></div>
            <div class="field"><label for="signature64">\(say("эсвэл гарын үсгийг base64-өөр", "or the signature in base64"))</label>
            <textarea id="signature64" name="signature64" rows="4" spellcheck="false" autocomplete="off">\n\(signing.signature)</textarea></div>
            <button>\(draft.form.change.map { say($0.label) } ?? say("Бүртгэх", "Register"))</button></form>
            """
        return try render(
            visitor, title, path: "\(path)/preview",
            status: signing.failure.map { .init(code: $0.problem.status) } ?? .ok,
            content)
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
        if let done = draft.done { return Console.redirect(to: "/notary/acts/\(done)") }
        var signing = Signing()
        signing.acknowledged = Set(
            form.fields.keys.filter { $0.hasPrefix("ack-") }.map { String($0.dropFirst("ack-".count)) })
        do {
            let signature = try NotaryConsole.signature(form)
            // A file is not sent again by itself: what it held is shown as text.
            signing.signature = Base64.encode(signature)
            let body = draft.body.bytes
            let act: String
            if draft.form.change == nil {
                let filed = try await office.deeds.registerAct(
                    body, signature: .cms(signature), notary: visitor.subject, acknowledged: signing.acknowledged)
                try office.tell(of: filed, [])
                act = filed.act.number.description
            } else {
                let filed = try await office.deeds.changeAct(
                    body, signature: signature, notary: visitor.subject, acknowledged: signing.acknowledged)
                try office.tell(of: filed)
                act = filed.change.draft.act.description
            }
            // The act is registered, whatever becomes of the draft.
            try? finish(id, as: act, visitor)
            return Console.redirect(to: "/notary/acts/\(act)?done=\(draft.form.change?.rawValue ?? "registered")")
        } catch {
            guard let failure = Failure(from: error), failure.problem != .draftGone else { throw error }
            if [.ledgerDamaged, .ledgerUnusable].contains(failure.problem) { throw error }
            signing.failure = failure
            if signing.signature.isEmpty { signing.signature = form["signature64"] }
            return try await Console.read { [signing] in try previewPage(id, draft, signing, visitor) }
        }
    }

    /// The file, or what was pasted: PEM as it is, else base64.
    private static func signature(_ form: FormBody) throws(Failure) -> [UInt8] {
        if let file = form.files["signature"], !file.bytes.isEmpty { return file.bytes }
        let text = form["signature64"]
        guard !text.isEmpty else { throw Problem.signatureNotGiven() }
        if text.hasPrefix("-----BEGIN") { return Array(text.utf8) }
        guard let bytes = Base64.decode(text.filter { !$0.isWhitespace }) else { throw Problem.signatureMalformed() }
        return bytes
    }
}

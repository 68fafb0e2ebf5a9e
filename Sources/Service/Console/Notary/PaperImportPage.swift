import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import LedgerTransparency
import Sheets

/// Import of a register book on paper: checked first, then registered, a verdict for each row.
extension NotaryConsole {
    /// The largest form with a file, bytes.
    static let importLimit = SheetLimits.file + (1 << 20)
    /// The most rows whose verdicts are shown.
    private static let shownRows = 500
    /// The largest file that goes with the page of a check, so that nobody must choose it again.
    private static let keptFile = 1 << 20

    func paperImportPage(_ visitor: Visitor, failure: Failure? = nil, verdicts: HTML = .empty) throws -> Response {
        let say = Speaker(language: visitor.language)
        let books = offices(of: visitor.subject)
        let choice: HTML =
            books.count == 1
            ? .empty
            : """
            <div class="field"><label for="office">\(say("Аль албаны дэвтэр", "Whose book it is"))</label>
            <select id="office" name="office">\(books.map { "<option value=\"\($0.code)\">\($0.name) · \($0.code)</option>" as HTML })</select></div>
            """
        let content: HTML = """
            \(failure.map { Page.note($0, say) })\(verdicts)
            <p>\(say("Хуучин бүртгэлийн дэвтрийг CSV эсвэл XLSX файлаар оруулна: мөр бүр нэг бичилт, эхний мөрөнд баганын нэрс. Нэг мөрийн алдаа бусдад нөлөөлөхгүй; файлыг дахин илгээвэл бүртгэгдсэн мөр давхардахгүй.", "Hand in an old register book as CSV or XLSX: an entry a row, the names of the columns in the first. One bad row never blocks the rest; sent again, no row is registered twice."))
            <a href="/notary/import/template.csv">\(say("Загвар татах", "Download a template"))</a></p>
            \(PaperView(say: say).claim)
            <form class="panel noprint" method="post" action="/notary/import" enctype="multipart/form-data">\(Page.key(visitor))\(choice)
            <div class="field"><label for="file">\(say("Файл (CSV, XLSX; 32 МиБ, 200 000 мөр хүртэл)", "File (CSV, XLSX; up to 32 MiB and 200,000 rows)"))</label>
            <input id="file" name="file" type="file" required accept=".csv,.txt,.xlsx"></div>
            <div class="fields"><div class="field"><label for="encoding">\(say("CSV-ийн кодчилол", "Encoding of a CSV"))</label>
            <select id="encoding" name="encoding"><option value="utf-8">UTF-8</option><option value="windows-1251">Windows-1251</option></select></div>
            <div class="field"><label for="sheet">\(say("XLSX-ийн хуудас", "Sheet of an XLSX"))</label><input id="sheet" name="sheet" aria-describedby="sheet-hint">
            <p class="hint" id="sheet-hint">\(say("Хоосон бол эхний хуудас", "The first one where this is empty"))</p></div></div>
            <p class="row"><button name="what" value="check">\(say("Шалгах", "Check"))</button>
            <button class="second" name="what" value="register">\(say("Шалгалгүй бүртгэх", "Register without a check"))</button></p></form>
            """
        return try render(
            visitor, say("Хуучин дэвтэр оруулах", "Import an old book"), path: "/notary/import",
            status: failure.map { .init(code: $0.problem.status) } ?? .ok, content)
    }

    func paperTemplate(_ visitor: Visitor) -> Response {
        let head = PaperColumn.template(visitor.language).map(MerchantConsole.cell).joined(separator: ",")
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8",
                .contentDisposition: "attachment; filename=\"tamga-register.csv\"", .cacheControl: "no-store",
            ], body: ResponseBody(byteBuffer: .init(string: "\u{feff}\(head)\r\n")))
    }

    /// What of a table a page shows.
    private struct Shown {
        var wrong: [PaperVerdict] = []
        var good: [PaperVerdict] = []
    }

    func importPaper(_ form: FormBody, _ visitor: Visitor) async throws -> Response {
        let books = try office.deeds.office(form["office"].isEmpty ? nil : form["office"], of: visitor.subject)
        guard PaperRoutes.turns.begin(books) else {
            return try paperImportPage(visitor, failure: Problem.paperImportUnderWay())
        }
        let turn = ImportTurn(books, PaperRoutes.turns)
        defer { turn.end() }
        try await PaperRoutes.imports.take()
        let place = HeldPermit(of: PaperRoutes.imports)
        defer { place.giveBack() }
        var bytes = form.files["file"]?.bytes ?? []
        if bytes.isEmpty { bytes = Base64.decode(form["kept"]) ?? [] }
        let isCheck = form["what"] != "register"
        do {
            guard !bytes.isEmpty else { throw Problem.importEmpty() }
            let options = SheetOptions(
                encoding: SheetEncoding(rawValue: form["encoding"]) ?? .utf8,
                sheet: form["sheet"].isEmpty ? nil : form["sheet"])
            let table = try await PaperRoutes.table(bytes, options)
            var shown = Shown()
            let filing = PaperImport(
                office, notary: visitor.subject, books: books, isCheck: isCheck, isByOperator: false)
            let totals = try await filing.run(table) { verdicts in
                for verdict in verdicts {
                    // What needs a hand comes first.
                    if verdict.failure != nil {
                        if shown.wrong.count < NotaryConsole.shownRows { shown.wrong.append(verdict) }
                    } else if shown.good.count < NotaryConsole.shownRows {
                        shown.good.append(verdict)
                    }
                }
            }
            let again = isCheck ? next(bytes, form, totals, visitor) : .empty
            return try paperImportPage(visitor, verdicts: self.verdicts(shown, totals, again, visitor))
        } catch let failure as Failure where failure.problem.status < 500 {
            return try paperImportPage(visitor, failure: failure)
        }
    }

    // MARK: Verdicts

    /// The step behind a check: the same file, registered.
    private func next(_ bytes: [UInt8], _ form: FormBody, _ totals: PaperTotals, _ visitor: Visitor) -> HTML {
        let say = Speaker(language: visitor.language)
        guard totals[.wouldRegister] > 0 else { return .empty }
        guard bytes.count <= NotaryConsole.keptFile else {
            return """
                <p>\(say("Бүртгэхийн тулд файлаа доор дахин сонгоно уу.", "To register them, choose the file again below."))</p>
                """
        }
        let count = totals[.wouldRegister]
        return """
            <form method="post" action="/notary/import" enctype="multipart/form-data" class="noprint">\(Page.key(visitor))
            <input type="hidden" name="kept" value="\(Base64.encode(bytes))"><input type="hidden" name="encoding" value="\(form["encoding"])"><input type="hidden" name="office" value="\(form["office"])">
            <input type="hidden" name="sheet" value="\(form["sheet"])"><button name="what" value="register" id="register-checked">\(say("\(count) мөрийг бүртгэх", "Register \(count) rows"))</button></form>
            """
    }

    private func verdicts(_ shown: Shown, _ totals: PaperTotals, _ next: HTML, _ visitor: Visitor) -> HTML {
        let say = Speaker(language: visitor.language)
        let isGood = totals.failure == nil && totals[.refused] + totals[.failed] == 0
        let parts = PaperVerdict.Outcome.allCases.filter { totals[$0] > 0 }.map {
            "\(word($0, say)): \(totals[$0])"
        }
        let rows = (shown.wrong + shown.good).prefix(NotaryConsole.shownRows).map { row($0, say) }
        return """
            <div class="note \(isGood ? "good" : "warn")" role="status"><strong>\(say("\(totals.rows) мөр", "\(totals.rows) rows"))</strong>. \(parts.joined(separator: ", "))</div>
            \(totals.failure.map { Page.note($0, say) })\(next)
            <div class="scroll" tabindex="0"><table id="verdicts"><caption>\(say("\(totals.rows) мөрөөс \(rows.count)-г үзүүлэв; алдаатай нь эхэндээ", "\(rows.count) of \(totals.rows) rows; those with errors first"))</caption>
            <thead><tr><th scope="col" class="n">\(say("Мөр", "Row"))</th><th scope="col">\(say("Шийдвэр", "Verdict"))</th><th scope="col">\(say("Тайлбар", "Why"))</th></tr></thead>
            <tbody>\(Array(rows))</tbody></table></div>
            """
    }

    private func word(_ outcome: PaperVerdict.Outcome, _ say: Speaker) -> String {
        switch outcome {
        case .registered: say("бүртгэсэн", "registered")
        case .already: say("өмнө нь бүртгэсэн", "registered before")
        case .wouldRegister: say("бүртгэж болно", "can be registered")
        case .refused: say("татгалзсан", "refused")
        case .failed: say("чадсангүй", "not taken")
        }
    }

    private func row(_ verdict: PaperVerdict, _ say: Speaker) -> HTML {
        var why: HTML = .empty
        if let failure = verdict.failure {
            why = """
                \(failure.message(say.language)) <span class="quiet">\(failure.remedy(say.language)) (\(failure.problem.code))</span>
                """
        } else if let paper = verdict.paper {
            let number = paper.paper.number.description
            why = """
                <a class="id" href="/notary/acts/\(number)">\(number)</a> · \(say("код", "code")) <span class="id">\(paper.accessCode.printed)</span>
                """
        }
        return """
            <tr><td class="n">\(verdict.row)</td><td class="\(verdict.failure == nil ? "good" : "bad") state">\(word(verdict.outcome, say))</td><td>\(why)</td></tr>
            """
    }
}

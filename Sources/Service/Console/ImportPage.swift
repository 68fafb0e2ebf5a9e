import CanonicalJSON
import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import NIOCore
import Receipts
import Synchronization

/// Import: a file of receipts, a verdict for each row.
extension MerchantConsole {
    /// The largest form with a file, bytes.
    static let importLimit = 32 << 20
    /// The most rows whose verdicts are shown; all of them are in the file of verdicts.
    private static let shownRows = 500

    func importPage(_ visitor: Visitor, failure: Failure? = nil) throws -> Response {
        let say = Speaker(language: visitor.language)
        // With the minute: receipts hold no time of the sale, and equal ones of the same day are two sales.
        let time = ReceiptTime(unixMilliseconds: Int64(clamping: office.clock.now())).description.dropLast(3)
        let content: HTML = """
            \(failure.map { Page.note($0, say) })
            <p class="note">\(say("Мөр бүрд нэг баримт (PosAPI 3.0-ийн JSON), gzip байж болно. Нэг мөрийн алдаа бусдад нөлөөлөхгүй. Алдаатай мөрөө засаад ижил нэртэйгээр дахин илгээвэл бүртгэгдсэн мөр давхардахгүй.", "One receipt a line (the JSON of PosAPI 3.0), also as gzip. One bad row never blocks the rest. Mend what was refused and send the file again under the same name: no row is filed twice."))</p>
            <form class="panel" method="post" action="/merchant/import" enctype="multipart/form-data">\(Page.key(visitor))
            <div class="field"><label for="name">\(say("Импортын нэр", "Name of this import"))</label>
            <input id="name" name="name" value="\(time)" maxlength="60" required aria-describedby="namehint">
            <p class="hint" id="namehint">\(say("Ижил нэр дор ижил мөр нэг л удаа бүртгэгдэнэ; нэг файлд хоёр удаа байгаа мөр хоёр баримт.", "Under one name an equal row is filed once; rows that stand twice in a file are two."))</p></div>
            <div class="field"><label for="file">\(say("Файл (32 МиБ хүртэл)", "File (up to 32 MiB)"))</label><input id="file" name="file" type="file" accept=".ndjson,.jsonl,.json,.gz"></div>
            <div class="field"><label for="rows">\(say("эсвэл мөрүүд", "or rows"))</label><textarea id="rows" name="rows" rows="6" spellcheck="false"></textarea></div>
            <div class="field"><input id="download" name="download" type="checkbox" value="yes"> <label for="download" class="inline">\(say("Хариуг файлаар авах", "Give me the verdicts as a file"))</label></div>
            <button>\(say("Бүртгэх", "File them"))</button></form>
            """
        return try render(
            visitor, say("Импорт", "Import"), path: "/merchant/import",
            status: failure.map { .init(code: $0.problem.status) } ?? .ok, content)
    }

    func importRows(_ form: FormBody, _ visitor: Visitor) async throws -> Response {
        guard console.imports.begin(visitor.subject) else {
            return try importPage(visitor, failure: Problem.importUnderWay())
        }
        let turn = ImportTurn(visitor.subject, console.imports)
        guard console.batches.places.takeIfFree() else {
            return try importPage(visitor, failure: Problem.batchTooMany())
        }
        let place = HeldPermit(of: console.batches.places)
        let source: ImportSource
        let keys: ImportKeys
        do {
            var bytes = form.files["file"]?.bytes ?? []
            if bytes.isEmpty { bytes = Array((form.fields["rows"] ?? "").utf8) }
            source = try ImportSource(bytes)
            keys = try ImportKeys(name: form["name"])
        } catch let failure as Failure {
            place.giveBack()
            return try importPage(visitor, failure: failure)
        }
        var filing = BatchFiling(office: office, limits: console.batches, tin: visitor.subject)
        filing.language = visitor.language
        filing.quota = console.limits
        filing.keys = { keys.next($0) }
        let input = AsyncThrowingStream { try source.next() }
        guard form["download"].isEmpty else {
            let body = ResponseBody { [filing] writer in
                defer { place.giveBack() }
                defer { turn.end() }
                try await filing.run(input, isGzip: false) { lines in try await writer.write(.init(bytes: lines)) }
                try await writer.finish(nil)
            }
            return Response(
                status: .ok,
                headers: [
                    .contentType: "application/x-ndjson", .cacheControl: "no-store",
                    .contentDisposition: "attachment; filename=\"verdicts.ndjson\"",
                ], body: body)
        }
        defer { place.giveBack() }
        defer { turn.end() }
        let shown = Mutex(ShownVerdicts(limit: MerchantConsole.shownRows))
        try await filing.run(input, isGzip: false) { lines in shown.withLock { $0.take(lines) } }
        return try verdictPage(shown.withLock { $0 }, visitor)
    }

    // MARK: Verdicts

    private func verdictPage(_ verdicts: ShownVerdicts, _ visitor: Visitor) throws -> Response {
        let say = Speaker(language: visitor.language)
        let totals = verdicts.totals
        func total(_ name: String) -> Int64 { totals[name]?.integer ?? 0 }
        // What needs a hand comes first.
        let shown = (verdicts.wrong + verdicts.good).prefix(MerchantConsole.shownRows).map { row($0, say) }
        let isGood = verdicts.wrong.isEmpty && totals["complete"]?.bool == true
        let broken: HTML =
            totals["complete"]?.bool == true
            ? .empty
            : """
            <p class="note bad" role="alert">\(totals["title"]?.string ?? "") \(totals["detail"]?.string ?? "")</p>
            """
        let content: HTML = """
            <div class="note \(isGood ? "good" : "warn")" role="status"><strong>\(say("\(total("filed")) бүртгэв", "\(total("filed")) filed"))</strong>, \
            \(say("\(total("repeated")) өмнө нь бүртгэгдсэн", "\(total("repeated")) were filed before")), \(say("\(total("refused")) татгалзав", "\(total("refused")) refused")), \
            \(say("\(total("failed")) бүртгэж чадсангүй", "\(total("failed")) not taken")).</div>\(broken)
            <div class="scroll" tabindex="0"><table><caption>\(say("\(total("rows")) мөрөөс \(shown.count)-г үзүүлэв; алдаатай нь эхэндээ", "\(shown.count) of \(total("rows")) rows; those with errors first"))</caption>
            <thead><tr><th scope="col" class="n">\(say("Мөр", "Row"))</th><th scope="col">\(say("Шийдвэр", "Verdict"))</th><th scope="col">\(say("Тайлбар", "Why"))</th></tr></thead>
            <tbody>\(Array(shown))</tbody></table></div>
            <p class="noprint"><a href="/merchant/import">\(say("Дахин импорт", "Import again"))</a></p>
            """
        return try render(visitor, say("Импортын хариу", "Verdicts of the import"), path: "/merchant/import", content)
    }

    private func row(_ verdict: JSONValue, _ say: Speaker) -> HTML {
        let number = verdict["row"]?.integer ?? 0
        let code = verdict["verdict"]?.string ?? ""
        let titles = [
            "filed": say("бүртгэсэн", "filed"), "repeated": say("өмнө нь", "filed before"),
            "refused": say("татгалзсан", "refused"), "failed": say("чадсангүй", "not taken"),
        ]
        let isGood = code == "filed" || code == "repeated"
        let why: HTML
        if isGood, let index = verdict["index"]?.integer {
            let warnings = (verdict["warnings"]?.array ?? []).map { warning -> HTML in
                "<br><span class=\"warn\">\(warning["title"]?.string ?? "")</span>"
            }
            why =
                "<a class=\"id\" href=\"/merchant/receipts/\(index)\">\(verdict["id"]?.string ?? String(index))</a>\(warnings)"
        } else {
            why = """
                \(verdict["title"]?.string ?? "") <span class="quiet">\(verdict["detail"]?.string ?? "") (\(verdict["code"]?.string ?? ""))</span>
                """
        }
        return """
            <tr><td class="n">\(number)</td><td class="\(isGood ? "good" : "bad") state">\(titles[code] ?? code)</td><td>\(why)</td></tr>
            """
    }
}

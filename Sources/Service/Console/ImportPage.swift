import CanonicalJSON
import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import LedgerMerkle
import Receipts
import Synchronization

/// Import: a file of receipts, a verdict for each row.
extension MerchantConsole {
    /// The largest form with a file, bytes.
    static let importLimit = 32 << 20
    /// The most rows whose verdicts are shown; all of them are in the file of verdicts.
    private static let shownRows = 500

    func importPage(_ visitor: Visitor, failure: Failure? = nil) -> Response {
        let say = Speaker(language: visitor.language)
        let today = ReceiptTime(unixMilliseconds: Int64(clamping: office.clock.now())).dayText
        let content: HTML = """
            \(failure.map { Page.note($0, say) })
            <p class="note">\(say("Мөр бүрд нэг баримт (PosAPI 3.0-ийн JSON), gzip байж болно. Нэг мөрийн алдаа бусдад нөлөөлөхгүй. Алдаатай мөрөө засаад ижил нэртэйгээр дахин илгээвэл бүртгэгдсэн мөр давхардахгүй.", "One receipt a line (the JSON of PosAPI 3.0), also as gzip. One bad row never blocks the rest. Mend what was refused and send the file again under the same name: no row is filed twice."))</p>
            <form class="panel" method="post" action="/merchant/import" enctype="multipart/form-data">\(Page.key(visitor))
            <div class="field"><label for="name">\(say("Импортын нэр", "Name of this import"))</label>
            <input id="name" name="name" value="\(today)" maxlength="60" required aria-describedby="namehint">
            <p class="hint" id="namehint">\(say("Ижил нэр дор ижил мөр нэг л удаа бүртгэгдэнэ.", "Under one name an equal row is filed once; rows that stand twice in a file are two."))</p></div>
            <div class="field"><label for="file">\(say("Файл (32 МиБ хүртэл)", "File (up to 32 MiB)"))</label><input id="file" name="file" type="file" accept=".ndjson,.jsonl,.json,.gz"></div>
            <div class="field"><label for="rows">\(say("эсвэл мөрүүд", "or rows"))</label><textarea id="rows" name="rows" rows="6" spellcheck="false"></textarea></div>
            <div class="field"><input id="download" name="download" type="checkbox" value="yes"> <label for="download" class="inline">\(say("Хариуг файлаар авах", "Give me the verdicts as a file"))</label></div>
            <button>\(say("Бүртгэх", "File them"))</button></form>
            """
        do {
            return try render(
                visitor, say("Импорт", "Import"), path: "/merchant/import",
                status: failure.map { .init(code: $0.problem.status) } ?? .ok, content)
        } catch {
            return Response(status: .internalServerError)
        }
    }

    func importRows(_ form: FormBody, _ visitor: Visitor) async throws -> Response {
        let rows: [UInt8]
        do {
            rows = try keyed(try bytes(of: form), name: form["name"], tin: visitor.subject)
        } catch let failure as Failure {
            return importPage(visitor, failure: failure)
        }
        guard console.batches.places.takeIfFree() else { return importPage(visitor, failure: Problem.batchTooMany()) }
        let place = HeldPermit(of: console.batches.places)
        defer { place.giveBack() }
        var filing = BatchFiling(office: office, limits: console.batches, tin: visitor.subject)
        filing.language = visitor.language
        let input = AsyncStream<[UInt8]> { continuation in
            for start in stride(from: 0, to: rows.count, by: 1 << 16) {
                continuation.yield(Array(rows[start..<min(rows.count, start + 1 << 16)]))
            }
            continuation.finish()
        }
        let verdicts = Mutex<[UInt8]>([])
        try await filing.run(input, isGzip: false) { lines in verdicts.withLock { $0 += lines } }
        let lines = verdicts.withLock { $0 }
        guard form["download"].isEmpty else {
            return Response(
                status: .ok,
                headers: [
                    .contentType: "application/x-ndjson", .cacheControl: "no-store",
                    .contentDisposition: "attachment; filename=\"verdicts.ndjson\"",
                ], body: .init(byteBuffer: .init(bytes: lines)))
        }
        return try verdictPage(lines, visitor)
    }

    private func bytes(of form: FormBody) throws -> [UInt8] {
        var bytes = form.files["file"]?.bytes ?? []
        if bytes.isEmpty { bytes = Array((form.fields["rows"] ?? "").utf8) }
        guard bytes.contains(where: { $0 > 0x20 }) else { throw Problem.importEmpty() }
        guard bytes.starts(with: [0x1f, 0x8b]) else { return bytes }
        let gzip = try GzipReader()
        gzip.feed(bytes)
        var unpacked: [UInt8] = []
        do {
            while let piece = try gzip.next() {
                unpacked += piece
                guard unpacked.count <= MerchantConsole.importLimit * 8 else {
                    throw Problem.tooLarge(["limit": String(MerchantConsole.importLimit * 8)])
                }
            }
        } catch let error as GzipReader.Damaged {
            throw Problem.batchBroken(["row": "1", "reason": "gzip: \(error.reason)"])
        }
        guard gzip.isWhole else { throw Problem.batchBroken(["row": "1", "reason": "gzip: it breaks off"]) }
        return unpacked
    }

    /// Gives each row a key of the import's name, its content and how often it stood before: sent again, nothing is filed twice.
    private func keyed(_ bytes: [UInt8], name: String, tin: String) throws -> [UInt8] {
        guard !name.isEmpty, name.utf8.count <= 200 else {
            throw Problem.consoleFieldInvalid([
                "field": "name", "value": name.isEmpty ? "–" : name, "form": "2026-11-22",
            ])
        }
        let named = SHA256.hash(Array("console import\n\(name)".utf8)).description.prefix(16)
        var lines = LineSplitter(limit: BatchRow.lengthLimit)
        var all = lines.feed(bytes)
        if let last = lines.finish() { all.append(last) }
        var seen: [Digest: Int] = [:]
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + all.count * 80)
        for line in all {
            if case .whole(let row) = line {
                let digest = SHA256.hash(row)
                let count = seen[digest, default: 0]
                seen[digest] = count + 1
                output += BatchSender.keyed(row, "\(named)-\(digest.description.prefix(24))-\(count)")
            } else {
                // A row that is too long stays one, and is refused with its number.
                output += [UInt8](repeating: 0x78, count: BatchRow.lengthLimit + 1)
            }
            output.append(0x0a)
        }
        return output
    }

    // MARK: Verdicts

    private func verdictPage(_ lines: [UInt8], _ visitor: Visitor) throws -> Response {
        let say = Speaker(language: visitor.language)
        let verdicts = lines.split(separator: 0x0a).compactMap { try? JSONValue(parsing: Array($0)) }
        let totals = verdicts.last { $0["end"] != nil } ?? .null
        func total(_ name: String) -> Int64 { totals[name]?.integer ?? 0 }
        let rows = verdicts.filter { $0["end"] == nil }
        // What needs a hand comes first.
        let wrong = rows.filter { !["filed", "repeated"].contains($0["verdict"]?.string ?? "") }
        let good = rows.filter { ["filed", "repeated"].contains($0["verdict"]?.string ?? "") }
        let shown = (wrong + good).prefix(MerchantConsole.shownRows).map { row($0, say) }
        let isGood = wrong.isEmpty && totals["complete"]?.bool == true
        let broken: HTML =
            totals["complete"]?.bool == true
            ? .empty : "<p class=\"note bad\">\(totals["title"]?.string ?? "") \(totals["detail"]?.string ?? "")</p>"
        let content: HTML = """
            <div class="note \(isGood ? "good" : "warn")" role="status"><strong>\(say("\(total("filed")) бүртгэв", "\(total("filed")) filed"))</strong>, \
            \(say("\(total("repeated")) өмнө нь бүртгэгдсэн", "\(total("repeated")) were filed before")), \(say("\(total("refused")) татгалзав", "\(total("refused")) refused")), \
            \(say("\(total("failed")) бүртгэж чадсангүй", "\(total("failed")) not taken")).</div>\(broken)
            <div class="scroll"><table><caption>\(say("\(rows.count) мөрөөс \(shown.count)-г үзүүлэв; алдаатай нь эхэндээ", "\(shown.count) of \(rows.count) rows; those with errors first"))</caption>
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
            "filed": say("бүртгэв", "filed"), "repeated": say("өмнө нь", "filed before"),
            "refused": say("татгалзав", "refused"), "failed": say("чадсангүй", "not taken"),
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

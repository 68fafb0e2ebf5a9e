import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Registry

/// Entries from register books on paper: a register of their own, beside the book of acts signed here.
extension NotaryConsole {
    /// Lines of one page.
    private static let pageLength = 500

    func addPaper(to router: some RouterMethods<CallContext>) {
        router.get("notary/paper", use: looked(.book) { request, _, visitor in try paperPage(request, visitor) })
        router.get("notary/import", use: view { _, _, visitor in try paperImportPage(visitor) })
        router.post(
            "notary/import",
            use: console.form(.notary, limit: NotaryConsole.importLimit) { form, _, visitor in
                try await importPaper(form, visitor)
            })
        router.get("notary/import/template.csv", use: view { _, _, visitor in paperTemplate(visitor) })
    }

    func paperPage(_ request: Request, _ visitor: Visitor) throws -> Shown {
        let say = Speaker(language: visitor.language)
        let code = request.asked("notary")
        let books = offices(of: visitor.subject)
        guard let notary = code.isEmpty ? books.first : books.first(where: { $0.code == code }) else {
            throw Problem.notFound()
        }
        let years = try office.deeds.paperYears(notary: notary.code)
        let asked = request.asked("year")
        let today = try today()
        let chosen = asked.isEmpty ? years.last ?? today.year : Int(asked) ?? 0
        guard (1900...2999).contains(chosen) else {
            throw Problem.consoleFieldInvalid(["field": "year", "value": asked, "form": "2015"])
        }
        let from = max(1, Int(request.asked("from")) ?? 1)
        let lines = try office.deeds.paperBook(
            notary: notary.code, year: chosen, from: from, limit: NotaryConsole.pageLength)
        let end = try office.deeds.paperEnd(notary: notary.code, year: chosen)
        let view = PaperView(say: say)
        let options = books.map { book -> HTML in
            let selected: HTML = book.code == notary.code ? " selected" : ""
            return "<option value=\"\(book.code)\"\(selected)>\(book.name) · \(book.code)</option>"
        }
        let choice: HTML =
            books.count > 1
            ? "<div><label for=\"notary\">\(say("Алба", "Office"))</label><select id=\"notary\" name=\"notary\">\(options)</select></div>"
            : .empty
        let links = years.map { year -> HTML in
            "<a href=\"/notary/paper?notary=\(notary.code)&amp;year=\(year)\">\(year)</a> "
        }
        func link(_ from: Int, _ title: String) -> HTML {
            "<a href=\"/notary/paper?notary=\(notary.code)&amp;year=\(chosen)&amp;from=\(from)\">\(title)</a>"
        }
        let last = from + lines.count - 1
        let before: HTML =
            from > 1 ? link(max(1, from - NotaryConsole.pageLength), say("Өмнөх дугаарууд", "Earlier numbers")) : .empty
        let after: HTML = last < end ? link(last + 1, say("Дараагийн дугаарууд", "Later numbers")) : .empty
        let list: HTML =
            lines.isEmpty
            ? "<p class=\"panel\" role=\"status\">\(say("Бүртгэл алга.", "There is no entry."))</p>"
            : view.table(lines, caption: say("Дугаарын дарааллаар", "By number"))
        let content: HTML = """
            <p class="noprint"><a class="button" href="/notary/import">\(say("Хуучин дэвтэр оруулах", "Import an old book"))</a></p>\(view.claim)
            <form class="row panel noprint" method="get" action="/notary/paper">\(choice)
            <div><label for="year">\(say("Дэвтрийн жил", "Year of the book"))</label><input id="year" name="year" inputmode="numeric" size="5" value="\(chosen)"></div>
            <button>\(say("Харуулах", "Show"))</button><p>\(links)</p></form>
            <p><strong>\(notary.name) · \(notary.code) · \(chosen)</strong></p>\(list)
            <p>\(say("Жилийн сүүлийн дугаар: \(end)", "The last number of the year is \(end)."))</p><p class="pages">\(before)\(after)</p>
            """
        let page = try render(
            visitor, say("Цаасан дэвтрээс бүртгэсэн", "Registered from paper"), path: "/notary/paper", content)
        return Shown(page, lines.compactMap(\.shown))
    }

    /// One entry whole.
    func paperEntryPage(_ number: String, _ visitor: Visitor) throws -> Shown {
        let say = Speaker(language: visitor.language)
        let report = try office.deeds.paper(number, notary: visitor.subject)
        let view = PaperView(say: say)
        let (paper, filed) = (report.known.paper, report.known.filed)
        let path = "/notary/acts/\(paper.number)"
        func other(_ title: String, _ number: PaperNumber?) -> HTML {
            guard let number else { return .empty }
            return "<dt>\(title)</dt><dd><a href=\"/notary/acts/\(number.description)\">\(number.description)</a></dd>"
        }
        let closed: HTML =
            paper.act.isClosed
            ? "<dt>\(say("Хаалттай", "Closed"))</dt><dd>\(say("гэрээслэл: хэнд ч хэлэхгүй", "a will: nobody is told of it"))</dd>"
            : .empty
        let content: HTML = """
            \(view.claim)
            <dl class="panel"><dt>\(say("Төлөв", "Status"))</dt><dd class="state">\(view.status(report))</dd>\(closed)
            \(other(say("Залруулсан бичилт", "Corrects"), paper.corrects))\(other(say("Залруулга", "Corrected by"), report.correctedBy))
            <dt>\(say("Бүртгэсэн", "Registered"))</dt><dd>\(say.time(filed.recorded)) · \(say("бичлэг", "entry")) \(filed.index)</dd>
            <dt>\(say("Хандах код", "Access code"))</dt><dd class="secret" id="access-code">\(office.deeds.accessCode(of: filed).printed)</dd>
            <dt>\(say("Нотолгоо", "Evidence"))</dt><dd><span class="noprint"><a href="\(path)/evidence">\(say("Татах", "Download"))</a> · </span><span class="id">\(office.evidenceLink(of: filed))</span></dd></dl>
            \(view.content(paper.act))
            """
        return Shown(try render(visitor, paper.number.description, path: path, content), [paper.number])
    }

    /// Entries from paper that a search found.
    func paperFound(_ found: [PaperReport], _ say: Speaker) -> HTML {
        guard !found.isEmpty else { return .empty }
        let view = PaperView(say: say)
        let table = view.table(
            found.map { .entry($0) }, caption: say("Олдсон бичилтүүд, шинэ нь эхэндээ", "Entries found, newest first"))
        return "<h2>\(say("Цаасан дэвтрээс", "From paper"))</h2>\(view.claim)\(table)"
    }
}

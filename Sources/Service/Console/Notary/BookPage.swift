import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import LedgerMerkle
import NIOCore
import Registry

/// The register book: by day or year, on screen, on paper and as a file.
extension NotaryConsole {
    /// Lines of one page.
    private static let pageLength = 500
    /// Lines of one piece of a file.
    private static let pieceLength = 200

    /// Which part of which book.
    private struct BookAsked {
        let notary: Notary
        let year: Int
        /// `nil` for the whole year.
        let day: CivilDate?
        let from: Int
    }

    /// - Throws: `not-found` for a book of somebody else, `console-field-invalid` for what is no day or year.
    private func asked(_ request: Request, _ visitor: Visitor) throws -> BookAsked {
        let today = try today()
        let code = request.asked("notary")
        let books = offices(of: visitor.subject)
        guard let notary = code.isEmpty ? books.first : books.first(where: { $0.code == code }) else {
            throw Problem.notFound()
        }
        let (day, year) = (request.asked("day"), request.asked("year"))
        var chosen: CivilDate?
        if !day.isEmpty {
            chosen = CivilDate(day)
            if chosen == nil { throw Problem.consoleFieldInvalid(["field": "day", "value": day, "form": "\(today)"]) }
        } else if year.isEmpty {
            chosen = today
        }
        let number = year.isEmpty ? chosen?.year ?? today.year : Int(year) ?? 0
        guard (2000...2999).contains(number) else {
            throw Problem.consoleFieldInvalid(["field": "year", "value": year, "form": "\(today.year)"])
        }
        return BookAsked(
            notary: notary, year: chosen?.year ?? number, day: chosen, from: max(1, Int(request.asked("from")) ?? 1))
    }

    private func lines(_ asked: BookAsked) throws -> [BookLine] {
        if let day = asked.day { return try office.deeds.bookOfDay(notary: asked.notary.code, day: day) }
        return try office.deeds.book(
            notary: asked.notary.code, year: asked.year, from: asked.from, limit: NotaryConsole.pageLength)
    }

    func bookPage(_ request: Request, _ visitor: Visitor) throws -> Shown {
        let say = Speaker(language: visitor.language)
        let asked = try asked(request, visitor)
        let lines = try lines(asked)
        let end = try office.deeds.bookEnd(notary: asked.notary.code, year: asked.year)
        let period = asked.day?.description ?? say("\(asked.year) он", "\(asked.year)")
        let title = say("Нотариатын үйлдлийн бүртгэлийн дэвтэр", "Register book of notarial acts")
        let content: HTML = """
            \(chooser(asked, visitor, say))
            <p><strong>\(asked.notary.name) · \(asked.notary.code) · \(period)</strong></p>
            \(lines.isEmpty ? HTML("<p class=\"panel\" role=\"status\">\(say("Бүртгэл алга.", "There is no entry."))</p>") : table(lines, say))
            <p>\(gaps(lines, asked, end, say))</p>\(pages(asked, lines, end, say))
            """
        return Shown(try render(visitor, title, path: "/notary/book", content), lines.compactMap(\.shown))
    }

    private func chooser(_ asked: BookAsked, _ visitor: Visitor, _ say: Speaker) -> HTML {
        let books = offices(of: visitor.subject)
        let options = books.map { notary -> HTML in
            let selected: HTML = notary.code == asked.notary.code ? " selected" : ""
            return "<option value=\"\(notary.code)\"\(selected)>\(notary.name) · \(notary.code)</option>"
        }
        let choice: HTML =
            books.count > 1
            ? "<div><label for=\"notary\">\(say("Алба", "Office"))</label><select id=\"notary\" name=\"notary\">\(options)</select></div>"
            : .empty
        let file =
            "/notary/book.csv?notary=\(asked.notary.code)&" + (asked.day.map { "day=\($0)" } ?? "year=\(asked.year)")
        return """
            <form class="row panel noprint" method="get" action="/notary/book">\(choice)
            <div><label for="day">\(say("Өдөр", "Day"))</label><input id="day" name="day" type="date" value="\(asked.day?.description ?? "")" aria-describedby="day-hint"></div>
            <div><label for="year">\(say("Жил", "Year"))</label><input id="year" name="year" inputmode="numeric" size="5" value="\(asked.year)"></div>
            <button>\(say("Харуулах", "Show"))</button> <a href="\(file)">CSV</a>
            <p class="hint" id="day-hint">\(say("Өдрийг хоосон орхивол жилийн дэвтэр гарна. Хэвлэхдээ хөтчийн «Хэвлэх» командыг ашиглана.", "Without a day the book of the year is shown. Print it with the browser's own command."))</p></form>
            """
    }

    private func table(_ lines: [BookLine], _ say: Speaker) -> HTML {
        let rows = lines.map { line -> HTML in
            switch line {
            case .erased(let number):
                return """
                    <tr><th scope="row">\(number.description)</th><td colspan="8">\(say("Агуулгыг хуульд заасны дагуу устгасан; дугаар үлдсэн.", "The content was erased as the law asks; the number stays."))</td></tr>
                    """
            case .act(let known):
                let (content, row) = (known.history.content, row(known, say))
                return """
                    <tr><th scope="row"><a href="/notary/acts/\(row.number)">\(row.number)</a></th><td>\(row.time)</td><td>\(row.kind)</td><td>\(row.parties)</td>\
                    <td class="id">\(content.document.sha256.description.prefix(16))…</td><td>\(content.propertyNumber ?? "")</td>\
                    <td>\(content.validUntil?.description ?? "")</td><td class="state \(row.isInForce ? "good" : "bad")">\(row.status)</td><td class="sign"></td></tr>
                    """
            }
        }
        let titles = [
            say("Дугаар", "Number"), say("Цаг", "Time"), say("Үйлдэл", "Act"), say("Оролцогчид", "Parties"),
            say("Баримт (SHA-256)", "Document (SHA-256)"), say("Эд хөрөнгө", "Property"),
            say("Хүчинтэй", "Valid until"),
            say("Төлөв", "Status"), say("Үйлчлүүлэгчийн гарын үсэг", "Client's signature"),
        ].map { "<th scope=\"col\">\($0)</th>" as HTML }
        return """
            <div class="scroll" tabindex="0"><table class="book"><caption>\(say("Дугаарын дарааллаар", "By number"))</caption><thead><tr>\(titles)</tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    /// Whether a number is missing between the first and the last line.
    private func gaps(_ lines: [BookLine], _ asked: BookAsked, _ end: Int, _ say: Speaker) -> HTML {
        let numbers = lines.map(\.number.running)
        guard let first = numbers.first, let last = numbers.last else {
            return "\(say("Энэ жилийн сүүлийн дугаар: \(end)", "The last number of the year is \(end)."))"
        }
        let missing = Set(first...last).subtracting(numbers).sorted()
        guard missing.isEmpty else {
            return """
                <span class="bad">\(say("Дутуу дугаар:", "Missing numbers:")) \(missing.prefix(20).map(String.init).joined(separator: ", "))</span>
                """
        }
        return
            "\(say("\(first)–\(last) дугаарт завсар алга; жилийн сүүлийн дугаар \(end).", "No gap from number \(first) to \(last); the last of the year is \(end)."))"
    }

    private func pages(_ asked: BookAsked, _ lines: [BookLine], _ end: Int, _ say: Speaker) -> HTML {
        guard asked.day == nil, let last = lines.last?.number.running else { return .empty }
        func link(_ from: Int, _ title: String) -> HTML {
            "<a href=\"/notary/book?notary=\(asked.notary.code)&amp;year=\(asked.year)&amp;from=\(from)\">\(title)</a>"
        }
        let before: HTML =
            asked.from > 1
            ? link(max(1, asked.from - NotaryConsole.pageLength), say("Өмнөх дугаарууд", "Earlier numbers")) : .empty
        let after: HTML = last < end ? link(last + 1, say("Дараагийн дугаарууд", "Later numbers")) : .empty
        return "<p class=\"pages\">\(before)\(after)</p>"
    }

    // MARK: File

    func bookFile(_ request: Request, _ visitor: Visitor) throws -> Response {
        let asked = try asked(request, visitor)
        let code = asked.notary.code
        let body = ResponseBody { [self] writer in
            try await writer.write(ByteBuffer(string: NotaryConsole.fileHead))
            var next: Int? = 1
            while let from = next {
                let piece = try await Console.read { try filePiece(asked, from: from) }
                try await office.logLooks(
                    at: piece.acts, by: NotaryConsole.reader(visitor), .book, detail: "/notary/book.csv")
                if !piece.text.isEmpty { try await writer.write(ByteBuffer(string: piece.text)) }
                next = piece.next
            }
            try await writer.finish(nil)
        }
        let name = "tamga-\(code)-\(asked.day?.description ?? String(asked.year)).csv"
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .contentDisposition: "attachment; filename=\"\(name)\"",
                .cacheControl: "no-store",
            ], body: body)
    }

    /// A piece of the file, and the number that the next begins with; `nil` after the last.
    private func filePiece(_ asked: BookAsked, from: Int) throws -> (text: String, acts: [ActNumber], next: Int?) {
        let lines =
            asked.day == nil
            ? try office.deeds.book(
                notary: asked.notary.code, year: asked.year, from: from, limit: NotaryConsole.pieceLength)
            : try lines(asked)
        let next = asked.day == nil ? lines.last.map { $0.number.running + 1 } : nil
        return (lines.map { cells($0) }.joined(), lines.compactMap(\.shown), next)
    }

    /// The mark lets spreadsheets know that it is UTF-8.
    private static let fileHead =
        "\u{feff}number,registered,type,parties,document,property,validUntil,status,entry,commitment\r\n"

    private func cells(_ line: BookLine) -> String {
        let cells: [String]
        switch line {
        case .erased(let number): cells = [number.description, "", "", "", "", "", "", "erased", "", ""]
        case .act(let known):
            let content = known.history.content
            let now = max(office.clock.now(), known.newest.recorded, known.history.act.time.unixMilliseconds)
            cells = [
                known.history.act.number.description, Speaker(language: .en).time(known.filed.recorded),
                content.type.rawValue, ActContentView.names(content), content.document.sha256.description,
                content.propertyNumber ?? "", content.validUntil?.description ?? "",
                known.history.status(at: ActTime(unixMilliseconds: now)).code, String(known.filed.index),
                known.filed.commitment.description,
            ]
        }
        return cells.map(MerchantConsole.cell).joined(separator: ",") + "\r\n"
    }
}

extension BookLine {
    /// The number of the line.
    fileprivate var number: ActNumber {
        switch self {
        case .act(let known): known.history.act.number
        case .erased(let number): number
        }
    }
}

import CanonicalJSON
import Catalogue
import Filing
import Hummingbird
import LedgerEngine
import LedgerMerkle
import Receipts

/// Finding receipts, and one receipt whole.
extension MerchantConsole {
    private static let pageLength = 50

    // MARK: Search

    /// What the form of the search says.
    private struct Asked {
        var number = ""
        var from = ""
        var to = ""
        var branch = ""
        var till = ""
        var amount = ""
        var buyer = ""

        init(_ request: Request) {
            func text(_ name: String) -> String {
                // A form writes a blank as a plus.
                for pair in (request.uri.query ?? "").split(separator: "&") {
                    let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    guard parts.count == 2, parts[0] == name else { continue }
                    return Substring(FormBody.decoded(parts[1].utf8) ?? "").trimmed
                }
                return ""
            }
            (number, from, to, branch) = (text("number"), text("from"), text("to"), text("branch"))
            (till, amount, buyer) = (text("till"), text("amount"), text("buyer"))
        }

        /// The query that asks for the same again.
        var query: String {
            let pairs = [
                ("number", number), ("from", from), ("to", to), ("branch", branch), ("till", till), ("amount", amount),
                ("buyer", buyer),
            ]
            return pairs.filter { !$0.1.isEmpty }.map { "\($0.0)=\(Console.query($0.1))" }.joined(separator: "&")
        }

        func search() throws(Failure) -> RegistryDesk.Search {
            var search = RegistryDesk.Search()
            func day(_ text: String, _ field: String) throws(Failure) -> Int? {
                if text.isEmpty { return nil }
                guard let time = ReceiptTime("\(text) 00:00:00") else {
                    throw Problem.consoleFieldInvalid(["field": field, "value": text, "form": "2026-11-22"])
                }
                return time.dayNumber
            }
            let (first, last) = (try day(from, "from"), try day(to, "to"))
            guard first ?? 0 <= last ?? 99_999_999 else {
                throw Problem.consoleFieldInvalid(["field": "to", "value": to, "form": "≥ \(from)"])
            }
            if first != nil || last != nil { search.days = (first ?? 0)...(last ?? 99_999_999) }
            if !amount.isEmpty {
                let plain = amount.filter { !$0.isWhitespace && $0 != "₮" }.replacing(",", with: ".")
                guard let money = Money(.string(plain)) else {
                    throw Problem.consoleFieldInvalid(["field": "amount", "value": amount, "form": "5600.50"])
                }
                search.amount = money
            }
            search.buyer = buyer
            return search
        }
    }

    func search(_ request: Request, _ visitor: Visitor) throws -> Response {
        let say = Speaker(language: visitor.language)
        let asked = Asked(request)
        if !asked.number.isEmpty {
            let digits = asked.number.filter(\.isNumber)
            if let index = try registry.book.index(ofReceipt: digits),
                try registry.book.line(at: index)?.merchant == visitor.subject
            {
                return Console.redirect(to: "/merchant/receipts/\(index)")
            }
            let note = say("Энэ дугаартай баримт олдсонгүй.", "There is no receipt of this number.")
            return try render(
                visitor, say("Баримтууд", "Receipts"), path: "/merchant/receipts", status: .notFound,
                "\(searchForm(asked, say))<p class=\"note warn\" role=\"status\">\(note)</p>")
        }
        var search: RegistryDesk.Search
        do {
            search = try asked.search()
        } catch {
            return try render(
                visitor, say("Баримтууд", "Receipts"), path: "/merchant/receipts", status: .badRequest,
                "\(Page.note(error, say))\(searchForm(asked, say))")
        }
        search.before = try request.number("before")
        if !asked.till.isEmpty || !asked.branch.isEmpty {
            // Of all tills that ever filed: either part finds them.
            let branch =
                asked.branch.isEmpty
                ? "" : String(repeating: "0", count: max(0, 3 - asked.branch.utf8.count)) + asked.branch
            search.tills = try registry.tills(of: visitor.subject).tills.keys.filter { till in
                (branch.isEmpty || till.branch == branch) && (asked.till.isEmpty || till.number == asked.till)
            }
        }
        let indices = try registry.find(search, of: visitor.subject, limit: MerchantConsole.pageLength + 1)
        let shown = try indices.prefix(MerchantConsole.pageLength).compactMap {
            try registry.line(at: $0, of: visitor.subject)
        }
        var more: HTML = .empty
        if indices.count > MerchantConsole.pageLength {
            let last = indices[MerchantConsole.pageLength - 1]
            let query = asked.query + (asked.query.isEmpty ? "" : "&") + "before=\(last)"
            more = """
                <p class="pages"><a href="/merchant/receipts?\(query)">\(say("Өмнөх баримтууд", "Older receipts"))</a></p>
                """
        }
        return try render(
            visitor, say("Баримтууд", "Receipts"), path: "/merchant/receipts",
            "\(searchForm(asked, say))\(try list(shown, say))\(more)")
    }

    private func searchForm(_ asked: Asked, _ say: Speaker) -> HTML {
        func field(_ name: String, _ title: String, _ value: String, _ more: HTML = "") -> HTML {
            "<div><label for=\"\(name)\">\(title)</label><input id=\"\(name)\" name=\"\(name)\" value=\"\(value)\"\(more)></div>"
        }
        let day: HTML = " type=\"date\""
        return """
            <form class="row panel" method="get" action="/merchant/receipts" role="search">
            \(field("number", say("ДДТД", "Receipt number"), asked.number, " inputmode=\"numeric\" class=\"wide\""))
            \(field("from", say("Огнооноос", "From"), asked.from, day))\(field("to", say("хүртэл", "to"), asked.to, day))
            \(field("branch", say("Салбар", "Branch"), asked.branch, " size=\"4\""))\(field("till", say("Касс", "Till"), asked.till, " size=\"8\""))
            \(field("amount", say("Дүн", "Total"), asked.amount, " size=\"12\" inputmode=\"decimal\""))
            \(field("buyer", say("Худалдан авагч", "Buyer"), asked.buyer, " size=\"14\""))
            <button>\(say("Хайх", "Search"))</button></form>
            """
    }

    private func list(_ lines: [ReceiptLine], _ say: Speaker) throws -> HTML {
        guard !lines.isEmpty else {
            return "<p class=\"panel\" role=\"status\">\(say("Баримт олдсонгүй.", "No receipt was found."))</p>"
        }
        let rows = try lines.map { line -> HTML in
            """
            <tr><td><a href="/merchant/receipts/\(line.index)"><span class="id">\(line.id)</span></a></td><td>\(line.date.description)</td>\
            <td>\(line.branch)\(line.till.isEmpty ? "" : "/")\(line.till)</td><td>\(line.type?.rawValue ?? "")</td>\
            <td class="n">\(line.action == .returned ? "" : say.money(line.total.mongo))</td><td>\(try state(of: line, say))</td></tr>
            """
        }
        return """
            <div class="scroll" tabindex="0"><table><caption>\(say("Шинэ нь эхэндээ", "Newest first"))</caption><thead><tr><th scope="col">\(say("ДДТД", "Receipt number"))</th>\
            <th scope="col">\(say("Огноо", "Date"))</th><th scope="col">\(say("Салбар/касс", "Branch/till"))</th><th scope="col">\(say("Төрөл", "Type"))</th>\
            <th scope="col" class="n">\(say("Дүн", "Total"))</th><th scope="col">\(say("Төлөв", "State"))</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    /// What later entries say of a receipt.
    private func state(of line: ReceiptLine, _ say: Speaker) throws -> HTML {
        if line.action == .returned { return "<span class=\"quiet\">\(say("буцаалт", "a return"))</span>" }
        guard let change = try registry.book.change(ofReceipt: line.id) else {
            return "<span class=\"good state\">\(say("хүчинтэй", "in force"))</span>"
        }
        let isReturn = try registry.book.line(at: change)?.action == .returned
        return """
            <a class="bad state" href="/merchant/receipts/\(change)">\(isReturn ? say("буцаасан", "returned") : say("засварласан", "corrected"))</a>
            """
    }

    // MARK: One receipt

    func receiptPage(_ line: ReceiptLine, _ visitor: Visitor, note: HTML = .empty) throws -> Response {
        let say = Speaker(language: visitor.language)
        let path = "/merchant/receipts/\(line.index)"
        guard line.action != .returned else {
            let original = try registry.book.index(ofReceipt: line.id)
            let link: HTML =
                original.map { "<a href=\"/merchant/receipts/\($0)\">\(say("Баримтыг нээх", "Open the receipt"))</a>" }
                ?? HTML("\(say("Баримт өөр системд олгогдсон.", "The receipt was issued elsewhere."))")
            return try render(
                visitor, say("Буцаалт", "A return"), path: path,
                "\(note)<dl class=\"panel\">\(facts(line, say))</dl><p>\(link)</p>")
        }
        guard let issued = try registry.book.receipt(at: line.index) else {
            throw Problem.receiptRecordDamaged(["field": "items"])
        }
        let request = issued.request
        let isInForce = try registry.book.change(ofReceipt: line.id) == nil
        let items = request.receipts.flatMap { receipt in
            receipt.items.map { item -> HTML in
                """
                <tr><td>\(item.name)</td><td>\(receipt.taxType.rawValue)</td><td class="n">\(item.quantity.description) \(item.unit)</td>\
                <td class="n">\(item.unitPrice.description)</td><td class="n">\(say.money(item.vat.mongo))</td><td class="n">\(say.money(item.cityTax.mongo))</td>\
                <td class="n">\(say.money(item.total.mongo))</td></tr>
                """
            }
        }
        let payments = request.payments.map { payment -> HTML in
            "<li>\(payment.code) · \(payment.status) · \(say.money(payment.amount.mongo))</li>"
        }
        let corrected: HTML? = try request.corrects.map { id in
            let index = try registry.book.index(ofReceipt: id.text)
            let link: HTML =
                index.map { "<a href=\"/merchant/receipts/\($0)\" class=\"id\">\(id.text)</a>" } ?? "\(id.text)"
            return "<dt>\(say("Засварласан баримт", "Corrects"))</dt><dd>\(link)</dd>"
        }
        let isBeside = try merchant(visitor).way == .beside
        let actions: HTML =
            switch (isInForce, isBeside) {
            case (false, _): .empty
            case (true, true):
                """
                <p class="note noprint">\(say("Засвар, буцаалтыг өөрийн PosAPI-д хийнэ; энд өөрөө ирнэ.", "Correct it or take it back at your own PosAPI, which pushes that here."))</p>
                """
            case (true, false):
                """
                <p class="noprint pages"><a href="\(path)/correct">\(say("Засварлах", "Correct it"))</a> <a href="\(path)/return">\(say("Буцаах", "Take it back"))</a></p>
                """
            }
        let content: HTML = """
            \(note)<dl class="panel">\(facts(line, say))<dt>\(say("Төлөв", "State"))</dt><dd>\(try state(of: line, say))</dd>\(corrected)\(try actFacts(line, issued, say))\
            <dt>\(say("Нотолгоо", "Evidence"))</dt><dd><a href="\(office.evidencePath(of: line.commitment))" class="id">\(office.settings.publicURL)\(office.evidencePath(of: line.commitment))</a></dd></dl>
            \(actions)
            <div class="scroll" tabindex="0"><table><caption>\(say("Бараа, үйлчилгээ", "Goods and services"))</caption><thead><tr><th scope="col">\(say("Нэр", "Name"))</th>\
            <th scope="col">\(say("Татвар", "Tax"))</th><th scope="col" class="n">\(say("Тоо", "Quantity"))</th><th scope="col" class="n">\(say("Нэгж үнэ", "Unit price"))</th>\
            <th scope="col" class="n">\(say("НӨАТ", "VAT"))</th><th scope="col" class="n">\(say("НХАТ", "City tax"))</th><th scope="col" class="n">\(say("Дүн", "Total"))</th></tr></thead>
            <tbody>\(items)</tbody></table></div>
            \(payments.isEmpty ? .empty : HTML("<h2>\(say("Төлбөр", "Payments"))</h2><ul>\(payments)</ul>"))
            """
        return try render(visitor, say("Баримт", "Receipt"), path: path, content)
    }

    private func facts(_ line: ReceiptLine, _ say: Speaker) -> HTML {
        var rows: [(String, HTML)] = [
            (say("ДДТД", "Receipt number"), "<span class=\"id\">\(line.id)</span>"),
            (say("Огноо", "Date"), "\(line.date.description)"),
        ]
        if line.action != .returned {
            rows += [
                (say("Төрөл", "Type"), "\(line.type?.rawValue ?? "")"),
                (say("Салбар/касс", "Branch/till"), "\(line.branch)/\(line.till)"),
                (say("Нийт дүн", "Total"), "<strong>\(say.money(line.total.mongo))</strong>"),
                (say("НӨАТ", "VAT"), "\(say.money(line.vat.mongo))"),
                (say("НХАТ", "City tax"), "\(say.money(line.cityTax.mongo))"),
            ]
            if !line.buyer.isEmpty { rows.append((say("Худалдан авагч", "Buyer"), "\(line.buyer)")) }
        }
        rows += [
            (say("Бүртгэсэн", "Recorded"), "\(say.time(line.recorded)) · \(say("бичлэг", "entry")) \(line.index)"),
            (say("Хээ", "Commitment"), "<span class=\"id\">\(line.commitment.description)</span>"),
        ]
        return HTML(rows.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" })
    }

    // MARK: Taking back

    func returnPage(_ line: ReceiptLine, _ visitor: Visitor, failure: Failure? = nil) throws -> Response {
        let say = Speaker(language: visitor.language)
        try requireInForce(line)
        let path = "/merchant/receipts/\(line.index)/return"
        let content: HTML = """
            \(failure.map { Page.note($0, say) })
            <div class="note warn"><p>\(say("Баримтыг буцаавал дахин сэргээх боломжгүй. Бүртгэлээс устахгүй: буцаалт нь шинэ бичлэг болно.", "A receipt that was taken back stays so. Nothing is deleted: the return is a new entry."))</p></div>
            <dl class="panel">\(facts(line, say))</dl>
            <form method="post" action="\(path)">\(Page.key(visitor))<button class="danger">\(say("Тийм, буцаах", "Yes, take it back"))</button>
            <a href="/merchant/receipts/\(line.index)">\(say("Болих", "No"))</a></form>
            """
        return try render(
            visitor, say("Баримт буцаах уу?", "Take this receipt back?"), path: path,
            status: failure.map { .init(code: $0.problem.status) } ?? .ok, content)
    }

    func giveBack(_ line: ReceiptLine, _ visitor: Visitor) async throws -> Response {
        try requireInForce(line)
        do {
            let body: JSONValue = ["id": .string(line.id), "date": .string(line.date.description)]
            let answer = try await desk(visitor).giveBack(body.bytes)
            guard answer.isGood else {
                throw Problem.posapiRefused(["reason": answer.json["message"]?.string ?? "\(answer.status)"])
            }
            return try done(answer, line, visitor)
        } catch let failure as Failure {
            return try returnPage(line, visitor, failure: failure)
        }
    }

    /// After a change: to what was filed, or a word that it will be.
    func done(_ answer: PosDesk.Answer, _ line: ReceiptLine, _ visitor: Visitor) throws -> Response {
        if let filed = answer.filed { return Console.redirect(to: "/merchant/receipts/\(filed.index)") }
        let say = Speaker(language: visitor.language)
        return try receiptPage(
            line, visitor,
            note: Page.good(
                say(
                    "PosAPI гүйцэтгэсэн; энд удахгүй бүртгэгдэнэ. Дахин илгээх хэрэггүй.",
                    "Your PosAPI has done it; it is filed here in a moment. Do not send it again.")))
    }

    func requireInForce(_ line: ReceiptLine) throws {
        guard line.action != .returned, try registry.book.change(ofReceipt: line.id) == nil else {
            throw Problem.receiptNotInForce(["id": line.id])
        }
    }
}

import CanonicalJSON
import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import LedgerMerkle
import Registry

/// What the form of the search says. Register numbers are sent in bodies: an address stays in the browser's history.
struct SearchAsked: Sendable {
    var number = ""
    var sort = "regnum"
    var party = ""
    var name = ""
    var document = ""
    var property = ""
    var before: String?

    init() {}

    init(_ form: FormBody) {
        (number, party, property) = (form["number"], form["party"], form["property"])
        name = form["name"]
        if Identity.keys.contains(form["sort"]) { sort = form["sort"] }
        document = form["document-sha256"].filter { !$0.isWhitespace && $0 != ":" }.lowercased()
        before = form["before"].isEmpty ? nil : form["before"]
    }

    /// - Returns: `nil` when nothing was asked for.
    func query(today: CivilDate, say: Speaker) throws(Failure) -> ActQuery? {
        let words = DeedWords(say: say)
        if !number.isEmpty {
            return .number(try DeedNumber(number, path: words.label("act", nil)).description)
        }
        if !party.isEmpty {
            return .party(try Identity(key: sort, party, today: today, path: words.sort(sort)))
        }
        if !name.isEmpty { return try .name(asked: name, path: say("Нэр", "Name")) }
        if !document.isEmpty {
            guard let digest = Digest(hexadecimal: document) else {
                throw Problem.actDigestInvalid(["path": words.document("sha256")])
            }
            return .document(digest)
        }
        return property.isEmpty ? nil : .property(property)
    }
}

/// Finding acts of the office.
extension NotaryConsole {
    private static let pageLength = 50

    func searchPage(
        _ asked: SearchAsked, _ visitor: Visitor, failure: Failure? = nil, found: HTML = .empty
    ) throws -> Response {
        let say = Speaker(language: visitor.language)
        let words = DeedWords(say: say)
        let sorts = Identity.keys.map { key -> HTML in
            let selected: HTML = key == asked.sort ? " selected" : ""
            return "<option value=\"\(key)\"\(selected)>\(words.sort(key))</option>"
        }
        let invalid: HTML = failure == nil ? .empty : " autofocus"
        let content: HTML = """
            \(failure.map { Page.note($0, say) })
            <form class="panel noprint" method="post" action="/notary/search" role="search">\(Page.key(visitor))
            <p class="hint">\(say("Нэгийг нь бөглөнө. Зөвхөн өөрийн болон хүлээн авсан албаны үйлдэл олдоно.", "Fill in one of them. Only acts of your office and of those you took over are found."))</p>
            <div class="fields"><div class="field"><label for="number">\(words.label("act", nil))</label><input id="number" name="number" value="\(asked.number)" autocomplete="off" placeholder="NT012-2026-000017"\(invalid)></div></div>
            <div class="fields"><div class="field"><label for="sort">\(say("Оролцогчийн дугаарын төрөл", "Sort of a party's number"))</label><select id="sort" name="sort">\(sorts)</select></div>
            <div class="field"><label for="party">\(say("Оролцогчийн дугаар", "Number of a party"))</label><input id="party" name="party" value="\(asked.party)" autocomplete="off" spellcheck="false"></div></div>
            <div class="fields"><div class="field"><label for="name">\(say("Оролцогчийн нэр", "Name of a party"))</label><input id="name" name="name" class="wide" value="\(asked.name)" autocomplete="off" spellcheck="false" aria-describedby="name-hint">
            <p class="hint" id="name-hint">\(say("Зөвхөн цаасан дэвтрээс оруулсан бичилтээс. Доржийн Бат, Д.Бат, Бат; байгууллагын бүтэн нэр.", "Among entries from paper only. Доржийн Бат, Д.Бат or Бат; the whole name of an organisation."))</p></div></div>
            \(DeedFormView.picker("document", say))
            <div class="field"><label for="document-sha256">\(words.document("sha256"))</label><input id="document-sha256" name="document-sha256" class="id long" value="\(asked.document)" autocomplete="off" spellcheck="false"></div>
            <div class="field"><label for="property">\(words.label("propertyNumber", nil))</label><input id="property" name="property" value="\(asked.property)" autocomplete="off"></div>
            <button>\(say("Хайх", "Search"))</button></form>\(found)
            """
        return try render(
            visitor, say("Үйлдэл хайх", "Search acts"), path: "/notary/search",
            status: failure.map { .init(code: $0.problem.status) } ?? .ok, hasScript: true, content)
    }

    func search(_ asked: SearchAsked, _ visitor: Visitor) throws -> Shown {
        let say = Speaker(language: visitor.language)
        let found: ActPage
        do {
            guard let query = try asked.query(today: try today(), say: say) else {
                return Shown(try searchPage(asked, visitor, failure: Problem.searchEmpty()))
            }
            found = try office.deeds.find(
                query, notary: visitor.subject, before: asked.before, limit: NotaryConsole.pageLength)
            if case .number = query, let act = found.acts.first {
                // The page that this leads to shows it.
                return Shown(Console.redirect(to: "/notary/acts/\(act.history.act.number)"))
            }
            if case .number = query, let paper = found.paper.first {
                return Shown(Console.redirect(to: "/notary/acts/\(paper.number)"))
            }
        } catch let failure as Failure where failure.problem.status < 500 {
            return Shown(try searchPage(asked, visitor, failure: failure))
        }
        let rows = found.acts.map { row($0, say) }
        let list: HTML =
            rows.isEmpty && !found.paper.isEmpty
            ? .empty
            : rows.isEmpty
                ? "<p class=\"panel\" role=\"status\">\(nothing(isAll: found.next == nil, say))</p>"
                : ActContentView(say: say).table(
                    rows, caption: say("Олдсон үйлдлүүд, шинэ нь эхэндээ", "Acts found, newest first"))
        let page = try searchPage(
            asked, visitor,
            found: "\(gap(found, say))\(list)\(paperFound(found.paper, say))\(more(asked, found.next, visitor, say))")
        return Shown(page, found.numbers)
    }

    private func nothing(isAll: Bool, _ say: Speaker) -> String {
        isAll
            ? say("Үйлдэл олдсонгүй.", "No act was found.")
            : say(
                "Сүүлийн үеийнхээс олдсонгүй; өмнөхөөс хайж болно.",
                "None among the newest ones; go on with older ones.")
    }

    private func gap(_ found: ActPage, _ say: Speaker) -> HTML {
        guard !found.isWhole else { return .empty }
        return
            "<p class=\"panel\" role=\"status\">\(say("Зарим бичилтийг одоогоор уншиж чадахгүй байгаа тул жагсаалт бүрэн биш байж болно. Дараа дахин хайна уу.", "Some entries cannot be read now, so this list may not be whole. Search again later."))</p>"
    }

    private func more(_ asked: SearchAsked, _ next: String?, _ visitor: Visitor, _ say: Speaker) -> HTML {
        guard let next else { return .empty }
        let fields = [
            ("number", asked.number), ("sort", asked.sort), ("party", asked.party), ("name", asked.name),
            ("document-sha256", asked.document),
            ("property", asked.property), ("before", next),
        ].map { "<input type=\"hidden\" name=\"\($0.0)\" value=\"\($0.1)\">" as HTML }
        return """
            <form method="post" action="/notary/search">\(Page.key(visitor))\(fields)<button class="second">\(say("Өмнөх үйлдлүүд", "Older acts"))</button></form>
            """
    }
}

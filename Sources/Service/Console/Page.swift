import Catalogue
import HTTPTypes
import Hummingbird
import Receipts

/// Says something in the language of the page.
struct Speaker: Sendable {
    let language: Language

    func callAsFunction(_ mn: String, _ en: String) -> String { language == .mn ? mn : en }

    func callAsFunction(_ wording: Wording) -> String { language == .mn ? wording.mn : wording.en }

    /// An amount in mongo, such as `12 345 678,90 ₮`; also a difference below zero.
    func money(_ mongo: Int64) -> String {
        let amount = mongo.magnitude
        let whole = String(amount / 100)
        var groups = ""
        for (place, digit) in whole.enumerated() {
            if place > 0, (whole.count - place) % 3 == 0 { groups += "\u{a0}" }
            groups.append(digit)
        }
        let cents = amount % 100
        return (mongo < 0 ? "−" : "") + "\(groups),\(cents < 10 ? "0" : "")\(cents)\u{a0}₮"
    }

    /// A whole number in groups of three digits.
    func number(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var groups = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { groups += "\u{a0}" }
            groups.append(digit)
        }
        return (value < 0 ? "−" : "") + groups
    }

    /// Unix ms on the clock of Ulaanbaatar.
    func time(_ unixMilliseconds: UInt64) -> String {
        ReceiptTime(unixMilliseconds: Int64(clamping: unixMilliseconds)).description
    }

    /// `yyyyMM` as people write it.
    func month(_ month: Int) -> String {
        language == .mn
            ? "\(month / 100) оны \(month % 100)-р сар" : "\(month / 100)-\(month % 100 < 10 ? "0" : "")\(month % 100)"
    }
}

/// One page of a console.
struct Page {
    /// A place that the navigation leads to.
    struct Link {
        let path: String
        let title: String
    }

    let area: ConsoleArea
    let say: Speaker
    let title: String
    /// Who is signed in, in words; `nil` for nobody.
    var name: String?
    /// `nil` for nobody.
    var visitor: Visitor?
    var links: [Link] = []
    /// Path of the page, for the navigation and the other language.
    var path = ""
    var footer: HTML = .empty
    /// The path of the page's script; `nil` for none. Without it the page does the same, with more typing.
    var script: String?
    let content: HTML

    func response(status: HTTPResponse.Status = .ok) -> Response {
        var response = Response(
            bytes: Array(document.text.utf8), type: "text/html; charset=utf-8", status: status)
        response.headers[.cacheControl] = "no-store"
        response.headers[.contentLanguage] = say.language.rawValue
        for (name, value) in headers {
            guard let name = HTTPField.Name(name) else { continue }
            response.headers[name] = value
        }
        return response
    }

    /// No script but our own file, no frame, nothing from elsewhere; a page's address is told to nobody.
    private var headers: [(String, String)] {
        let scripts = script == nil ? "" : "script-src 'self'; connect-src 'self'; "
        return [
            (
                "Content-Security-Policy",
                "default-src 'none'; \(scripts)style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
                    + "frame-ancestors 'none'"
            ),
            ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
        ]
    }

    private var document: HTML {
        """
        <!DOCTYPE html>
        <html lang="\(say.language.rawValue)">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title) – Tamga</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/\(Style.path)">\(scriptElement)</head>
        <body>
        <a class="skip" href="#main">\(say("Агуулга руу", "Skip to content"))</a>
        <header><div class="bar"><a class="brand" href="\(area.path)">Tamga</a><span class="who">\(name ?? area.title(say))</span>\
        \(otherLanguage)\(signOut)</div>\(navigation)</header>
        <main id="main">\(name.map { "<p class=\"onlyprint\">\($0)</p>" } as HTML?)<h1>\(title)</h1>
        \(content)
        </main>
        <footer>\(footer)<p>\(say("Бүх цаг Улаанбаатарын цагаар.", "All times are Ulaanbaatar time."))</p></footer>
        </body></html>
        """
    }

    private var scriptElement: HTML { script.map { "<script src=\"\($0)\" defer></script>" } ?? .empty }

    private var otherLanguage: HTML {
        let (code, title) = say.language == .mn ? ("en", "English") : ("mn", "Монгол")
        return """
            <a href="\(area.path)/language?to=\(code)&amp;back=\(Console.query(visitor?.page ?? path))" lang="\(code)" hreflang="\(code)">\(title)</a>
            """
    }

    private var signOut: HTML {
        guard let visitor else { return .empty }
        return """
            <form method="post" action="\(area.path)/sign-out">\(Page.key(visitor))\
            <button class="second">\(say("Гарах", "Sign out"))</button></form>
            """
    }

    private var navigation: HTML {
        guard !links.isEmpty else { return .empty }
        let items = links.map { link -> HTML in
            let isHere = link.path == path || link.path != area.path && path.hasPrefix(link.path + "/")
            let current: HTML = isHere ? " aria-current=\"page\"" : ""
            return "<li><a href=\"\(link.path)\"\(current)>\(link.title)</a></li>"
        }
        return "<div class=\"bar\"><nav aria-label=\"\(say("Цэс", "Menu"))\"><ul>\(items)</ul></nav></div>"
    }

    /// What makes a form this session's own.
    static func key(_ visitor: Visitor) -> HTML { "<input type=\"hidden\" name=\"key\" value=\"\(visitor.formKey)\">" }

    /// A failure, on top of a page.
    static func note(_ failure: Failure, _ say: Speaker) -> HTML {
        """
        <div class="note bad" role="alert"><strong>\(failure.message(say.language))</strong> \(failure.remedy(say.language))</div>
        """
    }

    static func good(_ text: String) -> HTML { "<div class=\"note good\" role=\"status\">\(text)</div>" }
}

/// The consoles.
enum ConsoleArea: String, Sendable {
    /// Open to everybody: what the ledger says of an act.
    case act
    case merchant
    case notary
    case `operator`

    var path: String { "/\(rawValue)" }

    func title(_ say: Speaker) -> String {
        switch self {
        case .act: say("Үйлдэл шалгах", "Check an act")
        case .merchant: say("Борлуулагчийн булан", "Merchant's console")
        case .notary: say("Нотариатчийн булан", "Notary's console")
        case .operator: say("Операторын булан", "Operator's console")
        }
    }
}

import Catalogue
import Deeds
import Filing
import Hummingbird
import LedgerEngine
import LedgerMerkle

/// How entries from paper are shown: never without saying that nobody signed them.
struct PaperView: Sendable {
    let say: Speaker

    /// What a register book on paper proves, and what not.
    var claim: HTML { "<p class=\"note warn\">\(say(PaperWords.claim))</p>" }

    func status(_ report: PaperReport) -> String {
        switch report.status {
        case .fromPaper: say("Цаасан бүртгэлээс", "From a register on paper")
        case .expired: say("Цаасан бүртгэлээс; хугацаа дууссан", "From a register on paper; expired")
        case .corrected:
            say("Залруулсан", "Corrected") + (report.correctedBy.map { ": \($0)" } ?? "")
        }
    }

    /// What the book says.
    func content(_ act: PaperAct) -> HTML {
        let facts: [(String, String?)] = [
            (say("Үйлдэл", "Act"), say(act.type.label)),
            (say("Дэвтрийн дугаар", "Number in the book"), act.entry.number),
            (say("Дэвтрийн огноо", "Day in the book"), act.entry.date.description),
            (say("Хүчинтэй хугацаа", "Valid until"), act.validUntil?.description),
            (say("Эд хөрөнгийн дугаар", "Property number"), act.propertyNumber),
            (say("Үйлдсэн газар", "Place"), act.place), (say("Тэмдэглэл", "Note"), act.note),
            (say("Скан (SHA-256)", "Scan (SHA-256)"), act.scan?.description),
        ]
        let rows = facts.compactMap { label, value -> HTML? in value.map { "<dt>\(label)</dt><dd>\($0)</dd>" } }
        return """
            <h2>\(say("Дэвтэрт бичсэн нь", "What the book says"))</h2><dl class="panel">\(rows)</dl>\(parties(act))
            """
    }

    private func parties(_ act: PaperAct) -> HTML {
        let words = DeedWords(say: say)
        let rows = act.parties.map { party -> HTML in
            """
            <tr><th scope="row">\(party.name.whole)</th><td>\(party.role.map { say($0.label) } ?? "")</td>\
            <td>\(party.identity.map { words.sort($0.key) } ?? "")</td><td class="id">\(party.identity?.text ?? "")</td></tr>
            """
        }
        return """
            <div class="scroll" tabindex="0"><table><caption>\(say("Оролцогчид", "Parties"))</caption><thead><tr><th scope="col">\(say("Нэр", "Name"))</th>\
            <th scope="col">\(words.party("role"))</th><th scope="col">\(words.party("sort"))</th><th scope="col">\(words.party("number"))</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    /// A table of entries.
    func table(_ lines: [PaperLine], caption: String) -> HTML {
        let rows = lines.map { line -> HTML in
            switch line {
            case .erased(let number):
                return """
                    <tr><th scope="row">\(number.description)</th><td colspan="6">\(say("Агуулгыг хуульд заасны дагуу устгасан; дугаар үлдсэн.", "The content was erased as the law asks; the number stays."))</td></tr>
                    """
            case .entry(let report):
                let act = report.known.paper.act
                let number = report.number.description
                return """
                    <tr><th scope="row"><a href="/notary/acts/\(number)">\(number)</a></th><td>\(act.entry.number)</td><td class="when">\(act.entry.date.description)</td>\
                    <td>\(say(act.type.label))</td><td>\(act.parties.map(\.name.whole).joined(separator: ", "))</td>\
                    <td>\(act.propertyNumber ?? "")</td><td class="state">\(status(report))</td></tr>
                    """
            }
        }
        let titles = [
            say("Дугаар", "Number"), say("Дэвтрийн дугаар", "In the book"), say("Дэвтрийн огноо", "Day"),
            say("Үйлдэл", "Act"), say("Оролцогчид", "Parties"), say("Эд хөрөнгө", "Property"), say("Төлөв", "Status"),
        ].map { "<th scope=\"col\">\($0)</th>" as HTML }
        return """
            <div class="scroll" tabindex="0"><table class="book"><caption>\(caption)</caption><thead><tr>\(titles)</tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }
}

extension CitizenPages {
    /// What the code of an entry from paper tells.
    func paperPage(_ report: PaperReport, _ looks: CitizenLooks, _ say: Speaker) -> Response {
        let view = PaperView(say: say)
        let paper = report.known.paper
        let notary = office.register.notary(code: paper.number.notary.text)
        let name = [paper.number.notary.text, notary?.name].compactMap { $0 }.joined(separator: " · ")
        let page = Page(
            area: .act, say: say, title: view.status(report), path: "/act",
            content: """
                <p class="note warn" role="status"><strong>\(paper.number.description) · \(say(paper.act.type.label))</strong><br>\(say(PaperWords.claim))<br>
                \(say("Бүртгэлийн", "As of")) \(say.number(report.size)) \(say("бичилтийн байдлаар", "entries of the ledger")), \(say.time(report.time)).</p>
                <h2>\(say("Хэн, хэзээ өгсөн", "Who handed it in, and when"))</h2>
                <dl class="panel"><dt>\(say("Алба", "Office"))</dt><dd>\(name)</dd><dt>\(say("Бүртгэсэн", "Registered"))</dt><dd>\(say.time(report.known.filed.recorded))</dd>
                <dt>\(say("Нотариатчийн гарын үсэг", "Notary's signature"))</dt><dd>\(say("байхгүй", "none"))</dd></dl>
                \(view.content(paper.act))
                \(looks.section(say))
                <h2>\(say("Нотолгоо", "Evidence"))</h2>
                <p>\(say("Энэ файлыг хэн ч, хэзээ ч, сүлжээгүйгээр шалгаж болно:", "Anybody can check this file, at any time, without a network:"))
                <a href="\(office.evidencePath(of: report.known.filed))" download>\(paper.number.description).tlog-proof</a></p>
                <p><a href="/act">\(say("Өөр үйлдэл шалгах", "Check another act"))</a></p>
                """)
        return page.response()
    }
}

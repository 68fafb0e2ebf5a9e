import Catalogue
import Deeds
import Filing
import LedgerMerkle

/// The protocol of a hand-over (хүлээлцэх акт), to be printed and signed by both notaries.
struct HandOverProtocol: Sendable {
    let say: Speaker
    let notary: Notary
    let summary: BookSummary
    /// The entry of the hand-over; `nil` while the office is open.
    let record: FiledRecord?
    let successor: Notary?
    /// Unix ms.
    let now: UInt64

    var title: String { say("Нотариатын алба хүлээлцэх акт", "Protocol of the hand-over of a notary's office") }

    var content: HTML {
        let open: HTML =
            record == nil
            ? "<div class=\"note warn\">\(say("Урьдчилсан: алба шилжээгүй байна, тоо өөрчлөгдөж болно.", "In advance: the office is not handed over, and the numbers may change."))</div>"
            : .empty
        let closed: HTML =
            summary.kinds[.will] == nil
            ? .empty
            : "<p class=\"hint\">\(say("Нээгээгүй гэрээслэл тоонд орсон: актыг хоёр нотариатчаас өөр хүнд үзүүлэхгүй.", "Wills that were not opened are counted: the protocol is for the two notaries only."))</p>"
        return """
            <p class="noprint"><a href="/notary/office/hand-over">\(say("Буцах", "Back"))</a> · \(say("Хэвлэхдээ хөтчийн «Хэвлэх» командыг ашиглана.", "Print it with the browser's own command."))</p>\(open)
            <dl class="panel"><dt>\(say("Хүлээлгэн өгөх алба", "Office handed over"))</dt><dd>\(notary.name) · \(notary.code)</dd>
            <dt>\(say("Хүлээн авах нотариатч", "Successor"))</dt><dd>\(successor.map { "\($0.name) · \($0.code)" } ?? "–")</dd>
            <dt>\(say("Огноо", "Date"))</dt><dd>\(record.map { "\(say.time($0.recorded)) · \(say("бичлэг", "entry")) \($0.index)" } ?? "–")</dd>
            <dt>\(say("Гаргасан", "Made"))</dt><dd>\(say.time(now))</dd></dl>
            \(books)\(kinds)\(closed)\(paper)\(ends)\(signatures)
            """
    }

    private var books: HTML {
        summary.years.isEmpty
            ? "<p class=\"panel\">\(say("Дэвтэр хоосон.", "The register book is empty."))</p>"
            : table(say("Бүртгэлийн дэвтрүүд", "Register books"), summary.years) { year, running in
                (try? ActNumber("\(notary.code)-\(year)-\(running)"))?.description ?? ""
            }
    }

    private var paper: HTML {
        summary.paper.isEmpty
            ? .empty
            : table(say("Цаасан дэвтрээс бүртгэсэн", "Registered from books on paper"), summary.paper) {
                year, running in
                (try? PaperNumber("\(notary.code)-P\(year)-\(running)"))?.description ?? ""
            }
    }

    private func table(
        _ caption: String, _ years: [BookSummary.Year], number: (Int, Int) -> String
    ) -> HTML {
        let rows = years.map { year -> HTML in
            """
            <tr><th scope="row">\(String(year.year))</th><td>\(number(year.year, 1))</td><td>\(number(year.year, year.last))</td><td class="n">\(year.last)</td><td class="n">\(year.erased)</td></tr>
            """
        }
        let titles = [
            (say("Он", "Year"), ""), (say("Эхний дугаар", "First number"), ""),
            (say("Сүүлийн дугаар", "Last number"), ""),
            (say("Бүгд", "In all"), "n"), (say("Агуулга нь устсан", "Content erased"), "n"),
        ].map { "<th scope=\"col\" class=\"\($0.1)\">\($0.0)</th>" as HTML }
        return """
            <div class="scroll" tabindex="0"><table><caption>\(caption)</caption><thead><tr>\(titles)</tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    private var kinds: HTML {
        let counts = ActType.allCases.compactMap { type in summary.kinds[type].map { (type, $0) } }
        guard !counts.isEmpty else { return .empty }
        let rows = counts.map { type, count -> HTML in
            "<tr><th scope=\"row\">\(say(type.label))</th><td class=\"n\">\(count)</td></tr>"
        }
        let sum = counts.reduce(0) { $0 + $1.1 }
        return """
            <div class="scroll" tabindex="0"><table><caption>\(say("Үйлдлүүд төрлөөр", "Acts by kind"))</caption><thead><tr><th scope="col">\(say("Үйлдэл", "Act"))</th><th scope="col" class="n">\(say("Тоо", "Count"))</th></tr></thead><tbody>\(rows)\
            <tr><th scope="row">\(say("Нийт", "Together"))</th><td class="n">\(sum)</td></tr></tbody></table></div>
            """
    }

    /// The first and last act, and the end of the office's chain: whoever has these knows later that nothing was taken away or put in.
    private var ends: HTML {
        func act(_ act: RegisteredAct?) -> HTML {
            guard let act else { return "–" }
            return
                "<a href=\"/notary/acts/\(act.number.description)\">\(act.number.description)</a> · \(say.time(act.time.unixMilliseconds))"
        }
        let head: HTML =
            summary.head.map { "№ \(String($0.sequence)) · <span class=\"id\">\($0.commitment.description)</span>" }
            ?? "–"
        return """
            <dl class="panel"><dt>\(say("Эхний үйлдэл", "First act"))</dt><dd>\(act(summary.first))</dd>
            <dt>\(say("Сүүлийн үйлдэл", "Last act"))</dt><dd>\(act(summary.last))</dd>
            <dt>\(say("Хадгалсан баримт бичиг", "Documents kept"))</dt><dd>\(summary.documents)</dd>
            <dt>\(say("Албаны гинжийн төгсгөл", "End of the office's chain"))</dt><dd>\(head)</dd></dl>
            """
    }

    private var signatures: HTML {
        func place(_ role: String, _ notary: Notary?) -> HTML {
            let name = notary.map { "\($0.name), \($0.code)" } ?? "\u{a0}"
            return """
                <tr><th scope="row">\(role)</th><td>\(name)</td><td class="sign"></td><td class="sign"></td></tr>
                """
        }
        return """
            <div class="scroll" tabindex="0"><table class="signing"><caption>\(say("Гарын үсэг", "Signatures"))</caption><thead><tr><th scope="col">\(say("Тал", "Side"))</th><th scope="col">\(say("Нотариатч", "Notary"))</th>\
            <th scope="col">\(say("Гарын үсэг, тамга", "Signature and seal"))</th><th scope="col">\(say("Огноо", "Date"))</th></tr></thead><tbody>\
            \(place(say("Хүлээлгэн өгсөн", "Handed over by"), notary))\(place(say("Хүлээн авсан", "Taken over by"), successor))</tbody></table></div>
            """
    }
}

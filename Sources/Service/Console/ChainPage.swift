import CanonicalJSON
import Filing
import Hummingbird
import LedgerEngine
import LedgerMerkle

/// The merchant's chain: whether anything is missing between what was filed.
extension MerchantConsole {
    private static let depth = 1000
    private static let shown = 20

    private func action(_ word: String, _ say: Speaker) -> String {
        switch ReceiptLine.Action(rawValue: word) {
        case .issued: say("олгосон", "issued")
        case .corrected: say("засварласан", "corrected")
        case .returned: say("буцаасан", "returned")
        case nil: word
        }
    }

    func chainPage(_ visitor: Visitor) throws -> Response {
        let say = Speaker(language: visitor.language)
        guard
            let report = try ChainDesk(office.registrar).chain(
                of: visitor.subject, limit: MerchantConsole.shown, depth: MerchantConsole.depth)
        else {
            return try render(
                visitor, say("Гинж", "Chain"), path: "/merchant/chain",
                "<p class=\"panel\">\(say("Одоогоор бичлэг алга.", "There is no record yet."))</p>")
        }
        let rows = report.links.map { link -> HTML in
            let what: HTML =
                link.content.map { content in
                    "<a class=\"id\" href=\"/merchant/receipts/\(link.index)\">\(content.id)</a> \(action(content.action, say))"
                } ?? "<span class=\"quiet\">\(say("агуулга устсан", "its content was erased"))</span>"
            return """
                <tr><td class="n">\(link.sequence)</td><td>\(say.time(link.recorded))</td><td>\(what)</td><td class="id">\(String(link.commitment.description.prefix(16)))…</td></tr>
                """
        }
        let missing = report.missing.map { gap -> HTML in
            """
            <tr><td>\(gap.branch)</td><td>\(gap.posNo)</td><td>\(gap.day)</td><td>\(gap.numbers.lowerBound)–\(gap.numbers.upperBound)</td></tr>
            """
        }
        let gaps: HTML =
            missing.isEmpty
            ? Page.good(
                say("Шалгасан өдрүүдийн дугаар дутуугүй.", "No number is missing on the days that were checked."))
            : """
            <div class="note warn" role="status">\(say("Эдгээр дугаар энд ирээгүй:", "These numbers never came here:"))</div>
            <div class="scroll" tabindex="0"><table><thead><tr><th scope="col">\(say("Салбар", "Branch"))</th><th scope="col">PosAPI</th><th scope="col">\(say("Өдрийн код", "Day code"))</th>\
            <th scope="col">\(say("Дугаар", "Numbers"))</th></tr></thead><tbody>\(missing)</tbody></table></div>
            """
        let broken: HTML? =
            if case .broken(let reason) = report.end { "<div class=\"note bad\" role=\"alert\">\(reason)</div>" } else {
                nil
            }
        // Who keeps it decides what an unbroken chain shows.
        let keeper =
            report.keeper == "operator"
            ? say(
                "Энэ гинжийг оператор хөтөлдөг: тасраагүй нь тохиромжтой шалгалт болохоос, оператор дарааллыг өөрчлөөгүйн баталгаа биш.",
                "The operator keeps this chain: that it is unbroken is a convenience, no proof that the operator kept the order."
            )
            : say("Энэ гинжид \(report.keeper) гарын үсэг зурдаг.", "This chain is signed by \(report.keeper).")
        let content: HTML = """
            <p class="note">\(keeper)</p>\(broken)\(gaps)
            <div class="scroll" tabindex="0"><table><caption>\(say("Нийт \(report.length) бичлэг; сүүлийн \(rows.count)", "\(report.length) records in all; the newest \(rows.count)"))</caption>
            <thead><tr><th scope="col" class="n">№</th><th scope="col">\(say("Бүртгэсэн", "Recorded"))</th><th scope="col">\(say("Юу", "What"))</th><th scope="col">\(say("Хээ", "Commitment"))</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            """
        return try render(visitor, say("Гинж", "Chain"), path: "/merchant/chain", content)
    }
}

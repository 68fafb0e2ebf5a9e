import Catalogue
import Deeds
import Filing

/// The access log as a page shows it.
struct LogView: Sendable {
    let say: Speaker
    let asked: NotaryConsole.LogAsked

    private var others: String { asked.office.leavesOutOwn ? "&others=yes" : "" }

    /// By day or by act, the day before and the day after.
    var chooser: HTML {
        let checked: HTML = asked.office.leavesOutOwn ? " checked" : ""
        let day = asked.day
        let steps = [
            (AccessDay(unixMilliseconds: day.start - 1), say("← Өмнөх өдөр", "← Day before")),
            (AccessDay(unixMilliseconds: day.start + 86_400_000), say("Дараагийн өдөр →", "Day after →")),
        ].compactMap { step, title -> HTML? in
            step.flatMap { $0 <= asked.today ? $0 : nil }.map {
                "<a href=\"/notary/log?day=\($0.description)\(others)\">\(title)</a>"
            }
        }
        let moves: HTML = asked.act == nil ? "<p class=\"pages\">\(steps)</p>" : .empty
        let file: HTML =
            asked.act == nil
            ? " <a href=\"/notary/log.csv?day=\(day.description)\(others)\">CSV</a>" : .empty
        return """
            <form class="row panel noprint" method="get" action="/notary/log">
            <div><label for="day">\(say("Өдөр", "Day"))</label><input id="day" name="day" type="date" value="\(asked.act == nil ? day.description : "")"></div>
            <div><label for="act">\(say("эсвэл үйлдлийн дугаар", "or the number of an act"))</label><input id="act" name="act" value="\(asked.act?.description ?? "")" autocomplete="off" placeholder="NT012-2026-000017"></div>
            <div><input type="checkbox" id="others" name="others" value="yes"\(checked)> <label class="inline" for="others">\(say("Миний үзснийг хасах", "Without my own"))</label></div>
            <button>\(say("Харуулах", "Show"))</button>\(file)</form>\(moves)
            """
    }

    // MARK: The day in the ledger

    func root(_ closing: FiledRecord?, isOver: Bool) -> HTML {
        guard let closing else {
            let text =
                isOver
                ? say("Энэ өдрийн язгуур бүртгэлд ороогүй байна.", "The ledger holds no root of this day.")
                : say(
                    "Өдөр дуусаагүй байна: язгуур нь шөнө дундын дараа бүртгэлд орно. Түүнээс хойш мөр бүрийг нотолж болно.",
                    "The day is not over: its root goes into the ledger after midnight. From then on each line can be proved."
                )
            return "<p class=\"hint\">\(text)</p>"
        }
        return """
            <dl class="panel"><dt>\(say("Өдрийн язгуур", "Root of the day"))</dt><dd class="id">\(closing.text("root"))</dd>
            <dt>\(say("Бичлэг", "Entry"))</dt><dd>\(closing.index) · \(say("нийт \(closing.text("count")) мөр, бүх албаных", "\(closing.text("count")) lines in all, of all offices"))</dd>
            <dt>\(say("Нотолгоо", "Evidence"))</dt><dd><a href="/notary/log/evidence?day=\(asked.day.description)">\(say("Татах", "Download"))</a></dd></dl>
            """
    }

    // MARK: Lines

    func table(_ lines: [LoggedAccess], hasDays: Bool, isClosed: (String) -> Bool) -> HTML {
        guard !lines.isEmpty else {
            return "<p class=\"panel\" role=\"status\">\(say("Хандалт бүртгэгдээгүй.", "No look-up is logged."))</p>"
        }
        let hasProofs = lines.contains { isClosed($0.position.day.description) }
        let head: HTML =
            hasProofs
            ? "<th scope=\"col\" class=\"noprint\">\(say("Мөрийн нотолгоо", "Proof of the line"))</th>" : .empty
        let rows = lines.map { logged -> HTML in
            let (line, day) = (logged.line, logged.position.day.description)
            let time = say.time(line.time)
            let act: HTML =
                asked.office.has(line.act)
                ? "<a href=\"/notary/log?act=\(line.act)\(others)\">\(line.act)</a>"
                : "\(line.act.isEmpty ? "–" : line.act)"
            let proof: HTML =
                isClosed(day)
                ? "<a href=\"/notary/log/proof?day=\(day)&amp;index=\(String(logged.position.index))\">\(say("Татах", "Download"))<span class=\"skip\"> \(day) \(String(logged.position.index))</span></a>"
                : "–"
            return """
                <tr><td class="n">\(String(logged.position.index))</td><td>\(hasDays ? time : String(time.dropFirst(11)))</td><td>\(act)</td><td>\(who(line.reader))</td>\
                <td>\(purpose(line.purpose))\(line.detail.map { "<br><span class=\"hint\">\($0)</span>" } as HTML?)</td>\(hasProofs ? "<td class=\"noprint\">\(proof)</td>" : HTML.empty)</tr>
                """
        }
        return """
            <div class="scroll" tabindex="0"><table class="log"><caption>\(hasDays ? say("Шинэ нь эхэндээ", "Newest first") : say("Цагийн дарааллаар", "In their order"))</caption><thead><tr>\
            <th scope="col" class="n">№</th><th scope="col">\(say("Цаг", "Time"))</th><th scope="col">\(say("Үйлдэл", "Act"))</th><th scope="col">\(say("Хэн", "Who"))</th>\
            <th scope="col">\(say("Юу үзсэн", "What was shown"))</th>\(head)</tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    /// The pages of a day.
    func pages(_ next: UInt32?) -> HTML {
        let path = "/notary/log?day=\(asked.day)\(others)"
        let first: HTML = asked.from > 0 ? "<a href=\"\(path)\">\(say("Эхнээс", "From the beginning"))</a>" : .empty
        let later: HTML =
            next.map { "<a href=\"\(path)&amp;from=\(String($0))\">\(say("Дараагийн мөрүүд", "Later lines"))</a>" }
            ?? .empty
        return "<p class=\"pages noprint\">\(first)\(later)</p>"
    }

    /// The lines of an act before a place.
    func older(_ place: AccessLog.Position?) -> HTML {
        guard let place, let act = asked.act else { return .empty }
        return """
            <p class="pages noprint"><a href="/notary/log?act=\(act.description)&amp;before=\(place.description)\(others)">\(say("Өмнөх мөрүүд", "Earlier lines"))</a></p>
            """
    }

    // MARK: Words

    func who(_ reader: AccessLine.Who) -> String {
        let subject = reader.subject.map { " \($0)" } ?? ""
        switch reader.role {
        case .notary where reader.subject == asked.office.own: return say("та", "you")
        case .notary: return say("нотариатч", "notary") + subject
        case .auditor: return say("аудитор", "auditor") + subject
        case .operator: return say("оператор", "operator") + subject
        case .code: return say("хандах кодтой хүн", "somebody with the access code")
        case .link: return say("холбоостой хүн", "somebody with the link")
        }
    }

    func purpose(_ purpose: AccessLine.Purpose) -> String {
        switch purpose {
        case .status: say("төлөв", "status")
        case .record: say("үйлдэл", "the act")
        case .evidence: say("нотолгоо", "evidence")
        case .book: say("дэвтэр", "register book")
        case .document: say("баримт", "document")
        case .statementSearch: say("анхааруулга: дугаар нь л", "warning: its number only")
        case .accessLog: say("энэ бүртгэл", "this log")
        }
    }
}

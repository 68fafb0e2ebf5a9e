import Filing

/// Who looked at an act: the holder of its code may know.
struct CitizenLooks: Sendable {
    let found: AccessLooks
    /// As they were typed: for the earlier ones they are sent again.
    let number: String
    let code: String
    /// Whether these are earlier ones that were asked for.
    let isFurther: Bool

    func section(_ say: Speaker) -> HTML {
        """
        <h2>\(say("Хэн харсан", "Who looked"))</h2>
        \(LookGaps.note(found.gaps, say))
        <details class="panel"\(isFurther ? " open" as HTML : HTML.empty)><summary>\(title(say)): \(found.lines.count)</summary>
        <table><thead><tr><th scope="col">\(say("Хэзээ", "When"))</th><th scope="col">\(say("Хэн", "Who"))</th>\
        <th scope="col">\(say("Бүртгэлийн мөр", "Line of the log"))</th></tr></thead><tbody>\(found.lines.map { row($0, say) })</tbody></table>
        \(earlier(say))
        <p class="hint">\(say("Өдөр бүрийн хандалтын бүртгэлийн язгуур хөтөлбөрт нийтэд ил бичигддэг тул мөрийг дараа нь арилгах боломжгүй.", "The root of each day's log is a public entry of the ledger, so that no line can be taken out later."))</p></details>
        """
    }

    private func title(_ say: Speaker) -> String {
        isFurther ? say("Өмнөх хандалтууд", "Earlier look-ups") : say("Сүүлийн хандалтууд", "The newest look-ups")
    }

    private func row(_ look: LoggedAccess, _ say: Speaker) -> HTML {
        let role: String =
            switch look.line.reader.role {
            case .notary: say("нотариатч", "notary")
            case .auditor: say("аудитор", "auditor")
            case .operator: say("оператор", "operator")
            case .code: say("кодтой этгээд", "somebody with the code")
            case .link: say("холбоостой этгээд", "somebody with the link")
            }
        return """
            <tr><td>\(say.time(look.line.time))</td><td>\(role) \(look.line.reader.subject ?? "")</td>\
            <td class="id">\(look.position.day.description) #\(look.position.index)</td></tr>
            """
    }

    private func earlier(_ say: Speaker) -> HTML {
        guard let next = found.next else { return .empty }
        return """
            <form method="post" action="/act"><input type="hidden" name="number" value="\(number)"><input type="hidden" name="code" value="\(code)">\
            <input type="hidden" name="before" value="\(next.description)"><button>\(say("Өмнөх хандалтууд", "Earlier look-ups"))</button></form>
            """
    }
}

/// Days whose look-ups cannot be shown, in words.
enum LookGaps {
    private static let namedDays = 10

    static func note(_ gaps: [AccessGap], _ say: Speaker) -> HTML {
        guard !gaps.isEmpty else { return .empty }
        let days = gaps.prefix(namedDays).map { "\($0.day) (\(word($0.reason, say)))" }.joined(separator: ", ")
        let more = gaps.count > namedDays ? say(" болон бусад", " and others") + ": \(gaps.count)" : ""
        return """
            <div class="note bad" role="alert"><strong>\(say("Зарим өдрийн хандалтын бүртгэлийг уншиж чадсангүй", "The access log of some days cannot be read")): \(days)\(more).</strong> \
            \(say("Эдгээр өдөр хэн харсныг энд харуулаагүй байж болно. Оператор файлыг нөөц хуулбараас сэргээх ёстой.", "Who looked on those days may be left out here. The operator must restore the files from a copy."))</div>
            """
    }

    private static func word(_ reason: AccessGap.Reason, _ say: Speaker) -> String {
        switch reason {
        case .missing: say("файл алга", "its file is missing")
        case .damaged: say("файл гэмтсэн", "its file is damaged")
        }
    }
}

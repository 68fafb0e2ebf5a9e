import Catalogue
import Deeds
import Filing
import Hummingbird
import LedgerEngine
import Registry

/// The first page: the acts of today, drafts, and what the notary should know.
extension NotaryConsole {
    func todayPage(_ request: Request, _ visitor: Visitor) throws -> Shown {
        let say = Speaker(language: visitor.language)
        let notary = try notary(visitor)
        let lines = try office.deeds.bookOfDay(notary: notary.code, day: try today())
        let acts = lines.reversed().compactMap { line -> KnownActRow? in
            if case .act(let known) = line { row(known, say) } else { nil }
        }
        let list: HTML =
            acts.isEmpty
            ? "<p class=\"panel\" role=\"status\">\(say("Өнөөдөр үйлдэл бүртгээгүй байна.", "No act is registered today."))</p>"
            : ActContentView(say: say).table(acts, caption: say("Шинэ нь эхэндээ", "Newest first"))
        let content: HTML = """
            \(hints(notary, say))\(try feesWithoutAct(notary, say))
            <p class="noprint"><a class="button" href="/notary/new">\(say("Үйлдэл бүртгэх", "Register an act"))</a></p>
            <h2>\(say("Өнөөдрийн үйлдлүүд", "Acts of today")) (\(acts.count))</h2>\(list)
            \(try draftList(visitor, say))
            """
        let page = try render(visitor, say("Өнөөдөр", "Today"), path: "/notary", content)
        return Shown(page, lines.compactMap(\.shown))
    }

    func row(_ known: KnownAct, _ say: Speaker) -> KnownActRow {
        let history = known.history
        let now = max(office.clock.now(), known.newest.recorded, history.act.time.unixMilliseconds)
        let status = history.status(at: ActTime(unixMilliseconds: now))
        return KnownActRow(
            number: history.act.number.description, time: say.time(known.filed.recorded),
            kind: say(history.content.type.label), parties: ActContentView.names(history.content),
            status: DeedWords(say: say).status(status), isInForce: status.isInForce)
    }

    // MARK: Drafts

    private func draftList(_ visitor: Visitor, _ say: Speaker) throws -> HTML {
        let rows = try drafts(visitor).map { id, changed, draft -> HTML in
            let form = draft.form
            let kind =
                form.change.map { "\(say($0.label)): \(form["act"])" } ?? form.type.map { say($0.label) } ?? ""
            return """
                <tr><th scope="row"><a href="/notary/drafts/\(id)">\(kind)</a></th><td>\(form.partyNames.joined(separator: ", "))</td><td>\(say.time(UInt64(clamping: changed)))</td>\
                <td><form method="post" action="/notary/drafts/\(id)/delete">\(Page.key(visitor))<button class="second">\(say("Устгах", "Delete"))<span class="skip"> \(kind)</span></button></form></td></tr>
                """
        }
        guard !rows.isEmpty else { return .empty }
        return """
            <h2>\(say("Ноорог", "Drafts")) (\(rows.count) / \(DraftStore.countLimit))</h2><div class="scroll noprint" tabindex="0"><table><thead><tr><th scope="col">\(say("Үйлдэл", "Act"))</th>\
            <th scope="col">\(say("Оролцогчид", "Parties"))</th><th scope="col">\(say("Хадгалсан", "Saved"))</th><th scope="col">\(say("Устгах", "Delete"))</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    // MARK: What to know

    func hints(_ notary: Notary, _ say: Speaker) -> HTML {
        var notes: [HTML] = []
        if office.trust.current == nil {
            notes.append(
                """
                <div class="note bad" role="alert">\(say("Гарын үсэг шалгах итгэлцлийн хавтас алга: үйлдэл бүртгэж чадахгүй. Операторт хандана уу.", "No signature can be checked: the service has no trust folder. Ask the operator."))</div>
                """)
        }
        return HTML(notes)
    }
}

import Catalogue
import Deeds
import Filing
import Hummingbird
import LedgerEngine
import Registry

/// Whom an act's notary named to be told of it, and what became of each notice.
extension NotaryConsole {
    func addNotices(to router: some RouterMethods<CallContext>) {
        router.post(
            "notary/acts/:number/contacts/:contact/remove",
            use: form { _, context, visitor in try await removeContact(context, visitor) })
    }

    private func removeContact(_ context: CallContext, _ visitor: Visitor) async throws -> Response {
        let number = context.parameters.get("number") ?? ""
        do {
            let report = try await office.removeContact(
                context.parameters.get("contact") ?? "", ofAct: number, notary: visitor.subject,
                detail: "/notary/acts/\(number)/contacts")
            return Console.redirect(to: "/notary/acts/\(report.act.number)?done=contact-removed")
        } catch let failure as Failure where failure.problem == .notifyContactUnknown {
            return try await Console.read { try actPage("", number, visitor, failure: failure).response }
        }
    }

    func notices(_ report: ActReport, _ visitor: Visitor, _ say: Speaker) throws -> HTML {
        let told = try office.notices.told(ofAct: report.act.number.description)
        guard !told.contacts.isEmpty else { return .empty }
        let act = report.act.number.description
        let contacts = told.contacts.map { each -> HTML in
            let who = who(each.contact, report)
            return """
                <tr><td>\(who)</td><td class="n"><form method="post" action="/notary/acts/\(act)/contacts/\(each.id)/remove">\(Page.key(visitor))\
                <button class="second">\(say("Хасах", "Remove"))<span class="skip"> \(who)</span></button></form></td></tr>
                """
        }
        let names = Dictionary(told.contacts.map { ($0.id, who($0.contact, report)) }) { first, _ in first }
        let rows = told.notices.map { notice -> HTML in
            """
            <tr><td>\(say.time(UInt64(clamping: notice.created)))</td><td>\(event(notice.event, say))</td><td>\(names[notice.contact] ?? "")</td>\
            <td>\(state(notice, say))</td></tr>
            """
        }
        let off: HTML =
            office.settings.mail == nil
            ? "<p class=\"hint\">\(say("Энэ үйлчилгээ одоогоор захидал илгээхгүй тохиргоотой: мэдэгдэл хүлээж байна.", "This service sends no mail at present: notices wait."))</p>"
            : .empty
        return """
            <section class="noprint"><h2>\(say("Мэдэгдэл", "Notices"))</h2>\(off)
            <div class="scroll" tabindex="0"><table><caption>\(say("Мэдэгдэл авах хаяг", "Who is told"))</caption><thead><tr><th scope="col">\(say("Хэнд", "To"))</th>\
            <th scope="col"><span class="skip">\(say("Хасах", "Remove"))</span></th></tr></thead><tbody>\(contacts)</tbody></table></div>
            <p class="hint">\(say("Хассан хаягт үүнээс хойш, хүлээж байгаа мэдэгдэл ч очихгүй. Энд буцааж нэмэх боломжгүй: хаягийг бүртгэхдээ нэрлэдэг.", "Who is removed is told nothing more, not even what waits. Nobody can be added again here: they are named with the registration."))</p>
            <div class="scroll" tabindex="0"><table><caption>\(say("Мэдэгдэл, шинэ нь эхэндээ", "Notices by e-mail, newest first"))</caption><thead><tr><th scope="col">\(say("Цаг", "Time"))</th>\
            <th scope="col">\(say("Юу", "Of what"))</th><th scope="col">\(say("Хэнд", "To"))</th><th scope="col">\(say("Төлөв", "State"))</th></tr></thead><tbody>\(rows)</tbody></table></div></section>
            """
    }

    /// Masked: the address was typed once, and is not to be read off a screen ever after.
    private func who(_ contact: NoticeContact, _ report: ActReport) -> String {
        // As registered: a change may have put the parties in another order.
        let parties = report.act.draft.parties
        let name = parties.indices.contains(contact.party) ? parties[contact.party].name.short : ""
        return "\(name) · \(contact.masked)"
    }

    private func event(_ event: NoticeEvent, _ say: Speaker) -> String {
        switch event {
        case .registered: say("бүртгэсэн", "registration")
        case .changed: say("өөрчилсөн", "change")
        case .revoked: say("хүчингүй болсон", "revocation")
        case .looked: say("үзсэн", "look-up")
        }
    }

    private func state(_ notice: ActNotice, _ say: Speaker) -> HTML {
        let attempts =
            notice.attempts > 0 ? say(", \(notice.attempts) оролдлого", ", tried \(notice.attempts) times") : ""
        let error: HTML = notice.error.map { "<br><span class=\"hint\">\($0)</span>" } ?? .empty
        switch notice.state {
        case .sent:
            let ended = notice.ended.map { say.time(UInt64(clamping: $0)) } ?? ""
            return "<span class=\"state good\">\(say("илгээсэн", "sent"))</span> \(ended)"
        case .waiting: return "<span class=\"state\">\(say("хүлээж байна", "waiting"))</span>\(attempts)\(error)"
        case .failed:
            return "<span class=\"state bad\">\(say("илгээж чадсангүй", "given up"))</span>\(attempts)\(error)"
        }
    }

    /// Who is going to be told, before the act is registered.
    func recipients(_ form: DeedForm, _ say: Speaker) -> HTML {
        guard let contacts = try? form.contacts(), !contacts.isEmpty else { return .empty }
        let addresses = contacts.map(\.masked).joined(separator: ", ")
        return "<p>\(say("Мэдэгдэл авах хаяг", "Notices go to")): \(addresses)</p>"
    }
}

import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine

/// What a draft became.
extension NotaryConsole {
    /// Leads to the act. One of another notary is not shown: what is, is what this notary filed about it.
    func donePage(_ draft: DeedDraft, _ act: String, _ visitor: Visitor) throws -> Response {
        if try isOwn(act, visitor) { return Console.redirect(to: "/notary/acts/\(act)") }
        let say = Speaker(language: visitor.language)
        // The ledger is asked, not the draft: a change that a crash or a restored copy took away is not told as done.
        guard let entry = draft.entry, let filed = try? office.registrar.record(at: entry), filed.text("act") == act,
            filed.text("notary") == visitor.subject
        else { throw Problem.draftGone() }
        let content: HTML = """
            \(Page.good(say("Өөрчлөлтийг бүртгэлээ. Үйлдлийн агуулгыг бүртгэсэн нотариатч л үзнэ.", "The change is registered. The act's content is shown to the notary who registered it only.")))
            <dl class="panel"><dt>\(say("Үйлдэл", "Act"))</dt><dd>\(act)</dd>
            <dt>\(say("Бүртгэсэн", "Registered"))</dt><dd>\(say.time(filed.recorded)) · \(say("бичлэг", "entry")) \(filed.index)</dd>
            <dt>\(say("Нотолгоо", "Evidence"))</dt><dd><span class="id">\(office.evidenceLink(of: filed))</span></dd></dl>
            """
        return try render(visitor, act, path: "/notary/acts/\(act)", content)
    }

    /// Where a notary goes on after registering.
    func place(after draft: DeedDraft, _ id: Int64, act: String, _ visitor: Visitor) throws -> String {
        guard try isOwn(act, visitor) else { return "/notary/drafts/\(id)" }
        return "/notary/acts/\(act)?done=\(draft.form.change?.rawValue ?? "registered")"
    }
}

import Catalogue
import Deeds
import LedgerEngine
import Registry

/// Whom to tell of an act. Addresses stand in the draft and in the list of contacts, both sealed; never in the ledger.
extension DeedForm {
    /// The rows of parties with an address, each with its place in the act.
    private var addressed: [(row: Int, place: Int, address: String)] {
        guard change == nil else { return [] }
        return filledParties.enumerated().compactMap { place, row in
            let address = party(row, "email")
            return address.isEmpty ? nil : (row, place, address)
        }
    }

    /// What is wrong with the addresses, each where it is.
    var noticeProblems: [FieldProblem] {
        addressed.enumerated().compactMap { count, each in
            let field = "parties[\(each.row)].email"
            if count >= NoticeStore.contactLimit {
                let limit = String(NoticeStore.contactLimit)
                return FieldProblem(field: field, failure: Problem.notifyTooMany(["limit": limit]))
            }
            guard MailAddress(each.address) == nil else { return nil }
            return FieldProblem(field: field, failure: Problem.notifyAddressInvalid(["path": field]))
        }
    }

    /// - Throws: what ``noticeProblems`` tells.
    func contacts() throws(Failure) -> [NoticeContact] {
        if let problem = noticeProblems.first { throw problem.failure }
        var contacts: [NoticeContact] = []
        for each in addressed {
            guard let address = MailAddress(each.address), !contacts.contains(where: { $0.address == address.text })
            else { continue }
            contacts.append(NoticeContact(party: each.place, address: address.text, language: .mn))
        }
        return contacts
    }
}

extension DeedFormView {
    /// Where a party is told of the act. A change tells whom its registration named.
    func email(_ path: String) -> HTML {
        guard form.change == nil else { return .empty }
        return line(
            "\(path).email", words.party("email"), " inputmode=\"email\" autocomplete=\"off\" spellcheck=\"false\"")
    }
}

extension MailAddress {
    /// So much of it that whoever wrote it knows which one it is: `b•••@example.mn`.
    var masked: String {
        let name = text.prefix { $0 != "@" }
        return (name.count > 1 ? String(name.prefix(1)) : "") + "•••@" + domain
    }
}

extension NoticeContact {
    /// The address so far as it is shown.
    var masked: String { MailAddress(address)?.masked ?? "•••" }
}

import CanonicalJSON
import Catalogue
import Deeds
import Filing
import Hummingbird
import Registry

/// Whom an act's notary named to be told of it: shown, and removed one by one.
extension Office {
    /// The act of the notary, or of an office taken over. It tells whether the act is there, so it leaves a line; nobody is told of it, least of
    /// all whoever is to be told nothing more.
    ///
    /// - Throws: `act-not-found`.
    private func actWithContacts(_ number: String, of notary: String, detail: String) async throws -> ActReport {
        let report = try await Console.read { try deeds.status(act: number, notary: notary) }
        try await logLook(
            at: report.act.number.description, by: AccessLine.Who(.notary, notary), .record, detail: detail,
            isNews: false)
        return report
    }

    /// - Throws: `act-not-found`; `notice-not-kept`.
    func contacts(ofAct number: String, notary: String, detail: String) async throws -> JSONValue {
        try answer(contactsOf: try await actWithContacts(number, of: notary, detail: detail))
    }

    /// Forgets one whom to tell of an act, and what waits for them. Only the same registration sent again, with the same address, undoes it.
    ///
    /// - Throws: `act-not-found`; `notify-contact-unknown`, also when somebody removed it meanwhile; `notice-not-kept`.
    @discardableResult
    func removeContact(_ id: String, ofAct number: String, notary: String, detail: String) async throws -> ActReport {
        let report = try await actWithContacts(number, of: notary, detail: detail)
        guard let id = Int64(id), try notices.remove(contact: id, ofAct: report.act.number.description) else {
            throw Problem.notifyContactUnknown(["act": report.act.number.description])
        }
        return report
    }

    func answer(contactsOf report: ActReport) throws -> JSONValue {
        let act = report.act.number.description
        return ["act": .string(act), "contacts": try notices.contacts(ofAct: act)]
    }
}

/// `/v1/deeds/{act}/contacts`, for the notary of the act.
struct ContactRoutes {
    private static let detail = "contacts"

    let office: Office

    func add(to router: Router<CallContext>) {
        router.get("v1/deeds/:act/contacts") { request, context in
            let notary = try office.subject(request, as: .notary)
            return Response(
                try await office.contacts(
                    ofAct: try context.parameters.require("act"), notary: notary, detail: ContactRoutes.detail))
        }
        router.delete("v1/deeds/:act/contacts/:contact") { request, context in
            let notary = try office.subject(request, as: .notary)
            let report = try await office.removeContact(
                try context.parameters.require("contact"), ofAct: try context.parameters.require("act"),
                notary: notary, detail: ContactRoutes.detail)
            return Response(try office.answer(contactsOf: report))
        }
    }
}

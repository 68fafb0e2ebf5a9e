import CanonicalJSON
import Catalogue
import Deeds
import Filing
import Hummingbird
import LedgerEngine
import Registry

/// A draft of an act or change as it is kept.
struct DeedDraft: Sendable {
    var form: DeedForm
    /// What the statement that was shown is sealed with; `nil` while there is none.
    var seal: Seal?
    /// The act that it became, or that it changed.
    var done: String?
    /// The entry that it became.
    var entry: UInt64?

    struct Seal: Sendable {
        let salt: String
        /// The entry that is changed; `nil` for a registration.
        let before: String?
    }

    init(_ form: DeedForm) { self.form = form }

    init?(_ bytes: [UInt8]) {
        guard let json = try? JSONValue(parsing: bytes, limits: JSONLimits(bytes: DraftStore.byteLimit)) else {
            return nil
        }
        guard let form = DeedForm(json["form"] ?? [:]) else { return nil }
        self.form = form
        done = json["done"]?.string
        entry = json["entry"]?.integer.flatMap { UInt64(exactly: $0) }
        seal = json["salt"]?.string.map { Seal(salt: $0, before: json["before"]?.string) }
    }

    var bytes: [UInt8] {
        var object = JSONObject()
        if let done {
            // What it said is in the ledger now.
            object["done"] = .string(done)
            object["entry"] = entry.map { JSONValue($0) }
        } else {
            object["form"] = form.json
            object["salt"] = seal.map { .string($0.salt) }
            object["before"] = seal?.before.map { .string($0) }
        }
        return JSONValue.object(object).bytes
    }

    /// What is sent: what was typed, under the seal of the statement.
    var body: JSONValue {
        guard var object = form.body.object else { return .null }
        object["salt"] = seal.map { .string($0.salt) }
        object["before"] = seal?.before.map { .string($0) }
        return .object(object)
    }
}

extension NotaryConsole {
    /// How long it is remembered what a draft became: a second press of the button leads to the act. ms.
    private static let doneLength: Int64 = 3_600_000

    private func holder(_ visitor: Visitor) -> [UInt8] {
        office.registrar.vault.stateHash("drafts", Array(visitor.subject.utf8))
    }

    func draft(_ id: Int64, _ visitor: Visitor) throws -> DeedDraft {
        guard let kept = try office.drafts.draft(id, of: holder(visitor)), let draft = DeedDraft(kept.content) else {
            throw Problem.draftGone()
        }
        return draft
    }

    /// All that are no acts yet, newest first.
    func drafts(_ visitor: Visitor) throws -> [(id: Int64, changed: Int64, draft: DeedDraft)] {
        try office.drafts.drafts(of: holder(visitor)).compactMap { kept in
            guard let draft = DeedDraft(kept.content), draft.done == nil else { return nil }
            return (kept.id, kept.changed, draft)
        }
    }

    /// - Returns: the number it is kept under: another one when it was deleted meanwhile, so that nothing is lost.
    /// - Throws: `drafts-too-many`, `draft-too-large`.
    func save(_ draft: DeedDraft, _ id: Int64?, _ visitor: Visitor) throws -> Int64 {
        let now = Int64(clamping: office.clock.now())
        switch try office.drafts.save(draft.bytes, id: id, of: holder(visitor), at: now) {
        case .saved(let id): return id
        case .unknown: return try save(draft, nil, visitor)
        case .tooMany: throw Problem.draftsTooMany(["count": String(DraftStore.countLimit)])
        case .tooLarge: throw Problem.draftTooLarge(["limit": String(DraftStore.byteLimit >> 10)])
        }
    }

    /// Keeps of a draft only what it became, and nothing of earlier ones.
    func finish(_ id: Int64, as act: String, entry: UInt64, _ visitor: Visitor) throws {
        let holder = holder(visitor)
        let old = Int64(clamping: office.clock.now()) - NotaryConsole.doneLength
        for kept in try office.drafts.drafts(of: holder) where kept.changed < old {
            if DeedDraft(kept.content)?.done != nil { try office.drafts.remove(kept.id, of: holder) }
        }
        var draft = try draft(id, visitor)
        (draft.done, draft.entry) = (act, entry)
        _ = try save(draft, id, visitor)
    }

    func deleteDraft(_ id: Int64, _ visitor: Visitor) throws -> Response {
        try office.drafts.remove(id, of: holder(visitor))
        return Console.redirect(to: "/notary")
    }

    /// The statement of a draft, under its seal if it has one.
    func prepare(_ draft: DeedDraft, _ visitor: Visitor) throws -> PreparedStatement {
        let body = draft.body.bytes
        return draft.form.change == nil
            ? try office.deeds.statement(body, notary: visitor.subject)
            : try office.deeds.changeStatement(body, notary: visitor.subject)
    }

    /// Whether an act is in the notary's books.
    func isOwn(_ act: String, _ visitor: Visitor) throws -> Bool {
        do {
            _ = try office.deeds.deed(act, notary: visitor.subject)
            return true
        } catch let failure as Failure where failure.problem.status < 500 {
            return false
        }
    }
}

public import CanonicalJSON
public import Catalogue
public import LedgerEngine
public import Registry

/// Tells people of acts in which they are named: that one was registered, changed, revoked or looked at. Only those whose addresses a notary
/// handed in for that act, and without a word of what it is.
///
/// Everything that throws `notice-not-kept` may be done again: nobody is told the same twice.
public struct NoticeDesk: Sendable {
    /// Makes a keyed hash of something for one purpose.
    public typealias Hash = @Sendable (_ purpose: String, _ bytes: [UInt8]) -> [UInt8]

    let store: NoticeStore
    private let hash: Hash
    private let clock: any Clock

    public init(store: NoticeStore, clock: any Clock, hash: @escaping Hash) {
        self.store = store
        self.clock = clock
        self.hash = hash
    }

    // MARK: Contacts

    /// Reads `[{"party": 0, "email": "…", "language": "mn"}]`; nobody where there is none. The same address given twice is one.
    ///
    /// - Parameters:
    ///   - partyCount: the number of the act's parties.
    ///   - path: where it stands, for messages.
    /// - Throws: `notify-invalid`, `notify-address-invalid`, `notify-too-many`.
    public static func contacts(_ json: JSONValue?, partyCount: Int, path: String = "notify") throws(Failure)
        -> [NoticeContact]
    {
        guard let json, !json.isNull else { return [] }
        guard let list = json.array else { throw Problem.notifyInvalid(["path": path]) }
        guard list.count <= NoticeStore.contactLimit else {
            throw Problem.notifyTooMany(["limit": String(NoticeStore.contactLimit)])
        }
        var contacts: [NoticeContact] = []
        for (position, element) in list.enumerated() {
            let contact = try contact(element, partyCount, "\(path)[\(position)]")
            if !contacts.contains(where: { $0.address == contact.address }) { contacts.append(contact) }
        }
        return contacts
    }

    private static func contact(_ json: JSONValue, _ partyCount: Int, _ path: String) throws(Failure) -> NoticeContact {
        let names: Set<String> = ["party", "email", "language"]
        guard let object = json.object, object.members.allSatisfy({ names.contains($0.name) }),
            let party = object["party"]?.integer, (0..<Int64(partyCount)).contains(party),
            let email = object["email"]?.string
        else { throw Problem.notifyInvalid(["path": path]) }
        guard let address = MailAddress(email) else { throw Problem.notifyAddressInvalid(["path": path + ".email"]) }
        var language = NoticeContact.Language.mn
        if let value = object["language"] {
            guard let known = value.string.flatMap({ NoticeContact.Language(rawValue: $0) }) else {
                throw Problem.notifyInvalid(["path": path + ".language"])
            }
            language = known
        }
        return NoticeContact(party: Int(party), address: address.text, language: language)
    }

    /// Whom to tell of an act: for the notary who registered it. Addresses are masked: each was typed once, and is not to be read ever after.
    public func contacts(ofAct number: String) throws -> JSONValue {
        .array(
            try kept { try store.contacts(ofAct: actHash(number)) }.map { each in
                [
                    "id": JSONValue(each.id), "party": JSONValue(each.contact.party),
                    "email": .string(each.contact.masked), "language": .string(each.contact.language.rawValue),
                ]
            })
    }

    /// Whom to tell of an act, and the newest notices about it: for the notary who registered it.
    func told(ofAct number: String) throws -> (contacts: [(id: Int64, contact: NoticeContact)], notices: [ActNotice]) {
        let act = actHash(number)
        return try kept { (try store.contacts(ofAct: act), try store.notices(ofAct: act)) }
    }

    /// Forgets one contact, and what waits for it.
    ///
    /// - Returns: false when the act has none with this id.
    public func remove(contact id: Int64, ofAct number: String) throws -> Bool {
        try kept { try store.remove(contact: id, ofAct: actHash(number)) }
    }

    /// Forgets everybody who was to be told of an act, and all that was told. Done twice it does no harm.
    ///
    /// - Durability: gone from the database's file on return.
    public func forget(act number: String) throws { try kept { try store.forget(act: actHash(number)) } }

    /// The same for acts that were erased, of which nobody can tell the numbers any more.
    ///
    /// - Parameter registrations: the commitments in the entries of their registrations; others are passed over.
    public func forget(registrations: [[UInt8]]) throws {
        try kept { try store.forget(registrations: registrations.map { hash("notice registration", $0) }) }
    }

    /// Whether anybody was ever to be told of an act that is not forgotten.
    func hasRegistrations() throws -> Bool { try kept { try store.hasRegistrations() } }

    // MARK: Events

    /// An act is in the ledger: remembers whom to tell of it, and tells them. To be called for a repetition too: a crash may have come between.
    ///
    /// - Parameters:
    ///   - time: when it was recorded, Unix ms.
    ///   - registration: the commitment in the entry of its registration, by which they are found when it is erased.
    /// - Returns: how many people will be told who were not told before.
    @discardableResult
    public func registered(
        act number: String, contacts: [NoticeContact], time: UInt64, registration: [UInt8]? = nil
    ) throws -> Int {
        try kept {
            try store.register(
                contacts, act: actHash(number), number: number, time: Int64(clamping: time), now: now,
                registration: registration.map { hash("notice registration", $0) })
        }
    }

    /// A change of an act is in the ledger. To be called for a repetition too.
    ///
    /// - Parameters:
    ///   - commitment: of the record that changed it: the same change is told once.
    ///   - time: when it was recorded, Unix ms.
    @discardableResult
    public func changed(act number: String, isRevoked: Bool, commitment: [UInt8], time: UInt64) throws -> Int {
        try kept {
            try store.add(
                isRevoked ? .revoked : .changed, act: actHash(number), number: number,
                cause: hash("notice cause", commitment), time: Int64(clamping: time), now: now)
        }
    }

    /// How many entries of the ledger were looked through for changes to tell of; `nil` when never any.
    func position() throws -> UInt64? { try kept { try store.position() } }

    func setPosition(_ size: UInt64) throws { try kept { try store.setPosition(size) } }

    /// Somebody is about to be shown an act.
    ///
    /// - Parameter reader: who it is, as well as that is known: a notary's code, or the address that the request came from. Kept as a keyed hash
    ///   of itself and the act.
    @discardableResult
    public func looked(act number: String, reader: String) throws -> Int {
        let time = now
        return try kept {
            try store.add(
                .looked, act: actHash(number), number: number,
                cause: hash("notice reader", Array("\(number)\n\(reader)".utf8)), time: time, now: time)
        }
    }

    // MARK: For the operator

    /// How many mails wait, were sent and failed, and which failed and why: `{waiting, sent, failed, oldestWaiting, failures: […]}`.
    public func status() throws -> JSONValue {
        let counts = try kept { try store.counts() }
        var object: JSONObject = [
            "waiting": JSONValue(counts.waiting), "sent": JSONValue(counts.sent), "failed": JSONValue(counts.failed),
        ]
        object["oldestWaiting"] = counts.oldestWaiting.map { JSONValue($0) }
        object["failures"] = .array(
            try kept { try store.list(.failed, limit: 100) }.map { notice in
                [
                    "id": JSONValue(notice.id), "event": .string(notice.event.rawValue),
                    "created": JSONValue(notice.created), "attempts": JSONValue(notice.attempts),
                    "error": .string(notice.error ?? ""),
                ]
            })
        return .object(object)
    }

    /// Has everything that failed tried again.
    public func retryFailed() throws -> Int { try kept { try store.retryFailed(now: now) } }

    private var now: Int64 { Int64(clamping: clock.now()) }

    private func actHash(_ number: String) -> [UInt8] { hash("notice act", Array(number.utf8)) }

    private func kept<R>(_ work: () throws -> R) throws(Failure) -> R {
        do { return try work() } catch { throw Problem.noticeNotKept() }
    }
}

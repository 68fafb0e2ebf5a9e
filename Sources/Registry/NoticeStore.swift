import Foundation
import GRDB
import Synchronization

/// Whom to tell of an act.
public struct NoticeContact: Hashable, Sendable, Codable {
    /// Which language comes first.
    public enum Language: String, Hashable, Sendable, Codable, CaseIterable {
        case mn, en
    }

    /// The party's place in the act, from 0.
    public let party: Int
    /// An e-mail address, in the one form in which equal addresses are equal.
    public let address: String
    public let language: Language

    public init(party: Int, address: String, language: Language) {
        self.party = party
        self.address = address
        self.language = language
    }
}

/// What people are told of.
public enum NoticeEvent: String, Hashable, Sendable, CaseIterable {
    case registered, changed, revoked
    /// Somebody asked for the act with its number and access code, or a notary opened it.
    case looked
}

/// A mail that waits to be sent.
public struct Notice: Hashable, Sendable {
    public let id: Int64
    public let event: NoticeEvent
    /// The act's number.
    public let act: String
    /// When it happened, Unix ms.
    public let time: Int64
    public let address: String
    public let language: NoticeContact.Language
    /// When it was written down, Unix ms.
    public let created: Int64
    /// When it was first tried, Unix ms; `nil` for never.
    public let first: Int64?
    public let attempts: Int
    /// 16 bytes that are this mail's for ever: a repeated one is known by them.
    public let messageID: [UInt8]

    public init(
        id: Int64, event: NoticeEvent, act: String, time: Int64, address: String, language: NoticeContact.Language,
        created: Int64, first: Int64?, attempts: Int, messageID: [UInt8]
    ) {
        self.id = id
        self.event = event
        self.act = act
        self.time = time
        self.address = address
        self.language = language
        self.created = created
        self.first = first
        self.attempts = attempts
        self.messageID = messageID
    }
}

/// Whom to tell of which act, and the mails to be sent, in `state.sqlite`. Acts are keyed hashes; addresses and numbers are sealed.
///
/// A mail is there from the moment that what it tells of is answered, and goes out at least once: an attempt is written down before it is
/// made, and its outcome after. A crash between the two repeats the mail under the same message id.
public final class NoticeStore: Sendable {
    /// The most contacts of one act.
    public static let contactLimit = 20
    /// Look-ups of one act by one reader within so long give one notice, ms.
    public static let lookPause: Int64 = 3_600_000
    /// The most notices of look-ups that may wait for one act: whoever has number and code must not be able to flood anybody.
    public static let lookLimit = 100
    /// Longer than any pause between two attempts, ms: what is due later was written by a clock that was wrong.
    private static let pauseLimit: Int64 = 86_400_000

    let queue: DatabaseQueue
    let cipher: any StateCipher
    private let random: @Sendable (Int) -> [UInt8]
    /// The acts that have contacts, by the first bytes of their hashes; perhaps some that have none any more. `nil` before they were read. Changed
    /// on the queue alone.
    private let told = Mutex<Set<UInt64>?>(nil)

    /// - Parameter random: gives so many random bytes.
    public init(_ database: StateDatabase, cipher: any StateCipher, random: @escaping @Sendable (Int) -> [UInt8]) {
        queue = database.queue
        self.cipher = cipher
        self.random = random
    }

    // MARK: Contacts

    /// Remembers whom to tell of an act, and tells those who are new that it was registered, in one transaction. Who is known already is
    /// told nothing again; beyond ``contactLimit`` nobody is taken.
    ///
    /// - Parameters:
    ///   - act: its keyed hash.
    ///   - time: when it was registered, Unix ms.
    ///   - registration: a keyed hash of the record that registered it, by which they are found when the act has no number any more.
    /// - Returns: how many are new.
    /// - Durability: synced on return.
    @discardableResult
    public func register(
        _ contacts: [NoticeContact], act: [UInt8], number: String, time: Int64, now: Int64,
        registration: [UInt8]? = nil
    ) throws -> Int {
        guard !contacts.isEmpty else { return 0 }
        return try queue.write { database in
            told.withLock { _ = $0?.insert(NoticeStore.place(of: act)) }
            if let registration { try bind(registration, to: act, database) }
            var known = Set(try self.contacts(database, act).map(\.contact.address))
            var count = 0
            for contact in contacts where known.count < NoticeStore.contactLimit {
                guard known.insert(contact.address).inserted else { continue }
                let nonce = random(16)
                let sealed = try cipher.seal(Array(try JSONEncoder().encode(contact)), nonce: nonce)
                try database.execute(
                    sql: "INSERT INTO contact (act, nonce, content) VALUES (?, ?, ?)",
                    arguments: [Data(act), Data(nonce), Data(sealed)])
                let id = database.lastInsertedRowID
                try insert(database, .registered, (id, contact), act, number, cause: [], time: time, now: now)
                count += 1
            }
            return count
        }
    }

    /// Whom to tell of an act, oldest first.
    public func contacts(ofAct act: [UInt8]) throws -> [(id: Int64, contact: NoticeContact)] {
        try queue.read { try self.contacts($0, act) }
    }

    /// Forgets one whom to tell, and every mail to them.
    ///
    /// - Returns: false when the act has no such contact.
    /// - Durability: synced on return.
    public func remove(contact id: Int64, ofAct act: [UInt8]) throws -> Bool {
        try queue.write { database in
            try database.execute(sql: "DELETE FROM contact WHERE id = ? AND act = ?", arguments: [id, Data(act)])
            guard database.changesCount == 1 else { return false }
            try database.execute(sql: "DELETE FROM notice WHERE contact = ? AND act = ?", arguments: [id, Data(act)])
            return true
        }
    }

    /// Forgets everything about an act: whom to tell, what waits, and what was told.
    ///
    /// - Durability: synced on return, and what was deleted is overwritten.
    public func forget(act: [UInt8]) throws {
        try queue.write { try forget(act: Data(act), $0) }
    }

    private func mayHaveContacts(_ act: [UInt8]) throws -> Bool {
        let place = NoticeStore.place(of: act)
        if let known = told.withLock({ acts in acts.map { $0.contains(place) } }) { return known }
        return try queue.read { database in
            let acts = try Data.fetchSet(database, sql: "SELECT DISTINCT act FROM contact")
            let places = Set(acts.map { NoticeStore.place(of: [UInt8]($0)) })
            told.withLock { $0 = places }
            return places.contains(place)
        }
    }

    private static func place(of act: [UInt8]) -> UInt64 { act.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

    private func contacts(_ database: Database, _ act: [UInt8]) throws -> [(id: Int64, contact: NoticeContact)] {
        let rows = try Row.fetchAll(
            database, sql: "SELECT * FROM contact WHERE act = ? ORDER BY id", arguments: [Data(act)])
        return try rows.map { row in
            let content = try cipher.open([UInt8](row["content"] as Data), nonce: [UInt8](row["nonce"] as Data))
            return (row["id"], try JSONDecoder().decode(NoticeContact.self, from: Data(content)))
        }
    }

    // MARK: Events

    /// Writes down one mail for each contact of an act, in one transaction.
    ///
    /// - Parameters:
    ///   - act: its keyed hash.
    ///   - cause: a keyed hash of who looked, or of the record that changed the act: an equal change is told once, and look-ups by the same
    ///     reader once in ``lookPause``.
    ///   - time: when it happened, Unix ms.
    /// - Returns: how many mails.
    /// - Durability: synced on return, when there is one.
    @discardableResult
    public func add(_ event: NoticeEvent, act: [UInt8], number: String, cause: [UInt8], time: Int64, now: Int64) throws
        -> Int
    {
        // Most acts have no contacts: a look-up of them need not wait for whoever writes.
        guard try mayHaveContacts(act), try !contacts(ofAct: act).isEmpty else { return 0 }
        return try queue.write { database in
            if event == .looked, try isEnough(database, act, reader: cause, now) { return 0 }
            var count = 0
            for each in try self.contacts(database, act) {
                if event != .looked, try isTold(database, event, each.id, cause) { continue }
                try insert(database, event, each, act, number, cause: cause, time: time, now: now)
                count += 1
            }
            return count
        }
    }

    private func isTold(_ database: Database, _ event: NoticeEvent, _ contact: Int64, _ cause: [UInt8]) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM notice WHERE contact = ? AND event = ? AND cause = ?)",
            arguments: [contact, event.rawValue, Data(cause)]) == true
    }

    private func isEnough(_ database: Database, _ act: [UInt8], reader: [UInt8], _ now: Int64) throws -> Bool {
        let looked = NoticeEvent.looked.rawValue
        let isRecent = try Bool.fetchOne(
            database,
            sql: """
                SELECT EXISTS (SELECT 1 FROM notice
                    WHERE act = ? AND event = ? AND cause = ? AND created > ? AND created < ?)
                """,
            arguments: [Data(act), looked, Data(reader), now - NoticeStore.lookPause, now + NoticeStore.lookPause])
        if isRecent == true { return true }
        let waiting = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM notice WHERE act = ? AND event = ? AND state = ?",
            arguments: [Data(act), looked, NoticeState.waiting.rawValue])
        return waiting ?? 0 >= NoticeStore.lookLimit
    }

    private func insert(
        _ database: Database, _ event: NoticeEvent, _ to: (id: Int64, contact: NoticeContact), _ act: [UInt8],
        _ number: String, cause: [UInt8], time: Int64, now: Int64
    ) throws {
        let nonce = random(16)
        let content = NoticeContent(
            address: to.contact.address, language: to.contact.language, number: number, time: time)
        let sealed = try cipher.seal(Array(try JSONEncoder().encode(content)), nonce: nonce)
        try database.execute(
            sql: """
                INSERT INTO notice (act, contact, event, cause, state, created, due, attempts, message, nonce, content)
                VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)
                """,
            arguments: [
                Data(act), to.id, event.rawValue, Data(cause), NoticeState.waiting.rawValue, now, now, Data(random(16)),
                Data(nonce), Data(sealed),
            ])
    }

    // MARK: Sending

    /// Mails whose time has come, the longest waiting first. One that cannot be opened ends as failed: it must not stand before the others.
    ///
    /// - Parameters:
    ///   - now: Unix ms.
    ///   - limit: how many at most.
    public func due(at now: Int64, limit: Int) throws -> [Notice] {
        let rows = try queue.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM notice WHERE state = ? AND (due <= ? OR due > ?) ORDER BY due, id LIMIT ?",
                arguments: [NoticeState.waiting.rawValue, now, now + NoticeStore.pauseLimit, limit])
        }
        return try rows.compactMap { row in
            if let notice = notice(row) { return notice }
            try end(row["id"], .failed, error: "damaged", at: now)
            return nil
        }
    }

    private func notice(_ row: Row) -> Notice? {
        guard let event = NoticeEvent(rawValue: row["event"]), let nonce = row["nonce"] as Data?,
            let sealed = row["content"] as Data?,
            let bytes = try? cipher.open([UInt8](sealed), nonce: [UInt8](nonce)),
            let content = try? JSONDecoder().decode(NoticeContent.self, from: Data(bytes))
        else { return nil }
        return Notice(
            id: row["id"], event: event, act: content.number, time: content.time, address: content.address,
            language: content.language, created: row["created"], first: row["first"], attempts: row["attempts"],
            messageID: [UInt8](row["message"] as Data))
    }
}

/// What a waiting mail says, and to whom.
private struct NoticeContent: Codable {
    let address: String
    let language: NoticeContact.Language
    let number: String
    let time: Int64
}

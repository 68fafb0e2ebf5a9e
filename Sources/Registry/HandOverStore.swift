import Foundation
import GRDB

/// A notary's request to close the office and hand it over.
public struct HandOverRequest: Hashable, Sendable {
    public enum State: String, Hashable, Sendable, CaseIterable {
        case waiting
        /// An operator began to carry it out: it is not withdrawn any more. Whether it was carried out the register of issuers says.
        case taken
        case refused, withdrawn
    }

    public let id: Int64
    public let state: State
    /// Unix ms.
    public let created: Int64
    /// When its state changed last, Unix ms; `nil` while it waits.
    public let decided: Int64?
    /// Who hands over to whom and why, opened.
    public let content: [UInt8]
}

/// Requests to hand an office over, in `state.sqlite`: sealed, one of each notary.
public final class HandOverStore: Sendable {
    private let queue: DatabaseQueue
    private let cipher: any StateCipher
    private let random: @Sendable (Int) -> [UInt8]

    /// - Parameter random: gives so many random bytes.
    public init(_ database: StateDatabase, cipher: any StateCipher, random: @escaping @Sendable (Int) -> [UInt8]) {
        queue = database.queue
        self.cipher = cipher
        self.random = random
    }

    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("hand-overs") { database in
            try database.create(table: "handover") { table in
                table.autoIncrementedPrimaryKey("id")
                table.column("holder", .blob).notNull().unique()
                table.column("state", .text).notNull()
                table.column("created", .integer).notNull()
                table.column("decided", .integer)
                table.column("nonce", .blob).notNull()
                table.column("content", .blob).notNull()
            }
        }
    }

    /// Remembers a request, in the place of one that is over. The same one again, while it waits, is one.
    ///
    /// - Parameters:
    ///   - holder: the keyed hash of whose it is.
    ///   - now: Unix ms.
    /// - Returns: its number; `nil` while another one of the holder is not over.
    /// - Durability: synced on return.
    public func add(_ content: [UInt8], of holder: [UInt8], at now: Int64) throws -> Int64? {
        let nonce = random(16)
        let sealed = try cipher.seal(content, nonce: nonce)
        return try queue.write { database in
            if let known = try self.request(database, holder), [.waiting, .taken].contains(known.state) {
                return known.content == content ? known.id : nil
            }
            // A new number: what was decided of the one before does not touch it.
            try database.execute(sql: "DELETE FROM handover WHERE holder = ?", arguments: [Data(holder)])
            try database.execute(
                sql: "INSERT INTO handover (holder, state, created, nonce, content) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    Data(holder), HandOverRequest.State.waiting.rawValue, now, Data(nonce), Data(sealed),
                ])
            return database.lastInsertedRowID
        }
    }

    /// The newest request of a holder.
    public func request(of holder: [UInt8]) throws -> HandOverRequest? {
        try queue.read { try self.request($0, holder) }
    }

    /// Requests that are not over, oldest first. One that cannot be opened is passed over: it must not hide the others.
    public func open() throws -> [HandOverRequest] {
        try queue.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM handover WHERE state IN ('waiting', 'taken') ORDER BY id"
            ).compactMap { try? self.request($0) }
        }
    }

    /// Takes a request to another state, if it is in one of some states and what it says is meant.
    ///
    /// - Returns: false when there is no such request.
    /// - Durability: synced on return.
    public func change(
        _ id: Int64, from states: Set<HandOverRequest.State>, to state: HandOverRequest.State, at now: Int64,
        where isMeant: (HandOverRequest) -> Bool = { _ in true }
    ) throws -> Bool {
        try queue.write { database in
            let sql = "SELECT * FROM handover WHERE id = ?"
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [id]) else { return false }
            let known = try self.request(row)
            guard states.contains(known.state), isMeant(known) else { return false }
            try database.execute(
                sql: "UPDATE handover SET state = ?, decided = ? WHERE id = ?", arguments: [state.rawValue, now, id])
            return true
        }
    }

    private func request(_ database: Database, _ holder: [UInt8]) throws -> HandOverRequest? {
        let sql = "SELECT * FROM handover WHERE holder = ?"
        return try Row.fetchOne(database, sql: sql, arguments: [Data(holder)]).map(request)
    }

    private func request(_ row: Row) throws -> HandOverRequest {
        guard let state = HandOverRequest.State(rawValue: row["state"]) else {
            throw DatabaseError(message: "a request has no known state")
        }
        let content = try cipher.open([UInt8](row["content"] as Data), nonce: [UInt8](row["nonce"] as Data))
        return HandOverRequest(
            id: row["id"], state: state, created: row["created"], decided: row["decided"], content: content)
    }
}

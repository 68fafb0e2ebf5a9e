import Foundation
import GRDB

/// How far a request has come that needs a second person.
public enum ApprovalState: String, Hashable, Sendable, CaseIterable {
    case waiting
    /// Somebody else agreed, and it was, or is being, carried out: never a second time.
    case approved
    /// It was carried out, and how it ended is known.
    case done
    case refused
    /// Nobody agreed in time.
    case expired
}

/// A request that needs a second person.
public struct Approval: Hashable, Sendable {
    public let id: Int64
    public let kind: String
    public let state: ApprovalState
    /// Unix ms.
    public let created: Int64
    /// When its state changed last, Unix ms; `nil` while it waits.
    public let decided: Int64?
    /// What is asked for and by whom, opened.
    public let content: [UInt8]
}

/// Requests that need a second person, in `state.sqlite`. What they ask for and who asks is sealed.
public final class ApprovalStore: Sendable {
    private let queue: DatabaseQueue
    private let cipher: any StateCipher
    private let random: @Sendable (Int) -> [UInt8]

    /// - Parameter random: gives so many random bytes.
    public init(_ database: StateDatabase, cipher: any StateCipher, random: @escaping @Sendable (Int) -> [UInt8]) {
        queue = database.queue
        self.cipher = cipher
        self.random = random
    }

    /// Remembers a request, unless an equal one waits or too many do.
    ///
    /// - Parameters:
    ///   - now: Unix ms.
    ///   - limit: how many may wait.
    ///   - isEqual: whether a waiting one is the same.
    /// - Returns: the request, or the equal one that waits; `nil` when too many wait.
    /// - Durability: synced on return.
    public func add(
        kind: String, content: [UInt8], at now: Int64, limit: Int, unless isEqual: (Approval) -> Bool
    ) throws -> (id: Int64, isNew: Bool)? {
        let nonce = random(16)
        let sealed = try cipher.seal(content, nonce: nonce)
        return try queue.write { database in
            let waiting = try self.list(database, .waiting)
            if let equal = waiting.first(where: { $0.kind == kind && isEqual($0) }) { return (equal.id, false) }
            guard waiting.count < limit else { return nil }
            try database.execute(
                sql: "INSERT INTO approval (kind, state, created, nonce, content) VALUES (?, ?, ?, ?, ?)",
                arguments: [kind, ApprovalState.waiting.rawValue, now, Data(nonce), Data(sealed)])
            return (database.lastInsertedRowID, true)
        }
    }

    /// Takes a request from one state to another, in one transaction: of several callers one sees it as it was before.
    ///
    /// - Parameter decide: what becomes of it, and what is kept of it from now on. What it throws leaves everything as it was.
    /// - Returns: the request as it was before; `nil` when there is none.
    /// - Durability: synced on return.
    @discardableResult
    public func change(
        _ id: Int64, at now: Int64, _ decide: (Approval) throws -> (state: ApprovalState, content: [UInt8])
    ) throws -> Approval? {
        let nonce = random(16)
        return try queue.write { database in
            let sql = "SELECT * FROM approval WHERE id = ?"
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [id]) else { return nil }
            let before = try self.approval(row)
            let after = try decide(before)
            let sealed = try cipher.seal(after.content, nonce: nonce)
            try database.execute(
                sql: "UPDATE approval SET state = ?, decided = ?, nonce = ?, content = ? WHERE id = ?",
                arguments: [after.state.rawValue, now, Data(nonce), Data(sealed), id])
            return before
        }
    }

    /// A request; `nil` when there is none.
    public func approval(_ id: Int64) throws -> Approval? {
        let row = try queue.read {
            try Row.fetchOne($0, sql: "SELECT * FROM approval WHERE id = ?", arguments: [id])
        }
        return try row.map(approval)
    }

    /// Requests in one state, oldest first. One that cannot be opened is passed over: it must not hide the others.
    public func list(_ state: ApprovalState) throws -> [Approval] { try queue.read { try self.list($0, state) } }

    /// Forgets what was decided before a time, Unix ms; what was approved and never ended stays.
    public func forgetDecided(before time: Int64) throws {
        try queue.write {
            try $0.execute(
                sql: "DELETE FROM approval WHERE state IN ('done', 'refused', 'expired') AND decided < ?",
                arguments: [time])
        }
    }

    private func list(_ database: Database, _ state: ApprovalState) throws -> [Approval] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM approval WHERE state = ? ORDER BY id", arguments: [state.rawValue]
        ).compactMap { try? approval($0) }
    }

    private func approval(_ row: Row) throws -> Approval {
        guard let state = ApprovalState(rawValue: row["state"]) else {
            throw DatabaseError(message: "an approval has no known state")
        }
        let content = try cipher.open([UInt8](row["content"] as Data), nonce: [UInt8](row["nonce"] as Data))
        return Approval(
            id: row["id"], kind: row["kind"], state: state, created: row["created"], decided: row["decided"],
            content: content)
    }
}

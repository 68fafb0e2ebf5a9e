import Foundation
import GRDB

/// Passwords and sessions of the consoles, in `state.sqlite`. Who they belong to is a keyed hash, what they say is sealed.
public final class ConsoleStore: Sendable {
    private let queue: DatabaseQueue
    private let cipher: any StateCipher
    private let random: @Sendable (Int) -> [UInt8]

    /// - Parameter random: gives so many random bytes.
    public init(_ database: StateDatabase, cipher: any StateCipher, random: @escaping @Sendable (Int) -> [UInt8]) {
        self.cipher = cipher
        self.random = random
        queue = database.queue
    }

    // MARK: Passwords

    /// What is kept of a password, and a mark of its own: another password has another.
    public struct Password: Sendable {
        public let encoded: [UInt8]
        let mark: [UInt8]
    }

    /// What is kept of somebody's password; `nil` for who has none.
    ///
    /// - Parameter holder: the keyed hash of who it is.
    public func password(of holder: [UInt8]) throws -> Password? {
        let row = try queue.read {
            try Row.fetchOne($0, sql: "SELECT nonce, content FROM login WHERE holder = ?", arguments: [Data(holder)])
        }
        guard let row else { return nil }
        let nonce = [UInt8](row["nonce"] as Data)
        return Password(encoded: try cipher.open([UInt8](row["content"] as Data), nonce: nonce), mark: nonce)
    }

    /// Sets a password, if the session that asks for it has not ended, and ends the holder's other sessions.
    ///
    /// - Returns: false when the session has ended: nothing is changed then.
    /// - Durability: synced on return.
    public func setPassword(_ encoded: [UInt8], of holder: [UInt8], from session: [UInt8]) throws -> Bool {
        let nonce = random(16)
        let sealed = try cipher.seal(encoded, nonce: nonce)
        return try queue.write { database in
            let asks = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM session WHERE id = ? AND holder = ?)",
                arguments: [Data(session), Data(holder)])
            guard asks == true else { return false }
            try database.execute(
                sql: "INSERT OR REPLACE INTO login (holder, nonce, content) VALUES (?, ?, ?)",
                arguments: [Data(holder), Data(nonce), Data(sealed)])
            try database.execute(
                sql: "DELETE FROM session WHERE holder = ? AND id <> ?", arguments: [Data(holder), Data(session)])
            return true
        }
    }

    /// Takes somebody's password away and ends the sessions, but for one, in one transaction.
    ///
    /// - Durability: synced on return.
    public func forget(_ holder: [UInt8], keeping session: [UInt8] = []) throws {
        try queue.write { database in
            try database.execute(sql: "DELETE FROM login WHERE holder = ?", arguments: [Data(holder)])
            try database.execute(
                sql: "DELETE FROM session WHERE holder = ? AND id <> ?", arguments: [Data(holder), Data(session)])
        }
    }

    // MARK: Sessions

    /// Begins a session.
    ///
    /// - Parameters:
    ///   - id: the keyed hash of what the browser keeps.
    ///   - time: Unix ms.
    ///   - content: whose it is, and by what it was begun.
    ///   - password: the one that was shown; it must be the holder's still.
    /// - Returns: false when the password was changed or taken away meanwhile: there is no session then.
    public func begin(
        session id: [UInt8], of holder: [UInt8], at time: Int64, content: [UInt8], by password: Password? = nil
    ) throws -> Bool {
        let nonce = random(16)
        let sealed = try cipher.seal(content, nonce: nonce)
        return try queue.write { database in
            if let password {
                let isKept = try Bool.fetchOne(
                    database, sql: "SELECT EXISTS (SELECT 1 FROM login WHERE holder = ? AND nonce = ?)",
                    arguments: [Data(holder), Data(password.mark)])
                guard isKept == true else { return false }
            }
            try database.execute(
                sql: "INSERT INTO session (id, holder, began, nonce, content) VALUES (?, ?, ?, ?, ?)",
                arguments: [Data(id), Data(holder), time, Data(nonce), Data(sealed)])
            return true
        }
    }

    /// What a session says, if it began after a time.
    public func session(_ id: [UInt8], since time: Int64) throws -> [UInt8]? {
        try content("SELECT nonce, content FROM session WHERE id = ? AND began > \(time)", id)
    }

    public func end(session id: [UInt8]) throws {
        try queue.write { try $0.execute(sql: "DELETE FROM session WHERE id = ?", arguments: [Data(id)]) }
    }

    /// Ends all of somebody's sessions.
    ///
    /// - Durability: synced on return.
    public func endSessions(of holder: [UInt8]) throws {
        try queue.write {
            try $0.execute(sql: "DELETE FROM session WHERE holder = ?", arguments: [Data(holder)])
        }
    }

    /// Forgets sessions that began before a time, Unix ms.
    public func forgetSessions(before time: Int64) throws {
        try queue.write { try $0.execute(sql: "DELETE FROM session WHERE began <= ?", arguments: [time]) }
    }

    private func content(_ sql: String, _ key: [UInt8]) throws -> [UInt8]? {
        let row = try queue.read { try Row.fetchOne($0, sql: sql, arguments: [Data(key)]) }
        return try row.map { try cipher.open([UInt8]($0["content"] as Data), nonce: [UInt8]($0["nonce"] as Data)) }
    }
}

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

    /// What is kept of somebody's password; `nil` for who has none.
    ///
    /// - Parameter holder: the keyed hash of who it is.
    public func password(of holder: [UInt8]) throws -> [UInt8]? {
        try content("SELECT nonce, content FROM login WHERE holder = ?", holder)
    }

    /// Sets a password, or takes it away.
    ///
    /// - Durability: synced on return.
    public func setPassword(_ encoded: [UInt8]?, of holder: [UInt8]) throws {
        guard let encoded else {
            return try queue.write {
                try $0.execute(sql: "DELETE FROM login WHERE holder = ?", arguments: [Data(holder)])
            }
        }
        let nonce = random(16)
        let sealed = try cipher.seal(encoded, nonce: nonce)
        try queue.write {
            try $0.execute(
                sql: "INSERT OR REPLACE INTO login (holder, nonce, content) VALUES (?, ?, ?)",
                arguments: [Data(holder), Data(nonce), Data(sealed)])
        }
    }

    // MARK: Sessions

    /// Begins a session.
    ///
    /// - Parameters:
    ///   - id: the keyed hash of what the browser keeps.
    ///   - time: Unix ms.
    ///   - content: whose it is, and by what it was begun.
    public func begin(session id: [UInt8], of holder: [UInt8], at time: Int64, content: [UInt8]) throws {
        let nonce = random(16)
        let sealed = try cipher.seal(content, nonce: nonce)
        try queue.write {
            try $0.execute(
                sql: "INSERT INTO session (id, holder, began, nonce, content) VALUES (?, ?, ?, ?, ?)",
                arguments: [Data(id), Data(holder), time, Data(nonce), Data(sealed)])
        }
    }

    /// What a session says, if it began after a time.
    public func session(_ id: [UInt8], since time: Int64) throws -> [UInt8]? {
        try content("SELECT nonce, content FROM session WHERE id = ? AND began > \(time)", id)
    }

    public func end(session id: [UInt8]) throws {
        try queue.write { try $0.execute(sql: "DELETE FROM session WHERE id = ?", arguments: [Data(id)]) }
    }

    /// Ends somebody's sessions, but for one.
    public func endSessions(of holder: [UInt8], except id: [UInt8] = []) throws {
        try queue.write {
            try $0.execute(
                sql: "DELETE FROM session WHERE holder = ? AND id <> ?", arguments: [Data(holder), Data(id)])
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

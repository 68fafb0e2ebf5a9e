import Foundation
import GRDB
import Synchronization

/// A request that was, or is about to be, passed on to a merchant's own PosAPI.
public struct RelayIntent: Hashable, Sendable {
    public enum State: String, Hashable, Sendable {
        /// It is on its way, or was when the service ended.
        case sent
        /// Nobody knows whether the PosAPI carried it out.
        case unknown
        /// The PosAPI carried it out, and it is not filed yet.
        case answered
        /// It is filed; kept while an equal request is a repetition.
        case filed
    }

    public let id: Int64
    /// What an equal request is found by.
    public let sale: [UInt8]
    public let state: State
    /// Unix ms.
    public let created: Int64
    public let content: [UInt8]
}

/// Where merchants' own PosAPIs are, and what is under way to them: in `state.sqlite`, sealed.
public final class RelayStore: Sendable {
    private let queue: DatabaseQueue
    private let cipher: any StateCipher
    private let random: @Sendable (Int) -> [UInt8]
    /// By the keyed hash of the TIN. In memory: a database that is locked must not keep a shop from selling.
    private let addresses: Mutex<[[UInt8]: String]>
    /// Sales without an outcome that this process passed on, for when the database cannot be written.
    private let open = Mutex<Set<[UInt8]>>([])

    /// - Parameter random: gives random bytes.
    public init(
        _ database: StateDatabase, cipher: any StateCipher, random: @escaping @Sendable (Int) -> [UInt8]
    ) throws {
        queue = database.queue
        self.cipher = cipher
        self.random = random
        let rows = try database.queue.read { try Row.fetchAll($0, sql: "SELECT * FROM relay") }
        var known: [[UInt8]: String] = [:]
        for row in rows {
            let address = try cipher.open([UInt8](row["address"] as Data), nonce: [UInt8](row["nonce"] as Data))
            known[[UInt8](row["merchant"] as Data)] = String(decoding: address, as: UTF8.self)
        }
        addresses = Mutex(known)
    }

    // MARK: Addresses

    /// Remembers where a merchant's PosAPI is; `nil` forgets it.
    ///
    /// - Parameter merchant: a keyed hash of the TIN.
    /// - Durability: synced on return.
    public func setAddress(_ address: String?, ofMerchant merchant: [UInt8]) throws {
        let nonce = random(16)
        let sealed = try address.map { try cipher.seal(Array($0.utf8), nonce: nonce) }
        try queue.write { database in
            try database.execute(sql: "DELETE FROM relay WHERE merchant = ?", arguments: [Data(merchant)])
            guard let sealed else { return }
            try database.execute(
                sql: "INSERT INTO relay (merchant, nonce, address) VALUES (?, ?, ?)",
                arguments: [Data(merchant), Data(nonce), Data(sealed)])
        }
        addresses.withLock { $0[merchant] = address }
    }

    /// Where a merchant's PosAPI is.
    public func address(ofMerchant merchant: [UInt8]) -> String? { addresses.withLock { $0[merchant] } }

    // MARK: Intents

    /// Remembers that a request is about to be passed on.
    ///
    /// - Durability: synced on return.
    public func begin(sale: [UInt8], content: [UInt8], time: Int64) throws -> Int64 {
        let nonce = random(16)
        let sealed = try cipher.seal(content, nonce: nonce)
        return try queue.write { database in
            try database.execute(
                sql: "INSERT INTO intent (sale, state, created, nonce, content) VALUES (?, ?, ?, ?, ?)",
                arguments: [Data(sale), RelayIntent.State.sent.rawValue, time, Data(nonce), Data(sealed)])
            return database.lastInsertedRowID
        }
    }

    /// Notes what became of a request.
    ///
    /// - Parameter content: in the place of what was kept of it.
    /// - Durability: synced on return.
    public func note(_ state: RelayIntent.State, of id: Int64, content: [UInt8]? = nil) throws {
        guard let content else {
            try queue.write {
                try $0.execute(
                    sql: "UPDATE intent SET state = ? WHERE id = ?", arguments: [state.rawValue, id])
            }
            return
        }
        let nonce = random(16)
        let sealed = try cipher.seal(content, nonce: nonce)
        try queue.write {
            try $0.execute(
                sql: "UPDATE intent SET state = ?, nonce = ?, content = ? WHERE id = ?",
                arguments: [state.rawValue, Data(nonce), Data(sealed), id])
        }
    }

    /// Whether a sale was passed on whose outcome is unknown, as far as this process knows.
    public func isOpen(_ sale: [UInt8]) -> Bool { open.withLock { $0.contains(sale) } }

    public func setOpen(_ sale: [UInt8]) { open.withLock { _ = $0.insert(sale) } }

    public func setSettled(_ sale: [UInt8]) { open.withLock { _ = $0.remove(sale) } }

    /// Everything that was on its way when the service ended is of unknown outcome.
    public func interrupt() throws {
        try queue.write {
            try $0.execute(
                sql: "UPDATE intent SET state = ? WHERE state = ?",
                arguments: [RelayIntent.State.unknown.rawValue, RelayIntent.State.sent.rawValue])
        }
    }

    /// Forgets a request whose outcome is known and, if it was carried out, filed.
    public func end(_ id: Int64) throws {
        try queue.write { try $0.execute(sql: "DELETE FROM intent WHERE id = ?", arguments: [id]) }
    }

    /// Forgets what was filed before a time, Unix ms.
    public func forgetFiled(before time: Int64) throws {
        try queue.write {
            try $0.execute(
                sql: "DELETE FROM intent WHERE state = ? AND created < ?",
                arguments: [RelayIntent.State.filed.rawValue, time])
        }
    }

    /// What is under way, oldest first. A row that cannot be opened is passed over: it must not hide the others.
    ///
    /// - Parameters:
    ///   - sale: only of this sale.
    ///   - state: only in this state.
    public func intents(sale: [UInt8]? = nil, state: RelayIntent.State? = nil, limit: Int = 10_000) throws
        -> [RelayIntent]
    {
        let rows = try queue.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM intent WHERE (? IS NULL OR sale = ?) AND (? IS NULL OR state = ?) ORDER BY id LIMIT ?
                    """,
                arguments: [
                    sale.map { Data($0) }, sale.map { Data($0) }, state?.rawValue, state?.rawValue, limit,
                ])
        }
        return rows.compactMap { row in
            let nonce = [UInt8](row["nonce"] as Data)
            guard let state = RelayIntent.State(rawValue: row["state"]),
                let content = try? cipher.open([UInt8](row["content"] as Data), nonce: nonce)
            else { return nil }
            return RelayIntent(
                id: row["id"], sale: [UInt8](row["sale"] as Data), state: state, created: row["created"],
                content: content)
        }
    }
}

import Foundation
import GRDB
import Synchronization

/// Who a token speaks for.
public struct TokenHolder: Hashable, Sendable {
    /// What a holder may do.
    public enum Role: String, Sendable, CaseIterable {
        /// Registers and changes acts under the notary's code, and looks at those of the office.
        case notary
        /// Files receipts over the API under the merchant's TIN.
        case merchant
        /// Files receipts of one till, over the listener for shops. Its subject is `TIN/BRANCH/TILL`.
        case till
        /// Reads evidence with every field.
        case auditor
        /// Enrols and suspends issuers, hands offices over and approves, on the operator's pages. Its subject is a person's name.
        case `operator`
    }

    public let role: Role
    /// The notary's code or the merchant's TIN; `TIN/BRANCH/TILL` for a till; a name for an auditor or operator.
    public let subject: String

    public init(role: Role, subject: String) {
        self.role = role
        self.subject = subject
    }
}

/// A token as it is listed: never the token itself.
public struct TokenRecord: Hashable, Sendable {
    /// Names the token when it is rotated or revoked.
    public let id: Int64
    public let holder: TokenHolder
    /// Unix ms.
    public let created: Int64
    /// Unix ms; `nil` while it is valid.
    public let revoked: Int64?
}

/// Hides the subjects of tokens in the database: a sole trader's TIN is a personal number.
public protocol SubjectCipher: Sendable {
    /// Encrypts a subject for the row of a token's keyed hash.
    func seal(_ subject: String, forHash hash: [UInt8]) throws -> [UInt8]
    /// Decrypts what `seal` made.
    func open(_ sealed: [UInt8], forHash hash: [UInt8]) throws -> String
}

/// The tokens of the API, in `state.sqlite`: what cannot be derived from the ledger. Only keyed hashes of tokens are stored.
public final class TokenStore: Sendable {
    private let queue: DatabaseQueue
    private let cipher: any SubjectCipher
    private let valid = Mutex<[[UInt8]: TokenHolder]>([:])

    public init(_ database: StateDatabase, cipher: any SubjectCipher) throws {
        self.cipher = cipher
        queue = database.queue
        try reload()
    }

    /// Reads the valid tokens again.
    public func reload() throws {
        // Set where it is read: what another call changed meanwhile must not be set back.
        try queue.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT * FROM token WHERE revoked IS NULL")
            var read: [[UInt8]: TokenHolder] = [:]
            for row in rows { read[TokenStore.hash(row)] = try record(row)?.holder }
            valid.withLock { $0 = read }
        }
    }

    /// Who holds the token with this keyed hash. In memory; the hash is keyed, so a look-up tells nothing by its time.
    public func holder(ofHash hash: [UInt8]) -> TokenHolder? {
        valid.withLock { $0[hash] }
    }

    /// Remembers a new token.
    ///
    /// - Durability: synced on return.
    @discardableResult
    public func add(hash: [UInt8], holder: TokenHolder, time: Int64) throws -> Int64 {
        let id = try queue.write { database -> Int64 in
            try insert(database, hash, holder, time)
            return database.lastInsertedRowID
        }
        try reload()
        return id
    }

    /// Puts a new token in the place of an old one, in one transaction.
    ///
    /// - Returns: the new token's id and holder; `nil` when no valid token has this id.
    /// - Durability: synced on return.
    public func rotate(id: Int64, hash: [UInt8], time: Int64) throws -> TokenRecord? {
        let rotated = try queue.write { database -> TokenRecord? in
            let sql = "SELECT * FROM token WHERE id = ? AND revoked IS NULL"
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [id]),
                let old = try self.record(row)
            else { return nil }
            try database.execute(sql: "UPDATE token SET revoked = ? WHERE id = ?", arguments: [time, id])
            try insert(database, hash, old.holder, time)
            return TokenRecord(id: database.lastInsertedRowID, holder: old.holder, created: time, revoked: nil)
        }
        try reload()
        return rotated
    }

    /// Makes a token invalid.
    ///
    /// - Returns: false when no valid token has this id.
    /// - Durability: synced on return.
    public func revoke(id: Int64, time: Int64) throws -> Bool {
        let changed = try queue.write { database -> Bool in
            try database.execute(
                sql: "UPDATE token SET revoked = ? WHERE id = ? AND revoked IS NULL", arguments: [time, id])
            return database.changesCount == 1
        }
        try reload()
        return changed
    }

    /// All tokens, oldest first.
    public func list() throws -> [TokenRecord] {
        try queue.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM token ORDER BY id").compactMap(record)
        }
    }

    private func insert(_ database: Database, _ hash: [UInt8], _ holder: TokenHolder, _ time: Int64) throws {
        let subject = try cipher.seal(holder.subject, forHash: hash)
        try database.execute(
            sql: "INSERT INTO token (hash, role, subject, created) VALUES (?, ?, ?, ?)",
            arguments: [Data(hash), holder.role.rawValue, Data(subject), time])
    }

    private func record(_ row: Row) throws -> TokenRecord? {
        guard let role = TokenHolder.Role(rawValue: row["role"]) else { return nil }
        let subject = try cipher.open([UInt8](row["subject"] as Data), forHash: TokenStore.hash(row))
        return TokenRecord(
            id: row["id"], holder: TokenHolder(role: role, subject: subject), created: row["created"],
            revoked: row["revoked"])
    }

    private static func hash(_ row: Row) -> [UInt8] { [UInt8](row["hash"] as Data) }
}

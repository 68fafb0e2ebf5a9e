import Foundation
import GRDB

/// What a notary has begun and not registered yet, in `state.sqlite`: sealed, and found by nobody but its notary.
public final class DraftStore: Sendable {
    /// The most drafts of one notary.
    public static let countLimit = 200
    /// The most bytes of one draft.
    public static let byteLimit = 256 << 10

    /// One draft as it was saved last.
    public struct Draft: Sendable {
        public let id: Int64
        /// Unix ms.
        public let changed: Int64
        public let content: [UInt8]
    }

    /// What became of a draft that was to be saved.
    public enum Saving: Sendable, Hashable {
        /// Under this number.
        case saved(Int64)
        /// The notary has ``countLimit`` of them.
        case tooMany
        /// It has more than ``byteLimit`` bytes.
        case tooLarge
        /// No draft of the notary has the number.
        case unknown
    }

    private let queue: DatabaseQueue
    private let cipher: any StateCipher
    private let random: @Sendable (Int) -> [UInt8]

    /// - Parameter random: gives so many random bytes.
    public init(_ database: StateDatabase, cipher: any StateCipher, random: @escaping @Sendable (Int) -> [UInt8]) {
        self.cipher = cipher
        self.random = random
        queue = database.queue
    }

    /// Saves a draft, in the place of what it was before, or as a new one.
    ///
    /// - Parameters:
    ///   - id: the draft's number; `nil` for a new one.
    ///   - holder: the keyed hash of whose it is.
    ///   - time: Unix ms.
    /// - Durability: synced on return.
    public func save(_ content: [UInt8], id: Int64?, of holder: [UInt8], at time: Int64) throws -> Saving {
        guard content.count <= DraftStore.byteLimit else { return .tooLarge }
        let nonce = random(16)
        let sealed = try cipher.seal(content, nonce: nonce)
        return try queue.write { database in
            guard let id else {
                let count = try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM draft WHERE holder = ?", arguments: [Data(holder)])
                guard count ?? 0 < DraftStore.countLimit else { return .tooMany }
                try database.execute(
                    sql: "INSERT INTO draft (holder, changed, nonce, content) VALUES (?, ?, ?, ?)",
                    arguments: [Data(holder), time, Data(nonce), Data(sealed)])
                return .saved(database.lastInsertedRowID)
            }
            try database.execute(
                sql: "UPDATE draft SET changed = ?, nonce = ?, content = ? WHERE id = ? AND holder = ?",
                arguments: [time, Data(nonce), Data(sealed), id, Data(holder)])
            return database.changesCount == 1 ? .saved(id) : .unknown
        }
    }

    /// A draft by its number; `nil` when its holder has none of this number.
    public func draft(_ id: Int64, of holder: [UInt8]) throws -> Draft? {
        let row = try queue.read {
            try Row.fetchOne(
                $0, sql: "SELECT * FROM draft WHERE id = ? AND holder = ?", arguments: [id, Data(holder)])
        }
        return try row.map(opened)
    }

    /// All drafts of a holder, newest first.
    public func drafts(of holder: [UInt8]) throws -> [Draft] {
        let rows = try queue.read {
            try Row.fetchAll(
                $0, sql: "SELECT * FROM draft WHERE holder = ? ORDER BY changed DESC, id DESC",
                arguments: [Data(holder)])
        }
        return try rows.map(opened)
    }

    /// Deletes a draft for good.
    ///
    /// - Returns: false when its holder has none of this number.
    /// - Durability: synced on return.
    @discardableResult
    public func remove(_ id: Int64, of holder: [UInt8]) throws -> Bool {
        try queue.write { database in
            try database.execute(
                sql: "DELETE FROM draft WHERE id = ? AND holder = ?", arguments: [id, Data(holder)])
            return database.changesCount == 1
        }
    }

    private func opened(_ row: Row) throws -> Draft {
        Draft(
            id: row["id"], changed: row["changed"],
            content: try cipher.open([UInt8](row["content"] as Data), nonce: [UInt8](row["nonce"] as Data)))
    }
}

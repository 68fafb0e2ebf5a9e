import Foundation
import GRDB
import Synchronization

/// `acts.sqlite`: by which parties acts are found. Derived from the ledger, stamped with the place up to which it was read, and made again
/// when it is missing, damaged or of another ledger.
///
/// It says nothing by itself: a party is a keyed hash. Writes come from one thread at a time.
public final class ActRegistry: Sendable {
    /// What reading on found.
    public struct Step: Sendable {
        /// Keys of parties, and the entry that names them.
        public var rows: [(key: [UInt8], index: UInt64)] = []
        /// Entries that could not be read.
        public var unread: [UInt64] = []
        /// Entries whose content was erased.
        public var erased: [UInt64] = []

        public init() {}
    }

    private let pool: DatabasePool
    /// Whether something was deleted that the write-ahead log may still hold.
    private let owesTruncation = Mutex(true)

    /// Opens the registry. One that cannot be used, or is of another ledger, is deleted and begun anew.
    ///
    /// - Parameter leaf: the leaf hash of the ledger's entry at an index; `nil` when it has none there.
    public init(path: String, leaf: (UInt64) throws -> [UInt8]?) throws {
        pool = try DerivedDatabase.open(path, "acts with erasures and names", ActRegistry.tables, leaf: leaf)
        truncateLog()
    }

    /// Removes the file of a registry that is not open.
    public static func delete(_ path: String) { DerivedDatabase.delete(path) }

    /// Lets go of the file.
    public func close() { try? pool.close() }

    private static let tables = """
        CREATE TABLE party (key BLOB NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (key, idx)) WITHOUT ROWID;
        CREATE INDEX party_by_entry ON party (idx);
        CREATE TABLE unread (idx INTEGER PRIMARY KEY, tries INTEGER NOT NULL);
        CREATE INDEX unread_by_tries ON unread (tries, idx);
        CREATE TABLE position (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, leaf BLOB NOT NULL);
        """

    /// How far the ledger was read.
    public func position() throws -> ReceiptRegistry.Position { try DerivedDatabase.position(pool) }

    /// Takes what was read, and how far, in one transaction.
    public func apply(_ step: Step, upTo position: ReceiptRegistry.Position) throws {
        try pool.write { database in
            try insert(step.rows, database)
            for index in step.unread {
                try database.execute(sql: "INSERT OR IGNORE INTO unread VALUES (?, 1)", arguments: [Int64(index)])
            }
            try delete(step.erased, database)
            try database.execute(
                sql: "INSERT OR REPLACE INTO position VALUES (1, ?, ?)",
                arguments: [Int64(position.size), Data(position.leaf)])
        }
        truncateLog()
    }

    private func insert(_ rows: [(key: [UInt8], index: UInt64)], _ database: Database) throws {
        let insert = try database.cachedStatement(sql: "INSERT OR IGNORE INTO party VALUES (?, ?)")
        for row in rows { try insert.execute(arguments: [Data(row.key), Int64(row.index)]) }
    }

    // MARK: Erasure

    /// Forgets by what entries are found.
    ///
    /// - Durability: gone from the database's file and its log on return, unless somebody searches just then: then soon after.
    public func forget(_ indices: [UInt64]) throws {
        try pool.write { try delete(indices, $0) }
        truncateLog()
    }

    private func delete(_ indices: [UInt64], _ database: Database) throws {
        for index in indices {
            try database.execute(sql: "DELETE FROM party WHERE idx = ?", arguments: [Int64(clamping: index)])
            if database.changesCount > 0 { owesTruncation.withLock { $0 = true } }
            try database.execute(sql: "DELETE FROM unread WHERE idx = ?", arguments: [Int64(clamping: index)])
        }
    }

    /// Has the log let go of what was deleted. Who reads just then keeps it from that: it is tried again.
    public func truncateLog() {
        guard owesTruncation.withLock({ $0 }) else { return }
        do {
            try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            owesTruncation.withLock { $0 = false }
        } catch {
            return
        }
    }

    // MARK: What could not be read

    /// Entries to be tried again, those tried least first.
    public func unread(limit: Int) throws -> [UInt64] {
        try pool.read {
            try Int64.fetchAll($0, sql: "SELECT idx FROM unread ORDER BY tries, idx LIMIT ?", arguments: [limit])
                .map { UInt64($0) }
        }
    }

    /// Takes what entries that were tried again gave, in one transaction.
    ///
    /// - Parameters:
    ///   - read: those that were read.
    ///   - unread: those that still cannot be.
    public func retried(_ rows: [(key: [UInt8], index: UInt64)], read: [UInt64], unread: [UInt64]) throws {
        try pool.write { database in
            try insert(rows, database)
            for index in read {
                try database.execute(sql: "DELETE FROM unread WHERE idx = ?", arguments: [Int64(index)])
            }
            for index in unread {
                try database.execute(
                    sql: "UPDATE unread SET tries = tries + 1 WHERE idx = ?", arguments: [Int64(index)])
            }
        }
    }

    // MARK: Finding

    /// The entries that name a party under any of these keys, newest first, and whether all entries there were read. O(log n + limit).
    public func entries(under keys: [[UInt8]], before: UInt64?, limit: Int) throws -> (found: [UInt64], isWhole: Bool) {
        let end = before.map { Int64(clamping: $0) } ?? .max
        return try pool.read { database in
            var found: [UInt64] = []
            for key in keys {
                found += try Int64.fetchAll(
                    database, sql: "SELECT idx FROM party WHERE key = ? AND idx < ? ORDER BY idx DESC LIMIT ?",
                    arguments: [Data(key), end, limit]
                ).map { UInt64($0) }
            }
            let isMissing = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM unread WHERE idx < ?)", arguments: [end])
            return (Array(Set(found).sorted(by: >).prefix(limit)), isMissing != true)
        }
    }
}

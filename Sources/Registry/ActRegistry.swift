import Foundation
import GRDB

/// `acts.sqlite`: by which parties acts are found. Derived from the ledger, stamped with the place up to which it was read, and made again
/// when it is missing, damaged or of another ledger.
///
/// It says nothing by itself: a party is a keyed hash. Writes come from one thread at a time.
public final class ActRegistry: Sendable {
    private let pool: DatabasePool

    /// Opens the registry. One that cannot be used, or is of another ledger, is deleted and begun anew.
    ///
    /// - Parameter leaf: the leaf hash of the ledger's entry at an index; `nil` when it has none there.
    public init(path: String, leaf: (UInt64) throws -> [UInt8]?) throws {
        pool = try DerivedDatabase.open(
            path, "acts", ActRegistry.tables, emptied: ["names of parties on paper": ["party"]], leaf: leaf)
    }

    /// Removes the file of a registry that is not open.
    public static func delete(_ path: String) { DerivedDatabase.delete(path) }

    /// Lets go of the file.
    public func close() { try? pool.close() }

    private static let tables = """
        CREATE TABLE party (key BLOB NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (key, idx)) WITHOUT ROWID;
        CREATE TABLE position (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, leaf BLOB NOT NULL);
        """

    /// How far the ledger was read.
    public func position() throws -> ReceiptRegistry.Position { try DerivedDatabase.position(pool) }

    /// Takes what was read, and how far, in one transaction.
    ///
    /// O(rows), and where something was erased O(all that are there), once for all of `erased`.
    ///
    /// - Parameters:
    ///   - rows: keys of parties, and the entry that names them.
    ///   - erased: entries whose content is gone: so is what they were found by, names among it.
    public func add(
        _ rows: [(key: [UInt8], index: UInt64)], erased: Set<UInt64> = [], upTo position: ReceiptRegistry.Position
    ) throws {
        try pool.write { database in
            let insert = try database.cachedStatement(sql: "INSERT OR IGNORE INTO party VALUES (?, ?)")
            for row in rows { try insert.execute(arguments: [Data(row.key), Int64(row.index)]) }
            if !erased.isEmpty {
                let list = erased.map { String($0) }.joined(separator: ", ")
                try database.execute(sql: "DELETE FROM party WHERE idx IN (\(list))")
            }
            try database.execute(
                sql: "INSERT OR REPLACE INTO position VALUES (1, ?, ?)",
                arguments: [Int64(position.size), Data(position.leaf)])
        }
        // Out of the journal beside the file, too; where somebody reads just now, at a later turn.
        if !erased.isEmpty {
            _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        }
    }

    /// The entries that name a party under any of these keys, newest first. O(log n + limit).
    public func entries(under keys: [[UInt8]], before: UInt64?, limit: Int) throws -> [UInt64] {
        try pool.read { database in
            var found: [UInt64] = []
            for key in keys {
                found += try Int64.fetchAll(
                    database, sql: "SELECT idx FROM party WHERE key = ? AND idx < ? ORDER BY idx DESC LIMIT ?",
                    arguments: [Data(key), before.map { Int64(clamping: $0) } ?? .max, limit]
                ).map { UInt64($0) }
            }
            return Array(Set(found).sorted(by: >).prefix(limit))
        }
    }
}

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
        do {
            let pool = try ActRegistry.open(path)
            let position = try ActRegistry.position(pool)
            if try position.size == 0 || leaf(position.size - 1) == position.leaf {
                self.pool = pool
                return
            }
            try pool.close()
        } catch  where !ReceiptRegistry.isDamage(error) {
            throw error
        } catch {}
        ActRegistry.delete(path)
        pool = try ActRegistry.open(path)
    }

    /// Removes the file of a registry that is not open.
    public static func delete(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    /// Lets go of the file.
    public func close() { try? pool.close() }

    private static func open(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.prepareDatabase {
            // It can be made again: a power failure may cost it, and nothing else.
            try $0.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON")
        }
        configuration.maximumReaderCount = 3
        let pool = try DatabasePool(path: path, configuration: configuration)
        var migrator = DatabaseMigrator()
        migrator.registerMigration("acts") { database in
            try database.execute(
                sql: """
                    CREATE TABLE party (key BLOB NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (key, idx)) WITHOUT ROWID;
                    CREATE TABLE position (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, leaf BLOB NOT NULL);
                    """)
        }
        try migrator.migrate(pool)
        return pool
    }

    private static func position(_ pool: DatabasePool) throws -> ReceiptRegistry.Position {
        let row = try pool.read { try Row.fetchOne($0, sql: "SELECT size, leaf FROM position") }
        guard let row else { return ReceiptRegistry.Position(size: 0, leaf: []) }
        return ReceiptRegistry.Position(size: UInt64(row["size"] as Int64), leaf: [UInt8](row["leaf"] as Data))
    }

    /// How far the ledger was read.
    public func position() throws -> ReceiptRegistry.Position { try ActRegistry.position(pool) }

    /// Takes what was read, and how far, in one transaction.
    ///
    /// - Parameter rows: keys of parties, and the entry that names them.
    public func add(_ rows: [(key: [UInt8], index: UInt64)], upTo position: ReceiptRegistry.Position) throws {
        try pool.write { database in
            let insert = try database.cachedStatement(sql: "INSERT OR IGNORE INTO party VALUES (?, ?)")
            for row in rows { try insert.execute(arguments: [Data(row.key), Int64(row.index)]) }
            try database.execute(
                sql: "INSERT OR REPLACE INTO position VALUES (1, ?, ?)",
                arguments: [Int64(position.size), Data(position.leaf)])
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

import Foundation
import GRDB

/// A database that is read out of the ledger, stamped with the place up to which it was read, and made again when it is missing, damaged
/// or of another ledger.
enum DerivedDatabase {
    /// Opens it. One that cannot be used, or is of another ledger, is deleted and begun anew.
    ///
    /// - Parameters:
    ///   - name: of the tables, another one for each form that they or what is read into them ever had: a file with tables of another form is made again.
    ///   - tables: the statements that make them, `position` among them.
    ///   - leaf: the leaf hash of the ledger's entry at an index; `nil` when it has none there.
    static func open(
        _ path: String, _ name: String, _ tables: String, leaf: (UInt64) throws -> [UInt8]?
    ) throws -> DatabasePool {
        do {
            let pool = try open(path, name, tables)
            let position = try position(pool)
            if try position.size == 0 || leaf(position.size - 1) == position.leaf { return pool }
            try pool.close()
        } catch  where !ReceiptRegistry.isDamage(error) {
            throw error
        } catch {}
        delete(path)
        return try open(path, name, tables)
    }

    /// Removes the files of one that is not open.
    static func delete(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    private static func open(_ path: String, _ name: String, _ tables: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.prepareDatabase {
            // It can be made again: a power failure may cost it, and nothing else.
            try $0.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON")
        }
        configuration.maximumReaderCount = 3
        let pool = try DatabasePool(path: path, configuration: configuration)
        var migrator = DatabaseMigrator()
        migrator.registerMigration(name) { try $0.execute(sql: tables) }
        try migrator.migrate(pool)
        return pool
    }

    /// How far the ledger was read.
    static func position(_ pool: DatabasePool) throws -> ReceiptRegistry.Position {
        let row = try pool.read { try Row.fetchOne($0, sql: "SELECT size, leaf FROM position") }
        guard let row else { return ReceiptRegistry.Position(size: 0, leaf: []) }
        return ReceiptRegistry.Position(size: UInt64(row["size"] as Int64), leaf: [UInt8](row["leaf"] as Data))
    }
}

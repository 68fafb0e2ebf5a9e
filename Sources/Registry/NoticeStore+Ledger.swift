import Foundation
import GRDB

/// What ties notices to the ledger: which record registered an act, and how far the ledger was looked through.
extension NoticeStore {
    static func registerLedgerTables(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("notices of the ledger") { database in
            try database.create(table: "registration") { table in
                table.primaryKey("record", .blob)
                table.column("act", .blob).notNull().indexed()
            }
            try database.create(table: "told") { table in
                table.primaryKey("id", .integer).check { $0 == 1 }
                table.column("size", .integer).notNull()
            }
        }
    }

    // MARK: Erased acts

    func bind(_ registration: [UInt8], to act: [UInt8], _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO registration VALUES (?, ?)", arguments: [Data(registration), Data(act)])
    }

    func forget(act: Data, _ database: Database) throws {
        for table in ["contact", "notice", "registration"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE act = ?", arguments: [act])
        }
    }

    /// Forgets everything about acts by the records that registered them; those that nobody was to be told of are passed over.
    ///
    /// - Parameter registrations: keyed hashes of the records.
    /// - Durability: synced on return, and what was deleted is overwritten.
    public func forget(registrations: [[UInt8]]) throws {
        let acts = try queue.read { database in
            let find = try database.cachedStatement(sql: "SELECT act FROM registration WHERE record = ?")
            return try registrations.compactMap { try Data.fetchOne(find, arguments: [Data($0)]) }
        }
        guard !acts.isEmpty else { return }
        try queue.write { database in
            for act in acts { try forget(act: act, database) }
        }
    }

    /// Whether there is any act that somebody was to be told of.
    public func hasRegistrations() throws -> Bool {
        try queue.read { try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM registration)") == true }
    }

    // MARK: Position

    /// How many entries of the ledger were looked through for what to tell; `nil` when never any.
    public func position() throws -> UInt64? {
        try queue.read { try Int64.fetchOne($0, sql: "SELECT size FROM told") }.map { UInt64(clamping: $0) }
    }

    public func setPosition(_ size: UInt64) throws {
        try queue.write {
            try $0.execute(sql: "INSERT OR REPLACE INTO told VALUES (1, ?)", arguments: [Int64(clamping: size)])
        }
    }
}

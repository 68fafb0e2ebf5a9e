import Foundation
import GRDB

/// `state.sqlite`: what cannot be derived from the ledger. Every change is synced in full.
public final class StateDatabase: Sendable {
    let queue: DatabaseQueue

    /// Opens the database, making it when absent.
    public init(path: String) throws {
        var configuration = Configuration()
        // A backup reads for a moment; whoever holds it longer must not keep a shop waiting.
        configuration.busyMode = .timeout(1)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON") }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        var migrator = DatabaseMigrator()
        migrator.registerMigration("tokens") { database in
            try database.create(table: "token") { table in
                table.autoIncrementedPrimaryKey("id")
                table.column("hash", .blob).notNull().unique()
                table.column("role", .text).notNull()
                table.column("subject", .blob).notNull()
                table.column("created", .integer).notNull()
                table.column("revoked", .integer)
            }
        }
        migrator.registerMigration("relays") { database in
            try database.create(table: "relay") { table in
                table.primaryKey("merchant", .blob)
                table.column("nonce", .blob).notNull()
                table.column("address", .blob).notNull()
            }
            try database.create(table: "intent") { table in
                table.autoIncrementedPrimaryKey("id")
                table.column("sale", .blob).notNull().indexed()
                table.column("state", .text).notNull()
                table.column("created", .integer).notNull()
                table.column("nonce", .blob).notNull()
                table.column("content", .blob).notNull()
            }
        }
        migrator.registerMigration("consoles") { database in
            try database.create(table: "login") { table in
                table.primaryKey("holder", .blob)
                table.column("nonce", .blob).notNull()
                table.column("content", .blob).notNull()
            }
            try database.create(table: "session") { table in
                table.primaryKey("id", .blob)
                table.column("holder", .blob).notNull().indexed()
                table.column("began", .integer).notNull()
                table.column("nonce", .blob).notNull()
                table.column("content", .blob).notNull()
            }
        }
        migrator.registerMigration("drafts") { database in
            try database.create(table: "draft") { table in
                table.autoIncrementedPrimaryKey("id")
                table.column("holder", .blob).notNull().indexed()
                table.column("changed", .integer).notNull()
                table.column("nonce", .blob).notNull()
                table.column("content", .blob).notNull()
            }
        }
        migrator.registerMigration("notices") { database in
            try database.create(table: "contact") { table in
                table.autoIncrementedPrimaryKey("id")
                table.column("act", .blob).notNull().indexed()
                table.column("nonce", .blob).notNull()
                table.column("content", .blob).notNull()
            }
            try database.create(table: "notice") { table in
                table.autoIncrementedPrimaryKey("id")
                table.column("act", .blob).notNull().indexed()
                table.column("contact", .integer).notNull()
                table.column("event", .text).notNull()
                table.column("cause", .blob).notNull()
                table.column("state", .text).notNull()
                table.column("created", .integer).notNull()
                table.column("due", .integer).notNull()
                table.column("first", .integer)
                table.column("attempts", .integer).notNull()
                table.column("error", .text)
                table.column("ended", .integer)
                table.column("message", .blob).notNull()
                table.column("nonce", .blob)
                table.column("content", .blob)
            }
            try database.create(index: "notice_state_due", on: "notice", columns: ["state", "due"])
        }
        migrator.registerMigration("approvals") { database in
            try database.create(table: "approval") { table in
                table.autoIncrementedPrimaryKey("id")
                table.column("kind", .text).notNull()
                table.column("state", .text).notNull().indexed()
                table.column("created", .integer).notNull()
                table.column("decided", .integer)
                table.column("nonce", .blob).notNull()
                table.column("content", .blob).notNull()
            }
        }
        HandOverStore.register(in: &migrator)
        NoticeStore.registerLedgerTables(in: &migrator)
        try migrator.migrate(queue)
    }

    /// Copies a database as it is at one moment, beside a service that uses it. Nothing is made where there is none.
    ///
    /// - Parameter target: the file to make; must not be there. Not synced.
    public static func copy(_ path: String, to target: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        try DatabaseQueue(path: path, configuration: configuration).inDatabase { database in
            // Without the pages that are free: what was deleted may be in them.
            try database.execute(sql: "VACUUM INTO ?", arguments: [target])
        }
    }
}

/// Hides what stands in the database: each value under a key of its own, from a nonce that is used once.
public protocol StateCipher: Sendable {
    func seal(_ bytes: [UInt8], nonce: [UInt8]) throws -> [UInt8]
    func open(_ sealed: [UInt8], nonce: [UInt8]) throws -> [UInt8]
}

import Foundation
import GRDB
import Registry
import Testing

/// By what acts are found: what was erased leaves, and what could not be read is not forgotten.
@Suite final class ActRegistryTests {
    private let path = NSTemporaryDirectory() + "acts-\(UUID().uuidString).sqlite"
    private let bat = [UInt8](repeating: 0xb1, count: 16)
    private let ann = [UInt8](repeating: 0xa2, count: 16)

    deinit { ActRegistry.delete(path) }

    private func registry() throws -> ActRegistry { try ActRegistry(path: path) { _ in [7] } }

    private func at(_ size: UInt64) -> ReceiptRegistry.Position { ReceiptRegistry.Position(size: size, leaf: [7]) }

    private func files() -> Data {
        ["", "-wal", "-shm"].reduce(into: Data()) {
            $0 += (try? Data(contentsOf: URL(fileURLWithPath: path + $1))) ?? Data()
        }
    }

    private func filled() throws -> ActRegistry {
        let registry = try registry()
        var step = ActRegistry.Step()
        step.rows = [(bat, 3), (ann, 3), (ann, 4)]
        try registry.apply(step, upTo: at(5))
        return registry
    }

    @Test func anErasureTakesTheRowsOfItsEntryAndNoOthers() throws {
        let registry = try filled()
        #expect(files().range(of: Data(bat)) != nil)
        var step = ActRegistry.Step()
        step.erased = [3]
        try registry.apply(step, upTo: at(6))
        #expect(try registry.entries(under: [bat, ann], before: nil, limit: 9).found == [4])
        #expect(try registry.position().size == 6)
        // Neither the file nor its log holds any of it.
        #expect(files().range(of: Data(bat)) == nil && files().range(of: Data(ann)) != nil)
    }

    @Test func whatIsReadAndErasedInOneStepIsGone() throws {
        let registry = try registry()
        var step = ActRegistry.Step()
        step.rows = [(bat, 0)]
        step.erased = [0]
        try registry.apply(step, upTo: at(2))
        #expect(try registry.entries(under: [bat], before: nil, limit: 9).found.isEmpty)
    }

    @Test func whatIsForgottenWhileSomebodyReadsLeavesTheLogSoonAfter() throws {
        let registry = try filled()
        let reader = try DatabaseQueue(path: path)
        try reader.inTransaction(.deferred) { database in
            _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM party")
            try registry.forget([3])
            #expect(try registry.entries(under: [bat], before: nil, limit: 9).found.isEmpty)
            return .commit
        }
        try reader.close()
        registry.truncateLog()
        #expect(files().range(of: Data(bat)) == nil)
    }

    @Test func entriesThatCouldNotBeReadAreKeptUntilTheyAre() throws {
        let registry = try registry()
        var step = ActRegistry.Step()
        step.unread = [1, 5, 9]
        try registry.apply(step, upTo: at(12))
        #expect(try !registry.entries(under: [bat], before: nil, limit: 9).isWhole)
        // Nothing is missing among older ones.
        #expect(try registry.entries(under: [bat], before: 1, limit: 9).isWhole)
        try registry.retried([], read: [], unread: [1])
        #expect(try registry.unread(limit: 9) == [5, 9, 1])
        try registry.retried([(bat, 5)], read: [5], unread: [])
        try registry.forget([9])
        registry.close()
        let again = try self.registry()
        #expect(try again.unread(limit: 9) == [1])
        try again.retried([], read: [1], unread: [])
        let found = try again.entries(under: [bat], before: nil, limit: 9)
        #expect(found.found == [5] && found.isWhole)
    }

    @Test func aFileOfTheFormBeforeIsMadeAgain() throws {
        let old = try DatabaseQueue(path: path)
        var migrator = DatabaseMigrator()
        migrator.registerMigration("acts") {
            try $0.execute(
                sql: """
                    CREATE TABLE party (key BLOB NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (key, idx)) WITHOUT ROWID;
                    CREATE TABLE position (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, leaf BLOB NOT NULL);
                    INSERT INTO position VALUES (1, 5, x'07');
                    """)
            try $0.execute(sql: "INSERT INTO party VALUES (?, 3)", arguments: [Data(repeating: 0xb1, count: 16)])
        }
        try migrator.migrate(old)
        try old.close()
        let registry = try registry()
        #expect(try registry.position().size == 0)
        #expect(try registry.entries(under: [bat], before: nil, limit: 9).found.isEmpty)
    }
}

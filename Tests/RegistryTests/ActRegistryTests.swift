import Foundation
import GRDB
import Testing

@testable import Registry

// The index of acts by their parties.

private func withPath(_ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "acts-\(UUID().uuidString).sqlite"
    defer { ActRegistry.delete(path) }
    try body(path)
}

@Test func indexWithoutNamesIsReadAnew() throws {
    try withPath { path in
        // As it was before names were read out of the ledger.
        let old = try DerivedDatabase.open(
            path, "acts",
            """
            CREATE TABLE party (key BLOB NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (key, idx)) WITHOUT ROWID;
            CREATE TABLE position (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, leaf BLOB NOT NULL);
            """
        ) { _ in [1] }
        try old.write { database in
            try database.execute(sql: "INSERT INTO party VALUES (x'07', 3); INSERT INTO position VALUES (1, 4, x'01')")
        }
        try old.close()
        let registry = try ActRegistry(path: path) { _ in [1] }
        #expect(try registry.position().size == 0)
        #expect(try registry.entries(under: [[7]], before: nil, limit: 10).isEmpty)
        try registry.add([(key: [7], index: 3)], upTo: ReceiptRegistry.Position(size: 4, leaf: [1]))
        registry.close()
        // Once.
        let again = try ActRegistry(path: path) { _ in [1] }
        #expect(try again.position().size == 4)
        #expect(try again.entries(under: [[7]], before: nil, limit: 10) == [3])
        again.close()
    }
}

@Test func whatAnErasedEntryWasFoundByGoes() throws {
    try withPath { path in
        let registry = try ActRegistry(path: path) { _ in [1] }
        let (gone, kept) = ([UInt8](repeating: 0xa7, count: 16), [UInt8](repeating: 0xb8, count: 16))
        try registry.add(
            [(key: gone, index: 3), (key: kept, index: 3), (key: kept, index: 4)],
            upTo: ReceiptRegistry.Position(size: 5, leaf: [1]))
        try registry.add([], erased: [3], upTo: ReceiptRegistry.Position(size: 6, leaf: [1]))
        #expect(try registry.entries(under: [gone, kept], before: nil, limit: 10) == [4])
        for suffix in ["", "-wal"] {
            let bytes = (try? Data(contentsOf: URL(fileURLWithPath: path + suffix))) ?? Data()
            #expect(bytes.range(of: Data(gone)) == nil, "\(suffix)")
        }
        registry.close()
    }
}

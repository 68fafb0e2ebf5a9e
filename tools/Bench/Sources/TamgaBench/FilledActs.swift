import CSQLite
import Glibc

/// `acts.sqlite` filled with acts that no ledger has.
///
/// To register a million acts takes a quarter of an hour, and their signatures as long. What a search has to find its way
/// through is the index; its own parties are real.
enum FilledActs {
    /// Parties of an act, as those that are registered have.
    private static let parties = 2
    private static let step = 100_000

    /// Adds acts whose parties' keys are nobody's, while no service has the file open.
    ///
    /// - Throws: `BenchError` also when the table is not the one that this knows.
    static func add(_ count: Int, to path: String, after first: Int) throws {
        guard count > 0 else { return }
        var opened: OpaquePointer?
        guard sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK, let database = opened else {
            throw BenchError("SQLite cannot open \(path)")
        }
        defer { sqlite3_close_v2(database) }
        func execute(_ script: String) throws {
            guard sqlite3_exec(database, script, nil, nil, nil) == SQLITE_OK else { throw error(database) }
        }
        try execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144")
        var prepared: OpaquePointer?
        guard
            sqlite3_prepare_v2(database, "INSERT INTO party (key, idx) VALUES (?, ?)", -1, &prepared, nil) == SQLITE_OK,
            let insert = prepared
        else { throw error(database) }
        defer { sqlite3_finalize(insert) }
        for start in stride(from: 0, to: count, by: step) {
            try execute("BEGIN IMMEDIATE")
            for act in start..<min(count, start + step) {
                for _ in 0..<parties {
                    let key = [UInt64.random(in: .min ... .max), .random(in: .min ... .max)]
                    let isAdded = key.withUnsafeBytes { bytes in
                        sqlite3_bind_blob(insert, 1, bytes.baseAddress, 16, nil)
                        sqlite3_bind_int64(insert, 2, Int64(first + act))
                        return sqlite3_step(insert) == SQLITE_DONE
                    }
                    guard isAdded else { throw error(database) }
                    sqlite3_reset(insert)
                }
            }
            try execute("COMMIT")
        }
        try execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    private static func error(_ database: OpaquePointer) -> BenchError {
        BenchError("SQLite: \(String(cString: sqlite3_errmsg(database)))")
    }
}

import CSQLite
import LedgerMerkle

/// The baseline: a table whose every row carries SHA-256(hash of the row before ‖ entry ‖ record), with an index on it.
///
/// WAL, synchronous=FULL: a row is as durable when its transaction ends as an entry is when it is acknowledged. 64 MiB of page cache,
/// statements kept, the hash by Tamga's own SHA-256.
final class SQLiteChain {
    private let database: OpaquePointer
    private let insert: OpaquePointer
    private let lookup: OpaquePointer
    private(set) var count = 0
    private var head = Digest.zero
    /// Hashes of rows, every so many, to look up later.
    private(set) var sample: [Digest] = []

    static var version: String { String(cString: sqlite3_libversion()) }

    /// Opens a chain, or begins one.
    init(_ path: String) throws {
        var opened: OpaquePointer?
        guard
            sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nil)
                == SQLITE_OK,
            let opened
        else { throw BenchError("SQLite cannot open \(path)") }
        database = opened
        let script = """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
            CREATE TABLE IF NOT EXISTS log (
                position INTEGER PRIMARY KEY, entry BLOB NOT NULL, record BLOB NOT NULL, hash BLOB NOT NULL);
            CREATE INDEX IF NOT EXISTS log_hash ON log (hash);
            """
        guard sqlite3_exec(opened, script, nil, nil, nil) == SQLITE_OK else { throw SQLiteChain.error(opened) }
        insert = try SQLiteChain.prepare(opened, "INSERT INTO log VALUES (?, ?, ?, ?)")
        lookup = try SQLiteChain.prepare(opened, "SELECT position FROM log WHERE hash = ?")
        try reload()
    }

    /// Takes up where another process left the chain.
    func reload() throws {
        let last = try SQLiteChain.prepare(database, "SELECT position, hash FROM log ORDER BY position DESC LIMIT 1")
        defer { sqlite3_finalize(last) }
        if sqlite3_step(last) == SQLITE_ROW {
            count = Int(sqlite3_column_int64(last, 0)) + 1
            head = SQLiteChain.digest(last, 1) ?? .zero
        }
    }

    deinit {
        sqlite3_finalize(insert)
        sqlite3_finalize(lookup)
        sqlite3_close_v2(database)
    }

    /// Appends rows in one transaction.
    func append(_ rows: Int) throws {
        if rows > 1 { try execute("BEGIN IMMEDIATE") }
        let first = Load.numbers(rows)
        for number in first..<first + rows { try append(Load.entry(number), Load.record(number)) }
        if rows > 1 { try execute("COMMIT") }
    }

    /// Rows a second, so many a transaction, for some seconds.
    func rate(transaction rows: Int, seconds duration: Double) throws -> Double {
        try measuredRate(for: duration, count: rows) { try append(rows) }
    }

    func fill(to size: Int) throws {
        while count < size { try append(min(10_000, size - count)) }
    }

    func find(_ hash: Digest) throws -> Int? {
        defer { sqlite3_reset(lookup) }
        return try hash.withUnsafeBytes { bytes -> Int? in
            sqlite3_bind_blob(lookup, 1, bytes.baseAddress, 32, nil)
            switch sqlite3_step(lookup) {
            case SQLITE_ROW: return Int(sqlite3_column_int64(lookup, 0))
            case SQLITE_DONE: return nil
            default: throw SQLiteChain.error(database)
            }
        }
    }

    /// Derives the chain of the first rows again. Rows a second.
    func audit(rows: Int) throws -> Double {
        let all = try SQLiteChain.prepare(
            database, "SELECT entry, record, hash FROM log ORDER BY position LIMIT \(rows)")
        defer { sqlite3_finalize(all) }
        var (previous, done) = (Digest.zero, 0)
        let elapsed = try seconds {
            while sqlite3_step(all) == SQLITE_ROW {
                var hash = SHA256()
                hash.update(previous)
                for column in [Int32(0), 1] {
                    hash.update(
                        UnsafeRawBufferPointer(
                            start: sqlite3_column_blob(all, column), count: Int(sqlite3_column_bytes(all, column))))
                }
                previous = hash.finalize()
                guard SQLiteChain.digest(all, 2) == previous else { throw BenchError("SQLite's chain is broken") }
                done += 1
            }
        }
        return Double(done) / elapsed
    }

    /// Moves everything into the main file, so that its size says what the rows take.
    func checkpoint() throws {
        try execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    private func append(_ entry: [UInt8], _ record: [UInt8]) throws {
        var hash = SHA256()
        hash.update(head)
        hash.update(entry)
        hash.update(record)
        let next = hash.finalize()
        // Bound without a copy: the arrays live until the statement is reset.
        try entry.withUnsafeBytes { entry in
            try record.withUnsafeBytes { record in
                try next.withUnsafeBytes { hash in
                    sqlite3_bind_int64(insert, 1, Int64(count))
                    sqlite3_bind_blob(insert, 2, entry.baseAddress, Int32(entry.count), nil)
                    sqlite3_bind_blob(insert, 3, record.baseAddress, Int32(record.count), nil)
                    sqlite3_bind_blob(insert, 4, hash.baseAddress, 32, nil)
                    guard sqlite3_step(insert) == SQLITE_DONE else { throw SQLiteChain.error(database) }
                    sqlite3_reset(insert)
                }
            }
        }
        if count % 16 == 0, sample.count < 1 << 20 { sample.append(next) }
        head = next
        count += 1
    }

    private func execute(_ statement: String) throws {
        guard sqlite3_exec(database, statement, nil, nil, nil) == SQLITE_OK else { throw SQLiteChain.error(database) }
    }

    private static func prepare(_ database: OpaquePointer, _ text: String) throws -> OpaquePointer {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(database, text, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw error(database)
        }
        return statement
    }

    private static func digest(_ statement: OpaquePointer, _ column: Int32) -> Digest? {
        Digest(
            UnsafeRawBufferPointer(
                start: sqlite3_column_blob(statement, column), count: Int(sqlite3_column_bytes(statement, column))))
    }

    private static func error(_ database: OpaquePointer) -> BenchError {
        BenchError("SQLite: \(String(cString: sqlite3_errmsg(database)))")
    }
}

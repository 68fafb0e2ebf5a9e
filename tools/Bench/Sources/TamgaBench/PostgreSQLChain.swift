#if canImport(CPostgreSQL)
    import CPostgreSQL
    import LedgerMerkle

    /// The baseline in PostgreSQL: the same table, chained through a row that holds the newest hash.
    ///
    /// Row by row, a function takes the head, hashes in the server (`sha256`) and inserts; its lock, held until the commit, is what
    /// keeps the chain whole with several connections. By thousands, the client hashes and copies in. One thread at a time.
    final class PostgreSQLChain {
        private let connection: OpaquePointer

        init(_ server: PostgreSQLServer) throws {
            guard let connection = PQconnectdb(server.connectionText) else { throw BenchError("libpq has no memory") }
            self.connection = connection
            // What the server remarks, such as that it is being shut down, is not for the terminal.
            PQsetNoticeProcessor(connection, { _, _ in }, nil)
            guard PQstatus(connection) == CONNECTION_OK else { throw PostgreSQLChain.error(connection) }
            if try PostgreSQLChain.value(connection, "SELECT to_regclass('log') IS NULL") == "t" {
                try execute(
                    """
                    CREATE TABLE log (
                        position bigint PRIMARY KEY, entry bytea NOT NULL, record bytea NOT NULL, hash bytea NOT NULL);
                    CREATE INDEX log_hash ON log (hash);
                    CREATE TABLE head (size bigint NOT NULL, hash bytea NOT NULL) WITH (fillfactor = 10);
                    INSERT INTO head VALUES (0, decode(repeat('00', 32), 'hex'));
                    CREATE FUNCTION append(bytea, bytea) RETURNS void LANGUAGE plpgsql AS $$
                    DECLARE at bigint; newest bytea;
                    BEGIN
                        PERFORM pg_advisory_xact_lock(1);
                        UPDATE head SET size = size + 1, hash = sha256(hash || $1 || $2) RETURNING size - 1, hash INTO at, newest;
                        INSERT INTO log VALUES (at, $1, $2, newest);
                    END $$;
                    """)
            }
            let prepared = PQprepare(
                connection, "row", "SELECT append($1, $2)", 2, [PostgreSQLChain.bytea, PostgreSQLChain.bytea])
            try PostgreSQLChain.check(prepared, PGRES_COMMAND_OK, connection)
        }

        deinit {
            PQfinish(connection)
        }

        private static let bytea: Oid = 17

        /// Appends one row in a transaction of its own.
        func append() throws {
            let number = Load.numbers(1)
            let (entry, record) = (Load.entry(number), Load.record(number))
            try entry.withUnsafeBytes { entry in
                try record.withUnsafeBytes { record in
                    let values = [entry, record].map { $0.baseAddress?.assumingMemoryBound(to: CChar.self) }
                    let result = PQexecPrepared(
                        connection, "row", 2, values, [Int32(entry.count), Int32(record.count)], [1, 1], 1)
                    try PostgreSQLChain.check(result, PGRES_TUPLES_OK, connection)
                }
            }
        }

        /// Appends rows in one transaction.
        func append(_ rows: Int) throws {
            try execute("BEGIN")
            let state = try PostgreSQLChain.value(
                connection, "SELECT size || ' ' || encode(hash, 'hex') FROM head FOR UPDATE"
            )
            .split(separator: " ")
            guard state.count == 2, let size = Int(state[0]), var head = Digest(hexadecimal: state[1]) else {
                throw BenchError("PostgreSQL's chain has no head")
            }
            var copy = Array("PGCOPY\n\u{ff}".unicodeScalars.map { UInt8($0.value) }) + [0x0d, 0x0a, 0]
            copy.append(contentsOf: repeatElement(0, count: 8))
            let first = Load.numbers(rows)
            for row in 0..<rows {
                let (entry, record) = (Load.entry(first + row), Load.record(first + row))
                var hash = SHA256()
                hash.update(head)
                hash.update(entry)
                hash.update(record)
                head = hash.finalize()
                copy.append(contentsOf: [0, 4])
                let position = withUnsafeBytes(of: Int64(size + row).bigEndian) { Array($0) }
                for value in [position, entry, record, head.bytes] {
                    withUnsafeBytes(of: UInt32(value.count).bigEndian) { copy.append(contentsOf: $0) }
                    copy.append(contentsOf: value)
                }
            }
            copy.append(contentsOf: [0xff, 0xff])
            try PostgreSQLChain.check(
                PQexec(connection, "COPY log FROM STDIN (FORMAT binary)"), PGRES_COPY_IN, connection)
            let sent = copy.withUnsafeBytes {
                PQputCopyData(connection, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count))
            }
            guard sent == 1, PQputCopyEnd(connection, nil) == 1 else { throw PostgreSQLChain.error(connection) }
            while let result = PQgetResult(connection) {
                try PostgreSQLChain.check(result, PGRES_COMMAND_OK, connection)
            }
            try execute("UPDATE head SET size = \(size + rows), hash = '\\x\(head)'; COMMIT")
        }

        /// Derives the whole chain again in the server; the number of rows that do not fit.
        func misfits() throws -> Int {
            let text = """
                SELECT count(*) FROM (
                    SELECT hash, entry, record, lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER (ORDER BY position) AS before
                    FROM log) AS chain
                WHERE hash <> sha256(before || entry || record)
                """
            return Int(try PostgreSQLChain.value(connection, text)) ?? -1
        }

        private func execute(_ statement: String) throws {
            try PostgreSQLChain.check(PQexec(connection, statement), PGRES_COMMAND_OK, connection)
        }

        private static func value(_ connection: OpaquePointer, _ query: String) throws -> String {
            let result = PQexec(connection, query)
            defer { PQclear(result) }
            guard PQresultStatus(result) == PGRES_TUPLES_OK, PQntuples(result) == 1, let text = PQgetvalue(result, 0, 0)
            else { throw error(connection) }
            return String(cString: text)
        }

        private static func check(
            _ result: OpaquePointer?, _ expected: ExecStatusType, _ connection: OpaquePointer
        ) throws {
            defer { PQclear(result) }
            guard PQresultStatus(result) == expected else { throw error(connection) }
        }

        private static func error(_ connection: OpaquePointer) -> BenchError {
            BenchError("PostgreSQL: \(String(cString: PQerrorMessage(connection)).trimmed)")
        }
    }
#endif

import Glibc
import LedgerStorage

/// A throw-away PostgreSQL of its own, on loopback, in the folder of the run. It goes with the folder.
///
/// fsync and synchronous_commit on, as by default; 256 MiB of shared buffers, and a log large enough that no checkpoint falls into a
/// short round. Only who knows the password of the run may connect.
struct PostgreSQLServer: Sendable {
    /// How libpq is told to connect.
    let connectionText: String
    let version: String

    /// Where Debian puts the programs, newest first, then what is in PATH.
    private static func programs() -> String? {
        let debian = "/usr/lib/postgresql"
        let versions = ((try? PosixDisk().list(debian)) ?? []).compactMap { Int($0) }.sorted(by: >)
        let folders =
            versions.map { "\(debian)/\($0)/bin" }
            + (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map(String.init)
        return folders.first { access("\($0)/initdb", X_OK) == 0 && access("\($0)/postgres", X_OK) == 0 }
    }

    /// Makes a cluster and starts it.
    ///
    /// - Throws: `BenchError` with the reason where that is not possible here.
    static func start(in place: Place) throws -> PostgreSQLServer {
        guard let programs = programs() else {
            throw BenchError("PostgreSQL's server is not installed (Debian: postgresql-15)")
        }
        let folder = place.fresh("postgresql")
        guard mkdir(folder, 0o700) == 0 else { throw BenchError("\(folder) cannot be made") }
        let prefix = try unprivileged(owner: folder)
        let password =
            String(UInt64.random(in: 0...UInt64.max), radix: 36) + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let passwordFile = "\(folder)/password"
        try PosixDisk().replace(passwordFile, with: Array("\(password)\n".utf8))
        if let user = prefix.user { chown(passwordFile, user.pw_uid, user.pw_gid) }
        let data = "\(folder)/data"
        try Process.run(
            prefix.words + [
                "\(programs)/initdb", "-D", data, "-U", "bench", "-A", "scram-sha-256", "--pwfile", passwordFile, "-E",
                "UTF8",
                "--locale", "C", "--no-instructions",
            ], in: place)
        let port = try Loopback.freePorts(1)[0]
        let log = place.fresh("postgresql-log")
        let process = try Process.start(
            prefix.words + [
                "\(programs)/postgres", "-D", data, "-p", "\(port)", "-c", "listen_addresses=127.0.0.1",
                "-c", "unix_socket_directories=", "-c", "fsync=on", "-c", "synchronous_commit=on",
                "-c", "shared_buffers=256MB", "-c", "max_wal_size=8GB", "-c", "checkpoint_timeout=1h",
                "-c", "max_connections=32",
            ], log: log)
        // An immediate shutdown: the data go away all the same.
        place.whenDone { Process.end(process, with: SIGQUIT) }
        for _ in 0..<200 {
            if systemText("\(data)/postmaster.pid").contains("ready") {
                let version = systemText("\(data)/PG_VERSION").trimmed
                return PostgreSQLServer(
                    connectionText:
                        "host=127.0.0.1 port=\(port) user=bench password=\(password) dbname=postgres sslmode=disable gssencmode=disable",
                    version: version)
            }
            guard Process.isRunning(process) else { break }
            usleep(50_000)
        }
        throw BenchError("PostgreSQL does not start: \(systemText(log).trimmed.suffix(300))")
    }

    /// PostgreSQL refuses to run as root: whom to run it as then, and how. The folder is given to that user.
    private static func unprivileged(owner folder: String) throws -> (words: [String], user: passwd?) {
        guard geteuid() == 0 else { return ([], nil) }
        guard let user = (getpwnam("postgres") ?? getpwnam("nobody"))?.pointee else {
            throw BenchError("PostgreSQL does not run as root, and there is no user postgres or nobody")
        }
        guard chown(folder, user.pw_uid, user.pw_gid) == 0 else {
            throw BenchError("\(folder) cannot be given to another user than root")
        }
        let words = ["setpriv", "--reuid=\(user.pw_uid)", "--regid=\(user.pw_gid)", "--clear-groups"]
        return (words, user)
    }
}

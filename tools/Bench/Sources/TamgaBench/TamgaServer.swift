import CanonicalJSON
import Glibc
import LedgerStorage
import Receipts

/// `tamga serve` as a whole process, on ports of loopback, with an empty ledger of its own and 100 merchants, or who else is enrolled.
///
/// As it is by default: everything validated, chained, encrypted, synced. It ends with the run at the latest, and its folder with it.
struct TamgaServer: Sendable {
    static let merchants = ReceiptLedger.tins(100)

    static let origin = "bench.example/served"

    let api: Int
    let posAPI: Int
    private let program: TamgaProgram
    private let data: String
    private let options: [String]
    private var process: pid_t

    /// Makes a ledger and serves it.
    ///
    /// - Parameters:
    ///   - options: of `tamga serve`, beside folder and ports.
    ///   - enrol: enrols who files; is given the program and the folder.
    /// - Throws: `BenchError` with the reason, also where there is no program, or the disk is to be a slower one.
    static func start(
        _ run: BenchRun, options: [String] = [], enrol: (TamgaProgram, String) throws -> Void = enrolMerchants
    ) throws -> TamgaServer {
        guard run.hasBaselines else { throw BenchError("the disk of a service cannot be delayed") }
        let program = try TamgaProgram(run)
        let data = run.place.fresh("served")
        try program.run(["init", "--data", data, "--origin", origin])
        try enrol(program, data)
        let ports = try Loopback.freePorts(2)
        var server = TamgaServer(
            api: ports[0], posAPI: ports[1], program: program, data: data, options: options, process: 0)
        try server.serve()
        return server
    }

    private static func enrolMerchants(_ program: TamgaProgram, _ data: String) throws {
        let file = program.place.fresh("merchants")
        defer { Place.remove(file) }
        let merchants = TamgaServer.merchants.map { tin -> JSONValue in
            let name = ReceiptLedger.merchant(tin).name
            return ["tin": .string(tin), "name": .string(name), "vatPayer": true, "cityTaxPayer": true]
        }
        try PosixDisk().replace(file, with: JSONValue.array(merchants).bytes)
        try program.run(["issuer", "add-merchant", "--data", data, "--from", file])
    }

    private mutating func serve() throws {
        let log = program.place.fresh("served-log")
        process = try program.start(
            ["serve", "--data", data, "--listen", "127.0.0.1:\(api)", "--posapi", "127.0.0.1:\(posAPI)"] + options,
            log: log)
        for _ in 0..<200 {
            // Said once all listeners are there.
            if systemText(log).contains("PosAPI "), (try? entryCount()) != nil { return }
            guard Process.isRunning(process) else { break }
            usleep(50_000)
        }
        stop()
        throw BenchError("the service does not start: \(systemText(log).trimmed.suffix(400))")
    }

    /// Ends it, and serves the same ledger again on the same ports.
    ///
    /// - Parameter body: what is done meanwhile to the folder that it is given.
    mutating func restart(_ body: (String) throws -> Void) throws {
        Process.end(process)
        try body(data)
        try serve()
    }

    /// Ends it and removes its ledger.
    func stop() {
        Process.end(process)
        Place.remove(data)
    }

    /// A new token of a merchant.
    func token(of tin: String) throws -> String { try token("merchant", tin) }

    /// A new token.
    ///
    /// - Parameter kind: as `tamga token create` names it, such as "notary".
    func token(_ kind: String, _ subject: String) throws -> String {
        let output = try program.run(["token", "create", "--data", data, "--\(kind)", subject]).output
        // The only line that is one word: complaints have several.
        guard let token = output.split(separator: "\n").first(where: { !$0.contains(" ") }) else {
            throw BenchError("no token was made: \(output.trimmed)")
        }
        return String(token)
    }

    // MARK: Requests

    static func head(_ start: String, port: Int, fields: [String] = []) -> String {
        ([start + " HTTP/1.1", "Host: 127.0.0.1:\(port)"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// A body of JSON as a whole request.
    static func request(_ start: String, _ body: String, port: Int, token: String? = nil) -> [UInt8] {
        var fields = ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
        if let token { fields.append("Authorization: Bearer \(token)") }
        return Array((head(start, port: port, fields: fields) + body).utf8)
    }

    /// A till's receipt as a whole request.
    func posting(_ body: String) -> String {
        let fields = ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
        return TamgaServer.head("POST /rest/receipt", port: posAPI, fields: fields) + body
    }

    var healthRequest: [UInt8] { Array(TamgaServer.head("GET /healthz", port: api).utf8) }

    // MARK: Figures

    /// Entries that are durable now.
    func entryCount() throws -> Int {
        let answer = try HTTPConnection(port: api).exchange(healthRequest)
        guard answer.isSuccess, let size = try JSONValue(parsing: answer.body)["size"]?.integer else {
            throw BenchError("the service is not well: \(answer.refusal)")
        }
        return Int(size)
    }

    /// Takes care that every record that was acknowledged since is in the ledger once.
    func requireEntries(since before: Int, acknowledged: Int) throws {
        let more = try entryCount() - before
        guard more == acknowledged else {
            throw BenchError("\(acknowledged) records were acknowledged, the ledger has \(more) entries more")
        }
    }

    /// Lines of the access log on a day, yyyy-MM-dd.
    func lookCount(on day: String) throws -> Int {
        let file = program.place.fresh("looks")
        defer { Place.remove(file) }
        let output = try program.run(["access", "export", "--data", data, "--day", day, "--out", file]).output
        guard let count = output.split(separator: " ").first.flatMap({ Int($0) }) else {
            throw BenchError("the lines of the access log cannot be counted: \(output.trimmed)")
        }
        return count
    }

    /// Processor time it has used, seconds (proc_pid_stat(5), utime and stime).
    var processorSeconds: Double {
        let figures = systemText("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard figures.count > 12 else { return 0 }
        return ((Double(figures[11]) ?? 0) + (Double(figures[12]) ?? 0)) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Waits until it has nothing to do, such as letting go of connections; ten seconds at most.
    func settle() {
        var before = processorSeconds
        for _ in 0..<100 {
            usleep(100_000)
            let now = processorSeconds
            // The clock of a process goes in steps of 10 ms.
            if now - before < 0.015 { return }
            before = now
        }
    }

    /// The most memory it ever had, MiB.
    var peakMemory: Double {
        let kilobytes = systemValue("VmHWM", in: systemText("/proc/\(process)/status"))?.split(separator: " ").first
        return (kilobytes.flatMap { Double($0) } ?? 0) / 1024
    }
}

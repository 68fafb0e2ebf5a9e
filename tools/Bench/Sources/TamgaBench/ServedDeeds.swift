import CanonicalJSON
import Deeds
import Glibc

/// A service with 21 notaries, what they have signed, and the acts that it has registered.
final class ServedDeeds {
    /// Among how many the acts of many are shared.
    static let notaries = 20

    /// An act as whoever was given number and access code knows it.
    struct Known {
        let act: String
        let code: String
    }

    private(set) var server: TamgaServer
    /// Acts of twenty notaries in turn, and of one more, with RSA.
    let many: SignedActs
    let single: SignedActs
    private var answers: [[UInt8]] = []
    private let entriesBefore: Int

    static func start(_ run: BenchRun) throws -> ServedDeeds {
        let authority = try TestAuthority.make(run.place)
        let codes = (1...notaries + 1).map { $0 < 10 ? "NT00\($0)" : "NT0\($0)" }
        let server = try TamgaServer.start(run, options: ["--trust", authority.trust]) { program, data in
            for (number, code) in codes.enumerated() {
                try program.run([
                    "issuer", "add-notary", "--data", data, "--code", code, "--name", "Жишээ нотариатч \(code)",
                    "--certificate", authority.certificate(number),
                ])
            }
        }
        do {
            let offices = try codes.enumerated().map { number, code in
                NotaryOffice(
                    code: try NotaryCode(code), signer: try authority.signer(number),
                    token: try server.token("notary", code))
            }
            return try ServedDeeds(server, offices)
        } catch {
            server.stop()
            throw error
        }
    }

    private init(_ server: TamgaServer, _ offices: [NotaryOffice]) throws {
        self.server = server
        let notaries = ServedDeeds.notaries
        many = SignedActs(Array(offices.prefix(notaries)), firstPerson: 0, api: server.api)
        single = SignedActs(Array(offices.suffix(1)), firstPerson: 800_000, api: server.api)
        entriesBefore = try server.entryCount()
    }

    func stop() { server.stop() }

    func restart(_ body: (String) throws -> Void) throws { try server.restart(body) }

    // MARK: Registering

    /// Registers acts for some seconds with as many connections as the load has.
    func register(_ acts: SignedActs, _ load: HTTPLoad, seconds duration: Double) throws -> HTTPLoad.Round {
        try load.run(seconds: duration, acts.take) { self.answers.append($0.body) }
    }

    /// Takes care that each act that was acknowledged is in the ledger once.
    func requireEntries() throws {
        try server.requireEntries(since: entriesBefore, acknowledged: answers.count)
    }

    var count: Int { answers.count }

    /// Numbers and access codes of all acts so far.
    func known() throws -> [Known] {
        try answers.map { body in
            let json = try JSONValue(parsing: body)
            guard let act = json["act"]?.string, let code = json["accessCode"]?.string else {
                throw BenchError("an act was registered and not told: \(String(decoding: body, as: UTF8.self))")
            }
            return Known(act: act, code: code)
        }
    }

    // MARK: Asking

    /// A look-up by number and access code.
    func status(of known: Known) -> [UInt8] {
        TamgaServer.request(
            "POST /v1/deeds/status", "{\"act\":\"\(known.act)\",\"code\":\"\(known.code)\"}", port: server.api)
    }

    /// A notary's search for the acts of a client.
    func search(_ client: (office: NotaryOffice, number: String), limit: Int = 50) -> [UInt8] {
        TamgaServer.request(
            "POST /v1/deeds/search", "{\"regnum\":\"\(client.number)\",\"limit\":\(limit)}", port: server.api,
            token: client.office.token)
    }

    /// Waits until the index of parties has read what was registered last.
    func awaitIndex(_ client: (office: NotaryOffice, number: String)) throws {
        var answer = HTTPAnswer()
        for _ in 0..<600 {
            answer = try HTTPConnection(port: server.api).exchange(search(client, limit: 1))
            if answer.isSuccess { return }
            guard answer.status == 503 else { break }
            usleep(100_000)
        }
        throw BenchError("a search was refused with \(answer.refusal)")
    }

    /// Takes care that the acts of a client are found, and that they are as many as were registered.
    func requireFound(_ client: (office: NotaryOffice, number: String)) throws {
        // An answer of all of them is longer than what a connection keeps of it.
        let half = SignedActs.actsOfClient / 2
        let answer = try HTTPConnection(port: server.api).exchange(search(client, limit: half))
        guard answer.isSuccess else { throw BenchError("a search was refused with \(answer.refusal)") }
        let json = try JSONValue(parsing: answer.body)
        guard json["acts"]?.array?.count == half, let next = json["next"]?.string else {
            throw BenchError("a client with \(SignedActs.actsOfClient) acts is not found: \(answer.refusal)")
        }
        let body = "{\"regnum\":\"\(client.number)\",\"limit\":\(half),\"before\":\"\(next)\"}"
        let rest = try HTTPConnection(port: server.api).exchange(
            TamgaServer.request("POST /v1/deeds/search", body, port: server.api, token: client.office.token))
        let others = try JSONValue(parsing: rest.body)
        guard rest.isSuccess, others["acts"]?.array?.count == SignedActs.actsOfClient - half, others["next"] == nil
        else { throw BenchError("a client's acts are not \(SignedActs.actsOfClient): \(rest.refusal)") }
    }
}

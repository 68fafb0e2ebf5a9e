import ArgumentParser
import Catalogue
import Filing
import Glibc
import LedgerEngine
import LedgerStorage
import LedgerTransparency
import Logging
import Receipts
import Service
import Signatures

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve a ledger: the API, and the PosAPI for tills on this machine.",
        discussion: """
              tamga serve --data ./ledger --posapi 127.0.0.1:7080 --trust ./trust --api-tls 0.0.0.0:8443 \\
                          --tls-certificate chain.pem --tls-key key.pem --public-url https://ledger.example.mn:8443

            A second copy of the signer's state is kept outside the folder: see `tamga init --help`.

            Tills elsewhere: --shops 0.0.0.0:7443 --tls-certificate chain.pem --tls-key key.pem, and for each a token (tamga token create
            --till). A till that can only be given an address gets https://HOST:7443/t/TOKEN.

            Options may stand in tamga.toml of the data folder, or the file named by --config: see `tamga config --help`. What is said on the
            command line goes before.

            Consoles: /notary, /merchant and /operator of the API; /merchant also of the listener for shops. /act is open to everybody.

            SIGTERM and Ctrl-C stop it after everything under way is durable. Where a merchant is enrolled as alone, receipts get their
            numbers from this ledger, and nothing reaches the tax authority: see `tamga issuer add-merchant --help`.
            """)

    @OptionGroup var data: DataOption

    @Option(help: "The file of further options; tamga.toml of the data folder where there is one.")
    var config: String?

    @Option(help: "Where the API listens, HOST:PORT; 127.0.0.1:8080 unless given.", transform: address)
    var listen = ListenAddress(host: "127.0.0.1", port: 8080)

    @Option(
        help: "Where the PosAPI listens, HOST:PORT, loopback only; 127.0.0.1:7080 unless given.", transform: address)
    var posapi = ListenAddress(host: "127.0.0.1", port: 7080)

    @Option(help: "Where shops reach the PosAPI over a network, HOST:PORT: always TLS and a token.", transform: address)
    var shops: ListenAddress?

    @Option(
        help: "Where the API and all consoles are reached over a network, HOST:PORT: always TLS.", transform: address)
    var apiTls: ListenAddress?

    @Option(help: "With --shops or --api-tls: the certificate chain, PEM.")
    var tlsCertificate: String?

    @Option(help: "With --shops or --api-tls: the certificate's key, PEM, unencrypted.")
    var tlsKey: String?

    @Flag(
        help:
            "A proxy in front of --listen brings TLS, and adds where requests come from to X-Forwarded-For: without one, --listen stays on this machine."
    )
    var behindProxy = false

    @Option(help: "Requests a second that one merchant's shops may send; 0 for any number.")
    var shopRate = 50

    @Option(help: "Receipts a day that one merchant's shops may file; 0 for any number.")
    var shopQuota = 100_000

    @Flag(help: "Take raw entries at POST /add, for load tools; refused once an issuer is enrolled.")
    var allowRaw = false

    @Flag(help: "The clock is right, even if it is far ahead of, or behind, the ledger's newest entry.")
    var acceptClock = false

    @Option(help: "The folder of trusted roots, intermediates and CRLs for notaries' signatures.")
    var trust: String?

    @Option(help: "How the API is reached from outside: what evidence links begin with.")
    var publicUrl: String?

    @Option(help: "The 8 digits that end the receipts' numbers.")
    var posNo = "10000001"

    @Option(help: "Seconds during which an equal receipt of one till is a repetition.")
    var repetitionWindow = 60
    @Option(help: "Seconds that a merchant's own PosAPI may take for an answer.")
    var relayLimit = 120

    @Option(help: "The most filings that may wait; beyond, the answer is 503.")
    var queueLimit = 8192

    @Option(help: "Days after which what is sealed, and kept documents, are read again and checked; 0 for never.")
    var scrubDays = 30

    @Option(help: "MiB a second that each of these readings may take; 0 does not limit it.")
    var scrubRate = 8

    @Option(
        help:
            "The mail server for notices to people named in acts: smtp://HOST:PORT, with STARTTLS, or smtps://HOST:PORT."
    )
    var mailServer: String?

    @Option(help: "With --mail-server: the address that notices come from.")
    var mailFrom: String?

    @Option(help: "With --mail-server: who logs in.")
    var mailUser: String?

    @Option(help: "With --mail-user: the file with the password, one line, not readable by other users.")
    var mailPasswordFile: String?

    @Option(help: "With --mail-server: trusted certificates, PEM; the system's when there are none.")
    var mailCa: String?

    @Flag(help: "Send mail without TLS over a network that you trust; never with --mail-user.")
    var mailPlain = false

    @Flag(
        help:
            "Dangerous acts of an operator wait until another one approves them at /operator/approvals. Commands on this machine wait, too, as those of one person, \"command line\"; who holds the data folder is not bound by it."
    )
    var twoPerson = false

    @Flag(help: "Keep documents of acts, encrypted, where notaries hand them in; without it they stay with the notary.")
    var keepDocuments = false

    @Option(help: "With --keep-documents: the most MiB of one document.")
    var documentLimit = 64

    @Option(help: "How much to log: trace, debug, info, notice, warning, error.")
    var logLevel = "info"

    func validate() throws {
        guard posapi.isLoopback else {
            throw ValidationError(
                "the PosAPI has no passwords, so it listens on this machine only: use --posapi 127.0.0.1:\(posapi.port)"
            )
        }
        guard Logger.Level(rawValue: logLevel) != nil else { throw ValidationError("unknown log level \(logLevel)") }
        guard publicUrl.map({ $0.hasPrefix("https://") || $0.hasPrefix("http://") }) ?? true else {
            throw ValidationError("--public-url begins with https:// or http://")
        }
        guard queueLimit > 0, queueLimit <= 1_000_000 else { throw ValidationError("--queue-limit is 1 to 1000000") }
        guard (shops == nil && apiTls == nil) == (tlsCertificate == nil), (tlsCertificate == nil) == (tlsKey == nil)
        else {
            throw ValidationError("--shops or --api-tls, --tls-certificate and --tls-key go together")
        }
        guard listen.isLoopback || behindProxy else {
            throw ValidationError(
                """
                --listen speaks no TLS, and tokens would be read on the way: use --api-tls \(listen) with --tls-certificate and --tls-key, \
                or --behind-proxy where a proxy brings TLS
                """)
        }
        guard (mailServer == nil) == (mailFrom == nil),
            mailServer != nil || (mailUser == nil && mailPasswordFile == nil && mailCa == nil && !mailPlain)
        else {
            throw ValidationError("--mail-server and --mail-from go together; the other mail options need them")
        }
        guard (1...4096).contains(documentLimit) else { throw ValidationError("--document-limit is 1 to 4096") }
        guard shopRate >= 0, shopQuota >= 0 else { throw ValidationError("--shop-rate and --shop-quota are 0 or more") }
        guard (1...3600).contains(relayLimit) else { throw ValidationError("--relay-limit is 1 to 3600") }
        guard repetitionWindow >= 0, repetitionWindow <= 86_400 else {
            throw ValidationError("--repetition-window is 0 to 86400")
        }
        guard (0...3650).contains(scrubDays) else { throw ValidationError("--scrub-days is 0 to 3650") }
        guard (0...100_000).contains(scrubRate) else { throw ValidationError("--scrub-rate is 0 to 100000") }
        guard posNo.utf8.count == 8, posNo.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw ValidationError("--pos-no has 8 digits")
        }
    }

    func run() async throws {
        let folder = try data.open()
        guard let file = try ConfigFile.find(config, in: folder) else { return try await serve(folder) }
        do {
            // Of an option given twice the later one holds.
            let own = CommandLine.arguments.drop { $0 != Serve._commandName }.dropFirst()
            let merged = try Serve.parse(file.arguments + own)
            print("options of \(file.path): \(file.values.map(\.option.name).joined(separator: ", "))")
            try await merged.serve(folder)
        } catch let error where Serve.exitCode(for: error) == .validationFailure {
            throw ValidationError("\(file.path): \(Serve.message(for: error))")
        }
    }

    private func serve(_ folder: DataFolder) async throws {
        // A client that goes away must not end the service.
        signal(SIGPIPE, SIG_IGN)
        // A core dump would hold keys, and lotteries on their way to a till.
        var none = rlimit()
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        let mail = try mailServer.map {
            try MailServer(
                $0, from: mailFrom ?? "", user: mailUser, passwordFile: mailPasswordFile, caFile: mailCa,
                allowsPlain: mailPlain)
        }
        let trusted = try trust.map { try TrustStore(folder: $0) }
        let (ledger, keeping) = try Workplace.openLedger(
            folder, acceptsClock: acceptClock, queueLimit: queueLimit, scrubDays: scrubDays, scrubRate: scrubRate)
        var settings = Office.Settings()
        settings.publicURL = publicUrl.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 } ?? "http://\(listen)"
        settings.allowsRaw = allowRaw
        settings.posIdentity.posNo = posNo
        settings.posIdentity.posId = Int(posNo) ?? 0
        settings.repetitionWindowSeconds = repetitionWindow
        settings.relayLimitSeconds = relayLimit
        settings.requestsPerSecond = shopRate
        settings.receiptsPerDay = shopQuota
        settings.mail = mail
        settings.isBehindProxy = behindProxy
        settings.asksTwoPersons = twoPerson
        settings.scrubDays = scrubDays
        settings.scrubBytesPerSecond = scrubRate << 20
        if keepDocuments { settings.documentLimit = documentLimit << 20 }
        func listener(_ address: ListenAddress) throws -> TLSListener {
            try TLSListener(address: address, certificate: tlsCertificate ?? "", key: tlsKey ?? "")
        }
        let shopListener = try shops.map(listener)
        let apiListener = try apiTls.map(listener)
        let office = try Office(ledger: ledger, keeping: keeping, settings: settings, trust: trusted)
        var logger = Logger(label: "tamga") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        watchScrubbing(of: office, logger)
        let socket = AdminSocket.reachablePath(folder) ?? folder.adminSocketPath
        // Left behind by a service that was killed: the lock says that none runs.
        unlink(folder.adminSocketPath)
        let greeting = greeting(folder, office)
        if let complaint = ledger.clockComplaint { Terminal.complain("filing is closed: \(Failure(complaint))") }
        let revocation: RevocationKeeper?
        do throws(Failure) {
            revocation = try trust.map { path throws(Failure) in
                try RevocationKeeper(
                    folder: path, cachePath: "\(folder.path)/crls", trust: office.trust, clock: office.clock,
                    logger: logger)
            }
        } catch {
            await office.close()
            ledger.close()
            throw error
        }
        if let revocation { office.deeds.use(revocation) }
        let server: Server
        do {
            server = try Server(
                office: office, logger: logger, descriptorLimit: Self.raisedDescriptorLimit(), shops: shopListener,
                secure: apiListener, revocation: revocation)
        } catch {
            await office.close()
            ledger.close()
            throw Problem.fileUnreadable(["path": folder.registryPath, "reason": "\(error)"])
        }
        do {
            try await server.run(
                api: listen, posAPI: posapi, adminSocket: socket
            ) {
                _, _ in
                chmod(socket, 0o600)
                print(greeting)
                fflush(nil)
            }
        } catch {
            await office.close()
            ledger.close()
            unlink(folder.adminSocketPath)
            throw Problem.listenFailed(["api": "\(listen)", "posapi": "\(posapi)", "reason": "\(error)"])
        }
        await office.close()
        ledger.close()
        unlink(folder.adminSocketPath)
        if let reason = ledger.stopReason { Terminal.complain("\(Failure(reason))") }
        print("stopped; \(ledger.size) entries are durable")
    }

    /// Files what scrubbing finds, and says what is damaged where an operator looks.
    private func watchScrubbing(of office: Office, _ logger: Logger) {
        @Sendable func complain(_ damage: [ScrubState.Damage]) {
            for damage in damage {
                logger.error("damage found: \(damage)", metadata: ["remedy": "\(Ledger.remedy(for: [damage]))"])
            }
        }
        complain(office.ledger.knownDamage)
        office.scrubs.start { result, index in
            complain(result.damage)
            for file in result.healed { logger.notice("whole again: \(file)") }
            guard result.isRound else { return }
            logger.info(
                "everything sealed was read again: \(result.segments) segments, \(result.known) damaged files",
                metadata: ["entry": "\(index)"])
        } failed: { error in
            logger.error("the result of a scrub is not filed yet", metadata: ["error": "\(error)"])
        }
    }

    /// Raises the limit of open files as far as the system allows, and returns it.
    private static func raisedDescriptorLimit() -> Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    private func greeting(_ folder: DataFolder, _ office: Office) -> String {
        let ways = office.register.all.compactMap { issuer -> FilingWay? in
            if case .merchant(let merchant) = issuer { merchant.way ?? .alone } else { nil }
        }
        let told = FilingWay.allCases.filter { ways.contains($0) || $0 == .alone }.map { way in
            "\(ways.count { $0 == way }) \(way.rawValue): \(way.explanation.en)"
        }
        return """
            ledger \(folder.origin), \(office.ledger.size) entries
            API      http://\(listen)   (checkpoint: /checkpoint, health: /healthz, description: /openapi.json)
            TLS      \(apiTls.map { "https://\($0)   (the API and the consoles, from elsewhere)" } ?? "none: --api-tls is not given")
            Consoles http://\(listen)/notary, /merchant, /operator   (sign in with a token: tamga token create)
            PosAPI   http://\(posapi)   (enrolled merchants; tills on this machine)
            Shops    \(shops.map { "https://\($0)   (tills elsewhere, each with a token or a certificate)" } ?? "none: --shops is not given")
            key      \(folder.verifierKey)
            Merchants: \(told.joined(separator: "\n                   "))
            Deeds:    \(trust.map { "signatures are checked against \($0)" } ?? "none can be registered: no --trust folder is given")
            """
    }
}

@Sendable private func address(_ text: String) throws -> ListenAddress {
    guard let address = ListenAddress(text) else { throw ValidationError("\"\(text)\" is not HOST:PORT") }
    return address
}

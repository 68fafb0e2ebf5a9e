public import Catalogue
import Deeds
public import Filing
public import LedgerEngine
import LedgerMerkle
public import LedgerStorage
public import Receipts
public import Registry
public import Signatures

/// Everything the listeners and the command line work with, over one open ledger.
public struct Office: Sendable {
    /// What an operator chooses at start.
    public struct Settings: Sendable {
        /// Where evidence links lead, without a trailing slash.
        public var publicURL = "http://127.0.0.1:8080"
        /// Whether `POST /add` takes raw entries while no issuer is enrolled.
        public var allowsRaw = false
        public var posIdentity = PosIdentity(
            posId: 10_000_001, posNo: "10000001", version: "3.0.1", operatorName: "TEST OPERATOR 1",
            operatorTIN: "00000000000")
        /// Seconds during which an equal body of one till is a repetition.
        public var repetitionWindowSeconds = 60
        /// Seconds that a merchant's own PosAPI may take for an answer.
        public var relayLimitSeconds = 120
        /// Requests a second that a shop may send over the network; 0 for any number.
        public var requestsPerSecond = 50
        /// Receipts a day that a shop may file over the network; 0 for any number.
        public var receiptsPerDay = 100_000
        /// Through which notices to people named in acts are sent; `nil` keeps them.
        public var mail: MailServer?
        /// Whether a proxy in front brings TLS: it says where requests come from.
        public var isBehindProxy = false
        /// Whether dangerous acts of an operator wait for a second one.
        public var asksTwoPersons = false
        /// The most bytes of a document that is kept for an act; `nil` where none are taken.
        public var documentLimit: Int?
        /// Days after which kept files are read again; 0 for never.
        public var scrubDays = 30
        /// The bytes a second that this reading may take; 0 for any number.
        public var scrubBytesPerSecond = 8 << 20

        public init() {}
    }

    public let ledger: Ledger
    public let registrar: Registrar
    public let register: IssuerRegister
    public let receipts: ReceiptDesk
    public let deeds: DeedDesk
    /// Against which notaries' signatures are checked.
    public let trust: TrustKeeper
    public let evidence: EvidenceDesk
    public let erasures: ErasureDesk
    public let scrubs: ScrubDesk
    /// Reads kept documents and revocation data again.
    public let keptFiles: KeptFilesScrub
    public let tokens: TokenStore
    public let relays: RelayStore
    let actIndex: ActIndex
    let notices: NoticeDesk
    let approvals: ApprovalDesk
    let links = WrongLinks()
    /// Who looked at whose acts.
    public let access: AccessLog
    let consoles: ConsoleStore
    let drafts: DraftStore
    /// What notaries ask of the operator.
    let handOvers: HandOverStore
    public let settings: Settings
    public let clock: any Clock

    /// - Parameters:
    ///   - trust: against which notaries' signatures are checked.
    ///   - keeping: what the ledger was opened with. Erasures that were left undone are finished here.
    public init(
        ledger: Ledger, keeping: RecordKeeping, settings: Settings = Settings(), trust: TrustStore?,
        clock: any Clock = SystemClock()
    ) throws {
        self.ledger = ledger
        self.settings = settings
        self.clock = clock
        let vault = keeping.vault
        registrar = Registrar(ledger: ledger, vault: vault, secrets: keeping.secrets)
        erasures = ErasureDesk(registrar, eraser: LedgerEraser(ledger), clock: clock)
        try erasures.finish()
        scrubs = ScrubDesk(registrar)
        keptFiles = KeptFilesScrub(registrar, clock: clock)
        register = try IssuerRegister(registrar)
        receipts = try ReceiptDesk(
            registrar: registrar, register: register, clock: clock, posNo: settings.posIdentity.posNo,
            repetitionWindowSeconds: settings.repetitionWindowSeconds,
            tables: try Office.tables(inFolder: ledger.folder.tablesPath))
        self.trust = TrustKeeper(trust)
        let acts = ActBook(registrar, clock: clock)
        do {
            let parties = PartyBook(registrar, book: acts)
            actIndex = try ActIndex(ledger) { try parties.content(at: $0) }
        } catch {
            throw Problem.fileUnreadable(["path": ledger.folder.actsPath, "reason": "\(error)"])
        }
        access = try AccessLog(registrar, clock: clock)
        deeds = DeedDesk(
            registrar: registrar, register: register, clock: clock, trust: self.trust, parties: actIndex,
            receipts: receipts, book: acts)
        evidence = EvidenceDesk(registrar)
        do {
            let state = try StateDatabase(path: ledger.folder.statePath)
            let cipher = VaultCipher(vault: vault)
            tokens = try TokenStore(state, cipher: cipher)
            relays = try RelayStore(state, cipher: cipher, random: randomBytes)
            consoles = ConsoleStore(state, cipher: cipher, random: randomBytes)
            notices = NoticeDesk(
                store: NoticeStore(state, cipher: cipher, random: randomBytes), clock: clock,
                hash: { vault.stateHash($0, $1) })
            approvals = ApprovalDesk(store: ApprovalStore(state, cipher: cipher, random: randomBytes), clock: clock)
            drafts = DraftStore(state, cipher: cipher, random: randomBytes)
            handOvers = HandOverStore(state, cipher: cipher, random: randomBytes)
        } catch {
            throw StorageError(
                .corrupt, "\(ledger.folder.statePath) cannot be used: \(error)",
                remedy: "restore it from a copy, or move it away and make the tokens again; the ledger is not touched")
        }
        // An erasure that broke off, or an older copy of the state, has left them.
        if try notices.hasRegistrations() {
            try notices.forget(registrations: try erasures.all().map(\.commitment.bytes))
        }
    }

    /// Takes no more look-ups, and makes durable what waits. Before the ledger is closed.
    public func close() async { await access.close() }

    /// The tables of a folder; those that came with the program for files that are not there.
    ///
    /// - Throws: `table-invalid`, `file-unreadable`.
    public static func tables(inFolder path: String, disk: any Disk = PosixDisk()) throws(Failure) -> ReferenceTables {
        try ReferenceTables { name throws(Failure) in
            let file = "\(path)/\(name)"
            do throws(DiskError) {
                return try disk.readAll(file, limit: ReferenceTables.byteLimit)
            } catch {
                // One that may not be read is not absent.
                if error.code == .notFound { return nil }
                throw Problem.fileUnreadable(["path": file, "reason": error.reason])
            }
        }
    }

    /// What a merchant is found by in `state.sqlite`.
    func merchantHash(_ tin: String) -> [UInt8] { registrar.vault.stateHash("merchant", Array(tin.utf8)) }

    /// The path on the API listener where a record's evidence is.
    public func evidencePath(of filed: FiledRecord) -> String { evidencePath(of: filed.commitment) }

    func evidencePath(of commitment: Digest) -> String {
        "/v1/evidence/\(registrar.vault.capability(of: commitment).text)"
    }

    func evidencePath(of place: FiledPlace) -> String { evidencePath(of: place.commitment) }

    /// The link that a till prints: made again for each answer, stored nowhere.
    public func evidenceLink(of filed: FiledRecord) -> String {
        settings.publicURL + evidencePath(of: filed)
    }

    func evidenceLink(of place: FiledPlace) -> String { settings.publicURL + evidencePath(of: place) }
}

/// What stands in `state.sqlite`, under the vault's key.
struct VaultCipher: SubjectCipher, StateCipher {
    let vault: Vault

    func seal(_ bytes: [UInt8], nonce: [UInt8]) throws -> [UInt8] { try vault.sealState(bytes, nonce: nonce) }
    func open(_ sealed: [UInt8], nonce: [UInt8]) throws -> [UInt8] { try vault.openState(sealed, nonce: nonce) }

    func seal(_ subject: String, forHash hash: [UInt8]) throws -> [UInt8] {
        try vault.sealTokenSubject(subject, hash: hash)
    }

    func open(_ sealed: [UInt8], forHash hash: [UInt8]) throws -> String {
        try vault.openTokenSubject(sealed, hash: hash)
    }
}

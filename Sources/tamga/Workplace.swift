import ArgumentParser
import CanonicalJSON
import Catalogue
import Filing
import Glibc
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency
import Service
import Signatures

/// The data folder a command works on.
struct DataOption: ParsableArguments {
    @Option(help: "The data folder.")
    var data: String

    init() {}

    init(_ path: String) { data = path }

    func open() throws -> DataFolder { try DataFolder.open(path: path, disk: PosixDisk()) }

    /// Without a trailing slash.
    var path: String {
        data.count > 1 && data.hasSuffix("/") ? String(data.dropLast()) : data
    }
}

/// Where the second copy of the signer's state is kept when the operator has not configured a place.
enum StateHome {
    /// `TAMGA_STATE_HOME`, or the user's state folder; `nil` with a warning where there is none.
    static func shadowPath(of folder: DataFolder) -> String? {
        guard let home = folderPath() else {
            Terminal.complain(
                "no second copy of the signer's state is kept: set TAMGA_STATE_HOME, so that a restored old copy is recognised"
            )
            return nil
        }
        do {
            try Files.makeDirectories(home)
        } catch {
            Terminal.complain("no second copy of the signer's state can be kept in \(home): \(error)")
            return nil
        }
        return "\(home)/\(folder.ledgerID.description.prefix(32)).signer"
    }

    /// The same place for readers: nothing is made, nothing is complained about.
    static func existingShadowPath(of folder: DataFolder) -> String? {
        folderPath().map { "\($0)/\(folder.ledgerID.description.prefix(32)).signer" }
    }

    private static func folderPath() -> String? {
        if let home = variable("TAMGA_STATE_HOME") { return home }
        if let home = variable("XDG_STATE_HOME") { return home + "/tamga" }
        return variable("HOME").map { $0 + "/.local/state/tamga" }
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}

/// Opening ledgers and offices for commands.
enum Workplace {
    static func openLedger(
        _ folder: DataFolder, acceptsClock: Bool = false, queueLimit: Int? = nil, isCompacting: Bool = true,
        scrubDays: Int? = nil, scrubRate: Int? = nil
    ) throws -> (ledger: Ledger, keeping: RecordKeeping) {
        let disk = PosixDisk()
        let keeping = try RecordKeeping(folder: folder, disk: disk)
        var configuration = keeping.configured()
        configuration.compaction.isAutomatic = isCompacting
        if let scrubDays { configuration.compaction.scrubDays = scrubDays }
        if let scrubRate { configuration.compaction.scrubBytesPerSecond = scrubRate << 20 }
        configuration.signerStateShadow = StateHome.shadowPath(of: folder)
        configuration.acceptsClock = acceptsClock
        if folder.keyAddress != nil { configuration.signingLimitMs = LogKey.tokenLimitMs }
        if let queueLimit { configuration.queueLimit = queueLimit }
        let isShadowNew = configuration.signerStateShadow.map { !disk.exists($0) } ?? false
        let signer = try LogKey.signer(of: folder, disk: disk)
        let ledger = try Ledger.open(
            folder: folder, configuration: configuration, disk: disk, signer: signer,
            progress: Terminal.progress("reading the journal"))
        if isShadowNew, ledger.size > 0 {
            Terminal.complain(
                """
                WARNING: no second copy of the signer's state was found, one was begun at \(ledger.size) entries. If this folder was \
                restored from a copy, stop now and compare with the newest checkpoint that anybody has: signing on from an old copy \
                forks the ledger
                """)
        }
        return (ledger, keeping)
    }

    static func openForReading(_ folder: DataFolder) throws -> Registrar {
        let disk = PosixDisk()
        let signer = try LogKey.signer(of: folder, disk: disk)
        let keeping = try RecordKeeping(folder: folder, disk: disk, isReadOnly: true)
        var configuration = keeping.configured()
        configuration.signerStateShadow = StateHome.existingShadowPath(of: folder)
        let ledger = try Ledger.openForReading(
            folder: folder, configuration: configuration, disk: disk, signer: signer,
            progress: Terminal.progress("reading the journal"))
        return Registrar(ledger: ledger, vault: keeping.vault, secrets: keeping.secrets)
    }

    /// Runs an operator's command: through the running service if there is one, else on the folder itself.
    static func run(_ command: String, _ input: JSONValue, on data: DataOption, trust: String? = nil) async throws
        -> JSONValue
    {
        let folder = try data.open()
        if let client = AdminClient(folder) { return try client.run(command, input) }
        return try await withOffice(folder, trust: trust) { try await AdminDesk($0).run(command, input) }
    }

    /// Works on the folder itself, which no service has.
    ///
    /// - Parameter settings: what an operator chooses.
    static func withOffice<R>(
        _ folder: DataFolder, settings: Office.Settings = Office.Settings(), trust: String? = nil,
        _ body: (Office) async throws -> R
    ) async throws -> R {
        let (ledger, keeping) = try openLedger(folder, isCompacting: false)
        defer { ledger.close() }
        let office = try Office(
            ledger: ledger, keeping: keeping, settings: settings, trust: try trust.map { try TrustStore(folder: $0) })
        do {
            let answer = try await body(office)
            await office.close()
            return answer
        } catch {
            await office.close()
            throw error
        }
    }
}

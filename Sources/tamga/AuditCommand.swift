import ArgumentParser
import Catalogue
import Filing
import Glibc
import LedgerEngine
import LedgerStorage
import Synchronization

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Derive every leaf, root and chain again from the bytes on disk.",
        discussion: """
            Works beside a running service, up to what it has signed; changes nothing. Names the first thing that is wrong: file, byte, entry.
            Every record, every kept document and every line of the access log is read: as long as the disk needs for all of them. Each closed
            day of the access log must be there, and give the root that the ledger holds.
              tamga audit --data ./ledger
              tamga audit --data ./ledger --entries-only     entries and tree only: no record is opened
              tamga audit --data ./ledger --from 1310720     go on where an audit was interrupted

            Exit codes: 0 clean, 1 damage found, 2 not a ledger or wrong usage, 130 interrupted.
            """)

    @OptionGroup var data: DataOption
    @Flag(help: "Audit entries, tree hashes and roots, no records.") var entriesOnly = false
    @Option(help: "Begin with the segment that holds this entry.") var from: UInt64 = 0
    @Option(help: "Threads; as many as there are processors unless given.") var jobs: Int?
    @Flag(help: "Read every page of the hash index, too.") var index = false

    /// Thrown between segments when the user has had enough.
    private struct Interrupted: Error {}

    private static let isInterrupted = Atomic<Bool>(false)

    func validate() throws {
        guard jobs.map({ (1...256).contains($0) }) ?? true else { throw ValidationError("--jobs takes 1 to 256") }
    }

    func run() throws {
        var done = from
        do {
            let registrar = try Workplace.openForReading(try data.open())
            let progress = Terminal.progress("checking entries")
            // Looked at once before a handler may look at it.
            Self.isInterrupted.store(false, ordering: .relaxed)
            signal(SIGINT) { _ in AuditCommand.isInterrupted.store(true, ordering: .relaxed) }
            var options = Audit.Options()
            options.entriesOnly = entriesOnly
            options.from = from
            options.jobs = jobs ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
            options.readsIndex = index
            let audit = Audit(registrar, options: options)
            let report = try audit.run { checked, all in
                done = checked
                progress(Int(checked) << 16, Int(all) << 16)
                if Self.isInterrupted.load(ordering: .relaxed) { throw Interrupted() }
            }
            print("clean: \(report.entries) entries, \(report.records) records, \(report.chains) issuer chains")
            if entriesOnly { print("records were not looked at") }
            if from > 0 {
                print("entries before \(audit.first) were not looked at")
                if !entriesOnly {
                    print("  issuer chains that continue the record there that they name: \(report.chainsContinued)")
                    print("  issuer chains not checked, as that record is not found: \(report.chainsUnchecked)")
                }
            }
            if report.erased > 0 {
                print("erased: \(report.erased) records, each with its erasure in the ledger")
            }
            if report.expired > 0 {
                print("expired: \(report.expired) records, whose time of keeping is over")
            }
            if report.documents > 0 {
                print("documents: \(report.documents) kept ones are whole, \(report.documentBytes) bytes")
            }
            if report.documentsLeft > 0 {
                print("documents of acts that are gone: \(report.documentsLeft) files, removed when the service starts")
            }
            if report.accessDays > 0 {
                print("access log: \(report.accessDays) closed days are whole, \(report.accessLines) lines")
            }
            if report.accessDaysOpen > 0 {
                print("access log: \(report.accessDaysOpen) days are readable, and have no root yet")
            }
            if report.erasedWithoutLink > 0 {
                print(
                    "noticed: of \(report.erasedWithoutLink) erased records only the number in the issuer's chain is left"
                )
            }
            for note in registrar.ledger.openingNotes { print("noticed, and harmless: \(note)") }
            print("root of \(report.checkpoint.size) entries: \(report.checkpoint.root)")
        } catch is Interrupted {
            Terminal.complain("interrupted; nothing wrong before entry \(done). Go on with: --from \(done)")
            throw ExitCode(130)
        } catch let error where Self.isAboutAccess(error) {
            // Nothing was found, good or bad.
            Terminal.complain("\(error)")
            throw ExitCode(2)
        } catch {
            print("damage found: \(error)")
            throw ExitCode(1)
        }
    }

    /// Whether an error says that the ledger could not be looked at, and not that something is wrong in it.
    private static func isAboutAccess(_ error: any Error) -> Bool {
        if let error = error as? StorageError {
            return [.notALedger, .unknownFormat, .exposedKey, .keyMissing, .locked].contains(error.code)
        }
        // The token that would sign what is read cannot be used.
        if let code = (error as? Failure)?.problem.code {
            return ["key-token-", "log-key-", "signing-file-"].contains(where: code.hasPrefix)
        }
        if let error = error as? DiskError { return error.code == .denied || error.path.contains("/keys/") }
        return false
    }
}

import ArgumentParser
import Filing
import LedgerEngine
import LedgerStorage

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Derive every leaf, root and chain again from the bytes on disk.",
        discussion: """
            Works beside a running service, up to what it has signed; changes nothing. Names the first thing that is wrong.
              tamga audit --data ./ledger

            Exit codes: 0 clean, 1 damage found, 2 not a ledger or wrong usage.
            """)

    @OptionGroup var data: DataOption

    func run() throws {
        do {
            let registrar = try Workplace.openForReading(try data.open())
            let progress = Terminal.progress("checking entries")
            let report = try Audit(registrar).run { progress(Int($0) << 16, Int($1) << 16) }
            print("clean: \(report.entries) entries, \(report.records) records, \(report.chains) issuer chains")
            if report.erased > 0 {
                print("erased: \(report.erased) records, each with its erasure in the ledger")
            }
            if report.erasedWithoutLink > 0 {
                print(
                    "noticed: of \(report.erasedWithoutLink) erased records only the number in the issuer's chain is left"
                )
            }
            for note in registrar.ledger.openingNotes { print("noticed, and harmless: \(note)") }
            print("root of \(report.checkpoint.size) entries: \(report.checkpoint.root)")
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
            return [.notALedger, .unknownFormat, .exposedKey, .keyMissing].contains(error.code)
        }
        if let error = error as? DiskError { return error.code == .denied || error.path.contains("/keys/") }
        return false
    }
}

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
        let folder: DataFolder
        do {
            folder = try data.open()
        } catch let error as StorageError {
            Terminal.complain("\(error)")
            throw ExitCode(2)
        }
        do {
            let registrar = try Workplace.openForReading(folder)
            let progress = Terminal.progress("checking entries")
            let report = try Audit(registrar).run { progress(Int($0) << 16, Int($1) << 16) }
            print("clean: \(report.entries) entries, \(report.records) records, \(report.chains) issuer chains")
            print("root of \(report.checkpoint.size) entries: \(report.checkpoint.root)")
        } catch {
            print("damage found: \(error)")
            throw ExitCode(1)
        }
    }
}

import ArgumentParser
import Filing
import LedgerEngine
import LedgerStorage

struct RepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair", abstract: "Heal damaged segment files from their parity or a mirror.",
        discussion: """
            For a stopped service. Each file of a segment has parity that heals any 64 KiB of damage in a row; what is beyond that is taken from
            a mirror when it has a copy that verifies. Damaged files of the hash index are removed and made again. Then all is checked again.
              tamga repair --data ./ledger
              tamga repair --data ./ledger --mirror /mnt/mirror/ledger

            Exit codes: 0 all is whole, 1 something is beyond repair, 2 wrong usage.
            """)

    @OptionGroup var data: DataOption
    @Option(help: "A data folder, or a folder of segment files, to take files from.") var mirror: String?

    func run() throws {
        let folder = try data.open()
        let codec = try RecordKeeping(folder: folder, isReadOnly: true).configured().codec
        let report = try Ledger.repair(folder: folder, codec: codec, mirror: mirror) { name in
            if Terminal.isInteractive { Terminal.write("\r\u{1b}[Kchecking \(name)") }
        }
        if Terminal.isInteractive { Terminal.write("\r\u{1b}[K") }
        for line in report.repaired { print("repaired: \(line)") }
        for line in report.lost { print("beyond repair: \(line)") }
        print("\(report.files) files of segments checked")
        guard report.isWhole else { throw ExitCode(1) }
        print(report.repaired.isEmpty ? "all is whole" : "all is whole again")
    }
}

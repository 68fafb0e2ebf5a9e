import ArgumentParser
import LedgerEngine
import LedgerStorage
import Receipts
import Service

struct TablesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tables", abstract: "Show and check the tables of rates, districts and codes.",
        discussion: """
            They came with the program. A file of the same name in the folder tables/ of the data folder takes the place of one of them, from the
            next start of the service on; the columns are described in seeds/tables/README.md.
              tamga tables --data ./ledger            which tables are in use, and whether they can be read
              tamga tables --check ./new-tables       the same of a folder that is not in use yet
            """)

    @Option(help: "The data folder.") var data: String?
    @Option(help: "A folder of tables.") var check: String?

    func validate() throws {
        guard (data == nil) != (check == nil) else { throw ValidationError("name one of --data and --check") }
    }

    func run() throws {
        let folder = try check ?? DataFolder.open(path: data ?? "", disk: PosixDisk()).tablesPath
        if let check, !PosixDisk().exists(check) { throw ValidationError("there is no folder \(check)") }
        let tables = try Office.tables(inFolder: folder)
        for (name, count) in zip(ReferenceTables.fileNames, tables.rowCounts) {
            let origin = tables.replaced.contains(name) ? "\(folder)/\(name)" : "came with the program"
            print("\(name): \(count) rows, \(origin)")
        }
    }
}

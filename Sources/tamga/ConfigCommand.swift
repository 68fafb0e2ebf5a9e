import ArgumentParser
import LedgerEngine
import LedgerStorage
import Service
import Signatures

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check and describe the file of options of `tamga serve`.",
        discussion: """
              tamga config example > ledger/tamga.toml     every option, described, with what holds unless it is given
              tamga config check --data ./ledger           what a start would take, and whether it could

            The file is TOML: one key for each option of `tamga serve`, under its long name. `serve` takes tamga.toml of the data folder, or the
            file named by --config; what is said on the command line goes before.
            """,
        subcommands: [Check.self, Example.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what a start would take, and whether it could.",
            discussion: """
                  tamga config check --data ./ledger
                  tamga config check --data ./ledger --config /etc/tamga/tamga.toml

                Reads the file, the options' limits, tables, certificates and trust folder, as a start does. Nothing is started. Exit 0 if a
                start with it would not be refused for any of these.
                """)

        @OptionGroup var data: DataOption
        @Option(help: "The file of options; tamga.toml of the data folder unless given.") var config: String?

        func run() throws {
            let folder = try data.open()
            let file = try ConfigFile.find(config, in: folder)
            let serve: Serve
            do {
                serve = try Serve.parse(["--data", folder.path] + (file?.arguments ?? []))
            } catch {
                throw ValidationError("\(file?.path ?? ""): \(Serve.message(for: error))")
            }
            for option in ServeOption.all {
                let given = file?.values.first { $0.option.name == option.name }?.value
                let value = given ?? (option.isFlag ? "false" : option.standard ?? "–")
                print("\(option.name) = \(value)\(given == nil ? "" : "   (\(file?.path ?? ""))")")
            }
            _ = try serve.trust.map { try TrustStore(folder: $0) }
            _ = try Office.tables(inFolder: folder.tablesPath)
            if let shops = serve.shops {
                _ = try TLSListener(
                    address: shops, certificate: serve.tlsCertificate ?? "", key: serve.tlsKey ?? "")
            }
            print(
                file.map { "\($0.path) is good" }
                    ?? "there is no \(folder.path)/\(ConfigFile.name): all of these hold unless given")
        }
    }

    struct Example: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a file with every option, described, all of them commented out.")

        func run() {
            print("# Options of `tamga serve`. Check a changed file with: tamga config check --data FOLDER")
            for option in ServeOption.all {
                let value = option.standard ?? (option.isFlag ? "false" : "")
                let isNumber = option.isFlag || Int(value) != nil && option.name != "pos-no"
                print("\n# \(option.help)\n# \(option.name) = \(isNumber ? value : "\"\(value)\"")")
            }
        }
    }
}

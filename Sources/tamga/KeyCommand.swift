import ArgumentParser
import LedgerEngine

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Show the ledger's verifier key.",
        discussion: """
            One line that everybody may have; `tamga verify --key` takes it. The private keys never leave DIR/keys.
              tamga key --data ./ledger
            """)

    @OptionGroup var data: DataOption

    func run() throws {
        print(try data.open().verifierKey)
    }
}

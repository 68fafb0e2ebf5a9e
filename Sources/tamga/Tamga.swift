import ArgumentParser
import COpenSSL
import Catalogue
import Filing
import Glibc

@main
struct Tamga: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tamga",
        abstract: "A ledger for notarised deeds and e-barimt receipts that anyone can check.",
        discussion: """
            Start a ledger and serve it:
              tamga init --data ./ledger --origin example.mn/ledger
              tamga serve --data ./ledger --listen 127.0.0.1:8080 --posapi 127.0.0.1:7080

            Check what somebody gave you, without network or data folder:
              tamga verify receipt.tlog-proof --key "$(cat verifier.key)" --explain

            Exit codes: 0 done, 1 failed, 2 wrong usage; `verify` has its own, see `tamga verify --help`.
            """,
        version: "0.1.0",
        subcommands: [
            Init.self, Serve.self, KeyCommand.self, IssuerCommand.self, TokenCommand.self, ReceiptCommand.self,
            DeedCommand.self, AccessCommand.self, Prove.self, Verify.self, Inspect.self, AuditCommand.self,
            ClockCommand.self,
            EraseCommand.self, CompactCommand.self, RepairCommand.self, BackupCommand.self, RestoreCommand.self,
            TablesCommand.self, RelayCommand.self, ConfigCommand.self,
        ])

    /// Wrong usage is exit code 2, everywhere; a failure is one line of what happened and what to do.
    static func main() async {
        // A process may end while threads do: libcrypto must not be cleaned up under them.
        _ = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
        // Whatever a command makes is for its owner only: databases, sockets, evidence.
        umask(0o077)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            if let failure = Failure(from: error) {
                Terminal.complain("\(failure)")
                Glibc.exit(1)
            }
            let code = exitCode(for: error)
            let message = fullMessage(for: error)
            if code.isSuccess {
                print(message)
                Glibc.exit(0)
            }
            Terminal.complain(message.hasPrefix("Error: ") ? String(message.dropFirst("Error: ".count)) : message)
            Glibc.exit(code == .validationFailure ? 2 : 1)
        }
    }
}

import ArgumentParser
import CanonicalJSON

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, replace and revoke the API's tokens.",
        discussion: """
            The token is shown once and stored only as a keyed hash.
              tamga token create --data ./ledger --notary NT012
              tamga token list --data ./ledger
              tamga token revoke --data ./ledger --id 3
            """,
        subcommands: [Create.self, Rotate.self, Revoke.self, List.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token for an issuer or an auditor.")
        @OptionGroup var data: DataOption
        @Option(help: "For a notary, by code.") var notary: String?
        @Option(help: "For a merchant, by TIN.") var merchant: String?
        @Option(help: "For an auditor, by any name.") var auditor: String?

        func validate() throws {
            guard [notary, merchant, auditor].compactMap(\.self).count == 1 else {
                throw ValidationError("give one of --notary, --merchant, --auditor")
            }
        }

        func run() async throws {
            let role = notary != nil ? "notary" : merchant != nil ? "merchant" : "auditor"
            let subject = notary ?? merchant ?? auditor ?? ""
            let input: JSONValue = ["role": .string(role), "subject": .string(subject)]
            let answer = try await Workplace.run("token.create", input, on: data)
            print(answer["token"]?.string ?? "")
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Put a new token in the place of an old one.")
        @OptionGroup var data: DataOption
        @Option(help: "The number of the token, see `token list`.") var id: Int

        func run() async throws {
            let answer = try await Workplace.run("token.rotate", ["id": JSONValue(id)], on: data)
            print(answer["token"]?.string ?? "")
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token invalid at once.")
        @OptionGroup var data: DataOption
        @Option(help: "The number of the token, see `token list`.") var id: Int

        func run() async throws {
            _ = try await Workplace.run("token.revoke", ["id": JSONValue(id)], on: data)
            print("token \(id) is revoked")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the tokens: numbers and holders, never the tokens.")
        @OptionGroup var data: DataOption
        @Flag(help: "As JSON.") var json = false

        func run() async throws {
            let tokens = try await Workplace.run("token.list", [:], on: data)
            if json { return print(tokens.text) }
            for token in tokens.array ?? [] {
                let state = token["revoked"] == nil ? "valid" : "revoked"
                print(
                    "\(token["id"]?.integer ?? 0)\t\(state)\t\(token["role"]?.string ?? "")\t\(token["subject"]?.string ?? "")"
                )
            }
        }
    }
}

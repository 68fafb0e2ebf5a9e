import ArgumentParser
import CanonicalJSON

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, replace and revoke the API's tokens.",
        discussion: """
            The token is shown once and stored only as a keyed hash.
              tamga token create --data ./ledger --notary NT012
              tamga token create --data ./ledger --till 37900846788/001/1
              tamga token create --data ./ledger --merchant 37900846788 --certificate shop.pem
              tamga token list --data ./ledger
              tamga token revoke --data ./ledger --id 3
            """,
        subcommands: [Create.self, Fetch.self, Rotate.self, Revoke.self, List.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token for an issuer or an auditor.")
        @OptionGroup var data: DataOption
        @Option(help: "For a notary, by code.") var notary: String?
        @Option(help: "For a merchant, by TIN.") var merchant: String?
        @Option(help: "For one till of a merchant, TIN/BRANCH/POSNO, over the listener for shops.") var till: String?
        @Option(help: "For an auditor, by any name.") var auditor: String?
        @Option(help: "For who enrols merchants on the operator's pages, by a person's name.") var `operator`: String?
        @Option(help: "With --merchant or --till: the client certificate (PEM or DER) that takes the place of a token.")
        var certificate: String?

        func validate() throws {
            guard [notary, merchant, till, auditor, `operator`].compactMap(\.self).count == 1 else {
                throw ValidationError("give one of --notary, --merchant, --till, --auditor, --operator")
            }
            guard certificate == nil || merchant != nil || till != nil else {
                throw ValidationError("--certificate goes with --merchant or --till")
            }
        }

        func run() async throws {
            let named = [
                ("notary", notary), ("merchant", merchant), ("till", till), ("auditor", auditor),
                ("operator", `operator`),
            ]
            guard let (role, subject) = named.lazy.compactMap({ role, name in name.map { (role, $0) } }).first else {
                return
            }
            var input: JSONObject = ["role": .string(role), "subject": .string(subject)]
            if let certificate {
                let bytes = try Files.read(certificate, limit: 1 << 20)
                input["certificate"] = .string(try CertificateFile.fingerprint(bytes, path: certificate))
            }
            let answer = try await Workplace.run("token.create", .object(input), on: data)
            print(answer["token"]?.string ?? "the certificate is known as number \(answer["id"]?.integer ?? 0)")
        }
    }

    struct Fetch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show, once, a token that waited for a second operator.",
            discussion: "With the number of the request that was made here, after another operator approved it.")
        @OptionGroup var data: DataOption
        @Option(help: "The number of the request.") var request: Int

        func run() async throws {
            print(try await Workplace.run("token.fetch", ["id": JSONValue(request)], on: data)["token"]?.string ?? "")
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

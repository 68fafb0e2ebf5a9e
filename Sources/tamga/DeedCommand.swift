import ArgumentParser
import CanonicalJSON
import Catalogue
import LedgerTransparency

struct DeedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deed", abstract: "Register, revoke and look up notarial acts.",
        discussion: """
            A notary signs the statement of an act, then registers both:
              tamga deed statement --data ./ledger --notary NT012 act.json > statement.txt
              openssl cms -sign -binary -cades -in statement.txt -signer notary.pem -inkey notary.key -outform DER -out statement.p7s
              tamga deed register --data ./ledger --notary NT012 act.json --signature statement.p7s --trust ./trust
            """,
        subcommands: [Statement.self, Register.self, RevocationStatement.self, Revoke.self, Status.self])

    struct Statement: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the text that the notary signs to register an act.")
        @OptionGroup var deed: DeedOptions
        @Argument(help: "The act as JSON, or -.") var file: String

        func run() async throws {
            try await deed.printStatement("deed.statement", file)
        }
    }

    struct RevocationStatement: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the text that the notary signs to revoke an act.",
            discussion: "The file is {\"act\": number, \"reason\": text}.")
        @OptionGroup var deed: DeedOptions
        @Argument(help: "The revocation as JSON, or -.") var file: String

        func run() async throws {
            try await deed.printStatement("deed.revocation-statement", file)
        }
    }

    struct Register: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Register a signed act and keep its evidence.")
        @OptionGroup var deed: DeedOptions
        @Argument(help: "The act as JSON, or -.") var file: String
        @Option(help: "The detached CMS, DER.") var signature: String
        @Option(help: "The trust folder; not needed when a service runs.") var trust: String?
        @Option(help: "Where to write the evidence.") var out: String?

        func run() async throws {
            let answer = try await deed.file("deed.register", file, signature: signature, trust: trust)
            let known = answer["repetition"]?.bool == true
            let repeated = known ? ", registered before; status now: \(answer["status"]?.string ?? "")" : ""
            print("act \(answer["act"]?.string ?? "") at index \(answer["index"]?.integer ?? 0)\(repeated)")
            print("access code, for the parties only: \(answer["accessCode"]?.string ?? "")")
            if answer["signed"]?.string == "document" {
                print("act data not signed: the signature covers the document alone")
            }
            if let out { try Files.write(Array((answer["evidence"]?.string ?? "").utf8), to: out) }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke an act by a new entry.")
        @OptionGroup var deed: DeedOptions
        @Argument(help: "The revocation as JSON, or -.") var file: String
        @Option(help: "The detached CMS, DER.") var signature: String
        @Option(help: "The trust folder; not needed when a service runs.") var trust: String?

        func run() async throws {
            let answer = try await deed.file("deed.revoke", file, signature: signature, trust: trust)
            print("act \(answer["act"]?.string ?? "") is revoked at index \(answer["index"]?.integer ?? 0)")
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What the ledger says of an act now.",
            discussion: "  tamga deed status --data ./ledger NT012-2026-000001")
        @OptionGroup var data: DataOption
        @Argument(help: "The act's number.") var act: String
        @Flag(help: "As JSON.") var json = false

        func run() async throws {
            let answer = try await Workplace.run("deed.status", ["act": .string(act)], on: data)
            if json { return print(answer.text) }
            print("\(answer["act"]?.string ?? ""): \(answer["status"]?.string ?? "")")
            print("as of \(answer["asOf"]?["size"]?.integer ?? 0) entries; a later entry may say otherwise")
        }
    }
}

/// Whose act, and on which ledger.
struct DeedOptions: ParsableArguments {
    @OptionGroup var data: DataOption
    @Option(help: "The notary's code.") var notary: String

    func printStatement(_ command: String, _ file: String) async throws {
        let input: JSONValue = ["notary": .string(notary), "body": try Self.json(file)]
        let answer = try await Workplace.run(command, input, on: data)
        // The very bytes that are to be signed: no line end of our own.
        print(answer["statement"]?.string ?? "", terminator: "")
    }

    func file(_ command: String, _ file: String, signature: String, trust: String?) async throws -> JSONValue {
        let cms = try Files.read(signature, limit: 64 << 10)
        let input: JSONValue = [
            "notary": .string(notary), "body": try Self.json(file), "signature": .string(Base64.encode(cms)),
        ]
        return try await Workplace.run(command, input, on: data, trust: trust)
    }

    private static func json(_ file: String) throws -> JSONValue {
        do {
            return try JSONValue(parsing: try Files.read(file, limit: 256 << 10))
        } catch let error as JSONError {
            throw Problem.fileUnreadable(["path": file, "reason": "\(error)"])
        }
    }
}

import ArgumentParser
import CanonicalJSON
import Catalogue
import Deeds
import LedgerTransparency

struct DeedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deed", abstract: "Register, change and look up notarial acts.",
        discussion: """
            A notary reads the statement of an act, signs it, then registers both:
              tamga deed statement --data ./ledger --notary NT012 act.json --out statement.txt
              tamga deed sign statement.txt --key notary.key --certificate notary.pem --out statement.p7s
              tamga deed register --data ./ledger --notary NT012 act.json --signature statement.p7s --trust ./trust
            An act is amended, corrected or revoked the same way, with change-statement and change; a will that is not opened only at /notary
            or with the office's token, where it is opened, too. The document and the attachments
            that an act names stay with the notary, or are kept here, encrypted:
              tamga deed keep --data ./ledger --notary NT012 NT012-2026-000017 contract.pdf plan.pdf
            """,
        subcommands: [
            Kinds.self, Statement.self, DeedSign.self, Register.self, ChangeStatement.self, Change.self, Status.self,
            DeedFees.self, DeedKeep.self, DeedDocuments.self, DeedDocument.self, Import.self,
        ])

    struct Kinds: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the thirteen kinds of acts with their fields and rules.",
            discussion: """
                  tamga deed kinds
                  tamga deed kinds power-of-attorney
                  tamga deed kinds --json
                """)
        @Argument(help: "One kind only.") var kind: String?
        @Flag(help: "As JSON.") var json = false

        func run() throws {
            if json { return print(ActKind.json.text) }
            let chosen = ActKind.all.filter { kind == nil || $0.type.rawValue == kind }
            guard !chosen.isEmpty else {
                throw Problem.actTypeUnknown(["known": ActType.allCases.map(\.rawValue).joined(separator: ", ")])
            }
            for kind in chosen {
                print("\(kind.type.rawValue)  \(kind.type.label.mn) · \(kind.type.label.en)")
                guard self.kind != nil else { continue }
                for rule in kind.roles {
                    let least = rule.counts.lowerBound > 0 ? ", at least \(rule.counts.lowerBound)" : ""
                    print("  role \(rule.role.rawValue): \(rule.role.label.en)\(least)")
                }
                for field in kind.fields {
                    print("  details.\(field.name): \(field.label.en)\(field.isRequired ? ", needed" : "")")
                    if case .choice(let choices) = field.type {
                        print("    one of: \(choices.map(\.code).joined(separator: ", "))")
                    }
                }
                print("  validUntil: \(kind.validity.presence.rawValue); propertyNumber: \(kind.property.rawValue)")
            }
        }
    }

    struct Statement: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the text that the notary signs to register an act.",
            discussion: """
                Without --out the very bytes that are to be signed are printed: private lines as digests. With --out they go to
                that file, and the text that people read is printed.
                """)
        @OptionGroup var deed: DeedOptions
        @OptionGroup var output: StatementOutput
        @Argument(help: "The act as JSON, or -.") var file: String

        func run() async throws {
            let answer = try await deed.run("deed.statement", "act", file)
            try output.print(answer)
        }
    }

    struct Register: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register a signed act and keep its evidence.",
            discussion: """
                  tamga deed register --data ./ledger --notary NT012 act.json --signature statement.p7s --fee 15000
                  tamga deed register --data ./ledger --notary NT012 act.json --signature statement.p7s --fee-receipt 037900846788001095330000010012619

                With --fee a receipt of the notary's TIN is filed with the act (tax product 437, no VAT); with --fee-receipt the act names one
                that is filed already, as where the merchant's own PosAPI issues them. Sent again, the same act has the same receipt.
                """)
        @OptionGroup var deed: DeedOptions
        @OptionGroup var filing: FilingOptions
        @OptionGroup var fee: FeeOptions
        @Argument(help: "The act as JSON, or -.") var file: String
        @Option(help: "Where to write the evidence.") var out: String?

        func run() async throws {
            let answer = try await deed.run("deed.register", "act", file, filing, fee: fee.json)
            let known = answer["repetition"]?.bool == true
            let repeated = known ? ", registered before; status now: \(answer["status"]?.string ?? "")" : ""
            print("act \(answer["act"]?.string ?? "") at index \(answer["index"]?.integer ?? 0)\(repeated)")
            print("access code, for the parties only: \(answer["accessCode"]?.string ?? "")")
            if answer["signed"]?.string == "document" {
                print("act data not signed: the signature covers the document alone")
            }
            printValidation(answer)
            if let out { try Files.write(Array((answer["evidence"]?.string ?? "").utf8), to: out) }
            try fee.report(answer)
        }
    }

    struct ChangeStatement: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the text that the notary signs to amend, correct or revoke an act.",
            discussion: """
                The file names the act, the change, at whose request (notary, parties, principal, court) and why:
                  {"act": "NT012-2026-000017", "change": "revoked", "by": "principal", "principal": {"regnum": "УБ85030412"},
                   "reason": "…"}
                amended and corrected carry the whole act as it is from then on in "content"; a court's request names its
                order in "basis": {"court": …, "number": …, "date": …}.
                """)
        @OptionGroup var deed: DeedOptions
        @OptionGroup var output: StatementOutput
        @Argument(help: "The change as JSON, or -.") var file: String

        func run() async throws {
            let answer = try await deed.run("deed.change-statement", "change", file)
            try output.print(answer)
        }
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Change an act by a new entry.")
        @OptionGroup var deed: DeedOptions
        @OptionGroup var filing: FilingOptions
        @Argument(help: "The change as JSON, or -.") var file: String

        func run() async throws {
            let answer = try await deed.run("deed.change", "change", file, filing)
            print(
                "act \(answer["act"]?.string ?? "") is \(answer["change"]?.string ?? "") at index \(answer["index"]?.integer ?? 0)"
            )
            printValidation(answer)
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
            // Of an entry from paper: what it does not prove.
            if let claim = answer["statement"]?["en"]?.string { print("  \(claim)") }
            for change in answer["changes"]?.array ?? [] {
                print(
                    "  \(change["change"]?.string ?? "") at index \(change["index"]?.integer ?? 0) by \(change["notary"]?.string ?? ""), at the request of: \(change["by"]?.string ?? "")"
                )
            }
            if let fee = answer["fee"] {
                print("  fee receipt \(fee["receipt"]?.string ?? ""): \(fee["status"]?.string ?? "")")
            }
            print("as of \(answer["asOf"]?["size"]?.integer ?? 0) entries; a later entry may say otherwise")
        }
    }
}

/// Says what a reader needs beside the evidence.
private func printValidation(_ answer: JSONValue) {
    for path in answer["validation"]?.array ?? [] {
        print("too large for the evidence, to be kept beside it for `tamga verify --validation`: \(path.string ?? "")")
    }
}

/// Whose act, and on which ledger.
struct DeedOptions: ParsableArguments {
    @OptionGroup var data: DataOption
    @Option(help: "The notary's code.") var notary: String

    func run(
        _ command: String, _ member: String, _ file: String, _ filing: FilingOptions? = nil, fee: JSONValue? = nil
    ) async throws -> JSONValue {
        var input: JSONObject = ["notary": .string(notary), "\(member)": try Self.json(file)]
        input["fee"] = fee
        if let filing {
            input["signature"] = .string(Base64.encode(try Files.read(filing.signature, limit: 64 << 10)))
            input["acknowledge"] = .array(filing.acknowledge.map { .string($0) })
        }
        return try await Workplace.run(command, .object(input), on: data, trust: filing?.trust)
    }

    private static func json(_ file: String) throws -> JSONValue {
        do {
            return try JSONValue(parsing: try Files.read(file, limit: 256 << 10))
        } catch let error as JSONError {
            throw Problem.fileUnreadable(["path": file, "reason": "\(error)"])
        }
    }
}

/// What a filing takes beside the act or change.
struct FilingOptions: ParsableArguments {
    @Option(help: "The detached CMS over the statement, DER or PEM.") var signature: String
    @Option(help: "The trust folder; not needed when a service runs.") var trust: String?
    @Option(help: "An act that stands in the way, and that you go on in spite of; may be given several times.")
    var acknowledge: [String] = []
}

/// Where a statement goes.
struct StatementOutput: ParsableArguments {
    @Option(help: "Write the bytes that are to be signed to this file, and print the text to read.") var out: String?
    @Flag(help: "Print the text that people read, not the bytes that are signed.") var read = false

    func print(_ answer: JSONValue) throws {
        for warning in answer["warnings"]?.array ?? [] {
            Terminal.complain(
                "\(warning["reason"]?.string ?? ""): \(warning["act"]?.string ?? "") (\(warning["type"]?.string ?? ""), \(warning["status"]?.string ?? ""))"
            )
        }
        let signed = answer["signed"]?.string ?? ""
        // The very bytes that are to be signed: no line end of our own.
        if let out { try Files.write(Array(signed.utf8), to: out) }
        Swift.print(read || out != nil ? answer["statement"]?.string ?? "" : signed, terminator: "")
    }
}

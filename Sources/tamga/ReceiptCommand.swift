import ArgumentParser
import CanonicalJSON
import Catalogue

struct ReceiptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt", abstract: "File receipts, and look at a merchant's chain.",
        subcommands: [File.self, Chain.self])

    struct File: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "File one receipt, PosAPI 3.0 JSON, and keep its evidence; or a file of many.",
            discussion: """
                  tamga receipt file --data ./ledger receipt.json --out receipt.tlog-proof
                  tamga receipt file --data ./ledger --batch receipts.ndjson
                  tamga receipt file --url https://ledger.example.mn --token-file token.txt --batch receipts.ndjson

                With --batch the file holds a receipt a line, or {"idempotencyKey": …, "receipt": {…}}, or {"return": {…}} with the body
                of a return. Verdicts go to FILE.verdicts, or where --out says. Interrupted, or after rows were mended, the same
                call goes on: no row is filed twice. Ends with 1 while rows are refused or were not taken.
                """)

        @Option(help: "The data folder; with --url none is needed.") var data: String?
        @Option(help: "With --batch: the API of a ledger elsewhere, such as https://ledger.example.mn.") var url:
            String?
        @Option(help: "With --url: the file that holds the merchant's token; TAMGA_TOKEN unless given.")
        var tokenFile: String?
        @Argument(help: "The receipt, or - for standard input.") var file: String
        @Option(help: "Where to write the evidence; with --batch, the verdicts.") var out: String?
        @Option(help: "The same key always gets the same answer.") var idempotencyKey: String?
        @Flag(help: "The file holds many receipts, one a line.") var batch = false
        @Flag(help: "With --batch: keep the evidence of each row in its verdict.") var inline = false

        func validate() throws {
            guard (data == nil) != (url == nil) else { throw ValidationError("name one of --data and --url") }
            guard url == nil || batch else { throw ValidationError("--url goes with --batch") }
            guard tokenFile == nil || url != nil else { throw ValidationError("--token-file goes with --url") }
            if batch {
                guard idempotencyKey == nil else { throw ValidationError("with --batch each row has a key of its own") }
                guard file != "-" else {
                    throw ValidationError("with --batch name a file: a pipe cannot be gone on with")
                }
            } else if inline {
                throw ValidationError("--inline goes with --batch")
            }
        }

        func run() async throws {
            if batch { return try await runBatch() }
            let body: JSONValue
            do {
                body = try JSONValue(parsing: try Files.read(file, limit: 1 << 20))
            } catch let error as JSONError {
                throw Problem.fileUnreadable(["path": file, "reason": "\(error)"])
            }
            var input: JSONObject = ["body": body]
            input["idempotencyKey"] = idempotencyKey.map { .string($0) }
            let answer = try await Workplace.run("receipt.file", .object(input), on: DataOption(data ?? ""))
            let repeated = answer["repetition"]?.bool == true ? " (filed before)" : ""
            print("receipt \(answer["id"]?.string ?? "") at index \(answer["index"]?.integer ?? 0)\(repeated)")
            if let out { try Files.write(Array((answer["evidence"]?.string ?? "").utf8), to: out) }
        }
    }
}

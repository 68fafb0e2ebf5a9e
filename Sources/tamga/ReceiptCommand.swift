import ArgumentParser
import CanonicalJSON
import Catalogue

struct ReceiptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt", abstract: "File receipts from files.", subcommands: [File.self])

    struct File: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "File one receipt, PosAPI 3.0 JSON, and keep its evidence.",
            discussion: "  tamga receipt file --data ./ledger receipt.json --out receipt.tlog-proof")

        @OptionGroup var data: DataOption
        @Argument(help: "The receipt, or - for standard input.") var file: String
        @Option(help: "Where to write the evidence.") var out: String?
        @Option(help: "The same key always gets the same answer.") var idempotencyKey: String?

        func run() async throws {
            let body: JSONValue
            do {
                body = try JSONValue(parsing: try Files.read(file, limit: 1 << 20))
            } catch let error as JSONError {
                throw Problem.fileUnreadable(["path": file, "reason": "\(error)"])
            }
            var input: JSONObject = ["body": body]
            input["idempotencyKey"] = idempotencyKey.map { .string($0) }
            let answer = try await Workplace.run("receipt.file", .object(input), on: data)
            let repeated = answer["repetition"]?.bool == true ? " (filed before)" : ""
            print("receipt \(answer["id"]?.string ?? "") at index \(answer["index"]?.integer ?? 0)\(repeated)")
            if let out { try Files.write(Array((answer["evidence"]?.string ?? "").utf8), to: out) }
        }
    }
}

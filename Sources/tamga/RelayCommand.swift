import ArgumentParser
import CanonicalJSON
import Catalogue
import Receipts

struct RelayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay", abstract: "See to sales whose outcome at a merchant's own PosAPI is open.",
        subcommands: [List.self, Resolve.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the sales that were passed on, and are unknown or not filed yet.",
            discussion: "  tamga relay list --data ./ledger")
        @OptionGroup var data: DataOption
        @Flag(help: "As JSON.") var json = false

        func run() async throws {
            let open = try await Workplace.run("relay.list", [:], on: data)
            if json { return print(open.text) }
            for sale in open.array ?? [] {
                let time = ReceiptTime(unixMilliseconds: sale["created"]?.integer ?? 0).description
                let what =
                    sale["returned"]?.string.map { "return of \($0)" }
                    ?? "\(sale["merchant"]?.string ?? "?") branch \(sale["branchNo"]?.string ?? "") till "
                    + "\(sale["posNo"]?.string ?? "") total \(sale["totalAmount"]?.string ?? "") suffix "
                    + (sale["billIdSuffix"]?.string ?? "–")
                print("\(sale["id"]?.integer ?? 0)\t\(time)\t\(sale["state"]?.string ?? "")\t\(what)")
            }
            if (open.array ?? []).isEmpty { print("no sale is open") }
        }
    }

    struct Resolve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what became of a sale: look it up in the PosAPI's own page first.",
            discussion: """
                  tamga relay resolve --data ./ledger --id 7 --receipt 0379…19 --date "2026-02-12 15:31:42"
                  tamga relay resolve --data ./ledger --id 8 --no-receipt

                With a number the receipt is filed; with --no-receipt the sale is forgotten, and the till may sell again.
                """)
        @OptionGroup var data: DataOption
        @Option(help: "The number that `tamga relay list` shows.") var id: Int
        @Option(help: "The receipt's number, 33 digits.") var receipt: String?
        @Option(help: "The date on the receipt, yyyy-MM-dd HH:mm:ss.") var date: String?
        @Flag(help: "The PosAPI has no receipt for it.") var noReceipt = false

        func validate() throws {
            guard noReceipt == (receipt == nil), (receipt == nil) == (date == nil) else {
                throw ValidationError("give --receipt with --date, or --no-receipt")
            }
        }

        func run() async throws {
            var input: JSONObject = ["id": JSONValue(id)]
            input["receipt"] = receipt.map { .string($0) }
            input["date"] = date.map { .string($0) }
            let answer = try await Workplace.run("relay.resolve", .object(input), on: data)
            let index = answer["index"]?.integer.map { " at index \($0)" } ?? ""
            print("\(id): \(answer["outcome"]?.string ?? "")\(index)")
        }
    }
}

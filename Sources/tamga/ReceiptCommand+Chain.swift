import ArgumentParser
import CanonicalJSON
import Catalogue
import Receipts

extension ReceiptCommand {
    struct Chain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a merchant's chain: its records newest first, and whether any is missing.",
            discussion: """
                  tamga receipt chain --data ./ledger --merchant 37900846788 --till 001
                  tamga receipt chain --data ./ledger --merchant 37900846788 --all --json

                Every record names the one before it by its commitment, and bears the next number. A chain that the operator keeps shows
                what the operator recorded; `tamga audit` checks it against the whole ledger. It is no proof that nothing was left out.
                Ends with 1 when the chain is broken.
                """)

        @OptionGroup var data: DataOption
        @Option(help: "The merchant's TIN.") var merchant: String
        @Option(help: "Show the records of this till (posNo) only.") var till: String?
        @Option(help: "Show the records of this branch only, 3 digits.") var branch: String?
        @Option(help: "How many records to go back.") var limit = 100
        @Flag(help: "Go back to the beginning.") var all = false
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard (1...1000).contains(limit) else { throw ValidationError("--limit is 1 to 1000; --all goes further") }
        }

        func run() async throws {
            var pages: [JSONValue] = []
            var before: JSONValue?
            repeat {
                var input: JSONObject = ["merchant": .string(merchant), "limit": JSONValue(all ? 1000 : limit)]
                input["till"] = till.map { .string($0) }
                input["branch"] = branch.map { .string($0.leftPaddedBranch) }
                input["before"] = before
                // The first page checks all that will be shown.
                if all, before == nil { input["all"] = true }
                let page = try await Workplace.run("receipt.chain", .object(input), on: data)
                before = all ? page["before"] : nil
                pages.append(page)
            } while before != nil
            if json {
                for page in pages { print(page.text) }
            } else {
                show(pages)
            }
            if pages.contains(where: { $0["end"]?.string == "broken" }) { throw ExitCode(1) }
        }

        private func show(_ pages: [JSONValue]) {
            guard let first = pages.first else { return }
            guard let length = first["length"]?.integer, length > 0 else {
                print("\(merchant) has filed nothing")
                return
            }
            let keeper =
                first["keptBy"]?.string == "operator"
                ? "kept by the operator: what the operator recorded, not a proof by the till"
                : "kept by \(first["keptBy"]?.string ?? "?")"
            print("chain of \(merchant), \(length) records, \(keeper)")
            for record in pages.flatMap({ $0["records"]?.array ?? [] }) { print(Self.line(record)) }
            if let oldest = first["checked"]?["from"]?.integer, let newest = first["checked"]?["to"]?.integer {
                print(
                    "numbers \(oldest) to \(newest): each names the one before it, none is missing, none is there twice"
                )
            }
            switch first["end"]?.string {
            case "limit": print("older records were not looked at; --all goes back to the beginning")
            case "expired": print("older records are gone: their time of keeping is over")
            case "erased": print("an older record was erased and does not say what it continued")
            case "broken": print("BROKEN: \(first["reason"]?.string ?? ""); run `tamga audit`")
            default: print("number 0 is the first one")
            }
            let wording =
                first["erased"]?.bool == true ? "are not here: erased, or never filed" : "were never filed here"
            for gap in first["missing"]?.array ?? [] {
                let (from, to) = (gap["from"]?.integer ?? 0, gap["to"]?.integer ?? 0)
                print(
                    "receipt numbers \(from) to \(to) of day \(gap["day"]?.string ?? ""), branch \(gap["branchNo"]?.string ?? ""), "
                        + "PosAPI \(gap["posNo"]?.string ?? "") \(wording)")
            }
        }

        private static func line(_ record: JSONValue) -> String {
            let sequence = String(record["sequence"]?.integer ?? 0).padded(8)
            let index = String(record["index"]?.integer ?? 0).padded(10)
            let time = ReceiptTime(unixMilliseconds: record["recorded"]?.integer ?? 0).description
            guard record["erased"] == nil else { return "\(sequence)\(index)  \(time)  erased" }
            let till = record["posNo"]?.string.map { "branch \(record["branchNo"]?.string ?? "") till \($0)" } ?? ""
            let action = (record["action"]?.string ?? "").padding(10)
            let total = record["totalAmount"]?.string.map { "  \($0)" } ?? ""
            return "\(sequence)\(index)  \(time)  \(action)\(record["id"]?.string ?? "")\(total)  \(till)"
        }
    }
}

extension String {
    fileprivate var leftPaddedBranch: String { String(repeating: "0", count: max(0, 3 - count)) + self }
    fileprivate func padded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
    fileprivate func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

import Foundation
import LedgerMerkle

/// The examples in Ledger/FORMATS.md: fenced blocks that begin with "```hex name=…" or "```text name=…".
struct FormatsExamples {
    private var blocks: [String: [Substring]] = [:]

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appendingPathComponent("Ledger/FORMATS.md"), encoding: .utf8)
        var name: String?
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                let words = line.dropFirst(3).split(separator: " ")
                name = words.count == 2 && words[1].hasPrefix("name=") ? "\(words[0]) \(words[1].dropFirst(5))" : nil
                if let name { blocks[name] = [] }
            } else if let name {
                blocks[name]?.append(line)
            }
        }
    }

    func hex(_ name: String) -> [UInt8]? {
        blocks["hex " + name].flatMap { parseHexadecimal($0.joined().filter { !$0.isWhitespace }) }
    }

    func text(_ name: String) -> String? {
        blocks["text " + name]?.joined(separator: "\n")
    }
}

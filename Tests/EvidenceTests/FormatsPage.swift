import Foundation
import LedgerMerkle

/// The examples in Ledger/FORMATS.md: fenced blocks that begin with "```hex name=…" or "```text name=…".
struct FormatsPage {
    private var blocks: [String: [String]] = [:]

    static func wholeText() throws -> String {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
        return try String(contentsOfFile: folder + "/../../Ledger/FORMATS.md", encoding: .utf8)
    }

    init() throws {
        var name: String?
        for line in try FormatsPage.wholeText().split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                let words = line.dropFirst(3).split(separator: " ")
                let isNamed = words.count == 2 && words[1].hasPrefix("name=")
                name = isNamed ? "\(words[0]) \(words[1].dropFirst(5))" : nil
                if let name { blocks[name] = [] }
            } else if let name {
                blocks[name, default: []].append(String(line))
            }
        }
    }

    func hex(_ name: String) -> [UInt8]? {
        blocks["hex \(name)"].flatMap { parseHexadecimal($0.joined().filter { !$0.isWhitespace }) }
    }

    func text(_ name: String) -> String? {
        blocks["text \(name)"].map { $0.joined(separator: "\n") + "\n" }
    }
}

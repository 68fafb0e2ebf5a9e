import LedgerMerkle
import LedgerStorage

/// The examples in Ledger/FORMATS.md: fenced blocks that begin with "```hex name=…" or "```text name=…".
struct FormatsPage {
    private var blocks: [String: [Substring]] = [:]

    init() throws {
        let parts = #filePath.split(separator: "/").dropLast(3)
        let page = try PosixDisk().readAll("/" + parts.joined(separator: "/") + "/Ledger/FORMATS.md")
        var name: String?
        for line in String(decoding: page, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
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
}

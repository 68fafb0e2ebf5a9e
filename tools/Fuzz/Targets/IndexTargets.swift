import LedgerMerkle

@testable import LedgerStorage

private let ledgerID = TreeHash.leaf(Array("fuzz".utf8))
private let name = RunName(level: 0, range: 0..<1 << 20)

let indexTargets = [
    FuzzTarget("run-footer") { bytes in
        var stamped = bytes
        stamped.place(RunFooter.magic, at: 0)
        stamped.stamp(0..<120, at: 120)
        for bytes in [bytes, stamped] {
            guard let footer = bytes.withUnsafeBytes({ RunFooter($0) }) else { continue }
            require(footer.encoded == bytes, "a footer is written as it was read")
            _ = footer.fileByteCount
        }
    },
    FuzzTarget("run-file") { bytes in
        for bytes in [bytes, bytes.stampedRun(ledgerID: ledgerID, name: name)] { try? runFile(bytes) }
    },
    FuzzTarget("run-name") { bytes in
        guard let text = String(validating: bytes, as: UTF8.self), let name = RunName(text) else { return }
        require(name.description == text, "a name is written as it was read")
    },
]

/// Reads every page one after another, and looks up what was read.
private func runFile(_ bytes: [UInt8]) throws {
    let path = "/i/\(name)"
    let run = try RunFile.open(disk: MemoryDisk([path: bytes]), path: path, ledgerID: ledgerID)
    for word in [0, 1, UInt64.max, 1 << 63] { _ = try? run.lookup(IndexKey(word: word)) }
    let cursor = RunCursor(run)
    var places: [(IndexKey, IndexValue, Bool)] = []
    while let page = try cursor.nextPage() {
        let number = cursor.pageCount - 1
        for record in page {
            let isAllowed = run.probe.mayHold(record.place, page: number)
            places.append((IndexKey(word: record.place << 20), record.value, isAllowed))
        }
    }
    for (key, value, isAllowed) in places {
        let found = try run.lookup(key)
        require(!isAllowed || found.contains(value), "what a page holds is found, unless a filter denies it")
    }
}

import LedgerMerkle

@testable import LedgerStorage

private let ledgerID = TreeHash.leaf(Array("fuzz".utf8))

let storageTargets = [
    FuzzTarget("journal-header") { bytes in
        var stamped = bytes
        stamped.stamp(0..<120, at: 120)
        for bytes in [bytes, stamped] {
            guard let header = bytes.withUnsafeBytes({ JournalFileHeader($0) }) else { continue }
            require(header.encoded == Array(bytes.prefix(128)), "a header is written as it was read")
        }
    },
    FuzzTarget("frame-header") { bytes in
        var stamped = bytes
        stamped.stamp(0..<72, at: 72)
        for bytes in [bytes, stamped] {
            guard let header = bytes.withUnsafeBytes({ FrameHeader(reading: $0) }) else { continue }
            require(header.encoded == Array(bytes.prefix(80)), "a frame header is written as it was read")
            require(header.frameLength >= 88 && header.frameLength % 8 == 0, "a frame is whole words")
        }
    },
    FuzzTarget("journal-item") { bytes in
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while let view = JournalItemView(buffer, at: offset) {
                var again: [UInt8] = []
                view.item.write(to: &again)
                require(again.elementsEqual(buffer[offset..<view.end]), "an item is written as it was read")
                offset = view.end
            }
        }
    },
    FuzzTarget("journal-scan") { bytes in
        scan(bytes)
        scan(bytes.stampedJournal(ledgerID: ledgerID))
    },
    FuzzTarget("journal-files") { bytes in
        // Two files: the second begins where the first byte says, in steps of 16.
        guard let first = bytes.first else { return }
        let rest = bytes.dropFirst()
        let cut = min(Int(first) * 16, rest.count)
        let parts = [rest.prefix(cut), rest.dropFirst(cut)].map { Array($0).stampedJournal(ledgerID: ledgerID) }
        let index = parts[1].count >= 48 ? parts[1].bigEndian(UInt64.self, at: 40) : 1
        let disk = MemoryDisk([
            "/j/" + JournalScanner.fileName(firstIndex: 0): parts[0],
            "/j/" + JournalScanner.fileName(firstIndex: max(1, index)): parts[1],
        ])
        _ = try JournalScanner(disk: disk, directory: "/j", ledgerID: ledgerID).scan { batch in
            _ = batch.forEachItem { view, _ in _ = view.item }
        }
    },
    FuzzTarget("signer-state") { bytes in
        var stamped = bytes
        for slot in [0, 4096] {
            stamped.place(Array("TAMGASIG".utf8), at: slot)
            stamped.stamp(slot..<slot + 96, at: slot + 96)
        }
        for bytes in [bytes, stamped] {
            guard let newest = SignerStateFile.newest(in: bytes) else { continue }
            let disk = MemoryDisk(["/s": bytes])
            guard
                let file = try? SignerStateFile.open(
                    disk: disk, path: "/s", ledgerID: newest.ledgerID, readOnly: true)
            else { continue }
            require(file.state == newest.state, "both readers take the same slot")
            try file.write(newest.state)
            require(SignerStateFile.newest(in: disk["/s"] ?? [])?.state == newest.state, "what was written is read")
        }
    },
    FuzzTarget("scrub-state") { bytes in
        var stamped = Array("TAMGAC01".utf8) + ledgerID.bytes + bytes + [UInt8](repeating: 0, count: 8)
        stamped.stamp(0..<stamped.count - 8, at: stamped.count - 8)
        for bytes in [bytes, stamped] {
            guard let state = ScrubState(bytes, ledgerID: ledgerID) else { continue }
            require(state.encoded(ledgerID: ledgerID) == bytes, "a state is written as it was read")
            require(state.waiting.allSatisfy { $0.damage.count <= ScrubState.resultLimit }, "results are bounded")
        }
    },
]

private func scan(_ bytes: [UInt8]) {
    let disk = MemoryDisk(["/j/" + JournalScanner.fileName(firstIndex: 0): bytes])
    let scanner = JournalScanner(disk: disk, directory: "/j", ledgerID: ledgerID)
    var reader = JournalReader(disk: disk, directory: "/j")
    var batches = 0
    let tail = try? scanner.scan { batch in
        batches += 1
        if batches == 1 { try reader.open(scanner.files()) }
        _ = try batch.forEachItem { view, position in
            require(try reader.item(at: position) == view.item, "an item is read again at its position")
            require(try reader.entry(at: position) == view.item.entry, "and its entry alone")
        }
    }
    guard let tail else { return }
    require(tail.end.offset <= max(bytes.count, JournalFileHeader.byteCount), "the journal ends within its file")
    let again = try? scanner.scan { _ in }
    require(again == tail, "two scans say the same")
}

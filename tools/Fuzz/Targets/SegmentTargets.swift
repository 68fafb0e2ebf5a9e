import LedgerMerkle

@testable import LedgerStorage

private let ledgerID = TreeHash.leaf(Array("fuzz".utf8))

/// The entries that a record file's segment has, as far as opaque records look at them.
private struct NoEntries: SegmentEntries {
    let count: Int
    var firstIndex: UInt64 { 0 }
    func entry(_ position: Int) -> [UInt8] { [] }
}

let segmentTargets = [
    FuzzTarget("segment-footer") { bytes in
        for bytes in [bytes, bytes.stampedSegmentFooter()] {
            guard let footer = SegmentFooter(bytes) else { continue }
            require(footer.encoded == bytes, "a footer is written as it was read")
            let counts = (0..<min(footer.blockCount, 300)).map(footer.entryCount(ofBlock:))
            require(counts.allSatisfy { (1...1 << footer.blockHeight).contains($0) }, "no block is empty")
        }
    },
    FuzzTarget("entry-block") { bytes in
        // How many entries are due, less one; then the block.
        guard let first = bytes.first else { return }
        let (count, block) = (Int(first) + 1, bytes.dropFirst())
        let alone = Array(block).withUnsafeBytes { block in
            (0..<count).map { position -> [UInt8]? in
                let place = EntryBlock.place(of: position, count: count, front: block, byteCount: block.count)
                return place.map { $0.head + block[$0.rest] }
            }
        }
        let hashes = Array(block).withUnsafeBytes { EntryBlock.leafHashes($0, count: count) }
        let entries = try EntryBlock.decode(block, count: count)
        require(entries.count == count, "a block has as many entries as are due")
        require(zip(entries, alone).allSatisfy { $1 == nil || $0 == $1 }, "an entry read alone is the same")
        require(hashes.map { $0 == entries.map { TreeHash.leaf($0) } } ?? true, "hashed in bulk or one by one")
        let again = EntryBlock.encode(entries)
        require((try? EntryBlock.decode(again[...], count: count)) == entries, "what is written is read")
    },
    FuzzTarget("entries-file") { bytes in
        for bytes in [bytes, bytes.stampedEntries(ledgerID: ledgerID)] { try? entriesFile(bytes) }
    },
    FuzzTarget("row-table") { bytes in
        guard let first = bytes.first else { return }
        let count = Int(first) + 1
        var cursor = ByteCursor(bytes.dropFirst())
        let rows = try RowTable.decode(&cursor, count: count)
        require(rows.allSatisfy { (0..<count).contains($0.position) }, "rows stand within their segment")
        require(zip(rows, rows.dropFirst()).allSatisfy { $0.position < $1.position }, "and ascend")
        var again = ByteCursor(RowTable.encode(rows))
        require((try? RowTable.decode(&again, count: count)) == rows, "what is written is read")
    },
    FuzzTarget("record-footer") { bytes in
        for bytes in [bytes, bytes.stampedRecordFooter(ledgerID: ledgerID)] {
            guard let footer = RecordFooter(bytes) else { continue }
            require(footer.encoded == bytes, "a footer is written as it was read")
        }
    },
    FuzzTarget("record-file") { bytes in
        for bytes in [bytes, bytes.stampedRecords(ledgerID: ledgerID)] { try? recordFile(bytes) }
    },
    FuzzTarget("opaque-block") { bytes in
        guard let first = bytes.first else { return }
        let positions = Array(0...Int(first) % 64)
        let (packer, block) = (OpaquePacker(), Array(bytes.dropFirst()))
        let alone = positions.map { try? packer.unpack(block, block: 0, positions: positions, row: $0) }
        let records = try packer.unpack(block, block: 0, positions: positions)
        require(records == alone, "a record read alone is the same")
    },
    FuzzTarget("segment-manifest") { bytes in
        var stamped = bytes
        stamped.place(SegmentManifest.magic, at: 0)
        stamped.stamp(0..<max(0, stamped.count - 8), at: stamped.count - 8)
        for bytes in [bytes, stamped] {
            guard let manifest = SegmentManifest(bytes) else { continue }
            require(manifest.encoded == bytes, "a manifest is written as it was read")
            _ = manifest.end
        }
        guard let text = String(validating: bytes, as: UTF8.self), let names = SegmentNames(manifest: text) else {
            return
        }
        require(names.manifest == text && names.owns(names.entries), "a name is written as it was read")
    },
    FuzzTarget("lz4") { bytes in
        let dictionary = Array("registered revoked statement issued corrected".utf8)
        require(
            LZ4.compress(bytes).map { LZ4.decompress($0[...], count: bytes.count) == bytes } ?? true,
            "what is compressed is decompressed")
        guard bytes.count > 2 else { return }
        let count = Int(bytes[0]) << 8 | Int(bytes[1])
        for dictionary in [[], dictionary] {
            let output = LZ4.decompress(bytes.dropFirst(2), count: count, dictionary: dictionary)
            require(output?.count ?? count == count, "a block gives as many bytes as are due")
        }
    },
]

private func entriesFile(_ bytes: [UInt8]) throws {
    let disk = MemoryDisk(["/e": bytes])
    let file = try disk.open("/e", readOnly: true, create: false)
    let footer = try EntriesFile.footer(of: file, ledgerID: ledgerID)
    let entries = try EntriesFile(file: file, footer: footer)
    for block in 0..<min(footer.blockCount, 64) {
        guard let whole = try? entries.block(block, in: file) else { continue }
        require(whole.count == footer.entryCount(ofBlock: block), "a block has as many entries as are due")
        for (place, entry) in whole.enumerated() {
            let position = block << footer.blockHeight + place
            require((try? entries.entry(position, in: file)) == entry, "an entry read alone is the same")
        }
    }
    // One that is damaged is refused or wrong, as its hash will show; it never traps.
    for position in 0..<min(footer.count, 512) { _ = try? entries.entry(position, in: file) }
}

private func recordFile(_ bytes: [UInt8]) throws {
    let disk = MemoryDisk(["/r": bytes])
    let file = try disk.open("/r", readOnly: true, create: false)
    let footer = try RecordFile.footer(of: file, ledgerID: ledgerID)
    let records = try RecordFile(file: file, footer: footer, codec: OpaqueRecords(), entries: NoEntries(count: 64))
    for number in 0..<records.blockCount {
        guard let block = try? records.block(number, in: file), let rows = try? block.unpacked() else { continue }
        require(rows.count == block.rows.count, "every row of a block comes back")
        for row in rows {
            require((try? block.unpacked(position: row.position)) == row, "a row read alone is the same")
            require(records.blockNumber(of: row.position) ?? number <= records.blockCount, "a position has its block")
        }
    }
}

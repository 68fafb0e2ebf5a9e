import LedgerMerkle

@testable import LedgerStorage

// The bytes as files of a segment: magics, lengths, checksums and roots made right, as far as the bytes have room for them.

extension [UInt8] {
    private mutating func put<Value: FixedWidthInteger & UnsignedInteger>(_ value: Value, at offset: Int) {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: value)
        place(bytes, at: offset)
    }

    /// As a segment's footer.
    func stampedSegmentFooter() -> [UInt8] {
        var bytes = self
        guard bytes.count == SegmentFooter.byteCount else { return bytes }
        bytes.place(SegmentFooter.magic, at: 0)
        bytes.place([UInt8](repeating: 0, count: 8), at: 240)
        bytes.put(bytes.bigEndian(UInt32.self, at: 52) % 9, at: 52)
        bytes.put(bytes.bigEndian(UInt64.self, at: 40) % (1 << 62), at: 40)
        let height = Int(bytes.bigEndian(UInt32.self, at: 52))
        let blocks = SegmentFooter.blockCount(Int(bytes.bigEndian(UInt32.self, at: 48)), height: height)
        let table = bytes.bigEndian(UInt64.self, at: 192) % (1 << 33)
        bytes.put(table, at: 192)
        bytes.put(table + UInt64(blocks * EntriesFormat.tableRowByteCount + 8 + SegmentFooter.byteCount), at: 200)
        bytes.stamp(0..<248, at: 248)
        return bytes
    }

    /// As an entry file: its footer's counts become as small as the file, its offsets stay what they are.
    func stampedEntries(ledgerID: Digest) -> [UInt8] {
        var bytes = self
        let footer = bytes.count - SegmentFooter.byteCount
        guard footer >= EntriesFormat.headerByteCount + 48 else { return bytes }
        let height = Int(bytes[footer + 55] % 9)
        let room = (footer - EntriesFormat.headerByteCount - 8) / EntriesFormat.tableRowByteCount
        let count = Swift.max(1, Swift.min(Int(bytes[footer + 51]), room << height))
        let blocks = SegmentFooter.blockCount(count, height: height)
        let table = footer - 8 - blocks * EntriesFormat.tableRowByteCount
        bytes.place(ledgerID.bytes, at: footer + 8)
        bytes.put(UInt64(0), at: footer + 40)
        bytes.put(UInt32(count), at: footer + 48)
        bytes.put(UInt32(height), at: footer + 52)
        bytes.put(UInt64(table), at: footer + 192)
        var roots: [Digest] = []
        for block in 0..<blocks {
            let row = table + block * EntriesFormat.tableRowByteCount
            bytes.place([UInt8](repeating: 0, count: 6), at: row)
            let start = Int(bytes.bigEndian(UInt64.self, at: row))
            let next = row + EntriesFormat.tableRowByteCount
            let end = block + 1 < blocks ? Int(bytes.bigEndian(UInt16.self, at: next + 6)) : table
            if start + 8 < end, end <= table { bytes.stamp(start..<end - 8, at: end - 8) }
            roots.append(Digest(bytes[row + 8..<row + 40]) ?? .zero)
        }
        bytes.stamp(table..<footer - 8, at: footer - 8)
        bytes.place(TreeHash.root(of: roots).bytes, at: footer + 120)
        bytes.replaceSubrange(footer..., with: Array(bytes[footer...]).stampedSegmentFooter())
        return bytes
    }

    /// As a record file's footer, of the opaque codec.
    func stampedRecordFooter(ledgerID: Digest) -> [UInt8] {
        var bytes = self
        guard bytes.count == RecordFooter.byteCount else { return bytes }
        bytes.place(RecordFooter.magic + ledgerID.bytes, at: 0)
        bytes.place([1, bytes[50] % 2 + 1, 0], at: 49)
        bytes.put(bytes.bigEndian(UInt32.self, at: 68) % (1 << 24), at: 68)
        let table = bytes.bigEndian(UInt64.self, at: 72) % (1 << 37)
        let blocks = Int(bytes.bigEndian(UInt32.self, at: 68))
        bytes.put(table, at: 72)
        bytes.put(
            table + UInt64(blocks * RecordFormat.tableRowByteCount + 8 + RecordFooter.byteCount), at: 80)
        bytes.stamp(0..<120, at: 120)
        return bytes
    }

    /// As a record file of the opaque codec.
    func stampedRecords(ledgerID: Digest) -> [UInt8] {
        var bytes = self
        let footer = bytes.count - RecordFooter.byteCount
        guard footer >= RecordFormat.headerByteCount + 8 else { return bytes }
        let room = (footer - RecordFormat.headerByteCount - 8) / RecordFormat.tableRowByteCount
        let blocks = Swift.min(Int(bytes[footer + 71]), room)
        let table = footer - 8 - blocks * RecordFormat.tableRowByteCount
        bytes.put(UInt32(blocks), at: footer + 68)
        bytes.put(UInt64(table), at: footer + 72)
        for block in 0..<blocks {
            let row = table + block * RecordFormat.tableRowByteCount
            bytes.place([UInt8](repeating: 0, count: 6), at: row)
            let start = Int(bytes.bigEndian(UInt64.self, at: row))
            let next = row + RecordFormat.tableRowByteCount
            let end = block + 1 < blocks ? Int(bytes.bigEndian(UInt16.self, at: next + 6)) : table
            if start + 8 < end, end <= table { bytes.stamp(start..<end - 8, at: end - 8) }
        }
        bytes.stamp(table..<footer - 8, at: footer - 8)
        bytes.replaceSubrange(footer..., with: Array(bytes[footer...]).stampedRecordFooter(ledgerID: ledgerID))
        if let read = RecordFooter(Array(bytes[footer...])) {
            let identity = RecordFileIdentity(
                ledgerID: ledgerID, firstIndex: read.firstIndex, salt: Array(bytes[56..<72]))
            bytes.place(
                RecordFormat.header(
                    identity, retention: read.retention, codec: read.codec, generation: read.generation), at: 0)
        }
        return bytes
    }

    /// As a run of the hash index: pages, fences, filters and footer under right checksums.
    func stampedRun(ledgerID: Digest, name: RunName) -> [UInt8] {
        var bytes = self
        let footer = bytes.count - RunFooter.byteCount
        guard footer >= 0 else { return bytes }
        let pages = Swift.min(
            Int(bytes[footer + 67] % 4), footer / (RunPage.byteCount + RunPage.headByteCount))
        let fences = pages * RunPage.byteCount
        let filters = fences + pages * RunPage.headByteCount
        let groupPages = filters == footer ? 0 : Int(bytes[footer + 75] % 3) + 1
        var records = 0
        for page in 0..<pages {
            let start = page * RunPage.byteCount
            records += Int(bytes.bigEndian(UInt16.self, at: start + 8))
            bytes.stamp(start + 8..<start + RunPage.byteCount, at: start)
            bytes.place(Array(bytes[start..<start + RunPage.headByteCount]), at: fences + page * RunPage.headByteCount)
        }
        let stamped = RunFooter(
            ledgerID: ledgerID, name: name, recordCount: UInt64(records), pageCount: UInt32(pages),
            groupPageCount: UInt32(groupPages), filterByteCount: UInt64(footer - filters),
            fenceChecksum: Checksum.of(Array(bytes[fences..<filters])),
            filterChecksum: Checksum.of(Array(bytes[filters..<footer])))
        bytes.place(stamped.encoded, at: footer)
        return bytes
    }
}

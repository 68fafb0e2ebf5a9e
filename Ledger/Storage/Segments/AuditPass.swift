import LedgerMerkle

/// One pass over the files of a segment.
struct AuditPass<Finding: Sendable> {
    let audit: SegmentAudit
    let segment: Segment
    let examiner: SegmentAudit.Examiner<Finding>?

    init(_ audit: SegmentAudit, _ segment: Segment, _ examiner: SegmentAudit.Examiner<Finding>?) {
        self.audit = audit
        self.segment = segment
        self.examiner = examiner
    }

    var store: SegmentStore { audit.store }

    func run() throws -> AuditedSegment<Finding> {
        var result = AuditedSegment<Finding>(range: segment.footer.firstIndex..<segment.footer.end)
        let entries = try auditEntries(&result)
        guard let entries else { return result }
        var seen = [Bool](repeating: false, count: segment.footer.count)
        for records in segment.manifest.records where !records.isExpired {
            try auditRecords(records, entries: entries, seen: &seen, &result)
        }
        if let examiner {
            let isExpired = segment.manifest.records.contains(where: \.isExpired)
            let path = store.path(segment.names.entries)
            for position in seen.indices where !seen[position] {
                let index = segment.footer.firstIndex + UInt64(position)
                let entry = try entries.entry(position)
                do {
                    guard let finding = try examiner(index, entry, isExpired ? .expired : .none) else { continue }
                    result.findings.append((index, finding))
                } catch {
                    throw try damage(error, path, 0, position)
                }
            }
            result.findings.sort { $0.index < $1.index }
        }
        return result
    }

    /// Says where the record lies of which something was said.
    ///
    /// - Throws: an error that says nothing of the record.
    private func damage(_ error: any Error, _ path: String, _ offset: Int, _ position: Int) throws -> StoredDamage {
        if let error = error as? DiskError, !error.isOfTheMedium { throw error }
        return StoredDamage(
            path, offset, index: segment.footer.firstIndex + UInt64(position),
            (error as? StorageError)?.reason ?? "\(error)")
    }

    /// Holds a row against its entry.
    private func take(_ row: SealedRow, entry: [UInt8]) throws -> Finding? {
        let index = segment.footer.firstIndex + UInt64(row.position)
        if let examiner { return try examiner(index, entry, row.sealedRecord) }
        if row.hasContent { try store.codec.check(row.record, entry: entry) }
        return nil
    }

    // MARK: Entries

    /// - Returns: the entries, when records are audited, too.
    func auditEntries(_ result: inout AuditedSegment<Finding>) throws -> (any SegmentEntries)? {
        let footer = segment.footer
        let input = try InputFile(disk: store.disk, path: store.path(segment.names.entries))
        let path = input.file.path
        let first = footer.firstIndex
        let footerOffset = footer.fileLength - SegmentFooter.byteCount
        guard try input.file.size() == footer.fileLength else {
            throw StoredDamage(path, footerOffset, index: first, "it has another length than its footer says")
        }
        guard (try? input.file.read(count: SegmentFooter.byteCount, at: footerOffset)) == footer.encoded else {
            throw StoredDamage(path, footerOffset, index: first, "the footer is damaged")
        }
        let reader: EntriesFile
        do {
            reader = try EntriesFile(file: input.file, footer: footer)
        } catch let error as StorageError {
            throw StoredDamage(path, footer.tableOffset, index: first, error.reason)
        }
        let header = EntriesFormat.header(ledgerID: store.ledgerID, firstIndex: first)
        guard try input.next(header.count, index: first).elementsEqual(header),
            reader.offset(ofBlock: 0) == header.count
        else { throw StoredDamage(path, 0, index: first, "the header is damaged") }
        let keepsAll = audit.depth == .records && footer.tableOffset <= AuditEntries.byteLimit
        var entries = FlatEntries()
        for block in 0..<footer.blockCount {
            let index = first + UInt64(block) << UInt64(footer.blockHeight)
            let start = reader.offset(ofBlock: block)
            let bytes = try input.next(reader.offset(ofBlock: block + 1) - start, index: index)
            if !keepsAll { entries.removeAll() }
            let known = entries.count
            do {
                guard bytes.count > 8,
                    Checksum.of(bytes.part(0, bytes.count - 8))
                        == bytes.load(bigEndian: UInt64.self, at: bytes.count - 8)
                else { throw ByteCursor.Shortage() }
                try entries.append(block: bytes.part(0, bytes.count - 8), count: footer.entryCount(ofBlock: block))
            } catch {
                throw StoredDamage(path, start, index: index, "the block of the entries from \(index) is damaged")
            }
            guard TreeHash.root(of: entries.leafHashes(from: known)) == reader.blockRoots[block] else {
                throw StoredDamage(path, start, index: index, "the entries from \(index) have another hash")
            }
            try audit.pace(bytes.count)
        }
        try finish(input, tableOffset: footer.tableOffset, footer.contentDigest, footer.encoded)
        result.byteCount += input.position
        guard audit.depth == .records else { return nil }
        return keepsAll
            ? AuditEntries(firstIndex: first, entries: entries) : StoredEntries(store: store, segment: segment)
    }

    /// Reads table and footer of a file, and holds its digest and its parity against all that was read.
    func finish(_ input: InputFile, tableOffset: Int, _ digest: Digest, _ footer: [UInt8]) throws {
        let size = try input.file.size()
        _ = try input.next(size - footer.count - tableOffset)
        guard input.digest == digest else {
            throw StoredDamage(input.file.path, 0, index: segment.footer.firstIndex, "its content has another SHA-256")
        }
        guard try input.next(footer.count).elementsEqual(footer) else {
            throw StoredDamage(input.file.path, size - footer.count, "the footer is damaged")
        }
        let parity = try input.checkParity(disk: store.disk, ledgerID: store.ledgerID)
        try audit.pace(size - tableOffset + parity)
    }

    // MARK: Records

    func auditRecords(
        _ records: SegmentManifest.Records, entries: any SegmentEntries, seen: inout [Bool],
        _ result: inout AuditedSegment<Finding>
    ) throws {
        let name = segment.names.records(retention: records.retention, generation: records.generation)
        let input = try InputFile(disk: store.disk, path: store.path(name))
        let reader = try recordFile(input, records, entries)
        var (rows, held, erased, last) = (0, 0, 0, -1)
        for number in 0..<reader.blockCount {
            let range = reader.range(ofBlock: number)
            let start = segment.footer.firstIndex + UInt64(reader.firstPosition(ofBlock: number))
            let bytes = Array(try input.next(range.count, index: start))
            let all: [SealedRow]
            do {
                all = try reader.block(number, bytes: bytes, path: input.file.path).unpacked()
            } catch {
                throw try damage(error, input.file.path, range.lowerBound, reader.firstPosition(ofBlock: number))
            }
            for row in all {
                guard row.position > last, !seen[row.position] else {
                    throw StoredDamage(input.file.path, range.lowerBound, index: start, "a row is out of place")
                }
                last = row.position
                let finding: Finding?
                do {
                    finding = try take(row, entry: try entries.entry(row.position))
                } catch {
                    throw try damage(error, input.file.path, range.lowerBound, row.position)
                }
                seen[row.position] = examiner != nil
                if let finding {
                    result.findings.append((segment.footer.firstIndex + UInt64(row.position), finding))
                }
                rows += 1
                if row.state == .held { held += 1 }
                if row.state == .erased { erased += 1 }
            }
            try audit.pace(bytes.count)
        }
        let footer = reader.footer
        guard (rows, held, erased) == (footer.rows, footer.held, footer.erased) else {
            throw StoredDamage(input.file.path, footer.tableOffset, "it has other rows than its footer says")
        }
        try finish(input, tableOffset: footer.tableOffset, footer.contentDigest, footer.encoded)
        result.held += held
        result.erased += erased
        result.byteCount += input.position
    }

    /// Reads footer, header and table of a record file. The header counts as read.
    private func recordFile(
        _ input: InputFile, _ records: SegmentManifest.Records, _ entries: any SegmentEntries
    ) throws -> RecordFile {
        let path = input.file.path
        let first = segment.footer.firstIndex
        let size = try input.file.size()
        guard let footer = try? RecordFile.footer(of: input.file, ledgerID: store.ledgerID),
            SegmentManifest.Records(footer) == records, footer.firstIndex == first
        else {
            throw StoredDamage(
                path, max(0, size - RecordFooter.byteCount), index: first,
                "it has not the footer that the manifest names")
        }
        let header = Array(try input.next(RecordFormat.headerByteCount, index: first))
        guard RecordFormat.salt(in: header, footer: footer) != nil else {
            throw StoredDamage(path, 0, index: first, "the header is damaged")
        }
        do {
            let reader = try RecordFile(file: input.file, footer: footer, codec: store.codec, entries: entries)
            let start = reader.blockCount > 0 ? reader.range(ofBlock: 0).lowerBound : footer.tableOffset
            guard start == header.count else { throw StoredDamage(path, header.count, "bytes that are no block's") }
            return reader
        } catch let error as StorageError where error.code == .corrupt {
            throw StoredDamage(path, footer.tableOffset, index: first, error.reason)
        }
    }
}

/// The entries of a segment that is audited.
final class AuditEntries: SegmentEntries {
    /// Entries of more bytes than this are read again when they are needed.
    static let byteLimit = 64 << 20

    let firstIndex: UInt64
    private let entries: FlatEntries

    init(firstIndex: UInt64, entries: FlatEntries) {
        self.firstIndex = firstIndex
        self.entries = entries
    }

    var count: Int { entries.count }
    func entry(_ position: Int) -> [UInt8] { entries.entry(position) }
}

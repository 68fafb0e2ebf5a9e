import LedgerMerkle

extension AuditPass {
    /// Reads every file of the segment, and goes on behind what is damaged.
    ///
    /// - Returns: the first damage in each file and in its parity.
    /// - Throws: `DiskError` that says nothing of the files; what the pace throws.
    func survey() throws -> [StoredDamage] {
        var result = AuditedSegment<Finding>(range: segment.footer.firstIndex..<segment.footer.end)
        var damage: [StoredDamage] = []
        var entries: (any SegmentEntries)?
        try note(&damage, in: segment.names.entries) { entries = try auditEntries(&result) }
        var seen = [Bool](repeating: false, count: segment.footer.count)
        for records in segment.manifest.records where !records.isExpired {
            let name = segment.names.records(retention: records.retention, generation: records.generation)
            try note(&damage, in: name) {
                if let entries {
                    try auditRecords(records, entries: entries, seen: &seen, &result)
                } else {
                    try auditBytes(of: name, records)
                }
            }
        }
        return damage
    }

    /// Runs the audit of one file; what is damaged in it is noted, and what is damaged in its parity, too.
    private func note(_ damage: inout [StoredDamage], in name: String, _ audit: () throws -> Void) throws {
        let path = store.path(name)
        do {
            return try audit()
        } catch let found as StoredDamage {
            damage.append(found)
            guard found.file == path else { return }
        } catch let error as DiskError where error.isOfTheMedium {
            let reason = error.code == .notFound ? "it is missing" : "the disk does not give it: \(error.reason)"
            damage.append(StoredDamage(path, 0, index: segment.footer.firstIndex, reason))
        }
        do throws(StoredDamage) {
            _ = try OpenParity.whole(for: path, disk: store.disk, ledgerID: store.ledgerID)
        } catch {
            damage.append(error)
        }
    }

    /// A record file whose entries cannot be read: its bytes against what the manifest says of it.
    private func auditBytes(of name: String, _ records: SegmentManifest.Records) throws {
        let input = try InputFile(disk: store.disk, path: store.path(name))
        guard let footer = try? RecordFile.footer(of: input.file, ledgerID: store.ledgerID),
            SegmentManifest.Records(footer) == records
        else {
            let offset = max(0, try input.file.size() - RecordFooter.byteCount)
            throw StoredDamage(
                input.file.path, offset, index: segment.footer.firstIndex,
                "it has not the footer that the manifest names")
        }
        while input.position < footer.tableOffset {
            let count = min(1 << 16, footer.tableOffset - input.position)
            _ = try input.next(count)
            try audit.pace(count)
        }
        try finish(input, tableOffset: footer.tableOffset, footer.contentDigest, footer.encoded)
    }
}

extension DiskError {
    /// Whether it says something of the file, and not of the process that asked for it.
    var isOfTheMedium: Bool {
        switch code {
        case .notFound, .other: true
        case .full, .denied, .tooManyFiles: false
        }
    }
}

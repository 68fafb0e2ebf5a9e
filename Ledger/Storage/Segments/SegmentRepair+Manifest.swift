import LedgerMerkle

extension SegmentRepair {
    private struct Found {
        let manifest: SegmentManifest
        let how: String
    }

    /// The manifest of a segment, made whole again when it is not; `nil` when that cannot be.
    func manifest(of names: SegmentNames, _ report: inout Report) throws -> SegmentManifest? {
        let path = path(names.manifest)
        let bytes = try? disk.readAll(path, limit: SegmentManifest.byteLimit)
        if let bytes, let manifest = SegmentManifest(bytes) {
            guard manifest.ledgerID == ledgerID else { throw SegmentDamage.foreign(path) }
            // Whole by its checksum: what is damaged is the entry file.
            if belongs(manifest, to: names) { return manifest }
        }
        var found: Found?
        if let bytes { found = corrected(bytes, names) }
        if found == nil { found = mirrored(names) }
        if found == nil { found = rebuilt(names) }
        guard let found else {
            report.lost.append("\(path) is damaged, and its files are not whole enough to make it again from them")
            return nil
        }
        try disk.replace(path, with: found.manifest.encoded)
        report.repaired.append("\(path): \(found.how)")
        return found.manifest
    }

    private func belongs(_ manifest: SegmentManifest, to names: SegmentNames) -> Bool {
        manifest.ledgerID == ledgerID && manifest.firstIndex == names.firstIndex && manifest.end == names.end
    }

    /// One wrong byte is found by trying: a manifest is short and its checksum has 64 bits.
    private func corrected(_ bytes: [UInt8], _ names: SegmentNames) -> Found? {
        guard bytes.count <= 4096 else { return nil }
        var bytes = bytes
        for position in bytes.indices {
            let found = bytes[position]
            for value in UInt8.min...UInt8.max where value != found {
                bytes[position] = value
                guard Checksum.ofManifest(bytes), let manifest = SegmentManifest(bytes), belongs(manifest, to: names)
                else { continue }
                return Found(manifest: manifest, how: "corrected byte \(position)")
            }
            bytes[position] = found
        }
        return nil
    }

    private func mirrored(_ names: SegmentNames) -> Found? {
        guard let mirror,
            let bytes = try? disk.readAll("\(mirror)/\(names.manifest)", limit: SegmentManifest.byteLimit),
            let manifest = SegmentManifest(bytes), belongs(manifest, to: names)
        else { return nil }
        // A mirror's may be older: record files were packed again or erased from since.
        let isPresent = manifest.records.allSatisfy { records in
            records.isExpired
                || disk.exists(path(names.records(retention: records.retention, generation: records.generation)))
        }
        return isPresent ? Found(manifest: manifest, how: "taken from the mirror") : nil
    }

    /// Made from the footers of the files that are there: the newest whole file of each class.
    private func rebuilt(_ names: SegmentNames) -> Found? {
        if !hasFooter(names.entries) {
            _ = try? ParityFile.heal(path: path(names.entries), disk: disk, ledgerID: ledgerID)
        }
        guard let footer = entriesFooter(names), let all = try? disk.list(directory) else { return nil }
        var classes: Set<UInt8> = []
        var newest: [UInt8: SegmentManifest.Records] = [:]
        for name in all where names.owns(name) && name.hasSuffix(".records") {
            guard let retention = name.split(separator: ".").dropFirst().first.flatMap({ UInt8($0) }) else { continue }
            classes.insert(retention)
            _ = try? ParityFile.heal(path: path(name), disk: disk, ledgerID: ledgerID)
            guard let file = try? disk.open(path(name), readOnly: true, create: false),
                let found = try? RecordFile.footer(of: file, ledgerID: ledgerID),
                found.firstIndex == names.firstIndex,
                names.records(retention: found.retention, generation: found.generation) == name
            else { continue }
            let records = SegmentManifest.Records(found)
            guard FileSeal.records(records).holds(path(name), disk: disk, ledgerID: ledgerID) else { continue }
            if records.generation > newest[records.retention]?.generation ?? 0 {
                newest[records.retention] = records
            }
        }
        // A class of which no file is whole would be forgotten: not by us.
        guard classes == Set(newest.keys) else { return nil }
        let manifest = SegmentManifest(footer: footer, records: Array(newest.values))
        return Found(
            manifest: manifest,
            how: "made again from the footers of its files; that records expired is not known any more")
    }

    private func hasFooter(_ name: String) -> Bool {
        guard let file = try? disk.open(path(name), readOnly: true, create: false) else { return false }
        return (try? EntriesFile.footer(of: file, ledgerID: ledgerID)) != nil
    }

    private func entriesFooter(_ names: SegmentNames) -> SegmentFooter? {
        for path in [path(names.entries)] + (mirror.map { ["\($0)/\(names.entries)"] } ?? []) {
            guard let file = try? disk.open(path, readOnly: true, create: false),
                let footer = try? EntriesFile.footer(of: file, ledgerID: ledgerID),
                footer.firstIndex == names.firstIndex, footer.end == names.end
            else { continue }
            return footer
        }
        return nil
    }
}

extension Checksum {
    /// Whether the last eight bytes are the checksum of those before.
    fileprivate static func ofManifest(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 8 else { return false }
        return bytes.withUnsafeBytes { all in
            of(all.part(0, all.count - 8)) == all.load(bigEndian: UInt64.self, at: all.count - 8)
        }
    }
}

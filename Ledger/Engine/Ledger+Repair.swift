public import LedgerStorage

extension Ledger {
    /// Repairs the sealed part of a closed ledger: segment files from their parity or a mirror, manifests from footers; damaged runs of the
    /// index are removed, and made again from the segments at the next opening. Then reads all of it again and checks it.
    ///
    /// The journal and the signer's state have no parity: they are not touched.
    ///
    /// - Parameters:
    ///   - codec: how records are packed: they are checked against their entries once the files are whole.
    ///   - mirror: a data folder or a folder of segments to take files from that are beyond their parity.
    ///   - progress: called with what is looked at.
    /// - Returns: what was repaired, and what is beyond repair.
    /// - Durability: what was repaired is durable on return.
    /// - Throws: `StorageError` when another process has the folder, or a file is another ledger's; `DiskError`.
    public static func repair(
        folder: DataFolder, codec: any RecordCodec, mirror: String? = nil, disk: any Disk = PosixDisk(),
        progress: (String) -> Void = { _ in }
    ) throws -> SegmentRepair.Report {
        let lock = try disk.open(folder.lockPath, readOnly: false, create: true)
        guard try lock.tryLock() else {
            throw StorageError(
                .locked, "another process has \(folder.path) open", remedy: "stop the service, then repair")
        }
        defer { withExtendedLifetime(lock) {} }
        let copies = mirror.map { (try? disk.list("\($0)/segments")) == nil ? $0 : "\($0)/segments" }
        let repair = SegmentRepair(
            disk: disk, directory: folder.segmentsPath, mirror: copies, ledgerID: folder.ledgerID,
            journalStart: try journalStart(folder, disk))
        var report = try repair.run(progress: progress)
        progress("the index")
        for run in try RunIndex.survey(disk: disk, directory: folder.indexPath, ledgerID: folder.ledgerID) {
            try disk.remove(run.path)
            try disk.synchronizeDirectory(folder.indexPath)
            report.repaired.append("removed \(run.path), which is made again from the segments: \(run.reason)")
        }
        progress("everything again")
        do {
            let store = try SegmentStore.open(
                disk: disk, directory: folder.segmentsPath, ledgerID: folder.ledgerID,
                shape: SegmentStore.Shape(height: folder.segmentHeight), codec: codec, forWriting: false)
            try SegmentAudit(store).checkChain()
            for summary in store.summaries() {
                do {
                    try SegmentAudit(store).check(segmentHolding: summary.firstIndex)
                } catch let damage as StoredDamage where report.lost.contains(where: { $0.contains(damage.file) }) {
                    continue
                } catch {
                    report.lost.append("\(error)")
                }
            }
        } catch  where report.lost.isEmpty {
            report.lost.append("\(error)")
        } catch {}
        return report
    }

    /// The index of the first entry that the journal holds, by the names of its files; 0 when it has none.
    static func journalStart(_ folder: DataFolder, _ disk: any Disk) throws -> UInt64 {
        let scanner = JournalScanner(disk: disk, directory: folder.journalPath, ledgerID: folder.ledgerID)
        return try scanner.files().first.flatMap { JournalScanner.firstIndex(of: $0) } ?? 0
    }
}

public import LedgerMerkle

extension RunFile {
    /// Reads the whole run and checks every page, the order of the records, their number, and that no filter denies one of them.
    ///
    /// - Throws: `StorageError` with code `indexDamaged` at the first page that is wrong, `DiskError`.
    public func check() throws {
        let count = try check(pages: 0..<pageCount) { _ in }
        guard count == keyCount else { throw StorageError.damagedRun(path, "it has \(count) keys of \(keyCount)") }
    }

    /// Checks some pages as `check` does.
    ///
    /// - Parameters:
    ///   - pages: begin with a whole chunk.
    ///   - done: called with the number of each page that is whole; breaks off by throwing.
    /// - Returns: the number of records in them.
    func check(pages: Range<Int>, done: (Int) throws -> Void) throws -> Int {
        let cursor = RunCursor(self, from: pages.lowerBound)
        var count = 0
        while cursor.pageCount < pages.upperBound, let records = try cursor.nextPage() {
            let page = cursor.pageCount - 1
            guard records.allSatisfy({ probe.mayHold($0.place, page: page) }) else {
                throw StorageError.damagedRun(
                    path, at: page * RunPage.byteCount, "a filter denies a key of this page")
            }
            count += records.count
            try done(page)
        }
        return count
    }
}

extension RunIndex {
    /// The runs of a folder that are damaged anywhere. Reads all of them, changes nothing.
    public static func survey(disk: any Disk, directory: String, ledgerID: Digest) throws -> [DamagedRun] {
        let index = try open(disk: disk, directory: directory, ledgerID: ledgerID, readOnly: true)
        return index.damaged + index.surveyRuns()
    }

    /// The runs in use that are damaged in a page. Reads all of them, or those that overlap a range.
    public func surveyRuns(overlapping range: Range<UInt64>? = nil) -> [DamagedRun] {
        runs.filter { run in range.map(run.range.overlaps) ?? true }.compactMap { run in
            do {
                try run.check()
                return nil
            } catch {
                return DamagedRun(path: run.path, range: run.range, reason: "\(error)")
            }
        }
    }
}

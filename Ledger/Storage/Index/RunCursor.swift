/// Reads a run from its first record to its last, page by page, and checks every page, the order and the indices.
final class RunCursor {
    /// Pages are read so many at a time.
    static let chunkPageCount = 64

    let run: RunFile
    private let chunk: UnsafeMutableRawBufferPointer
    private let records: UnsafeMutablePointer<IndexRecord>
    /// The pages that were read, and those before where reading began.
    private(set) var pageCount: Int
    // The chunk holds pages up to this one.
    private var chunkEnd: Int
    private var last: IndexRecord?

    /// - Parameter page: where to begin: a multiple of `chunkPageCount`.
    init(_ run: RunFile, from page: Int = 0) {
        precondition(page % RunCursor.chunkPageCount == 0, "reading begins with a whole chunk")
        (pageCount, chunkEnd) = (page, page)
        self.run = run
        chunk = .allocate(
            byteCount: max(1, min(RunCursor.chunkPageCount, run.pageCount)) * RunPage.byteCount, alignment: 4096)
        records = .allocate(capacity: RunPage.capacity)
    }

    deinit {
        chunk.deallocate()
        records.deallocate()
    }

    /// The records of the next page, valid until the next call; `nil` after the last page.
    ///
    /// - Throws: `StorageError` when the page is damaged or its records are out of place, `DiskError`.
    func nextPage() throws -> UnsafeBufferPointer<IndexRecord>? {
        guard pageCount < run.pageCount else { return nil }
        if pageCount == chunkEnd { try fill() }
        let start = pageCount % RunCursor.chunkPageCount * RunPage.byteCount
        let page = UnsafeRawBufferPointer(rebasing: chunk[start..<start + RunPage.byteCount])
        try run.check(page, pageCount)
        let fence = run.fences[pageCount]
        let (base, range) = (fence.base, run.range)
        var last = last ?? IndexRecord(place: 0, value: RunPage.value(0, in: page))
        for number in 0..<fence.count {
            let record = IndexRecord(
                place: base + RunPage.distance(number, in: page), value: RunPage.value(number, in: page))
            guard !(record < last), range.contains(record.value.index), record.place >> IndexKey.placeBitCount == 0
            else {
                throw StorageError.damagedRun(
                    run.path, at: pageCount * RunPage.byteCount, "record \(number) of the page is out of place")
            }
            records[number] = record
            last = record
        }
        self.last = last
        pageCount += 1
        return UnsafeBufferPointer(start: records, count: fence.count)
    }

    private func fill() throws {
        let end = min(run.pageCount, pageCount + RunCursor.chunkPageCount)
        let byteCount = (end - pageCount) * RunPage.byteCount
        let offset = pageCount * RunPage.byteCount
        let read = try run.file.read(into: UnsafeMutableRawBufferPointer(rebasing: chunk[..<byteCount]), at: offset)
        guard read == byteCount else { throw StorageError.damagedRun(run.path, at: offset + read, "the file ends") }
        chunkEnd = end
    }
}

/// Reads a run that was just written and compares it with what went in: every page, the order, the sum of the records, and
/// that no filter denies one of its places. Only then may what it replaces be removed.
final class RunVerification {
    let run: RunFile
    private let cursor: RunCursor
    private let expected: RunContent
    private var found = RunContent()

    init(of run: RunFile, against content: RunContent) {
        self.run = run
        cursor = RunCursor(run)
        expected = content
    }

    var pagesLeft: Int { run.pageCount - cursor.pageCount }

    /// Checks up to so many pages more.
    ///
    /// - Returns: whether the whole run is checked.
    /// - Throws: `StorageError` when the run is not what was written, `DiskError`.
    func step(pages: Int) throws -> Bool {
        precondition(pages > 0)
        for _ in 0..<pages {
            guard let records = try cursor.nextPage() else {
                guard found == expected else {
                    throw StorageError.damagedRun(run.path, "reads back other records than were written")
                }
                return true
            }
            for record in records { found.add(record) }
            let (probe, page) = (run.probe, cursor.pageCount - 1)
            guard records.allSatisfy({ probe.mayHold($0.place, page: page) }) else {
                throw StorageError.damagedRun(run.path, "a filter denies a key of its own")
            }
        }
        return false
    }
}

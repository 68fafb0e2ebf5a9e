/// Reads a run from its first record to its last, 64 pages at a time, and checks every page, the order and the indices.
final class RunCursor {
    private static let chunkPageCount = 64

    let run: RunFile
    private let chunk: UnsafeMutableRawBufferPointer
    /// The pages that were begun.
    private(set) var pageCount = 0
    // The chunk holds pages up to this one.
    private var chunkEnd = 0
    private var page: UnsafeRawBufferPointer
    private var base: UInt64 = 0
    private var number = 0
    private var count = 0
    private var last: IndexRecord?

    init(_ run: RunFile) {
        self.run = run
        chunk = .allocate(
            byteCount: max(1, min(RunCursor.chunkPageCount, run.pageCount)) * RunPage.byteCount, alignment: 4096)
        page = UnsafeRawBufferPointer(rebasing: chunk[..<0])
    }

    deinit {
        chunk.deallocate()
    }

    /// The next record; `nil` after the last.
    ///
    /// - Throws: `StorageError` when a page is damaged or records are out of place, `DiskError`.
    @inline(__always)
    func next() throws -> IndexRecord? {
        if number == count, try !turnPage() { return nil }
        let record = IndexRecord(
            place: base + RunPage.distance(number, in: page), value: RunPage.value(number, in: page))
        if let last, record < last { throw outOfPlace() }
        guard run.range.contains(record.value.index), record.place >> IndexKey.placeBitCount == 0 else {
            throw outOfPlace()
        }
        number += 1
        last = record
        return record
    }

    /// Whether the records of the present page are all read.
    var isAtPageEnd: Bool { number == count }

    private func turnPage() throws -> Bool {
        guard pageCount < run.pageCount else { return false }
        if pageCount == chunkEnd { try fill() }
        let start = pageCount % RunCursor.chunkPageCount * RunPage.byteCount
        page = UnsafeRawBufferPointer(rebasing: chunk[start..<start + RunPage.byteCount])
        try run.check(page, pageCount)
        base = run.fences.base(pageCount)
        (number, count) = (0, run.fences[pageCount].count)
        pageCount += 1
        return true
    }

    private func fill() throws {
        let end = min(run.pageCount, pageCount + RunCursor.chunkPageCount)
        let byteCount = (end - pageCount) * RunPage.byteCount
        let offset = pageCount * RunPage.byteCount
        let read = try run.file.read(into: UnsafeMutableRawBufferPointer(rebasing: chunk[..<byteCount]), at: offset)
        guard read == byteCount else { throw StorageError.damagedRun(run.path, at: offset + read, "the file ends") }
        chunkEnd = end
    }

    private func outOfPlace() -> StorageError {
        .damagedRun(run.path, at: (pageCount - 1) * RunPage.byteCount, "record \(number) of the page is out of place")
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

    /// Checks up to so many pages more.
    ///
    /// - Returns: whether the whole run is checked.
    /// - Throws: `StorageError` when the run is not what was written, `DiskError`.
    func step(pages: Int) throws -> Bool {
        precondition(pages > 0)
        let (end, overflow) = cursor.pageCount.addingReportingOverflow(pages)
        while overflow || cursor.pageCount < end || !cursor.isAtPageEnd {
            guard let record = try cursor.next() else {
                guard found == expected else {
                    throw StorageError.damagedRun(run.path, "reads back other records than were written")
                }
                return true
            }
            found.add(record)
            guard run.filters?.mayContain(record.place, page: cursor.pageCount - 1) ?? true else {
                throw StorageError.damagedRun(run.path, "a filter denies a key of its own")
            }
        }
        return false
    }
}

public import LedgerMerkle

/// A whole run, open for reading: its fences and filters are in memory, its pages on disk.
///
/// Safe to use from several threads at once. Holds one descriptor, and stays readable when its name is removed.
public final class RunFile: Sendable {
    /// Where the run lies, or lay.
    public let path: String
    public let name: RunName
    /// The number of records.
    public let keyCount: Int
    /// The bytes of the file.
    public let byteCount: Int

    let file: any DiskFile
    let fences: RunFences
    let filters: RunFilters?
    let probe: RunProbe

    /// Opens a run: reads its footer, fences and filters and checks them. Reads no page.
    ///
    /// - Throws: `StorageError` with code `indexDamaged` when the file is not whole or not what its name says, `foreignLedger` when
    ///   it is another ledger's; `DiskError`.
    public static func open(disk: any Disk, path: String, ledgerID: Digest) throws -> RunFile {
        guard let name = path.split(separator: "/").last.flatMap({ RunName(String($0)) }) else {
            throw StorageError.damagedRun(path, "the name of a run is expected")
        }
        return try RunFile(
            file: disk.open(path, readOnly: true, create: false), path: path, name: name, ledgerID: ledgerID)
    }

    /// - Parameter path: where the run will lie, if it has no name yet.
    init(file: any DiskFile, path: String, name: RunName, ledgerID: Digest) throws {
        let size = try file.size()
        let start = size - RunFooter.byteCount
        guard start >= 0,
            let footer = try file.read(count: RunFooter.byteCount, at: start).withUnsafeBytes({ RunFooter($0) })
        else { throw StorageError.damagedRun(path, at: max(0, start), "not the footer of a run") }
        guard footer.ledgerID == ledgerID else {
            throw StorageError(
                .foreignLedger, "\(path) is an index of another ledger", remedy: "name the folder of this ledger")
        }
        guard footer.name == name else {
            throw StorageError.damagedRun(path, "the footer is that of \(footer.name)")
        }
        guard footer.fileByteCount == size else {
            throw StorageError.damagedRun(path, "\(size) bytes, other than the footer says")
        }
        let pagesByteCount = Int(footer.pagesByteCount)
        fences = try RunFences(file, path, at: pagesByteCount, footer)
        filters =
            footer.groupPageCount == 0
            ? nil : try RunFilters(file, path, at: pagesByteCount + footer.fencesByteCount, footer, fences)
        guard filters != nil || footer.filterByteCount == 0 else {
            throw StorageError.damagedRun(path, "filters without groups")
        }
        probe = RunProbe(fences, filters)
        self.file = file
        self.path = path
        self.name = name
        keyCount = Int(footer.recordCount)
        byteCount = size
    }

    public var level: Int { name.level }
    public var range: Range<UInt64> { name.range }
    public var pageCount: Int { fences.count }

    /// The bytes of fences and filters in memory.
    public var memoryByteCount: Int { fences.memoryByteCount + (filters?.memoryByteCount ?? 0) }

    /// The values under a key, newest first. Reads one page for a key that is there, seldom a second; none for most that are not.
    ///
    /// Some may belong to another key: the index keeps 44 bits of 64.
    ///
    /// - Parameter limit: how many at most.
    /// - Throws: `StorageError` when a page is damaged, `DiskError`.
    public func lookup(_ key: IndexKey, limit: Int = .max) throws -> [IndexValue] {
        var values: [IndexValue] = []
        guard limit > 0 else { return values }
        try visit(key) { value in
            values.append(value)
            return values.count < limit
        }
        return values
    }

    /// Calls `body` with the values under a key, newest first, until it returns false.
    ///
    /// - Returns: whether `body` never returned false.
    /// - Throws: what `body` throws; `StorageError` when a page is damaged, `DiskError`.
    @discardableResult
    public func visit(_ key: IndexKey, _ body: (IndexValue) throws -> Bool) throws -> Bool {
        let place = key.place
        for page in probe.pages(of: place) where probe.mayHold(place, page: page) {
            let distance = place - probe.base(page)
            guard try withPage(page, { try RunFile.visit(distance, in: $0, count: fences[page].count, body) }) else {
                return false
            }
        }
        return true
    }

    /// As ``visit(_:_:)``, but reads a page whether its filter knows the key or not: the cost of a key that is not there says nothing of it.
    ///
    /// - Returns: whether `body` never returned false.
    /// - Throws: as ``visit(_:_:)``.
    func visitEvenly(_ key: IndexKey, _ body: (IndexValue) throws -> Bool) throws -> Bool {
        guard fences.count > 0 else { return true }
        let place = key.place
        let pages = probe.pages(of: place)
        // Below all pages there is none to read, but one is read.
        for page in pages.isEmpty ? 0..<1 : pages {
            let goesOn = try withPage(page) { bytes in
                guard place &- probe.base(page) < RunPage.span else { return true }
                return try RunFile.visit(place - probe.base(page), in: bytes, count: fences[page].count, body)
            }
            guard goesOn else { return false }
        }
        return true
    }

    private static func visit(
        _ distance: UInt64, in page: UnsafeRawBufferPointer, count: Int, _ body: (IndexValue) throws -> Bool
    ) throws -> Bool {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if RunPage.distance(middle, in: page) < distance { low = middle + 1 } else { high = middle }
        }
        while low < count, RunPage.distance(low, in: page) == distance {
            guard try body(RunPage.value(low, in: page)) else { return false }
            low += 1
        }
        return true
    }

    /// Reads one page and checks it.
    private func withPage<R>(_ number: Int, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        try withUnsafeTemporaryAllocation(byteCount: RunPage.byteCount, alignment: 64) { buffer in
            let offset = number * RunPage.byteCount
            let count = try file.read(into: buffer, at: offset)
            let page = UnsafeRawBufferPointer(buffer)
            guard count == page.count else { throw StorageError.damagedRun(path, at: offset, "the file ends") }
            try check(page, number)
            return try body(page)
        }
    }

    /// - Throws: `StorageError` unless the page is whole and the one that its fence names.
    func check(_ page: UnsafeRawBufferPointer, _ number: Int) throws {
        let offset = number * RunPage.byteCount
        let checksum = page.load(bigEndian: UInt64.self, at: 0)
        guard checksum == RunPage.checksum(page) else {
            throw StorageError.damagedRun(path, at: offset, "the checksum of a page is wrong")
        }
        guard RunFence(checksum: checksum, head: page.load(bigEndian: UInt64.self, at: 8)) == fences[number] else {
            throw StorageError.damagedRun(path, at: offset, "another page than the one that was written here")
        }
    }
}

public import LedgerMerkle

/// Writes a run: records in, pages out. Holds a chunk of pages, the fences, the filters made so far and the places of one group.
///
/// The file is called `NAME.new` until `finish` has synced and checked it. A writer that is let go leaves that file behind; it
/// means nothing, and the next writer of the name begins anew.
public final class RunWriter {
    /// Pages to a filter, about 104,000 keys: building one takes 3 MB for a few milliseconds.
    public static let defaultGroupPageCount = 256
    private static let chunkPageCount = 64
    private static let syncPageCount = 1024

    public let name: RunName
    let temporaryPath: String
    private let disk: any Disk
    private let directory: String
    private let ledgerID: Digest
    private let file: any DiskFile
    private let groupPageCount: Int

    private let chunk: UnsafeMutableRawBufferPointer
    private var filling: Filling
    private var chunkPages = 0
    private var writtenPages = 0
    private var unsyncedPages = 0
    private var fences: [UInt8] = []
    private var filters: [UInt8] = []
    // The distinct places of the group of pages being filled.
    private let groupPlaces: UnsafeMutablePointer<UInt64>

    /// What changes with each record.
    private struct Filling {
        // The page being filled, within the chunk.
        var page: UnsafeMutableRawBufferPointer
        var base: UInt64 = 0
        var count = 0
        var placeCount = 0
        var last: IndexRecord?
        var content = RunContent()
    }

    /// Begins a run; what an earlier writer of the name left behind is removed.
    ///
    /// - Parameter groupPageCount: pages to a filter; final runs have none.
    public init(
        disk: any Disk, directory: String, ledgerID: Digest, name: RunName,
        groupPageCount: Int = RunWriter.defaultGroupPageCount
    ) throws(DiskError) {
        precondition(groupPageCount > 0)
        self.disk = disk
        self.directory = directory
        self.ledgerID = ledgerID
        self.name = name
        self.groupPageCount = name.isFinal ? 0 : groupPageCount
        temporaryPath = "\(directory)/\(name)\(RunName.temporaryExtension)"
        if disk.exists(temporaryPath) { try disk.remove(temporaryPath) }
        file = try disk.open(temporaryPath, readOnly: false, create: true)
        chunk = .allocate(byteCount: RunWriter.chunkPageCount * RunPage.byteCount, alignment: 4096)
        filling = Filling(page: UnsafeMutableRawBufferPointer(rebasing: chunk[..<RunPage.byteCount]))
        groupPlaces = .allocate(capacity: max(1, self.groupPageCount * RunPage.capacity))
    }

    deinit {
        chunk.deallocate()
        groupPlaces.deallocate()
    }

    /// Takes the next record; `append(contentsOf:)` takes many faster.
    ///
    /// - Precondition: records come in their order, with indices in the range of the run.
    public func append(_ record: IndexRecord) throws(DiskError) {
        try withUnsafePointer(to: record) { (record) throws(DiskError) in
            try append(UnsafeBufferPointer(start: record, count: 1))
        }
    }

    /// Takes the next records. Writes 256 KiB now and then and syncs after 4 MiB, so that the disk never has much to do at once;
    /// builds a filter after each group of pages.
    ///
    /// - Precondition: records come in their order, with indices in the range of the run.
    public func append(contentsOf records: [IndexRecord]) throws(DiskError) {
        try records.withUnsafeBufferPointer { (records) throws(DiskError) in try append(records) }
    }

    func append(_ records: UnsafeBufferPointer<IndexRecord>) throws(DiskError) {
        // A copy: exclusive access to what lies in a class is checked each time.
        var filling = filling
        let hasFilters = groupPageCount > 0
        for record in records {
            precondition(filling.last.map { !(record < $0) } ?? true && name.range.contains(record.value.index))
            if filling.count > 0, filling.count == RunPage.capacity || record.place - filling.base >= RunPage.span {
                self.filling = filling
                try closePage()
                filling = self.filling
            }
            if filling.count == 0 { filling.base = record.place }
            let offset = RunPage.headByteCount + filling.count * RunPage.recordByteCount
            RunPage.store(record, base: filling.base, at: offset, in: filling.page)
            filling.count += 1
            if hasFilters, filling.placeCount == 0 || record.place != groupPlaces[filling.placeCount - 1] {
                groupPlaces[filling.placeCount] = record.place
                filling.placeCount += 1
            }
            filling.content.add(record)
            filling.last = record
        }
        self.filling = filling
    }

    /// Completes the run.
    ///
    /// - Durability: on return the file is synced, read again and checked, and its name is durable.
    /// - Throws: `StorageError` when what was read is not what was written, `DiskError`.
    public func finish() throws -> RunFile {
        let verification = try seal()
        while try !verification.step(pages: .max) {}
        return try publish(verification.run)
    }

    /// Writes what is left and syncs; the file still has its temporary name.
    ///
    /// - Returns: the check to be done before `publish`.
    func seal() throws -> RunVerification {
        if filling.count > 0 { try closePage() }
        if filling.placeCount > 0 { closeGroup() }
        try flush()
        let footer = RunFooter(
            ledgerID: ledgerID, name: name, recordCount: UInt64(filling.content.count),
            pageCount: UInt32(writtenPages), groupPageCount: UInt32(groupPageCount),
            filterByteCount: UInt64(filters.count), fenceChecksum: Checksum.of(fences),
            filterChecksum: Checksum.of(filters))
        let start = writtenPages * RunPage.byteCount
        if !fences.isEmpty { try file.write(fences, at: start) }
        if !filters.isEmpty { try file.write(filters, at: start + fences.count) }
        try file.write(footer.encoded, at: start + fences.count + filters.count)
        try file.synchronize()
        let written = try disk.open(temporaryPath, readOnly: true, create: false)
        // So that the check reads the medium, where the kernel lets it.
        written.dropCache()
        let run = try RunFile(file: written, path: "\(directory)/\(name)", name: name, ledgerID: ledgerID)
        return RunVerification(of: run, against: filling.content)
    }

    /// Gives the run its name.
    ///
    /// - Durability: the name is durable on return.
    func publish(_ run: RunFile) throws(DiskError) -> RunFile {
        try disk.rename(temporaryPath, to: run.path)
        try disk.synchronizeDirectory(directory)
        return run
    }

    private func closePage() throws(DiskError) {
        let page = filling.page
        let used = RunPage.headByteCount + filling.count * RunPage.recordByteCount
        page[used...].initializeMemory(as: UInt8.self, repeating: 0)
        let head = UInt64(filling.count) << 48 | filling.base
        page.storeBytes(of: head.bigEndian, toByteOffset: 8, as: UInt64.self)
        let checksum = RunPage.checksum(UnsafeRawBufferPointer(page))
        page.storeBytes(of: checksum.bigEndian, toByteOffset: 0, as: UInt64.self)
        fences.append(contentsOf: page[..<RunPage.headByteCount])
        filling.count = 0
        chunkPages += 1
        if groupPageCount > 0, (writtenPages + chunkPages) % groupPageCount == 0 { closeGroup() }
        if chunkPages == RunWriter.chunkPageCount { try flush() }
        let start = chunkPages * RunPage.byteCount
        filling.page = UnsafeMutableRawBufferPointer(rebasing: chunk[start..<start + RunPage.byteCount])
    }

    private func closeGroup() {
        let places = UnsafeBufferPointer(start: groupPlaces, count: filling.placeCount)
        let (filter, fingerprints) = FuseFilter.build(places)
        filters.append(contentsOf: filter.head)
        filters.append(contentsOf: fingerprints)
        filling.placeCount = 0
    }

    private func flush() throws(DiskError) {
        let bytes = UnsafeRawBufferPointer(rebasing: chunk[..<(chunkPages * RunPage.byteCount)])
        if !bytes.isEmpty { try file.write(bytes, at: writtenPages * RunPage.byteCount) }
        writtenPages += chunkPages
        unsyncedPages += chunkPages
        chunkPages = 0
        if unsyncedPages >= RunWriter.syncPageCount {
            try file.synchronize()
            unsyncedPages = 0
        }
    }
}

/// How many records, and the sum of their digests: what a run must give back.
struct RunContent: Hashable, Sendable {
    private(set) var count = 0
    private(set) var sum: UInt64 = 0

    @inline(__always)
    mutating func add(_ record: IndexRecord) {
        count += 1
        sum &+= record.digest
    }
}

public import LedgerMerkle

/// Writes a run: records in, pages out. Holds a chunk of pages, the fences, the filters made so far and the places of one group.
///
/// The file is called `NAME.new` until `finish` has synced and checked it. A writer that is let go leaves that file behind; it
/// means nothing, and the next writer of the name begins anew.
public final class RunWriter {
    /// Pages to a filter, about 104,000 keys: building one takes 3 MB for a few milliseconds.
    public static let defaultGroupPageCount = 256
    private static let chunkPageCount = 64

    public let name: RunName
    let temporaryPath: String
    private let disk: any Disk
    private let directory: String
    private let ledgerID: Digest
    private let file: any DiskFile
    private let groupPageCount: Int

    private let chunk: UnsafeMutableRawBufferPointer
    // The page being filled, within the chunk, and how much of it is.
    private var page: UnsafeMutableRawBufferPointer
    private var base: UInt64 = 0
    private var filled = 0
    private var chunkPages = 0
    private var writtenPages = 0
    private var fences: [UInt8] = []
    private var filters: [UInt8] = []
    private var groupPlaces: [UInt64] = []
    private var last: IndexRecord?
    private(set) var content = RunContent()

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
        page = UnsafeMutableRawBufferPointer(rebasing: chunk[..<RunPage.byteCount])
    }

    deinit {
        chunk.deallocate()
    }

    /// Takes the next record. Writes 256 KiB now and then; builds a filter after each group of pages.
    ///
    /// - Precondition: records come in their order, with indices in the range of the run.
    public func append(_ record: IndexRecord) throws(DiskError) {
        precondition(last.map { !(record < $0) } ?? true && name.range.contains(record.value.index))
        if filled > 0, filled == RunPage.capacity || record.place - base >= RunPage.span { try closePage() }
        if filled == 0 { base = record.place }
        RunPage.store(
            record, base: base, at: RunPage.headByteCount + filled * RunPage.recordByteCount, in: page)
        filled += 1
        if groupPageCount > 0, record.place != groupPlaces.last { groupPlaces.append(record.place) }
        content.add(record)
        last = record
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
        if filled > 0 { try closePage() }
        if !groupPlaces.isEmpty { closeGroup() }
        try flush()
        var end = fences + filters
        let footer = RunFooter(
            ledgerID: ledgerID, name: name, recordCount: UInt64(content.count), pageCount: UInt32(writtenPages),
            groupPageCount: UInt32(groupPageCount), filterByteCount: UInt64(filters.count),
            fenceChecksum: Checksum.of(fences), filterChecksum: Checksum.of(filters))
        end.append(contentsOf: footer.encoded)
        try file.write(end, at: writtenPages * RunPage.byteCount)
        try file.synchronize()
        let written = try disk.open(temporaryPath, readOnly: true, create: false)
        // So that the check reads the medium, where the kernel lets it.
        written.dropCache()
        let run = try RunFile(file: written, path: "\(directory)/\(name)", name: name, ledgerID: ledgerID)
        return RunVerification(of: run, against: content)
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
        let used = RunPage.headByteCount + filled * RunPage.recordByteCount
        if used < RunPage.byteCount { for byte in used..<RunPage.byteCount { page[byte] = 0 } }
        page.storeBytes(of: (UInt64(filled) << 48 | base).bigEndian, toByteOffset: 8, as: UInt64.self)
        let checksum = RunPage.checksum(UnsafeRawBufferPointer(page))
        page.storeBytes(of: checksum.bigEndian, toByteOffset: 0, as: UInt64.self)
        fences.append(contentsOf: page[..<RunPage.headByteCount])
        filled = 0
        chunkPages += 1
        if groupPageCount > 0, (writtenPages + chunkPages) % groupPageCount == 0 { closeGroup() }
        if chunkPages == RunWriter.chunkPageCount { try flush() }
        let start = chunkPages * RunPage.byteCount
        page = UnsafeMutableRawBufferPointer(rebasing: chunk[start..<start + RunPage.byteCount])
    }

    private func closeGroup() {
        let (filter, fingerprints) = FuseFilter.build(groupPlaces)
        filters.append(contentsOf: filter.head)
        filters.append(contentsOf: fingerprints)
        groupPlaces.removeAll(keepingCapacity: true)
    }

    private func flush() throws(DiskError) {
        let bytes = UnsafeRawBufferPointer(rebasing: chunk[..<(chunkPages * RunPage.byteCount)])
        if !bytes.isEmpty { try file.write(bytes, at: writtenPages * RunPage.byteCount) }
        writtenPages += chunkPages
        chunkPages = 0
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

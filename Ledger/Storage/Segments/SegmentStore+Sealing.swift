public import LedgerMerkle
import Synchronization

/// What is to be sealed.
public struct SealRequest: Sendable {
    /// From the beginning of a span to at most its end.
    public let range: Range<UInt64>
    /// The time of the newest batch in it, Unix ms.
    public let lastTime: UInt64
    /// The tree's root at the end of the range, as it was signed.
    public let rootAfter: Digest
    public let effort: PackingEffort

    public init(range: Range<UInt64>, lastTime: UInt64, rootAfter: Digest, effort: PackingEffort) {
        self.range = range
        self.lastTime = lastTime
        self.rootAfter = rootAfter
        self.effort = effort
    }
}

/// Where what is to be sealed lies now.
public protocol SealSource {
    /// Visits everything that each entry of a range has, in order. Called twice: to write, and to hold what was written against it.
    func visit(_ range: Range<UInt64>, _ body: (UInt64, SealedItem) throws -> Void) throws
    /// Visits the entries alone, in order.
    func visitEntries(_ range: Range<UInt64>, _ body: ([UInt8]) throws -> Void) throws
}

extension SegmentStore {
    /// Seals entries: writes their files, reads them again past the cache, derives the root once more, and only then names them in a
    /// manifest.
    ///
    /// An incomplete last segment may be sealed again, longer; the shorter one is removed afterwards.
    ///
    /// - Parameters:
    ///   - salt: 16 random bytes for each record file.
    ///   - pace: called after each write with its bytes; may sleep, and breaks the work off by throwing.
    /// - Durability: the segment is durable and verified on return; before, nothing refers to it.
    public func seal(
        _ request: SealRequest, salt: () -> [UInt8], pace: @escaping (Int) throws -> Void = { _ in },
        from source: some SealSource
    ) throws {
        try settle()
        let before = segments
        let isLonger = before.last.map { $0.footer.firstIndex == request.range.lowerBound } ?? false
        let base = isLonger ? Array(before.dropLast()) : before
        var chain = SegmentChain(span: shape.span)
        for segment in base { try chain.append(segment.footer, path: path(segment.names.entries)) }
        precondition(request.range.lowerBound == chain.end && chain.end % shape.span == 0 && !request.range.isEmpty)
        precondition(UInt64(request.range.count) <= shape.span && request.range.upperBound > end)
        let names = SegmentNames(firstIndex: request.range.lowerBound, end: request.range.upperBound)
        expect(names.entries)
        let (footer, entries) = try writeEntries(request, names, chain, pace: pace, from: source)
        guard footer.rootAfter == request.rootAfter else {
            throw StorageError(
                .corrupt,
                "the entries from \(footer.firstIndex) to \(footer.end) read back from the journal do not give the root that was signed",
                remedy: "the journal is damaged on disk: stop the service and run `tamga audit`")
        }
        var writers: [UInt8: RecordFileWriter] = [:]
        try source.visit(request.range) { index, item in
            guard let row = item.row(position: Int(index - footer.firstIndex)) else { return }
            let writer =
                try writers[item.retention]
                ?? makeWriter(
                    names, retention: item.retention, generation: 1, effort: request.effort, salt: salt(),
                    entries: entries, pace: pace)
            writers[item.retention] = writer
            try writer.append(row)
        }
        var files: [SegmentManifest.Records] = []
        for (retention, writer) in writers.sorted(by: { $0.key < $1.key }) {
            files.append(SegmentManifest.Records(try writer.finish()))
            note(writer.checksum, of: names.records(retention: retention, generation: 1))
        }
        let segment = Segment(footer: footer, manifest: SegmentManifest(footer: footer, records: files))
        try verify(segment, pace: pace, from: source)
        try commit(segment, replacing: isLonger ? before.last : nil)
    }

    private func writeEntries(
        _ request: SealRequest, _ names: SegmentNames, _ chain: SegmentChain,
        pace: @escaping (Int) throws -> Void, from source: some SealSource
    ) throws -> (SegmentFooter, MemoryEntries) {
        var writer = try EntriesWriter(
            disk: disk, path: path(names.entries), ledgerID: ledgerID, firstIndex: names.firstIndex,
            blockHeight: shape.blockHeight, pace: pace)
        var all: [[UInt8]] = []
        all.reserveCapacity(request.range.count)
        var block: [[UInt8]] = []
        try source.visitEntries(request.range) { entry in
            block.append(entry)
            guard block.count == 1 << shape.blockHeight || all.count + block.count == request.range.count else {
                return
            }
            try writer.append(block)
            all += block
            block.removeAll(keepingCapacity: true)
        }
        let footer = try writer.finish(
            rootBefore: chain.root, footerBefore: chain.footerBefore, lastTime: request.lastTime,
            rootAfter: chain.rootAfter)
        note(writer.checksum, of: names.entries)
        return (footer, MemoryEntries(firstIndex: names.firstIndex, entries: all))
    }

    func makeWriter(
        _ names: SegmentNames, retention: UInt8, generation: UInt32, effort: PackingEffort, salt: [UInt8],
        entries: any SegmentEntries, pace: @escaping (Int) throws -> Void
    ) throws -> RecordFileWriter {
        expect(names.records(retention: retention, generation: generation))
        let identity = RecordFileIdentity(ledgerID: ledgerID, firstIndex: names.firstIndex, salt: salt)
        return try RecordFileWriter(
            disk: disk, path: path(names.records(retention: retention, generation: generation)), identity: identity,
            retention: retention, generation: generation, effort: effort, codec: codec, entries: entries, pace: pace)
    }

    /// Makes a segment the one that counts.
    func commit(_ segment: Segment, replacing old: Segment?) throws {
        for name in segment.fileNames.dropFirst() {
            try protect(name)
        }
        try disk.synchronizeDirectory(directory)
        // The point of no return: from here on the segment is what counts.
        try put(segment.manifest, named: segment.names.manifest, insteadOf: nil)
        content.withLock { segments in
            if let old, let number = segments.firstIndex(where: { $0.footer == old.footer }) {
                segments[number] = segment
            } else {
                segments.append(segment)
            }
        }
        guard let old else { return }
        let kept = Set(segment.fileNames)
        discard(old.fileNames.filter { !kept.contains($0) })
    }

    /// Makes a manifest durable. When that fails it may stand there all the same: `settle` takes it back.
    func put(_ manifest: SegmentManifest, named name: String, insteadOf before: [UInt8]?) throws {
        unsettled.withLock { _ = $0.manifests.updateValue(before, forKey: name) }
        try replaceManifest(name, with: manifest.encoded)
        unsettled.withLock { unsettled in
            unsettled.manifests.removeValue(forKey: name)
            guard let range = SegmentNames(manifest: name) else { return }
            for records in manifest.records {
                unsettled.leftovers.remove(
                    range.records(retention: records.retention, generation: records.generation))
            }
            unsettled.leftovers.remove(range.entries)
        }
    }

    /// Replaces a manifest as a whole. It is read back from a descriptor of its own before it takes the name, so that the one before is
    /// never lost to a write that went wrong, and behind that, before anything that it replaces is removed.
    private func replaceManifest(_ name: String, with bytes: [UInt8]) throws {
        let beside = path(name) + ".new"
        if disk.exists(beside) { try disk.remove(beside) }
        let file = try disk.open(beside, readOnly: false, create: true)
        try file.write(bytes, at: 0)
        try file.synchronize()
        try confirm(beside, holds: bytes)
        try disk.rename(beside, to: path(name))
        try disk.synchronizeDirectory(directory)
        try confirm(path(name), holds: bytes)
    }

    private func confirm(_ path: String, holds bytes: [UInt8]) throws {
        let file = try disk.open(path, readOnly: true, create: false)
        // So that the medium is read, where the kernel lets it.
        file.dropCache()
        guard try file.size() == bytes.count, try file.read(count: bytes.count, at: 0) == bytes else {
            throw SegmentStore.differs(path)
        }
    }

    /// Notes what a file was given: its parity covers that, or is not made.
    func note(_ checksum: UInt64, of name: String) {
        unsettled.withLock { $0.written[name] = checksum }
    }

    /// Makes the parity of a new file.
    ///
    /// - Throws: `StorageError` when the file does not hold what it was given: whatever happened to it since it was verified, the parity
    ///   would keep.
    func protect(_ name: String) throws {
        let checksum = unsettled.withLock { $0.written.removeValue(forKey: name) }
        try ParityFile.write(
            for: path(name), disk: disk, ledgerID: ledgerID, stripeSize: ParityFile.stripeSize, expecting: checksum)
    }

    /// Notes a file that is about to be written: until a manifest names it, it is one to be removed.
    func expect(_ name: String) {
        unsettled.withLock { _ = $0.leftovers.insert(name) }
    }

    /// Gives up files that nothing names any more; `settle` removes them.
    func discard(_ names: [String]) {
        unsettled.withLock { $0.leftovers.formUnion(names) }
        forget { names.contains($0) }
    }

    /// Brings the folder to what this store goes by: takes back what a failed step may have made a manifest say, and removes files that
    /// nothing names any more. No I/O when nothing is to be done.
    ///
    /// - Durability: done on return.
    public func settle() throws {
        let open = unsettled.withLock { $0 }
        guard !open.isEmpty else { return }
        for (name, bytes) in open.manifests.sorted(by: { $0.key < $1.key }) {
            if let bytes {
                try replaceManifest(name, with: bytes)
            } else if disk.exists(path(name)) {
                try disk.remove(path(name))
            }
        }
        try disk.synchronizeDirectory(directory)
        unsettled.withLock { $0.manifests = [:] }
        try destroySecrets(open.secrets)
        unsettled.withLock { $0.secrets = [] }
        // A manifest before what it names: a name in it is never missing.
        let names = open.leftovers.sorted {
            ($0.hasSuffix(".manifest") ? 0 : 1, $0) < ($1.hasSuffix(".manifest") ? 0 : 1, $1)
        }
        for name in names.flatMap({ [$0, ParityFile.path(for: $0), ParityFile.path(for: $0) + ".new"] })
        where disk.exists(path(name)) {
            try disk.remove(path(name))
        }
        try disk.synchronizeDirectory(directory)
        unsettled.withLock { $0.leftovers.subtract(open.leftovers) }
    }

    // MARK: Verification

    /// Reads a segment that was just written from new descriptors and holds it against its source.
    private func verify(
        _ segment: Segment, pace: @escaping (Int) throws -> Void, from source: some SealSource
    ) throws {
        let file = try disk.open(path(segment.names.entries), readOnly: true, create: false)
        guard try EntriesFile.footer(of: file, ledgerID: ledgerID) == segment.footer else {
            throw SegmentStore.differs(file.path)
        }
        let reader = try EntriesFile(file: file, footer: segment.footer)
        var entries: [[UInt8]] = []
        entries.reserveCapacity(segment.footer.count)
        for block in 0..<segment.footer.blockCount {
            let decoded = try reader.block(block, in: file)
            guard TreeHash.root(of: decoded.map { TreeHash.leaf($0) }) == reader.blockRoots[block] else {
                throw SegmentStore.differs(file.path)
            }
            entries += decoded
            try pace(0)
        }
        let memory = MemoryEntries(firstIndex: segment.footer.firstIndex, entries: entries)
        var rows: [UInt8: RowReader] = [:]
        for records in segment.manifest.records {
            rows[records.retention] = try RowReader(store: self, segment: segment, records: records, entries: memory)
        }
        var position = 0
        try source.visit(segment.footer.firstIndex..<segment.footer.end) { _, item in
            guard item.entry == entries[position] else { throw SegmentStore.differs(file.path) }
            if let row = item.row(position: position) {
                guard try rows[item.retention]?.next() == row else { throw SegmentStore.differs(file.path) }
                if row.hasContent { try codec.check(row.record, entry: item.entry) }
            }
            position += 1
            if position % 256 == 0 { try pace(0) }
        }
        for (_, reader) in rows.sorted(by: { $0.key < $1.key }) {
            guard position == entries.count, try reader.next() == nil else { throw SegmentStore.differs(file.path) }
        }
    }

    static func differs(_ path: String) -> StorageError {
        StorageError(
            .corrupt, "\(path) read back differs from what was written",
            remedy:
                "the disk does not keep what it is given: nothing was removed; look at the system's log and replace the disk"
        )
    }
}

/// The entries of a segment that is being written.
final class MemoryEntries: SegmentEntries {
    let firstIndex: UInt64
    private let entries: [[UInt8]]

    init(firstIndex: UInt64, entries: [[UInt8]]) {
        self.firstIndex = firstIndex
        self.entries = entries
    }

    var count: Int { entries.count }
    func entry(_ position: Int) -> [UInt8] { entries[position] }
}

extension SealedItem {
    /// What a record file holds of it; `nil` when it has neither record nor key.
    func row(position: Int) -> SealedRow? {
        switch record {
        case .held(let bytes): SealedRow(position: position, state: .held, keys: keys, record: bytes)
        case .erased(let rest): SealedRow(position: position, state: .erased, keys: keys, record: rest)
        case .none, .expired:
            keys.isEmpty ? nil : SealedRow(position: position, state: .keysOnly, keys: keys, record: [])
        }
    }
}

extension SegmentManifest.Records {
    init(_ footer: RecordFooter) {
        self.init(
            retention: footer.retention, isExpired: false, generation: footer.generation,
            fileLength: footer.fileLength, contentDigest: footer.contentDigest, held: footer.held,
            erased: footer.erased, effort: footer.effort)
    }
}

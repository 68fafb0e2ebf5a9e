import LedgerMerkle

/// Derives everything that a sealed segment says again from its bytes: digests, blocks, leaves, roots, tables, records, parity.
///
/// Reads every file from its start to its end by a descriptor of its own, past the kernel's cache, a block at a time. Several segments may
/// be audited at once, each by a thread; the memory of one is its entries (2.7 MB) when records are audited, a block otherwise.
public struct SegmentAudit {
    public enum Depth: Sendable {
        /// Entry files: entries, tree hashes, roots.
        case entries
        /// Record files as well: every record is unpacked and held against its entry.
        case records
    }

    /// Says what is to be remembered of an entry and what is held of its record; throws when they do not fit.
    ///
    /// Called for every entry, in the order in which a segment's files are read, from several threads at once.
    public typealias Examiner<Finding> =
        @Sendable (_ index: UInt64, _ entry: [UInt8], _ record: SealedRecord) throws ->
        Finding?

    let store: SegmentStore
    let depth: Depth
    /// Called with the bytes of each read; may sleep, and breaks the audit off by throwing.
    let pace: (Int) throws -> Void

    public init(_ store: SegmentStore, depth: Depth = .records, pace: @escaping (Int) throws -> Void = { _ in }) {
        self.store = store
        self.depth = depth
        self.pace = pace
    }

    /// Audits the segment that holds an entry, each record by the codec's own check.
    ///
    /// - Throws: `StoredDamage` with the first bytes that are wrong; `StorageError` when a newer segment took its place meanwhile.
    @discardableResult
    public func check(segmentHolding index: UInt64) throws -> AuditedSegment<Never> {
        try check(segmentHolding: index, examiner: nil)
    }

    /// Audits the segment that holds an entry.
    ///
    /// - Parameter examiner: takes the place of the codec's check; not called when only entries are audited.
    /// - Throws: `StoredDamage` with the first bytes that are wrong, or that the examiner did not take; `StorageError` when a newer
    ///   segment took its place meanwhile.
    public func check<Finding: Sendable>(
        segmentHolding index: UInt64, examiner: Examiner<Finding>?
    ) throws -> AuditedSegment<Finding> {
        guard var segment = store.segment(holding: index) else { throw SegmentStore.notSealed(index) }
        segment = segment.with(try manifest(of: segment))
        while true {
            do {
                return try AuditPass(self, segment, examiner).run()
            } catch let error as DiskError where error.code == .notFound {
                // A file may be replaced between the look at the manifest and its opening: then there is a newer one.
                let newer = try manifest(of: segment)
                guard newer != segment.manifest else { throw StoredDamage(error.path, 0, "it is missing") }
                segment = segment.with(newer)
            } catch let error as DiskError {
                throw StoredDamage(error.path, 0, "\(error)")
            }
        }
    }

    /// The manifest as it is on disk now.
    private func manifest(of segment: Segment) throws -> SegmentManifest {
        let path = store.path(segment.names.manifest)
        do {
            guard let manifest = SegmentManifest(try store.disk.readAll(path, limit: SegmentManifest.byteLimit)),
                manifest.ledgerID == store.ledgerID, manifest.footerDigest == segment.footer.digest
            else { throw StoredDamage(path, 0, index: segment.footer.firstIndex, "the manifest is damaged") }
            return manifest
        } catch let error as DiskError {
            if error.code == .notFound, segment.footer.count < Int(store.shape.span) {
                throw StorageError(
                    .locked, "the newest segment was sealed again, longer, while it was audited",
                    remedy: "run the audit again")
            }
            throw StoredDamage(path, 0, index: segment.footer.firstIndex, "\(error)")
        }
    }

    /// Holds the footers of all segments against each other. No read.
    public func checkChain() throws {
        var chain = SegmentChain(span: store.shape.span)
        for segment in store.segments {
            let path = store.path(segment.names.entries)
            do {
                try chain.append(segment.footer, path: path)
            } catch let error as StorageError {
                let offset = segment.footer.fileLength - SegmentFooter.byteCount
                throw StoredDamage(path, offset, index: segment.footer.firstIndex, error.reason)
            }
        }
    }
}

/// What was found in a segment in which nothing is wrong.
public struct AuditedSegment<Finding: Sendable>: Sendable {
    /// Its entries.
    public let range: Range<UInt64>
    /// Records held, and records erased.
    public internal(set) var held = 0
    public internal(set) var erased = 0
    /// What the examiner gave, in the order of the entries.
    public internal(set) var findings: [(index: UInt64, finding: Finding)] = []
    /// Bytes read.
    public internal(set) var byteCount = 0
}

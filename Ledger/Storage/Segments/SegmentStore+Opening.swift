public import LedgerMerkle
import Synchronization

extension SegmentStore {
    /// Opens the segments of a ledger: reads manifests and footers only, and holds each against the chain before it.
    ///
    /// - Parameters:
    ///   - forWriting: also removes what a broken off sealing or rewriting left.
    /// - Throws: `StorageError` when a segment is missing, damaged or another ledger's.
    public static func open(
        disk: any Disk, directory: String, ledgerID: Digest, shape: Shape, codec: any RecordCodec, forWriting: Bool
    ) throws -> SegmentStore {
        if forWriting {
            try disk.makeDirectory(directory)
            // What is found may be a name that only the cache has: nothing may be let go for it before it is durable.
            try disk.synchronizeDirectory(directory)
            if let slash = directory.lastIndex(of: "/") { try disk.synchronizeDirectory(String(directory[..<slash])) }
        }
        let names = disk.exists(directory) ? try disk.list(directory) : []
        let segments = try segments(names, disk: disk, directory: directory, ledgerID: ledgerID, span: shape.span)
        let store = SegmentStore(
            disk: disk, directory: directory, ledgerID: ledgerID, shape: shape, codec: codec, segments: segments,
            isReader: !forWriting)
        if forWriting {
            try store.finishExpiry(among: names)
            try store.removeLeftovers(names)
        }
        return store
    }

    /// The segments as they are on disk now, for reading. Reads manifests and footers.
    public func reopened() throws -> SegmentStore {
        try SegmentStore.open(
            disk: disk, directory: directory, ledgerID: ledgerID, shape: shape, codec: codec, forWriting: false)
    }

    /// The segments that the manifests among some names speak of, each held against the chain before it. Reads manifests and footers.
    static func segments(
        _ names: [String], disk: any Disk, directory: String, ledgerID: Digest, span: UInt64
    ) throws -> [Segment] {
        var segments: [Segment] = []
        var chain = SegmentChain(span: span)
        // An incomplete segment may lie beside the longer one that took its place.
        var ranges: [UInt64: SegmentNames] = [:]
        for range in names.compactMap(SegmentNames.init(manifest:)) {
            if range.end > ranges[range.firstIndex]?.end ?? 0 { ranges[range.firstIndex] = range }
        }
        for range in ranges.values.sorted(by: { $0.firstIndex < $1.firstIndex }) {
            let segment = try read(range, disk: disk, directory: directory, ledgerID: ledgerID)
            try chain.append(segment.footer, path: "\(directory)/\(range.entries)")
            segments.append(segment)
        }
        return segments
    }

    private static func read(
        _ range: SegmentNames, disk: any Disk, directory: String, ledgerID: Digest
    ) throws -> Segment {
        let path = "\(directory)/\(range.manifest)"
        guard let manifest = SegmentManifest(try disk.readAll(path, limit: SegmentManifest.byteLimit)) else {
            throw SegmentDamage.error(path, byte: 0, "the manifest is damaged")
        }
        guard manifest.ledgerID == ledgerID else { throw SegmentDamage.foreign(path) }
        let entries = try disk.open("\(directory)/\(range.entries)", readOnly: true, create: false)
        let footer = try EntriesFile.footer(of: entries, ledgerID: ledgerID)
        guard manifest.footerDigest == footer.digest, footer.firstIndex == range.firstIndex, footer.end == range.end
        else { throw SegmentDamage.error(path, byte: 0, "manifest and entry file do not belong together") }
        return Segment(footer: footer, manifest: manifest)
    }

    /// Removes files that no manifest names.
    private func removeLeftovers(_ names: [String]) throws {
        let segments = segments
        let kept = Set(segments.flatMap(\.fileNames).flatMap { [$0, ParityFile.path(for: $0)] })
        let leftovers = names.filter { !kept.contains($0) }
        guard !leftovers.isEmpty else { return }
        for name in leftovers where SegmentStore.isOurs(name) { try disk.remove(path(name)) }
        try disk.synchronizeDirectory(directory)
    }

    static func isOurs(_ name: String) -> Bool {
        [".manifest", ".entries", ".records", ".parity", ".new"].contains { name.hasSuffix($0) }
    }
}

/// The chain of footers: what each says of the tree before it must follow from those before it.
struct SegmentChain {
    private let span: UInt64
    private(set) var end: UInt64 = 0
    private(set) var footerBefore = Digest.zero
    private var edge = CompactRange()
    private(set) var root = TreeHash.empty

    init(span: UInt64) {
        self.span = span
    }

    /// - Throws: `StorageError.corrupt` when the footer does not continue the chain.
    mutating func append(_ footer: SegmentFooter, path: String) throws {
        func damage(_ what: String) -> StorageError {
            SegmentDamage.error(path, byte: footer.fileLength - SegmentFooter.byteCount, what)
        }
        guard end % span == 0 else { throw damage("it follows an incomplete segment that ends at \(end)") }
        guard footer.firstIndex == end, UInt64(footer.count) <= span else {
            throw damage("it begins at \(footer.firstIndex), the segments before it end at \(end)")
        }
        guard footer.rootBefore == root else { throw damage("it names another root before it") }
        guard footer.footerBefore == footerBefore else { throw damage("it names another footer before it") }
        root = SegmentChain.root(edge, with: footer.subtreeRoot)
        guard footer.rootAfter == root else { throw damage("it names another root behind it") }
        edge.append(footer.subtreeRoot)
        (end, footerBefore) = (footer.end, footer.digest)
    }

    /// The tree's root behind a further segment.
    func rootAfter(_ subtreeRoot: Digest) -> Digest { SegmentChain.root(edge, with: subtreeRoot) }

    private static func root(_ edge: CompactRange, with subtreeRoot: Digest) -> Digest {
        // The tree over complete segments is the tree over their roots; an incomplete last one folds in just the same.
        var edge = edge
        edge.append(subtreeRoot)
        return edge.root
    }
}

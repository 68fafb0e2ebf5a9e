public import LedgerMerkle
import Synchronization

/// The sealed part of a ledger: segments one behind another from the first entry on.
///
/// Reading is safe from any thread. Sealing and rewriting belong to one thread at a time, which the owner sees to.
public final class SegmentStore: Sendable {
    /// How large segments are, and how much of them is kept in memory.
    public struct Shape: Hashable, Sendable {
        /// A complete segment holds 2^height entries; 16, less only in tests.
        public var height: Int
        /// Tiles of 256 leaves kept in memory, 16 KiB each.
        public var tileLimit = 4096

        public init(height: Int = 16) {
            self.height = height
        }

        /// A block holds 2^blockHeight entries.
        public var blockHeight: Int { min(height, EntriesFormat.greatestBlockHeight) }
        public var span: UInt64 { 1 << UInt64(height) }
    }

    struct TileKey: Hashable, Sendable {
        // One word, since every proof hashes two of them. Spans are far below 2^55, blocks of one at most 2^8.
        private let word: UInt64

        /// - Parameter block: −1 is the tile above the blocks.
        init(span: UInt64, block: Int) {
            word = span << 9 | UInt64(block + 1)
        }
    }

    public let shape: Shape
    let disk: any Disk
    let directory: String
    let ledgerID: Digest
    public let codec: any RecordCodec
    /// Another process writes, and may replace what this one has open.
    let isReader: Bool
    /// In order; only the last one may be incomplete. Replaced as a whole.
    let content: Mutex<[Segment]>
    let files = BoundedCache<String, any DiskFile>(limit: 256)
    let entryFiles = BoundedCache<SegmentNames, any DiskFile>(limit: 256)
    // 10 KiB each: many more than descriptors.
    let entryTables = BoundedCache<SegmentNames, EntriesFile>(limit: 1024)
    let recordFiles = BoundedCache<String, RecordFile>(limit: 128)
    let tiles: BoundedCache<TileKey, NodeTile>
    let unsettled = Mutex(Unsettled())

    /// What failed steps left behind, to be put in order before the next one.
    struct Unsettled {
        /// Manifests that may say what this store does not go by, and what they must say; `nil` when there must be none.
        var manifests: [String: [UInt8]?] = [:]
        /// Files that nothing names any more.
        var leftovers: Set<String> = []
        /// What leads to secrets of records that are gone, to be destroyed before the leftovers that lead to them, too.
        var secrets: [UInt64] = []
        /// XXH3-64 of the bytes given to files that have no parity yet.
        var written: [String: UInt64] = [:]

        var isEmpty: Bool { manifests.isEmpty && leftovers.isEmpty && secrets.isEmpty }
    }

    init(
        disk: any Disk, directory: String, ledgerID: Digest, shape: Shape, codec: any RecordCodec, segments: [Segment],
        isReader: Bool
    ) {
        self.isReader = isReader
        self.disk = disk
        self.directory = directory
        self.ledgerID = ledgerID
        self.shape = shape
        self.codec = codec
        content = Mutex(segments)
        tiles = BoundedCache(limit: shape.tileLimit)
    }

    var segments: [Segment] { content.withLock { $0 } }

    /// The number of sealed entries.
    public var end: UInt64 { content.withLock { $0.last?.footer.end ?? 0 } }

    /// The number of entries in complete segments.
    public var completeEnd: UInt64 {
        content.withLock { segments in
            guard let last = segments.last else { return 0 }
            return last.footer.end / shape.span * shape.span
        }
    }

    /// The roots of the complete segments, in order.
    public var completeRoots: [Digest] {
        segments.filter { $0.footer.count == Int(shape.span) }.map(\.footer.subtreeRoot)
    }

    /// The segment that holds an entry; `nil` beyond the end.
    func segment(holding index: UInt64) -> Segment? {
        content.withLock { segments in
            let number = index >> UInt64(shape.height)
            guard number < UInt64(segments.count), index < segments[Int(number)].footer.end else { return nil }
            return segments[Int(number)]
        }
    }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func file(_ name: String) throws(DiskError) -> any DiskFile {
        try files.value(name) { () throws(DiskError) in try disk.open(path(name), readOnly: true, create: false) }
    }

    /// The entry file of a segment, open and with its table read.
    func openEntries(of segment: Segment) throws -> OpenEntries {
        let file = try entryFiles.value(segment.names) {
            try disk.open(path(segment.entriesName), readOnly: true, create: false)
        }
        let table = try entryTables.value(segment.names) { try EntriesFile(file: file, footer: segment.footer) }
        return OpenEntries(entries: table, file: file)
    }

    func entriesFile(of segment: Segment) throws -> EntriesFile { try openEntries(of: segment).entries }

    func recordFile(of segment: Segment, _ records: SegmentManifest.Records) throws -> RecordFile {
        let name = segment.names.records(retention: records.retention, generation: records.generation)
        return try recordFiles.value(name) {
            let file = try file(name)
            let footer = try RecordFile.footer(of: file, ledgerID: ledgerID)
            guard footer.contentDigest == records.contentDigest, footer.firstIndex == segment.footer.firstIndex else {
                throw SegmentDamage.error(file.path, byte: 0, "this is not the file that the manifest names")
            }
            return try RecordFile(
                file: file, footer: footer, codec: codec, entries: StoredEntries(store: self, segment: segment))
        }
    }

    /// Forgets files that are gone.
    func forget(_ isGone: (String) -> Bool) {
        files.remove(where: isGone)
        entryFiles.remove { isGone($0.entries) }
        entryTables.remove { isGone($0.entries) }
        recordFiles.remove(where: isGone)
    }
}

/// An entry file with its descriptor.
struct OpenEntries: Sendable {
    let entries: EntriesFile
    let file: any DiskFile
}

/// The entries of a stored segment.
struct StoredEntries: SegmentEntries {
    // The store outlives its caches, which hold this.
    unowned let store: SegmentStore
    let segment: Segment

    var firstIndex: UInt64 { segment.footer.firstIndex }
    var count: Int { segment.footer.count }

    func entry(_ position: Int) throws -> [UInt8] {
        try store.entry(at: firstIndex + UInt64(position))
    }
}

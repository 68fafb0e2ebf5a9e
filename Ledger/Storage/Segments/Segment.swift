import LedgerMerkle

/// One sealed segment as the store knows it: what its footer and its manifest say. Never changes: a rewritten one is another.
final class Segment: Sendable {
    let footer: SegmentFooter
    let manifest: SegmentManifest
    let names: SegmentNames
    /// The name of its entry file, made once: every read asks for it.
    let entriesName: String

    init(footer: SegmentFooter, manifest: SegmentManifest) {
        self.footer = footer
        self.manifest = manifest
        names = SegmentNames(firstIndex: footer.firstIndex, end: footer.end)
        entriesName = names.entries
    }

    /// The names of all files that belong to it now.
    var fileNames: [String] {
        let records = manifest.records.filter { !$0.isExpired }.map {
            names.records(retention: $0.retention, generation: $0.generation)
        }
        return [names.manifest, names.entries] + records
    }

    /// Its files of entries and records, and what tells each from any other.
    var seals: [(name: String, seal: FileSeal)] {
        [(names.entries, .entries(manifest.footerDigest))]
            + manifest.records.filter { !$0.isExpired }.map {
                (names.records(retention: $0.retention, generation: $0.generation), .records($0))
            }
    }

    func with(_ manifest: SegmentManifest) -> Segment { Segment(footer: footer, manifest: manifest) }
}

/// Everything that one entry has in a sealed segment.
public struct SealedItem: Hashable, Sendable {
    public var entry: [UInt8]
    public var keys: [SealedKey]
    /// Which retention class the record is of.
    public var retention: UInt8
    public var record: SealedRecord

    public init(entry: [UInt8], keys: [SealedKey], retention: UInt8, record: SealedRecord) {
        self.entry = entry
        self.keys = keys
        self.retention = retention
        self.record = record
    }
}

/// What is there of an entry's record.
public enum SealedRecord: Hashable, Sendable {
    /// There never was one.
    case none
    /// The record bytes.
    case held([UInt8])
    /// It was erased: what stays of it.
    case erased([UInt8])
    /// Its retention time was over, or it went with its class.
    case expired
}

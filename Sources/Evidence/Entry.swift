public import LedgerMerkle

/// What the tree holds at an index: public, 42 bytes, says nothing about anyone.
///
/// `version u8 = 1 ‖ kind u8 ‖ recorded u64 big-endian ‖ commitment 32 bytes` (Ledger/FORMATS.md, "Entry").
public struct Entry: Hashable, Sendable {
    /// The version that this code writes and reads.
    public static let version: UInt8 = 1
    /// The length of an encoded entry.
    public static let byteCount = 42

    /// Any kind: unknown ones verify as entries.
    public let kind: RecordKind
    /// When the operator recorded it, by the operator's clock, in Unix milliseconds.
    public let recorded: UInt64
    /// The commitment of the record.
    public let commitment: Digest

    public init(kind: RecordKind, recorded: UInt64, commitment: Digest) {
        self.kind = kind
        self.recorded = recorded
        self.commitment = commitment
    }

    /// Reads exactly 42 bytes of version 1.
    public init(decoding bytes: [UInt8]) throws(FormatError) {
        var reader = ByteReader(bytes)
        guard bytes.count == Entry.byteCount else {
            throw reader.error(.wrongLength, "an entry has \(Entry.byteCount) bytes, not \(bytes.count)")
        }
        let version = try reader.byte("the version")
        guard version == Entry.version else { throw reader.error(.unknownVersion, "entry version \(version)") }
        kind = RecordKind(rawValue: try reader.byte("the kind"))
        recorded = try reader.number(bytes: 8, "the time")
        guard let commitment = Digest(try reader.bytes(Digest.byteCount, "the commitment")) else {
            throw reader.error(.wrongLength, "the commitment has 32 bytes")
        }
        self.commitment = commitment
    }

    /// The 42 bytes.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Entry.byteCount)
        bytes.append(Entry.version)
        bytes.append(kind.rawValue)
        bytes.append(bigEndian: recorded, bytes: 8)
        commitment.withUnsafeBytes { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// SHA-256(0x00 ‖ entry), the hash of RFC 6962 section 2.1. One compression.
    public var leafHash: Digest { TreeHash.leaf(encoded) }
}

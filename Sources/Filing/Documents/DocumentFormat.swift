import Evidence
import LedgerMerkle
import LedgerStorage

/// The bytes of a kept document's file (FORMATS.md, "Kept documents").
///
/// `magic 8 ‖ ledger id 32 ‖ salt 32 ‖ label 57 ‖ chunks`. Each chunk is 65,536 bytes of the document, the last one what is left, encrypted
/// for itself, with its tag; an empty document has one empty chunk. How long a document is follows from the length of its file.
enum DocumentFormat {
    static let magic = Array("TAMGAD01".utf8)
    static let saltByteCount = 32
    static let chunkByteCount = 1 << 16
    static let tagByteCount = 16
    static let sealedChunkByteCount = chunkByteCount + tagByteCount
    static let labelOffset = 8 + Digest.byteCount + saltByteCount
    static let sealedLabelByteCount = 1 + DocumentLabel.byteCount + tagByteCount
    static let headerByteCount = labelOffset + sealedLabelByteCount

    /// How many bytes of a document a file of this length holds, in how many chunks; `nil` for a length that no file has.
    static func content(ofFile length: Int) -> (byteCount: Int, chunks: Int)? {
        let rest = length - headerByteCount
        guard rest >= tagByteCount else { return nil }
        let chunks = (rest + sealedChunkByteCount - 1) / sealedChunkByteCount
        let last = rest - (chunks - 1) * sealedChunkByteCount
        // No document has an empty chunk behind a full one.
        guard last > tagByteCount || (last == tagByteCount && chunks == 1), chunks <= UInt32.max else { return nil }
        return (rest - chunks * tagByteCount, chunks)
    }

    static func chunkOffset(_ number: Int) -> Int { headerByteCount + number * sealedChunkByteCount }
}

/// Whose a kept document is: the entry of the act's registration, and the document's digest. Encrypted under the store key, so that
/// files whose act is gone can be told without its secret.
struct DocumentLabel: Hashable, Sendable {
    static let byteCount = 8 + Digest.byteCount

    let index: UInt64
    let digest: Digest

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: index >> UInt64(shift)))
        }
        return bytes + digest.bytes
    }

    init(index: UInt64, digest: Digest) {
        self.index = index
        self.digest = digest
    }

    init?(decoding bytes: [UInt8]) {
        guard bytes.count == DocumentLabel.byteCount, let digest = Digest(Array(bytes[8...])) else { return nil }
        self.init(index: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, digest: digest)
    }
}

/// The act that a document is kept for, as far as its keys need it.
struct DocumentPlace: Sendable {
    /// The entry of the act's registration.
    let index: UInt64
    let commitment: Digest
    /// The registration's: once it is destroyed nothing opens the document.
    let secret: RecordSecret
}

/// What names kept documents, and what opens them.
struct DocumentKeys: Sendable {
    private let names: HMACSHA256
    private let labels: HMACSHA256
    private let contents: HMACSHA256

    /// - Parameter store: a key of its own that derives from the store key.
    init(_ store: HMACSHA256) {
        names = HMACSHA256(key: store.authenticate("names").bytes)
        labels = HMACSHA256(key: store.authenticate("labels").bytes)
        contents = HMACSHA256(key: store.authenticate("contents").bytes)
    }

    /// The name of an act's file: which act it is, and which files belong together, cannot be told without the key.
    func name(of commitment: Digest, slot: Int) -> String {
        names.authenticate { hash in
            hash.update(commitment)
            for shift in [24, 16, 8, 0] { hash.update(byte: UInt8(truncatingIfNeeded: slot >> shift)) }
        }.description
    }

    /// Each salt gives a key that encrypts one label.
    func labelKey(salt: [UInt8]) -> [UInt8] { labels.authenticate(salt).bytes }

    /// The key of one file: of the store, the act's secret, the act, and all of the header, so of the document's digest and a salt of its own.
    func contentKey(_ place: DocumentPlace, header: [UInt8]) -> [UInt8] {
        contents.authenticate { hash in
            hash.update("tamga document v1\n")
            hash.update(place.secret.bytes)
            hash.update(place.commitment)
            hash.update(header)
        }.bytes
    }
}

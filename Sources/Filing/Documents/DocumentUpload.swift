import Catalogue
import LedgerEngine
public import LedgerMerkle
import LedgerStorage

/// A document on its way into the store: encrypted and hashed as it comes, in a file that counts for nothing until it is committed.
///
/// Memory: one chunk. Let go without `commit`, the file stays until `abandon` or the next start removes it.
public struct DocumentUpload: Sendable {
    let label: DocumentLabel
    let place: DocumentPlace
    /// SHA-256 that its bytes must have.
    public var digest: Digest { label.digest }
    /// Where it is written.
    let path: String
    private let file: any DiskFile
    private let cipher: DocumentCipher
    private let limit: Int
    private var hash = SHA256()
    private var buffer: [UInt8] = []
    private var chunks = 0
    /// Bytes taken so far.
    public private(set) var byteCount = 0

    /// - Parameter limit: the most bytes that are taken.
    init(
        to path: String, disk: any Disk, label: DocumentLabel, place: DocumentPlace, keys: DocumentKeys,
        ledgerID: Digest,
        salt: [UInt8], limit: Int
    ) throws {
        var header = DocumentFormat.magic + ledgerID.bytes + salt
        header += try SealedBytes.seal(label.encoded, key: keys.labelKey(salt: salt))
        file = try disk.open(path, readOnly: false, create: true)
        do {
            try file.write(header, at: 0)
        } catch {
            try? disk.remove(path)
            throw error
        }
        cipher = DocumentCipher(key: keys.contentKey(place, header: header))
        self.label = label
        self.place = place
        self.path = path
        self.limit = limit
    }

    /// Takes the next bytes of the document.
    ///
    /// - Throws: `document-too-large`; `ledger-disk-full`, `ledger-busy`, `document-not-written`.
    public mutating func append(_ bytes: [UInt8]) throws {
        guard bytes.count <= limit - byteCount else {
            throw Problem.documentTooLarge(["limit": String(limit >> 20)])
        }
        byteCount += bytes.count
        hash.update(bytes)
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(DocumentFormat.chunkByteCount - buffer.count)
            buffer += part
            rest = rest.dropFirst(part.count)
            // A full chunk waits for what follows: it may be the last.
            if buffer.count == DocumentFormat.chunkByteCount, !rest.isEmpty { try write(isLast: false) }
        }
    }

    private mutating func write(isLast: Bool) throws {
        let sealed = try cipher.seal(buffer[...], number: chunks, isLast: isLast)
        try DocumentStore.plainly {
            try file.write(sealed, at: DocumentFormat.chunkOffset(chunks))
        }
        chunks += 1
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes what is left, and makes the file durable; its name is not yet.
    ///
    /// - Throws: `document-differs` when the bytes are not those of the digest; what the disk refuses, as ``append(_:)`` does.
    mutating func finish() throws {
        guard hash.finalize() == label.digest else { throw Problem.documentDiffers() }
        // What is left, at least a byte of any document but an empty one.
        try write(isLast: true)
        try DocumentStore.plainly { try file.synchronize() }
    }
}

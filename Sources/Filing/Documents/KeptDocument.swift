public import LedgerMerkle
import LedgerStorage

/// A document in the store, opened for reading. From any thread; each chunk is read and checked for itself.
public struct KeptDocument: Sendable {
    /// SHA-256 of its bytes, as it was when they were taken.
    public let digest: Digest
    /// Its bytes.
    public let byteCount: Int
    /// At least one.
    public let chunkCount: Int
    let name: String
    private let file: any DiskFile
    private let cipher: DocumentCipher

    init(_ head: DocumentHead, place: DocumentPlace, keys: DocumentKeys) {
        digest = head.label.digest
        byteCount = head.byteCount
        chunkCount = head.chunks
        name = head.name
        file = head.file
        cipher = DocumentCipher(key: keys.contentKey(place, header: head.bytes))
    }

    /// The bytes of a chunk, numbered from 0. 65,536 but for the last.
    ///
    /// - Throws: `StorageError` `corrupt` when they are not what was written; `DiskError`.
    public func chunk(_ number: Int) throws -> [UInt8] {
        precondition((0..<chunkCount).contains(number), "a chunk of the document")
        let isLast = number == chunkCount - 1
        let rest = byteCount - number * DocumentFormat.chunkByteCount
        let count = min(DocumentFormat.chunkByteCount, rest) + DocumentFormat.tagByteCount
        let sealed = try file.read(count: count, at: DocumentFormat.chunkOffset(number))
        guard sealed.count == count, let bytes = try? cipher.open(sealed, number: number, isLast: isLast) else {
            throw DocumentHead.damaged(
                name, "chunk \(number) of \(chunkCount), byte \(DocumentFormat.chunkOffset(number))",
                isReplaced: true)
        }
        return bytes
    }

    /// Reads all of it. O(bytes).
    ///
    /// - Parameter check: called with the bytes of each chunk after it was read; breaks off by throwing.
    /// - Throws: `StorageError` `corrupt` when it does not open, or is not the document of its digest.
    public func verify(_ check: (Int) throws -> Void = { _ in }) throws {
        var hash = SHA256()
        for number in 0..<chunkCount {
            let bytes = try chunk(number)
            hash.update(bytes)
            try check(bytes.count)
        }
        guard hash.finalize() == digest else {
            throw DocumentHead.damaged(name, "it is not the document of its digest", isReplaced: true)
        }
    }
}

/// What can be read of a file without the secret of its act.
struct DocumentHead: Sendable {
    let name: String
    let file: any DiskFile
    /// The header.
    let bytes: [UInt8]
    let label: DocumentLabel
    let byteCount: Int
    let chunks: Int

    /// - Throws: `StorageError` `corrupt`, `foreignLedger`; `DiskError`, `notFound` where there is no such file.
    init(reading name: String, in folder: String, disk: any Disk, ledgerID: Digest, keys: DocumentKeys) throws {
        file = try disk.open("\(folder)/\(name)", readOnly: true, create: false)
        bytes = try file.read(count: DocumentFormat.headerByteCount, at: 0)
        guard bytes.count == DocumentFormat.headerByteCount, bytes.starts(with: DocumentFormat.magic) else {
            throw DocumentHead.damaged(name, "its header, byte 0")
        }
        guard Array(bytes[8..<40]) == ledgerID.bytes else {
            throw StorageError(
                .foreignLedger, "documents/\(name) belongs to another ledger, or is damaged at byte 8",
                remedy: "move it away and put back this ledger's own")
        }
        let salt = Array(bytes[40..<DocumentFormat.labelOffset])
        let sealed = Array(bytes[DocumentFormat.labelOffset...])
        guard let opened = try? SealedBytes.open(sealed, key: keys.labelKey(salt: salt)),
            let label = DocumentLabel(decoding: opened)
        else { throw DocumentHead.damaged(name, "its header, byte \(40)") }
        guard let content = DocumentFormat.content(ofFile: try file.size()) else {
            throw DocumentHead.damaged(name, "its length is that of no whole file")
        }
        self.name = name
        self.label = label
        (byteCount, chunks) = content
    }

    /// - Parameter isReplaced: whether handing the document in again would put a whole file in its place.
    static func damaged(_ name: String, _ what: String, isReplaced: Bool = false) -> StorageError {
        let again =
            isReplaced
            ? ", or hand the document in again (`tamga deed keep`)"
            : ": as long as it is damaged nothing is kept for its act"
        return StorageError(
            .corrupt, "documents/\(name) is damaged: \(what)", remedy: "put the file back from a backup\(again)")
    }
}

import Evidence
import LedgerMerkle

@testable import Filing

private let ledgerID = TreeHash.leaf(Array("fuzz".utf8))
private let keys = DocumentKeys(HMACSHA256(key: Array("TEST".utf8)))
private let commitment = TreeHash.leaf(Array("act".utf8))
private let salt = [UInt8](repeating: 7, count: DocumentFormat.saltByteCount)

/// The act whose documents are read; each run has one secret.
private func place() throws -> DocumentPlace {
    guard let secret = RecordSecret([UInt8](repeating: 5, count: 32)) else { throw DocumentCipher.Refused() }
    return DocumentPlace(index: 3, commitment: commitment, secret: secret)
}

private func store(_ disk: MemoryDisk) -> DocumentStore {
    DocumentStore(path: "/d", ledgerID: ledgerID, keys: keys, disk: disk, random: { Array(salt.prefix($0)) })
}

let documentTargets = [
    FuzzTarget("document-file") { bytes in
        // The file of a document as it is found: nothing that is not written by its own writer opens.
        let path = "/d/\(keys.name(of: commitment, slot: 0))"
        let disk = MemoryDisk(["/d": [], path: bytes])
        let found = store(disk)
        let heads = try found.heads(of: commitment)
        require(heads.count == 1, "one file, one document")
        guard let document = try found.document(heads[0].label.digest, of: try place()) else { return }
        var content: [UInt8] = []
        for number in 0..<document.chunkCount { content += try document.chunk(number) }
        require(content.count == document.byteCount, "as long as the length of its file says")
        try document.verify()
    },
    FuzzTarget("document-change") { bytes in
        // The length of a document in KiB and a few bytes, then a place and what is put there: found, or it is the same file.
        guard bytes.count >= 6 else { return }
        let count = Int(bytes[0]) << 10 + Int(bytes[1])
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let disk = MemoryDisk(["/d": []])
        let found = store(disk)
        let digest = SHA256.hash(content)
        var upload = try found.begin(digest, of: place(), limit: .max)
        try upload.append(content)
        _ = try found.commit(upload) {}
        let path = "/d/\(keys.name(of: commitment, slot: 0))"
        guard let file = disk[path] else { return require(false, "it is kept") }
        let at = (Int(bytes[2]) << 16 | Int(bytes[3]) << 8 | Int(bytes[4])) % (file.count + 1)
        // Overwritten, cut there, or put in between.
        let new = Array(bytes[6...])
        let changed: [UInt8] =
            switch bytes[5] % 3 {
            case 0: Array(file[..<at]) + new + file[min(file.count, at + new.count)...]
            case 1: Array(file[..<at])
            default: Array(file[..<at]) + new + file[at...]
            }
        let again = store(MemoryDisk(["/d": [], path: changed]))
        guard let document = try? again.document(digest, of: place()), (try? document.verify()) != nil else {
            return require(changed != file, "what was written opens")
        }
        require(changed == file, "what opens was written")
    },
]

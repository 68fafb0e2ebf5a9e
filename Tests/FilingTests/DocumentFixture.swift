import Evidence
import LedgerMerkle
import LedgerStorage
import Synchronization

@testable import Filing

/// A store of kept documents on a disk that fails where it is told to, under TEST keys.
struct DocumentFixture {
    static let ledgerID = TreeHash.leaf(Array("documents".utf8))
    static let folder = "/data/documents"

    let disk: FaultyDisk
    let store: DocumentStore

    init(_ disk: FaultyDisk = FaultyDisk(), seed: UInt64 = 1, ledgerID: Digest = ledgerID) {
        self.disk = disk
        let next = Mutex(seed)
        store = DocumentStore(
            path: DocumentFixture.folder, ledgerID: ledgerID,
            keys: DocumentKeys(HMACSHA256(key: Array("TEST store key".utf8))), disk: disk,
            random: { count in
                let number = next.withLock { number in
                    number += 1
                    return number
                }
                let bytes = SHA256.hash(Array("\(seed) \(number)".utf8)).bytes
                return Array(bytes.prefix(count))
            })
    }

    /// An act by its number: none of it is in a ledger.
    static func place(_ number: UInt64, secret: UInt8 = 1) throws -> DocumentPlace {
        guard let secret = RecordSecret([UInt8](repeating: secret, count: 32)) else {
            throw SecretError.erased(.init(block: 0, number: 0))
        }
        return DocumentPlace(index: number, commitment: TreeHash.leaf(Array("act \(number)".utf8)), secret: secret)
    }

    /// A document of a length, the same for one seed.
    static func document(_ count: Int, seed: UInt8 = 0) -> [UInt8] {
        (0..<count).map { place -> UInt8 in
            let mixed = place &* 31 &+ (place >> 8)
            return UInt8(truncatingIfNeeded: mixed) &+ seed
        }
    }

    /// Takes a document in, in pieces.
    @discardableResult
    func keep(
        _ bytes: [UInt8], for place: DocumentPlace, piece: Int = 50_000, limit: Int = 1 << 30,
        check: () throws -> Void = {}
    ) throws -> Bool {
        var upload = try store.begin(SHA256.hash(bytes), of: place, limit: limit)
        do {
            for start in stride(from: 0, to: bytes.count, by: piece) {
                try upload.append(Array(bytes[start..<min(start + piece, bytes.count)]))
            }
        } catch {
            store.abandon(upload)
            throw error
        }
        return try store.commit(upload, check: check)
    }

    /// All of a document; `nil` when it is not kept.
    func read(_ digest: Digest, of place: DocumentPlace) throws -> [UInt8]? {
        guard let document = try store.document(digest, of: place) else { return nil }
        try document.verify()
        return try (0..<document.chunkCount).flatMap { try document.chunk($0) }
    }

    func path(_ place: DocumentPlace, slot: Int = 0) -> String {
        "\(DocumentFixture.folder)/\(store.keys.name(of: place.commitment, slot: slot))"
    }

    /// Every name in the folder.
    var names: [String] { disk.names(under: DocumentFixture.folder + "/") }
}

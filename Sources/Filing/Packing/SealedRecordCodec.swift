import Evidence
import LedgerMerkle
public import LedgerStorage

/// The codec of the product's records: opens, checks, packs into columns, encrypts block by block, and erases to a residue.
public struct SealedRecordCodec: RecordCodec {
    private let vault: Vault

    public init(vault: Vault) {
        self.vault = vault
    }

    public var number: UInt8 { 2 }

    public func open(_ payload: [UInt8], entry: [UInt8]) throws -> [UInt8] {
        try vault.open(payload, commitment: try SealedRecordCodec.entry(entry).commitment).encoded
    }

    public func check(_ record: [UInt8], entry: [UInt8]) throws {
        let entry = try SealedRecordCodec.entry(entry)
        let (kind, commitment): (RecordKind, Digest)
        if let residue = try Residue(stored: record) {
            (kind, commitment) = (residue.disclosure.kind, residue.disclosure.commitment)
        } else {
            let stored = try SealedRecordCodec.stored(record)
            (kind, commitment) = (stored.record.kind, stored.record.commitment)
        }
        guard kind == entry.kind, commitment == entry.commitment else {
            throw StorageError(
                .corrupt, "a stored record does not give its entry's commitment", remedy: "run `tamga audit`")
        }
    }

    public func residue(of record: [UInt8], entry: [UInt8]) throws -> [UInt8] {
        if let residue = try Residue(stored: record) { return residue.encoded }
        return Residue(try SealedRecordCodec.stored(record)).encoded
    }

    public func packer(for file: RecordFileIdentity, entries: any SegmentEntries) throws -> any RecordPacker {
        SealedRecordPacker(vault: vault, file: file, commitments: SegmentCommitments(entries))
    }

    private static func entry(_ bytes: [UInt8]) throws -> Entry {
        do { return try Entry(decoding: bytes) } catch {
            throw StorageError(.corrupt, "an entry cannot be read: \(error)", remedy: "run `tamga audit`")
        }
    }

    private static func stored(_ bytes: [UInt8]) throws -> StoredRecord {
        do { return try StoredRecord(decoding: bytes) } catch {
            throw StorageError(.corrupt, "a stored record cannot be read: \(error)", remedy: "run `tamga audit`")
        }
    }
}

/// Blocks of packed records, each encrypted under a key of its own (FORMATS.md, "Record block").
struct SealedRecordPacker: RecordPacker {
    let vault: Vault
    let file: RecordFileIdentity
    let commitments: SegmentCommitments
    private let memory = PlanMemory()

    init(vault: Vault, file: RecordFileIdentity, commitments: SegmentCommitments) {
        self.vault = vault
        self.file = file
        self.commitments = commitments
    }

    func pack(_ rows: [RecordRow], block: UInt32, effort: PackingEffort) throws -> [UInt8] {
        let bytes = try BlockEncoder(effort, memory: memory).encode(rows, commitments: commitments)
        return try SealedBytes.seal(bytes, key: vault.recordBlockKey(of: file, block: block))
    }

    func unpack(_ bytes: [UInt8], block: UInt32, positions: [Int]) throws -> [[UInt8]] {
        try decoder(positions).decode(try open(bytes, block))
    }

    func unpack(_ bytes: [UInt8], block: UInt32, positions: [Int], row: Int) throws -> [UInt8] {
        precondition(positions.indices.contains(row), "there is no such row in the block")
        guard let record = try decoder(positions).decode(try open(bytes, block), row: row).first else {
            throw PackedReader.damaged("it has no such record")
        }
        return record
    }

    private func open(_ bytes: [UInt8], _ block: UInt32) throws -> [UInt8] {
        try SealedBytes.open(bytes, key: vault.recordBlockKey(of: file, block: block))
    }

    private func decoder(_ positions: [Int]) -> BlockDecoder {
        BlockDecoder(positions: positions, commitments: commitments)
    }
}

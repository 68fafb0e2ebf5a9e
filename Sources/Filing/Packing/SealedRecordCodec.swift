public import Evidence
import LedgerMerkle
public import LedgerStorage

/// The codec of the product's records: opens, checks, packs into columns, encrypts block by block, and erases to a residue.
public struct SealedRecordCodec: RecordCodec {
    private let vault: Vault
    private let secret: @Sendable (SecretNumber) throws -> RecordSecret
    private let destroy: @Sendable ([SecretNumber]) throws -> Void

    /// - Parameters:
    ///   - secret: gives the secret that a record only names; throws `SecretError` when it was destroyed.
    ///   - destroy: destroys secrets, durably.
    public init(
        vault: Vault, secret: @escaping @Sendable (SecretNumber) throws -> RecordSecret,
        destroy: @escaping @Sendable ([SecretNumber]) throws -> Void = { _ in }
    ) {
        self.vault = vault
        self.secret = secret
        self.destroy = destroy
    }

    public var number: UInt8 { 2 }

    public func open(_ payload: [UInt8], entry: [UInt8]) throws -> [UInt8] {
        try vault.bytes(of: payload, commitment: try SealedRecordCodec.entry(entry).commitment)
    }

    /// A record whose secret was destroyed passes: nothing can be derived from it any more, and it is about to go.
    public func check(_ record: [UInt8], entry: [UInt8]) throws {
        let entry = try SealedRecordCodec.entry(entry)
        let (kind, commitment): (RecordKind, Digest)
        if let residue = try Residue(stored: record) {
            (kind, commitment) = (residue.disclosure.kind, residue.disclosure.commitment)
        } else {
            guard let view = try view(record) else { return }
            (kind, commitment) = view
        }
        guard kind == entry.kind, commitment == entry.commitment else {
            throw StorageError(
                .corrupt, "a stored record does not give its entry's commitment", remedy: "run `tamga audit`")
        }
    }

    /// The disclosure of the chain fields alone; nothing for a record whose secret was destroyed before.
    public func residue(of record: [UInt8], entry: [UInt8]) throws -> [UInt8] {
        if record.isEmpty { return [] }
        if let residue = try Residue(stored: record) { return residue.encoded }
        return try stored(record).map { Residue($0).encoded } ?? []
    }

    /// Keys of chains, days and years lead on to the records after; those of changes keep a revoked act from looking in force;
    /// that of an entry from paper keeps what was erased from being registered again with the next copy of the file. A
    /// capability derives from the commitment in the entry and says nothing more; whoever has the link is told of the erasure by it.
    public func keepsKey(ofPurpose purpose: UInt8) -> Bool {
        switch Purpose(rawValue: purpose) {
        case .capability, .issuerHead, .receiptChange, .receiptDay, .actChange, .actYear,
            .actDocument, .actProperty, .actSalt, .feeReceiptOf, .paperEntry, .paperYear, .paperProperty,
            .paperCorrection:
            true
        default: false
        }
    }

    public func secretHandle(of record: [UInt8]) -> UInt64? {
        guard let number = try? StoredRecordView(record).secretNumber else { return nil }
        return UInt64(number.block) << 16 | UInt64(number.number)
    }

    public func destroySecrets(_ handles: [UInt64]) throws {
        try destroy(
            handles.map {
                SecretNumber(block: UInt32(truncatingIfNeeded: $0 >> 16), number: UInt16(truncatingIfNeeded: $0))
            })
    }

    public func packer(for file: RecordFileIdentity, entries: any SegmentEntries) throws -> any RecordPacker {
        SealedRecordPacker(vault: vault, file: file, commitments: SegmentCommitments(entries))
    }

    private static func entry(_ bytes: [UInt8]) throws -> Entry {
        do { return try Entry(decoding: bytes) } catch {
            throw StorageError(.corrupt, "an entry cannot be read: \(error)", remedy: "run `tamga audit`")
        }
    }

    /// Kind and commitment; `nil` when the record's secret was destroyed.
    private func view(_ bytes: [UInt8]) throws -> (RecordKind, Digest)? {
        try unlessDestroyed {
            let view = try StoredRecordView(bytes)
            return (view.kind, view.commitment(under: try view.secret(from: secret)))
        }
    }

    /// `nil` when the record's secret was destroyed.
    private func stored(_ bytes: [UInt8]) throws -> StoredRecord? {
        try unlessDestroyed { try StoredRecord(decoding: bytes, secret: secret) }
    }

    private func unlessDestroyed<Value>(_ body: () throws -> Value) throws -> Value? {
        do {
            return try body()
        } catch is SecretError {
            return nil
        } catch let error as StorageError {
            throw error
        } catch {
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

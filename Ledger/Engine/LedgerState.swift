import LedgerMerkle
import LedgerStorage

/// The ledger as a synchronous state machine: no file, clock, thread or randomness of its own.
///
/// Staged entries are in the tree already but beyond `size`, which only `commit` moves; every reader stays below it.
struct LedgerState: Sendable {
    /// The number of durable entries, and the root over them.
    private(set) var size: UInt64 = 0
    private(set) var root = TreeHash.empty
    /// The checkpoint over them; `nil` before the first signature.
    private(set) var checkpoint: SignedCheckpoint?
    /// The checkpoint that is given out to everybody.
    private(set) var published: SignedCheckpoint?

    private(set) var tree = MerkleTree()
    private var edge = CompactRange()
    private var positions: [UInt64] = []
    private let index: any Index

    /// From how many leaves on the edge is taken from the tree.
    private static let bulkCount = 128

    init(index: any Index) {
        self.index = index
    }

    /// A batch on its way to the disk.
    struct StagedBatch {
        let prepared: PreparedBatch
        let sizeAfter: UInt64
        let rootAfter: Digest

        var frame: [UInt8] { prepared.frame }
        var sizeBefore: UInt64 { prepared.sizeBefore }
        var time: UInt64 { prepared.time }
    }

    /// Puts a batch behind the entries so far, seen by nobody. About one node hash an entry: all that goes with the bytes of the
    /// batch was done when it was prepared, so that whoever holds the state's lock holds it for long neither way.
    ///
    /// - Precondition: the batch was prepared for this size.
    mutating func stage(_ batch: PreparedBatch) -> StagedBatch {
        precondition(batch.sizeBefore == edge.size)
        append(batch.leafHashes)
        return StagedBatch(prepared: batch, sizeAfter: edge.size, rootAfter: edge.root)
    }

    /// Makes a batch visible after its sync and signature.
    mutating func commit(_ batch: StagedBatch, at position: JournalPosition, checkpoint: SignedCheckpoint) {
        precondition(
            batch.sizeBefore == size && checkpoint.size == batch.sizeAfter && checkpoint.root == batch.rootAfter)
        let prepared = batch.prepared
        for (number, leafHash) in prepared.leafHashes.enumerated() {
            let entryIndex = batch.sizeBefore + UInt64(number)
            let at = JournalPosition(file: position.file, offset: position.offset + prepared.itemOffsets[number])
            insert(leafHash: leafHash, keys: prepared.keys[number], at: at, entryIndex: entryIndex)
        }
        (size, root) = (batch.sizeAfter, batch.rootAfter)
        self.checkpoint = checkpoint
    }

    mutating func publish() {
        published = checkpoint
    }

    // MARK: Recovery

    /// Takes over a batch that was read back from the journal.
    ///
    /// - Throws: `StorageError.corrupt` when the batch does not continue this state.
    mutating func replay(_ batch: ScannedBatch, after time: UInt64) throws {
        let header = batch.header
        guard header.rootBefore == root else {
            throw StorageError.damage(batch, "names another root before it than the entries before it give")
        }
        guard header.time >= time else {
            throw StorageError.damage(batch, "is dated before the batch before it")
        }
        guard header.time <= FrameHeader.latestTime else {
            throw StorageError.damage(batch, "is dated beyond any clock (\(header.time) ms)")
        }
        var leafHashes: [Digest] = []
        leafHashes.reserveCapacity(Int(header.count))
        var entryIndex = size
        let fits = batch.forEachItem { item, position in
            let leafHash = TreeHash.leaf(item.entry)
            leafHashes.append(leafHash)
            let keys = (0..<item.keyCount).map(item.key)
            insert(leafHash: leafHash, keys: keys, at: position, entryIndex: entryIndex)
            entryIndex += 1
        }
        guard fits else { throw StorageError.damage(batch, "holds items that do not fill it") }
        append(leafHashes)
        (size, root) = (edge.size, edge.root)
    }

    mutating func restore(_ checkpoint: SignedCheckpoint) {
        precondition(checkpoint.size == size && checkpoint.root == root)
        self.checkpoint = checkpoint
        published = checkpoint
    }

    // MARK: Reading

    func find(_ key: DomainKey) -> UInt64? {
        index.find(key).flatMap { $0 < size ? $0 : nil }
    }

    func position(of entryIndex: UInt64) -> JournalPosition? {
        entryIndex < size ? JournalPosition(packed: positions[Int(entryIndex)]) : nil
    }

    private mutating func append(_ leafHashes: [Digest]) {
        tree.append(leafHashes)
        // The tree has hashed these leaves in bulk by now: a large batch need not be hashed once more one by one.
        if leafHashes.count >= LedgerState.bulkCount, let bulk = try? CompactRange(of: tree) {
            edge = bulk
        } else {
            for leafHash in leafHashes { edge.append(leafHash) }
        }
    }

    private mutating func insert(leafHash: Digest, keys: [DomainKey], at position: JournalPosition, entryIndex: UInt64)
    {
        positions.append(position.packed)
        index.insert(DomainKey(leafHash: leafHash), at: entryIndex)
        for key in keys { index.insert(key, at: entryIndex) }
    }
}

extension StorageError {
    fileprivate static func damage(_ batch: ScannedBatch, _ what: String) -> StorageError {
        StorageError(
            .corrupt,
            "the batch at index \(batch.header.sizeBefore) (journal file \(batch.position.file + 1), byte \(batch.position.offset)) "
                + what,
            remedy: "nothing was changed: restore the journal folder from a copy")
    }
}

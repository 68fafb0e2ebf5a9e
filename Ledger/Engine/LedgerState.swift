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

    private(set) var tree: LedgerTree
    /// The time of the newest batch, Unix ms.
    private(set) var newestTime: UInt64 = 0
    /// Where the entries from `sealedEnd` on lie in the journal.
    private var positions: [UInt64] = []
    /// The entries before it are read from segments.
    private(set) var sealedEnd: UInt64
    /// The keys of entries that are not sealed, in order of the spans.
    private var tables: [KeyTable] = []
    /// Goes up when keys leave for the hash index: who found none there before looks again.
    private(set) var sealings: UInt64 = 0
    /// The tree from the start of the journal up to where the segments end; `nil` once the journal has gone on from there.
    private var leadIn: CompactRange?

    private struct KeyTable: Sendable {
        let span: UInt64
        let index: any Index
    }

    /// - Parameters:
    ///   - sealed: the tree over what is sealed.
    ///   - leadIn: the tree at the journal's first entry, which may be sealed already.
    init(sealed: LedgerTree, leadIn: CompactRange) {
        tree = sealed
        (size, root) = (sealed.size, sealed.root)
        sealedEnd = sealed.size
        self.leadIn = leadIn.size < sealed.size ? leadIn : nil
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
        precondition(batch.sizeBefore == tree.size)
        tree.append(batch.leafHashes)
        return StagedBatch(prepared: batch, sizeAfter: tree.size, rootAfter: tree.root)
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
        (size, root, newestTime) = (batch.sizeAfter, batch.rootAfter, batch.time)
        self.checkpoint = checkpoint
    }

    mutating func publish() {
        published = checkpoint
    }

    // MARK: Recovery

    /// Takes over a batch that was read back from the journal. Of entries that are sealed already only the hashes are looked at.
    ///
    /// - Throws: `StorageError.corrupt` when the batch does not continue this state.
    mutating func replay(_ batch: ScannedBatch, after time: UInt64) throws {
        let header = batch.header
        guard header.rootBefore == leadIn?.root ?? root else {
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
        var entryIndex = header.sizeBefore
        let fits = batch.forEachItem { item, position in
            let leafHash = TreeHash.leaf(item.entry)
            leadIn?.append(leafHash)
            if entryIndex >= sealedEnd {
                leafHashes.append(leafHash)
                let keys = (0..<item.keyCount).map(item.key)
                insert(leafHash: leafHash, keys: keys, at: position, entryIndex: entryIndex)
            }
            entryIndex += 1
        }
        guard fits else { throw StorageError.damage(batch, "holds items that do not fill it") }
        tree.append(leafHashes)
        (size, root, newestTime) = (tree.size, tree.root, header.time)
        guard let lead = leadIn, lead.size >= sealedEnd else { return }
        guard lead.root == root else {
            throw StorageError.damage(batch, "gives another root than the segments")
        }
        leadIn = nil
    }

    mutating func restore(_ checkpoint: SignedCheckpoint) {
        precondition(checkpoint.size == size && checkpoint.root == root)
        self.checkpoint = checkpoint
        published = checkpoint
    }

    // MARK: Reading

    /// The newest index under a key among the entries whose span is not sealed as a whole.
    func find(_ key: DomainKey) -> UInt64? {
        for table in tables.reversed() {
            // What is staged is in no table yet, so nothing found lies beyond the end.
            if let found = table.index.find(key) { return found }
        }
        return nil
    }

    /// Where an entry lies in the journal; `nil` for one that is sealed, or beyond the end.
    func position(of entryIndex: UInt64) -> JournalPosition? {
        guard entryIndex < size, entryIndex >= sealedEnd else { return nil }
        return JournalPosition(packed: positions[Int(entryIndex - sealedEnd)])
    }

    private mutating func insert(leafHash: Digest, keys: [DomainKey], at position: JournalPosition, entryIndex: UInt64)
    {
        positions.append(position.packed)
        let span = entryIndex >> UInt64(tree.height)
        if tables.last?.span != span { tables.append(KeyTable(span: span, index: MemoryIndex())) }
        let index = tables[tables.count - 1].index
        index.insert(DomainKey(leafHash: leafHash), at: entryIndex)
        for key in keys { index.insert(key, at: entryIndex) }
    }

    // MARK: Sealing

    /// Everything before an index is in segments, and its keys are in the hash index: it is read from there from now on.
    mutating func release(upTo end: UInt64) {
        precondition(end >= sealedEnd && end <= size)
        positions.removeFirst(Int(end - sealedEnd))
        sealedEnd = end
        let span = end >> UInt64(tree.height)
        tables.removeAll { $0.span < span }
        tables.first?.index.removeAll(before: end)
        while tree.firstOpenSpan < span { tree.releaseFirstSpan() }
        sealings += 1
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

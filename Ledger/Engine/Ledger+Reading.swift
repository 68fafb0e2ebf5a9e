public import LedgerMerkle
public import LedgerStorage
import Synchronization

/// Reading: from any thread, never beyond what is durable.
extension Ledger {
    /// The number of durable entries.
    public var size: UInt64 { state.withLock { $0.size } }

    /// The newest signed checkpoint: everything acknowledged so far is under it.
    public func newestCheckpoint() throws -> SignedCheckpoint {
        guard let checkpoint = state.withLock({ $0.checkpoint }) else {
            throw LedgerError.stopped("no checkpoint is signed yet")
        }
        return checkpoint
    }

    /// The checkpoint that is given out to everybody, renewed every second.
    public func publishedCheckpoint() throws -> SignedCheckpoint {
        guard let checkpoint = state.withLock({ $0.published }) else {
            throw LedgerError.stopped("no checkpoint is signed yet")
        }
        return checkpoint
    }

    /// The newest index under a domain key. In memory for what is not sealed yet; else one page of the index and one block of a
    /// segment, and for a key that is not there a few filter probes.
    ///
    /// - Throws: `StorageError` when the index or a segment is damaged.
    public func find(_ key: DomainKey) throws -> UInt64? {
        // In this order: a key is in the index before it leaves the state.
        if let found = state.withLock({ $0.find(key) }) { return found }
        return try store.newest(key).flatMap { $0 < size ? $0 : nil }
    }

    /// As ``find(_:)``, for keys that must not be guessed: of any key that is not there the same number of pages is read, one of each run of
    /// the index, so that neither time nor disk tell one miss from another.
    ///
    /// - Throws: `StorageError` when the index or a segment is damaged.
    public func findEvenly(_ key: DomainKey) throws -> UInt64? {
        if let found = state.withLock({ $0.find(key) }) { return found }
        return try store.newest(key, evenly: true).flatMap { $0 < size ? $0 : nil }
    }

    /// The sealed entry with a leaf hash, by the key of that hash.
    func sealedIndex(ofLeaf key: DomainKey) throws(LedgerError) -> UInt64? {
        do {
            return try store.newest(key)
        } catch {
            throw .stopped("whether the entry is there already cannot be told: \(error)")
        }
    }

    /// The leaf hash of an entry.
    public func leafHash(at index: UInt64) throws -> Digest {
        let size = size
        guard index < size else { throw LedgerError.noSuchIndex(index, size: size) }
        return try LockedHashes(ledger: self).hash(of: Subtree(level: 0, offset: index))
    }

    /// The proof that an entry is in the tree of a size. O(log size).
    public func inclusionProof(index: UInt64, size: UInt64) throws -> InclusionProof {
        let present = self.size
        guard size <= present else { throw LedgerError.noSuchIndex(size, size: present) }
        guard index < size else { throw LedgerError.noSuchIndex(index, size: size) }
        let height = UInt64(store.segments.shape.height)
        let span = index >> height
        // Within a sealed span that the tree has whole, the way to the span's root is two tiles, and from there on it is the same for all.
        guard (span + 1) << height <= min(size, store.segments.completeEnd) else {
            return try LockedHashes(ledger: self).inclusionProof(index: index, size: size)
        }
        var hashes: [Digest] = []
        hashes.reserveCapacity(64)
        try store.segments.appendSiblings(of: index, to: &hashes)
        hashes += try spanPath(span, size: size)
        return InclusionProof(index: index, size: size, hashes: hashes)
    }

    /// The upper part of the proofs of all entries of a span: kept for the size that was asked for last.
    private func spanPath(_ span: UInt64, size: UInt64) throws -> [Digest] {
        if let path = spanPaths.withLock({ $0.size == size ? $0.paths[span] : nil }) { return path }
        let height = store.segments.shape.height
        let whole = try LockedHashes(ledger: self).inclusionProof(index: span << UInt64(height), size: size)
        let path = Array(whole.hashes.dropFirst(height))
        spanPaths.withLock { paths in
            if paths.size != size { paths = SpanPaths(size: size) }
            paths.paths[span] = path
        }
        return path
    }

    /// The proof that the tree of one size begins with the tree of an earlier one. O(log new).
    public func consistencyProof(from old: UInt64, to new: UInt64) throws -> ConsistencyProof {
        let present = size
        guard new <= present else { throw LedgerError.noSuchIndex(new, size: present) }
        return try LockedHashes(ledger: self).consistencyProof(from: old, to: new)
    }

    /// The hashes of a tile of the tree of `size` entries; `nil` when that tree has no such tile.
    ///
    /// - Throws: `StorageError` when a segment is damaged.
    public func tile(level: Int, index: UInt64, width: Int, size: UInt64) throws -> [Digest]? {
        guard level >= 0, level < 8, width >= 1, width <= 256, size <= self.size else { return nil }
        let (first, overflow) = index.multipliedReportingOverflow(by: 256)
        guard !overflow, first <= size >> UInt64(8 * level), first + UInt64(width) <= size >> UInt64(8 * level)
        else { return nil }
        let hashes = LockedHashes(ledger: self)
        return try (first..<first + UInt64(width)).map { try hashes.hash(of: Subtree(level: 8 * level, offset: $0)) }
    }

    /// An entry, held against its leaf hash. One small read of the journal, or of a block of its segment.
    public func entry(at index: UInt64) throws -> [UInt8] {
        let entry = try read(index, fromJournal: { try $0.entry(at: $1) }, sealed: { try $0.entry(at: index) })
        try check(entry, at: index)
        return entry
    }

    /// The entries of a range, such as a tile's, each held against its leaf hash.
    public func entries(in range: Range<UInt64>) throws -> [[UInt8]] {
        guard !range.isEmpty else { return [] }
        let blockHeight = UInt64(store.segments.shape.blockHeight)
        let (first, last) = (range.lowerBound >> blockHeight, (range.upperBound - 1) >> blockHeight)
        guard first == last, range.upperBound <= store.segments.end else {
            return try range.map(entry(at:))
        }
        let entries = try store.segments.entries(in: range)
        for (index, entry) in zip(range, entries) { try check(entry, at: index) }
        return entries
    }

    /// What is held of the record of an entry; a reader beside a service gives what the folder holds when it is asked, and nothing that was
    /// erased before, at the cost of one more call of the system.
    ///
    /// - Throws: `StorageError` when the bytes are not what was recorded.
    public func record(at index: UInt64) throws -> SealedRecord {
        if isReader { return try recordAsOfNow(at: index) }
        return try recordAsOpened(at: index) ?? SealedRecord.none
    }

    /// - Returns: `nil` when the journal's file is not in the folder any more, for a reader.
    func recordAsOpened(at index: UInt64) throws -> SealedRecord? {
        try read(
            index,
            fromJournal: { reader, position in
                let item = try reader.item(at: position)
                try self.check(item.entry, at: index)
                // Looked at behind the reading: what was erased before this look is not handed out.
                if self.isReader, !reader.isPresent(position) { return nil }
                if item.payload.isEmpty { return SealedRecord.none }
                return .held(try self.store.segments.codec.open(item.payload, entry: item.entry))
            }, sealed: { try $0.record(at: index) })
    }

    /// Reads from the journal or from a segment, wherever the entry lies by then.
    private func read<Result>(
        _ index: UInt64, fromJournal: (JournalReader, JournalPosition) throws -> Result,
        sealed: (SegmentStore) throws -> Result
    ) throws -> Result {
        while true {
            let (position, end, size) = state.withLock { ($0.position(of: index), $0.sealedEnd, $0.size) }
            guard index < size else { throw LedgerError.noSuchIndex(index, size: size) }
            guard let position else { return try sealed(store.segments) }
            do {
                return try fromJournal(reader.withLock { $0 }, position)
            } catch {
                // Sealed meanwhile, and its journal file let go: it is in a segment now.
                guard state.withLock({ $0.sealedEnd }) > end else { throw error }
            }
        }
    }

    private func check(_ entry: [UInt8], at index: UInt64) throws {
        guard try TreeHash.leaf(entry) == leafHash(at: index) else {
            throw StorageError(
                .corrupt, "the entry at index \(index) does not have the hash it was recorded with",
                remedy: "the disk has changed it: stop the service, run `tamga audit`, then `tamga repair`")
        }
    }

    /// The acknowledgement of an entry recorded before, under the newest checkpoint.
    public func acknowledgement(of index: UInt64) throws -> Acknowledgement {
        let entry = try entry(at: index)
        var recorded: UInt64 = 0
        if entry.count >= 10 { for byte in entry[2..<10] { recorded = recorded << 8 | UInt64(byte) } }
        return Acknowledgement(index: index, recorded: recorded, checkpoint: try newestCheckpoint())
    }
}

/// The tree of a ledger: open spans under the state's lock, sealed ones from their segments.
struct LockedHashes: SubtreeHashes {
    let ledger: Ledger

    var size: UInt64 { ledger.state.withLock { $0.tree.size } }

    func hash(of subtree: Subtree) throws -> Digest {
        try ledger.state.withLock { try $0.tree.openHash(of: subtree) } ?? ledger.store.segments.hash(of: subtree)
    }
}

/// Upper parts of inclusion proofs in the tree of one size, by span.
struct SpanPaths: Sendable {
    var size: UInt64 = 0
    var paths: [UInt64: [Digest]] = [:]
}

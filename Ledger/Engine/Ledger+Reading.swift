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

    /// The newest index under a domain key. Expected O(1).
    public func find(_ key: DomainKey) -> UInt64? {
        state.withLock { $0.find(key) }
    }

    /// The leaf hash of an entry.
    public func leafHash(at index: UInt64) throws -> Digest {
        try state.withLock { state in
            guard index < state.size, let hash = state.tree.leafHash(at: index) else {
                throw LedgerError.noSuchIndex(index, size: state.size)
            }
            return hash
        }
    }

    /// The proof that an entry is in the tree of a size. O(log size).
    public func inclusionProof(index: UInt64, size: UInt64) throws -> InclusionProof {
        try state.withLock { state in
            guard size <= state.size else { throw LedgerError.noSuchIndex(size, size: state.size) }
            guard index < size else { throw LedgerError.noSuchIndex(index, size: size) }
            return try state.tree.inclusionProof(index: index, size: size)
        }
    }

    /// The proof that the tree of one size begins with the tree of an earlier one. O(log new).
    public func consistencyProof(from old: UInt64, to new: UInt64) throws -> ConsistencyProof {
        try state.withLock { state in
            guard new <= state.size else { throw LedgerError.noSuchIndex(new, size: state.size) }
            return try state.tree.consistencyProof(from: old, to: new)
        }
    }

    /// The hashes of a tile of the tree of `size` entries; `nil` when that tree has no such tile.
    public func tile(level: Int, index: UInt64, width: Int, size: UInt64) -> [Digest]? {
        state.withLock { state in
            guard level >= 0, level < 8, width >= 1, width <= 256, size <= state.size else { return nil }
            let (first, overflow) = index.multipliedReportingOverflow(by: 256)
            guard !overflow, first <= size >> UInt64(8 * level),
                first + UInt64(width) <= size >> UInt64(8 * level)
            else { return nil }
            return state.tree.tile(level: level, index: index, width: width)
        }
    }

    /// An entry with its keys and payload, held against its leaf hash. One read of the journal.
    public func item(at index: UInt64) throws -> JournalItem {
        let (position, leafHash) = try place(of: index)
        let item = try reader.withLock { $0 }.item(at: position)
        try check(item.entry, leafHash, at: index)
        return item
    }

    /// An entry alone, held against its leaf hash. One small read of the journal.
    public func entry(at index: UInt64) throws -> [UInt8] {
        let (position, leafHash) = try place(of: index)
        let entry = try reader.withLock { $0 }.entry(at: position)
        try check(entry, leafHash, at: index)
        return entry
    }

    private func place(of index: UInt64) throws -> (JournalPosition, Digest) {
        try state.withLock { state in
            guard let position = state.position(of: index), let hash = state.tree.leafHash(at: index) else {
                throw LedgerError.noSuchIndex(index, size: state.size)
            }
            return (position, hash)
        }
    }

    private func check(_ entry: [UInt8], _ leafHash: Digest, at index: UInt64) throws {
        guard TreeHash.leaf(entry) == leafHash else {
            throw StorageError(
                .corrupt, "the entry at index \(index) does not have the hash it was recorded with",
                remedy: "the disk has changed it: stop the service, run `tamga audit`, restore the journal from a copy")
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

import LedgerMerkle
import LedgerStorage

/// What was read back from a data folder.
struct Recovered {
    let state: LedgerState
    let tail: JournalTail
    /// The time of the newest batch, Unix ms.
    let lastRecorded: UInt64

    /// The root that the tree had at a size.
    func root(of size: UInt64, in segments: SegmentStore) throws -> Digest {
        try SealedHashes(tree: state.tree, segments: segments, size: state.size).root(size: size)
    }
}

/// The tree over what is sealed, up to any size.
struct SealedHashes: SubtreeHashes {
    let tree: LedgerTree
    let segments: SegmentStore
    let size: UInt64

    func hash(of subtree: Subtree) throws -> Digest {
        try tree.openHash(of: subtree) ?? segments.hash(of: subtree)
    }
}

/// Reads the journal back from where the segments end, and holds both against the watermark (decision 5: torn is not corrupt).
struct Recovery {
    let disk: any Disk
    let folder: DataFolder
    let segments: SegmentStore
    let watermark: SignerState

    /// Rebuilds the state from the segments' footers and the journal's bytes.
    ///
    /// - Parameters:
    ///   - toWatermark: stop there; readers beside a running server do, and so does the way back after a failed sync, where what
    ///     lies above was never acknowledged.
    ///   - fromMedium: sync and read past the kernel's cache (`JournalScanner.scan`); whoever goes on writing does.
    /// - Throws: `StorageError.behindSigner` when the journal is shorter than, or differs from, what was signed;
    ///   `.corrupt` for damage below the watermark. Damage above it is reported in the tail.
    func run(toWatermark: Bool, fromMedium: Bool = false, progress: (Int, Int) -> Void) throws -> Recovered {
        let sealed = try sealedTree()
        var state = LedgerState(sealed: sealed, leadIn: CompactRange())
        var time: UInt64 = 0
        if watermark.size <= sealed.size {
            let hashes = SealedHashes(tree: sealed, segments: segments, size: sealed.size)
            guard try hashes.root(size: watermark.size) == watermark.root else { throw differs(watermark.size) }
        }
        let scanner = JournalScanner(disk: disk, directory: folder.journalPath, ledgerID: folder.ledgerID)
        let limit = toWatermark ? max(watermark.size, sealed.size) : nil
        let tail = try scanner.scan(
            sealed: sealed.size, limit: limit, fromMedium: fromMedium, progress: progress,
            begin: { header in
                let leadIn = try CompactRange(
                    of: SealedHashes(tree: sealed, segments: segments, size: header.firstIndex))
                guard leadIn.root == header.rootBefore else { throw parted(header.firstIndex) }
                state = LedgerState(sealed: sealed, leadIn: leadIn)
            }
        ) { batch in
            try state.replay(batch, after: time)
            time = batch.header.time
            let first = batch.header.sizeBefore
            if first < watermark.size, state.size >= watermark.size, watermark.size > sealed.size {
                guard state.size == watermark.size, state.root == watermark.root else { throw differs(watermark.size) }
            }
        }
        if tail.size < max(watermark.size, sealed.size) { throw shorter(tail) }
        if let damage = tail.damage, tail.isFollowedByFrames { throw notTorn(damage) }
        return Recovered(state: state, tail: tail, lastRecorded: max(time, segments.summaries().last?.lastTime ?? 0))
    }

    /// The tree over the segments: complete ones by their roots, the leaves of an incomplete last one.
    private func sealedTree() throws -> LedgerTree {
        var tree = LedgerTree(height: segments.shape.height, spanRoots: segments.completeRoots)
        guard tree.size < segments.end else { return tree }
        tree.append(try segments.leafHashes(from: tree.size))
        return tree
    }

    private func parted(_ index: UInt64) -> StorageError {
        StorageError(
            .corrupt, "the journal begins at index \(index) with another root than the segments before it give",
            remedy: "nothing was changed: restore \(folder.journalPath) and \(folder.segmentsPath) from one copy")
    }

    /// Only the last batch can be torn: each is synced before the next is written.
    private func notTorn(_ damage: String) -> StorageError {
        StorageError(
            .corrupt, "the journal is damaged before its last batch: \(damage)",
            remedy: "nothing was changed: restore \(folder.journalPath) from a copy that has all of it")
    }

    private func shorter(_ tail: JournalTail) -> StorageError {
        if let damage = tail.damage {
            let signed = max(watermark.size, segments.end)
            return StorageError(
                .corrupt, "the journal is damaged below what was signed (\(signed) entries): \(damage)",
                remedy:
                    "nothing was changed: restore \(folder.journalPath) from a copy that has all \(signed) entries"
            )
        }
        return StorageError(
            .behindSigner,
            "the journal ends at \(tail.size) entries, but \(watermark.size) were signed: this is an older copy of the ledger",
            remedy:
                "restore the newest copy of \(folder.journalPath); signing here again would fork the ledger, so it is refused"
        )
    }

    private func differs(_ size: UInt64) -> StorageError {
        StorageError(
            .behindSigner, "the journal has another root at \(size) entries than the one that was signed",
            remedy: "this journal is a fork or another ledger's: restore the journal that belongs to the signer's state"
        )
    }
}

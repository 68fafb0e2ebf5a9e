import LedgerMerkle
import LedgerStorage

/// What was read back from a data folder.
struct Recovered {
    let state: LedgerState
    let tail: JournalTail
    /// The time of the newest batch, Unix ms.
    let lastRecorded: UInt64
}

/// Reads the journal back and holds it against the watermark (decision 5: torn is not corrupt).
struct Recovery {
    let disk: any Disk
    let folder: DataFolder
    let watermark: SignerState

    /// Rebuilds the state from the journal's bytes.
    ///
    /// - Parameters:
    ///   - toWatermark: stop there; readers beside a running server do, and so does the way back after a failed sync, where what
    ///     lies above was never acknowledged.
    ///   - fromMedium: sync and read past the kernel's cache (`JournalScanner.scan`); whoever goes on writing does.
    /// - Throws: `StorageError.behindSigner` when the journal is shorter than, or differs from, what was signed;
    ///   `.corrupt` for damage below the watermark. Damage above it is reported in the tail.
    func run(toWatermark: Bool, fromMedium: Bool = false, progress: (Int, Int) -> Void) throws -> Recovered {
        var state = LedgerState(index: MemoryIndex())
        var time: UInt64 = 0
        if watermark.size == 0, watermark.root != TreeHash.empty { throw differs(0) }
        let scanner = JournalScanner(disk: disk, directory: folder.journalPath, ledgerID: folder.ledgerID)
        let limit = toWatermark ? watermark.size : nil
        let tail = try scanner.scan(limit: limit, fromMedium: fromMedium, progress: progress) { batch in
            try state.replay(batch, after: time)
            time = batch.header.time
            let first = batch.header.sizeBefore
            if first < watermark.size, state.size >= watermark.size {
                guard state.size == watermark.size, state.root == watermark.root else { throw differs(watermark.size) }
            }
        }
        if tail.size < watermark.size { throw shorter(tail) }
        if let damage = tail.damage, tail.isFollowedByFrames { throw notTorn(damage) }
        return Recovered(state: state, tail: tail, lastRecorded: time)
    }

    /// Only the last batch can be torn: each is synced before the next is written.
    private func notTorn(_ damage: String) -> StorageError {
        StorageError(
            .corrupt, "the journal is damaged before its last batch: \(damage)",
            remedy: "nothing was changed: restore \(folder.journalPath) from a copy that has all of it")
    }

    private func shorter(_ tail: JournalTail) -> StorageError {
        if let damage = tail.damage {
            return StorageError(
                .corrupt, "the journal is damaged below what was signed (\(watermark.size) entries): \(damage)",
                remedy:
                    "nothing was changed: restore \(folder.journalPath) from a copy that has all \(watermark.size) entries"
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

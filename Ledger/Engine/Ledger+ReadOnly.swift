public import LedgerStorage

extension Ledger {
    /// Opens a ledger for reading beside a running service: without the lock, up to the watermark, changing nothing.
    ///
    /// - Parameter signer: signs the checkpoint at the watermark again; Ed25519 gives the same signature as before.
    /// - Throws: `StorageError` when anything below the watermark is not as it was signed.
    public static func openForReading(
        folder: DataFolder, disk: any Disk = PosixDisk(), signer: any CheckpointSigner,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Ledger {
        // The watermark is read first: a service that goes on writing only ever moves it up.
        let watermark = try SignerStates.watermark(folder: folder, disk: disk)
        let recovered = try Recovery(disk: disk, folder: folder, watermark: watermark)
            .run(toWatermark: true, progress: progress)
        var reader = JournalReader(disk: disk, directory: folder.journalPath)
        try reader.open(recovered.tail.files)
        var state = recovered.state
        state.restore(try signer.sign(size: state.size, root: state.root))
        let ledger = Ledger(folder: folder, configuration: Configuration(), state: state, reader: reader)
        ledger.queue.withLock { queue in
            queue.stopped = .stopped("the ledger is open for reading only")
            queue.isClosed = true
        }
        return ledger
    }
}

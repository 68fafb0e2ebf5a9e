public import LedgerStorage
import Synchronization

extension Ledger {
    /// Opens a ledger for reading beside a running service: without the lock, up to the watermark, changing nothing.
    ///
    /// - Parameters:
    ///   - configuration: codec, limits, and where the service keeps a further copy of the signer's state; that counts for the
    ///     watermark when it is there, so that an older copy of the folder is refused here, too.
    ///   - signer: signs the checkpoint at the watermark again; Ed25519 gives the same signature as before.
    /// - Throws: `StorageError` when anything below the watermark is not as it was signed.
    public static func openForReading(
        folder: DataFolder, configuration: Configuration = Configuration(), disk: any Disk = PosixDisk(),
        signer: any CheckpointSigner, progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Ledger {
        // The watermark is read first: a service that goes on writing only ever moves it up.
        let watermark = try SignerStates.watermark(
            folder: folder, shadowPath: configuration.signerStateShadow, disk: disk)
        let store = try SealedStore.open(folder: folder, configuration: configuration, disk: disk, forWriting: false)
        let recovered = try Recovery(disk: disk, folder: folder, segments: store.segments, watermark: watermark)
            .run(toWatermark: true, progress: progress)
        var reader = JournalReader(disk: disk, directory: folder.journalPath)
        try reader.open(recovered.tail.files)
        var state = recovered.state
        state.restore(try signer.sign(size: state.size, root: state.root))
        let ledger = Ledger(
            folder: folder, configuration: configuration, store: store, state: state, reader: reader,
            openingNotes: recovered.tail.harmless)
        ledger.queue.withLock { queue in
            queue.stopped = .stopped("the ledger is open for reading only")
            queue.isClosed = true
        }
        return ledger
    }

    /// A record as the folder has it now: its journal file may have been let go, or its segment replaced, since this reader opened them.
    ///
    /// Then manifests and footers of all segments are read again, and kept until they are outdated, too.
    func recordAsOfNow(at index: UInt64) throws -> SealedRecord {
        do {
            if let record = try recordAsOpened(at: index) { return record }
        } catch let error as DiskError where error.code == .notFound {}
        do {
            if let newer = newerSegments.withLock({ $0 }), index < newer.end { return try newer.record(at: index) }
        } catch let error as DiskError where error.code == .notFound {}
        let newer = try store.segments.reopened()
        newerSegments.withLock { $0 = newer }
        return try newer.record(at: index)
    }
}

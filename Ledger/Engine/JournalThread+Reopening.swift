import LedgerMerkle
import LedgerStorage
import Synchronization

extension JournalThread {
    /// Reads the journal back after a failure, from new descriptors, and cuts what was never acknowledged.
    ///
    /// - Returns: whether filing is open again.
    func reopen(_ ledger: Ledger) -> Bool {
        guard keySigns(ledger) else { return false }
        return ledger.store.changing.withLock(isUrgent: true) { reopenAlone(ledger) }
    }

    /// Whether the key signs again what was acknowledged, where it was the key that failed: while it is away, the journal is not read
    /// back every few seconds.
    private func keySigns(_ ledger: Ledger) -> Bool {
        guard case .signerFailed = ledger.queue.withLock({ $0.stopped }) else { return true }
        let (size, root) = ledger.state.withLock { ($0.size, $0.root) }
        do {
            _ = try signing.sign(size: size, root: root)
            return true
        } catch {
            ledger.queue.notify { $0.stopped = Self.reason(for: error) }
            return false
        }
    }

    private func reopenAlone(_ ledger: Ledger) -> Bool {
        do {
            states = try SignerStates.open(folder: folder, shadowPath: configuration.signerStateShadow, disk: disk)
            let (size, root) = ledger.state.withLock { ($0.size, $0.root) }
            // What was acknowledged stays, even if the file that names it was lost with a failed sync of its own.
            let onDisk = states.watermark
            var watermark = onDisk.size > size ? onDisk : SignerState(size: size, root: root, time: time.lastSeen)
            // A reader beside us may have given out what one copy of the state said, even if that copy is lost by now.
            if let mayBeSigned, mayBeSigned.size > watermark.size { watermark = mayBeSigned }
            let segments = ledger.store.segments
            let recovered = try Recovery(disk: disk, folder: folder, segments: segments, watermark: watermark)
                .run(toWatermark: true, fromMedium: true, progress: { _, _ in })
            guard try recovered.root(of: size, in: segments) == root, onDisk.size != size || onDisk.root == root else {
                throw StorageError(
                    .behindSigner, "what was read back differs from the \(size) entries that were acknowledged",
                    remedy: "stop the service, keep the folder as it is and run `tamga audit`")
            }
            let tail = recovered.tail.discarding("never acknowledged: its sync failed")
            writer = try JournalWriter(
                disk: disk, directory: folder.journalPath, ledgerID: folder.ledgerID, tail: tail,
                fileLength: folder.journalFileLength)
            // Files before the last one were synced long ago: their descriptors are good, and not held twice meanwhile.
            let reader = try ledger.reader.withLock { $0 }.reopened(writer.fileNames, keeping: tail.end.file)
            fileNames = writer.fileNames.count
            var state = recovered.state
            state.restore(try signing.sign(size: state.size, root: state.root))
            try states.write(SignerState(size: state.size, root: state.root, time: time.lastSeen))
            try states.synchronize()
            mayBeSigned = nil
            // The reader first: a position from the new state may lie in a file that the old one has not open.
            ledger.reader.withLock { $0 = reader }
            ledger.state.withLock { swap(&$0, &state) }
            ledger.queue.notify { queue in
                // Again: who read the epoch after the failure may have built on the state before this one.
                queue.epoch += 1
                (queue.stopped, queue.fileStop) = (nil, nil)
            }
            return true
        } catch {
            ledger.queue.notify { $0.stopped = Self.reason(for: error, while: "the journal cannot be reopened: ") }
            return false
        }
    }
}

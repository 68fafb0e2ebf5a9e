import LedgerMerkle
import LedgerStorage
import Synchronization

/// The thread that owns the journal: files, signer's state and clock. Nothing here is shared.
final class JournalThread {
    /// How long to wait before a failed ledger is read back again, ms.
    static let reopenIntervalMs: UInt64 = 5_000

    private let folder: DataFolder
    private let configuration: Ledger.Configuration
    private let disk: any Disk
    private let clock: any Clock
    private let signing: SigningThread
    // Held while the folder is ours; given up before `close` returns.
    private var lock: (any DiskFile)?
    private var states: SignerStates
    private var writer: JournalWriter
    private var time: TimeGuard
    private var fileNames: Int
    private var stateIsDirty = false
    private var lastPublished: UInt64 = 0

    /// The state as read back; the ledger takes it over.
    let openedState: LedgerState
    let openedReader: JournalReader
    /// Why the clock would stop filing right now.
    let openedComplaint: LedgerError?

    init(
        folder: DataFolder, configuration: Ledger.Configuration, disk: any Disk, clock: any Clock,
        signer: any CheckpointSigner, progress: (Int, Int) -> Void
    ) throws {
        self.folder = folder
        self.configuration = configuration
        self.disk = disk
        self.clock = clock
        let lock = try disk.open(folder.lockPath, readOnly: false, create: true)
        guard try lock.tryLock() else {
            throw StorageError(
                .locked, "another process has \(folder.path) open",
                remedy: "use the running service, or stop it first; `prove` and `audit` work beside it")
        }
        self.lock = lock
        states = try SignerStates.open(folder: folder, shadowPath: configuration.signerStateShadow, disk: disk)
        let recovered = try Recovery(disk: disk, folder: folder, watermark: states.watermark)
            .run(toWatermark: false, fromMedium: true, progress: progress)
        signing = SigningThread(signer)
        time = TimeGuard(lastRecorded: recovered.lastRecorded, lastSeen: states.watermark.time)
        if configuration.acceptsClock { time.accept(now: clock.now(), monotonic: clock.monotonic()) }
        writer = try JournalWriter(
            disk: disk, directory: folder.journalPath, ledgerID: folder.ledgerID, tail: recovered.tail,
            fileLength: folder.journalFileLength)
        var reader = JournalReader(disk: disk, directory: folder.journalPath)
        let names = try JournalScanner(disk: disk, directory: folder.journalPath, ledgerID: folder.ledgerID).files()
        try reader.open(names)
        fileNames = names.count
        var state = recovered.state
        // The writer has synced all that was read back: only now may it be signed.
        state.restore(try signing.sign(size: state.size, root: state.root))
        try states.write(SignerState(size: state.size, root: state.root, time: time.lastSeen))
        try states.synchronize()
        var probe = time
        do throws(LedgerError) {
            _ = try probe.admit(now: clock.now(), monotonic: clock.monotonic())
            openedComplaint = nil
        } catch {
            openedComplaint = error
        }
        openedState = state
        openedReader = reader
    }

    func run(_ ledger: Ledger) {
        var failedAt: UInt64?
        while true {
            let work = ledger.queue.wait(milliseconds: configuration.publishIntervalMs) { queue -> Work? in
                if queue.waiting.isEmpty, !queue.isClosing, !queue.acceptsClock { return nil }
                return Work(taking: &queue, limit: self.configuration.batchLimit, bytes: self.writer.bodyLimit)
            }
            let now = clock.monotonic()
            if let failed = failedAt, now >= failed + JournalThread.reopenIntervalMs || work?.isClosing == true {
                failedAt = reopen(ledger) ? nil : now
            }
            if work?.acceptsClock == true { time.accept(now: clock.now(), monotonic: now) }
            if let batch = work?.batch, !batch.isEmpty, !append(batch, to: ledger) { failedAt = clock.monotonic() }
            if failedAt == nil, now >= lastPublished + UInt64(configuration.publishIntervalMs), !publish(ledger) {
                failedAt = now
            }
            if let work, work.isClosing, work.batch.isEmpty {
                if failedAt == nil { _ = publish(ledger) }
                lock = nil
                ledger.queue.notify { $0.isClosed = true }
                return
            }
        }
    }

    /// What the thread takes from the queue in one go.
    private struct Work {
        var batch: [(submission: Submission, ticket: Ticket)] = []
        let isClosing: Bool
        let acceptsClock: Bool

        init(taking queue: inout Ledger.Queue, limit: Int, bytes: Int) {
            isClosing = queue.isClosing
            acceptsClock = queue.acceptsClock
            queue.acceptsClock = false
            var count = 0
            var taken = 0
            while count < min(limit, queue.waiting.count) {
                let next = queue.waiting[count].submission.item.byteCount
                if count > 0, taken + next > bytes { break }
                taken += next
                count += 1
            }
            batch = Array(queue.waiting.prefix(count))
            queue.waiting.removeFirst(count)
            queue.bytes -= taken
        }
    }

    // MARK: One batch

    /// - Returns: false when a write or sync failed and the journal must be read back.
    private func append(_ batch: [(submission: Submission, ticket: Ticket)], to ledger: Ledger) -> Bool {
        if let stopped = ledger.stopReason, case .outcomeUnknown = stopped {
            fail(batch, stopped, in: ledger)
            return true
        }
        let submissions = batch.map(\.submission)
        let admitted: UInt64
        do throws(LedgerError) {
            admitted = try time.admit(now: clock.now(), monotonic: clock.monotonic())
        } catch {
            fail(batch, error, in: ledger)
            return true
        }
        do throws(DiskError) {
            // Before anything is staged: a full disk costs the caller a clear answer and the ledger nothing.
            let body = submissions.reduce(0) { $0 + $1.item.byteCount }
            let (size, root) = ledger.state.withLock { ($0.size, $0.root) }
            try writer.makeRoom(forBody: body, sizeBefore: size, rootBefore: root)
        } catch {
            if error.code == .full {
                fail(batch, .diskFull(error.description), in: ledger)
                return true
            }
            return stop(.outcomeUnknown(error.description), batch, in: ledger)
        }
        do {
            let staged = ledger.state.withLock { $0.stage(submissions, time: admitted) }
            let position = try writer.append(staged.frame)
            signing.begin(size: staged.sizeAfter, root: staged.rootAfter)
            try writer.synchronize()
            let checkpoint = try signing.result()
            try states.write(SignerState(size: staged.sizeAfter, root: staged.rootAfter, time: time.lastSeen))
            stateIsDirty = true
            try openNewFiles(of: ledger)
            ledger.state.withLock { $0.commit(staged, at: position, checkpoint: checkpoint) }
            for (number, (_, ticket)) in batch.enumerated() {
                let index = staged.sizeBefore + UInt64(number)
                ticket.finish(.success(Acknowledgement(index: index, recorded: staged.time, checkpoint: checkpoint)))
            }
            forget(batch, in: ledger)
            // A full disk here is not yet trouble: it is met again, and answered, when the next file is needed.
            try? writer.prepareNextFile(afterWriting: staged.frame.count)
            return true
        } catch {
            return stop(.outcomeUnknown("\(error)"), batch, in: ledger)
        }
    }

    /// Closes filing until the journal was read back.
    private func stop(
        _ reason: LedgerError, _ batch: [(submission: Submission, ticket: Ticket)], in ledger: Ledger
    ) -> Bool {
        ledger.queue.notify { $0.stopped = reason }
        fail(batch, reason, in: ledger)
        return false
    }

    private func openNewFiles(of ledger: Ledger) throws {
        guard writer.fileNames.count > fileNames else { return }
        try ledger.reader.withLock { try $0.open(writer.fileNames) }
        fileNames = writer.fileNames.count
    }

    /// Fails a batch and everything that queued behind it, in one step: nothing built on an unrecorded entry can slip through.
    private func fail(_ batch: [(submission: Submission, ticket: Ticket)], _ reason: LedgerError, in ledger: Ledger) {
        let behind = ledger.queue.withLock { queue in
            queue.epoch += 1
            let behind = queue.waiting
            queue.waiting = []
            queue.bytes = 0
            queue.inFlight = [:]
            return behind
        }
        for (_, ticket) in batch + behind { ticket.finish(.failure(reason)) }
    }

    private func forget(_ batch: [(submission: Submission, ticket: Ticket)], in ledger: Ledger) {
        ledger.queue.withLock { queue in
            for (submission, ticket) in batch {
                var keys = submission.item.keys
                if submission.isUniqueLeaf { keys.append(DomainKey(leafHash: TreeHash.leaf(submission.item.entry))) }
                // A later submission may stand under the same key by now.
                for key in keys where queue.inFlight[key] === ticket { queue.inFlight[key] = nil }
            }
        }
    }

    // MARK: Publishing and coming back

    /// - Returns: false when the signer's state could not be made durable and all must be read back.
    private func publish(_ ledger: Ledger) -> Bool {
        lastPublished = clock.monotonic()
        time.observe(now: clock.now(), monotonic: lastPublished)
        let (size, root) = ledger.state.withLock { ($0.size, $0.root) }
        do {
            // The state is synced before the checkpoint is given out, and at most an interval after it was written.
            if stateIsDirty || time.lastSeen > states.lastTime + 60_000 {
                try states.write(SignerState(size: size, root: root, time: time.lastSeen))
                try states.synchronize()
                stateIsDirty = false
            }
            ledger.state.withLock { $0.publish() }
            return true
        } catch {
            ledger.queue.notify {
                $0.stopped = .outcomeUnknown("the signer's state could not be made durable: \(error)")
            }
            return false
        }
    }

    /// Reads the journal back after a failure, from new descriptors, and cuts what was never acknowledged.
    ///
    /// - Returns: whether filing is open again.
    private func reopen(_ ledger: Ledger) -> Bool {
        do {
            states = try SignerStates.open(folder: folder, shadowPath: configuration.signerStateShadow, disk: disk)
            let (size, root) = ledger.state.withLock { ($0.size, $0.root) }
            // What was acknowledged stays, even if the file that names it was lost with a failed sync of its own.
            let onDisk = states.watermark
            let watermark = onDisk.size > size ? onDisk : SignerState(size: size, root: root, time: time.lastSeen)
            let recovered = try Recovery(disk: disk, folder: folder, watermark: watermark)
                .run(toWatermark: true, fromMedium: true, progress: { _, _ in })
            guard try recovered.state.tree.root(size: size) == root, onDisk.size != size || onDisk.root == root else {
                throw StorageError(
                    .behindSigner, "what was read back differs from the \(size) entries that were acknowledged",
                    remedy: "stop the service, keep the folder as it is and run `tamga audit`")
            }
            let tail = recovered.tail.discarding("never acknowledged: its sync failed")
            writer = try JournalWriter(
                disk: disk, directory: folder.journalPath, ledgerID: folder.ledgerID, tail: tail,
                fileLength: folder.journalFileLength)
            var reader = JournalReader(disk: disk, directory: folder.journalPath)
            try reader.open(writer.fileNames)
            fileNames = writer.fileNames.count
            var state = recovered.state
            state.restore(try signing.sign(size: state.size, root: state.root))
            try states.write(SignerState(size: state.size, root: state.root, time: time.lastSeen))
            try states.synchronize()
            ledger.state.withLock { $0 = state }
            ledger.reader.withLock { $0 = reader }
            ledger.queue.notify { $0.stopped = nil }
            return true
        } catch {
            ledger.queue.notify { $0.stopped = .outcomeUnknown("the journal cannot be reopened: \(error)") }
            return false
        }
    }
}

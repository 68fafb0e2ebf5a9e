import LedgerMerkle
import LedgerStorage
import Synchronization

/// The thread that owns the journal: files, signer's state and clock. Nothing here is shared.
final class JournalThread {
    /// How long to wait before a failed ledger is read back again, ms.
    static let reopenIntervalMs: UInt64 = 5_000
    /// The body that must find room before a full disk counts as mended, bytes.
    private static let smallBody = 16 << 10

    private let folder: DataFolder
    private let configuration: Ledger.Configuration
    private let disk: any Disk
    private let clock: any Clock
    private let signing: any Signing
    // Held while the folder is ours; given up before `close` returns.
    private var lock: (any DiskFile)?
    private var states: SignerStates
    private var writer: JournalWriter
    private var time: TimeGuard
    private var fileNames: Int
    private var stateIsDirty = false
    // A batch that is durable, and that some copy of the signer's state may name by now, though nobody was answered.
    private var mayBeSigned: SignerState?
    private var lastPublished: UInt64 = 0
    private var failedAt: UInt64?

    /// The state as read back; the ledger takes it over.
    let openedState: LedgerState
    let openedReader: JournalReader
    /// Why the clock would stop filing right now.
    let openedComplaint: LedgerError?
    /// What was found that does no harm.
    let openingNotes: [String]

    init(
        folder: DataFolder, configuration: Ledger.Configuration, disk: any Disk, clock: any Clock,
        signing: any Signing, progress: (Int, Int) -> Void
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
        self.signing = signing
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
        openedComplaint = time.complaint(now: clock.now(), monotonic: clock.monotonic())
        let cut = recovered.tail.damage.map { "cut what was never acknowledged: \($0)" }
        openingNotes = recovered.tail.harmless + [cut].compactMap(\.self)
        openedState = state
        openedReader = reader
    }

    /// The life of the thread: waits for work and steps, until the ledger is closed.
    func run(_ ledger: Ledger) {
        while true {
            let work = ledger.queue.wait(milliseconds: configuration.publishIntervalMs) { self.takeWork(&$0) }
            if step(ledger, work) { return }
        }
    }

    /// What waits in the queue; `nil` when nothing does.
    func takeWork(_ queue: inout Ledger.Queue) -> Work? {
        if queue.waiting.isEmpty, !queue.isClosing, !queue.acceptsClock { return nil }
        return Work(taking: &queue, limit: configuration.batchLimit, bytes: writer.bodyLimit)
    }

    /// One round: comes back from a failure if it is time, makes one batch durable, publishes if it is time.
    ///
    /// - Returns: whether the ledger is closed.
    func step(_ ledger: Ledger, _ work: Work?) -> Bool {
        let now = clock.monotonic()
        if let failed = failedAt, now >= failed + JournalThread.reopenIntervalMs || work?.isClosing == true {
            failedAt = reopen(ledger) ? nil : now
        }
        if work?.acceptsClock == true {
            time.accept(now: clock.now(), monotonic: now)
            lookAtClock(ledger)
        }
        if let batch = work?.batch, !batch.isEmpty, !append(batch, to: ledger) { failedAt = clock.monotonic() }
        if failedAt == nil, now >= lastPublished + UInt64(configuration.publishIntervalMs), !publish(ledger) {
            failedAt = now
        }
        guard let work, work.isClosing, work.batch.isEmpty else { return false }
        if failedAt == nil { _ = publish(ledger) }
        lock = nil
        ledger.queue.notify { $0.isClosed = true }
        return true
    }

    // MARK: One batch

    /// - Returns: false when a write or sync failed and the journal must be read back.
    private func append(_ batch: [(submission: Submission, ticket: Ticket)], to ledger: Ledger) -> Bool {
        if let stopped = ledger.queue.withLock({ $0.stopped }) {
            fail(batch, stopped, in: ledger)
            return true
        }
        let submissions = batch.map(\.submission)
        let admitted: UInt64
        do throws(LedgerError) {
            admitted = try time.admit(now: clock.now(), monotonic: clock.monotonic())
        } catch {
            ledger.queue.withLock { $0.clockStop = error }
            fail(batch, error, in: ledger)
            return true
        }
        let (size, root) = ledger.state.withLock { ($0.size, $0.root) }
        if let refusal = makeRoom(forBody: submissions.reduce(0) { $0 + $1.item.byteCount }, in: ledger) {
            if writer.mustBeReadBack { return stop(refusal, batch, in: ledger) }
            fail(batch, refusal, in: ledger)
            return true
        }
        do {
            let prepared = PreparedBatch(submissions, time: admitted, sizeBefore: size, rootBefore: root)
            let staged = ledger.state.withLock { $0.stage(prepared) }
            let position = try writer.append(staged.frame)
            signing.begin(size: staged.sizeAfter, root: staged.rootAfter)
            try writer.synchronize()
            let checkpoint = try signing.result()
            let state = SignerState(size: staged.sizeAfter, root: staged.rootAfter, time: time.lastSeen)
            mayBeSigned = state
            try states.write(state)
            mayBeSigned = nil
            stateIsDirty = true
            ledger.state.withLock { $0.commit(staged, at: position, checkpoint: checkpoint) }
            ledger.queue.withLock { ($0.clockStop, $0.fileStop) = (nil, nil) }
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

    /// Makes room for a batch, in a further file when it must be, before anything is staged: what fails here costs the callers
    /// a clear answer and the ledger nothing, unless the writer says that it must be read back.
    ///
    /// - Returns: why there is no room.
    private func makeRoom(forBody body: Int, in ledger: Ledger) -> LedgerError? {
        let (size, root) = ledger.state.withLock { ($0.size, $0.root) }
        do throws(DiskError) {
            try writer.makeRoom(forBody: body, sizeBefore: size, rootBefore: root)
            guard writer.fileNames.count > fileNames else { return nil }
            try ledger.reader.withLock { (reader) throws(DiskError) in try reader.open(writer.fileNames) }
            fileNames = writer.fileNames.count
            return nil
        } catch {
            if writer.mustBeReadBack { return .outcomeUnknown(error.description) }
            let refusal: LedgerError =
                switch error.code {
                case .full: .diskFull(error.description)
                case .tooManyFiles: .busy
                case .notFound, .denied, .other: .stopped("the next journal file cannot be made: \(error)")
                }
            ledger.queue.withLock { $0.fileStop = refusal }
            return refusal
        }
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
            if stateIsDirty || time.lastSeen > states.lastTime.adding(60_000) {
                try states.write(SignerState(size: size, root: root, time: time.lastSeen))
                try states.synchronize()
                stateIsDirty = false
            }
            ledger.state.withLock { $0.publish() }
        } catch {
            ledger.queue.notify {
                $0.stopped = .outcomeUnknown("the signer's state could not be made durable: \(error)")
            }
            return false
        }
        lookAtClock(ledger)
        return lookForRoom(ledger)
    }

    /// Lets the ledger say why the clock would stop a filing now.
    private func lookAtClock(_ ledger: Ledger) {
        let complaint = time.complaint(now: clock.now(), monotonic: clock.monotonic())
        ledger.queue.withLock { $0.clockStop = complaint }
    }

    /// Tries again what the last batch was refused for.
    ///
    /// - Returns: false when all must be read back.
    private func lookForRoom(_ ledger: Ledger) -> Bool {
        guard ledger.queue.withLock({ $0.fileStop }) != nil else { return true }
        guard let refusal = makeRoom(forBody: JournalThread.smallBody, in: ledger) else {
            ledger.queue.withLock { $0.fileStop = nil }
            return true
        }
        return writer.mustBeReadBack ? stop(refusal, [], in: ledger) : true
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
            var watermark = onDisk.size > size ? onDisk : SignerState(size: size, root: root, time: time.lastSeen)
            // A reader beside us may have given out what one copy of the state said, even if that copy is lost by now.
            if let mayBeSigned, mayBeSigned.size > watermark.size { watermark = mayBeSigned }
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
            // Files before the last one were synced long ago: their descriptors are good, and not held twice meanwhile.
            var reader = ledger.reader.withLock { $0 }.keeping(first: tail.end.file)
            try reader.open(writer.fileNames)
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
            ledger.queue.notify { $0.stopped = .outcomeUnknown("the journal cannot be reopened: \(error)") }
            return false
        }
    }
}

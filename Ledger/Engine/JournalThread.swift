import LedgerMerkle
import LedgerStorage
import Synchronization

/// The thread that owns the journal: files, signer's state and clock. Nothing here is shared.
final class JournalThread {
    /// How long to wait before a failed ledger is read back again, ms.
    static let reopenIntervalMs: UInt64 = 5_000
    /// The body that must find room before a full disk counts as mended, bytes.
    private static let smallBody = 16 << 10

    let folder: DataFolder
    let configuration: Ledger.Configuration
    let disk: any Disk
    let clock: any Clock
    let signing: any Signing
    // Held while the folder is ours; given up before `close` returns.
    private var lock: (any DiskFile)?
    var states: SignerStates
    var writer: JournalWriter
    var time: TimeGuard
    var fileNames: Int
    private var stateIsDirty = false
    // A batch that is durable, and that some copy of the signer's state may name by now, though nobody was answered.
    var mayBeSigned: SignerState?
    private var lastPublished: UInt64 = 0
    private var failedAt: UInt64?

    /// The state as read back; the ledger takes it over.
    let openedState: LedgerState
    let openedReader: JournalReader
    let openedStore: SealedStore
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
        let store = try SealedStore.open(folder: folder, configuration: configuration, disk: disk, forWriting: true)
        let recovered = try Recovery(
            disk: disk, folder: folder, segments: store.segments, watermark: states.watermark
        ).run(toWatermark: false, fromMedium: true, progress: progress)
        self.signing = signing
        time = TimeGuard(lastRecorded: recovered.lastRecorded, lastSeen: states.watermark.time)
        if configuration.acceptsClock { time.accept(now: clock.now(), monotonic: clock.monotonic()) }
        writer = try JournalWriter(
            disk: disk, directory: folder.journalPath, ledgerID: folder.ledgerID, tail: recovered.tail,
            fileLength: folder.journalFileLength)
        var reader = JournalReader(disk: disk, directory: folder.journalPath)
        try reader.open(writer.fileNames)
        fileNames = writer.fileNames.count
        var state = recovered.state
        // The writer has synced all that was read back: only now may it be signed.
        do {
            state.restore(try signing.sign(size: state.size, root: state.root))
        } catch let error as SigningError {
            signing.close()
            throw error.cause
        }
        try states.write(SignerState(size: state.size, root: state.root, time: time.lastSeen))
        try states.synchronize()
        openedComplaint = time.complaint(now: clock.now(), monotonic: clock.monotonic())
        let cut = recovered.tail.damage.map { "cut what was never acknowledged: \($0)" }
        openingNotes = recovered.tail.harmless + [cut].compactMap(\.self)
        openedStore = store
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
        if queue.waiting.isEmpty, !queue.isClosing, !queue.acceptsClock, !queue.rotates { return nil }
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
        if work?.rotates == true, failedAt == nil, !rotate(ledger) { failedAt = clock.monotonic() }
        if let batch = work?.batch, !batch.isEmpty, !append(batch, to: ledger) { failedAt = clock.monotonic() }
        if failedAt == nil, now >= lastPublished + UInt64(configuration.publishIntervalMs), !publish(ledger) {
            failedAt = now
        }
        guard let work, work.isClosing, work.batch.isEmpty else { return false }
        if failedAt == nil { _ = publish(ledger) }
        signing.close()
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
            return stop(Self.reason(for: error), batch, in: ledger)
        }
    }

    /// A failed signature costs what a failed sync costs: the batch is not acknowledged, and cut when all was read back.
    static func reason(for error: any Error, while doing: String = "") -> LedgerError {
        if let error = error as? SigningError { return .signerFailed("\(error.cause)") }
        return .outcomeUnknown("\(doing)\(error)")
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
    private func makeRoom(forBody body: Int, in ledger: Ledger, inNewFile: Bool = false) -> LedgerError? {
        let (size, root) = ledger.state.withLock { ($0.size, $0.root) }
        do throws(DiskError) {
            try writer.makeRoom(forBody: body, sizeBefore: size, rootBefore: root, inNewFile: inNewFile)
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

    /// Goes on in a further file, so that the present one can be let go.
    ///
    /// - Returns: false when all must be read back.
    private func rotate(_ ledger: Ledger) -> Bool {
        guard let refusal = makeRoom(forBody: JournalThread.smallBody, in: ledger, inNewFile: true) else { return true }
        return writer.mustBeReadBack ? stop(refusal, [], in: ledger) : true
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
        ledger.queue.withLock { ($0.clockStop, $0.trustedTime) = (complaint, time.lastSeen) }
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
}

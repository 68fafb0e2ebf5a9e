import Catalogue
import Dispatch
import Evidence
public import LedgerEngine
import LedgerMerkle
public import LedgerStorage
import Synchronization

/// The log of who looked at whose acts: every look-up is a line, and the root over the lines of a day becomes one public entry of the
/// ledger, so that who looked can be proved to the person concerned (FORMATS.md, "Access log").
///
/// One queue writes. Whatever came while the sync before ran goes with the next one. After a write or a sync that failed nothing is
/// acknowledged until the file was opened again and read back.
public final class AccessLog: Sendable {
    /// Where a line stands.
    public struct Position: Hashable, Sendable {
        public let day: AccessDay
        /// From 0.
        public let index: UInt32

        public init(day: AccessDay, index: UInt32) {
            self.day = day
            self.index = index
        }
    }

    /// The name under which the roots are chained.
    static let chainName = "access"
    /// The most lines that may wait; beyond, `ledger-busy`.
    static let queueLimit = 65_536
    static let batchLimit = 4_096
    /// How long to wait before a failed log is read back again, ms.
    static let reopenIntervalMs: UInt64 = 1_000
    /// A clock off by no more is not worth a word in a line, ms.
    static let clockTolerance: UInt64 = 5_000

    struct Waiting {
        let line: AccessLine
        let continuation: CheckedContinuation<Position, any Error>
    }

    struct State {
        var waiting: [Waiting] = []
        var isDraining = false
        /// Why nothing is taken, and from when on it may be tried again (monotonic ms).
        var stopped: (failure: Failure, retryAt: UInt64)?
        var isClosed = false
        /// What readers see of the newest day.
        var open: OpenDay?
    }

    let registrar: Registrar
    let folder: AccessFolder
    let clock: any Clock
    let state = Mutex(State())
    /// Held while parts of an index are made again.
    let mending = Mutex(())
    /// The days that have a root, as far as they were looked up.
    let closedDays = Mutex<[ClosedAccessDay]>([])
    /// Closed days that were found damaged, and until when (monotonic ms) they are not read again to find out why.
    let damagedDays = Mutex<[AccessDay: UInt64]>([:])
    let turn = Turnstile()
    private let queue = DispatchQueue(label: "tamga.access-log")
    private let desk: WriterDesk

    /// `@unchecked`: touched on the queue alone, once the log is open.
    private final class WriterDesk: @unchecked Sendable {
        /// `nil` after a failure, until it is read back.
        var writer: AccessWriter?
        /// What the next writer must go on from.
        var firstDay: AccessDay
        var lastTime: UInt64

        init(_ writer: AccessWriter) {
            self.writer = writer
            (firstDay, lastTime) = (writer.firstDay, writer.lastTime)
        }
    }

    /// Opens the log of a ledger, which must be open for writing: its lock is the log's.
    ///
    /// - Throws: `StorageError` when a file is damaged other than by a crash in its last batch.
    public convenience init(
        _ registrar: Registrar, disk: any Disk = PosixDisk(), clock: any Clock = SystemClock()
    ) throws {
        try self.init(registrar, disk: disk, clock: clock, partHeight: AccessFolder.defaultPartHeight)
    }

    init(_ registrar: Registrar, disk: any Disk, clock: any Clock, path: String? = nil, partHeight: Int) throws {
        self.registrar = registrar
        self.clock = clock
        folder = AccessFolder(registrar, disk: disk, path: path, partHeight: partHeight)
        try folder.prepare()
        let closed = try registrar.lastAccessDay()
        let writer = try AccessWriter(folder: folder, firstDay: closed?.next ?? AccessDay(number: 1))
        desk = WriterDesk(writer)
        state.withLock { $0.open = writer.open }
    }

    // MARK: Appending

    /// Writes a line, before what was looked for is shown. Where this throws, nothing is shown.
    ///
    /// - Durability: the line is on disk when this returns.
    /// - Throws: `ledger-busy`, `ledger-clock-ahead`, `access-log-full`, `access-log-closed`.
    public func append(_ line: AccessLine) async throws -> Position {
        if case .clockAhead(let now, let last) = registrar.ledger.stopReason {
            throw Failure(LedgerError.clockAhead(now: now, last: last))
        }
        guard AccessDay(unixMilliseconds: line.time) != nil else {
            throw Problem.ledgerClockAhead(["hours": String((line.time - min(line.time, clock.now())) / 3_600_000)])
        }
        return try await withCheckedThrowingContinuation { continuation in
            let now = clock.monotonic()
            let (refusal, mustDrain) = state.withLock { state -> (Failure?, Bool) in
                if state.isClosed { return (AccessLog.closed("the service is stopping"), false) }
                if let stopped = state.stopped, now < stopped.retryAt { return (stopped.failure, false) }
                if state.waiting.count >= AccessLog.queueLimit { return (Problem.ledgerBusy(), false) }
                state.waiting.append(Waiting(line: line, continuation: continuation))
                defer { state.isDraining = true }
                return (nil, !state.isDraining)
            }
            if let refusal { continuation.resume(throwing: refusal) }
            if mustDrain { queue.async { self.drain() } }
        }
    }

    /// Takes no more lines, and makes durable what waits.
    public func close() async {
        state.withLock { $0.isClosed = true }
        await withCheckedContinuation { continuation in
            queue.async {
                while self.drainOnce() {}
                self.desk.writer = nil
                continuation.resume()
            }
        }
    }

    static func closed(_ reason: String) -> Failure { Problem.accessLogClosed(["reason": reason]) }

    /// Writes one batch, and comes back for more: whoever closes days meanwhile has a turn between.
    private func drain() {
        if drainOnce() { queue.async { self.drain() } }
    }

    /// - Returns: false when nothing waited.
    private func drainOnce() -> Bool {
        let batch = state.withLock { state -> [Waiting] in
            let batch = Array(state.waiting.prefix(AccessLog.batchLimit))
            state.waiting.removeFirst(batch.count)
            if batch.isEmpty { state.isDraining = false }
            return batch
        }
        var done = 0
        do {
            let writer = batch.isEmpty ? nil : try writerOrReopen()
            while let writer, done < batch.count { try write(batch, from: &done, with: writer) }
        } catch {
            stop(error, Array(batch[done...]))
        }
        return !batch.isEmpty
    }

    /// Makes durable as many lines as are of one day, and answers them.
    private func write(_ batch: [Waiting], from done: inout Int, with writer: AccessWriter) throws {
        var lines: [AccessLine] = []
        var day: AccessDay?
        var time: UInt64 = 0
        for waiting in batch[done...] {
            let place = writer.place(max(waiting.line.time, time))
            if let day, day != place.day { break }
            (time, day) = place
            var line = waiting.line
            if time > line.time + AccessLog.clockTolerance { line.clock = line.time }
            line.time = time
            lines.append(line)
        }
        guard let day else { return }
        let first = try writer.append(lines, on: day)
        state.withLock { $0.open = writer.open }
        for (index, waiting) in zip(first..., batch[done..<done + lines.count]) {
            waiting.continuation.resume(returning: Position(day: day, index: index))
        }
        done += lines.count
    }

    // MARK: Failing and coming back

    /// The writer; after a failure a new one, which has read the file back.
    private func writerOrReopen() throws -> AccessWriter {
        if let writer = desk.writer { return writer }
        let writer = try AccessWriter(folder: folder, firstDay: desk.firstDay, lastTime: desk.lastTime)
        desk.writer = writer
        state.withLock { state in
            state.stopped = nil
            state.open = writer.open
        }
        return writer
    }

    /// Answers everything that waits with a failure, and gives up the descriptor.
    private func stop(_ error: any Error, _ batch: [Waiting]) {
        if let writer = desk.writer {
            (desk.firstDay, desk.lastTime) = (max(desk.firstDay, writer.firstDay), writer.lastTime)
            desk.writer = nil
        }
        let failure = AccessLog.failure(error)
        let retryAt = clock.monotonic() + AccessLog.reopenIntervalMs
        let behind = state.withLock { state in
            defer { state.waiting = [] }
            state.stopped = (failure, retryAt)
            return state.waiting
        }
        for waiting in batch + behind { waiting.continuation.resume(throwing: failure) }
    }

    private static func failure(_ error: any Error) -> Failure {
        switch error {
        case let error as DiskError where error.code == .full: Problem.accessLogFull()
        case let error as StorageError: Failure(error)
        default: closed("\(error)")
        }
    }

    /// Lets no further line into the days before one, so that they may be closed.
    func pass(to day: AccessDay) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async {
                continuation.resume(
                    with: Result {
                        if self.state.withLock({ $0.isClosed }) { throw AccessLog.closed("the service is stopping") }
                        let writer = try self.writerOrReopen()
                        writer.pass(to: day)
                        self.desk.firstDay = max(self.desk.firstDay, day)
                        self.state.withLock { $0.open = writer.open }
                    })
            }
        }
    }
}

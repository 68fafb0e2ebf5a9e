public import LedgerEngine
public import LedgerStorage
import Synchronization

/// Reads kept files again, in rounds: bit rot is to be found while a backup still has the file.
///
/// Where it stands is in `kept.state`. Nothing of it is filed in the ledger: which documents are kept is nobody's business who only has entries.
public final class KeptFilesScrub: Sendable {
    /// What somebody is told of damage.
    public struct News: Sendable {
        public let damaged: [DamagedFile]
        /// Files that were damaged and are whole, or gone, by now.
        public let healed: [String]
        /// The round that is complete by now.
        public let complete: KeptFilesState.Summary?
    }

    /// Thrown within a reading that another one takes the place of.
    private struct GivesWay: Error {}

    private struct Desk {
        var state: KeptFilesState?
        /// What was found of the damaged files since the start.
        var findings: [String: DamagedFile] = [:]
        /// Whole rounds that somebody waits for: the background gives way to them.
        var asked = 0
        var isClosing = false
        var tell: (@Sendable (News) -> Void)?
    }

    /// The place in a round is made durable after so many ms: so much is read twice after a crash.
    private static let noteMilliseconds: UInt64 = 10_000
    private static let sliceMilliseconds = 50

    private let registrar: Registrar
    private let files: KeptFiles
    private let clock: any LedgerEngine.Clock
    private let disk: any Disk
    private let path: String
    private let desk = Mutex(Desk())
    /// One reading at a time.
    private let turn = Turnstile()

    public init(_ registrar: Registrar, clock: any LedgerEngine.Clock, disk: any Disk = PosixDisk()) {
        self.registrar = registrar
        self.clock = clock
        self.disk = disk
        files = KeptFiles(registrar: registrar)
        path = registrar.ledger.folder.keptStatePath
    }

    // MARK: Telling

    /// How far reading has come.
    public var state: KeptFilesState { desk.withLock { load(&$0) } }

    /// What is damaged and was not found whole since, as far as is known.
    public var knownDamage: [DamagedFile] {
        desk.withLock { desk in
            load(&desk).damaged.sorted { $0.key < $1.key }.map { file, found in
                desk.findings[file]
                    ?? DamagedFile(
                        file: file, found: found, reason: "it was damaged when it was last read",
                        remedy: "run `tamga compact --now --scrub`")
            }
        }
    }

    /// When the next round is due, Unix ms; `nil` for never. One that is under way goes on at once.
    public func due(days: Int) -> UInt64? {
        guard days > 0 else { return nil }
        let state = state
        guard state.round == nil, let last = state.last else { return 0 }
        return last.started + UInt64(days) * 86_400_000
    }

    /// Says whom to tell of what is found from now on, whoever reads.
    public func tell(_ body: @escaping @Sendable (News) -> Void) { desk.withLock { $0.tell = body } }

    // MARK: Reading

    public var isClosed: Bool { desk.withLock { $0.isClosing } }

    /// Breaks off what is read, and reads no more.
    public func close() { desk.withLock { $0.isClosing = true } }

    /// Reads everything now, as fast as the disk allows, on a thread of its own; what the background reads gives way.
    ///
    /// - Returns: the round; `nil` when nothing is kept.
    /// - Throws: `CancellationError`; `LedgerError.stopped` after ``close()``, `LedgerError.busy`; `DiskError`.
    public func readAll() async throws -> KeptFilesState.Summary? {
        desk.withLock { $0.asked += 1 }
        defer { desk.withLock { $0.asked -= 1 } }
        return try await turn.pass {
            try await onThreadOfItsOwn { isCancelled in
                try self.read(from: KeptFilesState.Round(started: self.clock.now())) { _ in
                    try self.goOn(isCancelled)
                }
            }
        }
    }

    /// Reads what is due, slowly: goes on with the round that is under way, or begins one.
    ///
    /// - Parameters:
    ///   - days: between the beginnings of two rounds; 0 for never.
    ///   - bytesPerSecond: 0 for any number.
    /// - Throws: as ``readAll()``.
    public func readWhatIsDue(days: Int, bytesPerSecond: Int) async throws {
        try await turn.pass {
            guard let due = self.due(days: days), due <= self.clock.now() else { return }
            try await onThreadOfItsOwn { isCancelled in
                lowerPriorityOfThread()
                var budget = WriteBudget(bytesPerSecond: bytesPerSecond)
                let round = self.state.round ?? KeptFilesState.Round(started: self.clock.now())
                do {
                    _ = try self.read(from: round) { count in
                        var pause = budget.pause(afterWriting: count, now: self.clock.monotonic())
                        while pause > 0 {
                            try self.goOn(isCancelled, givesWay: true)
                            sleepOfThread(Double(min(pause, KeptFilesScrub.sliceMilliseconds)) / 1000)
                            pause -= KeptFilesScrub.sliceMilliseconds
                        }
                        try self.goOn(isCancelled, givesWay: true)
                    }
                } catch is GivesWay {}
            }
        }
    }

    /// Reads again what is known to be damaged: somebody may have put it back.
    public func readWhatIsDamaged() async throws {
        guard !state.damaged.isEmpty else { return }
        try await turn.pass {
            try await onThreadOfItsOwn { isCancelled in
                for name in self.state.damaged.keys.sorted() {
                    let finding = try self.files.examine(name) { _ in try self.goOn(isCancelled) }
                    self.note(name, finding)
                }
            }
        }
    }

    private func goOn(_ isCancelled: () -> Bool, givesWay: Bool = false) throws {
        if isCancelled() { throw CancellationError() }
        let (isClosing, asked) = desk.withLock { ($0.isClosing, $0.asked) }
        if isClosing { throw LedgerError.stopped("the kept files are not read to their end; it goes on later") }
        if givesWay, asked > 0 { throw GivesWay() }
    }

    private func read(
        from start: KeptFilesState.Round, _ check: (Int) throws -> Void
    ) throws -> KeptFilesState.Summary? {
        var round = start
        let names = try files.names()
        guard !names.isEmpty || !state.damaged.isEmpty else { return nil }
        var noted = clock.monotonic()
        do {
            // Documents come before validation, and each in order: also behind a file that is gone by now.
            for name in names where name > round.done {
                try check(0)
                let finding = try files.examine(name, check)
                round.tally.take(finding)
                round.done = name
                note(name, finding)
                if clock.monotonic() >= noted + KeptFilesScrub.noteMilliseconds {
                    noted = clock.monotonic()
                    try? update { $0.round = round }
                }
            }
        } catch {
            try? update { $0.round = round }
            throw error
        }
        return try complete(round, names: Set(names))
    }

    // MARK: Noting

    /// What was found of a file that is damaged, or was. It is told once a start; a state that cannot be written costs nothing but that
    /// it is told again.
    private func note(_ name: String, _ finding: KeptFiles.Finding) {
        let known = state.damaged[name]
        guard case .damaged(let reason, let remedy) = finding else {
            guard known != nil else { return }
            desk.withLock { $0.findings[name] = nil }
            try? update { $0.damaged[name] = nil }
            return tell(News(damaged: [], healed: [name], complete: nil))
        }
        let damage = DamagedFile(file: name, found: known ?? clock.now(), reason: reason, remedy: remedy)
        let before = desk.withLock { $0.findings.updateValue(damage, forKey: name) }
        if before?.reason != reason { tell(News(damaged: [damage], healed: [], complete: nil)) }
        try? update { state in
            if state.damaged.count < KeptFilesState.damageLimit { state.damaged[name] = damage.found }
        }
    }

    private func complete(_ round: KeptFilesState.Round, names: Set<String>) throws -> KeptFilesState.Summary {
        let gone = state.damaged.keys.filter { !names.contains($0) }.sorted()
        let summary = try update { state in
            for name in gone { state.damaged[name] = nil }
            let summary = KeptFilesState.Summary(
                started: round.started, ended: clock.now(), tally: round.tally, damaged: UInt64(state.damaged.count))
            state.last = summary
            state.round = nil
            return summary
        }
        desk.withLock { desk in
            for name in gone { desk.findings[name] = nil }
        }
        tell(News(damaged: [], healed: gone, complete: summary))
        return summary
    }

    private func tell(_ news: News) { desk.withLock { $0.tell }?(news) }

    /// Changes the state, durably.
    ///
    /// - Throws: `DiskError`: then it is changed in memory alone.
    @discardableResult
    private func update<R: Sendable>(_ body: (inout KeptFilesState) -> R) throws -> R {
        try desk.withLock { desk in
            var state = load(&desk)
            let before = state
            let result = body(&state)
            desk.state = state
            if state != before {
                try disk.replace(path, with: state.encoded(ledgerID: registrar.ledger.folder.ledgerID))
            }
            return result
        }
    }

    /// One that is missing or damaged is begun anew: nothing is lost but the place.
    private func load(_ desk: inout Desk) -> KeptFilesState {
        if let state = desk.state { return state }
        let bytes = try? disk.readAll(path, limit: KeptFilesState.byteLimit)
        let state = bytes.flatMap { KeptFilesState($0, ledgerID: registrar.ledger.folder.ledgerID) } ?? KeptFilesState()
        desk.state = state
        return state
    }
}

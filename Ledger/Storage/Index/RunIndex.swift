import LedgerMerkle
import Synchronization

/// The runs of a folder: the hash index over the sealed part of a ledger.
///
/// A view: whatever is damaged or missing is reported and can be rebuilt from the segments. Lookups may come from any number of
/// threads at once and never wait for a merge; one task at a time may change the set of runs.
public final class RunIndex: Sendable {
    struct State {
        // By range, none overlapping another.
        var runs: [RunFile] = [] {
            didSet { snapshot = RunSnapshot(runs) }
        }
        private(set) var snapshot = RunSnapshot([])
        var damaged: [DamagedRun] = []
    }

    let disk: any Disk
    public let directory: String
    let ledgerID: Digest
    /// How many runs of a level make one of the next.
    public let fanIn: Int
    /// Runs of this level are merged no further.
    public let greatestLevel: Int
    let state: Mutex<State>

    init(
        disk: any Disk, directory: String, ledgerID: Digest, fanIn: Int, greatestLevel: Int, state: sending State
    ) {
        self.disk = disk
        self.directory = directory
        self.ledgerID = ledgerID
        self.fanIn = fanIn
        self.greatestLevel = greatestLevel
        self.state = Mutex(state)
    }

    /// The runs in use, by range: a snapshot that stays readable whatever is merged or removed.
    public var runs: [RunFile] { state.withLock { $0.runs } }

    /// The files that could not be used when the index was opened, and are not rebuilt yet.
    public var damaged: [DamagedRun] { state.withLock { $0.damaged } }

    /// The ranges of entries below `size` that no run covers: to be rebuilt from the segments.
    public func missingRanges(below size: UInt64) -> [Range<UInt64>] {
        var missing: [Range<UInt64>] = []
        var covered: UInt64 = 0
        for range in runs.map(\.range) where range.lowerBound < size {
            if covered < range.lowerBound { missing.append(covered..<range.lowerBound) }
            covered = range.upperBound
        }
        if covered < size { missing.append(covered..<size) }
        return missing
    }

    /// The indices of the entries that may have a key, newest first. About one page read a hit; a miss costs filter probes in
    /// young runs, and one page in each final one.
    ///
    /// - Parameters:
    ///   - limit: how many at most.
    ///   - start: runs that end at or before this index are left out.
    /// - Throws: `StorageError` with code `indexDamaged` when a page is damaged, `DiskError`.
    public func candidates(for key: IndexKey, limit: Int = .max, since start: UInt64 = 0) throws -> [UInt64] {
        var indices: [UInt64] = []
        guard limit > 0 else { return indices }
        try visit(key, since: start) { value in
            if value.index != indices.last { indices.append(value.index) }
            return indices.count < limit
        }
        return indices
    }

    /// The newest candidate for which `isMatch` holds; reads no more than it must.
    ///
    /// - Throws: what `isMatch` throws; as `candidates(for:)`.
    public func newest(
        for key: IndexKey, since start: UInt64 = 0, where isMatch: (UInt64) throws -> Bool
    ) throws -> UInt64? {
        var found: UInt64?
        try visit(key, since: start) { value in
            if try isMatch(value.index) { found = value.index }
            return found == nil
        }
        return found
    }

    /// Calls `body` with what lies under a key, newest first, until it returns false.
    ///
    /// - Throws: what `body` throws; as `candidates(for:)`.
    public func visit(_ key: IndexKey, since start: UInt64 = 0, _ body: (IndexValue) throws -> Bool) throws {
        let snapshot = state.withLock { $0.snapshot }
        let place = key.place
        try snapshot.probes.withUnsafeBufferPointer { probes in
            for number in probes.indices where probes[number].mayHold(place) {
                let run = snapshot.runs[number]
                guard run.range.upperBound > start, try run.visit(key, body) else { return }
            }
        }
    }

    /// The newest candidate for which `isMatch` holds. For a key that is not there one page of each run is read, whatever the filters say.
    ///
    /// - Throws: as `newest(for:)`.
    public func newestEvenly(for key: IndexKey, where isMatch: (UInt64) throws -> Bool) throws -> UInt64? {
        let snapshot = state.withLock { $0.snapshot }
        var found: UInt64?
        for run in snapshot.runs {
            let goesOn = try run.visitEvenly(key) { value in
                if try isMatch(value.index) { found = value.index }
                return found == nil
            }
            guard goesOn else { break }
        }
        return found
    }

    /// What the index consists of.
    public var statistics: RunIndexStatistics { RunIndexStatistics(runs) }
}

/// The runs at one moment, the newest first.
final class RunSnapshot: Sendable {
    let runs: [RunFile]
    // Side by side, and used only while `runs` are held: a lookup that misses touches nothing else.
    let probes: [RunProbe]

    /// - Parameter runs: by range.
    init(_ runs: [RunFile]) {
        self.runs = runs.reversed()
        probes = self.runs.map(\.probe)
    }
}

/// A file of the index that cannot be used.
public struct DamagedRun: Hashable, Sendable {
    public let path: String
    /// What its name says it covers.
    public let range: Range<UInt64>
    /// What is wrong with it, and what to do.
    public let reason: String

    public init(path: String, range: Range<UInt64>, reason: String) {
        self.path = path
        self.range = range
        self.reason = reason
    }
}

/// Figures of an index, level by level.
public struct RunIndexStatistics: Hashable, Sendable {
    /// Figures of the runs of one level, in keys and bytes.
    public struct Level: Hashable, Sendable {
        public let level: Int
        public internal(set) var runCount = 0
        public internal(set) var keyCount = 0
        public internal(set) var byteCount = 0
        public internal(set) var memoryByteCount = 0
    }

    /// The levels that have runs, ascending.
    public let levels: [Level]

    init(_ runs: [RunFile]) {
        var levels: [Int: Level] = [:]
        for run in runs {
            var level = levels[run.level] ?? Level(level: run.level)
            level.runCount += 1
            level.keyCount += run.keyCount
            level.byteCount += run.byteCount
            level.memoryByteCount += run.memoryByteCount
            levels[run.level] = level
        }
        self.levels = levels.values.sorted { $0.level < $1.level }
    }

    public var runCount: Int { levels.reduce(0) { $0 + $1.runCount } }
    public var keyCount: Int { levels.reduce(0) { $0 + $1.keyCount } }
    public var byteCount: Int { levels.reduce(0) { $0 + $1.byteCount } }
    public var memoryByteCount: Int { levels.reduce(0) { $0 + $1.memoryByteCount } }
}

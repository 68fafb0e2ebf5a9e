import Synchronization

/// Runs to merge into one.
public struct RunMergePlan: Hashable, Sendable {
    /// The ranges of the runs, side by side.
    public let ranges: [Range<UInt64>]
    /// The level of the run that comes out.
    public let level: Int
}

extension RunIndex {
    /// What to merge next; `nil` when nothing is due. No I/O.
    public func planMerge() -> RunMergePlan? {
        RunIndex.planMerge(runs.map(\.name), fanIn: fanIn, greatestLevel: greatestLevel)
    }

    /// The oldest `fanIn` runs of the lowest level that has so many side by side.
    ///
    /// - Parameter names: by range, none overlapping another.
    public static func planMerge(_ names: [RunName], fanIn: Int, greatestLevel: Int) -> RunMergePlan? {
        var plan: RunMergePlan?
        var stretch: ArraySlice<RunName> = []
        for name in names where name.level < greatestLevel {
            let goesOn = stretch.last.map { $0.level == name.level && $0.range.upperBound == name.range.lowerBound }
            if goesOn != true { stretch = [] }
            stretch.append(name)
            if stretch.count == fanIn, name.level + 1 < plan?.level ?? .max {
                plan = RunMergePlan(ranges: stretch.map(\.range), level: name.level + 1)
            }
        }
        return plan
    }

    /// Begins a merge of runs in use. They stay in use until `replace`.
    ///
    /// - Precondition: each range is that of a run.
    public func beginMerge(
        _ plan: RunMergePlan, keeps: @escaping (IndexRecord) -> Bool = { _ in true }
    ) throws -> RunMerge {
        try RunMerge(
            disk: disk, directory: directory, ledgerID: ledgerID, inputs: inputs(plan.ranges), level: plan.level,
            keeps: keeps)
    }

    /// Begins to write one run anew without the records that `keeps` denies. It stays in use until `replace`.
    ///
    /// - Precondition: the range is that of a run.
    public func beginRewrite(
        of range: Range<UInt64>, keeps: @escaping (IndexRecord) -> Bool
    ) throws -> RunMerge {
        let inputs = inputs([range])
        return try RunMerge(
            disk: disk, directory: directory, ledgerID: ledgerID, inputs: inputs, level: inputs[0].level, keeps: keeps)
    }

    /// Begins the run of a range that no run covers yet.
    public func beginRun(of range: Range<UInt64>, level: Int = 0) throws(DiskError) -> RunWriter {
        try RunWriter(
            disk: disk, directory: directory, ledgerID: ledgerID, name: RunName(level: level, range: range))
    }

    /// Takes a new run into use. Damaged files whose range is covered again are removed.
    ///
    /// - Precondition: the run was finished in this folder and overlaps none in use.
    public func install(_ run: RunFile) throws(DiskError) {
        try replace([], with: run)
    }

    /// Takes a new run into use in the place of others, and then removes their files. Lookups going on read the old runs to the end.
    ///
    /// - Durability: the new run was durable before; the removal is on return. If it fails, what is left is removed at the next
    ///   opening.
    /// - Precondition: each range is that of a run, and the new run, finished in this folder, covers them all.
    public func replace(_ ranges: [Range<UInt64>], with run: RunFile) throws(DiskError) {
        let outdated = state.withLock { state in
            var paths = state.runs.filter { ranges.contains($0.range) }.map(\.path)
            precondition(paths.count == ranges.count, "only runs in use can be replaced")
            state.runs.removeAll { ranges.contains($0.range) }
            precondition(ranges.allSatisfy { run.range.contains($0) }, "the new run covers what it replaces")
            precondition(!state.runs.contains { $0.range.overlaps(run.range) }, "runs do not overlap")
            let place = state.runs.firstIndex { $0.range.lowerBound > run.range.lowerBound } ?? state.runs.endIndex
            state.runs.insert(run, at: place)
            // A run written anew has taken the name of the old one.
            paths.removeAll { $0 == run.path }
            return paths + state.takeCoveredDamage(except: run.path)
        }
        try remove(outdated)
    }

    /// Gives up a run that turned out to be damaged: its range is missing from now on.
    ///
    /// - Precondition: the range is that of a run.
    /// - Durability: the file is gone on return.
    public func discard(_ range: Range<UInt64>) throws(DiskError) {
        let path = state.withLock { state in
            guard let place = state.runs.firstIndex(where: { $0.range == range }) else {
                preconditionFailure("only runs in use can be discarded")
            }
            return state.runs.remove(at: place).path
        }
        try remove([path])
    }

    private func remove(_ paths: [String]) throws(DiskError) {
        for path in paths { try disk.remove(path) }
        if !paths.isEmpty { try disk.synchronizeDirectory(directory) }
    }

    private func inputs(_ ranges: [Range<UInt64>]) -> [RunFile] {
        let inputs = runs.filter { ranges.contains($0.range) }
        precondition(inputs.count == ranges.count, "only runs in use can be merged")
        return inputs
    }
}

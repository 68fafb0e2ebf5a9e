public import LedgerMerkle

extension RunIndex {
    /// Opens the index of a folder, which is made when it is not there. Reads fences and filters, no page.
    ///
    /// Removes what an interrupted merge left behind: files without a name of their own, and runs whose range a longer run
    /// covers. Damaged files are reported in `damaged`, and removed once other runs cover their range.
    ///
    /// - Parameters:
    ///   - fanIn: how many runs of a level make one of the next, at least 2.
    ///   - greatestLevel: runs of this level are merged no further; 4 is 268 million entries with a fan-in of 8.
    ///   - readOnly: nothing is removed or made.
    /// - Throws: `StorageError` with code `foreignLedger` when a run is another ledger's; `DiskError` when the folder or a whole
    ///   file cannot be opened for want of rights or descriptors.
    public static func open(
        disk: any Disk, directory: String, ledgerID: Digest, fanIn: Int = 8, greatestLevel: Int = 4,
        readOnly: Bool = false
    ) throws -> RunIndex {
        precondition(fanIn >= 2 && (0...RunName.levelLimit).contains(greatestLevel))
        if !readOnly { try disk.makeDirectory(directory) }
        var state = State()
        var leftovers: [String] = []
        var whole: [RunFile] = []
        for file in try names(in: directory, disk: disk, mayBeAbsent: readOnly) {
            if file.hasSuffix(RunName.extension + RunName.temporaryExtension) {
                leftovers.append("\(directory)/\(file)")
            }
            guard let name = RunName(file) else { continue }
            switch try opened(disk: disk, path: "\(directory)/\(file)", name: name, ledgerID: ledgerID) {
            case .success(let run): whole.append(run)
            case .failure(let damage): state.damaged.append(damage)
            }
        }
        // Longer runs first, and of two of a range the merged one: what lies within them is left over from their making.
        whole.sort { ($0.range.count, $0.level) > ($1.range.count, $1.level) }
        for run in whole {
            if state.runs.contains(where: { $0.range.contains(run.range) }) {
                leftovers.append(run.path)
            } else if let other = state.runs.first(where: { $0.range.overlaps(run.range) }) {
                let reason = "overlaps \(other.name); the index can be rebuilt from the segments"
                state.damaged.append(DamagedRun(path: run.path, range: run.range, reason: reason))
            } else {
                state.runs.append(run)
            }
        }
        state.runs.sort { $0.range.lowerBound < $1.range.lowerBound }
        if !readOnly {
            leftovers += state.takeCoveredDamage(except: nil)
            for path in leftovers { try disk.remove(path) }
            if !leftovers.isEmpty { try disk.synchronizeDirectory(directory) }
        }
        return RunIndex(
            disk: disk, directory: directory, ledgerID: ledgerID, fanIn: fanIn, greatestLevel: greatestLevel,
            state: state)
    }

    private static func names(
        in directory: String, disk: any Disk, mayBeAbsent: Bool
    ) throws(DiskError) -> [String] {
        do throws(DiskError) {
            return try disk.list(directory)
        } catch {
            guard mayBeAbsent, error.code == .notFound else { throw error }
            return []
        }
    }

    private enum Opened {
        case success(RunFile)
        case failure(DamagedRun)
    }

    private static func opened(disk: any Disk, path: String, name: RunName, ledgerID: Digest) throws -> Opened {
        do {
            return .success(try RunFile.open(disk: disk, path: path, ledgerID: ledgerID))
        } catch let error as StorageError where error.code == .indexDamaged {
            return .failure(DamagedRun(path: path, range: name.range, reason: error.description))
        } catch let error as DiskError where error.code == .other || error.code == .notFound {
            // The medium: as good as damaged.
            return .failure(DamagedRun(path: path, range: name.range, reason: error.description))
        }
    }
}

extension RunIndex.State {
    /// Whether runs without a gap cover a range.
    func covers(_ range: Range<UInt64>) -> Bool {
        var start = range.lowerBound
        for run in runs where run.range.contains(start) {
            start = run.range.upperBound
            if start >= range.upperBound { return true }
        }
        return false
    }

    /// Forgets damaged files whose range is covered again.
    ///
    /// - Parameter path: a file that has been replaced, and stays.
    /// - Returns: the files to remove.
    mutating func takeCoveredDamage(except path: String?) -> [String] {
        let covered = damaged.filter { covers($0.range) }.map(\.path)
        damaged.removeAll { covered.contains($0.path) }
        return covered.filter { $0 != path }
    }
}

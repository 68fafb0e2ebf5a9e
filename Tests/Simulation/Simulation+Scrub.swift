@testable import LedgerEngine
@testable import LedgerStorage

/// Reading again what is sealed: it finds every damage of the medium, and none where there is none.
extension Simulation {
    /// One whole round.
    func scrub() throws {
        guard configuration.compaction.scrubDays > 0, steps != nil, !disk.isDead, ledger.stopReason == nil else {
            return
        }
        let faults = world.tally.faultCount
        do {
            try ledger.scrub()
        } catch {
            world.trace.note("not scrubbed", details: "\(error)")
            guard mayLie || world.tally.faultCount > faults || disk.isDead else {
                throw Violation("nothing is in the way, but scrubbing fails: \(error)")
            }
            return
        }
        let known = canary == .overlooksDamage ? [] : ledger.knownDamage
        world.trace.note("scrubbed", known.count)
        // A read that failed may have been taken for damage, or a whole file for one that was put right.
        guard world.tally.faultCount == faults, !disk.isDead else { return }
        world.tally.note(.scrubbed)
        if !mayLie, let damage = known.first {
            throw Violation("scrubbing finds damage where there is none: \(damage)")
        }
        let files = Set(known.map { folder.path + "/" + $0.file })
        for path in sealedFiles where isDamaged(path) {
            guard files.contains(path) else { throw Violation("scrubbing does not find the damage in \(path)") }
            world.tally.note(.foundByScrubbing)
        }
    }

    /// The files of segments and index that are in use.
    private var sealedFiles: [String] {
        let store = ledger.store
        let segments = store.segments.segments.flatMap { segment in
            let names = segment.fileNames.map { store.segments.path($0) }
            return names + names.dropFirst().map { ParityFile.path(for: $0) }
        }
        return segments + store.index.runs.map(\.path)
    }

    private func isDamaged(_ path: String) -> Bool {
        guard let node = disk.names[path], let honest = node.honest else { return false }
        return !node.afterwards(honest).differences(from: node.visible).isEmpty
    }
}

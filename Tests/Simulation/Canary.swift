import LedgerMerkle
import LedgerStorage

@testable import LedgerEngine

/// Bugs planted on purpose, from outside the product: what the oracle would see if the engine, or this simulation, had them. Each
/// must be found, or the run has shown nothing.
enum Canary: String, CaseIterable {
    /// As an engine that acknowledges before its sync.
    case acknowledgesUnsynced
    /// As an engine that gives out checkpoints before the signer's state is durable.
    case forgetsSignerState
    /// As an engine that does not sync the directory of a new journal file.
    case forgetsDirectory
    /// As an engine that goes on reading what a failed sync left in the cache.
    case believesCache
    /// As an engine that cuts at the first bad frame, whatever was signed.
    case cutsAtFirstBadFrame
    /// As an engine that lets the journal go before the names of the segments are durable.
    case forgetsSegmentsDirectory
    /// As an engine that lets the journal go before the segment's manifest is durable.
    case forgetsManifest
    /// As an engine that leaves what it erased in a file that nothing names.
    case leavesErasedRecords
    /// As a scrubber that reads what is damaged and finds nothing wrong with it.
    case overlooksDamage
    /// As a simulation in which not everything follows from the seed.
    case chanceBesideTheSeed

    var diskBug: DiskBug? {
        switch self {
        case .acknowledgesUnsynced: .syncsLie
        case .forgetsSignerState: .signerStateDropped
        case .forgetsDirectory: .directoriesNotSynced
        case .believesCache: .cacheNeverDropped
        case .forgetsSegmentsDirectory: .segmentNamesNotSynced
        case .forgetsManifest: .manifestsNotSynced
        case .leavesErasedRecords: .recordsNotRemoved
        case .cutsAtFirstBadFrame, .overlooksDamage, .chanceBesideTheSeed: nil
        }
    }

    /// Does before an opening what the engine must never do.
    func tamper(with simulation: Simulation) throws {
        guard self == .cutsAtFirstBadFrame else { return }
        let (disk, folder) = (simulation.disk, simulation.folder)
        for (path, node) in disk.names.sorted(by: { $0.key < $1.key }) where path.hasSuffix(".journal") {
            let seen = node.afterwards(node.durable)
            let good = node.afterwards(node.honest ?? node.durable)
            let ranges = good.differences(from: seen)
            guard let bad = Frame.all(in: good).first(where: { frame in ranges.contains { $0.overlaps(frame.range) } })
            else { continue }
            // The tail goes, on the medium and on the one that never lied alike, and the signer forgets what it signed.
            for copy in [\Node.durable, \Node.visible] { node[keyPath: copy].zero(bad.range.lowerBound..<good.count) }
            node.honest = node.durable
            node.pending = []
            let root = simulation.oracle.tree.roots[Int(min(bad.sizeBefore, simulation.oracle.size))]
            for state in [folder.ownSignerStatePath, folder.signerStatePath].compactMap(\.self) {
                _ = try SignerStateFile.create(
                    disk: disk, path: state, directory: folder.path, ledgerID: folder.ledgerID,
                    state: SignerState(size: bad.sizeBefore, root: root, time: simulation.clock.now()))
            }
        }
    }
}

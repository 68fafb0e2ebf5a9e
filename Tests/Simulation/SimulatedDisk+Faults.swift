import LedgerMerkle
import LedgerStorage

/// A bug planted in the disk: what an engine that forgets something would look like from outside (`Canary`).
enum DiskBug {
    /// Every second sync of a journal file answers without doing anything.
    case syncsLie
    /// What is written to the signer's state goes nowhere.
    case signerStateDropped
    /// Names in the journal's directory are never made durable.
    case directoriesNotSynced
    /// What a failed sync left in the cache is believed for ever.
    case cacheNeverDropped
    /// Names in the segments' directory are never made durable.
    case segmentNamesNotSynced
    /// The name of a segment's manifest is not made durable, though everything that goes before and after it is.
    case manifestsNotSynced
    /// Record files are never removed.
    case recordsNotRemoved
}

extension Fault {
    /// Whether an operation is one that the fault can strike at.
    func canStrike(_ operation: SimulatedDisk.Operation, _ path: String) -> Bool {
        switch self {
        case .processDeath, .powerLoss, .inputOutputError: true
        case .diskFull: operation == .write || operation == .zero || operation == .rename
        case .tooManyFiles: operation == .open
        case .shortWrite: operation == .write || operation == .zero
        case .syncFailure: operation == .sync
        case .directorySyncFailure: operation == .syncDirectory
        case .readError: operation == .read
        case .lostWrite, .misdirectedWrite: operation == .write && isEngineFile(path)
        case .eviction, .bitFlip, .clockJump: false
        }
    }
}

/// Whether the engine writes a file: journal files, the next of them, signer's states, and what is sealed.
func isEngineFile(_ path: String) -> Bool {
    path.hasSuffix(".journal") || path.hasSuffix("/spare") || path.hasSuffix("signer.state") || isSealedFile(path)
}

/// Whether a file is one of the segments or of the hash index, or is becoming one.
func isSealedFile(_ path: String) -> Bool {
    let directory = parent(of: path)
    return directory.hasSuffix("/segments") || directory.hasSuffix("/index")
}

extension SimulatedDisk {
    /// Where a file must end for all files to fit.
    func room(for node: Node) -> Int {
        guard capacity < .max else { return .max }
        let used = names.values.reduce(0) { $0 + $1.visible.count }
        return max(node.visible.count, capacity - used + node.visible.count)
    }

    /// Each waiting write reaches the medium, or not, or in part; none will be tried again.
    func failSync(of node: Node) {
        for write in node.pending where !world.chance.isOne(in: 3) {
            node.land(write, parts: write.torn(sector: 512, &world.chance))
        }
        node.pending = []
        node.isCacheWrong = true
        evictLater(node)
    }

    /// The write will be acknowledged and synced, and never be where it belongs.
    func mislead(_ write: inout Write, of node: Node, misdirected: Bool) {
        node.expectLies()
        write.fate = .isLost
        guard misdirected else { return }
        let paths = names.keys.filter(isEngineFile).sorted()
        let target = world.chance.isOne(in: 2) ? node : names[paths[world.chance.below(paths.count)]] ?? node
        guard target.durable.count > 0 else { return }
        // Near the front, where the frames are, more often than not.
        let reach = world.chance.isOne(in: 4) ? target.durable.count : min(target.durable.count, 64 << 10)
        let offset = world.chance.below(reach) / 512 * 512
        guard offset != write.offset || target.number != node.number else { return }
        target.expectLies()
        write.fate = .strays(target, offset)
    }

    /// A bit changes on the medium, and in the cache if it was not there or is read again.
    func flipBit(_ bit: Int, ofByte byte: Int, in node: Node, cacheToo: Bool) {
        world.strike(.bitFlip, node.number, byte)
        node.expectLies()
        node.durable.flipBit(bit, ofByte: byte)
        if cacheToo, node.pending.isEmpty, !node.isCacheWrong { node.visible.flipBit(bit, ofByte: byte) }
    }

    /// An operator puts back what an honest medium would hold.
    func repair() {
        for node in nodes { node.repair() }
    }

    /// Every file, in order of making.
    var nodes: [Node] {
        var seen: [Int: Node] = [:]
        for node in Array(names.values) + Array(durableNames.values) { seen[node.number] = node }
        for (_, change) in pendingNames {
            if case .link(_, let node) = change { seen[node.number] = node }
        }
        return seen.values.sorted { $0.number < $1.number }
    }

    /// The process is gone and another one may start: locks are free, the cache lives on.
    func outliveProcess() -> SimulatedDisk {
        let next = SimulatedDisk(continuing: self)
        (next.names, next.durableNames, next.pendingNames) = (names, durableNames, pendingNames)
        for node in nodes {
            node.holder = nil
            // The kernel writes back meanwhile what will not end up where it belongs: from now on it can be known what is damaged.
            if node.pending.contains(where: { !$0.isTrue }) { node.synchronize() }
        }
        return next
    }

    /// The disk as the next start of the machine finds it.
    ///
    /// - Parameter all: everything unsynced is lost, instead of whatever chance says.
    func outlivePower(losing all: Bool = false) -> SimulatedDisk {
        let next = SimulatedDisk(continuing: self)
        var effects: Set<Effect> = []
        var found = durableNames
        for (directory, changes) in changesByDirectory {
            let kept = all ? [] : survivors(of: changes)
            if kept.count < changes.count { effects.insert(.namesLost) }
            world.trace.note("names kept", kept.count, changes.count, about: directory)
            for change in kept { SimulatedDisk.apply(change, to: &found) }
        }
        // What lies in a directory that was lost is lost with it.
        found = found.filter { path, _ in path == "/" || found[parent(of: path)]?.isDirectory == true }
        for node in nodes {
            if !node.pending.isEmpty { losePending(of: node, all: all, &effects) }
            node.pending = []
            node.holder = nil
            node.dropCache()
        }
        (next.names, next.durableNames) = (found, found)
        for effect in Effect.allCases where effects.contains(effect) { world.tally.note(effect) }
        return next
    }

    private var changesByDirectory: [(String, [NameChange])] {
        let directories = Set(pendingNames.map(\.directory)).sorted()
        return directories.map { directory in
            (directory, pendingNames.filter { $0.directory == directory }.map(\.change))
        }
    }

    /// The first few changes of a directory, as a journal of changes keeps them, or any of them, in order.
    private func survivors(of changes: [NameChange]) -> [NameChange] {
        if world.chance.isOne(in: 2) { return Array(changes.prefix(world.chance.below(changes.count + 1))) }
        return changes.filter { _ in world.chance.isOne(in: 2) }
    }

    private func losePending(of node: Node, all: Bool, _ effects: inout Set<Effect>) {
        var writes = node.pending
        let policy = all ? 0 : world.chance.below(4)
        world.trace.note("unsynced", node.number, writes.count, policy)
        switch policy {
        case 0: effects.insert(.dropped)
        case 1: for write in writes { node.land(write) }
        default:
            if writes.count > 1, world.chance.isOne(in: 2) {
                world.chance.shuffle(&writes)
                effects.insert(.reordered)
            }
            for write in writes {
                switch world.chance.below(5) {
                case 0: effects.insert(.dropped)
                case 1: node.land(write)
                case 2:
                    node.land(write, parts: write.torn(sector: 512, &world.chance))
                    effects.insert(.torn512)
                case 3:
                    // Sectors are not always whole either.
                    let cut = write.offset + world.chance.below(write.count + 1)
                    node.land(write, parts: [world.chance.isOne(in: 2) ? write.offset..<cut : cut..<write.end])
                    effects.insert(.tornAnywhere)
                default:
                    node.land(write, parts: write.torn(sector: 4096, &world.chance))
                    effects.insert(.torn4096)
                }
            }
        }
    }

    /// A hash of everything on the medium.
    var imageHash: Digest {
        var hash = SHA256()
        for (path, node) in durableNames.sorted(by: { $0.key < $1.key }) {
            hash.update("\(path) \(node.durable.count)\n")
            node.durable.forEachPage { number, bytes in
                hash.update("\(number)\n")
                hash.update(bytes)
            }
        }
        return hash.finalize()
    }
}

/// The directory in which a name lies.
func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
}

extension DiskError {
    static func simulated(_ fault: Fault, _ operation: String, _ path: String) -> DiskError {
        let code: DiskError.Code =
            switch fault {
            case .diskFull: .full
            case .tooManyFiles: .tooManyFiles
            default: .other
            }
        return DiskError(code: code, operation: operation, path: path, reason: "simulated: \(fault.rawValue)")
    }

    static func absent(_ operation: String, _ path: String) -> DiskError {
        DiskError(code: .notFound, operation: operation, path: path, reason: "simulated")
    }
}

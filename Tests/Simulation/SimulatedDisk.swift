import LedgerStorage

/// A disk in memory whose faults all follow from the run's seed.
///
/// What is written is seen at once, and is on the medium after a sync; a name is there after the sync of its directory. After a
/// failed sync the cache goes on showing what the medium may not have, until it is dropped or evicted, as Linux does it. Beside the
/// medium stands what an honest one would hold: the two differ where a write was lost or misdirected, or a bit flipped.
///
/// `@unchecked Sendable`: a run lives on one thread.
final class SimulatedDisk: Disk, @unchecked Sendable {
    enum Operation: Int {
        case open, list, permissions, makeDirectory, rename, remove, syncDirectory, size, read, write, sync, lock
        /// A write of zeros only.
        case zero
    }

    enum NameChange {
        case link(String, Node)
        case unlink(String)
        case rename(String, String, Node)
    }

    let world: World
    var names: [String: Node] = [:]
    var durableNames: [String: Node] = [:]
    var pendingNames: [(directory: String, change: NameChange)] = []
    /// Faults to come, each after so many operations that it can strike.
    private(set) var armed: [(fault: Fault, countdown: Int)] = []
    /// How the machine or the process died; every call fails from then on.
    private(set) var death: Fault?
    /// The bytes that all files together may have.
    var capacity = Int.max
    /// How many operations changed something.
    private(set) var changeCount = 0
    var bug: DiskBug?
    private var evictions: [(node: Node, countdown: Int)] = []
    private var nodeCount = 0

    init(world: World) {
        self.world = world
        names["/"] = newNode(isDirectory: true)
        durableNames = names
    }

    /// The next start on the same files.
    init(continuing other: SimulatedDisk) {
        world = other.world
        bug = other.bug
        nodeCount = other.nodeCount
    }

    var isDead: Bool { death != nil }

    // MARK: Arming

    /// Lets a fault strike at the `countdown`-th operation from now that it can strike.
    func arm(_ fault: Fault, in countdown: Int) { armed.append((fault, countdown)) }

    /// Takes back all that has not struck yet.
    func disarm() {
        armed = []
        capacity = .max
    }

    /// Lets the kernel evict what a failed sync left in the cache.
    func evictLater(_ node: Node) { evictions.append((node, world.chance.within(1...60))) }

    /// Notes an operation; gives the fault that strikes at it.
    func begin(_ operation: Operation, _ path: String, _ node: Node? = nil, _ a: Int = 0, _ b: Int = 0) -> Fault? {
        if isDead { return death }
        if operation == .write || operation == .zero || operation == .rename || operation == .remove {
            changeCount += 1
        }
        world.trace.note(
            "operation", operation.rawValue, node?.number ?? -1, a, b, about: path, details: "\(operation)")
        evict()
        guard !armed.isEmpty else { return nil }
        var struck: Fault?
        for number in armed.indices where armed[number].fault.canStrike(operation, path) {
            armed[number].countdown -= 1
            if armed[number].countdown <= 0, struck == nil { struck = armed[number].fault }
        }
        guard let struck else { return nil }
        armed.removeAll { $0.fault == struck && $0.countdown <= 0 }
        world.strike(struck, at: path, a, b)
        if struck == .processDeath || struck == .powerLoss { death = struck }
        return struck
    }

    private func evict() {
        guard !evictions.isEmpty else { return }
        for number in evictions.indices { evictions[number].countdown -= 1 }
        for (node, countdown) in evictions where countdown <= 0 && node.isCacheWrong {
            node.dropCache()
            world.strike(.eviction, node.number)
        }
        evictions.removeAll { $0.countdown <= 0 }
    }

    private func begin(_ operation: Operation, _ name: String, _ path: String) throws(DiskError) {
        if let fault = begin(operation, path) { throw .simulated(fault, name, path) }
    }

    func newNode(isDirectory: Bool = false) -> Node {
        nodeCount += 1
        return Node(number: nodeCount, isDirectory: isDirectory)
    }

    // MARK: Disk

    func open(_ path: String, readOnly: Bool, create: Bool) throws(DiskError) -> any DiskFile {
        try begin(.open, "open", path)
        if let node = names[path] { return SimulatedFile(path: path, node: node, disk: self) }
        let directory = parent(of: path)
        guard create, names[directory]?.isDirectory == true else { throw .absent("open", path) }
        let node = newNode()
        names[path] = node
        pendingNames.append((directory, .link(path, node)))
        return SimulatedFile(path: path, node: node, disk: self)
    }

    func list(_ directory: String) throws(DiskError) -> [String] {
        try begin(.list, "list", directory)
        guard names[directory] != nil else { throw .absent("list", directory) }
        return names.keys.filter { $0 != "/" && parent(of: $0) == directory }
            .map { String($0.dropFirst(directory.utf8.count + 1)) }.sorted()
    }

    func exists(_ path: String) -> Bool { names[path] != nil }

    func permissions(_ path: String) throws(DiskError) -> UInt32 {
        try begin(.permissions, "stat", path)
        guard let node = names[path] else { throw .absent("stat", path) }
        return node.mode
    }

    func makeDirectory(_ path: String) throws(DiskError) {
        try begin(.makeDirectory, "make directory", path)
        guard names[path] == nil else { return }
        let node = newNode(isDirectory: true)
        names[path] = node
        pendingNames.append((parent(of: path), .link(path, node)))
    }

    func rename(_ from: String, to: String) throws(DiskError) {
        let wasDead = isDead
        let fault = begin(.rename, from)
        // A rename that fails, or in which the machine dies, may have been done all the same.
        if fault == nil || !wasDead && world.chance.isOne(in: 2) {
            guard let node = names.removeValue(forKey: from) else { throw .absent("rename", from) }
            names[to] = node
            pendingNames.append((parent(of: to), .rename(from, to, node)))
        }
        if let fault { throw .simulated(fault, "rename", from) }
    }

    func remove(_ path: String) throws(DiskError) {
        try begin(.remove, "remove", path)
        if bug == .recordsNotRemoved, path.hasSuffix(".records") { return }
        guard names.removeValue(forKey: path) != nil else { throw .absent("remove", path) }
        pendingNames.append((parent(of: path), .unlink(path)))
    }

    func synchronizeDirectory(_ path: String) throws(DiskError) {
        try begin(.syncDirectory, "sync", path)
        if bug == .directoriesNotSynced, path.hasSuffix("/journal") { return }
        if bug == .segmentNamesNotSynced, path.hasSuffix("/segments") { return }
        let isKept = { (change: NameChange) -> Bool in
            guard self.bug == .manifestsNotSynced, case .rename(_, let to, _) = change else { return false }
            return to.hasSuffix(".manifest")
        }
        for (directory, change) in pendingNames where directory == path && !isKept(change) {
            SimulatedDisk.apply(change, to: &durableNames)
        }
        pendingNames.removeAll { $0.directory == path && !isKept($0.change) }
    }

    static func apply(_ change: NameChange, to names: inout [String: Node]) {
        switch change {
        case .link(let path, let node): names[path] = node
        case .unlink(let path): names[path] = nil
        case .rename(let from, let to, let node):
            if names[from]?.number == node.number { names[from] = nil }
            names[to] = node
        }
    }
}

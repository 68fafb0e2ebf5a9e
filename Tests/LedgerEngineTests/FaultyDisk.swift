import Dispatch
import LedgerStorage
import Synchronization

/// A disk in memory that fails where it is told to, and that can lose power.
///
/// What is written is visible at once and durable after a sync; names are durable after the sync of their directory (directories
/// themselves are durable at once). After a failed sync the cache goes on showing what the medium may not have, as Linux does.
final class FaultyDisk: Disk {
    /// What a loss of power does to what was not synced.
    enum Loss {
        /// The process dies, the machine lives: all is kept.
        case nothing
        /// All is lost.
        case everything
        /// Each write is kept, lost or torn at a multiple of 512 bytes; of the names, the first few changes are kept.
        case random(seed: UInt64)
    }

    final class Node {
        var visible: [UInt8] = []
        var durable: [UInt8] = []
        var pending: [(offset: Int, bytes: [UInt8])] = []
        // The cache shows what a failed sync did not bring to the medium.
        var isCacheWrong = false
        var mode: UInt32 = 0o600
        var lockedBy: ObjectIdentifier?
    }

    enum NameChange {
        case link(String, Node)
        case unlink(String)
        case rename(String, String)
    }

    // Nodes are classes: they are touched only while this is held.
    struct State {
        var names: [String: Node] = [:]
        var durableNames: [String: Node] = [:]
        var pendingNames: [(directory: String, change: NameChange)] = []
        var directories: Set<String> = ["/"]
        var operations = 0
        var failures: [Int: DiskError.Code] = [:]
        var failing: (operation: String, path: String, code: DiskError.Code, count: Int)?
        var changing: (path: String, count: Int)?
        var openFiles = 0
        var mostOpenFiles = 0
        var crashAt: Int?
        var capacity = Int.max
        var generator = Generator(seed: 1)
        var gate: DispatchSemaphore?
        var waitingAtGate = 0
    }

    private let shared: Guarded

    /// `@unchecked`: the lock is held for every access.
    final class Guarded: @unchecked Sendable {
        private let mutex = Mutex(())
        private var state = State()

        func withLock<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
            try mutex.withLock { (_) throws(E) -> R in try body(&state) }
        }
    }

    init() {
        shared = Guarded()
    }

    // MARK: What tests ask for

    var operationCount: Int { shared.withLock { $0.operations } }
    /// Whether the machine has lost its power: every call fails.
    var isDead: Bool { shared.withLock { state in state.crashAt.map { state.operations >= $0 } ?? false } }

    /// Fails one operation, counted from 1 since the disk was made.
    func fail(operation: Int, with code: DiskError.Code) { shared.withLock { $0.failures[operation] = code } }
    /// Loses power at an operation: it and all after it fail.
    func crash(atOperation operation: Int) { shared.withLock { $0.crashAt = operation } }
    /// The process is killed and another one started: the machine, and its cache, live on.
    func revive() { shared.withLock { $0.crashAt = nil } }
    /// Fails the next syncs of a file or directory whose path ends so.
    func failSyncs(ofPathEnding suffix: String, code: DiskError.Code = .other, count: Int) {
        fail("sync", ofPathEnding: suffix, code: code, count: count)
    }
    /// Fails the next operations of a kind ("open", "write", …) on a path that ends so.
    func fail(_ operation: String, ofPathEnding suffix: String, code: DiskError.Code = .other, count: Int) {
        shared.withLock { $0.failing = (operation, suffix, code, count) }
    }
    /// Writes another byte than it is given, and says nothing, in the next writes to a path that ends so.
    func changeWrites(toPathEnding suffix: String, count: Int) { shared.withLock { $0.changing = (suffix, count) } }
    /// The most files that were open at once since `forgetMostOpenFiles`, which gives the number open then.
    var mostOpenFiles: Int { shared.withLock { $0.mostOpenFiles } }
    func forgetMostOpenFiles() -> Int {
        shared.withLock { state in
            state.mostOpenFiles = state.openFiles
            return state.openFiles
        }
    }
    /// The bytes that all files together may have.
    func limit(capacity: Int) { shared.withLock { $0.capacity = capacity } }
    var usedBytes: Int { shared.withLock { $0.names.values.reduce(0) { $0 + $1.visible.count } } }

    /// Syncs wait from now on until `releaseSyncs`.
    func holdSyncs() { shared.withLock { $0.gate = DispatchSemaphore(value: 0) } }
    func releaseSyncs() {
        shared.withLock { state in
            state.gate?.signal()
            state.gate = nil
        }
    }
    var isWaitingAtGate: Bool { shared.withLock { $0.waitingAtGate > 0 } }

    func bytes(_ path: String) -> [UInt8] { shared.withLock { $0.names[path]?.visible ?? [] } }
    func names(under prefix: String) -> [String] {
        shared.withLock { $0.names.keys.filter { $0.hasPrefix(prefix) }.sorted() }
    }
    func setPermissions(_ path: String, _ mode: UInt32) { shared.withLock { $0.names[path]?.mode = mode } }

    /// Changes a file on the medium, behind everybody's back.
    func damage(_ path: String, _ change: (inout [UInt8]) -> Void) {
        shared.withLock { state in
            guard let node = state.names[path] else { return }
            change(&node.durable)
            node.visible = node.durable
        }
    }

    func flipBit(_ path: String, byte: Int, bit: Int = 0) { damage(path) { $0[byte] ^= 1 << bit } }

    /// The disk as the next start of the machine finds it.
    func crashed(_ loss: Loss) -> FaultyDisk {
        let next = FaultyDisk()
        var generator = Generator(seed: 0)
        if case .random(let seed) = loss { generator = Generator(seed: seed) }
        shared.withLock { state in
            var names = state.durableNames
            for directory in state.directories.sorted() {
                let changes = state.pendingNames.filter { $0.directory == directory }.map(\.change)
                let kept =
                    switch loss {
                    case .nothing: changes.count
                    case .everything: 0
                    case .random: generator.below(changes.count + 1)
                    }
                for change in changes.prefix(kept) { FaultyDisk.apply(change, to: &names) }
            }
            next.shared.withLock { copy in
                copy.directories = state.directories
                copy.generator = generator
                for (path, node) in names.sorted(by: { $0.key < $1.key }) {
                    let image = Node()
                    image.mode = node.mode
                    image.durable = node.durable
                    if case .nothing = loss { image.durable = node.visible }
                    if case .random = loss {
                        for write in node.pending { generator.applyPart(of: write, to: &image.durable) }
                    }
                    image.visible = image.durable
                    copy.names[path] = image
                }
                copy.durableNames = copy.names
            }
        }
        return next
    }

    // MARK: Disk

    func open(_ path: String, readOnly: Bool, create: Bool) throws(DiskError) -> any DiskFile {
        try shared.withLock { (state) throws(DiskError) -> any DiskFile in
            try state.begin("open", path)
            guard create || state.names[path] != nil else { throw .injected(.notFound, "open", path) }
            state.openFiles += 1
            state.mostOpenFiles = max(state.mostOpenFiles, state.openFiles)
            if let node = state.names[path] { return File(path: path, node: node, disk: shared) }
            let node = Node()
            state.names[path] = node
            state.pendingNames.append((directory(of: path), .link(path, node)))
            return File(path: path, node: node, disk: shared)
        }
    }

    func list(_ directory: String) throws(DiskError) -> [String] {
        try shared.withLock { (state) throws(DiskError) in
            try state.begin("list", directory)
            guard state.directories.contains(directory) else { throw .injected(.notFound, "list", directory) }
            let prefix = directory + "/"
            let paths = Array(state.names.keys) + Array(state.directories)
            return paths.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") }
                .map { String($0.dropFirst(prefix.count)) }.sorted()
        }
    }

    func exists(_ path: String) -> Bool {
        shared.withLock { $0.names[path] != nil || $0.directories.contains(path) }
    }

    func permissions(_ path: String) throws(DiskError) -> UInt32 {
        try shared.withLock { (state) throws(DiskError) in
            try state.begin("stat", path)
            guard let node = state.names[path] else { throw .injected(.notFound, "stat", path) }
            return node.mode
        }
    }

    func makeDirectory(_ path: String) throws(DiskError) {
        try shared.withLock { (state) throws(DiskError) in
            try state.begin("make directory", path)
            state.directories.insert(path)
        }
    }

    func rename(_ from: String, to: String) throws(DiskError) {
        try shared.withLock { (state) throws(DiskError) in
            let failure = state.beginOrFailure("rename", from)
            if failure == nil || state.isDying, state.names[from] != nil {
                FaultyDisk.apply(.rename(from, to), to: &state.names)
                state.pendingNames.append((directory(of: to), .rename(from, to)))
            } else if failure == nil {
                throw .injected(.notFound, "rename", from)
            }
            if let failure { throw failure }
        }
    }

    func remove(_ path: String) throws(DiskError) {
        try shared.withLock { (state) throws(DiskError) in
            try state.begin("remove", path)
            guard state.names.removeValue(forKey: path) != nil else { throw .injected(.notFound, "remove", path) }
            state.pendingNames.append((directory(of: path), .unlink(path)))
        }
    }

    func synchronizeDirectory(_ path: String) throws(DiskError) {
        try shared.withLock { (state) throws(DiskError) in
            try state.begin("sync", path)
            for (_, change) in state.pendingNames.filter({ $0.directory == path }) {
                FaultyDisk.apply(change, to: &state.durableNames)
            }
            state.pendingNames.removeAll { $0.directory == path }
        }
    }

    private func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func apply(_ change: NameChange, to names: inout [String: Node]) {
        switch change {
        case .link(let path, let node): names[path] = node
        case .unlink(let path): names[path] = nil
        case .rename(let from, let to): if let node = names.removeValue(forKey: from) { names[to] = node }
        }
    }
}

extension FaultyDisk.State {
    /// Whether the present operation is the one at which power is lost: it may still leave a trace.
    var isDying: Bool { operations == crashAt }

    /// Whether power is lost: nothing leaves a trace any more.
    var isGone: Bool { crashAt.map { operations > $0 } ?? false }

    mutating func beginOrFailure(_ operation: String, _ path: String) -> DiskError? {
        operations += 1
        if let crashAt, operations >= crashAt { return .injected(.other, operation, path) }
        if let code = failures[operations] { return .injected(code, operation, path) }
        guard let asked = failing, asked.count > 0, asked.operation == operation, path.hasSuffix(asked.path) else {
            return nil
        }
        failing?.count -= 1
        return .injected(asked.code, operation, path)
    }

    mutating func begin(_ operation: String, _ path: String) throws(DiskError) {
        if let failure = beginOrFailure(operation, path) { throw failure }
    }
}

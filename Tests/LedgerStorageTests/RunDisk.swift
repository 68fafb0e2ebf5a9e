import LedgerStorage
import Synchronization

/// A disk in memory that counts, forgets and dies as a test says.
final class RunDisk: Disk {
    /// What is left after power was lost.
    enum Remainder: CaseIterable {
        /// Only what was synced.
        case synced
        /// Everything up to the operation that failed.
        case everything
        /// Names as they were, of unsynced bytes only the first half.
        case torn
    }

    final class Node: Sendable {
        let bytes = Mutex((now: [UInt8](), synced: [UInt8]()))
    }

    struct State {
        var names: [String: Node] = [:]
        var syncedNames: [String: Node] = [:]
        var operations = 0
        var crashAt = Int.max
        var readBytes: [(offset: Int, count: Int)] = []
        var unreadable: Set<String> = []
        var flipsByteOfNextWrite = false
    }

    private let state = Mutex(State())

    /// Changes since the start: writes, syncs, names.
    var operations: Int { state.withLock { $0.operations } }

    /// The reads since the last call.
    func takeReads() -> [(offset: Int, count: Int)] {
        state.withLock { state in
            defer { state.readBytes = [] }
            return state.readBytes
        }
    }

    /// Power is lost at this operation.
    func crash(at operation: Int) { state.withLock { $0.crashAt = operation } }

    /// The next write goes to the medium with one bit changed.
    func flipNextWrite() { state.withLock { $0.flipsByteOfNextWrite = true } }

    func makeUnreadable(_ path: String) { state.withLock { _ = $0.unreadable.insert(path) } }

    /// The disk as the machine finds it afterwards.
    func restarted(_ remainder: Remainder = .synced) -> RunDisk {
        let other = RunDisk()
        state.withLock { state in
            for (path, node) in remainder == .synced ? state.syncedNames : state.names {
                let bytes = node.bytes.withLock { bytes in
                    switch remainder {
                    case .synced: bytes.synced
                    case .everything: bytes.now
                    case .torn: bytes.now == bytes.synced ? bytes.now : Array(bytes.now.prefix(bytes.now.count / 2))
                    }
                }
                other.put(bytes, at: path)
            }
        }
        return other
    }

    func put(_ bytes: [UInt8], at path: String) {
        let node = Node()
        node.bytes.withLock { $0 = (bytes, bytes) }
        state.withLock { state in
            state.names[path] = node
            state.syncedNames[path] = node
        }
    }

    func bytes(_ path: String) -> [UInt8]? { state.withLock { $0.names[path] }?.bytes.withLock { $0.now } }

    func open(_ path: String, readOnly: Bool, create: Bool) throws(DiskError) -> any DiskFile {
        let node = try state.withLock { (state) throws(DiskError) -> Node in
            if state.unreadable.contains(path) { throw .of("open", path) }
            if let node = state.names[path] { return node }
            guard create else { throw .of("open", path, .notFound) }
            try state.begin("open", path)
            let node = Node()
            state.names[path] = node
            return node
        }
        return RunDiskFile(path: path, node: node, disk: self)
    }

    func list(_ directory: String) throws(DiskError) -> [String] {
        state.withLock { state in
            state.names.keys.filter { $0.hasPrefix(directory + "/") }.map { String($0.dropFirst(directory.count + 1)) }
        }.sorted()
    }

    func exists(_ path: String) -> Bool { state.withLock { $0.names[path] != nil } }
    func permissions(_ path: String) throws(DiskError) -> UInt32 { 0o600 }
    func makeDirectory(_ path: String) throws(DiskError) {}

    func rename(_ from: String, to: String) throws(DiskError) {
        try state.withLock { (state) throws(DiskError) in
            try state.begin("rename", from)
            guard let node = state.names.removeValue(forKey: from) else { throw .of("rename", from, .notFound) }
            state.names[to] = node
        }
    }

    func remove(_ path: String) throws(DiskError) {
        try state.withLock { (state) throws(DiskError) in
            try state.begin("remove", path)
            guard state.names.removeValue(forKey: path) != nil else { throw .of("remove", path, .notFound) }
        }
    }

    func synchronizeDirectory(_ path: String) throws(DiskError) {
        try state.withLock { (state) throws(DiskError) in
            try state.begin("sync", path)
            state.syncedNames = state.names
        }
    }

    fileprivate func change(_ operation: String, _ path: String) throws(DiskError) -> Bool {
        try state.withLock { (state) throws(DiskError) in
            try state.begin(operation, path)
            guard operation == "write", state.flipsByteOfNextWrite else { return false }
            state.flipsByteOfNextWrite = false
            return true
        }
    }

    fileprivate func noteRead(_ offset: Int, _ count: Int) {
        state.withLock { $0.readBytes.append((offset, count)) }
    }
}

extension RunDisk.State {
    mutating func begin(_ operation: String, _ path: String) throws(DiskError) {
        operations += 1
        if operations >= crashAt { throw .of(operation, path) }
    }
}

private final class RunDiskFile: DiskFile {
    let path: String
    private let node: RunDisk.Node
    private let disk: RunDisk

    init(path: String, node: RunDisk.Node, disk: RunDisk) {
        (self.path, self.node, self.disk) = (path, node, disk)
    }

    func size() throws(DiskError) -> Int { node.bytes.withLock { $0.now.count } }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int {
        disk.noteRead(offset, buffer.count)
        return node.bytes.withLock { bytes in
            let count = max(0, min(buffer.count, bytes.now.count - offset))
            if count > 0 { buffer.copyBytes(from: bytes.now[offset..<offset + count]) }
            return count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        let flips = try disk.change("write", path)
        node.bytes.withLock { content in
            let end = offset + bytes.count
            if content.now.count < end { content.now += [UInt8](repeating: 0, count: end - content.now.count) }
            content.now.replaceSubrange(offset..<end, with: bytes)
            if flips { content.now[offset + bytes.count / 3] ^= 4 }
        }
    }

    func synchronize() throws(DiskError) {
        _ = try disk.change("sync", path)
        node.bytes.withLock { $0.synced = $0.now }
    }

    func tryLock() throws(DiskError) -> Bool { true }
    func dropCache() {}
}

extension DiskError {
    fileprivate static func of(_ operation: String, _ path: String, _ code: Code = .other) -> DiskError {
        DiskError(code: code, operation: operation, path: path, reason: "injected")
    }
}

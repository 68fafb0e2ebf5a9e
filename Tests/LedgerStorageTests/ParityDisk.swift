import LedgerStorage
import Synchronization

/// A disk in memory that loses its power at the n-th operation and then forgets what was not synced, or all but the names.
final class ParityDisk: Disk {
    final class Node {
        var visible: [UInt8] = []
        var durable: [UInt8] = []
    }

    struct State {
        var names: [String: Node] = [:]
        var durableNames: [String: Node] = [:]
        var operations = 0
        var crashAt = Int.max
        // Reads that touch this byte of this file fail, as a bad sector's do.
        var unreadable: (path: String, byte: Int)?
    }

    // The nodes are touched only under this lock.
    private nonisolated(unsafe) var state = State()
    private let lock = Mutex(())

    func withState<Value, Failure: Error>(_ body: (inout State) throws(Failure) -> Value) throws(Failure) -> Value {
        let result: Result<Value, Failure> = lock.withLock { _ in
            do throws(Failure) { return .success(try body(&state)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    convenience init(_ files: [String: [UInt8]]) {
        self.init()
        for (path, bytes) in files { self[path] = bytes }
    }

    /// A file's bytes as they are on the medium and in the cache; `nil` for none.
    subscript(path: String) -> [UInt8]? {
        get { withState { $0.names[path]?.visible } }
        set {
            withState { state in
                let node = newValue.map { bytes in
                    let node = Node()
                    (node.visible, node.durable) = (bytes, bytes)
                    return node
                }
                (state.names[path], state.durableNames[path]) = (node, node)
            }
        }
    }

    var names: [String] { withState { $0.names.keys.sorted() } }
    var operations: Int { withState { $0.operations } }
    func crash(at operation: Int) { withState { $0.crashAt = operation } }
    func makeUnreadable(_ path: String, byte: Int) { withState { $0.unreadable = (path, byte) } }

    /// What the next start finds: without what was not synced, or with everything that was asked for.
    func restarted(losingUnsynced: Bool) -> ParityDisk {
        withState { state in
            let next = ParityDisk()
            for (path, node) in losingUnsynced ? state.durableNames : state.names {
                next[path] = losingUnsynced ? node.durable : node.visible
            }
            return next
        }
    }

    fileprivate func begin(_ operation: String, _ path: String, _ state: inout State) throws(DiskError) {
        state.operations += 1
        guard state.operations < state.crashAt else {
            throw DiskError(code: .other, operation: operation, path: path, reason: "no power")
        }
    }

    func open(_ path: String, readOnly: Bool, create: Bool) throws(DiskError) -> any DiskFile {
        try withState { (state) throws(DiskError) in
            try begin("open", path, &state)
            guard create || state.names[path] != nil else {
                throw DiskError(code: .notFound, operation: "open", path: path, reason: "no such file")
            }
            let node = state.names[path] ?? Node()
            state.names[path] = node
            return ParityDiskFile(path: path, disk: self, node: node)
        }
    }

    func list(_ directory: String) throws(DiskError) -> [String] { names }
    func exists(_ path: String) -> Bool { self[path] != nil }
    func permissions(_ path: String) throws(DiskError) -> UInt32 { 0o600 }
    func makeDirectory(_ path: String) throws(DiskError) {}

    func rename(_ from: String, to: String) throws(DiskError) {
        try withState { (state) throws(DiskError) in
            try begin("rename", from, &state)
            state.names[to] = state.names.removeValue(forKey: from)
        }
    }

    func remove(_ path: String) throws(DiskError) {
        try withState { (state) throws(DiskError) in
            try begin("remove", path, &state)
            state.names[path] = nil
        }
    }

    func synchronizeDirectory(_ path: String) throws(DiskError) {
        try withState { (state) throws(DiskError) in
            try begin("sync", path, &state)
            state.durableNames = state.names
        }
    }
}

/// `@unchecked`: the node is touched only under the disk's lock.
private final class ParityDiskFile: DiskFile, @unchecked Sendable {
    let path: String
    private let disk: ParityDisk
    private let node: ParityDisk.Node

    init(path: String, disk: ParityDisk, node: ParityDisk.Node) {
        (self.path, self.disk, self.node) = (path, disk, node)
    }

    func size() throws(DiskError) -> Int {
        try disk.withState { (state) throws(DiskError) in
            try disk.begin("stat", path, &state)
            return node.visible.count
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int {
        try disk.withState { (state) throws(DiskError) in
            try disk.begin("read", path, &state)
            let count = max(0, min(buffer.count, node.visible.count - offset))
            if let bad = state.unreadable, bad.path == path, (offset..<offset + count).contains(bad.byte) {
                throw DiskError(code: .other, operation: "read", path: path, reason: "bad sector")
            }
            guard count > 0 else { return 0 }
            node.visible.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count]))
            }
            return count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        try disk.withState { (state) throws(DiskError) in
            try disk.begin("write", path, &state)
            let end = offset + bytes.count
            if end > node.visible.count {
                node.visible += [UInt8](repeating: 0, count: end - node.visible.count)
            }
            node.visible.replaceSubrange(offset..<end, with: bytes)
        }
    }

    func synchronize() throws(DiskError) {
        try disk.withState { (state) throws(DiskError) in
            try disk.begin("sync", path, &state)
            node.durable = node.visible
        }
    }

    func tryLock() throws(DiskError) -> Bool { true }
    func dropCache() {}
}

import Glibc
import LedgerStorage
import Synchronization

/// The real disk with every read and sync counted, and every sync made longer.
final class MeteredDisk: Disk {
    struct Counts: Sendable {
        var reads = 0
        var bytesRead = 0
        var syncs = 0
    }

    private let disk = PosixDisk()
    private let counts = Mutex(Counts())
    private let syncDelayMs: Double

    init(syncDelayMs: Double = 0) {
        self.syncDelayMs = syncDelayMs
    }

    var counted: Counts { counts.withLock { $0 } }

    fileprivate func read(_ bytes: Int) {
        counts.withLock {
            $0.reads += 1
            $0.bytesRead += bytes
        }
    }

    fileprivate func synchronize() {
        counts.withLock { $0.syncs += 1 }
        guard syncDelayMs > 0 else { return }
        let nanoseconds = Int(syncDelayMs * 1e6)
        var left = timespec(tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
        while true {
            let wanted = left
            guard withUnsafePointer(to: wanted, { nanosleep($0, &left) }) != 0, errno == EINTR else { return }
        }
    }

    func open(_ path: String, readOnly: Bool, create: Bool) throws(DiskError) -> any DiskFile {
        MeteredFile(file: try disk.open(path, readOnly: readOnly, create: create), disk: self)
    }

    func list(_ directory: String) throws(DiskError) -> [String] { try disk.list(directory) }
    func exists(_ path: String) -> Bool { disk.exists(path) }
    func permissions(_ path: String) throws(DiskError) -> UInt32 { try disk.permissions(path) }
    func makeDirectory(_ path: String) throws(DiskError) { try disk.makeDirectory(path) }
    func rename(_ from: String, to: String) throws(DiskError) { try disk.rename(from, to: to) }
    func remove(_ path: String) throws(DiskError) { try disk.remove(path) }
    func synchronizeDirectory(_ path: String) throws(DiskError) {
        synchronize()
        try disk.synchronizeDirectory(path)
    }
}

private final class MeteredFile: DiskFile {
    private let file: any DiskFile
    private let disk: MeteredDisk

    init(file: any DiskFile, disk: MeteredDisk) {
        self.file = file
        self.disk = disk
    }

    var path: String { file.path }
    func size() throws(DiskError) -> Int { try file.size() }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int {
        let count = try file.read(into: buffer, at: offset)
        disk.read(count)
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        try file.write(bytes, at: offset)
    }

    func synchronize() throws(DiskError) {
        disk.synchronize()
        try file.synchronize()
    }

    func tryLock() throws(DiskError) -> Bool { try file.tryLock() }
    func dropCache() { file.dropCache() }
}

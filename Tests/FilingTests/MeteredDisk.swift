import LedgerStorage
import Synchronization

/// A disk that counts what is asked of another.
final class MeteredDisk: Disk {
    struct Count: Hashable {
        var lists = 0
        var opens = 0
        var reads = 0
        var readBytes = 0
    }

    private let disk: any Disk
    private let meter: Meter

    final class Meter: Sendable {
        let count = Mutex(Count())
    }

    init(_ disk: any Disk) {
        self.disk = disk
        meter = Meter()
    }

    /// What a call costs.
    func cost<R>(of body: () throws -> R) rethrows -> (result: R, count: Count) {
        meter.count.withLock { $0 = Count() }
        let result = try body()
        return (result, meter.count.withLock { $0 })
    }

    func open(_ path: String, readOnly: Bool, create: Bool) throws(DiskError) -> any DiskFile {
        meter.count.withLock { $0.opens += 1 }
        return MeteredFile(try disk.open(path, readOnly: readOnly, create: create), meter)
    }

    func list(_ directory: String) throws(DiskError) -> [String] {
        meter.count.withLock { $0.lists += 1 }
        return try disk.list(directory)
    }

    func exists(_ path: String) -> Bool { disk.exists(path) }
    func permissions(_ path: String) throws(DiskError) -> UInt32 { try disk.permissions(path) }
    func makeDirectory(_ path: String) throws(DiskError) { try disk.makeDirectory(path) }
    func rename(_ from: String, to: String) throws(DiskError) { try disk.rename(from, to: to) }
    func remove(_ path: String) throws(DiskError) { try disk.remove(path) }
    func synchronizeDirectory(_ path: String) throws(DiskError) { try disk.synchronizeDirectory(path) }
}

private final class MeteredFile: DiskFile {
    private let file: any DiskFile
    private let meter: MeteredDisk.Meter

    init(_ file: any DiskFile, _ meter: MeteredDisk.Meter) {
        self.file = file
        self.meter = meter
    }

    var path: String { file.path }
    func size() throws(DiskError) -> Int { try file.size() }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int {
        let count = try file.read(into: buffer, at: offset)
        meter.count.withLock {
            $0.reads += 1
            $0.readBytes += count
        }
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        try file.write(bytes, at: offset)
    }
    func synchronize() throws(DiskError) { try file.synchronize() }
    func tryLock() throws(DiskError) -> Bool { try file.tryLock() }
    func dropCache() { file.dropCache() }
}

import Glibc
import LedgerMerkle
import LedgerStorage
import LedgerTransparency

// Glibc's O_DIRECT hides behind _GNU_SOURCE, and its bits differ.
#if arch(x86_64) || arch(i386)
    private let directFlag: Int32 = 0o40000
#else
    private let directFlag: Int32 = 0o200000
#endif

/// What this disk and one core can do, without Tamga.
struct Limits: Sendable {
    /// Writes of one length, each over zeros and each followed by fdatasync.
    struct Sync: Sendable {
        let bytes: Int
        let rate: Double
        let latencies: Latencies
    }

    /// By the entries of the frame.
    let frames: [Int: Sync]
    let page: Sync
    /// With O_DIRECT; `nil` where the file system refuses it.
    let direct: Sync?
    /// Bytes a second.
    let sequential: Double
    let hashing: Double
    /// A second, on one core, in bulk.
    let leaves: Double
    let nodes: Double
    /// Node hashes a second, each from the one before.
    let chainedNodes: Double
    let signatures: Double
    /// Leaves, each with a node, on all cores.
    let entriesOnAllCores: Double

    static let frameCounts = [1, 256, 1000]

    /// Entries of 42 bytes with their nodes that one core hashes a second.
    var hashedEntries: Double { 1 / (1 / leaves + 1 / nodes) }

    static func measure(_ run: BenchRun, isSecond: Bool = false) throws -> Limits {
        let duration = run.options.quick || isSecond ? 0.25 : 1
        let disk = run.disk()
        var frames: [Int: Sync] = [:]
        for count in frameCounts {
            frames[count] = try sync(Load.frameByteCount(count), in: run.place, disk: disk, seconds: duration)
        }
        let (leaves, nodes) = (leafRate(duration / 2), nodeRate(duration / 2))
        return Limits(
            frames: frames, page: try sync(4096, in: run.place, disk: disk, seconds: duration),
            direct: try? direct(in: run.place, seconds: duration),
            sequential: try Rounds((0..<3).map { _ in try sequential(run) }).median,
            hashing: hashRate(duration / 2), leaves: leaves, nodes: nodes,
            chainedNodes: chainedNodeRate(duration / 2), signatures: try signatureRate(duration / 2),
            entriesOnAllCores: try onThreads(sysconf(Int32(_SC_NPROCESSORS_ONLN))) { _ in
                1 / (1 / leafRate(duration / 2) + 1 / nodeRate(duration / 2))
            }.reduce(0, +))
    }

    /// Writes of one length over zeros, each synced, for some seconds.
    static func sync(_ bytes: Int, in place: Place, disk: any Disk, seconds duration: Double) throws -> Sync {
        let path = place.fresh("limit")
        defer { Place.remove(path) }
        let file = try disk.open(path, readOnly: false, create: true)
        let step = (bytes + 7) / 8 * 8
        let length = max(16 << 20, step * 16)
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        for offset in stride(from: 0, to: length, by: zeros.count) { try file.write(zeros, at: offset) }
        try file.synchronize()
        let block = Array(Load.records.joined().prefix(bytes))
        var taken: [Double] = []
        var offset = 128
        let start = monotonicSeconds()
        var now = start
        while now < start + duration || taken.count < 10 {
            if offset + block.count > length { offset = 128 }
            try file.write(block, at: offset)
            try file.synchronize()
            offset += step
            let done = monotonicSeconds()
            taken.append(done - now)
            now = done
        }
        return Sync(bytes: bytes, rate: Double(taken.count) / (now - start), latencies: Latencies(taken))
    }

    /// The same of 4 KiB past the page cache. The seam of the ledger has no O_DIRECT: only this limit needs it.
    private static func direct(in place: Place, seconds duration: Double) throws -> Sync {
        let path = place.fresh("limit")
        defer { Place.remove(path) }
        let length = 16 << 20
        let zeroed = try PosixDisk().open(path, readOnly: false, create: true)
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        for offset in stride(from: 0, to: length, by: zeros.count) { try zeroed.write(zeros, at: offset) }
        try zeroed.synchronize()
        let descriptor = open(path, O_WRONLY | directFlag | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchError("no O_DIRECT") }
        defer { close(descriptor) }
        let block = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 4096)
        defer { block.deallocate() }
        memset(block, 7, 4096)
        var taken: [Double] = []
        let start = monotonicSeconds()
        var now = start
        while now < start + duration {
            let offset = taken.count % (length / 4096) * 4096
            guard pwrite(descriptor, block, 4096, off_t(offset)) == 4096, fdatasync(descriptor) == 0 else {
                throw BenchError("O_DIRECT is refused")
            }
            let done = monotonicSeconds()
            taken.append(done - now)
            now = done
        }
        return Sync(bytes: 4096, rate: Double(taken.count) / (now - start), latencies: Latencies(taken))
    }

    /// Bytes a second of a new file in steps of 1 MiB with one sync at the end.
    static func sequential(_ run: BenchRun) throws -> Double {
        let bytes = (run.options.quick ? 256 : 1024) << 20
        let block = [UInt8](Load.records.joined().prefix(1 << 20))
        let path = run.place.fresh("limit")
        defer { Place.remove(path) }
        let elapsed = try seconds {
            let file = try PosixDisk().open(path, readOnly: false, create: true)
            for offset in stride(from: 0, to: bytes, by: block.count) { try file.write(block, at: offset) }
            try file.synchronize()
        }
        return Double(bytes) / elapsed
    }

    // MARK: One core

    static func hashRate(_ duration: Double) -> Double {
        let bytes = [UInt8](repeating: 5, count: 1 << 20)
        return measuredRate(for: duration, count: bytes.count) { _ = SHA256.hash(bytes) }
    }

    private static func leafRate(_ duration: Double) -> Double {
        let bytes = (0..<1000).flatMap { Load.entry($0) }
        let lengths = [UInt32](repeating: 42, count: 1000)
        return measuredRate(for: duration, count: 1000) {
            bytes.withUnsafeBytes { _ = TreeHash.leaves($0, lengths: lengths) }
        }
    }

    private static func nodeRate(_ duration: Double) -> Double {
        let nodes = (0..<2000).map { TreeHash.leaf(Load.entry($0)) }
        return measuredRate(for: duration, count: 1000) { _ = TreeHash.parents(nodes) }
    }

    private static func chainedNodeRate(_ duration: Double) -> Double {
        var node = TreeHash.empty
        return measuredRate(for: duration, count: 100) {
            for _ in 0..<100 { node = TreeHash.node(node, TreeHash.empty) }
        }
    }

    private static func signatureRate(_ duration: Double) throws -> Double {
        let key = try SigningKey(name: "bench.example/limit", seed: [UInt8](repeating: 1, count: 32))
        let text = Array("bench.example/limit\n1\n\(Base64.encode(TreeHash.empty.bytes))\n".utf8)
        return try measuredRate(for: duration) { _ = try key.sign(noteText: text) }
    }
}

extension Limits {
    /// The rows of the table; with the limits measured again, how far they had changed.
    func rows(after: Limits?) -> [Row] {
        var rows: [Row] = []
        func add(_ name: String, _ unit: Row.Unit, _ figure: (Limits) -> Double?) {
            guard let value = figure(self) else { return }
            let change = after.flatMap(figure).map { ($0 / value - 1) * 100 }
            rows.append(
                Row(.limits, name, value, unit, note: change.map { "afterwards \($0 < 0 ? "" : "+")\(text($0)) %" }))
        }
        for count in Limits.frameCounts {
            let bytes = Load.frameByteCount(count)
            let what = "frame of \(count) (\(text(Double(bytes))) bytes) + fdatasync"
            add(what, .perSecond) { $0.frames[count]?.rate }
            add("\(what), p50", .milliseconds) { $0.frames[count]?.latencies.percentile(50) }
        }
        add("4 KiB + fdatasync", .perSecond) { $0.page.rate }
        add("4 KiB + fdatasync, p50", .milliseconds) { $0.page.latencies.percentile(50) }
        add("4 KiB + fdatasync with O_DIRECT", .perSecond) { $0.direct?.rate }
        add("4 KiB + fdatasync with O_DIRECT, p50", .milliseconds) { $0.direct?.latencies.percentile(50) }
        add("sequential write, one sync", .megabytesPerSecond) { $0.sequential / 1e6 }
        add("SHA-256, one core", .megabytesPerSecond) { $0.hashing / 1e6 }
        add("leaf hashes of 42 bytes in bulk, one core", .perSecond) { $0.leaves }
        add("node hashes in bulk, one core", .perSecond) { $0.nodes }
        add("node hashes one from another, one core", .perSecond) { $0.chainedNodes }
        add("Ed25519 signatures, one core", .perSecond) { $0.signatures }
        return rows
    }
}

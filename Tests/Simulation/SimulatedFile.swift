import LedgerStorage

/// An open file of a simulated disk.
///
/// `@unchecked Sendable`: a run lives on one thread.
final class SimulatedFile: DiskFile, @unchecked Sendable {
    let path: String
    private let node: Node
    private let disk: SimulatedDisk

    init(path: String, node: Node, disk: SimulatedDisk) {
        self.path = path
        self.node = node
        self.disk = disk
    }

    deinit {
        if node.holder == ObjectIdentifier(self) { node.holder = nil }
    }

    func size() throws(DiskError) -> Int {
        if let fault = disk.begin(.size, path, node) { throw .simulated(fault, "stat", path) }
        return node.visible.count
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int {
        if let fault = disk.begin(.read, path, node, offset, buffer.count) { throw .simulated(fault, "read", path) }
        return node.visible.read(into: buffer, at: offset)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        let wasDead = disk.isDead
        var write = Write(offset: offset, bytes)
        var fault = disk.begin(write.isZero ? .zero : .write, path, node, offset, bytes.count)
        if wasDead, let fault { throw .simulated(fault, "write", path) }
        switch fault {
        case .lostWrite, .misdirectedWrite:
            disk.mislead(&write, of: node, misdirected: fault == .misdirectedWrite)
            fault = nil
        case nil: break
        case .some: write.cut(to: disk.world.chance.below(bytes.count + (fault == .shortWrite ? 0 : 1)))
        }
        let room = disk.room(for: node)
        if write.end > room {
            disk.world.strike(.diskFull, at: path, room)
            fault = fault ?? .diskFull
            write.cut(to: max(0, room - offset))
        }
        if disk.bug == .signerStateDropped, path.hasSuffix("signer.state") { return }
        if write.count > 0 {
            write.apply(to: &node.visible)
            node.pending.append(write)
        }
        if let fault { throw .simulated(fault, "write", path) }
    }

    func synchronize() throws(DiskError) {
        let wasDead = disk.isDead
        if let fault = disk.begin(.sync, path, node, node.pending.count) {
            // Dying in a sync leaves what was pending to chance.
            if !wasDead, !disk.isDead { disk.failSync(of: node) }
            throw .simulated(fault, "sync", path)
        }
        if disk.bug == .syncsLie, path.hasSuffix(".journal"), disk.world.chance.isOne(in: 2) { return }
        node.synchronize()
    }

    func tryLock() throws(DiskError) -> Bool {
        if let fault = disk.begin(.lock, path, node) { throw .simulated(fault, "lock", path) }
        guard node.holder == nil || node.holder == ObjectIdentifier(self) else { return false }
        node.holder = ObjectIdentifier(self)
        return true
    }

    func dropCache() {
        if !disk.isDead, disk.bug != .cacheNeverDropped { node.dropCache() }
    }
}

/// A file, whatever its name: what its cache shows, what its medium holds, and what is on its way from one to the other.
final class Node {
    let number: Int
    let isDirectory: Bool
    var visible = Pages()
    var durable = Pages()
    /// What the medium would hold had it never lied; `nil` while it has not.
    var honest: Pages?
    var pending: [Write] = []
    /// The cache shows what a failed sync did not bring to the medium.
    var isCacheWrong = false
    var mode: UInt32 = 0o600
    var holder: ObjectIdentifier?

    init(number: Int, isDirectory: Bool) {
        self.number = number
        self.isDirectory = isDirectory
    }

    func synchronize() {
        if honest == nil, !isCacheWrong {
            durable = visible
        } else {
            for write in pending { land(write) }
        }
        pending = []
    }

    /// The cache is read from the medium again, save what waits to be written.
    func dropCache() {
        isCacheWrong = false
        visible = afterwards(durable)
    }

    /// A medium's bytes with everything that waits written to it.
    func afterwards(_ medium: Pages) -> Pages {
        var pages = medium
        for write in pending { write.apply(to: &pages) }
        return pages
    }

    /// Brings a write, or parts of it, to the medium.
    func land(_ write: Write, parts: [Range<Int>]? = nil) {
        if var pages = honest {
            honest = nil
            write.apply(to: &pages, parts: parts)
            honest = pages
        }
        switch write.fate {
        case .lands: write.apply(to: &durable, parts: parts)
        case .isLost: break
        case .strays(let target, let offset):
            var stray = write
            stray.offset = offset
            stray.cut(to: max(0, target.durable.count - offset))
            stray.apply(to: &target.durable)
        }
    }

    /// From here on the medium may lie.
    func expectLies() { honest = honest ?? durable }

    /// An operator puts a good copy in the place of the medium.
    func repair() {
        guard let good = honest else { return }
        durable = good
        honest = nil
        dropCache()
    }
}

/// One write. Zeros are not kept.
struct Write {
    enum Fate {
        case lands, isLost
        case strays(Node, Int)
    }

    var offset: Int
    private var bytes: [UInt8]
    private(set) var count: Int
    var fate = Fate.lands

    init(offset: Int, _ source: UnsafeRawBufferPointer) {
        self.offset = offset
        count = source.count
        bytes = source.isAllZero ? [] : Array(source)
    }

    var end: Int { offset + count }
    /// Whether it will end up where it belongs.
    var isTrue: Bool { if case .lands = fate { true } else { false } }
    var isZero: Bool { bytes.isEmpty }

    mutating func cut(to length: Int) {
        count = min(count, length)
        if !bytes.isEmpty { bytes = Array(bytes.prefix(count)) }
    }

    /// - Parameter parts: ranges of the file; all of the write by default.
    func apply(to pages: inout Pages, parts: [Range<Int>]? = nil) {
        for part in parts ?? [offset..<end] where !part.isEmpty {
            if bytes.isEmpty {
                pages.zero(part)
            } else {
                bytes.withUnsafeBytes {
                    pages.write(
                        .init(rebasing: $0[part.lowerBound - offset..<part.upperBound - offset]), at: part.lowerBound)
                }
            }
        }
    }

    /// The sectors of the write that reach the medium: the first ones, the last ones, or any.
    func torn(sector: Int, _ chance: inout Generator) -> [Range<Int>] {
        var sectors: [Range<Int>] = []
        var position = offset
        while position < end {
            let next = min(end, (position / sector + 1) * sector)
            sectors.append(position..<next)
            position = next
        }
        let cut = chance.below(sectors.count + 1)
        switch chance.below(3) {
        case 0: return Array(sectors.prefix(cut))
        case 1: return Array(sectors.suffix(cut))
        default: return sectors.filter { _ in chance.isOne(in: 2) }
        }
    }
}

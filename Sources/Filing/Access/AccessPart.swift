import LedgerMerkle
import LedgerStorage

/// A stretch of consecutive lines of a day in memory: what a part of the index is made of.
struct AccessSpan: Sendable {
    private(set) var first: UInt32
    /// Where the first line's frame begins in the file.
    private(set) var start: Int
    private(set) var end: Int
    private(set) var offsets: [Int] = []
    private(set) var leaves: [Digest] = []
    private(set) var keys: [UInt64] = []

    var count: Int { offsets.count }

    init(first: UInt32 = 0, start: Int = AccessFormat.headerByteCount) {
        self.first = first
        self.start = start
        end = start
    }

    mutating func append(offset: Int, end: Int, leaf: Digest, key: UInt64) {
        offsets.append(offset)
        leaves.append(leaf)
        keys.append(key)
        self.end = end
    }

    /// The first lines alone.
    func prefix(_ count: Int) -> AccessSpan {
        var part = AccessSpan(first: first, start: start)
        part.offsets = Array(offsets.prefix(count))
        part.leaves = Array(leaves.prefix(count))
        part.keys = Array(keys.prefix(count))
        part.end = count < self.count ? offsets[count] : end
        return part
    }

    mutating func removeFirst(_ count: Int) {
        let next = count < self.count ? offsets[count] : end
        offsets.removeFirst(count)
        leaves.removeFirst(count)
        keys.removeFirst(count)
        first += UInt32(count)
        start = next
    }
}

/// A part of a day's index on disk: where lines are, their leaf hashes, and which are about what. Derived from the day's file, and made
/// again whenever it is missing or not whole (FORMATS.md, "Access log").
struct AccessPart: Sendable {
    static let magic = Array("TAMGAX01".utf8)
    static let pageByteCount = 4096
    static let pagePayload = pageByteCount - AccessFormat.checksumByteCount
    static let headerByteCount = 128
    static let keyByteCount = 12
    static let tileHeight = 8

    let first: UInt32
    let count: Int
    /// No line of the day follows.
    let isLast: Bool
    let start: Int
    let end: Int
    private let lastChecksum: UInt64
    private let pages: AccessPages

    // MARK: Writing

    /// - Parameter lastChecksum: that of the last line's frame, which binds the part to the file.
    static func encode(
        _ span: AccessSpan, of day: AccessDay, ledgerID: Digest, isLast: Bool, lastChecksum: UInt64
    ) -> [UInt8] {
        var bytes = magic + ledgerID.bytes
        for word in [day.number, span.first, UInt32(span.count), isLast ? 1 : 0] { bytes.append(bigEndian: word) }
        for word in [UInt64(span.start), UInt64(span.end), lastChecksum] { bytes.append(bigEndian: word) }
        bytes += [UInt8](repeating: 0, count: headerByteCount - bytes.count)
        for offset in span.offsets { bytes.append(bigEndian: UInt64(offset)) }
        for leaf in span.leaves { bytes += leaf.bytes }
        let tile = 1 << tileHeight
        for start in stride(from: 0, to: span.count / tile * tile, by: tile) {
            bytes += TreeHash.root(of: span.leaves[start..<start + tile]).bytes
        }
        let keys = zip(span.keys, span.first...).sorted { $0 < $1 }
        for (key, index) in keys {
            bytes.append(bigEndian: key)
            bytes.append(bigEndian: index)
        }
        return paged(bytes)
    }

    private static func paged(_ bytes: [UInt8]) -> [UInt8] {
        var pages: [UInt8] = []
        pages.reserveCapacity((bytes.count / pagePayload + 1) * pageByteCount)
        for start in stride(from: 0, to: bytes.count, by: pagePayload) {
            var page = Array(bytes[start..<min(start + pagePayload, bytes.count)])
            page += [UInt8](repeating: 0, count: pagePayload - page.count)
            page.appendChecksum(from: 0)
            pages += page
        }
        return pages
    }

    // MARK: Reading

    /// Opens a part.
    ///
    /// - Parameter log: the day's file.
    /// - Returns: `nil` when it is missing, not whole, or of another file.
    init?(_ folder: AccessFolder, _ day: AccessDay, number: Int, log: any DiskFile) throws {
        let path = folder.partPath(day, number)
        guard folder.disk.exists(path) else { return nil }
        pages = AccessPages(try folder.disk.open(path, readOnly: true, create: false))
        guard let header = try pages.bytes(0..<AccessPart.headerByteCount),
            header.starts(with: AccessPart.magic + folder.ledgerID.bytes)
        else { return nil }
        func word<Value: FixedWidthInteger>(_ type: Value.Type, _ offset: Int) -> Value {
            header.withUnsafeBytes { $0.bigEndian(type, at: offset) }
        }
        first = word(UInt32.self, 44)
        count = Int(word(UInt32.self, 48))
        isLast = word(UInt32.self, 52) == 1
        start = Int(truncatingIfNeeded: word(UInt64.self, 56))
        end = Int(truncatingIfNeeded: word(UInt64.self, 64))
        lastChecksum = word(UInt64.self, 72)
        let full = 1 << folder.partHeight
        guard word(UInt32.self, 40) == day.number, UInt64(first) == UInt64(number) * UInt64(full), count > 0,
            count == full || isLast && count < full, start >= AccessFormat.headerByteCount, end > start
        else { return nil }
        let last = try log.read(count: AccessFormat.checksumByteCount, at: end - AccessFormat.checksumByteCount)
        guard last.count == AccessFormat.checksumByteCount,
            last.withUnsafeBytes({ $0.bigEndian(UInt64.self, at: 0) }) == lastChecksum
        else { return nil }
    }

    /// Why a part is of no use any more: it is made again.
    struct Damaged: Error {}

    private func bytes(_ offset: Int, _ count: Int) throws -> [UInt8] {
        guard count > 0 else { return [] }
        guard let bytes = try pages.bytes(offset..<offset + count) else { throw Damaged() }
        return bytes
    }

    private var leavesStart: Int { AccessPart.headerByteCount + 8 * count }
    private var tilesStart: Int { leavesStart + 32 * count }
    private var keysStart: Int { tilesStart + 32 * (count >> AccessPart.tileHeight) }

    /// Where the frame of a line begins; the line must be one of this part's.
    func offset(of index: UInt32) throws -> Int {
        let bytes = try bytes(AccessPart.headerByteCount + 8 * Int(index - first), 8)
        return Int(truncatingIfNeeded: bytes.withUnsafeBytes { $0.bigEndian(UInt64.self, at: 0) })
    }

    /// The lines under a key, ascending. O(log(lines) + their number).
    func lines(under key: UInt64) throws -> [UInt32] {
        func pair(_ place: Int) throws -> (key: UInt64, index: UInt32) {
            let bytes = try bytes(keysStart + AccessPart.keyByteCount * place, AccessPart.keyByteCount)
            return bytes.withUnsafeBytes { ($0.bigEndian(UInt64.self, at: 0), $0.bigEndian(UInt32.self, at: 8)) }
        }
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if try pair(middle).key < key { low = middle + 1 } else { high = middle }
        }
        var found: [UInt32] = []
        while low < count {
            let next = try pair(low)
            guard next.key == key else { break }
            guard next.index >= first, Int(next.index - first) < count else { throw Damaged() }
            found.append(next.index)
            low += 1
        }
        return found
    }

    /// The hash of a complete subtree within the part, its leaves counted from the part's first line.
    func hash(level: Int, leaf: Int) throws -> Digest {
        let isTiled = level >= AccessPart.tileHeight
        let row = isTiled ? tilesStart + 32 * (leaf >> AccessPart.tileHeight) : leavesStart + 32 * leaf
        let raw = try bytes(row, 32 << (isTiled ? level - AccessPart.tileHeight : level))
        let hashes = stride(from: 0, to: raw.count, by: 32).compactMap { Digest(raw[$0..<$0 + 32]) }
        return TreeHash.root(of: hashes)
    }
}

/// The tree of a day that is over, from the parts of its index.
struct AccessTree: SubtreeHashes {
    let parts: [AccessPart]
    let partHeight: Int

    var size: UInt64 { parts.reduce(0) { $0 + UInt64($1.count) } }

    func hash(of subtree: Subtree) throws -> Digest {
        guard subtree.level <= partHeight else {
            let (level, left) = (subtree.level - 1, subtree.offset * 2)
            return TreeHash.node(
                try hash(of: Subtree(level: level, offset: left)), try hash(of: Subtree(level: level, offset: left + 1))
            )
        }
        let first = subtree.offset << UInt64(subtree.level)
        let number = Int(first >> UInt64(partHeight))
        guard number < parts.count else { throw ProofError.beyondTree(subtree, size: size) }
        return try parts[number].hash(level: subtree.level, leaf: Int(first) & (1 << partHeight - 1))
    }
}

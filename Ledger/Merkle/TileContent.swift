/// The bytes of a hash tile: consecutive hashes of complete subtrees, left to right (C2SP tlog-tiles).
public struct HashTile: Hashable, Sendable {
    /// 1…256 hashes.
    public let hashes: [Digest]

    /// - Precondition: 1…256 hashes.
    public init(_ hashes: [Digest]) {
        precondition((1...TilePath.fullWidth).contains(hashes.count), "a tile holds 1…256 hashes")
        self.hashes = hashes
    }

    /// Reads a tile of a known width, 1…256.
    ///
    /// - Throws: `wrongLength` unless there are 32 bytes for each hash.
    public init(parsing bytes: [UInt8], width: Int) throws(TileError) {
        guard (1...TilePath.fullWidth).contains(width), bytes.count == width * Digest.byteCount else {
            throw TileError(
                code: .wrongLength, reason: "a tile of \(width) hashes cannot have \(bytes.count) bytes")
        }
        hashes = stride(from: 0, to: bytes.count, by: Digest.byteCount).map { start in
            Digest { $0.copyBytes(from: bytes[start..<start + Digest.byteCount]) }
        }
    }

    /// 32 bytes for each hash.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * Digest.byteCount)
        for hash in hashes { hash.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        return bytes
    }

    /// The hash of a complete subtree that lies in this tile; `nil` if the tile is too narrow for it.
    public func hash(of node: TileNode) -> Digest? {
        node.range.upperBound <= hashes.count ? TreeHash.root(of: hashes[node.range]) : nil
    }
}

/// The bytes of an entry bundle: for each entry its length as a big-endian 16-bit number, then the entry.
public struct EntryBundle: Hashable, Sendable {
    /// At most 256 entries of at most 65,535 bytes.
    public let entries: [[UInt8]]

    /// The longest entry, in bytes.
    public static let maximumEntryByteCount = 65_535

    /// - Throws: `tooManyEntries`, or `entryTooLong`.
    public init(_ entries: [[UInt8]]) throws(TileError) {
        guard entries.count <= TilePath.fullWidth else {
            throw TileError(code: .tooManyEntries, reason: "a bundle holds at most \(TilePath.fullWidth) entries")
        }
        guard entries.allSatisfy({ $0.count <= EntryBundle.maximumEntryByteCount }) else {
            throw TileError(
                code: .entryTooLong,
                reason: "an entry in a bundle has at most \(EntryBundle.maximumEntryByteCount) bytes")
        }
        self.entries = entries
    }

    /// Reads a bundle to its last byte.
    ///
    /// - Parameter width: how many entries there must be; `nil` accepts 0…256.
    /// - Throws: `wrongLength` if an entry is cut or the number of entries is another, `tooManyEntries`.
    public init(parsing bytes: [UInt8], width: Int? = nil) throws(TileError) {
        var entries: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            guard entries.count < TilePath.fullWidth else {
                throw TileError(code: .tooManyEntries, reason: "a bundle holds at most \(TilePath.fullWidth) entries")
            }
            let start = position + 2
            guard start <= bytes.count else { throw EntryBundle.cut(entries.count) }
            let end = start + Int(bytes[position]) << 8 + Int(bytes[position + 1])
            guard end <= bytes.count else { throw EntryBundle.cut(entries.count) }
            entries.append(Array(bytes[start..<end]))
            position = end
        }
        guard width == nil || width == entries.count else {
            throw TileError(
                code: .wrongLength, reason: "the bundle holds \(entries.count) entries instead of \(width ?? 0)")
        }
        self.entries = entries
    }

    /// The bundle's bytes.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.reduce(0) { $0 + 2 + $1.count })
        for entry in entries {
            bytes.append(UInt8(truncatingIfNeeded: entry.count >> 8))
            bytes.append(UInt8(truncatingIfNeeded: entry.count))
            bytes.append(contentsOf: entry)
        }
        return bytes
    }

    private static func cut(_ index: Int) -> TileError {
        TileError(code: .wrongLength, reason: "entry \(index) of the bundle is cut")
    }
}

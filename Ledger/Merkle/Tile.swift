/// Why bytes are not the tile that they should be.
public struct TileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong; more may be added.
    public enum Code: String, Sendable {
        case wrongLength, tooManyEntries, entryTooLong
    }

    public let code: Code
    public let reason: String

    public var description: String { reason }
}

/// The path of a hash tile or an entry bundle below a log's prefix (C2SP tlog-tiles, tiles of height 8).
public struct TilePath: Hashable, Sendable, CustomStringConvertible {
    /// What lies under the path.
    public enum Content: Hashable, Sendable {
        /// Hashes of complete subtrees of 256^level leaves; level 0…63.
        case hashes(level: Int)
        /// The entries themselves.
        case entries
    }

    public let content: Content
    /// The position among the tiles of the level, or among the bundles.
    public let index: UInt64
    /// The number of hashes or entries: 1…255 in a partial tile, 256 in a full one.
    public let width: Int

    /// The width of a full tile, and the base of levels.
    public static let fullWidth = 256
    /// The highest level that a path can name.
    public static let maximumLevel = 63

    /// - Precondition: a level of 0…63 and a width of 1…256.
    public init(_ content: Content, index: UInt64, width: Int = TilePath.fullWidth) {
        if case .hashes(let level) = content {
            precondition((0...TilePath.maximumLevel).contains(level), "a tile level is 0…63")
        }
        precondition((1...TilePath.fullWidth).contains(width), "a tile's width is 1…256")
        self.content = content
        self.index = index
        self.width = width
    }

    /// Reads a path such as `tile/0/x001/x234/067.p/8`; `nil` for any text that `path` would not give.
    public init?(parsing text: String) {
        guard text.utf8.count <= 64 else { return nil }
        var words = Array(text.utf8).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard words.count >= 3, words[0].elementsEqual("tile".utf8) else { return nil }
        var content = Content.entries
        if !words[1].elementsEqual("entries".utf8) {
            guard let level = parseNumber(words[1]), level <= TilePath.maximumLevel else { return nil }
            content = .hashes(level: Int(level))
        }
        var width = TilePath.fullWidth
        if words.count >= 4, words[words.count - 2].suffix(2).elementsEqual(".p".utf8) {
            guard let partial = parseNumber(words.removeLast()), (1..<UInt64(TilePath.fullWidth)).contains(partial)
            else {
                return nil
            }
            width = Int(partial)
            words[words.count - 1].removeLast(2)
        }
        guard let index = TilePath.parseIndex(words.dropFirst(2)) else { return nil }
        self.init(content, index: index, width: width)
        // Refuses what only means the same: leading groups of zeros.
        guard path.utf8.elementsEqual(text.utf8) else { return nil }
    }

    private static func parseIndex(_ groups: ArraySlice<ArraySlice<UInt8>>) -> UInt64? {
        var index: UInt64 = 0
        for (position, group) in groups.enumerated() {
            var digits = group
            if position < groups.count - 1, digits.popFirst() != UInt8(ascii: "x") { return nil }
            guard digits.count == 3 else { return nil }
            var value: UInt64 = 0
            for digit in digits {
                guard (0x30...0x39).contains(digit) else { return nil }
                value = value * 10 + UInt64(digit - 0x30)
            }
            let (scaled, tooLarge) = index.multipliedReportingOverflow(by: 1000)
            let (sum, overflow) = scaled.addingReportingOverflow(value)
            guard !tooLarge, !overflow else { return nil }
            index = sum
        }
        return index
    }

    /// The path, without a leading slash.
    public var path: String {
        var text = ""
        var rest = index
        repeat {
            let group = String(rest % 1000)
            let padded = String(repeating: "0", count: 3 - group.count) + group
            text = text.isEmpty ? padded : "x\(padded)/\(text)"
            rest /= 1000
        } while rest > 0
        let partial = width == TilePath.fullWidth ? "" : ".p/\(width)"
        return switch content {
        case .hashes(let level): "tile/\(level)/\(text)\(partial)"
        case .entries: "tile/entries/\(text)\(partial)"
        }
    }

    public var description: String { path }

    /// The number of full tiles at a level of the tree of a size.
    public static func fullTiles(level: Int, size: UInt64) -> UInt64 {
        (size >> UInt64(8 * level)) / UInt64(fullWidth)
    }

    /// The width of the partial tile at a level of the tree of a size; 0 means that there is none.
    public static func partialWidth(level: Int, size: UInt64) -> Int {
        Int((size >> UInt64(8 * level)) % UInt64(fullWidth))
    }

    /// The tile at an index as wide as the tree of a size makes it; `nil` if the tree does not reach it.
    public init?(_ content: Content, index: UInt64, size: UInt64) {
        var level = 0
        if case .hashes(let named) = content { level = named }
        guard (0...TilePath.maximumLevel).contains(level) else { return nil }
        let full = TilePath.fullTiles(level: level, size: size)
        let width = index < full ? TilePath.fullWidth : TilePath.partialWidth(level: level, size: size)
        guard index <= full, width > 0 else { return nil }
        self.init(content, index: index, width: width)
    }

    /// The bundle that holds an entry of the tree of a size; `nil` for an index outside the tree.
    public static func entries(holding index: UInt64, size: UInt64) -> TilePath? {
        index < size ? TilePath(.entries, index: index / UInt64(fullWidth), size: size) : nil
    }
}

/// Where the hash of a complete subtree is found: a hash of a tile, or computed from a run of them.
public struct TileNode: Hashable, Sendable {
    /// The level and index of the tile.
    public let tileLevel: Int
    public let tileIndex: UInt64
    /// The level above the tile's hashes, 0…7: 0 is a hash that the tile holds, h the root over 2^h of them.
    public let level: Int
    /// The position at that level within the tile.
    public let index: Int

    public init(_ subtree: Subtree) {
        tileLevel = subtree.level / 8
        level = subtree.level % 8
        let perTile = UInt64(TilePath.fullWidth) >> UInt64(level)
        tileIndex = subtree.offset / perTile
        index = Int(subtree.offset % perTile)
    }

    /// The positions in the tile of the hashes over which the subtree's root is computed.
    public var range: Range<Int> {
        index << level..<(index + 1) << level
    }
}

/// An ASCII decimal number of at most three digits without sign or leading zeros.
private func parseNumber(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard let first = digits.first, digits.count <= 3, digits.count == 1 || first != 0x30 else { return nil }
    var value: UInt64 = 0
    for digit in digits {
        guard (0x30...0x39).contains(digit) else { return nil }
        value = value * 10 + UInt64(digit - 0x30)
    }
    return value
}

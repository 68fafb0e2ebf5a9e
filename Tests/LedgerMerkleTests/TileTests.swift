import LedgerMerkle
import Testing

@Suite struct TilePathTests {
    @Test(arguments: [
        (UInt64(5), "005"), (999, "999"), (1000, "x001/000"), (1_234_067, "x001/x234/067"),
        (.max, "x018/x446/x744/x073/x709/x551/615"),
    ])
    func indicesAreWrittenInGroupsOfThree(_ index: UInt64, _ text: String) {
        for (content, prefix) in [
            (TilePath.Content.entries, "entries"), (.hashes(level: 0), "0"), (.hashes(level: 63), "63"),
        ] {
            for width in [1, 8, 255, 256] {
                let path = "tile/\(prefix)/\(text)" + (width == 256 ? "" : ".p/\(width)")
                let tile = TilePath(content, index: index, width: width)
                #expect(tile.path == path)
                #expect(TilePath(parsing: path) == tile)
            }
        }
    }

    @Test(arguments: [
        "", "tile", "tile/0", "tile/0/", "/tile/0/000", "tile/00/000", "tile/64/000", "tile/-1/000", "tile/x/000",
        "tile/0/00", "tile/0/0000", "tile/0/x000/001", "tile/0/x000", "tile/0/001/002", "tile/0/X001/002",
        "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/08", "tile/0/000.p/", "tile/0/000.p", "tile/0/000.p/8/",
        "tile/0/000.p/+8", "tile/0/000.q/8", "tile/entry/000", "tile/0/x001.p/8", "tile/0/.p/8", "tile/0/000 ",
        "tile/0/x018/x446/x744/x073/x709/x551/616", "tile/0/٠٠٠", "tile/0/000.p/8\n",
    ])
    func otherTextsAreRefused(_ text: String) {
        #expect(TilePath(parsing: text) == nil)
    }

    @Test func widthsFollowTheTreeSize() {
        let size: UInt64 = 70_000
        #expect((0...3).map { TilePath.fullTiles(level: $0, size: size) } == [273, 1, 0, 0])
        #expect((0...3).map { TilePath.partialWidth(level: $0, size: size) } == [112, 17, 1, 0])
        #expect(TilePath(.hashes(level: 0), index: 272, size: size)?.path == "tile/0/272")
        #expect(TilePath(.hashes(level: 0), index: 273, size: size)?.path == "tile/0/273.p/112")
        #expect(TilePath(.hashes(level: 0), index: 274, size: size) == nil)
        #expect(TilePath(.hashes(level: 1), index: 1, size: size)?.path == "tile/1/001.p/17")
        #expect(TilePath(.hashes(level: 3), index: 0, size: size) == nil)
        #expect(TilePath(.hashes(level: 64), index: 0, size: size) == nil)
        #expect(TilePath(.hashes(level: 63), index: 0, size: .max) == nil)
        #expect(TilePath(.hashes(level: 0), index: 1, size: 256) == nil, "no empty tile")
        #expect(TilePath.entries(holding: 69_999, size: size)?.path == "tile/entries/273.p/112")
        #expect(TilePath.entries(holding: size, size: size) == nil)
    }
}

@Suite struct TileContentTests {
    @Test func hashTilesKeepTheirBytes() throws {
        let leaves = ReferenceTree.leaves(256)
        for width in [1, 2, 255, 256] {
            let tile = HashTile(Array(leaves[..<width]))
            #expect(tile.encoded == leaves[..<width].flatMap(\.bytes))
            #expect(try HashTile(parsing: tile.encoded, width: width) == tile)
            #expect(throws: TileError.self) { try HashTile(parsing: tile.encoded, width: width - 1) }
            #expect(throws: TileError.self) { try HashTile(parsing: tile.encoded + [0], width: width) }
        }
        #expect(throws: TileError.self) { try HashTile(parsing: [], width: 0) }
        #expect(throws: TileError.self) { try HashTile(parsing: leaves.flatMap(\.bytes) + leaves[0].bytes, width: 257) }
    }

    @Test func everySubtreeOfATreeIsFoundInItsTiles() throws {
        let size = 600
        let leaves = ReferenceTree.leaves(size)
        let tree = SmallTree(leaves: leaves)
        for level in 0...9 {
            for offset in 0..<UInt64(size >> level) {
                let subtree = Subtree(level: level, offset: offset)
                let node = TileNode(subtree)
                let path = try #require(
                    TilePath(.hashes(level: node.tileLevel), index: node.tileIndex, size: UInt64(size)))
                let first = path.index * 256
                let hashes = try (first..<first + UInt64(path.width)).map {
                    try tree.hash(of: Subtree(level: 8 * node.tileLevel, offset: $0))
                }
                let found = HashTile(hashes).hash(of: node)
                #expect(try found == tree.hash(of: subtree), "level \(level), offset \(offset)")
            }
        }
        #expect(HashTile(Array(leaves[..<3])).hash(of: TileNode(Subtree(level: 1, offset: 1))) == nil)
    }

    @Test func bundlesKeepTheirEntries() throws {
        let entries: [[UInt8]] = [[], [7], [UInt8](repeating: 1, count: 256), [UInt8](repeating: 2, count: 65_535)]
        let bundle = try EntryBundle(entries)
        #expect(bundle.encoded.prefix(5).elementsEqual([0, 0, 0, 1, 7]))
        #expect(bundle.encoded.count == 2 * 4 + 1 + 256 + 65_535)
        #expect(try EntryBundle(parsing: bundle.encoded) == bundle)
        #expect(try EntryBundle(parsing: bundle.encoded, width: 4) == bundle)
        #expect(throws: TileError.self) { try EntryBundle(parsing: bundle.encoded, width: 3) }
    }

    @Test func bundlesCutAnywhereInsideAnEntryAreRefused() throws {
        let bytes = try EntryBundle([[1, 2, 3], [], [4]]).encoded
        let whole: Set = [0, 5, 7, 10]
        for count in 0...bytes.count {
            let result = Result { try EntryBundle(parsing: Array(bytes[..<count])) }
            #expect((try? result.get()) != nil ? whole.contains(count) : !whole.contains(count), "\(count) bytes")
        }
    }

    @Test func bundlesBeyondTheLimitsAreRefused() throws {
        let many = [[UInt8]](repeating: [], count: 257)
        #expect(throws: TileError.self) { try EntryBundle(many) }
        #expect(throws: TileError.self) { try EntryBundle(parsing: [UInt8](repeating: 0, count: 2 * 257)) }
        #expect(try EntryBundle(parsing: [UInt8](repeating: 0, count: 2 * 256)).entries.count == 256)
        #expect(throws: TileError.self) { try EntryBundle([[UInt8](repeating: 0, count: 65_536)]) }
    }
}

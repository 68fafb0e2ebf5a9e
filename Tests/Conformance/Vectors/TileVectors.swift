import LedgerMerkle
import LedgerTransparency
import Testing

@Suite struct TileVectors {
    private func sections() throws -> Fields {
        try Vectors.object("tile-paths", "vectors.json")
    }

    /// A partial width of 0, or none, stands for a full tile.
    private func width(_ given: Fields, _ name: String = "p") throws -> Int {
        let partial = given.has(name) ? Int(try given.integer(name)) : 0
        return partial == 0 ? TilePath.fullWidth : partial
    }

    @Test(.vectors("tile-paths")) func bundlesOfLogIndices() throws {
        for given in try sections().cases("entries_path_for_log_index") {
            let path = TilePath.entries(holding: try given.integer("seq"), size: try given.integer("logSize"))
            #expect(path?.path == (try given.string("wantPath")))
        }
    }

    @Test(.vectors("tile-paths")) func pathsAreWrittenAndReadBack() throws {
        for given in try sections().cases("entries_path") {
            let path = TilePath(.entries, index: try given.integer("N"), width: try width(given))
            #expect(path.path == (try given.string("wantPath")))
            #expect(TilePath(parsing: try given.string("wantPath")) == path)
        }
        for section in ["tile_path", "n_with_suffix"] {
            for given in try sections().cases(section) {
                let level = Int(try given.integer("level"))
                let path = TilePath(.hashes(level: level), index: try given.integer("index"), width: try width(given))
                let prefix = section == "tile_path" ? "" : "tile/\(level)/"
                let expected = prefix + (try given.string("wantPath"))
                #expect(path.path == expected)
                #expect(TilePath(parsing: expected) == path)
            }
        }
    }

    @Test(.vectors("tile-paths")) func pathsAreParsed() throws {
        for given in try sections().cases("parse") {
            let text = "tile/\(try given.string("pathLevel"))/\(try given.string("pathIndex"))"
            let path = TilePath(parsing: text)
            if given.flag("wantErr") {
                #expect(path == nil, "\(text)")
            } else {
                let level = Int(try given.integer("wantLevel"))
                let expected = TilePath(
                    .hashes(level: level), index: try given.integer("wantIndex"), width: try width(given, "wantP"))
                #expect(path == expected, "\(text)")
            }
        }
    }

    @Test(.vectors("tile-paths")) func nodesAreFoundInTiles() throws {
        for given in try sections().cases("node_to_tile") {
            let tree = try given.value("tree", as: [Int].self)
            let tile = try given.value("tile", as: [Int].self)
            let node = try given.value("node", as: [Int].self)
            let found = TileNode(Subtree(level: tree[0], offset: UInt64(tree[1])))
            #expect([found.tileLevel, Int(found.tileIndex)] == tile, "\(tree)")
            #expect([found.level, found.index] == node, "\(tree)")
        }
    }

    @Test(.vectors("tile-paths")) func examplesOfTheSpecification() throws {
        for given in try sections().cases("spec_examples") {
            if let path = given.optional("path", as: String.self) {
                let index = try given.integer("index")
                #expect(TilePath(.hashes(level: 0), index: index).path == "tile/0/\(path)")
                continue
            }
            let size = try given.integer("tree_size")
            let full = try given.value("full", as: [String: Int].self)
            let partial = try given.value("partial", as: [String: Int].self)
            for level in 0...TilePath.maximumLevel {
                let named = String(level)
                #expect(TilePath.fullTiles(level: level, size: size) == UInt64(full[named] ?? 0), "\(size), \(level)")
                #expect(TilePath.partialWidth(level: level, size: size) == partial[named] ?? 0, "\(size), \(level)")
            }
        }
    }

    @Test(.vectors("tile-paths")) func bundlesAreParsed() throws {
        for given in try sections().cases("entry_bundle_unmarshal") {
            let bytes = try #require(parseHexadecimal(try given.string("hex")))
            let good = succeeds {
                let bundle = try EntryBundle(parsing: bytes)
                #expect(bundle.encoded == bytes)
            }
            let description = try given.string("desc")
            #expect(good != given.flag("want_err"), "\(description)")
        }
    }
}

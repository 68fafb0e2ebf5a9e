import LedgerMerkle
import Testing

@testable import LedgerStorage

@Suite struct KeyTreeTests {
    static let root = Digest(Array(0..<32))!
    static let ledgerID = SHA256.hash(Array("ledger".utf8))

    /// Numbers that look random and are the same each time.
    struct Numbers {
        var state: UInt64

        mutating func next(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    /// Every leaf of a tree in order, the plain way: no tree type, no cursor.
    static let reference: [Digest] = {
        var level = [root]
        for _ in 0..<16 {
            level = level.flatMap { key in
                [UInt8(0), 1].map { SHA256.hash(Array("tamga key tree v1".utf8) + [$0] + key.bytes) }
            }
        }
        return level
    }()

    private func block(_ tree: KeyTree) -> SecretBlock {
        SecretBlock(ledgerID: KeyTreeTests.ledgerID, number: 7, retentionClass: 2, tree: tree)
    }

    @Test func leavesAreThoseOfThePlainTree() {
        let tree = KeyTree(root: KeyTreeTests.root)
        var cursor = KeyTree.Cursor(tree)
        for number in 0...UInt16.max {
            #expect(cursor.secret(at: number) == KeyTreeTests.reference[Int(number)])
        }
        for number: UInt16 in [0, 1, 0x7fff, 0x8000, 0xffff, 4711] {
            #expect(tree.secret(at: number) == KeyTreeTests.reference[Int(number)])
        }
        #expect(tree.count == 65_536 && Set(KeyTreeTests.reference).count == 65_536)
    }

    @Test func aCursorMayJump() {
        var numbers = Numbers(state: 3)
        var tree = KeyTree(root: KeyTreeTests.root)
        tree.puncture([5, 6, 40_000])
        var cursor = KeyTree.Cursor(tree)
        for _ in 0..<2_000 {
            let number = UInt16(numbers.next(below: numbers.next(below: 2) == 0 ? 16 : 65_536))
            let expected = [5, 6, 40_000].contains(number) ? nil : KeyTreeTests.reference[Int(number)]
            #expect(cursor.secret(at: number) == expected)
        }
    }

    /// Sets to puncture: none, edges, neighbours, runs, scattered, all but one, all.
    static let sets: [Set<UInt16>] = {
        var numbers = Numbers(state: 9)
        var sets: [Set<UInt16>] = [
            [], [0], [0xffff], [0, 1], [1, 2], [0x7fff, 0x8000], Set(100..<164), Set(0...0x7fff),
            Set((0...UInt16.max).filter { $0 % 2 == 1 }), Set(0...UInt16.max).subtracting([777]), Set(0...UInt16.max),
        ]
        for count in [1, 2, 10, 1_000] {
            sets.append(Set((0..<count).map { _ in UInt16(numbers.next(below: 65_536)) }))
        }
        return sets
    }()

    @Test(arguments: sets.indices) func othersStayAndPuncturedOnesCannotBeDerived(_ index: Int) throws {
        let punctured = KeyTreeTests.sets[index]
        var tree = KeyTree(root: KeyTreeTests.root)
        tree.puncture(punctured)
        var cursor = KeyTree.Cursor(tree)
        var wrong = 0
        for number in 0...UInt16.max {
            let expected = punctured.contains(number) ? nil : KeyTreeTests.reference[Int(number)]
            if cursor.secret(at: number) != expected { wrong += 1 }
        }
        #expect(wrong == 0)
        // Whatever is kept leads to leaves that are left and to no other: derive all that each key can give.
        var derivable: Set<Digest> = []
        for node in tree.nodes {
            var level = [node.key]
            for _ in node.depth..<16 { level = level.flatMap { [KeyTree.child(of: $0, 0), KeyTree.child(of: $0, 1)] } }
            derivable.formUnion(level)
        }
        let left = KeyTreeTests.reference.enumerated().filter { !punctured.contains(UInt16($0.offset)) }
        #expect(derivable == Set(left.map(\.element)))
        #expect(tree.count == 65_536 - punctured.count && tree.isEmpty == (punctured.count == 65_536))
        #expect(try SecretBlock(decoding: block(tree).encoded, path: "block") == block(tree))
    }

    @Test func puncturingOneByOneInAnyOrderGivesTheSameTree() {
        let numbers: [UInt16] = [3, 9_000, 2, 65_535, 3, 1, 0, 9_001]
        var together = KeyTree(root: KeyTreeTests.root)
        together.puncture(numbers)
        for order in [numbers, numbers.reversed(), numbers.sorted()] {
            var tree = KeyTree(root: KeyTreeTests.root)
            for number in order { tree.puncture(number) }
            #expect(tree == together)
            #expect(block(tree).encoded == block(together).encoded)
        }
        var all = together
        all.puncture(Set(0...UInt16.max))
        #expect(all.isEmpty && all.isLeft(of: together) && together.isLeft(of: KeyTree(root: KeyTreeTests.root)))
        #expect(!KeyTree(root: KeyTreeTests.root).isLeft(of: together))
        #expect(!together.isLeft(of: KeyTree(root: .zero)))
        #expect(!together.isLeft(of: all))
    }

    @Test func oneErasureCostsSixteenKeys() {
        var tree = KeyTree(root: KeyTreeTests.root)
        #expect(block(tree).encoded.count == 91)
        tree.puncture(4711)
        #expect(block(tree).encoded.count == 56 + 16 * 35)
        tree.puncture(Set((0...UInt16.max).filter { $0 % 2 == 1 }))
        #expect(block(tree).encoded.count <= SecretBlock.byteLimit)
    }

    @Test func blockIsThatOfThePage() throws {
        let page = try FormatsPage()
        var tree = KeyTree(root: KeyTreeTests.root)
        let ledgerID = try #require(page.hex("ledger-id-example").flatMap { Digest($0) })
        let fresh = SecretBlock(ledgerID: ledgerID, number: 1_764_028_800, retentionClass: 1, tree: tree)
        #expect(page.hex("secret-block-example") == fresh.encoded)
        #expect(page.hex("secret-leaf-example") == tree.secret(at: 4711)?.bytes)
        tree.puncture(Set(1...UInt16.max))
        let left = SecretBlock(ledgerID: ledgerID, number: 1_764_028_800, retentionClass: 1, tree: tree)
        #expect(page.hex("secret-block-punctured-example") == left.encoded)
    }

    // MARK: Hostile bytes

    /// The checksum put right, so that what stands behind it is tried.
    private func sealed(_ bytes: [UInt8]) -> [UInt8] {
        var body = Array(bytes.dropLast(8))
        body.append(bigEndian: Checksum.of(body))
        return body
    }

    private func refused(_ bytes: [UInt8]) -> StorageError.Code? {
        do {
            _ = try SecretBlock(decoding: bytes, path: "block")
            return nil
        } catch {
            return error.code
        }
    }

    @Test func everyFlippedBitAndEveryCutIsRefused() {
        var tree = KeyTree(root: KeyTreeTests.root)
        tree.puncture([1, 50_000])
        let bytes = block(tree).encoded
        for position in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[position] ^= 1 << UInt8(bit)
                #expect(refused(changed) != nil, "byte \(position) bit \(bit)")
            }
            #expect(refused(Array(bytes.prefix(position))) != nil)
        }
        #expect(refused(bytes + [0]) == .corrupt)
        #expect(refused([]) == .corrupt)
        #expect(refused([UInt8](repeating: 0, count: bytes.count)) == .corrupt)
    }

    @Test func keysOutOfTheirPlaceAreRefusedThoughTheChecksumHolds() {
        func encoded(_ nodes: [(depth: Int, first: Int)]) -> [UInt8] {
            block(KeyTree(checked: nodes.map { KeyTree.Node(depth: $0.depth, first: $0.first, key: .zero) })).encoded
        }
        #expect(refused(encoded([(16, 3), (15, 4)])) == nil)
        #expect(refused(encoded([(15, 4), (16, 3)])) == .corrupt)
        #expect(refused(encoded([(15, 4), (16, 5)])) == .corrupt)
        #expect(refused(encoded([(16, 3), (16, 3)])) == .corrupt)
        #expect(refused(encoded([(15, 3)])) == .corrupt)
        #expect(refused(encoded([(0, 0), (16, 0)])) == .corrupt)
        #expect(refused(encoded([(16, 2), (16, 3)])) == .corrupt)
        #expect(refused(encoded([(16, 1), (16, 2)])) == nil)
        var deep = encoded([(16, 3)])
        deep[48] = 17
        #expect(refused(sealed(deep)) == .corrupt)
        deep[48] = 255
        #expect(refused(sealed(deep)) == .corrupt)
        var counted = encoded([(16, 3)])
        counted[47] = 2
        #expect(refused(sealed(counted)) == .corrupt)
        var other = encoded([(16, 3)])
        other[7] = UInt8(ascii: "2")
        #expect(refused(sealed(other)) == .unknownFormat)
        other = encoded([(16, 3)])
        other[45] = 1
        #expect(refused(sealed(other)) == .corrupt)
    }

    @Test func hostileBytesBehindAGoodChecksumNeverTrap() {
        var numbers = Numbers(state: 1)
        var tree = KeyTree(root: KeyTreeTests.root)
        tree.puncture([1, 2, 50_000])
        let bytes = block(tree).encoded
        for _ in 0..<3_000 {
            var changed = bytes
            for _ in 0...numbers.next(below: 4) {
                changed[8 + numbers.next(below: bytes.count - 16)] = UInt8(numbers.next(below: 256))
            }
            guard let read = try? SecretBlock(decoding: sealed(changed), path: "block") else { continue }
            // What is taken is exactly what would be written, and can be worked with.
            #expect(read.encoded == sealed(changed))
            var tree = read.tree
            tree.puncture(UInt16(numbers.next(below: 65_536)))
            _ = tree.secret(at: 1)
        }
    }
}

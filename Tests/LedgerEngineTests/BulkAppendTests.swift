import LedgerMerkle
import Testing

@testable import LedgerEngine
@testable import LedgerStorage

/// The right edge of the tree, taken from the tree or built leaf by leaf.
@Suite struct BulkAppendTests {
    @Test func theEdgeOfATreeIsTheEdgeBuiltLeafByLeaf() throws {
        var tree = MerkleTree()
        var edge = CompactRange()
        for number in 0...1100 as ClosedRange<UInt64> {
            #expect(try CompactRange(of: tree) == edge, "size \(number)")
            let leaf = TreeHash.leaf([UInt8(truncatingIfNeeded: number), UInt8(number >> 8)])
            tree.append([leaf])
            edge.append(leaf)
        }
    }

    @Test func batchesOfAnySizeGiveTheRootsOfTheTree() {
        var state = LedgerState(height: 16)
        var edge = CompactRange()
        for (number, count) in [1, 127, 128, 129, 1, 1000, 4096, 3, 128].enumerated() {
            let submissions = (0..<count).map { entry(10_000 * number + $0) }
            let batch = PreparedBatch(
                submissions, time: 1, sizeBefore: state.tree.size, rootBefore: state.tree.root)
            let staged = state.stage(batch)
            for submission in submissions { edge.append(TreeHash.leaf(submission.item.entry)) }
            #expect(staged.sizeAfter == edge.size && staged.rootAfter == edge.root)
            #expect(staged.rootAfter == state.tree.root)
        }
    }
}

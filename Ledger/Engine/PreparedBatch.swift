import LedgerMerkle
import LedgerStorage

/// A batch with its time stamped, its entries hashed and its frame built: everything that costs with its bytes, and needs no lock.
struct PreparedBatch: Sendable {
    let frame: [UInt8]
    let sizeBefore: UInt64
    let time: UInt64
    let leafHashes: [Digest]
    let keys: [[DomainKey]]
    /// Where in the frame each item begins.
    let itemOffsets: [Int]

    /// Builds the batch that follows a tree of a size and root. O(bytes).
    init(_ submissions: [Submission], time: UInt64, sizeBefore: UInt64, rootBefore: Digest) {
        var items = submissions.map(\.item)
        var leafHashes: [Digest] = []
        leafHashes.reserveCapacity(items.count)
        for (position, submission) in submissions.enumerated() {
            if let offset = submission.timeOffset {
                withUnsafeBytes(of: time.bigEndian) {
                    items[position].entry.replaceSubrange(offset..<offset + 8, with: $0)
                }
            }
            leafHashes.append(TreeHash.leaf(items[position].entry))
        }
        let encoded = FrameEncoder.encode(items, time: time, sizeBefore: sizeBefore, rootBefore: rootBefore)
        frame = encoded.frame
        itemOffsets = encoded.itemOffsets
        keys = items.map(\.keys)
        self.sizeBefore = sizeBefore
        self.time = time
        self.leafHashes = leafHashes
    }
}

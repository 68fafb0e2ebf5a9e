public import LedgerMerkle

/// Builds batch frames.
public enum FrameEncoder {
    /// The frame of a batch, and where in it each item begins. O(bytes).
    ///
    /// - Precondition: every item is within its limits and there is at least one.
    public static func encode(
        _ items: [JournalItem], time: UInt64, sizeBefore: UInt64, rootBefore: Digest
    ) -> (frame: [UInt8], itemOffsets: [Int]) {
        let bodyLength = items.reduce(0) { $0 + $1.byteCount }
        precondition(!items.isEmpty && bodyLength <= JournalScanner.bodyLimit)
        let header = FrameHeader(
            count: UInt32(items.count), bodyLength: UInt32(bodyLength), time: time, sizeBefore: sizeBefore,
            rootBefore: rootBefore)
        var frame = header.encoded
        frame.reserveCapacity(header.frameLength)
        var itemOffsets: [Int] = []
        itemOffsets.reserveCapacity(items.count)
        for item in items {
            precondition(item.entry.count <= JournalItem.entryLimit && item.payload.count <= JournalItem.payloadLimit)
            precondition(item.keys.count <= JournalItem.keyLimit)
            itemOffsets.append(frame.count)
            item.write(to: &frame)
        }
        let padded = header.frameLength - FrameHeader.trailerByteCount
        frame.append(contentsOf: repeatElement(0, count: padded - frame.count))
        frame.append(bigEndian: Checksum.of(frame))
        return (frame, itemOffsets)
    }
}

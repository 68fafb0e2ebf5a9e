import LedgerMerkle

@testable import LedgerStorage

// Random bytes never have the right checksum, and everything behind it would stay unread: these make it right.

extension [UInt8] {
    /// Writes the checksum of `range` at `offset`; nothing happens when either lies outside.
    mutating func stamp(_ range: Range<Int>, at offset: Int) {
        guard range.upperBound <= count, offset >= 0, offset + 8 <= count else { return }
        store(bigEndian: Checksum.of(Array(self[range])), at: offset)
    }

    mutating func place(_ bytes: [UInt8], at offset: Int) {
        guard offset + bytes.count <= count else { return }
        replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    func bigEndian<Value: FixedWidthInteger>(_: Value.Type, at offset: Int) -> Value {
        withUnsafeBytes { $0.load(bigEndian: Value.self, at: offset) }
    }

    /// The bytes as a journal file of this ledger: header and frames with the right checksums, one after another.
    func stampedJournal(ledgerID: Digest) -> [UInt8] {
        var bytes = self
        guard bytes.count >= JournalFileHeader.byteCount else { return bytes }
        bytes.place(JournalFileHeader.magic + ledgerID.bytes, at: 0)
        bytes.place([UInt8](repeating: 0, count: 32), at: 88)
        bytes.stamp(0..<120, at: 120)
        var offset = JournalFileHeader.byteCount
        while offset + FrameHeader.byteCount <= bytes.count {
            bytes.place([0x54, 0x47, 0x42, 0x31], at: offset)
            bytes.stamp(offset..<offset + 72, at: offset + 72)
            let body = Int(bytes.bigEndian(UInt32.self, at: offset + 8))
            let end = offset + FrameHeader.byteCount + (body + 7) / 8 * 8
            guard end + 8 <= bytes.count else { return bytes }
            bytes.stamp(offset..<end, at: end)
            offset = end + 8
        }
        return bytes
    }

    /// The bytes as a parity file: both tables with the right checksums, as far as their lengths make sense.
    func stampedParity(ledgerID: Digest) -> [UInt8] {
        var bytes = self
        guard bytes.count >= ParityTable.headerByteCount else { return bytes }
        bytes.place(ParityTable.magic + ledgerID.bytes, at: 0)
        guard let length = bytes.withUnsafeBytes({ ParityTable.byteCount(header: $0) }), length <= bytes.count else {
            return bytes
        }
        bytes.stamp(0..<length - 8, at: length - 8)
        return bytes
    }
}

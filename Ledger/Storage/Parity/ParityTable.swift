import LedgerMerkle

/// What a parity file knows of the file that it covers (FORMATS.md, "Parity file").
struct ParityTable: Equatable {
    static let magic = Array("TAMGAP01".utf8)
    static let groupCount = 2
    static let headerByteCount = 64
    static let stripeSizes = 64...(1 << 20)
    static let stripeLimit = 1 << 20

    let ledgerID: Digest
    /// Of the covered file, bytes.
    let length: Int
    /// Of the whole covered file.
    let checksum: UInt64
    let stripeSize: Int
    /// Of each stripe of the covered file.
    let stripes: [UInt64]
    /// Of the parity of each group.
    let parities: [UInt64]

    static func stripeCount(length: Int, stripeSize: Int) -> Int {
        length / stripeSize + (length % stripeSize == 0 ? 0 : 1)
    }

    static func byteCount(stripes: Int) -> Int { headerByteCount + (stripes + groupCount) * 8 + 8 }

    /// The group of a stripe: neighbours never share one.
    static func group(of stripe: Int) -> Int { stripe % groupCount }

    /// Where a stripe lies in the covered file.
    func range(of stripe: Int) -> Range<Int> {
        stripe * stripeSize..<min(length, (stripe + 1) * stripeSize)
    }

    /// A group's parity is as long as the longest of its stripes, the first.
    func parityByteCount(_ group: Int) -> Int { max(0, min(stripeSize, length - group * stripeSize)) }

    var byteCount: Int { ParityTable.byteCount(stripes: stripes.count) }

    /// Where a group's parity lies in the parity file.
    func parityOffset(_ group: Int) -> Int { byteCount + (0..<group).reduce(0) { $0 + parityByteCount($1) } }

    /// Where the second copy of the table lies.
    var copyOffset: Int { parityOffset(ParityTable.groupCount) }

    /// Of the parity file: tables, parities and the length of a table.
    var fileByteCount: Int { copyOffset + byteCount + 8 }

    func encoded() -> [UInt8] {
        var bytes = ParityTable.magic
        bytes.reserveCapacity(byteCount)
        bytes.append(contentsOf: ledgerID.bytes)
        bytes.append(bigEndian: UInt64(length))
        bytes.append(bigEndian: checksum)
        bytes.append(bigEndian: UInt32(stripeSize))
        bytes.append(bigEndian: UInt32(ParityTable.groupCount))
        for checksum in stripes + parities { bytes.append(bigEndian: checksum) }
        bytes.append(bigEndian: Checksum.of(bytes))
        return bytes
    }

    /// The bytes that follow the parities.
    func trailer() -> [UInt8] {
        var bytes = encoded()
        bytes.append(bigEndian: UInt64(byteCount))
        return bytes
    }

    /// How long the table is that a header begins; `nil` when this is no header of ours.
    static func byteCount(header: UnsafeRawBufferPointer) -> Int? {
        guard header.count >= headerByteCount, header.prefix(8).elementsEqual(magic) else { return nil }
        let stripeSize = Int(header.load(bigEndian: UInt32.self, at: 56))
        let length = header.load(bigEndian: UInt64.self, at: 40)
        guard stripeSizes.contains(stripeSize), stripeSize % 8 == 0,
            header.load(bigEndian: UInt32.self, at: 60) == groupCount,
            length <= UInt64(stripeSize) * UInt64(stripeLimit)
        else { return nil }
        return byteCount(stripes: stripeCount(length: Int(length), stripeSize: stripeSize))
    }
}

extension ParityTable {
    /// The table in exactly these bytes; `nil` when they are anything else.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard ParityTable.byteCount(header: bytes) == bytes.count,
            bytes.load(bigEndian: UInt64.self, at: bytes.count - 8) == Checksum.of(bytes.part(0, bytes.count - 8)),
            let ledgerID = Digest(bytes.part(8, 32))
        else { return nil }
        self.ledgerID = ledgerID
        length = Int(bytes.load(bigEndian: UInt64.self, at: 40))
        checksum = bytes.load(bigEndian: UInt64.self, at: 48)
        stripeSize = Int(bytes.load(bigEndian: UInt32.self, at: 56))
        let count = ParityTable.stripeCount(length: length, stripeSize: stripeSize)
        let checksums = (0..<count + ParityTable.groupCount).map {
            bytes.load(bigEndian: UInt64.self, at: ParityTable.headerByteCount + $0 * 8)
        }
        stripes = Array(checksums[..<count])
        parities = Array(checksums[count...])
    }
}

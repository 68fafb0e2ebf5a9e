/// Where a record's secret is, when it is not stored with the record: which leaf of which block of secrets.
public struct SecretNumber: Hashable, Sendable, CustomStringConvertible {
    /// The number of bytes in a stored record.
    static let byteCount = 6

    public let block: UInt32
    public let number: UInt16

    public init(block: UInt32, number: UInt16) {
        self.block = block
        self.number = number
    }

    /// `BLOCK/NUMBER` in decimal.
    public var description: String { "\(block)/\(number)" }

    /// Reads what `description` gives; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let block = UInt32(parts[0]), let number = UInt16(parts[1]) else { return nil }
        self.init(block: block, number: number)
        guard description == text else { return nil }
    }

    init(reading reader: inout ByteReader) throws(FormatError) {
        block = UInt32(truncatingIfNeeded: try reader.number(bytes: 4, "the secret's block"))
        number = UInt16(truncatingIfNeeded: try reader.number(bytes: 2, "the secret's number"))
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(bigEndian: block, bytes: 4)
        bytes.append(bigEndian: number, bytes: 2)
    }
}

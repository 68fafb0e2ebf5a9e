public import LedgerMerkle

/// A stored record read where it lies: checked as a whole, with nothing copied out of it. For whoever goes through many.
public struct StoredRecordView: Sendable {
    enum Secret {
        case carried(RecordSecret)
        case kept(SecretNumber)
    }

    public let kind: RecordKind
    let secret: Secret
    private let bytes: [UInt8]
    private let places: [(name: Range<Int>, value: Range<Int>)]
    private let attachmentsAt: Int

    /// Reads the bytes that `StoredRecord.encoded` gives, of either version. O(size).
    public init(_ bytes: [UInt8]) throws(FormatError) {
        self.bytes = bytes
        var reader = ByteReader(bytes)
        let version = try reader.byte("the version")
        guard version == StoredRecord.version || version == StoredRecord.numberedVersion else {
            throw reader.error(.unknownVersion, "stored record version \(version)")
        }
        kind = RecordKind(rawValue: try reader.byte("the kind"))
        if version == StoredRecord.numberedVersion {
            secret = .kept(try SecretNumber(reading: &reader))
        } else {
            guard let carried = RecordSecret(Array(try reader.bytes(RecordSecret.byteCount, "the secret"))) else {
                throw reader.error(.wrongLength, "the secret has 32 bytes")
            }
            secret = .carried(carried)
        }
        places = try StoredRecordView.places(&reader, in: bytes)
        attachmentsAt = reader.offset
        for _ in 0..<(try reader.byte("the number of attachments")) {
            _ = try reader.byte("the type of an attachment")
            _ = try reader.longRange(limit: RecordAttachment.maximumByteCount, "an attachment")
        }
        try reader.finish()
    }

    private static func places(
        _ reader: inout ByteReader, in bytes: [UInt8]
    ) throws(FormatError) -> [(name: Range<Int>, value: Range<Int>)] {
        let count = Int(try reader.number(bytes: 2, "the number of fields"))
        var places: [(name: Range<Int>, value: Range<Int>)] = []
        places.reserveCapacity(min(count, reader.remaining / 6))
        var byteCount = 0
        for _ in 0..<count {
            let name = try FieldName.place(&reader, in: bytes, after: places.last?.name)
            let value = try reader.longRange(limit: Record.maximumValueByteCount, "a value")
            byteCount += name.count + value.count
            guard byteCount <= Record.maximumByteCount else {
                throw reader.error(.tooLarge, "the record is larger than \(Record.maximumByteCount) bytes")
            }
            places.append((name, value))
        }
        return places
    }

    /// The number of the record's secret; `nil` when the record carries it.
    public var secretNumber: SecretNumber? {
        guard case .kept(let number) = secret else { return nil }
        return number
    }

    /// The record's secret: its own, or the one that is kept under its number.
    ///
    /// - Parameter kept: gives the secret of a number.
    public func secret(from kept: (SecretNumber) throws -> RecordSecret) throws -> RecordSecret {
        switch secret {
        case .carried(let secret): secret
        case .kept(let number): try kept(number)
        }
    }

    /// The commitment that the record gives, as `Record.commitment` does.
    public func commitment(under secret: RecordSecret) -> Digest {
        let salts = HMACSHA256(key: secret.bytes)
        var hash = CommitmentHash(kind: kind, fieldCount: places.count)
        bytes.withUnsafeBytes { bytes in
            for place in places {
                let name = UnsafeRawBufferPointer(rebasing: bytes[place.name])
                let value = UnsafeRawBufferPointer(rebasing: bytes[place.value])
                hash.add(name, value: value, salts)
            }
        }
        return hash.digest
    }

    /// The value of a field; `nil` when the record does not have it. O(n).
    public subscript(name: String) -> ArraySlice<UInt8>? {
        var name = name
        let found = name.withUTF8 { name in
            bytes.withUnsafeBytes { bytes in
                places.first { place in
                    place.name.count == name.count && bytes[place.name].elementsEqual(UnsafeRawBufferPointer(name))
                }
            }
        }
        return found.map { bytes[$0.value] }
    }

    var fields: [Record.Field] {
        places.map {
            Record.Field(name: String(decoding: bytes[$0.name], as: UTF8.self), value: Array(bytes[$0.value]))
        }
    }

    var attachments: [RecordAttachment] {
        get throws(FormatError) {
            if bytes[attachmentsAt] == 0 { return [] }
            var reader = ByteReader(bytes)
            _ = try reader.range(attachmentsAt, "what comes before")
            return try RecordAttachment.read(&reader)
        }
    }
}

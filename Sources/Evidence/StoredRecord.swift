public import Catalogue

/// What is kept or carried beside the fields: the type says how to read the bytes.
public struct RecordAttachment: Hashable, Sendable {
    /// How the bytes are to be read. Any byte is a type; unknown ones are carried and not judged.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// A detached CMS/CAdES signature (RFC 5652, DER) by the issuer.
        public static let cmsSignature = Kind(rawValue: 1)
        /// An RFC 3161 timestamp token (DER) over the issuer's signature.
        public static let timestampToken = Kind(rawValue: 2)
    }

    /// The most attachments of one record or evidence file.
    public static let maximumCount = 255
    /// The most bytes of one attachment: 1 MiB.
    public static let maximumByteCount = 1 << 20

    public let kind: Kind
    public let bytes: [UInt8]

    public init(kind: Kind, bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }

    /// Whether these may be stored: as many and as large as the limits allow.
    static func areWithinLimits(_ attachments: [RecordAttachment]) -> Bool {
        attachments.count <= maximumCount && attachments.allSatisfy { $0.bytes.count <= maximumByteCount }
    }

    /// `count u8 ‖ for each: type u8 ‖ length u32 ‖ bytes`.
    static func append(_ attachments: [RecordAttachment], to out: inout [UInt8]) {
        out.append(UInt8(attachments.count))
        for attachment in attachments {
            out.append(attachment.kind.rawValue)
            out.append(bigEndian: attachment.bytes.count, bytes: 4)
            out += attachment.bytes
        }
    }

    static func read(_ reader: inout ByteReader) throws(FormatError) -> [RecordAttachment] {
        var attachments: [RecordAttachment] = []
        for _ in 0..<(try reader.byte("the number of attachments")) {
            let kind = Kind(rawValue: try reader.byte("the type of an attachment"))
            let bytes = try reader.longBytes(limit: maximumByteCount, "an attachment")
            attachments.append(RecordAttachment(kind: kind, bytes: bytes))
        }
        return attachments
    }
}

/// A record as the operator stores it: with its secret, and with what belongs to it.
///
/// `version u8 = 1 ‖ kind u8 ‖ secret 32 bytes ‖ count u16 ‖ for each field: name length u8 ‖ name ‖ value length u32 ‖ value ‖
/// attachments` (Ledger/FORMATS.md, "Stored record"). Not a public format: it holds the secret.
public struct StoredRecord: Sendable {
    /// The version that this code writes and reads.
    public static let version: UInt8 = 1

    public let record: Record
    public let attachments: [RecordAttachment]

    /// - Throws: `record-attachments-too-large` beyond 255 attachments or 1 MiB in one.
    public init(_ record: Record, attachments: [RecordAttachment] = []) throws(Failure) {
        guard RecordAttachment.areWithinLimits(attachments) else { throw Problem.recordAttachmentsTooLarge() }
        self.record = record
        self.attachments = attachments
    }

    /// Reads the bytes that `encoded` gives.
    public init(decoding bytes: [UInt8]) throws(FormatError) {
        var reader = ByteReader(bytes)
        let version = try reader.byte("the version")
        guard version == StoredRecord.version else {
            throw reader.error(.unknownVersion, "stored record version \(version)")
        }
        let kind = RecordKind(rawValue: try reader.byte("the kind"))
        guard let secret = RecordSecret(Array(try reader.bytes(RecordSecret.byteCount, "the secret"))) else {
            throw reader.error(.wrongLength, "the secret has 32 bytes")
        }
        record = Record(kind: kind, secret: secret, ascending: try StoredRecord.fields(&reader))
        attachments = try RecordAttachment.read(&reader)
        try reader.finish()
    }

    private static func fields(_ reader: inout ByteReader) throws(FormatError) -> [Record.Field] {
        let count = Int(try reader.number(bytes: 2, "the number of fields"))
        var fields: [Record.Field] = []
        var byteCount = 0
        for _ in 0..<count {
            let name = try FieldName.read(&reader, after: fields.last?.name)
            let value = try reader.longBytes(limit: Record.maximumValueByteCount, "a value")
            byteCount += name.utf8.count + value.count
            guard byteCount <= Record.maximumByteCount else {
                throw reader.error(.tooLarge, "the record is larger than \(Record.maximumByteCount) bytes")
            }
            fields.append(Record.Field(name: name, value: value))
        }
        return fields
    }

    /// The bytes to store. O(size).
    public var encoded: [UInt8] {
        var bytes: [UInt8] = [StoredRecord.version, record.kind.rawValue]
        bytes += record.secret.bytes
        bytes.append(bigEndian: record.fields.count, bytes: 2)
        for field in record.fields {
            FieldName.append(field.name, to: &bytes)
            bytes.append(bigEndian: field.value.count, bytes: 4)
            bytes += field.value
        }
        RecordAttachment.append(attachments, to: &bytes)
        return bytes
    }
}

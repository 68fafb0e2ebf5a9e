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
        /// A certificate, CRL or OCSP response (DER) with which the issuer's signature is checked again without a network.
        public static let validationMaterial = Kind(rawValue: 3)
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

/// A record as the operator stores it: with its secret or where that is, and with what belongs to it.
///
/// `version u8 ‖ kind u8 ‖ secret ‖ count u16 ‖ for each field: name length u8 ‖ name ‖ value length u32 ‖ value ‖ attachments`, where
/// the secret is its 32 bytes in version 1, and its block u32 and number u16 in version 2 (Ledger/FORMATS.md, "Stored record").
/// Not a public format: it holds every value.
public struct StoredRecord: Sendable {
    /// Holds the secret itself.
    public static let version: UInt8 = 1
    /// Holds the number of the secret.
    public static let numberedVersion: UInt8 = 2

    public let record: Record
    public let attachments: [RecordAttachment]
    /// Where the record's secret is kept; `nil` when it is stored with the record.
    public let secretNumber: SecretNumber?

    /// - Throws: `record-attachments-too-large` beyond 255 attachments or 1 MiB in one.
    public init(
        _ record: Record, attachments: [RecordAttachment] = [], secretNumber: SecretNumber? = nil
    ) throws(Failure) {
        guard RecordAttachment.areWithinLimits(attachments) else { throw Problem.recordAttachmentsTooLarge() }
        self.record = record
        self.attachments = attachments
        self.secretNumber = secretNumber
    }

    /// Reads the bytes that `encoded` gives, with the secret in them.
    ///
    /// - Throws: `unknownVersion` for version 2 also: its secret is elsewhere.
    public init(decoding bytes: [UInt8]) throws(FormatError) {
        let view = try StoredRecordView(bytes)
        guard case .carried(let secret) = view.secret else {
            throw FormatError(code: .unknownVersion, offset: 0, reason: "a stored record without its secret")
        }
        try self.init(view, secret)
    }

    /// Reads the bytes that `encoded` gives.
    ///
    /// - Parameter secret: gives the secret of a number. Called for version 2 only, and after all else was found in order.
    /// - Throws: `FormatError`, and whatever `secret` throws.
    public init(decoding bytes: [UInt8], secret: (SecretNumber) throws -> RecordSecret) throws {
        let view = try StoredRecordView(bytes)
        try self.init(view, try view.secret(from: secret))
    }

    private init(_ view: StoredRecordView, _ secret: RecordSecret) throws(FormatError) {
        record = Record(kind: view.kind, secret: secret, ascending: view.fields)
        attachments = try view.attachments
        if case .kept(let number) = view.secret { secretNumber = number } else { secretNumber = nil }
    }

    /// Where the secret of an encoded record is kept; `nil` when it is in these bytes, or they are no stored record. O(1).
    public static func secretNumber(in bytes: [UInt8]) -> SecretNumber? {
        guard bytes.count >= 2 + SecretNumber.byteCount, bytes[0] == numberedVersion else { return nil }
        var reader = ByteReader(Array(bytes[2..<2 + SecretNumber.byteCount]))
        return try? SecretNumber(reading: &reader)
    }

    /// The bytes to store. O(size).
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        if let secretNumber {
            bytes += [StoredRecord.numberedVersion, record.kind.rawValue]
            secretNumber.append(to: &bytes)
        } else {
            bytes += [StoredRecord.version, record.kind.rawValue]
            bytes += record.secret.bytes
        }
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

public import LedgerMerkle

/// All fields of a record in order, each either shown (value and salt) or hidden (only its field hash).
///
/// Names are never hidden. The commitment follows from the disclosure alone, whatever it hides.
public struct Disclosure: Hashable, Sendable {
    /// What is known of one field.
    public enum Content: Hashable, Sendable {
        case shown(value: [UInt8], salt: Digest)
        case hidden(fieldHash: Digest)
    }

    /// One field.
    public struct Field: Hashable, Sendable {
        /// UTF-8, 1…255 bytes.
        public let name: String
        public let content: Content

        init(name: String, content: Content) {
            self.name = name
            self.content = content
        }

        /// SHA-256(0x00 ‖ salt ‖ value): computed when shown, as carried when hidden.
        public var fieldHash: Digest {
            switch content {
            case .shown(let value, let salt): CommitmentHash.fieldHash(salt: salt, value: value)
            case .hidden(let fieldHash): fieldHash
            }
        }

        /// The value; `nil` when hidden.
        public var value: [UInt8]? {
            if case .shown(let value, _) = content { value } else { nil }
        }

        public static func == (one: Field, other: Field) -> Bool {
            FieldName.equal(one.name, other.name) && one.content == other.content
        }
    }

    public let kind: RecordKind
    /// In strictly ascending order of the bytes of their names.
    public let fields: [Field]

    /// Fields whose order was checked already.
    init(kind: RecordKind, ascending fields: [Field]) {
        self.kind = kind
        self.fields = fields
    }

    /// What is known of a field; `nil` when the record does not have it. O(n).
    public subscript(name: String) -> Field? {
        fields.first { FieldName.equal($0.name, name) }
    }

    /// The commitment that these fields lead to. O(size).
    public var commitment: Digest {
        var hash = CommitmentHash(kind: kind, fieldCount: fields.count)
        for field in fields {
            hash.add(field.name, field.fieldHash)
        }
        return hash.digest
    }

    /// The entry that the tree must hold for this record and time.
    public func entry(recorded: UInt64) -> Entry {
        Entry(kind: kind, recorded: recorded, commitment: commitment)
    }

    /// A disclosure that shows fewer fields: those of this one that are named. Hidden ones stay hidden.
    public func showingOnly(_ names: Set<String>) -> Disclosure {
        let shown = Set(names.map { Array($0.utf8) })
        return Disclosure(
            kind: kind,
            ascending: fields.map { field in
                shown.contains(Array(field.name.utf8))
                    ? field : Field(name: field.name, content: .hidden(fieldHash: field.fieldHash))
            })
    }
}

extension Disclosure {
    private static let hiddenFlag: UInt8 = 0
    private static let shownFlag: UInt8 = 1

    /// Reads the bytes that `encoded` gives; the kind stands outside them.
    public init(kind: RecordKind, decoding bytes: [UInt8]) throws(FormatError) {
        var reader = ByteReader(bytes)
        try self.init(kind: kind, reading: &reader)
        try reader.finish()
    }

    init(kind: RecordKind, reading reader: inout ByteReader) throws(FormatError) {
        let count = Int(try reader.number(bytes: 2, "the number of fields"))
        var fields: [Field] = []
        for _ in 0..<count {
            let name = try FieldName.read(&reader, after: fields.last?.name)
            fields.append(Field(name: name, content: try Disclosure.content(&reader)))
        }
        self.init(kind: kind, ascending: fields)
    }

    private static func content(_ reader: inout ByteReader) throws(FormatError) -> Content {
        let flag = try reader.byte("the flag of a field")
        guard flag == hiddenFlag || flag == shownFlag else {
            throw reader.error(.badFlag, "a field is hidden (0) or shown (1), not \(flag)")
        }
        guard let digest = Digest(try reader.bytes(Digest.byteCount, "a salt or field hash")) else {
            throw reader.error(.wrongLength, "a salt or field hash has 32 bytes")
        }
        guard flag == shownFlag else { return .hidden(fieldHash: digest) }
        let value = try reader.longBytes(limit: Record.maximumValueByteCount, "a value")
        return .shown(value: value, salt: digest)
    }

    /// `count u16 ‖ for each field: name length u8 ‖ name ‖ 0 ‖ field hash, or 1 ‖ salt ‖ value length u32 ‖ value`.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: fields.count, bytes: 2)
        for field in fields {
            FieldName.append(field.name, to: &bytes)
            switch field.content {
            case .hidden(let fieldHash):
                bytes.append(Disclosure.hiddenFlag)
                bytes += fieldHash.bytes
            case .shown(let value, let salt):
                bytes.append(Disclosure.shownFlag)
                bytes += salt.bytes
                bytes.append(bigEndian: value.count, bytes: 4)
                bytes += value
            }
        }
        return bytes
    }
}

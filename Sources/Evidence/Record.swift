public import Catalogue
public import LedgerMerkle

/// The 32 random bytes from which the salts of a record's fields come. Whoever has it can open every field.
public struct RecordSecret: Hashable, Sendable, CustomStringConvertible {
    /// The number of bytes of a secret.
    public static let byteCount = 32

    /// The secret itself.
    public let bytes: [UInt8]

    /// Copies 32 bytes; `nil` for any other count.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == RecordSecret.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Never the secret, so that it does not get into a log.
    public var description: String { "(record secret)" }
}

/// What an issuer hands in: named fields, salted one by one. Private.
public struct Record: Sendable {
    /// The most fields of a record.
    public static let maximumFieldCount = 65_535
    /// The most bytes of one value: 1 MiB.
    public static let maximumValueByteCount = 1 << 20
    /// The most bytes of all names and values together: 2 MiB.
    public static let maximumByteCount = 2 << 20

    /// One named value.
    public struct Field: Hashable, Sendable {
        /// UTF-8, 1…255 bytes.
        public let name: String
        public let value: [UInt8]

        public init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }

        public static func == (one: Field, other: Field) -> Bool {
            FieldName.equal(one.name, other.name) && one.value == other.value
        }
    }

    public let kind: RecordKind
    public let secret: RecordSecret
    /// In ascending order of the bytes of their names, each name once.
    public let fields: [Field]

    /// A record of fields in any order.
    ///
    /// A field with an empty value is left out: absent, null and "" are the same. O(n log n).
    /// - Throws: a `record-…` problem when a name, a value or the whole breaks a limit, or a name comes twice.
    public init(kind: RecordKind, secret: RecordSecret, fields: [Field]) throws(Failure) {
        let (fields, repeated) = FieldName.ascending(
            fields.contains { $0.value.isEmpty } ? fields.filter { !$0.value.isEmpty } : fields)
        guard fields.count <= Record.maximumFieldCount else {
            throw Problem.recordTooManyFields(["count": String(fields.count)])
        }
        if let repeated { throw Problem.recordNameRepeated(["name": repeated]) }
        var byteCount = 0
        for field in fields {
            let nameByteCount = field.name.utf8.count
            guard (1...FieldName.maximumByteCount).contains(nameByteCount) else {
                throw Problem.recordNameInvalid(["name": field.name])
            }
            guard field.value.count <= Record.maximumValueByteCount else {
                throw Problem.recordValueTooLarge(["name": field.name, "count": String(field.value.count)])
            }
            byteCount += nameByteCount + field.value.count
        }
        guard byteCount <= Record.maximumByteCount else {
            throw Problem.recordTooLarge(["count": String(byteCount)])
        }
        self.init(kind: kind, secret: secret, ascending: fields)
    }

    /// A record of named byte values.
    public init(kind: RecordKind, secret: RecordSecret, fields: [String: [UInt8]]) throws(Failure) {
        try self.init(kind: kind, secret: secret, fields: fields.map { Field(name: $0.key, value: $0.value) })
    }

    /// A record of named texts, each as its UTF-8 bytes.
    public init(kind: RecordKind, secret: RecordSecret, fields: [String: String]) throws(Failure) {
        try self.init(
            kind: kind, secret: secret, fields: fields.map { Field(name: $0.key, value: Array($0.value.utf8)) })
    }

    /// Fields whose order and limits were checked already.
    init(kind: RecordKind, secret: RecordSecret, ascending fields: [Field]) {
        self.kind = kind
        self.secret = secret
        self.fields = fields
    }

    /// The value of a field; `nil` when the record does not have it. O(n).
    public subscript(name: String) -> [UInt8]? {
        fields.first { FieldName.equal($0.name, name) }?.value
    }

    /// The commitment: what the entry in the tree carries of the record.
    ///
    /// About four compressions a field of short name and value; the two keyed states of the HMAC are saved.
    public var commitment: Digest {
        let salts = HMACSHA256(key: secret.bytes)
        var hash = CommitmentHash(kind: kind, fieldCount: fields.count)
        for field in fields {
            var name = field.name
            name.withUTF8 { name in
                field.value.withUnsafeBytes { hash.add(UnsafeRawBufferPointer(name), value: $0, salts) }
            }
        }
        return hash.digest
    }

    /// The disclosure that shows the named fields and only hashes of the others. Names that the record lacks are ignored.
    public func disclosure(showing names: Set<String>) -> Disclosure {
        // Bytes, not texts: a name must not open another that merely looks the same.
        let shown = Set(names.map { Array($0.utf8) })
        let salts = HMACSHA256(key: secret.bytes)
        return Disclosure(
            kind: kind,
            ascending: fields.map { field in
                let salt = salts.authenticate(field.name)
                guard shown.contains(Array(field.name.utf8)) else {
                    let hash = CommitmentHash.fieldHash(salt: salt, value: field.value)
                    return Disclosure.Field(name: field.name, content: .hidden(fieldHash: hash))
                }
                return Disclosure.Field(name: field.name, content: .shown(value: field.value, salt: salt))
            })
    }

    /// The disclosure that shows every field.
    public var fullDisclosure: Disclosure {
        disclosure(showing: Set(fields.map(\.name)))
    }
}

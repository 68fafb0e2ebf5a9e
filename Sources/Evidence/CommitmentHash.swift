import LedgerMerkle

/// SHA-256("tamga record v1\n" ‖ kind ‖ count u16 ‖ for each field: name length u8 ‖ name ‖ field hash).
struct CommitmentHash: ~Copyable {
    private static let domain: StaticString = "tamga record v1\n"
    /// More than this many bytes are not gathered.
    private static let portion = 4096
    private static let fieldLimit = 1 + FieldName.maximumByteCount + Digest.byteCount

    private var hash = SHA256()
    // Gathered, so that most records are hashed in one call.
    private let gathered: UnsafeMutablePointer<UInt8>
    private var count = 0

    init(kind: RecordKind, fieldCount: Int) {
        gathered = .allocate(capacity: CommitmentHash.portion + CommitmentHash.fieldLimit)
        append(
            UnsafeRawBufferPointer(
                start: CommitmentHash.domain.utf8Start, count: CommitmentHash.domain.utf8CodeUnitCount))
        for byte in [kind.rawValue, UInt8(truncatingIfNeeded: fieldCount >> 8), UInt8(truncatingIfNeeded: fieldCount)] {
            gathered[count] = byte
            count += 1
        }
    }

    deinit {
        gathered.deallocate()
    }

    /// Adds a field by its hash.
    mutating func add(_ name: String, _ fieldHash: Digest) {
        var name = name
        name.withUTF8 { begin(UnsafeRawBufferPointer($0)) }
        fieldHash.withUnsafeBytes { append($0) }
    }

    /// Adds a field by its value, salted under a key.
    mutating func add(_ name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, _ salts: HMACSHA256) {
        begin(name)
        salts.hash(value, saltedBy: name, into: gathered + count)
        count += Digest.byteCount
    }

    var digest: Digest {
        var hash = hash
        hash.update(UnsafeRawBufferPointer(start: gathered, count: count))
        return hash.finalize()
    }

    private mutating func begin(_ name: UnsafeRawBufferPointer) {
        precondition(name.count <= FieldName.maximumByteCount)
        if count >= CommitmentHash.portion {
            hash.update(UnsafeRawBufferPointer(start: gathered, count: count))
            count = 0
        }
        gathered[count] = UInt8(name.count)
        count += 1
        append(name)
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(start: gathered + count, count: bytes.count).copyMemory(from: bytes)
        count += bytes.count
    }

    /// SHA-256(0x00 ‖ salt ‖ value).
    static func fieldHash(salt: Digest, value: [UInt8]) -> Digest {
        value.withUnsafeBytes { SHA256.hash(0, salt, $0) }
    }
}

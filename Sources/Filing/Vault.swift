import Evidence
public import LedgerMerkle
import LedgerStorage

/// A 128-bit secret that opens one record's evidence: whoever has the link has the evidence, nobody can guess it.
public struct Capability: Hashable, Sendable {
    public static let byteCount = 16
    public let bytes: [UInt8]

    init(_ digest: Digest) {
        bytes = Array(digest.bytes.prefix(Capability.byteCount))
    }

    /// Reads the 32 hexadecimal digits of a link; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        guard let bytes = parseHexadecimal(text), bytes.count == Capability.byteCount else { return nil }
        self.bytes = bytes
    }

    /// 32 hexadecimal digits.
    public var text: String { hexadecimal(bytes) }
}

/// Everything that derives from the store key and the pepper. The keys never leave it.
///
/// Domain keys, capabilities and the encryption of stored records each have a key of their own, so that none says anything about
/// another.
public struct Vault: Sendable {
    private let domain: HMACSHA256
    private let capabilities: HMACSHA256
    private let records: HMACSHA256
    private let recordBlocks: HMACSHA256
    private let tokens: HMACSHA256
    private let seals: HMACSHA256
    private let state: HMACSHA256
    private let codes: HMACSHA256
    /// What names and opens kept documents.
    let documents: DocumentKeys

    /// - Parameters: both 32 bytes (FORMATS.md, "Keys").
    public init(storeKey: [UInt8], pepper: [UInt8]) {
        let store = HMACSHA256(key: storeKey)
        func derived(_ purpose: String) -> HMACSHA256 {
            HMACSHA256(key: store.authenticate(Array("tamga \(purpose) v1".utf8)).bytes)
        }
        domain = derived("domain keys")
        capabilities = derived("capabilities")
        records = derived("records")
        recordBlocks = derived("record blocks")
        tokens = derived("tokens")
        seals = derived("act seals")
        state = derived("state")
        documents = DocumentKeys(derived("documents"))
        codes = HMACSHA256(key: pepper)
    }

    /// The domain key of some parts: each is bound with its length.
    func key(_ purpose: Purpose, _ parts: [UInt8]...) -> DomainKey {
        let digest = domain.authenticate { hash in
            hash.update(byte: purpose.rawValue)
            for part in parts {
                for shift in [24, 16, 8, 0] { hash.update(byte: UInt8(truncatingIfNeeded: part.count >> shift)) }
                hash.update(part)
            }
        }
        return DomainKey(purpose: purpose.rawValue, digest: digest)
    }

    /// The domain key of some texts.
    func key(_ purpose: Purpose, _ parts: String...) -> DomainKey {
        switch parts.count {
        case 1: key(purpose, Array(parts[0].utf8))
        case 2: key(purpose, Array(parts[0].utf8), Array(parts[1].utf8))
        default: key(purpose, Array(parts[0].utf8), Array(parts[1].utf8), Array(parts[2].utf8))
        }
    }

    /// The capability of a record: always the same, so that an answer lost on the way can be given again.
    public func capability(of commitment: Digest) -> Capability {
        Capability(capabilities.authenticate(commitment.bytes))
    }

    /// 8 bytes of randomness for the access code of an act: always the same for one record.
    func accessCodeBytes(of commitment: Digest) -> [UInt8] {
        Array(codes.authenticate(Array("access code".utf8) + commitment.bytes).bytes.prefix(8))
    }

    /// The salt that seals the private values of a draft: the same draft of one notary always gets the same one, so that the
    /// statement which was signed can be made again at registration.
    func sealSalt(notary: String, draft: [UInt8]) -> [UInt8] {
        seals.authenticate(Array("\(notary)\n".utf8) + draft).bytes
    }

    /// The salt under which a fee receipt names its act: always the same for one act as it is sent, so that its receipt is found again.
    ///
    /// - Parameter number: from 1; the next one where the receipt before belongs to an act already, or was given back.
    func feeSalt(notary: String, act: [UInt8], number: Int) -> [UInt8] {
        seals.authenticate(Array("fee \(number)\n\(notary)\n".utf8) + act).bytes
    }

    /// What is kept of an access code, and compared.
    func accessCodeKey(act: String, code: String) -> DomainKey {
        let digest = codes.authenticate(Array("access code key\n\(act)\n\(code)".utf8))
        return DomainKey(purpose: Purpose.accessCode.rawValue, digest: digest)
    }

    /// What is kept of a token, and compared.
    public func tokenHash(_ token: String) -> [UInt8] {
        tokens.authenticate(Array(token.utf8)).bytes
    }

    /// Encrypts whose token it is; each token's hash gives a key of its own, used once.
    public func sealTokenSubject(_ subject: String, hash: [UInt8]) throws -> [UInt8] {
        try SealedBytes.seal(Array(subject.utf8), key: tokens.authenticate(Array("subject".utf8) + hash).bytes)
    }

    /// Decrypts what `sealTokenSubject` made.
    public func openTokenSubject(_ sealed: [UInt8], hash: [UInt8]) throws -> String {
        let key = tokens.authenticate(Array("subject".utf8) + hash).bytes
        return String(decoding: try SealedBytes.open(sealed, key: key), as: UTF8.self)
    }

    // MARK: State

    /// What a value in `state.sqlite` is found by, 32 bytes.
    public func stateHash(_ purpose: String, _ bytes: [UInt8]) -> [UInt8] {
        state.authenticate(Array("hash \(purpose)\n".utf8) + bytes).bytes
    }

    /// Encrypts a value of `state.sqlite` (AES-256-GCM).
    ///
    /// - Parameter nonce: 16 random bytes, which give the key: used once.
    public func sealState(_ bytes: [UInt8], nonce: [UInt8]) throws -> [UInt8] {
        try SealedBytes.seal(bytes, key: state.authenticate(Array("seal\n".utf8) + nonce).bytes)
    }

    /// Decrypts what `sealState` made.
    public func openState(_ sealed: [UInt8], nonce: [UInt8]) throws -> [UInt8] {
        try SealedBytes.open(sealed, key: state.authenticate(Array("seal\n".utf8) + nonce).bytes)
    }

    // MARK: Stored records

    /// Encrypts a record for the journal (AES-256-GCM). Each commitment gives a key of its own, used once: the nonce is zero.
    func seal(_ record: StoredRecord, commitment: Digest) throws -> [UInt8] {
        try SealedBytes.seal(record.encoded, key: records.authenticate(commitment.bytes).bytes)
    }

    /// Decrypts what `seal` made; fails when a byte or the commitment is another.
    ///
    /// - Parameter secret: gives the secret that the record only names.
    func open(
        _ payload: [UInt8], commitment: Digest, secret: (SecretNumber) throws -> RecordSecret
    ) throws -> StoredRecord {
        try StoredRecord(decoding: bytes(of: payload, commitment: commitment), secret: secret)
    }

    /// The stored record that `seal` encrypted, as bytes.
    func bytes(of payload: [UInt8], commitment: Digest) throws -> [UInt8] {
        try SealedBytes.open(payload, key: records.authenticate(commitment.bytes).bytes)
    }

    /// The key of one block of one record file. The file's salt is random and no block number of a file is used twice: each key
    /// encrypts once.
    func recordBlockKey(of file: RecordFileIdentity, block: UInt32) -> [UInt8] {
        recordBlocks.authenticate { hash in
            hash.update("tamga record block v1")
            hash.update(file.salt)
            for shift in stride(from: 56, through: 0, by: -8) {
                hash.update(byte: UInt8(truncatingIfNeeded: file.firstIndex >> UInt64(shift)))
            }
            for shift in stride(from: 24, through: 0, by: -8) {
                hash.update(byte: UInt8(truncatingIfNeeded: block >> UInt32(shift)))
            }
        }.bytes
    }
}

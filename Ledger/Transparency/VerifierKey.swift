import COpenSSL
import LedgerMerkle

/// The signature types of signed notes that this library knows.
public enum KeyAlgorithm: UInt8, Sendable {
    /// Ed25519 over the note text: what a log signs with.
    case ed25519 = 0x01
    /// Ed25519 with a time over a checkpoint (C2SP tlog-cosignature): what a witness signs with.
    case cosignatureV1 = 0x04
}

/// A public key of a log or witness, known by name and key id (C2SP signed-note, "Verifier keys").
public struct VerifierKey: Sendable, CustomStringConvertible {
    /// Not empty, without Unicode spaces, plus signs and control characters. Compared by bytes.
    public let name: String
    /// The first four bytes of SHA-256(name ‖ newline ‖ type ‖ public key).
    public let keyID: UInt32
    public let algorithm: KeyAlgorithm
    /// The 32 bytes of an Ed25519 public key (RFC 8032 section 5.1.5), never one of small order.
    public let publicKey: [UInt8]

    /// The number of bytes of an Ed25519 public key.
    public static let publicKeyByteCount = 32
    /// The number of bytes of an Ed25519 signature.
    public static let signatureByteCount = 64

    /// - Throws: `malformed` for a name that cannot name a key or a key that is not 32 bytes, `weakKey` for a public key
    ///   of small order.
    public init(name: String, algorithm: KeyAlgorithm, publicKey: [UInt8]) throws(TransparencyError) {
        guard isKeyName(name) else {
            throw .malformed("a key name must not be empty nor hold spaces, plus signs or control characters")
        }
        guard publicKey.count == VerifierKey.publicKeyByteCount else {
            throw .malformed("the public key of \(name) has \(publicKey.count) bytes instead of 32")
        }
        guard !isSmallOrder(publicKey) else {
            throw TransparencyError(
                code: .weakKey, reason: "the public key of \(name) is of small order: anybody could sign for it")
        }
        self.name = name
        self.algorithm = algorithm
        self.publicKey = publicKey
        keyID = VerifierKey.keyID(name: name, algorithm: algorithm, publicKey: publicKey)
    }

    /// Reads `<name>+<8 hexadecimal digits>+<base64>`.
    ///
    /// - Throws: `malformed`, `wrongAlgorithm`, `wrongKeyID` or `weakKey`.
    public init(parsing text: String) throws(TransparencyError) {
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let name = parseUTF8(parts[0]) else {
            throw .malformed("a verifier key has the form name+id+key")
        }
        guard let id = parseKeyID(parts[1]) else {
            throw .malformed("the key id of \(name) is not 8 lower-case hexadecimal digits")
        }
        guard let material = Base64.decode(utf8: parts[2]), let type = material.first else {
            throw .malformed("the key of \(name) is not base64")
        }
        guard let algorithm = KeyAlgorithm(rawValue: type) else {
            throw TransparencyError(
                code: .wrongAlgorithm, reason: "the key of \(name) is of type \(type), which is not supported")
        }
        try self.init(name: name, algorithm: algorithm, publicKey: Array(material.dropFirst()))
        guard keyID == id else {
            throw TransparencyError(
                code: .wrongKeyID,
                reason: "the key id of \(name) is \(keyIDText(keyID)), the text says \(keyIDText(id))")
        }
    }

    /// The verifier key text.
    public var description: String {
        "\(name)+\(keyIDText(keyID))+\(Base64.encode([algorithm.rawValue] + publicKey))"
    }

    /// The same public key under the same name for signatures of another type, with the key id of that type.
    public func wrapped(as algorithm: KeyAlgorithm) -> VerifierKey {
        VerifierKey(name: name, checkedKey: publicKey, algorithm: algorithm)
    }

    private init(name: String, checkedKey: [UInt8], algorithm: KeyAlgorithm) {
        self.name = name
        self.algorithm = algorithm
        publicKey = checkedKey
        keyID = VerifierKey.keyID(name: name, algorithm: algorithm, publicKey: checkedKey)
    }

    /// Whether 64 bytes are an Ed25519 signature of the message under this key. Never throws; anything wrong is `false`.
    ///
    /// The rule, where RFC 8032 leaves room, is OpenSSL's: S must be below the group order, R is compared by its bytes
    /// (so only a canonical R passes), the equation has no cofactor, and the hash covers the key's bytes as given. To
    /// that this type adds that a key of small order is never constructed. Costs about 0.1 ms.
    public func verify(signature: [UInt8], message: [UInt8]) -> Bool {
        guard signature.count == VerifierKey.signatureByteCount else { return false }
        let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count)
        defer { EVP_PKEY_free(key) }
        guard let key, let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        let good =
            EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        // A refused signature leaves its reason in the thread's queue, where a later caller could take it for its own.
        if !good { ERR_clear_error() }
        return good
    }

    private static func keyID(name: String, algorithm: KeyAlgorithm, publicKey: [UInt8]) -> UInt32 {
        var hash = SHA256()
        hash.update(name)
        hash.update(byte: newline)
        hash.update(byte: algorithm.rawValue)
        hash.update(publicKey)
        return hash.finalize().bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}

extension VerifierKey: Hashable {
    public static func == (a: VerifierKey, b: VerifierKey) -> Bool {
        a.algorithm == b.algorithm && a.publicKey == b.publicKey && sameBytes(a.name, b.name)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(keyID)
        hasher.combine(publicKey)
    }
}

/// Whether a public key encodes one of the eight points of small order, canonically or not.
///
/// The sign bit only chooses between a point and its negative, which has the same order.
private func isSmallOrder(_ key: [UInt8]) -> Bool {
    var y = key
    y[31] &= 0x7f
    return smallOrderY.contains(y)
}

// The y coordinates, little-endian: 0 and 1, −1, the two of order 8, and 0 and 1 written as p and p + 1.
private let smallOrderY: Set<[UInt8]> = {
    func filled(_ first: UInt8, _ middle: UInt8, _ last: UInt8) -> [UInt8] {
        [first] + [UInt8](repeating: middle, count: 30) + [last]
    }
    let orderEight = [
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ]
    return Set(
        [
            filled(0, 0, 0), filled(1, 0, 0),
            filled(0xec, 0xff, 0x7f), filled(0xed, 0xff, 0x7f), filled(0xee, 0xff, 0x7f),
        ] + orderEight.compactMap { parseHexadecimal($0) })
}()

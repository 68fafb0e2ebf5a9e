import COpenSSL

/// A private key of a log or witness. Signatures are deterministic (RFC 8032). Usable from several threads.
public struct SigningKey: Sendable, CustomStringConvertible {
    /// The public half, under the same name.
    public let verifierKey: VerifierKey
    private let secret: Secret

    /// The number of bytes of a seed.
    public static let seedByteCount = 32

    /// - Parameter seed: 32 secret bytes (RFC 8032 section 5.1.5).
    /// - Throws: `malformed` for a bad name or a seed of another length, `libraryFailure`.
    public init(
        name: String, seed: [UInt8], algorithm: KeyAlgorithm = .ed25519
    ) throws(TransparencyError) {
        guard seed.count == SigningKey.seedByteCount else {
            throw .malformed("the seed of \(name) has \(seed.count) bytes instead of 32")
        }
        secret = try Secret(seed: seed)
        verifierKey = try VerifierKey(name: name, algorithm: algorithm, publicKey: secret.publicKey())
    }

    /// Reads `PRIVATE+KEY+<name>+<8 hexadecimal digits>+<base64 of type ‖ seed>`, the form of Go's note package.
    ///
    /// Errors never repeat the key.
    public init(parsing text: String) throws(TransparencyError) {
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "+"), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].elementsEqual("PRIVATE".utf8), parts[1].elementsEqual("KEY".utf8),
            let name = parseUTF8(parts[2]), let id = parseKeyID(parts[3])
        else { throw .malformed("a signing key has the form PRIVATE+KEY+name+id+key") }
        guard let material = Base64.decode(utf8: parts[4]), let type = material.first else {
            throw .malformed("the signing key of \(name) is not base64")
        }
        guard let algorithm = KeyAlgorithm(rawValue: type) else {
            throw TransparencyError(
                code: .wrongAlgorithm, reason: "the signing key of \(name) is of type \(type), which is not supported")
        }
        try self.init(name: name, seed: Array(material.dropFirst()), algorithm: algorithm)
        guard verifierKey.keyID == id else {
            throw TransparencyError(
                code: .wrongKeyID,
                reason: "the key id of \(name) is \(keyIDText(verifierKey.keyID)), the text says \(keyIDText(id))")
        }
    }

    public var name: String { verifierKey.name }

    /// The private key text, which `init(parsing:)` reads. Secret.
    public var encoded: String {
        get throws(TransparencyError) {
            let material = [verifierKey.algorithm.rawValue] + (try secret.seed())
            return "PRIVATE+KEY+\(name)+\(keyIDText(verifierKey.keyID))+\(Base64.encode(material))"
        }
    }

    /// The seed, 32 bytes: for a token that is to hold the key. Secret.
    public var seed: [UInt8] {
        get throws(TransparencyError) { try secret.seed() }
    }

    /// The name only, so that a key printed by mistake stays secret.
    public var description: String { "signing key of \(name)" }

    /// Signs a note text with an Ed25519 key (type 0x01).
    ///
    /// - Throws: `wrongAlgorithm` for a witness key, `malformed` for a text that no note can have, `libraryFailure`.
    public func sign(noteText: [UInt8]) throws(TransparencyError) -> NoteSignature {
        guard verifierKey.algorithm == .ed25519 else {
            throw TransparencyError(code: .wrongAlgorithm, reason: "\(name) is a witness key: it only cosigns")
        }
        try SignedNote.check(text: noteText)
        return NoteSignature(name: name, keyID: verifierKey.keyID, signature: try secret.sign(noteText))
    }

    /// Cosigns a checkpoint with a witness key (type 0x04, C2SP tlog-cosignature).
    ///
    /// - Parameters:
    ///   - checkpointText: the whole note text with its last newline.
    ///   - unixSeconds: the time of signing, at most 2^63 − 1.
    /// - Throws: `wrongAlgorithm` for a log key, `malformed` if the text is no checkpoint, `libraryFailure`.
    public func cosign(checkpointText: [UInt8], unixSeconds: UInt64) throws(TransparencyError) -> NoteSignature {
        guard verifierKey.algorithm == .cosignatureV1 else {
            throw TransparencyError(code: .wrongAlgorithm, reason: "\(name) is not a witness key: it cannot cosign")
        }
        guard unixSeconds <= Cosignature.latestTime else { throw .limit("the time exceeds 2^63 − 1 seconds") }
        _ = try Checkpoint(parsing: checkpointText)
        let message = Cosignature.message(unixSeconds: unixSeconds, text: checkpointText)
        let signature = unixSeconds.bigEndianBytes + (try secret.sign(message))
        return NoteSignature(name: name, keyID: verifierKey.keyID, signature: signature)
    }
}

/// The OpenSSL key, made once.
// @unchecked: the pointer is set once, freed only by deinit, and every use reads it under a context of its own;
// OpenSSL counts references to a key atomically and locks what it caches inside.
private final class Secret: @unchecked Sendable {
    private let key: OpaquePointer

    init(seed: [UInt8]) throws(TransparencyError) {
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
            throw Secret.failure("make the private key")
        }
        self.key = key
    }

    deinit {
        EVP_PKEY_free(key)
    }

    func publicKey() throws(TransparencyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: VerifierKey.publicKeyByteCount)
        var count = bytes.count
        guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == bytes.count else {
            throw Secret.failure("derive the public key")
        }
        return bytes
    }

    func seed() throws(TransparencyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: SigningKey.seedByteCount)
        var count = bytes.count
        guard EVP_PKEY_get_raw_private_key(key, &bytes, &count) == 1, count == bytes.count else {
            throw Secret.failure("read the private key")
        }
        return bytes
    }

    func sign(_ message: [UInt8]) throws(TransparencyError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw Secret.failure("sign") }
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: VerifierKey.signatureByteCount)
        var count = signature.count
        guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
            EVP_DigestSign(context, &signature, &count, message, message.count) == 1, count == signature.count
        else { throw Secret.failure("sign") }
        return signature
    }

    private static func failure(_ step: String) -> TransparencyError {
        ERR_clear_error()
        return TransparencyError(code: .libraryFailure, reason: "OpenSSL could not \(step)")
    }
}

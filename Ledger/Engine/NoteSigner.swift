public import LedgerMerkle
import LedgerStorage
public import LedgerTransparency

/// Signs checkpoints with an Ed25519 key held in memory. About 30 µs a signature.
public struct NoteSigner: CheckpointSigner {
    private let origin: String
    private let key: SigningKey

    public init(origin: String, key: SigningKey) {
        self.origin = origin
        self.key = key
    }

    public func sign(size: UInt64, root: Digest) throws -> SignedCheckpoint {
        let text = Checkpoint(origin: origin, size: size, root: root).text
        let note = SignedNote(text: text, signatures: [try key.sign(noteText: text)])
        return SignedCheckpoint(size: size, root: root, note: note.encoded)
    }
}

/// Signs checkpoints with a key that is kept elsewhere, such as in an HSM.
public struct ElsewhereSigner: CheckpointSigner {
    private let verifierKey: VerifierKey
    private let signature: @Sendable ([UInt8]) throws -> [UInt8]

    /// - Parameters:
    ///   - verifierKey: the ledger's: a signature that does not hold under it is given to nobody.
    ///   - signature: gives the Ed25519 signature of a message, 64 bytes (RFC 8032). Called by one thread at a time.
    public init(verifierKey: VerifierKey, signature: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
        self.verifierKey = verifierKey
        self.signature = signature
    }

    public func sign(size: UInt64, root: Digest) throws -> SignedCheckpoint {
        let text = Checkpoint(origin: verifierKey.name, size: size, root: root).text
        let made = try signature(text)
        guard verifierKey.verify(signature: made, message: text) else {
            throw StorageError(
                .foreignLedger, "what the key signed does not hold under the ledger's verifier key",
                remedy: "see that the token holds the key of this ledger")
        }
        let line = NoteSignature(name: verifierKey.name, keyID: verifierKey.keyID, signature: made)
        return SignedCheckpoint(size: size, root: root, note: SignedNote(text: text, signatures: [line]).encoded)
    }
}

import CCMS
import CPKCS11
public import Catalogue
import Glibc

/// A private key in a PKCS #11 token: an HSM, a smart card, or SoftHSM. It signs there and never leaves.
///
/// One session, one operation at a time: calls from several threads wait for each other. When the session was lost, as
/// after the token was unplugged, the next signature opens it again once. The PIN is kept for that, in locked memory.
/// Do not use a key across fork.
public final class TokenKey: Sendable, CustomStringConvertible {
    /// What a key can do.
    public enum Kind: Sendable, Hashable {
        /// Documents: PKCS #1 v1.5.
        case rsa
        /// Documents: ECDSA.
        case ec
        /// The ledger's own key.
        case ed25519
    }

    /// The absolute path of the module.
    public let module: String
    /// Where the key is.
    public let address: TokenAddress
    public let kind: Kind
    /// The public half of an Ed25519 key, 32 bytes (RFC 8032); `nil` for another kind.
    public let publicKey: [UInt8]?
    // nonisolated(unsafe): set once; every C function on it takes the lock inside.
    nonisolated(unsafe) private let key: OpaquePointer

    /// Opens the key, logging in with the PIN once; `nil` for a token with a PIN pad of its own.
    ///
    /// A process that is logged in to the token already is not asked for the PIN again: then it is not checked.
    /// - Throws: a problem `key-token-…`. A wrong PIN is never tried twice.
    public convenience init(module: String, address: TokenAddress, pin: SignerSecret?) throws(Failure) {
        try self.init(module: module, address: address, pin: pin, opening: cpkcs11_open)
    }

    /// Makes an Ed25519 key pair in the token that can never leave it, and opens it.
    ///
    /// - Throws: ``Problem/tokenKeyExists`` when a key of this label is there, ``Problem/tokenMechanismMissing`` when the
    ///   token does not know Ed25519, or another problem `key-token-…`.
    public static func generateEd25519(
        module: String, address: TokenAddress, pin: SignerSecret?
    ) throws(Failure) -> TokenKey {
        try TokenKey(module: module, address: address, pin: pin, opening: cpkcs11_generate_ed25519)
    }

    /// Puts an Ed25519 key into the token as one that is sensitive and cannot be taken out, and opens it.
    ///
    /// - Parameters:
    ///   - seed: 32 bytes (RFC 8032).
    ///   - publicKey: the 32 bytes that belong to it.
    /// - Throws: as ``generateEd25519(module:address:pin:)``.
    static func importEd25519(
        _ seed: SignerSecret, publicKey: [UInt8], module: String, address: TokenAddress, pin: SignerSecret?
    ) throws(Failure) -> TokenKey {
        precondition(seed.count == 32 && publicKey.count == 32, "an Ed25519 key has halves of 32 bytes")
        return try TokenKey(module: module, address: address, pin: pin) { place, bytes, count, opened, report in
            seed.withBytes { seed in
                cpkcs11_import_ed25519(place, seed, publicKey, bytes, count, opened, report)
            }
        }
    }

    private typealias Opening = (
        UnsafePointer<cpkcs11_address>?, UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<OpaquePointer?>?,
        UnsafeMutablePointer<cpkcs11_report>?
    ) -> cpkcs11_outcome

    private init(
        module: String, address: TokenAddress, pin: SignerSecret?, opening open: Opening
    ) throws(Failure) {
        self.module = module
        self.address = address
        var opened: OpaquePointer?
        var report = cpkcs11_report()
        let outcome = withAddress(module, address) { place in
            withSecret(pin) { bytes, count in open(place, bytes, count, &opened, &report) }
        }
        guard outcome == CPKCS11_OK, let opened else {
            throw tokenFailure(outcome, text(of: report), module: module, address: address)
        }
        key = opened
        switch cpkcs11_key_kind(opened) {
        case CPKCS11_RSA: kind = .rsa
        case CPKCS11_EC: kind = .ec
        default: kind = .ed25519
        }
        publicKey = cpkcs11_ed25519_public(opened).map { Array(UnsafeBufferPointer(start: $0, count: 32)) }
        // Public half and private half are two objects of the token: that they belong together must be shown, with
        // words that no note or signature of the product begins with.
        if kind == .ed25519 { _ = try sign(Array("tamga token key check".utf8)) }
    }

    deinit {
        cpkcs11_close(key)
    }

    /// The place of the key, never its PIN.
    public var description: String { "token key \(address)" }

    /// Signs a message with an Ed25519 key: 64 bytes (RFC 8032).
    ///
    /// Every signature is checked before it is handed out: a fault in the token must not give a half signature away.
    /// - Throws: ``Problem/tokenKeyUnsuitable`` for another kind, ``Problem/tokenGone``, ``Problem/tokenFailed``.
    public func sign(_ message: [UInt8]) throws(Failure) -> [UInt8] {
        guard let publicKey else {
            throw Problem.tokenKeyUnsuitable(["key": address.keyText, "reason": "it is no Ed25519 key"])
        }
        var signature = [UInt8](repeating: 0, count: 64)
        var count = signature.count
        var report = cpkcs11_report()
        let outcome = cpkcs11_sign(key, message, message.count, &signature, &count, &report)
        guard outcome == CPKCS11_OK else {
            throw tokenFailure(outcome, text(of: report), module: module, address: address)
        }
        guard count == 64, ccms_ed25519_holds(publicKey, message, message.count, signature) == 1 else {
            throw tokenFailure(
                CPKCS11_FAILED, "the signature does not hold under the public key", module: module, address: address)
        }
        return signature
    }

    /// The certificates in the token that belong to the key, DER, one after another.
    func certificates() throws(Failure) -> [UInt8] {
        var all: [UInt8] = []
        for position in 0... {
            var der: UnsafeMutablePointer<UInt8>?
            var count = 0
            var report = cpkcs11_report()
            let outcome = cpkcs11_certificate(key, position, &der, &count, &report)
            if outcome == CPKCS11_CERTIFICATE_NOT_FOUND, position > 0 { break }
            guard outcome == CPKCS11_OK, let der else {
                throw tokenFailure(outcome, text(of: report), module: module, address: address)
            }
            all += UnsafeBufferPointer(start: der, count: count)
            free(der)
        }
        return all
    }

    /// What `ccms_sign_elsewhere` asks for. `data` is a digest or its DigestInfo.
    func signForCMS(
        _ data: UnsafePointer<UInt8>?, _ count: Int, _ signature: UnsafeMutablePointer<UInt8>?,
        _ size: UnsafeMutablePointer<Int>?, _ detail: UnsafeMutablePointer<CChar>?, _ room: Int
    ) -> Int32 {
        var report = cpkcs11_report()
        let outcome = cpkcs11_sign(key, data, count, signature, size, &report)
        if let detail, room > 0 {
            withUnsafeBytes(of: report) { source in
                let copied = min(room, source.count)
                UnsafeMutableRawPointer(detail).copyMemory(from: source.baseAddress!, byteCount: copied)
                detail[copied - 1] = 0
            }
        }
        return Int32(bitPattern: outcome.rawValue)
    }
}

private func withAddress<Result>(
    _ module: String, _ address: TokenAddress, _ body: (UnsafePointer<cpkcs11_address>) -> Result
) -> Result {
    module.withCString { module in
        withOptional(address.token) { token in
            withOptional(address.serial) { serial in
                withOptional(address.object) { object in
                    address.id.withUnsafeBufferPointer { id in
                        var place = cpkcs11_address(
                            module: module, token_label: token, token_serial: serial, key_label: object,
                            key_id: id.baseAddress, key_id_size: id.count)
                        return body(&place)
                    }
                }
            }
        }
    }
}

private func withOptional<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return text.withCString { body($0) }
}

private func text(of report: cpkcs11_report) -> String {
    withUnsafeBytes(of: report.detail) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// The catalogue's problem for what a token answered.
func tokenFailure(_ outcome: cpkcs11_outcome, _ detail: String, module: String, address: TokenAddress) -> Failure {
    let problem: Problem =
        switch outcome {
        case CPKCS11_MODULE_UNLOADABLE: .tokenModuleUnloadable
        case CPKCS11_MODULE_UNUSABLE: .tokenModuleUnusable
        case CPKCS11_TOKEN_NOT_FOUND: .tokenNotFound
        case CPKCS11_SEVERAL_TOKENS: .tokenAmbiguous
        case CPKCS11_PIN_NEEDED: .tokenPINNeeded
        case CPKCS11_PIN_WRONG: .tokenPINWrong
        case CPKCS11_PIN_LAST_TRY: .tokenPINLastTry
        case CPKCS11_PIN_LOCKED: .tokenPINLocked
        case CPKCS11_PIN_UNSET: .tokenPINUnset
        case CPKCS11_KEY_NOT_FOUND: .tokenKeyNotFound
        case CPKCS11_SEVERAL_KEYS: .tokenKeyAmbiguous
        case CPKCS11_KEY_UNSUITABLE: .tokenKeyUnsuitable
        case CPKCS11_PUBLIC_KEY_MISSING: .tokenPublicKeyMissing
        case CPKCS11_CERTIFICATE_NOT_FOUND: .tokenCertificateNotFound
        case CPKCS11_KEY_EXISTS: .tokenKeyExists
        case CPKCS11_MECHANISM_MISSING: .tokenMechanismMissing
        case CPKCS11_TOKEN_READ_ONLY: .tokenReadOnly
        case CPKCS11_TOKEN_GONE: .tokenGone
        default: .tokenFailed
        }
    return problem([
        "module": module, "token": address.tokenText, "key": address.keyText, "detail": detail,
        "reason": "its kind or its attributes do not allow it",
    ])
}

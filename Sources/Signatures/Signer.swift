import CCMS
import CPKCS11
public import Catalogue
import Glibc

/// The digest under a signature.
public enum SignerDigest: Int32, Sendable, Hashable, CaseIterable {
    case sha256 = 256
    case sha384 = 384
    case sha512 = 512
}

/// A key with its certificate, to sign documents with: from files, or from a PKCS #11 token.
///
/// The key must be RSA of 2048 to 8192 bits or EC on a named curve of 256 or more; the certificate in force and meant for
/// signing. Nothing is ever asked of a terminal. Safe on any thread; a token signs one thing at a time.
public struct Signer: Sendable {
    /// The signer's certificate.
    public let certificate: SignerCertificate
    private let handle: SignerHandle

    /// The most bytes of a key file.
    public static let keyFileLimit = 64 << 10
    /// The most bytes of a certificate file.
    public static let certificateFileLimit = 256 << 10

    /// Opens a PEM private key (PKCS #8, EC or RSA) and the PEM certificate that belongs to it; further certificates of
    /// the file go into signatures as the chain, in any order.
    ///
    /// - Throws: a problem `signing-…`: ``Problem/signingKeyFileOpen`` when a key without passphrase can be read by others.
    public init(keyFile: String, certificateFile: String, passphrase: SignerSecret? = nil) throws(Failure) {
        let key = try SignerSecret.reading(keyFile, limit: Self.keyFileLimit)
        let certificates = try SignerSecret.reading(certificateFile, limit: Self.certificateFileLimit).bytes
        var opened: OpaquePointer?
        var report = ccms_sign_report()
        var encrypted: Int32 = 0
        let outcome = key.bytes.withBytes { keyBytes in
            certificates.withBytes { certificateBytes in
                withSecret(passphrase) { secret, count in
                    ccms_signer_open(
                        keyBytes, key.bytes.count, certificateBytes, certificates.count, secret, count, &encrypted,
                        &opened, &report)
                }
            }
        }
        guard outcome == CCMS_SIGN_OK, let opened else {
            let isCertificate = outcome == CCMS_SIGN_CERTIFICATE_UNREADABLE
            throw signingFailure(outcome, report, file: isCertificate ? certificateFile : keyFile)
        }
        handle = SignerHandle(opened, token: nil)
        certificate = try SignerCertificate(of: opened)
        guard encrypted == 1 || !key.isOpen else { throw Problem.signingKeyFileOpen(["file": keyFile]) }
    }

    /// Signs with a key in a token. Without a certificate file the certificate is the token's own for this key.
    ///
    /// One signature over random bytes finds the certificate that belongs to the key: a token that asks for its PIN at
    /// every signature on a pad of its own asks for it here too.
    /// - Throws: a problem `key-token-…` or `signing-…`.
    public init(token: TokenKey, certificateFile: String? = nil) throws(Failure) {
        guard token.kind != .ed25519 else {
            throw Problem.tokenKeyUnsuitable([
                "key": token.address.keyText, "reason": "documents are signed with RSA or EC, not Ed25519",
            ])
        }
        var opened: OpaquePointer?
        var report = ccms_sign_report()
        let outcome: ccms_sign_outcome
        let context = Unmanaged.passUnretained(token).toOpaque()
        let isRSA: Int32 = token.kind == .rsa ? 1 : 0
        if let certificateFile {
            let bytes = try SignerSecret.reading(certificateFile, limit: Self.certificateFileLimit).bytes
            outcome = bytes.withBytes {
                ccms_signer_open_elsewhere(isRSA, signInToken, context, $0, bytes.count, &opened, &report)
            }
        } else {
            let bytes = try token.certificates()
            outcome = ccms_signer_open_elsewhere(
                isRSA, signInToken, context, bytes, bytes.count, &opened, &report)
        }
        guard outcome == CCMS_SIGN_OK, let opened else {
            throw signingFailure(outcome, report, file: certificateFile ?? token.address.description, token: token)
        }
        handle = SignerHandle(opened, token: token)
        certificate = try SignerCertificate(of: opened)
    }

    /// A detached CAdES-B signature over `content` (EN 319 122-1), DER: with the certificate, its chain, the signing time by
    /// this computer's clock, and signingCertificateV2.
    ///
    /// The signature is checked with the certificate before it is handed out.
    /// - Throws: a problem `signing-…` or `key-token-…`; the certificate may have expired since it was opened.
    public func sign(_ content: [UInt8], digest: SignerDigest = .sha256) throws(Failure) -> [UInt8] {
        try make { ccms_sign(handle.signer, content, content.count, digest.rawValue, $0, $1, $2) }
    }

    /// Signs a challenge with the key alone: RSA PKCS #1 v1.5, or ECDSA in DER.
    ///
    /// The caller gives the challenge a text of its own to begin with, such as its purpose and origin.
    /// - Throws: ``Problem/signingContentRefused`` for bytes that begin like DER (they could be another signature's), or a
    ///   problem `signing-…` or `key-token-…`.
    public func signChallenge(_ challenge: [UInt8], digest: SignerDigest = .sha256) throws(Failure) -> [UInt8] {
        try make { ccms_sign_raw(handle.signer, challenge, challenge.count, digest.rawValue, $0, $1, $2) }
    }

    private func make(_ body: Making) throws(Failure) -> [UInt8] { try made(token: handle.token, body) }
}

/// The certificate with which a ``Signer`` signs.
public struct SignerCertificate: Sendable, Hashable {
    /// The certificate in DER.
    public let der: [UInt8]
    /// Its subject in RFC 2253 order.
    public let subject: String
    /// From when to when it is valid, Unix seconds.
    public let notBefore, notAfter: Int64

    init(of signer: OpaquePointer) throws(Failure) {
        var name = [CChar](repeating: 0, count: 512)
        var before: Int64 = 0
        var after: Int64 = 0
        ccms_signer_describe(signer, &name, name.count, &before, &after)
        der = try made(token: nil) { bytes, count, _ in ccms_signer_certificate(signer, bytes, count) }
        subject = text(of: name)
        notBefore = before
        notAfter = after
    }
}

/// Owns the C side of a signer, and the token that it calls.
///
/// `@unchecked Sendable`: the pointer is only read after it was opened.
private final class SignerHandle: @unchecked Sendable {
    let signer: OpaquePointer
    let token: TokenKey?

    init(_ signer: OpaquePointer, token: TokenKey?) {
        self.signer = signer
        self.token = token
    }

    deinit {
        ccms_signer_free(signer)
    }
}

/// `context` is the `TokenKey`, which the signer's handle keeps.
private let signInToken: ccms_sign_elsewhere = { context, data, count, signature, size, detail, room in
    guard let context else { return Int32(bitPattern: CPKCS11_FAILED.rawValue) }
    return Unmanaged<TokenKey>.fromOpaque(context).takeUnretainedValue()
        .signForCMS(data, count, signature, size, detail, room)
}

typealias Making = (
    UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<Int>,
    UnsafeMutablePointer<ccms_sign_report>
) -> ccms_sign_outcome

/// The bytes that a C function made with malloc.
func made(token: TokenKey?, _ body: Making) throws(Failure) -> [UInt8] {
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    var report = ccms_sign_report()
    let outcome = body(&bytes, &count, &report)
    guard outcome == CCMS_SIGN_OK, let bytes else { throw signingFailure(outcome, report, file: "", token: token) }
    defer { free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
}

private func signingFailure(
    _ outcome: ccms_sign_outcome, _ report: ccms_sign_report, file: String, token: TokenKey? = nil
) -> Failure {
    let detail = withUnsafeBytes(of: report.detail) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let subject = withUnsafeBytes(of: report.certificate) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if outcome == CCMS_SIGN_ELSEWHERE_FAILED, let token {
        let answer = cpkcs11_outcome(rawValue: UInt32(bitPattern: report.elsewhere))
        return tokenFailure(answer, detail, module: token.module, address: token.address)
    }
    let problem: Problem =
        switch outcome {
        case CCMS_SIGN_KEY_UNREADABLE: .signingKeyUnreadable
        case CCMS_SIGN_PASSPHRASE_NEEDED: .signingPassphraseNeeded
        case CCMS_SIGN_PASSPHRASE_WRONG: .signingPassphraseWrong
        case CCMS_SIGN_KEY_WEAK: .signingKeyWeak
        case CCMS_SIGN_KEY_UNSUITABLE: .signingKeyUnsuitable
        case CCMS_SIGN_CERTIFICATE_UNREADABLE: .signingCertificateUnreadable
        case CCMS_SIGN_CERTIFICATE_MISMATCH: .signingCertificateMismatch
        case CCMS_SIGN_CERTIFICATE_EXPIRED: .signingCertificateExpired
        case CCMS_SIGN_CERTIFICATE_NOT_YET_VALID: .signingCertificateNotYetValid
        case CCMS_SIGN_CERTIFICATE_USAGE: .signingCertificateUsage
        case CCMS_SIGN_CONTENT_REFUSED: .signingContentRefused
        case CCMS_SIGN_CMS_UNUSABLE: .timestampSignatureUnusable
        case CCMS_SIGN_TIMESTAMP_MALFORMED: .timestampMalformed
        case CCMS_SIGN_TIMESTAMP_REFUSED: .timestampRefused
        case CCMS_SIGN_TIMESTAMP_OTHER: .timestampForOther
        default: .signingFailed
        }
    return problem(["file": file, "certificate": subject, "detail": detail])
}

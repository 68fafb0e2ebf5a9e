import CCMS
import Catalogue

/// How much a signature's form promises.
public enum SignatureLevel: String, Sendable, Hashable, CaseIterable {
    /// A plain CMS signature (RFC 5652).
    case cms
    /// CAdES baseline B (EN 319 122-1): it names its certificate and its signing time under the signature.
    case cadesB = "cades-b"
}

/// A signature that holds.
public struct VerifiedSignature: Sendable, Hashable {
    public let level: SignatureLevel
    /// The signature itself in DER, whatever form it came in: what is to be kept.
    public let cms: [UInt8]
    /// The signer's certificate, DER.
    public let signerCertificate: [UInt8]
    /// SHA-256 of the certificate: 32 bytes.
    public let signerFingerprint: [UInt8]
    /// The certificate's subject in RFC 2253 order.
    public let subject: String
    /// The certificate's serial number, hexadecimal.
    public let serial: String
    /// When the signer says it signed, Unix seconds; `nil` when the signature doesn't say.
    public let signingTime: Int64?
    /// `sha256`, `sha384` or `sha512`.
    public let digestAlgorithm: String
}

/// What a detached signature was made over.
public enum SignedContent: Sendable {
    /// The content itself.
    case bytes([UInt8])
    /// Its SHA-256, 32 bytes, when the content is not at hand. Only a signature with SHA-256 can be checked so.
    case digest([UInt8])
}

/// Which signing times are plausible beside the time of checking, in seconds.
public struct SigningTimeWindow: Sendable, Hashable {
    /// How far a signing time may lie before the time of checking.
    public var before: Int64
    /// How far it may lie after, for clocks that differ.
    public var after: Int64

    public init(before: Int64 = 24 * 3600, after: Int64 = 300) {
        self.before = before
        self.after = after
    }

    /// A day back, five minutes ahead: for registration.
    public static let registration = SigningTimeWindow()
}

extension TrustStore {
    /// The most bytes of a CMS signature, DER or PEM.
    public static let signatureLimit = 64 << 10

    /// Checks a detached CMS signature: one signer, SHA-2, RSA of 2048 bits or a named EC curve of 256, certificate chain to a
    /// root of this store.
    ///
    /// The chain is judged at `at` (Unix seconds), which is the time of registration, also years later. With `requireCRL`
    /// every certificate of the chain needs a CRL that was current then: so at registration. Without, a CRL at hand of
    /// any age still refuses a certificate that it lists as revoked at or before `at`: so for checks later on, with CRLs of
    /// another day. Key usage, where stated, must include digital signature or non-repudiation; extended key usages are not
    /// looked at. CRLs inside the CMS are not trusted to be complete and not used.
    ///
    /// Cost: one public-key operation a certificate and CRL, about a millisecond. Safe on any thread.
    /// - Throws: ``SignatureFailure``, each reason with its own code.
    public func verify(
        cms: [UInt8], content: SignedContent, at unixSeconds: Int64, requireCRL: Bool = true,
        window: SigningTimeWindow = .registration
    ) throws(SignatureFailure) -> VerifiedSignature {
        guard cms.count <= Self.signatureLimit else {
            throw SignatureFailure(.tooLarge, ["size": "\(cms.count)", "limit": "\(Self.signatureLimit)"])
        }
        var result = ccms_result()
        defer { ccms_result_free(&result) }
        let crl: Int32 = requireCRL ? 1 : 0
        switch content {
        case .bytes(let bytes):
            ccms_verify(handle.trust, cms, cms.count, bytes, bytes.count, nil, unixSeconds, crl, &result)
        case .digest(let digest):
            guard digest.count == 32 else { throw SignatureFailure(.wrongContent) }
            ccms_verify(handle.trust, cms, cms.count, nil, 0, digest, unixSeconds, crl, &result)
        }
        guard result.outcome == CCMS_OK else {
            throw SignatureFailure(
                code(of: result.outcome),
                ["certificate": text(in: result.certificate), "detail": text(in: result.detail)])
        }
        let signingTime = result.has_signing_time == 1 ? result.signing_time : nil
        if let signingTime {
            try check(signingTime, beside: unixSeconds, notBefore: result.not_before, window)
        }
        return VerifiedSignature(
            level: result.names_certificate == 1 && signingTime != nil ? .cadesB : .cms,
            cms: Array(UnsafeBufferPointer(start: result.cms_der, count: result.cms_size)),
            signerCertificate: Array(
                UnsafeBufferPointer(start: result.certificate_der, count: result.certificate_size)),
            signerFingerprint: withUnsafeBytes(of: result.fingerprint) { Array($0) },
            subject: text(in: result.subject), serial: text(in: result.serial).lowercased(), signingTime: signingTime,
            digestAlgorithm: "sha\(result.digest_bits)")
    }

    private func check(
        _ signed: Int64, beside now: Int64, notBefore: Int64, _ window: SigningTimeWindow
    ) throws(SignatureFailure) {
        // Saturating: the signing time is the signer's, `now` may be any number.
        let latest = now.addingReportingOverflow(window.after)
        let earliest = now.subtractingReportingOverflow(window.before)
        let late = !latest.overflow && signed > latest.partialValue
        let early = !earliest.overflow && signed < earliest.partialValue
        guard !late, !early, signed >= notBefore else {
            throw SignatureFailure(
                .signingTimeImplausible, ["signed": utcText(signed), "now": utcText(now)])
        }
    }
}

/// The text of a fixed C array, up to its zero byte.
private func text<Buffer>(in buffer: Buffer) -> String {
    withUnsafeBytes(of: buffer) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

private func code(of outcome: ccms_outcome) -> SignatureFailure.Code {
    switch outcome {
    case CCMS_NO_SIGNER: .noSigner
    case CCMS_SEVERAL_SIGNERS: .severalSigners
    case CCMS_EMBEDDED_CONTENT: .embeddedContent
    case CCMS_NO_SIGNED_ATTRIBUTES: .noSignedAttributes
    case CCMS_NO_CERTIFICATE: .noCertificate
    case CCMS_WEAK_DIGEST: .weakDigest
    case CCMS_WEAK_KEY: .weakKey
    case CCMS_WRONG_CONTENT: .wrongContent
    case CCMS_BAD_SIGNATURE: .badSignature
    case CCMS_WRONG_SIGNING_CERTIFICATE: .wrongSigningCertificate
    case CCMS_WRONG_KEY_USAGE: .wrongKeyUsage
    case CCMS_UNTRUSTED_ROOT: .untrustedRoot
    case CCMS_INTERMEDIATE_MISSING: .intermediateMissing
    case CCMS_EXPIRED: .expired
    case CCMS_NOT_YET_VALID: .notYetValid
    case CCMS_REVOKED: .revoked
    case CCMS_CRL_MISSING: .crlMissing
    case CCMS_CRL_OUT_OF_DATE: .crlOutOfDate
    case CCMS_CHAIN_INVALID: .chainInvalid
    case CCMS_OUT_OF_MEMORY: .outOfMemory
    default: .malformed
    }
}

/// `yyyy-MM-dd HH:mm:ss UTC`.
private func utcText(_ seconds: Int64) -> String {
    let second = ((seconds % 86_400) + 86_400) % 86_400
    // Days to civil date, Howard Hinnant's algorithm; years beyond six digits don't come out of a certificate.
    let days = (max(-1 << 40, min(1 << 40, seconds)) - (second % 86_400)) / 86_400 + 719_468
    let era = (days >= 0 ? days : days - 146_096) / 146_097
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shifted + 2) / 5 + 1
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(year)-\(two(month))-\(two(day)) \(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) UTC"
}

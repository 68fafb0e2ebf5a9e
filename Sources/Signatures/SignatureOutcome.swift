import CCMS

/// The code under which an outcome of the C side is told.
func code(of outcome: ccms_outcome) -> SignatureFailure.Code {
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
    case CCMS_CRL_UNUSABLE: .crlUnusable
    case CCMS_REVOCATION_WEAK: .revocationWeak
    case CCMS_REVOCATION_TOO_LATE: .revocationTooLate
    case CCMS_OCSP_UNKNOWN: .ocspUnknown
    case CCMS_OCSP_OUT_OF_DATE: .ocspOutOfDate
    case CCMS_OCSP_UNUSABLE: .ocspUnusable
    case CCMS_TIMESTAMP_INVALID: .timestampInvalid
    case CCMS_TIMESTAMP_WEAK: .timestampWeak
    case CCMS_TIMESTAMP_UNTRUSTED: .timestampUntrusted
    case CCMS_TIMESTAMP_REVOKED: .timestampRevoked
    case CCMS_TIMESTAMP_FUTURE: .timestampFuture
    default: .malformed
    }
}

/// The text of a fixed C array, up to its zero byte.
func text<Buffer>(in buffer: Buffer) -> String {
    withUnsafeBytes(of: buffer) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// `yyyy-MM-dd HH:mm:ss UTC`.
func utcText(_ seconds: Int64) -> String {
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

/// How much a signature's form promises.
public enum SignatureLevel: String, Sendable, Hashable, CaseIterable {
    /// A plain CMS signature (RFC 5652).
    case cms
    /// CAdES baseline B (EN 319 122-1): it names its certificate and its signing time under the signature.
    case cadesB = "cades-b"
    /// CAdES baseline T: the same with a verified timestamp over the signature.
    case cadesT = "cades-t"
    /// PAdES baseline B (EN 319 142-1): inside a PDF, it names its certificate.
    case padesB = "pades-b"
    /// PAdES baseline T: the same with a verified timestamp over the signature.
    case padesT = "pades-t"
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
    /// Whether a signingCertificateV2 attribute names the signer's certificate under the signature.
    public let namesCertificate: Bool
    /// The time at which the signer's chain was judged, Unix seconds: that of the timestamp, else the time of checking.
    public let trustedTime: Int64
    /// The timestamp over the signature, verified; `nil` when it carries none.
    public let timestamp: SignatureTimestamp?
    /// The certificates, DER: the signer's first, the root last.
    public let chain: [[UInt8]]
    /// What told that the certificates were not revoked: at most one for each certificate but the root.
    public let revocation: [RevocationDatum]
    /// Whether `revocation` has a datum for every certificate but the root: always so where it was required.
    public let revocationChecked: Bool

    /// Everything beside the signature that a later check needs when it knows no more than the roots: certificates and
    /// revocation data, DER, each once. What ``TrustStore/verify(cms:content:at:mode:material:window:)`` takes as material.
    public var material: [[UInt8]] {
        var known: Set<[UInt8]> = []
        let certificates = chain.dropFirst().dropLast() + (timestamp?.chain.dropLast() ?? [])
        let data = (revocation + (timestamp?.revocation ?? [])).map(\.der)
        return (certificates + data).filter { known.insert($0).inserted }
    }
}

/// A timestamp (RFC 3161) over a signature's value.
public struct SignatureTimestamp: Sendable, Hashable {
    /// When the authority saw the signature, Unix seconds; fractions are dropped.
    public let genTime: Int64
    /// The subject of the authority's certificate in RFC 2253 order.
    public let authority: String
    /// The certificates, DER: the authority's first, the root last.
    public let chain: [[UInt8]]
    /// Revocation data at hand for that chain that were current at the time of checking.
    public let revocation: [RevocationDatum]
}

/// A CRL or OCSP response that told of a certificate.
public struct RevocationDatum: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case crl, ocsp
    }

    /// Which certificate: its position in the chain, 0 is the signer's.
    public let certificate: Int
    public let kind: Kind
    /// The CRL or OCSP response as it was received, DER.
    public let der: [UInt8]
    /// SHA-256 of `der`: 32 bytes.
    public let sha256: [UInt8]
    /// Unix seconds.
    public let thisUpdate: Int64
    /// Unix seconds; `nil` when an OCSP response doesn't say.
    public let nextUpdate: Int64?
}

/// Whether revocation data must be there.
public enum RevocationMode: Sendable, Hashable {
    /// Every certificate but the root needs a CRL or OCSP response that is current at the time of checking: at registration.
    case required
    /// Nothing needs to be there, but what is there and says revoked at or before the trusted time refuses: later on.
    case atHand
}

public import Catalogue
public import LedgerMerkle
public import Signatures

/// What a notary's signature covers.
public enum SignedScope: String, Sendable, Hashable {
    /// The act statement: document, type, parties and all else.
    case statement
    /// The document alone: the act data are not signed.
    case document
    /// The document, which is a PDF that has the signature inside: the act data are not signed.
    case pdf
}

/// What a signature inside a PDF covers: the whole file but itself.
public struct CoveredPDF: Sendable, Hashable {
    /// The file's ByteRange: four whole numbers, such as `0 1200 9394 880`.
    public let ranges: String
    /// The digest of those bytes under the signature's algorithm, hexadecimal: 64, 96 or 128 digits.
    public let digest: String

    init(ranges: String, digest: String) {
        self.ranges = ranges
        self.digest = digest
    }

    /// - Parameter algorithm: that of the signature.
    public init(_ pdf: SignedPDF, algorithm: SignerDigest) throws(Failure) {
        ranges = pdf.signedRanges.map { "\($0.lowerBound) \($0.count)" }.joined(separator: " ")
        digest = hexadecimal(try pdf.signedDigest(algorithm))
    }

    var bytes: [UInt8] { parseHexadecimal(digest) ?? [] }

    init(_ reader: RecordReader) throws(Failure) {
        ranges = try reader.text("ranges")
        let numbers = ranges.split(separator: " ", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 4, numbers[0] == 0, numbers.allSatisfy({ ($0 ?? -1) >= 0 }),
            numbers.map({ "\($0 ?? 0)" }).joined(separator: " ") == ranges
        else { throw RecordReader.invalid("ranges") }
        digest = try reader.text("covered")
        guard let bytes = parseHexadecimal(digest), [32, 48, 64].contains(bytes.count), hexadecimal(bytes) == digest
        else {
            throw RecordReader.invalid("covered")
        }
    }
}

/// A notary's signature as a record names it: the CMS file itself travels beside the record.
public struct ActSignature: Sendable, Hashable {
    public let scope: SignedScope
    public let level: SignatureLevel
    /// SHA-256 of the CMS file in DER.
    public let cms: Digest
    /// SHA-256 of the signer's certificate in DER.
    public let certificate: Digest

    /// What it covers; there exactly for a signature inside a PDF.
    public let pdf: CoveredPDF?
    /// When the signer says it signed.
    public let signingTime: ActTime?
    /// The time of a verified timestamp over the signature.
    public let timestamp: ActTime?

    /// The CRLs and OCSP responses that told, at registration, that no certificate was revoked: `crl` or `ocsp`, a space and the SHA-256 in
    /// hexadecimal, one for each certificate from the signer's on, at most 20. Those that are not too large travel with the evidence.
    public let revocation: [String]

    public init(
        scope: SignedScope, level: SignatureLevel, cms: Digest, certificate: Digest, pdf: CoveredPDF? = nil,
        signingTime: ActTime? = nil, timestamp: ActTime? = nil, revocation: [String] = []
    ) {
        self.revocation = revocation
        self.pdf = pdf
        self.signingTime = signingTime
        self.timestamp = timestamp
        self.scope = scope
        self.level = level
        self.cms = cms
        self.certificate = certificate
    }

    /// From a signature that was verified.
    public init(scope: SignedScope, _ verified: VerifiedSignature, pdf: CoveredPDF? = nil) {
        func time(_ seconds: Int64?) -> ActTime? {
            seconds.flatMap { UInt64(exactly: $0) }.map { ActTime(unixMilliseconds: $0 * 1000) }
        }
        // A verified signature's fingerprint always has 32 bytes.
        self.init(
            scope: scope, level: verified.level(inPDF: scope == .pdf), cms: SHA256.hash(verified.cms),
            certificate: Digest(verified.signerFingerprint) ?? SHA256.hash(verified.signerCertificate), pdf: pdf,
            signingTime: time(verified.signingTime), timestamp: time(verified.timestamp?.genTime),
            revocation: verified.revocation.map { "\($0.kind.rawValue) \(hexadecimal($0.sha256))" })
    }

    init(_ reader: RecordReader) throws(Failure) {
        let scope: SignedScope = try reader.choice("signed")
        self.init(
            scope: scope, level: try reader.choice("level"), cms: try reader.digest("signature"),
            certificate: try reader.digest("certificate"), pdf: scope == .pdf ? try CoveredPDF(reader) : nil,
            signingTime: try reader.time("signingtime"), timestamp: try reader.time("timestamp"),
            revocation: try ActSignature.revocation(reader))
    }

    private static func revocation(_ reader: RecordReader) throws(Failure) -> [String] {
        guard let text = reader.optional("revocation") else { return [] }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let isWhole =
            lines.count <= 20
            && lines.allSatisfy { line in
                let parts = line.split(separator: " ", omittingEmptySubsequences: false)
                return parts.count == 2 && ["crl", "ocsp"].contains(parts[0])
                    && Digest(hexadecimal: parts[1])?.description == String(parts[1])
            }
        guard isWhole else { throw RecordReader.invalid("revocation") }
        return lines
    }

    var fields: [String: String] {
        var fields = [
            "signed": scope.rawValue, "level": level.rawValue, "signature": cms.description,
            "certificate": certificate.description,
        ]
        fields["ranges"] = pdf?.ranges
        fields["covered"] = pdf?.digest
        fields["signingtime"] = signingTime?.description
        fields["timestamp"] = timestamp?.description
        fields["revocation"] = revocation.isEmpty ? nil : revocation.joined(separator: "\n")
        return fields
    }
}

extension VerifiedSignature {
    /// The level of the signature where it was found.
    func level(inPDF: Bool) -> SignatureLevel {
        guard inPDF else { return level }
        guard namesCertificate else { return .cms }
        return timestamp == nil ? .padesB : .padesT
    }

    /// The algorithm of its digest.
    public var digest: SignerDigest { SignerDigest.allCases.first { "\($0)" == digestAlgorithm } ?? .sha256 }
}

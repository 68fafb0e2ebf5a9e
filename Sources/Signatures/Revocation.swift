import CCMS
import Catalogue
import Glibc

/// A certificate of a signature's chain for which no current CRL or OCSP response is at hand.
public struct RevocationNeed: Sendable, Hashable {
    /// Its position in the chain, 0 is the signer's.
    public let position: Int
    /// DER.
    public let certificate: [UInt8]
    /// In RFC 2253 order.
    public let subject: String
    /// The issuer's certificate, DER.
    public let issuer: [UInt8]
    /// In RFC 2253 order.
    public let issuerSubject: String
    /// SHA-256 of the issuer's certificate: 32 bytes.
    public let issuerFingerprint: [UInt8]

    /// An OCSP request (RFC 6960) for the certificate, DER: to be sent as `application/ocsp-request`.
    ///
    /// Without a nonce, as responders that sign ahead want it (RFC 5019); the answer's times tell its freshness.
    /// - Throws: ``SignatureFailure/Code/ocspRequestImpossible``.
    public func ocspRequest() throws(SignatureFailure) -> [UInt8] {
        try TrustStore.ocspRequest(certificate: certificate, issuer: issuer)
    }
}

extension TrustStore {
    /// Which certificates of a signature's chain lack a CRL or OCSP response that is current at `at`; not the root.
    ///
    /// The signature, its timestamp and the chain are checked as in `verify`; the content is not, and nothing is said of
    /// who is revoked. Cost: as a first `verify`.
    /// - Throws: ``SignatureFailure``, when the signature or its chain does not hold anyway.
    public func revocationNeeds(
        cms: [UInt8], at unixSeconds: Int64, material: [[UInt8]] = []
    ) throws(SignatureFailure) -> [RevocationNeed] {
        try Self.checkLimits(cms, material)
        var result = ccms_result()
        defer { ccms_result_free(&result) }
        withRules(unixSeconds, .atHand, material) { rules in
            ccms_chain_of(handle.trust, cms, cms.count, &rules, &result)
        }
        try Self.refuse(result)
        guard let evidence = result.chain else { return [] }
        let chain = handle.chain(of: evidence)
        let covered = Set(handle.revocation(of: evidence).map(\.certificate))
        return chain.indices.dropLast().filter { !covered.contains($0) }.map { position in
            let issuer = RevocationObject.read(chain[position + 1])
            return RevocationNeed(
                position: position, certificate: chain[position],
                subject: RevocationObject.read(chain[position])?.name ?? "", issuer: chain[position + 1],
                issuerSubject: issuer?.name ?? "", issuerFingerprint: issuer?.sha256 ?? [])
        }
    }

    /// An OCSP request for a certificate, both DER.
    /// - Throws: ``SignatureFailure/Code/ocspRequestImpossible`` when one cannot be read or `issuer` did not issue it.
    public static func ocspRequest(
        certificate: [UInt8], issuer: [UInt8]
    ) throws(SignatureFailure) -> [UInt8] {
        var request: UnsafeMutablePointer<UInt8>?
        var size = 0
        let outcome = ccms_ocsp_request(certificate, certificate.count, issuer, issuer.count, &request, &size)
        defer { free(request) }
        guard outcome == CCMS_OK else {
            throw SignatureFailure(outcome == CCMS_OUT_OF_MEMORY ? .outOfMemory : .ocspRequestImpossible)
        }
        return Array(UnsafeBufferPointer(start: request, count: size))
    }

    /// What a fetched CRL or OCSP response says of itself; `nil` when it is no such thing.
    ///
    /// For a fetcher: whether an answer is worth keeping, and when to ask again.
    public func inspect(_ bytes: [UInt8]) -> RevocationObject? {
        RevocationObject.read(bytes, handle)
    }

    func withRules<Result>(
        _ at: Int64, _ mode: RevocationMode, _ material: [[UInt8]], _ body: (inout ccms_rules) -> Result
    ) -> Result {
        withBytes(of: material) { pointers in
            var rules = ccms_rules(
                at: at, require_revocation: mode == .required ? 1 : 0, material: pointers.baseAddress,
                material_count: pointers.count)
            return body(&rules)
        }
    }
}

/// What a certificate, CRL or OCSP response says of itself. None of it is verified but ``signedByTrust``.
public struct RevocationObject: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case certificate, crl
        /// With its status (RFC 6960 section 4.2.1): only 0, successful, holds an answer.
        case ocsp(status: Int)
    }

    public let kind: Kind
    /// SHA-256 of the DER: 32 bytes.
    public let sha256: [UInt8]
    /// A certificate's subject, a CRL's issuer; empty of an OCSP response.
    public let name: String
    /// thisUpdate, or a certificate's notBefore: Unix seconds.
    public let from: Int64
    /// nextUpdate, or a certificate's notAfter: Unix seconds.
    public let until: Int64?
    /// Of a CRL: whether a CA of the trust store signed it and its form lets it serve.
    public let signedByTrust: Bool

    static func read(_ bytes: [UInt8], _ handle: TrustHandle? = nil) -> RevocationObject? {
        var object = ccms_object()
        guard ccms_read_object(handle?.trust, bytes, bytes.count, &object) == CCMS_OK else { return nil }
        let kind: Kind =
            switch object.kind {
            case CCMS_OBJECT_CERTIFICATE: .certificate
            case CCMS_OBJECT_CRL: .crl
            default: .ocsp(status: Int(object.ocsp_status))
            }
        return RevocationObject(
            kind: kind, sha256: withUnsafeBytes(of: object.sha256) { Array($0) }, name: text(in: object.name),
            from: object.from, until: object.has_until == 1 ? object.until : nil,
            signedByTrust: object.signed_by_trust == 1)
    }
}

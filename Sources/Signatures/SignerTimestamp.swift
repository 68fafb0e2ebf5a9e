import CCMS
public import Catalogue

/// A request for an RFC 3161 timestamp on a signature, which makes CAdES-B a CAdES-T.
///
/// Sending it is the caller's: POST `der` as `application/timestamp-query` to the authority, and give its answer to
/// ``adding(_:)``.
public struct SignatureTimestampRequest: Sendable, Hashable {
    /// The signature, DER.
    public let cms: [UInt8]
    /// The TimeStampReq: SHA-256 of the signature value, a random nonce, certificates asked for.
    public let der: [UInt8]

    /// - Throws: ``Problem/timestampSignatureUnusable`` unless `cms` has one signer whose signature holds.
    public init(for cms: [UInt8]) throws(Failure) {
        self.cms = cms
        der = try made(token: nil) { ccms_timestamp_request(cms, cms.count, $0, $1, $2) }
    }

    /// A request that was made before, for the answer that came meanwhile.
    public init(cms: [UInt8], der: [UInt8]) {
        self.cms = cms
        self.der = der
    }

    /// The signature with the token of a TimeStampResp as unsigned attribute, DER.
    ///
    /// The token must answer this request and bear a sound signature; whether its authority is to be trusted is judged
    /// where the signature is verified.
    /// - Throws: ``Problem/timestampMalformed``, ``Problem/timestampRefused``, ``Problem/timestampForOther``.
    public func adding(_ response: [UInt8]) throws(Failure) -> [UInt8] {
        try made(token: nil) {
            ccms_timestamp_add(cms, cms.count, der, der.count, response, response.count, $0, $1, $2)
        }
    }
}

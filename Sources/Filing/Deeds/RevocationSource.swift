/// Gets what tells whether certificates were revoked, from where the operator of the trust folder says.
public protocol RevocationSource: Sendable {
    /// OCSP responses, DER, about the chain of a signature: material for `TrustStore.verify`.
    ///
    /// To be called before each check at registration, and before ``TrustKeeper/current`` is read: lists that are fetched meanwhile come in a new
    /// store. It does not fail: without what could not be had the check itself refuses, and says what is missing.
    ///
    /// - Parameters:
    ///   - cms: the signature, DER or PEM.
    ///   - unixSeconds: the time of registration.
    func material(for cms: [UInt8], at unixSeconds: Int64) async -> [[UInt8]]
}

/// Where nothing may be fetched: the lists of the trust folder are all there is.
public struct NoRevocationSource: RevocationSource {
    public init() {}

    public func material(for cms: [UInt8], at unixSeconds: Int64) async -> [[UInt8]] { [] }
}

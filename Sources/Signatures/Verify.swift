import CCMS
import Catalogue

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
    /// The most pieces of material for one check.
    public static let materialLimit = 100
    /// The most bytes of all the material of one check.
    public static let materialSizeLimit = 64 << 20

    /// Checks a detached CMS signature: one signer, SHA-2, RSA of 2048 bits or a named EC curve of 256, certificate chain to a
    /// root of this store, and the timestamp over the signature if it carries one (RFC 3161, under a root of this store).
    ///
    /// `at` (Unix seconds) is the time of registration, also years later. The chain is judged at the *trusted time*: that of the
    /// timestamp, else `at`. A CRL or OCSP response, of the store or in `material`, that says revoked at or before the trusted
    /// time refuses, whatever its age; under ``RevocationMode/required`` every certificate but the root also needs one that is
    /// current at `at` (five minutes of clock difference; an OCSP response without nextUpdate serves a day).
    ///
    /// Key usage, where stated, must include digital signature or non-repudiation; extended key usages, where stated, must be more
    /// than servers, clients, code, timestamps and OCSP. Certificates in the signature help to build the chain; CRLs in it are
    /// not used: give them as material if they shall be.
    ///
    /// - Parameter material: certificates, CRLs and OCSP responses, DER: untrusted carriers, each of which counts only by
    ///   its own signature. What is none of these is passed over. At most ``materialLimit`` pieces.
    /// - Complexity: the signer's public-key operation, and that of a timestamp; a chain met for the first time costs one more
    ///   for each certificate, CRL and OCSP response. Safe on any thread.
    /// - Throws: ``SignatureFailure``, each reason with its own code.
    public func verify(
        cms: [UInt8], content: SignedContent, at unixSeconds: Int64, mode: RevocationMode = .required,
        material: [[UInt8]] = [], window: SigningTimeWindow = .registration
    ) throws(SignatureFailure) -> VerifiedSignature {
        try Self.checkLimits(cms, material)
        var result = ccms_result()
        defer { ccms_result_free(&result) }
        let checked: Void? = content.withContent { content in
            withRules(unixSeconds, mode, material) { rules in
                ccms_verify(handle.trust, cms, cms.count, &content, &rules, &result)
            }
        }
        guard checked != nil else { throw SignatureFailure(.wrongContent) }
        try Self.refuse(result)
        let signingTime = result.has_signing_time == 1 ? result.signing_time : nil
        if let signingTime {
            try check(signingTime, beside: result.trusted_time, notBefore: result.not_before, window)
        }
        return verified(result, signingTime: signingTime)
    }

    /// The same with a CRL or OCSP response required (``RevocationMode/required``) or not (``RevocationMode/atHand``).
    public func verify(
        cms: [UInt8], content: SignedContent, at unixSeconds: Int64, requireCRL: Bool,
        window: SigningTimeWindow = .registration
    ) throws(SignatureFailure) -> VerifiedSignature {
        try verify(
            cms: cms, content: content, at: unixSeconds, mode: requireCRL ? .required : .atHand, window: window)
    }

    static func checkLimits(_ cms: [UInt8], _ material: [[UInt8]]) throws(SignatureFailure) {
        guard cms.count <= signatureLimit else {
            throw SignatureFailure(.tooLarge, ["size": "\(cms.count)", "limit": "\(signatureLimit)"])
        }
        let size = material.reduce(0) { $0 + $1.count }
        guard material.count <= materialLimit, size <= materialSizeLimit else {
            throw SignatureFailure(.materialTooLarge, ["count": "\(material.count)", "size": "\(size)"])
        }
    }

    static func refuse(_ result: ccms_result) throws(SignatureFailure) {
        guard result.outcome == CCMS_OK else {
            let ofFuture = result.outcome == CCMS_TIMESTAMP_FUTURE
            let detail = ofFuture ? utcText(result.timestamp_time) : text(in: result.detail)
            throw SignatureFailure(
                code(of: result.outcome), ["certificate": text(in: result.certificate), "detail": detail])
        }
    }

    private func verified(_ result: ccms_result, signingTime: Int64?) -> VerifiedSignature {
        let timestamp = result.timestamp_chain.map { chain in
            SignatureTimestamp(
                genTime: result.timestamp_time, authority: text(in: result.timestamp_authority),
                chain: handle.chain(of: chain), revocation: handle.revocation(of: chain))
        }
        let names = result.names_certificate == 1
        let level: SignatureLevel =
            switch (names, timestamp, signingTime) {
            case (true, .some, _): .cadesT
            case (true, nil, .some): .cadesB
            default: .cms
            }
        return VerifiedSignature(
            level: level, cms: Array(UnsafeBufferPointer(start: result.cms_der, count: result.cms_size)),
            signerCertificate: Array(
                UnsafeBufferPointer(start: result.certificate_der, count: result.certificate_size)),
            signerFingerprint: withUnsafeBytes(of: result.fingerprint) { Array($0) },
            subject: text(in: result.subject), serial: text(in: result.serial).lowercased(), signingTime: signingTime,
            digestAlgorithm: "sha\(result.digest_bits)", namesCertificate: names, trustedTime: result.trusted_time,
            timestamp: timestamp, chain: handle.chain(of: result.chain),
            revocation: handle.revocation(of: result.chain),
            revocationChecked: ccms_evidence_complete(result.chain) == 1)
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

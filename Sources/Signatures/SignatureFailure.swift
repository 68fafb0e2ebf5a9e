public import Catalogue

/// Why a signature is refused: each reason has a code of its own.
public struct SignatureFailure: Error, Sendable, CustomStringConvertible {
    /// The reason. Compare with the constants; later versions may add some.
    public struct Code: Sendable, Hashable {
        /// The problem of the catalogue that tells people.
        public let problem: Problem

        init(_ problem: Problem) {
            self.problem = problem
        }

        public static let malformed = Code(.signatureMalformed)
        public static let tooLarge = Code(.signatureTooLarge)
        public static let noSigner = Code(.signatureWithoutSigner)
        public static let severalSigners = Code(.signatureOfSeveral)
        public static let embeddedContent = Code(.signatureEmbedsContent)
        public static let noSignedAttributes = Code(.signatureWithoutAttributes)
        public static let noCertificate = Code(.signatureWithoutCertificate)
        public static let wrongContent = Code(.signatureOverOtherContent)
        public static let badSignature = Code(.signatureBroken)
        public static let wrongSigningCertificate = Code(.signatureNamesOtherCertificate)
        public static let weakDigest = Code(.signatureDigestWeak)
        public static let weakKey = Code(.signatureKeyWeak)
        public static let wrongKeyUsage = Code(.signerUsageWrong)
        public static let untrustedRoot = Code(.signerRootUnknown)
        public static let intermediateMissing = Code(.signerIssuerMissing)
        public static let expired = Code(.signerExpired)
        public static let notYetValid = Code(.signerNotYetValid)
        public static let revoked = Code(.signerRevoked)
        public static let crlMissing = Code(.crlMissing)
        public static let crlOutOfDate = Code(.crlOutOfDate)
        public static let chainInvalid = Code(.chainInvalid)
        public static let signingTimeImplausible = Code(.signingTimeImplausible)
        public static let crlUnusable = Code(.crlUnusable)
        public static let ocspUnknown = Code(.ocspUnknown)
        public static let ocspOutOfDate = Code(.ocspOutOfDate)
        public static let ocspUnusable = Code(.ocspUnusable)
        public static let revocationWeak = Code(.revocationWeak)
        public static let revocationTooLate = Code(.revocationTooLate)
        public static let timestampInvalid = Code(.timestampInvalid)
        public static let timestampWeak = Code(.timestampWeak)
        public static let timestampUntrusted = Code(.timestampUntrusted)
        public static let timestampRevoked = Code(.timestampRevoked)
        public static let timestampFuture = Code(.timestampFuture)
        public static let materialTooLarge = Code(.materialTooLarge)
        public static let ocspRequestImpossible = Code(.ocspRequestImpossible)
        public static let outOfMemory = Code(.signatureCheckFailed)

        /// Whether the signature itself holds and only its certificate is not trusted, or no longer, or not yet.
        public var isAboutTrust: Bool {
            let ofTrust: Set<Code> = [
                .untrustedRoot, .intermediateMissing, .expired, .notYetValid, .revoked, .crlMissing, .crlOutOfDate,
                .chainInvalid, .ocspUnknown, .timestampUntrusted, .timestampRevoked,
            ]
            return ofTrust.contains(self) || isAboutRevocationData
        }

        /// Whether only current revocation data are missing: with them as material the same check may succeed.
        public var isAboutRevocationData: Bool {
            let ofData: Set<Code> = [
                .crlMissing, .crlOutOfDate, .crlUnusable, .ocspOutOfDate, .ocspUnusable, .revocationWeak,
                .revocationTooLate,
            ]
            return ofData.contains(self)
        }
    }

    public let code: Code
    /// The failure as the catalogue words it, with the certificate at fault.
    public let failure: Failure

    init(_ code: Code, _ details: [String: String] = [:]) {
        self.code = code
        failure = code.problem(details)
    }

    public var description: String { failure.description }
}

extension SignatureFailure: Equatable {
    /// Two failures are equal when their reasons are.
    public static func == (a: SignatureFailure, b: SignatureFailure) -> Bool { a.code == b.code }
}

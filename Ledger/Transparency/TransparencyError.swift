/// Why a note, key, checkpoint, policy or proof file is refused.
///
/// Two errors are equal when their codes are.
public struct TransparencyError: Error, Sendable, CustomStringConvertible {
    /// What went wrong; more may be added, so a `switch` needs a default.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The bytes do not follow the format.
        public static let malformed = Code(rawValue: "malformed")
        /// A stated limit is exceeded.
        public static let limitExceeded = Code(rawValue: "limit-exceeded")
        /// A key or signature is of a type that is not supported, or not fit for this use.
        public static let wrongAlgorithm = Code(rawValue: "wrong-algorithm")
        /// The key id in a key text is not the one that name, type and key give.
        public static let wrongKeyID = Code(rawValue: "wrong-key-id")
        /// A public key of small order: anybody can sign for it.
        public static let weakKey = Code(rawValue: "weak-key")
        /// A signature with the name and id of a known key does not verify.
        public static let badSignature = Code(rawValue: "bad-signature")
        /// A cosignature with the name and id of a known witness does not verify.
        public static let badCosignature = Code(rawValue: "bad-cosignature")
        /// No signature by a known key.
        public static let noKnownSignature = Code(rawValue: "no-known-signature")
        /// The cryptographic library failed.
        public static let libraryFailure = Code(rawValue: "library-failure")
    }

    public let code: Code
    /// What was wrong and where, in English, for logs and for the detail line of a failure.
    public let reason: String

    public init(code: Code, reason: String) {
        self.code = code
        self.reason = reason
    }

    public var description: String { reason }

    static func malformed(_ reason: String) -> TransparencyError {
        TransparencyError(code: .malformed, reason: reason)
    }

    static func limit(_ reason: String) -> TransparencyError {
        TransparencyError(code: .limitExceeded, reason: reason)
    }
}

extension TransparencyError: Hashable {
    public static func == (a: TransparencyError, b: TransparencyError) -> Bool {
        a.code == b.code
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
    }
}

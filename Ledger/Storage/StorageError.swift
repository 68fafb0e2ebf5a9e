/// Why what is on disk cannot be used as a ledger.
public struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of trouble; more may be added.
    public enum Code: String, Sendable {
        /// Bytes that must be whole are not: flipped, cut or missing below the watermark.
        case corrupt
        /// A run of the hash index is not whole. Nothing is lost: it is made again from the segments.
        case indexDamaged
        /// The journal ends before, or differs from, what the signer has already signed.
        case behindSigner
        /// The files belong to another ledger.
        case foreignLedger
        /// No data folder of ours is here.
        case notALedger
        /// A file of a format that this version does not know.
        case unknownFormat
        /// Another process owns the folder.
        case locked
        /// A private key file can be read by others.
        case exposedKey
        /// A private key file is not there.
        case keyMissing
    }

    public let code: Code
    /// What was found and where, in one sentence.
    public let reason: String
    /// What the operator can do.
    public let remedy: String

    public init(_ code: Code, _ reason: String, remedy: String) {
        self.code = code
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "\(reason); \(remedy)" }
}

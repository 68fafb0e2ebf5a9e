/// What a witness's signature blob holds (C2SP tlog-cosignature, Ed25519): a time and a signature over checkpoint and time.
public struct Cosignature: Hashable, Sendable {
    /// When the witness signed, in seconds since 1970 by its clock; at most 2^63 − 1.
    public let unixSeconds: UInt64
    /// The 64 bytes of the Ed25519 signature.
    public let signature: [UInt8]

    /// The largest time that the specification allows.
    public static let latestTime = UInt64(Int64.max)

    /// Reads the bytes that follow the key id in a signature line: 8 of time, 64 of signature; `nil` for anything else.
    public init?(_ blob: [UInt8]) {
        guard blob.count == 8 + VerifierKey.signatureByteCount, let time = UInt64(bigEndianBytes: blob.prefix(8)),
            time <= Cosignature.latestTime
        else { return nil }
        unixSeconds = time
        signature = Array(blob.dropFirst(8))
    }

    /// The bytes that a witness signs.
    static func message(unixSeconds: UInt64, text: [UInt8]) -> [UInt8] {
        Array("cosignature/v1\ntime \(unixSeconds)\n".utf8) + text
    }
}

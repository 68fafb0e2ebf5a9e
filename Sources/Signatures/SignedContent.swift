import CCMS

/// What a detached signature was made over.
public enum SignedContent: Sendable {
    /// The content itself.
    case bytes([UInt8])
    /// The content in pieces that follow one another: the signed ranges of a PDF, say.
    case parts([[UInt8]])
    /// Its SHA-256 (32 bytes), SHA-384 (48) or SHA-512 (64), when the content is not at hand. A signature with another
    /// digest algorithm cannot be checked so.
    case digest([UInt8])
    /// Several digests of the one content, each told by its length, so that any signature over it can be checked.
    case digests([[UInt8]])
}

extension SignedContent {
    /// Calls `body` with the content in the form of C, whose pointers live that long; `nil` when a digest's length is wrong.
    func withContent<Result>(_ body: (inout ccms_content) -> Result) -> Result? {
        var content = ccms_content()
        switch self {
        case .bytes(let bytes): return Self.withParts([bytes], &content, body)
        case .parts(let parts): return Self.withParts(parts, &content, body)
        case .digest(let digest): return Self.withDigests([digest], &content, body)
        case .digests(let digests): return Self.withDigests(digests, &content, body)
        }
    }

    private static func withParts<Result>(
        _ parts: [[UInt8]], _ content: inout ccms_content, _ body: (inout ccms_content) -> Result
    ) -> Result {
        withBytes(of: parts) { pointers in
            // Never NULL, so that no parts are the empty content and not "only digests".
            withUnsafePointer(to: ccms_bytes()) { none in
                content.parts = pointers.baseAddress ?? none
                content.part_count = pointers.count
                return body(&content)
            }
        }
    }

    private static func withDigests<Result>(
        _ digests: [[UInt8]], _ content: inout ccms_content, _ body: (inout ccms_content) -> Result
    ) -> Result? {
        withBytes(of: digests) { pointers in
            for digest in pointers {
                switch digest.size {
                case 32: content.sha256 = digest.data
                case 48: content.sha384 = digest.data
                case 64: content.sha512 = digest.data
                default: return nil
                }
            }
            return pointers.isEmpty ? nil : body(&content)
        }
    }
}

/// Calls `body` with pointers to all the arrays, which live that long.
func withBytes<Result>(of arrays: [[UInt8]], _ body: (UnsafeBufferPointer<ccms_bytes>) -> Result) -> Result {
    func next(_ position: Int, _ pointers: inout [ccms_bytes]) -> Result {
        guard position < arrays.count else { return pointers.withUnsafeBufferPointer(body) }
        return arrays[position].withUnsafeBufferPointer { bytes in
            pointers.append(ccms_bytes(data: bytes.baseAddress, size: bytes.count))
            return next(position + 1, &pointers)
        }
    }
    var pointers: [ccms_bytes] = []
    pointers.reserveCapacity(arrays.count)
    return next(0, &pointers)
}

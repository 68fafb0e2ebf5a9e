public import LedgerMerkle

/// A proof file that is checked offline: an index, an inclusion proof and a signed checkpoint (C2SP tlog-proof).
public struct TlogProof: Hashable, Sendable {
    /// Data of the application. Nobody has signed it. Never empty.
    public let extra: [UInt8]?
    /// Where the entry is in the log, below 2^63.
    public let index: UInt64
    /// The inclusion proof, from the leaf's sibling to the root's child.
    public let hashes: [Digest]
    /// The signed note, byte for byte; `SignedNote(parsing:)` reads it.
    public let checkpoint: [UInt8]

    /// The most extra data, in bytes before base64.
    public static let maximumExtraByteCount = 45_000
    /// The most hashes: a tree of 2^63 leaves needs no more.
    public static let maximumHashes = 63
    /// The largest file that is read, in bytes: the largest note and room for the lines before it.
    public static let maximumByteCount = SignedNote.maximumByteCount + (1 << 16)

    private static let header = "c2sp.org/tlog-proof@v1"

    /// - Parameter extra: empty counts as none, since the format cannot tell them apart.
    /// - Throws: `limitExceeded` for an index, a count of hashes, extra data or a checkpoint beyond the limits, `malformed`
    ///   for an empty checkpoint.
    public init(
        extra: [UInt8]?, index: UInt64, hashes: [Digest], checkpoint: [UInt8]
    ) throws(TransparencyError) {
        guard (extra?.count ?? 0) <= TlogProof.maximumExtraByteCount else {
            throw .limit("the extra data has more than \(TlogProof.maximumExtraByteCount) bytes")
        }
        guard index < Checkpoint.maximumSize else { throw .limit("the index \(index) is not below 2^63") }
        guard hashes.count <= TlogProof.maximumHashes else {
            throw .limit("the proof has more than \(TlogProof.maximumHashes) hashes")
        }
        guard !checkpoint.isEmpty else { throw .malformed("the proof file has no checkpoint") }
        guard checkpoint.count <= SignedNote.maximumByteCount else {
            throw .limit("the checkpoint has more than \(SignedNote.maximumByteCount) bytes")
        }
        self.extra = extra.flatMap { $0.isEmpty ? nil : $0 }
        self.index = index
        self.hashes = hashes
        self.checkpoint = checkpoint
    }

    /// Reads a whole file.
    ///
    /// - Throws: `malformed`, or `limitExceeded`.
    public init(parsing bytes: [UInt8]) throws(TransparencyError) {
        guard bytes.count <= TlogProof.maximumByteCount else {
            throw .limit("a proof file of \(bytes.count) bytes is larger than \(TlogProof.maximumByteCount)")
        }
        var lines = LineReader(bytes)
        guard let first = lines.next(), first.elementsEqual(TlogProof.header.utf8) else {
            throw .malformed("the first line of a proof file is \(TlogProof.header)")
        }
        var line = lines.next()
        let extra = try TlogProof.field("extra ", of: line).map { text throws(TransparencyError) -> [UInt8] in
            guard let extra = Base64.decode(utf8: text), !extra.isEmpty else {
                throw .malformed("the extra line of the proof file is not base64")
            }
            return extra
        }
        if extra != nil { line = lines.next() }
        guard let digits = TlogProof.field("index ", of: line), let index = parseDecimal(digits) else {
            throw .malformed("the proof file has no index line with a decimal number")
        }
        let hashes = try TlogProof.hashes(&lines)
        try self.init(extra: extra, index: index, hashes: hashes, checkpoint: Array(lines.remainder))
    }

    /// The whole file.
    public var encoded: [UInt8] {
        var text = TlogProof.header + "\n"
        if let extra { text += "extra \(Base64.encode(extra))\n" }
        text += "index \(index)\n"
        for hash in hashes { text += Base64.encode(hash.bytes) + "\n" }
        return Array(text.utf8) + [newline] + checkpoint
    }

    /// What follows a prefix in a line; `nil` if the line is missing or begins otherwise.
    private static func field(_ prefix: String, of line: ArraySlice<UInt8>?) -> ArraySlice<UInt8>? {
        guard let line, line.starts(with: prefix.utf8) else { return nil }
        return line.dropFirst(prefix.utf8.count)
    }

    /// Reads hash lines up to and with the empty line.
    private static func hashes(_ lines: inout LineReader) throws(TransparencyError) -> [Digest] {
        var hashes: [Digest] = []
        while let line = lines.next() {
            if line.isEmpty { return hashes }
            guard hashes.count < maximumHashes else { throw .limit("the proof has more than \(maximumHashes) hashes") }
            guard let bytes = Base64.decode(utf8: line), let hash = Digest(bytes) else {
                throw .malformed("hash \(hashes.count + 1) of the proof is not the base64 of 32 bytes")
            }
            hashes.append(hash)
        }
        throw .malformed("no empty line stands between the proof and its checkpoint")
    }
}

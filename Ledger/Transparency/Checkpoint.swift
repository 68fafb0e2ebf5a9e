public import LedgerMerkle

/// What a log signs: its origin, size and root (C2SP tlog-checkpoint v1.0.0).
public struct Checkpoint: Sendable {
    /// The log's identity, 1…255 bytes in one line. Compared by bytes.
    public let origin: String
    /// The number of entries, 0…2^63.
    public let size: UInt64
    public let root: Digest
    /// Further lines, seldom used: not empty, one line each.
    public let extensions: [String]

    /// The longest origin, in bytes.
    public static let maximumOriginByteCount = 255
    /// The largest tree.
    public static let maximumSize: UInt64 = 1 << 63

    /// Whether a text may be an origin: 1…255 bytes, without control characters.
    public static func isOrigin(_ text: String) -> Bool {
        (1...maximumOriginByteCount).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 }
    }

    /// - Precondition: `isOrigin(origin)`, and a size of at most 2^63.
    public init(origin: String, size: UInt64, root: Digest) {
        precondition(Checkpoint.isOrigin(origin), "an origin has 1…255 bytes in one line")
        precondition(size <= Checkpoint.maximumSize, "a tree has at most 2^63 leaves")
        self.origin = origin
        self.size = size
        self.root = root
        extensions = []
    }

    /// Reads the text of a note.
    ///
    /// - Throws: `malformed`, or `limitExceeded`.
    public init(parsing text: [UInt8]) throws(TransparencyError) {
        guard text.count <= SignedNote.maximumByteCount else {
            throw .limit("a checkpoint of \(text.count) bytes is larger than \(SignedNote.maximumByteCount)")
        }
        try SignedNote.check(text: text)
        var lines = LineReader(text)
        guard let originLine = lines.next(), let origin = parseUTF8(originLine), Checkpoint.isOrigin(origin) else {
            throw .malformed("the origin of a checkpoint has 1…255 bytes")
        }
        guard let sizeLine = lines.next(), let size = parseDecimal(sizeLine), size <= Checkpoint.maximumSize else {
            throw .malformed("the size of a checkpoint is a decimal number of at most 2^63 without leading zeros")
        }
        guard let rootLine = lines.next(), let bytes = Base64.decode(utf8: rootLine), let root = Digest(bytes) else {
            throw .malformed("the root of a checkpoint is the base64 of 32 bytes")
        }
        var extensions: [String] = []
        while let line = lines.next() {
            guard !line.isEmpty, let line = parseUTF8(line) else {
                throw .malformed("an extension line of a checkpoint is empty")
            }
            extensions.append(line)
        }
        (self.origin, self.size, self.root, self.extensions) = (origin, size, root, extensions)
    }

    /// The note text: what is signed.
    public var text: [UInt8] {
        let head = "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n"
        return Array(extensions.reduce(head) { $0 + $1 + "\n" }.utf8)
    }

    /// Whether the checkpoint is of the log with this key name: the bytes of origin and name are equal.
    public func isOf(_ key: VerifierKey) -> Bool {
        sameBytes(origin, key.name)
    }
}

extension Checkpoint: Hashable {
    public static func == (a: Checkpoint, b: Checkpoint) -> Bool {
        a.size == b.size && a.root == b.root && sameBytes(a.origin, b.origin)
            && a.extensions.elementsEqual(b.extensions, by: sameBytes)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(size)
        hasher.combine(root)
    }
}

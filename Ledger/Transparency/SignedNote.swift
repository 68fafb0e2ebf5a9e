/// A signature line of a note: who signed, and the bytes.
public struct NoteSignature: Sendable {
    /// The name of the key. Compared by bytes.
    public let name: String
    public let keyID: UInt32
    /// What follows the key id: 64 bytes for Ed25519, 72 for a cosignature, other types have other lengths.
    public let signature: [UInt8]

    private static let dash = Array("— ".utf8)

    public init(name: String, keyID: UInt32, signature: [UInt8]) {
        self.name = name
        self.keyID = keyID
        self.signature = signature
    }

    /// Reads `— <name> <base64 of key id ‖ signature>`, without a newline.
    public init(parsingLine line: some Collection<UInt8>) throws(TransparencyError) {
        let bytes = Array(line)
        guard bytes.starts(with: NoteSignature.dash) else {
            throw .malformed("a signature line does not begin with a dash and a space")
        }
        let words = bytes.dropFirst(NoteSignature.dash.count).split(
            separator: space, omittingEmptySubsequences: false)
        guard words.count == 2, let name = parseUTF8(words[0]), isKeyName(name) else {
            throw .malformed("a signature line has the form: dash, space, key name, space, base64")
        }
        guard let blob = Base64.decode(utf8: words[1]), blob.count > 4,
            let id = UInt32(bigEndianBytes: blob.prefix(4))
        else { throw .malformed("the signature of \(name) is not base64 of a key id and a signature") }
        self.init(name: name, keyID: id, signature: Array(blob.dropFirst(4)))
    }

    /// Reads a signature line, without a newline.
    public init(parsingLine line: String) throws(TransparencyError) {
        try self.init(parsingLine: Array(line.utf8))
    }

    /// The signature line, without a newline.
    public var line: String {
        "— \(name) \(Base64.encode(keyID.bigEndianBytes + signature))"
    }

    /// Whether the line claims to be by this key.
    func isBy(_ key: VerifierKey) -> Bool {
        keyID == key.keyID && sameBytes(name, key.name)
    }
}

extension NoteSignature: Hashable {
    public static func == (a: NoteSignature, b: NoteSignature) -> Bool {
        a.keyID == b.keyID && a.signature == b.signature && sameBytes(a.name, b.name)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(keyID)
        hasher.combine(signature)
    }
}

/// A signature that verified, with the key that it verified under.
public struct VerifiedSignature: Hashable, Sendable {
    public let key: VerifierKey
    public let signature: NoteSignature
    /// For a cosignature its time, in seconds since 1970 by the witness's clock.
    public let unixSeconds: UInt64?
}

/// A text with signature lines (C2SP signed-note v1.0.0).
public struct SignedNote: Hashable, Sendable {
    /// What is signed; ends with a newline. Not to be trusted before `verified(by:)`.
    public let text: [UInt8]
    public let signatures: [NoteSignature]

    /// The largest note that is read, in bytes.
    public static let maximumByteCount = 1 << 20
    /// The largest number of signatures that is read.
    public static let maximumSignatures = 64

    /// - Precondition: the text ends with a newline.
    public init(text: [UInt8], signatures: [NoteSignature]) {
        precondition(text.last == newline, "the text of a note ends with a newline")
        self.text = text
        self.signatures = signatures
    }

    /// Reads a whole note.
    ///
    /// - Throws: `malformed`, or `limitExceeded`.
    public init(parsing bytes: [UInt8]) throws(TransparencyError) {
        guard bytes.count <= SignedNote.maximumByteCount else {
            throw .limit("a note of \(bytes.count) bytes is larger than \(SignedNote.maximumByteCount)")
        }
        guard bytes.last == newline else { throw .malformed("the note does not end with a newline") }
        guard let separator = SignedNote.lastEmptyLine(bytes) else {
            throw .malformed("no empty line stands between the note's text and its signatures")
        }
        try SignedNote.check(text: bytes[...separator])
        var lines = LineReader(bytes[(separator + 2)...])
        var signatures: [NoteSignature] = []
        while let line = lines.next() {
            guard signatures.count < SignedNote.maximumSignatures else {
                throw .limit("the note has more than \(SignedNote.maximumSignatures) signatures")
            }
            signatures.append(try NoteSignature(parsingLine: line))
        }
        guard !signatures.isEmpty else { throw .malformed("the note has no signature") }
        text = Array(bytes[...separator])
        self.signatures = signatures
    }

    /// The whole note: text, empty line, signature lines.
    public var encoded: [UInt8] {
        signatures.reduce(into: text + [newline]) { $0 += Array($1.line.utf8) + [newline] }
    }

    /// Checks every signature that has the name and id of a known key.
    ///
    /// - Returns: the good ones in the order of the note; never empty. Signatures of unknown keys are ignored.
    /// - Throws: `badSignature` or `badCosignature` if a signature of a known key does not verify, `noKnownSignature` if
    ///   there is none by a known key.
    public func verified(by keys: [VerifierKey]) throws(TransparencyError) -> [VerifiedSignature] {
        let good = try knownSignatures(of: keys)
        guard !good.isEmpty else {
            throw TransparencyError(code: .noKnownSignature, reason: "the note bears no signature by a known key")
        }
        return good
    }

    /// As `verified(by:)`, but empty when no key is known.
    func knownSignatures(of keys: [VerifierKey]) throws(TransparencyError) -> [VerifiedSignature] {
        var good: [VerifiedSignature] = []
        for signature in signatures {
            let candidates = keys.filter { signature.isBy($0) }
            guard let first = candidates.first else { continue }
            guard let verified = candidates.lazy.compactMap({ verify(signature, $0) }).first else {
                let isCosignature = first.algorithm == .cosignatureV1
                throw TransparencyError(
                    code: isCosignature ? .badCosignature : .badSignature,
                    reason: "the \(isCosignature ? "cosignature" : "signature") of \(first.name) does not verify")
            }
            good.append(verified)
        }
        return good
    }

    private func verify(_ signature: NoteSignature, _ key: VerifierKey) -> VerifiedSignature? {
        switch key.algorithm {
        case .ed25519:
            guard key.verify(signature: signature.signature, message: text) else { return nil }
            return VerifiedSignature(key: key, signature: signature, unixSeconds: nil)
        case .cosignatureV1:
            guard let cosignature = Cosignature(signature.signature) else { return nil }
            let message = Cosignature.message(unixSeconds: cosignature.unixSeconds, text: text)
            guard key.verify(signature: cosignature.signature, message: message) else { return nil }
            return VerifiedSignature(key: key, signature: signature, unixSeconds: cosignature.unixSeconds)
        }
    }

    /// Refuses what no note can hold as its text.
    static func check(text: some Collection<UInt8>) throws(TransparencyError) {
        guard text.first != nil, Array(text.suffix(1)) == [newline] else {
            throw .malformed("the text of the note does not end with a newline")
        }
        guard parseUTF8(text) != nil else { throw .malformed("the note is not valid UTF-8") }
        guard !hasForbiddenControl(text) else { throw .malformed("the note holds a control character") }
    }

    /// Where the newline before the last empty line is.
    private static func lastEmptyLine(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 2 else { return nil }
        return (0..<bytes.count - 1).last { bytes[$0] == newline && bytes[$0 + 1] == newline }
    }
}

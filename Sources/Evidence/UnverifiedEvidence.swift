import LedgerMerkle
public import LedgerTransparency

/// An evidence file that is whole and follows its format. Nothing in it is proved: only ``Verifier`` does that.
public struct UnverifiedEvidence: Sendable {
    /// What the extra line of version 1 carries beside the checksum.
    public struct Content: Sendable {
        /// By the operator's clock, in Unix milliseconds.
        public let recorded: UInt64
        public let disclosure: Disclosure
        public let signatures: [RecordAttachment]

        /// The entry that the ledger must hold.
        public var entry: Entry { disclosure.entry(recorded: recorded) }
    }

    /// The file as a C2SP proof.
    public let proof: TlogProof
    /// The signed checkpoint with all its lines.
    public let note: SignedNote
    public let checkpoint: Checkpoint
    /// Of the extra bytes.
    public let version: UInt8
    /// `nil` when the version is unknown.
    public let content: Content?

    /// Reads a file and checks its checksum. O(size).
    ///
    /// - Throws: a finding whose verdict is "evidence damaged".
    public init(parsing bytes: [UInt8]) throws(Finding) {
        guard bytes.count <= EvidenceFile.maximumByteCount else {
            throw Finding(
                .tooLarge, ["count": String(bytes.count), "limit": String(EvidenceFile.maximumByteCount)])
        }
        let sum: Digest
        let body: [UInt8]
        do {
            proof = try TlogProof(parsing: bytes)
            note = try SignedNote(parsing: proof.checkpoint)
            checkpoint = try Checkpoint(parsing: note.text)
            body = Array((proof.extra ?? []).dropLast(Digest.byteCount))
            sum = try EvidenceFile.checksum(
                body: body, index: proof.index, hashes: proof.hashes, note: note, origin: checkpoint.origin)
        } catch {
            throw Finding(.unreadable, ["detail": Display.escaped(error.reason)])
        }
        // The checksum is over the parsed parts; that they spell the very bytes of the file is checked, not assumed.
        guard proof.encoded == bytes, note.encoded == proof.checkpoint else {
            throw Finding(.unreadable, ["detail": "the file is not in its one canonical form"])
        }
        guard let first = body.first, let extra = proof.extra else {
            throw Finding(.unreadable, ["detail": "the proof file carries no evidence"])
        }
        guard extra.suffix(Digest.byteCount).elementsEqual(sum.bytes) else { throw Finding(.checksumWrong) }
        version = first
        content = first == EvidenceFile.version ? try UnverifiedEvidence.content(body) : nil
    }

    private static func content(_ body: [UInt8]) throws(Finding) -> Content {
        do {
            var reader = ByteReader(body)
            _ = try reader.byte("the version")
            let kind = RecordKind(rawValue: try reader.byte("the kind"))
            let recorded = try reader.number(bytes: 8, "the time")
            let disclosure = try Disclosure(kind: kind, reading: &reader)
            let signatures = try RecordAttachment.read(&reader)
            try reader.finish()
            return Content(recorded: recorded, disclosure: disclosure, signatures: signatures)
        } catch {
            throw Finding(.contentMalformed, ["detail": Display.escaped(error.description)])
        }
    }

    /// The file.
    public var encoded: [UInt8] { proof.encoded }

    /// The file with further cosignatures under its checkpoint; lines of the log itself and lines already there are left out.
    ///
    /// - Throws: `limitExceeded` when the checkpoint grows too large.
    public func adding(cosignatures: [NoteSignature]) throws(TransparencyError) -> [UInt8] {
        let new = cosignatures.filter {
            EvidenceFile.isCosignature($0, origin: checkpoint.origin) && !note.signatures.contains($0)
        }
        let grown = SignedNote(text: note.text, signatures: note.signatures + new)
        return try TlogProof(
            extra: proof.extra, index: proof.index, hashes: proof.hashes, checkpoint: grown.encoded
        ).encoded
    }
}

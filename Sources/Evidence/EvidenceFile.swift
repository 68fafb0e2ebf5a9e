public import Catalogue
public import LedgerMerkle
import LedgerTransparency

/// The evidence file: what a person keeps. A valid `c2sp.org/tlog-proof@v1` whose `extra` line carries the disclosure.
///
/// The extra bytes of version 1 (Ledger/FORMATS.md, "Evidence file"):
/// `version u8 = 1 ‖ kind u8 ‖ recorded u64 ‖ disclosure ‖ signatures ‖ checksum 32 bytes`.
public enum EvidenceFile {
    /// The version that this code writes and reads.
    public static let version: UInt8 = 1
    /// The largest file that is read: 512 KiB, which is room for 64 cosignatures of any type.
    public static let maximumByteCount = 512 << 10
    /// The most bytes of the extra line before base64.
    public static let maximumExtraByteCount = 45_000

    /// Makes an evidence file. O(size of the disclosure).
    ///
    /// - Parameters:
    ///   - recorded: the entry's time, by the operator's clock, in Unix milliseconds.
    ///   - proof: that the entry is in the tree of the checkpoint.
    ///   - checkpoint: the signed note, with or without cosignatures.
    ///   - signatures: the issuer's, and timestamps over them.
    /// - Throws: `evidence-content-too-large` beyond 45,000 bytes, `evidence-proof-mismatch` when the proof does not lead from
    ///   the disclosure to the checkpoint, `record-attachments-too-large`.
    public static func encode(
        _ disclosure: Disclosure, recorded: UInt64, proof: InclusionProof, checkpoint: [UInt8],
        signatures: [RecordAttachment] = []
    ) throws(Failure) -> [UInt8] {
        guard RecordAttachment.areWithinLimits(signatures) else { throw Problem.recordAttachmentsTooLarge() }
        let leafHash = disclosure.entry(recorded: recorded).leafHash
        do {
            let note = try SignedNote(parsing: checkpoint)
            let head = try Checkpoint(parsing: note.text)
            guard head.size == proof.size else {
                throw mismatch(proof.index, "a proof for size \(proof.size) under a checkpoint of size \(head.size)")
            }
            try proof.verify(leafHash: leafHash, root: head.root)
            let body = body(disclosure, recorded: recorded, signatures: signatures)
            let sum = try checksum(
                body: body, index: proof.index, hashes: proof.hashes, note: note, origin: head.origin)
            guard body.count + Digest.byteCount <= maximumExtraByteCount else {
                throw Problem.evidenceExtraTooLarge(["count": String(body.count + Digest.byteCount)])
            }
            return try TlogProof(
                extra: body + sum.bytes, index: proof.index, hashes: proof.hashes, checkpoint: checkpoint
            ).encoded
        } catch let failure as Failure {
            throw failure
        } catch {
            throw mismatch(proof.index, "\(error)")
        }
    }

    private static func mismatch(_ index: UInt64, _ detail: String) -> Failure {
        Problem.evidenceProofMismatch(["index": String(index), "detail": detail])
    }

    private static func body(_ disclosure: Disclosure, recorded: UInt64, signatures: [RecordAttachment]) -> [UInt8] {
        var body: [UInt8] = [version, disclosure.kind.rawValue]
        body.append(bigEndian: recorded, bytes: 8)
        body += disclosure.encoded
        RecordAttachment.append(signatures, to: &body)
        return body
    }

    private static let checksumDomain = "tamga evidence checksum\n"

    /// SHA-256("tamga evidence checksum\n" ‖ length of the body u32 ‖ body ‖ the file without its extra line and without its
    /// cosignature lines), where the body is the extra bytes without the checksum.
    ///
    /// It covers every version alike. A cosignature line is a signature line whose name is not the checkpoint's origin: such
    /// lines may come and go, each proves itself.
    static func checksum(
        body: [UInt8], index: UInt64, hashes: [Digest], note: SignedNote, origin: String
    ) throws(TransparencyError) -> Digest {
        let own = note.signatures.filter { isCosignature($0, origin: origin) == false }
        let bare = try TlogProof(
            extra: nil, index: index, hashes: hashes, checkpoint: SignedNote(text: note.text, signatures: own).encoded)
        var prefix = Array(checksumDomain.utf8)
        prefix.append(bigEndian: body.count, bytes: 4)
        return SHA256.hash(prefix + body + bare.encoded)
    }

    static func isCosignature(_ signature: NoteSignature, origin: String) -> Bool {
        !signature.name.utf8.elementsEqual(origin.utf8)
    }
}

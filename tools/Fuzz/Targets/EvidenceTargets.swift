import CanonicalJSON
import Catalogue
import Deeds
import LedgerMerkle
import LedgerTransparency
import Receipts

@testable import Evidence

private let verifier = Verifier(policy: Ledger.policy, schema: DeedField.schema.merging(.receipts))
private let expectations = ["act=2025-00017", "total=5,600₮", "document=ABC", "nothing="].compactMap {
    ExpectedValue(parsing: $0)
}

/// Everything that a reader is shown of a file.
private func verdict(_ file: [UInt8]) -> [String] {
    let result = verifier.verify(file, document: TreeHash.leaf([]), expecting: expectations)
    var said = [result.reason.rawValue, "\(result.exitCode)"]
    for language in [Language.mn, .en] {
        said.append(Explanation(result, in: language).text(withLadder: true))
        said.append(result.json(in: language).canonicalText)
    }
    return said
}

let evidenceTargets = [
    FuzzTarget("entry") { bytes in
        require(try Entry(decoding: bytes).encoded == bytes, "an entry is written as it was read")
    },
    FuzzTarget("disclosure") { bytes in
        let disclosure = try Disclosure(kind: .receipt, decoding: bytes)
        require(disclosure.encoded == bytes, "a disclosure is written as it was read")
        let hidden = disclosure.showingOnly([])
        require(hidden.commitment == disclosure.commitment, "hiding changes no commitment")
        require((try? Disclosure(kind: .receipt, decoding: hidden.encoded)) == hidden, "a hidden one is read")
    },
    FuzzTarget("stored-record") { bytes in
        let stored = try StoredRecord(decoding: bytes)
        require(stored.encoded == bytes, "a record is written as it was read")
        require(stored.record.fullDisclosure.commitment == stored.record.commitment, "it discloses what it commits to")
    },
    FuzzTarget("evidence-file") { bytes in
        let evidence = try UnverifiedEvidence(parsing: bytes)
        require(evidence.encoded == bytes, "evidence is written as it was read")
        require((try? evidence.adding(cosignatures: [])) == bytes, "adding nothing changes nothing")
    },
    FuzzTarget("verifier") { bytes in
        require(verdict(bytes) == verdict(bytes), "a file has one verdict")
        // The same file as a forger would leave it: with the right checksum.
        let proof = try TlogProof(parsing: bytes)
        let note = try SignedNote(parsing: proof.checkpoint)
        let body = Array((proof.extra ?? []).dropLast(Digest.byteCount))
        let sum = try EvidenceFile.checksum(
            body: body, index: proof.index, hashes: proof.hashes, note: note,
            origin: Checkpoint(parsing: note.text).origin)
        let forged = try TlogProof(
            extra: body + sum.bytes, index: proof.index, hashes: proof.hashes, checkpoint: note.encoded)
        require(verdict(forged.encoded)[1] != "2", "a file is never wrong usage")
    },
    FuzzTarget("verifier-signed") { bytes in
        // Bytes that nobody filed, under a right checksum and right signatures. The checkpoint holds the entry of the content, if
        // there is one: the file verifies up to its last check.
        let blank = try Ledger.evidence(body: bytes, under: Ledger.note)
        let content = try? UnverifiedEvidence(parsing: blank).content
        let note = content.map { Ledger.signed(root: $0.entry.leafHash) } ?? Ledger.note
        let said = verdict(try Ledger.evidence(body: bytes, under: note))
        if content == nil { require(said[1] != "0", "what cannot be read never matches") }
    },
    FuzzTarget("expectation") { bytes in
        // NAME=VALUE, then a zero byte and the recorded value.
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let text = String(validating: parts[0], as: UTF8.self),
            let expected = ExpectedValue(parsing: text), let secret = RecordSecret([UInt8](repeating: 3, count: 32))
        else { return }
        let record = try Record(kind: .receipt, secret: secret, fields: [expected.name: Array(parts[1])])
        for type in [FieldType.money, .digest, .text, nil] {
            _ = expected.mismatch(in: record.fullDisclosure, type: type)
            _ = expected.mismatch(in: record.disclosure(showing: []), type: type)
        }
    },
]

import Catalogue
import LedgerMerkle
import LedgerTransparency

@testable import Evidence

/// The ledger, witness and record of the examples in Ledger/FORMATS.md, and ways to forge evidence of them.
enum Fixture {
    static let recorded: UInt64 = 1_764_028_800_000
    static let witnessed: UInt64 = 1_764_028_860
    static let log = try! SigningKey(name: "ledger.example/tamga", seed: [UInt8](repeating: 1, count: 32))
    static let otherLog = try! SigningKey(name: "ledger.example/tamga", seed: [UInt8](repeating: 7, count: 32))
    static let witness = try! SigningKey(
        name: "witness.example", seed: [UInt8](repeating: 2, count: 32), algorithm: .cosignatureV1)
    static let secret = RecordSecret(Array(0..<32))!

    static let record = try! Record(
        kind: .deedAct, secret: secret,
        fields: ["act": "2025-00017", "document": "\(document)", "party": "Бат"])
    static let document = SHA256.hash(Array("abc".utf8))
    static let disclosure = record.disclosure(showing: ["act", "document"])

    static let trustingLog = Policy.trusting(log.verifierKey)
    static let askingWitness = try! Policy(
        parsing: Array("log \(log.verifierKey)\nwitness w \(witness.verifierKey)\nquorum w\n".utf8))
    static let namingWitness = try! Policy(
        parsing: Array("log \(log.verifierKey)\nwitness w \(witness.verifierKey)\nquorum none\n".utf8))

    /// The leaf hashes of a tree of three, with this entry in the middle.
    static func leaves(_ entry: Entry) -> [Digest] {
        func neighbour(_ recorded: UInt64, _ text: String) -> Digest {
            Entry(kind: .receipt, recorded: recorded, commitment: SHA256.hash(Array(text.utf8))).leafHash
        }
        return [neighbour(recorded - 1_000, "first"), entry.leafHash, neighbour(recorded + 1_000, "third")]
    }

    static func text(_ leaves: [Digest]) -> [UInt8] {
        Checkpoint(origin: log.name, size: 3, root: TreeHash.root(of: leaves)).text
    }

    static func signed(_ text: [UInt8], by key: SigningKey = log, cosigned: Bool = true) -> SignedNote {
        var lines = [try! key.sign(noteText: text)]
        if cosigned { lines.append(try! witness.cosign(checkpointText: text, unixSeconds: witnessed)) }
        return SignedNote(text: text, signatures: lines)
    }

    /// A right evidence file.
    static func file(
        _ disclosure: Disclosure = disclosure, signatures: [RecordAttachment] = [], signedBy key: SigningKey = log,
        cosigned: Bool = true
    ) throws -> [UInt8] {
        let leaves = leaves(disclosure.entry(recorded: recorded))
        return try EvidenceFile.encode(
            disclosure, recorded: recorded, proof: InclusionProof(index: 1, size: 3, hashes: [leaves[0], leaves[2]]),
            checkpoint: signed(text(leaves), by: key, cosigned: cosigned).encoded, signatures: signatures)
    }

    /// A file with parts changed and the checksum made to hold again, as a forger would.
    static func forged(
        _ file: [UInt8], body change: (inout [UInt8]) -> Void = { _ in }, note: SignedNote? = nil, index: UInt64 = 1
    ) throws -> [UInt8] {
        let proof = try TlogProof(parsing: file)
        var body = Array(proof.extra!.dropLast(32))
        change(&body)
        let note = try note ?? SignedNote(parsing: proof.checkpoint)
        let sum = try EvidenceFile.checksum(
            body: body, index: index, hashes: proof.hashes, note: note, origin: log.name)
        return try TlogProof(extra: body + sum.bytes, index: index, hashes: proof.hashes, checkpoint: note.encoded)
            .encoded
    }
}

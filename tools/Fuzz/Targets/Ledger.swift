import LedgerMerkle
import LedgerTransparency

@testable import Evidence

/// The ledger and witness of the examples in Ledger/FORMATS.md.
///
/// Force-tried: the seeds are constants, and without keys there is nothing to run.
enum Ledger {
    static let log = try! SigningKey(name: "ledger.example/tamga", seed: [UInt8](repeating: 1, count: 32))
    static let witness = try! SigningKey(
        name: "witness.example", seed: [UInt8](repeating: 2, count: 32), algorithm: .cosignatureV1)
    static let policy = try! Policy(
        parsing: Array("log \(log.verifierKey)\nwitness w \(witness.verifierKey)\nquorum w\n".utf8))
    static let note = signed(root: TreeHash.leaf([]))

    /// A cosigned checkpoint of a tree of one entry.
    static func signed(root: Digest) -> SignedNote {
        let text = Checkpoint(origin: log.name, size: 1, root: root).text
        return SignedNote(
            text: text,
            signatures: [
                try! log.sign(noteText: text),
                try! witness.cosign(checkpointText: text, unixSeconds: 1_764_028_860),
            ])
    }

    /// An evidence file with any bytes in its body, under a right checksum and a checkpoint of one entry.
    static func evidence(body: [UInt8], under note: SignedNote) throws -> [UInt8] {
        let sum = try EvidenceFile.checksum(body: body, index: 0, hashes: [], note: note, origin: log.name)
        return try TlogProof(extra: body + sum.bytes, index: 0, hashes: [], checkpoint: note.encoded).encoded
    }
}

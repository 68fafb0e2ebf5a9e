import LedgerMerkle
import LedgerTransparency

private func text(_ bytes: [UInt8], _ body: (String) throws -> String) throws {
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    let again = try body(text)
    require(again.utf8.elementsEqual(bytes), "it is written as it was read")
}

let transparencyTargets = [
    FuzzTarget("base64") { bytes in
        try text(bytes) { Base64.decode($0).map { Base64.encode($0) } ?? $0 }
        require(Base64.decode(Base64.encode(bytes)) == bytes, "what is encoded is decoded")
    },
    FuzzTarget("verifier-key") { bytes in try text(bytes) { try VerifierKey(parsing: $0).description } },
    FuzzTarget("signature-line") { bytes in
        try text(bytes) { line in
            let signature = try NoteSignature(parsingLine: line)
            _ = Cosignature(signature.signature)
            return signature.line
        }
    },
    FuzzTarget("checkpoint") { bytes in
        let checkpoint = try Checkpoint(parsing: bytes)
        require(checkpoint.text == bytes, "a checkpoint is written as it was read")
    },
    FuzzTarget("signed-note") { bytes in
        let note = try SignedNote(parsing: bytes)
        require(note.encoded == bytes, "a note is written as it was read")
        _ = try note.verified(by: [Ledger.log.verifierKey, Ledger.witness.verifierKey])
    },
    FuzzTarget("tlog-proof") { bytes in
        let proof = try TlogProof(parsing: bytes)
        require(proof.encoded == bytes, "a proof file is written as it was read")
        _ = try SignedNote(parsing: proof.checkpoint)
    },
    FuzzTarget("policy") { bytes in
        let policy = try Policy(parsing: bytes)
        let first = try? policy.evaluate(Ledger.note)
        require(first == (try? policy.evaluate(Ledger.note)), "a policy says the same twice")
        if let first { require(first.present >= 0 && first.needed >= 0, "counts are counts") }
    },
]

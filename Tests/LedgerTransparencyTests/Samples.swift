import LedgerMerkle
import LedgerTransparency

/// Keys and notes that the tests of this module share. The seeds are bytes 1, 2, 3 … repeated: no secret.
enum Samples {
    static func key(_ name: String, _ seed: UInt8, _ algorithm: KeyAlgorithm = .ed25519) -> SigningKey {
        try! SigningKey(name: name, seed: [UInt8](repeating: seed, count: 32), algorithm: algorithm)
    }

    static let log = key("log.example/tamga", 1)
    static let witnesses = (0..<4).map { key("witness.example/\($0)", UInt8(10 + $0), .cosignatureV1) }

    static let checkpoint = Checkpoint(origin: "log.example/tamga", size: 7, root: SHA256.hash([7]))

    /// A checkpoint signed by the log, and cosigned by witnesses at the times given.
    static func note(
        _ checkpoint: Checkpoint = checkpoint, by log: SigningKey = log, cosigned times: [Int: UInt64] = [:]
    ) -> SignedNote {
        let text = checkpoint.text
        let cosignatures = times.sorted { $0.key < $1.key }.map {
            try! witnesses[$0.key].cosign(checkpointText: text, unixSeconds: $0.value)
        }
        return SignedNote(text: text, signatures: [try! log.sign(noteText: text)] + cosignatures)
    }

    /// A policy from lines, where `$log` and `$0` … `$3` stand for the keys above.
    static func policy(_ lines: String...) throws(TransparencyError) -> Policy {
        var text = lines.map { $0 + "\n" }.joined()
        text.replace("$log", with: log.verifierKey.description)
        for (index, witness) in witnesses.enumerated() {
            text.replace("$\(index)", with: witness.verifierKey.description)
        }
        return try Policy(parsing: Array(text.utf8))
    }
}

/// The code of the error that `body` throws; `nil` if it throws none.
func refusal(_ body: () throws -> Void) -> TransparencyError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? TransparencyError)?.code ?? TransparencyError.Code(rawValue: "\(error)")
    }
}

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

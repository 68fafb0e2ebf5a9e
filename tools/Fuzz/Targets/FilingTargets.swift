import CanonicalJSON
import Evidence
import LedgerMerkle
import LedgerStorage

@testable import Filing

/// Entries whose commitments a record block may name.
private struct Commitments: CommitmentPlaces {
    private let commitment = (0..<32).map { UInt8($0) }

    var count: Int { 64 }
    func place(of commitment: Digest) -> Int? { nil }
    func commitment(at position: Int) throws -> ArraySlice<UInt8> {
        guard (0..<count).contains(position) else { throw PackedReader.damaged("no such entry") }
        return commitment[...]
    }
}

/// A secret for every number.
private func secret(_ number: SecretNumber) throws -> RecordSecret {
    guard
        let secret = RecordSecret(
            [UInt8](repeating: UInt8(truncatingIfNeeded: number.description.utf8.count), count: 32))
    else { throw SecretError.erased(number) }
    return secret
}

let filingTargets = [
    FuzzTarget("record-block") { bytes in
        // How many rows are due, less one; then the block as it is below the encryption.
        guard let first = bytes.first else { return }
        let positions = Array(0...Int(first) % 32)
        let decoder = BlockDecoder(positions: positions, commitments: Commitments())
        let block = Array(bytes.dropFirst())
        let alone = [positions[0], positions.count - 1].map { try? decoder.decode(block, row: $0).first }
        let records = try decoder.decode(block)
        require(records.count == positions.count, "every row comes back")
        require(alone.first == records.first && alone.last == records.last, "a record read alone is the same")
        let rows = zip(positions, records).map { RecordRow(position: $0, record: $1) }
        let again = try BlockEncoder(.fast).encode(rows, commitments: Commitments())
        require((try? decoder.decode(again)) == records, "what is packed is unpacked")
    },
    FuzzTarget("record-pack") { bytes in
        // Records, one after another, each behind its length: whatever they are, they come back.
        var rows: [RecordRow] = []
        var at = 0
        while at < bytes.count, rows.count < 32 {
            let end = min(bytes.count, at + 1 + Int(bytes[at]))
            rows.append(RecordRow(position: rows.count, record: Array(bytes[at + 1..<max(at + 1, end)])))
            at = end
        }
        guard !rows.isEmpty else { return }
        let decoder = BlockDecoder(positions: rows.map(\.position), commitments: Commitments())
        for effort in [PackingEffort.fast, .thorough] {
            let packed = try BlockEncoder(effort).encode(rows, commitments: Commitments())
            require((try? decoder.decode(packed)) == rows.map(\.record), "what is packed is unpacked")
        }
    },
    FuzzTarget("residue") { bytes in
        guard let residue = try Residue(stored: bytes) else { return }
        require(residue.encoded == bytes, "a residue is written as it was read")
        _ = residue.disclosure.commitment
    },
    FuzzTarget("stored-numbered") { bytes in
        let stored = try StoredRecord(decoding: bytes, secret: secret)
        require(stored.encoded == bytes, "a record is written as it was read")
        require(StoredRecord.secretNumber(in: bytes) == stored.secretNumber, "its secret's number is found alone")
        let residue = Residue(stored)
        require(residue.disclosure.commitment == stored.record.commitment, "what stays gives the commitment")
        require((try? Residue(stored: residue.encoded))??.encoded == residue.encoded, "and is read again")
    },
    FuzzTarget("erasure-record") { bytes in
        guard let erasure = Erasure(fields: try fields(bytes)) else { return }
        require(Erasure(fields: erasure.fields) == erasure, "an erasure is written and read again")
        _ = erasure.problem
    },
]

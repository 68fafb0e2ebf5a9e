import Evidence
import Glibc
import LedgerEngine
import LedgerMerkle
import LedgerStorage

/// Records committed: salts, field hashes and the commitment of a receipt's usual fields.
enum CommitBench {
    static let fields: [String: String] = [
        "action": "issued", "id": "037900846788001095330000010012619", "date": "1770881502000+08:00",
        "merchant": "37900846788",
        "branch": "001", "pos": "001", "type": "B2C_RECEIPT", "total": "560000", "vat": "50000", "citytax": "10000",
        "district": "2501", "consumer": "10038071", "payments": "[{\"code\":\"CASH\",\"paidAmount\":5600}]",
        "items": String(repeating: "{\"name\":\"Талх\",\"qty\":1,\"unitPrice\":5000,\"totalAmount\":5600}", count: 6),
    ]

    static func run(quick: Bool) throws -> [Figure] {
        guard let secret = RecordSecret((0..<32).map { UInt8($0) }) else { return [] }
        let record = try Record(kind: .receipt, secret: secret, fields: fields)
        let rounds = quick ? 20_000 : 200_000
        // The floor: as many compressions as 14 fields need, without anything around them.
        let block = [UInt8](repeating: 1, count: 32)
        let hashing = Figure(
            "hash: 58 short messages, as one record needs",
            Double(rounds / 10)
                / seconds {
                    for _ in 0..<rounds / 10 { for _ in 0..<58 { _ = TreeHash.leaf(block) } }
                }, "/s")
        let elapsed = seconds { for _ in 0..<rounds { _ = record.commitment } }
        return [hashing, Figure("commit: records committed", Double(rounds) / elapsed, "/s", against: hashing)]
    }
}

/// The start-up of `tamga verify`: whole processes, beside the shortest process there is.
enum VerifyBench {
    static func run(folder: String, binary: String, quick: Bool) throws -> [Figure] {
        guard access(binary, X_OK) == 0 else {
            return [Figure("verify: \(binary) is not there, not measured", 0, "")]
        }
        let data = try BenchLedger.make(folder, "verify")
        let ledger = try BenchLedger.open(data)
        let evidence = "\(folder)/evidence.tlog-proof"
        guard let secret = RecordSecret((0..<32).map { UInt8($0) }) else { return [] }
        let record = try Record(kind: .receipt, secret: secret, fields: CommitBench.fields)
        let entry = Entry(kind: .receipt, recorded: 0, commitment: record.commitment)
        let queued = try ledger.submit(Submission(item: JournalItem(entry: entry.encoded), timeOffset: 2))
        guard case .queued(let ticket) = queued else { return [] }
        let acknowledgement = try ticket.wait()
        let checkpoint = acknowledgement.checkpoint
        let proof = try ledger.inclusionProof(index: acknowledgement.index, size: checkpoint.size)
        let bytes = try EvidenceFile.encode(
            record.fullDisclosure, recorded: acknowledgement.recorded, proof: proof, checkpoint: checkpoint.note)
        try PosixDisk().replace(evidence, with: bytes)
        ledger.close()
        let rounds = quick ? 20 : 100
        var nothing: [Double] = []
        var verifying: [Double] = []
        for _ in 0..<rounds {
            nothing.append(try seconds { try spawn(["/bin/true"], expecting: 0) })
            verifying.append(
                try seconds { try spawn([binary, "verify", evidence, "--key", "\(data.verifierKey)"], expecting: 0) })
        }
        try BenchLedger.remove(data)
        try PosixDisk().remove(evidence)
        let floor = Figure("process: /bin/true, p50", Latencies(nothing).percentile(50), "ms")
        return [
            floor,
            Figure(
                "verify: tamga verify, whole process, p50", Latencies(verifying).percentile(50), "ms", against: floor),
        ]
    }

    private struct Unexpected: Error {
        let status: Int32
    }

    private static func spawn(_ arguments: [String], expecting expected: Int32) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        var process = pid_t()
        let status = posix_spawn(&process, arguments[0], &actions, nil, pointers, environ)
        guard status == 0 else { throw Unexpected(status: status) }
        var code: Int32 = 0
        waitpid(process, &code, 0)
        guard (code >> 8) & 0xff == expected, code & 0x7f == 0 else { throw Unexpected(status: code) }
    }
}

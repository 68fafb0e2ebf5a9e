import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency

/// The disk's own rate: overwriting zeroed blocks of a batch's size and fdatasync, one after another.
enum DiskBench {
    static func run(folder: String, quick: Bool) throws -> [Figure] {
        let path = "\(folder)/disk"
        let disk = PosixDisk()
        let file = try disk.open(path, readOnly: false, create: true)
        let block = [UInt8](repeating: 7, count: 4096)
        let rounds = quick ? 300 : 2000
        try file.write([UInt8](repeating: 0, count: block.count * rounds), at: 0)
        try file.synchronize()
        let clock = ContinuousClock()
        var taken: [Double] = []
        for round in 0..<rounds {
            let start = clock.now
            try file.write(block, at: round * block.count)
            try file.synchronize()
            taken.append((clock.now - start).seconds)
        }
        try disk.remove(path)
        let latencies = Latencies(taken)
        return [
            Figure("disk: write 4 KiB and fdatasync", Double(rounds) / taken.reduce(0, +), "/s"),
            Figure("disk: the same, p50", latencies.percentile(50), "ms"),
            Figure("disk: the same, p99", latencies.percentile(99), "ms"),
        ]
    }
}

/// A ledger of its own for one measurement.
enum BenchLedger {
    static func make(_ folder: String, _ name: String) throws -> DataFolder {
        let path = "\(folder)/\(name)-\(UInt64.random(in: 0...UInt64.max))"
        var generator = SystemRandomNumberGenerator()
        return try DataFolder.create(
            path: path, origin: "bench/\(name)", disk: PosixDisk(), time: SystemClock().now(),
            random: { count in (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) } })
    }

    static func open(_ folder: DataFolder) throws -> Ledger {
        let signer = NoteSigner(origin: folder.origin, key: try folder.signingKey(disk: PosixDisk()))
        return try Ledger.open(folder: folder, signer: signer)
    }

    static func remove(_ folder: DataFolder) throws {
        let disk = PosixDisk()
        for directory in [folder.journalPath, folder.keysPath, folder.path] {
            for name in try disk.list(directory) where !["journal", "keys"].contains(name) {
                try disk.remove("\(directory)/\(name)")
            }
        }
    }

    /// An entry of the usual size with a record of the usual size beside it; each number gives another entry.
    static func submission(_ number: UInt64, payload: Int) -> Submission {
        var entry = [UInt8](repeating: 0, count: 42)
        withUnsafeBytes(of: number) { entry.replaceSubrange(10..<18, with: $0) }
        return Submission(
            item: JournalItem(entry: entry, payload: [UInt8](repeating: 3, count: payload)), timeOffset: 2)
    }
}

/// Durable appends: each producer waits for its acknowledgement before its next one.
enum AppendBench {
    static func run(folder: String, producers: Int, quick: Bool, disk: Figure) async throws -> [Figure] {
        let data = try BenchLedger.make(folder, "append")
        let ledger = try BenchLedger.open(data)
        let rounds = (quick ? 4_000 : 40_000) / max(1, producers / 4) + 50
        let clock = ContinuousClock()
        let start = clock.now
        let taken = try await withThrowingTaskGroup(of: [Double].self) { group in
            for producer in 0..<producers {
                group.addTask {
                    var taken: [Double] = []
                    for round in 0..<rounds {
                        let begin = clock.now
                        let number = UInt64(producer) << 32 | UInt64(round)
                        _ = try await ledger.append(BenchLedger.submission(number, payload: 900))
                        taken.append((clock.now - begin).seconds)
                    }
                    return taken
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let elapsed = (clock.now - start).seconds
        ledger.close()
        try BenchLedger.remove(data)
        let latencies = Latencies(taken)
        let name = "append, \(producers) producer\(producers == 1 ? "" : "s")"
        return [
            Figure(name, Double(taken.count) / elapsed, "/s", against: disk),
            Figure("\(name): acknowledged, p50", latencies.percentile(50), "ms"),
            Figure("\(name): acknowledged, p99", latencies.percentile(99), "ms"),
        ]
    }
}

/// Opening: the journal read back, every leaf and root derived again.
enum OpenBench {
    static func run(folder: String, quick: Bool) async throws -> [Figure] {
        let data = try BenchLedger.make(folder, "open")
        let ledger = try BenchLedger.open(data)
        let count = quick ? 100_000 : 1_000_000
        try await withThrowingTaskGroup(of: Void.self) { group in
            for producer in 0..<256 {
                group.addTask {
                    for round in 0..<count / 256 {
                        let number = UInt64(producer) << 32 | UInt64(round)
                        _ = try await ledger.append(BenchLedger.submission(number, payload: 0))
                    }
                }
            }
            try await group.waitForAll()
        }
        let size = ledger.size
        ledger.close()
        let leaves = (0..<100_000).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 42) }
        let hashing = Figure(
            "hash: leaves of 42 bytes",
            Double(leaves.count) / seconds { for leaf in leaves { _ = TreeHash.leaf(leaf) } }, "/s")
        let elapsed = try seconds { try BenchLedger.open(data).close() }
        try BenchLedger.remove(data)
        return [
            hashing, Figure("open: entries read back and re-derived", Double(size) / elapsed, "/s", against: hashing),
        ]
    }
}

/// Proofs from a tree of a million leaves.
enum ProofBench {
    static func run(quick: Bool) throws -> [Figure] {
        let size = 1_000_000
        var tree = MerkleTree()
        let leaves = (0..<size).map { number in
            Digest { $0.storeBytes(of: UInt64(number), as: UInt64.self) }
        }
        tree.append(leaves)
        let rounds = quick ? 20_000 : 200_000
        let nodes = (0..<50_000).map { leaves[$0] }
        let hashing = Figure("hash: tree nodes", 25_000 / seconds { _ = TreeHash.parents(nodes) }, "/s")
        let elapsed = try seconds {
            for _ in 0..<rounds {
                _ = try tree.inclusionProof(index: UInt64.random(in: 0..<UInt64(size)), size: UInt64(size))
            }
        }
        return [
            hashing, Figure("proof: inclusion in 1,000,000 entries", Double(rounds) / elapsed, "/s", against: hashing),
        ]
    }
}

import Glibc
import LedgerEngine
import LedgerMerkle
import LedgerStorage

/// Everything that is measured on a ledger with many entries: it is filled once, in steps.
struct FilledRows {
    let run: BenchRun
    let limits: Limits
    let wanted: Set<Group>

    func measure() async throws -> [Row] {
        var rows: [Row] = []
        let empty = try BenchLedger.make(run.place.fresh("empty"), disk: run.disk())
        empty.ledger.close()
        var filled = try BenchLedger.make(run.place.fresh("filled"), disk: run.disk())
        let database = run.place.fresh("sqlite")
        let chain = run.hasBaselines ? try SQLiteChain(database) : nil
        for size in run.sizes {
            say("filling a ledger to \(text(Double(size))) entries")
            try filled.fill(to: size)
            let sqliteSize = min(size, run.options.sqliteEntries)
            if let chain, chain.count < sqliteSize {
                say("filling SQLite to \(text(Double(sqliteSize))) rows")
                try chain.fill(to: sqliteSize)
            }
            say("measuring \(wanted.map(\.rawValue).sorted().joined(separator: ", "))")
            filled.ledger.close()
            let sealing = BenchLedger.seal(filled.data)
            if wanted.contains(.scale) { rows += try memory(of: filled.data, empty: empty.data, size) }
            if wanted.contains(.open) { rows += try open(filled.data, size, chain, database) }
            try chain?.reload()
            if wanted.contains(.size) { rows += try bytes(filled.data, size, chain, database, sealing) }
            if wanted.contains(.lookup) { rows += try coldLookups(filled.data, size, sealing) }
            filled = try BenchLedger.open(filled.data, disk: run.disk())
            if wanted.contains(.proof) { rows += try proofs(filled.ledger, size) }
            if wanted.contains(.lookup) { rows += try warmLookups(filled.ledger, size, chain) }
            // Last: it goes on filling.
            if wanted.contains(.scale) { rows += try await scale(filled, size, chain) }
        }
        filled.discard()
        Place.remove(empty.data.path)
        return rows
    }

    /// "at 1,000,000 entries"
    private func at(_ size: Int) -> String { "at \(text(Double(size))) entries" }

    // MARK: Filing

    private func scale(_ filled: BenchLedger, _ size: Int, _ chain: SQLiteChain?) async throws -> [Row] {
        var (many, manyEmpty, batches, batchesEmpty) = (Rounds(), Rounds(), Rounds(), Rounds())
        var sqlite = Rounds()
        for round in 0..<run.rounds {
            // Either goes first in turn.
            try await inTurn(round, filled, { manyEmpty.add($0) }, { many.add($0) }) {
                try await $0.producers(256, seconds: run.roundSeconds).rate
            }
            try await inTurn(round, filled, { batchesEmpty.add($0) }, { batches.add($0) }) {
                try $0.batches(seconds: run.roundSeconds).rate
            }
            if let chain { sqlite.add(try chain.rate(transaction: 1000, seconds: run.roundSeconds)) }
        }
        let rows = chain.map { text(Double($0.count)) } ?? ""
        return [
            Row(
                .scale, "256 producers \(at(size))", many, .perSecond,
                limit: Beside(name: "the empty ledger", value: manyEmpty.median), bars: [.limitAtLeast(0.9)]),
            Row(
                .scale, "batches of 1,000 \(at(size))", batches, .perSecond,
                limit: Beside(name: "the empty ledger", value: batchesEmpty.median),
                beside: chain == nil ? [] : [Beside(name: "SQLite of \(rows) rows", value: sqlite.median)],
                bars: [.limitAtLeast(0.9)]),
        ]
    }

    /// Measures an empty ledger and the filled one, each with nothing to seal at its beginning, and with nothing of the other going on: what
    /// the filled one has not sealed is sealed before the other begins, and the empty one is removed when both are done.
    private func inTurn(
        _ round: Int, _ filled: BenchLedger, _ noteEmpty: (Double) -> Void, _ noteFilled: (Double) -> Void,
        _ rate: (BenchLedger) async throws -> Double
    ) async throws {
        if round % 2 == 1 {
            noteFilled(try await rate(filled))
            try filled.ledger.compact()
        }
        let fresh = try BenchLedger.make(run.place.fresh("fresh"), disk: run.disk())
        noteEmpty(try await rate(fresh))
        fresh.ledger.close()
        if round % 2 == 0 {
            noteFilled(try await rate(filled))
            try filled.ledger.compact()
        }
        Place.remove(fresh.data.path)
        sync()
    }

    private func memory(of filled: DataFolder, empty: DataFolder, _ size: Int) throws -> [Row] {
        let many = try OpenedLedger.inNewProcess(run, filled)
        let none = try OpenedLedger.inNewProcess(run, empty)
        return [
            Row(
                .scale, "memory beyond the empty ledger \(at(size))", many.memory - none.memory, .mebibytes,
                bars: [.atMost(64)],
                note: "anonymous memory, filters included; the empty one has \(text(none.memory)) MiB")
        ]
    }

    // MARK: Opening and size

    private func open(_ data: DataFolder, _ size: Int, _ chain: SQLiteChain?, _ database: String) throws -> [Row] {
        var (warm, cold, beside) = (Rounds(), Rounds(), Rounds())
        for _ in 0..<min(3, run.rounds) {
            warm.add(try OpenedLedger.inNewProcess(run, data).milliseconds)
            Place.dropCaches(data.path)
            cold.add(try OpenedLedger.inNewProcess(run, data).milliseconds)
            if chain != nil { beside.add(try OpenedLedger.sqliteInNewProcess(run, database)) }
        }
        let baselines =
            chain.map { [Beside(name: "SQLite of \(text(Double($0.count))) rows", value: beside.median)] } ?? []
        return [
            Row(
                .open, "open \(at(size)) to the first append", warm, .milliseconds, beside: baselines,
                bars: [.atMost(300)]),
            Row(.open, "the same, files not in memory", cold, .milliseconds),
        ]
    }

    private func bytes(
        _ data: DataFolder, _ size: Int, _ chain: SQLiteChain?, _ database: String, _ sealing: String?
    ) throws -> [Row] {
        let ledger = try BenchLedger.open(data, disk: PosixDisk())
        let entries = ledger.ledger.size
        ledger.ledger.close()
        var baselines: [Beside] = []
        if let chain {
            try chain.checkpoint()
            baselines = [
                Beside(name: "SQLite", value: Double(Place.bytesOnDisk(database)) / Double(max(chain.count, 1)))
            ]
        }
        return [
            Row(
                .size, "bytes on disk an entry with 700 opaque bytes \(at(size))",
                Double(FolderSize.used(data)) / Double(entries), .bytes, beside: baselines,
                note: sealing)
        ]
    }

    // MARK: Reading

    private func proofs(_ ledger: Ledger, _ size: Int) throws -> [Row] {
        let checkpoint = try ledger.newestCheckpoint()
        let indexes = (0..<20_000).map { _ in UInt64.random(in: 0..<checkpoint.size) }
        let leaves = try indexes.map { try ledger.leafHash(at: $0) }
        let proofs = try indexes.map { try ledger.inclusionProof(index: $0, size: checkpoint.size) }
        let hashes = (0..<1 << 20).map { Load.entry($0) }.map { TreeHash.leaf($0) }
        let depth = Double(proofs.reduce(0) { $0 + $1.hashes.count }) / Double(proofs.count)
        var (made, verified, copied) = (Rounds(), Rounds(), Rounds())
        for _ in 0..<run.rounds {
            made.add(
                try measuredRate(for: run.roundSeconds / 2, count: indexes.count) {
                    for index in indexes { _ = try ledger.inclusionProof(index: index, size: checkpoint.size) }
                })
            verified.add(
                try measuredRate(for: run.roundSeconds / 2, count: indexes.count) {
                    for (position, proof) in proofs.enumerated() {
                        guard try proof.root(leafHash: leaves[position]) == checkpoint.root else {
                            throw BenchError("a proof does not lead to the root")
                        }
                    }
                })
            copied.add(
                measuredRate(for: run.roundSeconds / 4, count: indexes.count) {
                    for index in indexes {
                        let proof = (0..<Int(depth)).map { hashes[Int(index &* UInt64(2 * $0 + 1)) & (1 << 20 - 1)] }
                        precondition(!proof.isEmpty)
                    }
                })
        }
        return [
            Row(
                .proof, "inclusion proofs made \(at(size))", made, .perSecond,
                limit: Beside(name: "\(text(depth)) hashes copied", value: copied.median), bars: [.atLeast(1_000_000)]),
            Row(
                .proof, "inclusion proofs verified \(at(size))", verified, .perSecond,
                limit: Beside(name: "\(text(depth)) node hashes", value: limits.chainedNodes / depth),
                bars: [.atLeast(400_000)]),
        ]
    }

    private func warmLookups(_ ledger: Ledger, _ size: Int, _ chain: SQLiteChain?) throws -> [Row] {
        let keys = try keys(of: ledger, count: 200_000)
        let pages = try PageReads(run.place)
        var (found, read, sqlite) = (Rounds(), Rounds(), Rounds())
        for _ in 0..<run.rounds {
            found.add(
                try measuredRate(for: run.roundSeconds / 2, count: keys.count) {
                    for (index, key) in keys where try ledger.find(key) != index {
                        throw BenchError("the entry \(index) is not found by its hash")
                    }
                })
            read.add(try pages.rate(seconds: run.roundSeconds / 4))
            if let chain {
                let sample = chain.sample.shuffled()
                sqlite.add(
                    try measuredRate(for: run.roundSeconds / 2, count: sample.count) {
                        for hash in sample where try chain.find(hash) == nil { throw BenchError("SQLite lost a row") }
                    })
            }
        }
        let beside =
            chain.map { [Beside(name: "SQLite of \(text(Double($0.count))) rows", value: sqlite.median)] } ?? []
        return [
            Row(
                .lookup, "by hash \(at(size)), warm", found, .perSecond,
                limit: Beside(name: "4 KiB reads from memory", value: read.median), beside: beside,
                bars: [.atLeast(400_000)])
        ]
    }

    /// Counts the reads that the ledger asks of a disk, each look-up on its own, after opening with no file in memory.
    private func coldLookups(_ data: DataFolder, _ size: Int, _ sealing: String?) throws -> [Row] {
        let disk = MeteredDisk()
        Place.dropCaches(data.path)
        let opened = try BenchLedger.open(data, disk: disk)
        defer { opened.ledger.close() }
        var (all, most) = (0, 0)
        let keys = try keys(of: opened.ledger, count: 1000)
        for (index, key) in keys {
            let before = disk.counted.reads
            guard try opened.ledger.find(key) == index else {
                throw BenchError("the entry \(index) is not found by its hash")
            }
            let reads = disk.counted.reads - before
            (all, most) = (all + reads, max(most, reads))
        }
        return [
            Row(
                .lookup, "by hash \(at(size)), reads each", Double(all) / Double(keys.count), .reads,
                bars: sealing == nil ? [.atMost(3)] : [],
                note: (["at most \(most)"] + [sealing].compactMap(\.self)).joined(separator: ", "))
        ]
    }

    private func keys(of ledger: Ledger, count: Int) throws -> [(UInt64, DomainKey)] {
        let size = ledger.size
        return try (0..<count).map { _ in
            let index = UInt64.random(in: 0..<size)
            return (index, DomainKey(leafHash: try ledger.leafHash(at: index)))
        }
    }
}

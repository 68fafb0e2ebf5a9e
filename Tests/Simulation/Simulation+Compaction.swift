import Glibc
import LedgerMerkle
import Synchronization

@testable import LedgerEngine
@testable import LedgerStorage

/// Sealing, the hash index, merging, expiry and erasure.
extension Simulation {
    /// Some steps of the background work.
    func compact(_ count: Int, sealingTail: Bool = false) throws {
        for _ in 0..<count where !disk.isDead {
            guard try compactOnce(sealingTail: sealingTail) else { return }
        }
    }

    /// - Returns: whether a step was done.
    func compactOnce(sealingTail: Bool = false) throws -> Bool {
        guard let steps else { return false }
        let faults = world.tally.faultCount
        if !clockIsWrong { oracle.latest = max(oracle.latest, clock.now()) }
        do {
            guard let step = try steps.compact(sealingTail: sealingTail) else { return false }
            world.trace.note("compacted", details: "\(step)")
            world.tally.note(.steps)
            if case .erase(_, let indices) = step {
                oracle.noteErased(indices)
                for _ in indices { world.tally.note(.erased) }
            }
            return true
        } catch {
            world.trace.note("not compacted", details: "\(error)")
            guard mayLie || world.tally.faultCount > faults || disk.isDead else {
                throw Violation("nothing is in the way, but background work fails: \(error)")
            }
            world.tally.note(.stepsFailed)
            return false
        }
    }

    /// With nothing in its way background work comes to an end.
    func compactAll() throws {
        var rounds = 0
        while try compactOnce() {
            rounds += 1
            guard rounds < 2_000 else { throw Violation("background work goes on for ever") }
        }
        let status = ledger.compactionStatus()
        guard mayLie || status.next == nil else { throw Violation("\(String(describing: status.next)) is left over") }
    }

    /// Asks to erase some records; the background work does it.
    @discardableResult
    func erase() throws -> Set<UInt64> {
        guard oracle.size > 0, ledger.size == oracle.size else { return [] }
        var indices: Set<UInt64> = []
        for _ in 0..<chance.within(1...3) { indices.insert(UInt64(chance.below(Int(oracle.size)))) }
        // What was asked for before may have been broken off.
        let before = oracle.erasing.sorted()
        if !before.isEmpty, chance.isOne(in: 2) { indices.insert(before[chance.below(before.count)]) }
        oracle.erase(indices)
        try reading { try ledger.erase(indices) }
        return indices
    }

    /// As `Ledger.eraseNow`: also lets go of the journal files that hold the records.
    func eraseForGood() throws {
        let indices = try erase()
        guard let last = indices.max() else { return }
        for _ in 0..<40 {
            guard !disk.isDead, ledger.stopReason == nil else { return }
            let isPending = ledger.store.progress.withLock { !$0.erasures.isDisjoint(with: indices) }
            let (first, newest) = ledger.reader.withLock { ($0.firstOpenIndex, $0.newestFirstIndex) }
            guard isPending || first <= last else { return try checkErased(indices) }
            if !isPending, newest <= last { ledger.queue.notify { $0.rotates = true } }
            let failures = world.tally.count(.stepsFailed)
            _ = try compactOnce(sealingTail: true)
            guard world.tally.count(.stepsFailed) == failures, !disk.isDead else { return }
            clock.advance(configuration.publishIntervalMs)
            try step()
        }
        throw Violation("an erasure does not come to an end")
    }

    /// Neither the records nor their keys are in any file, in the cache or on the medium.
    private func checkErased(_ indices: Set<UInt64>) throws {
        for index in indices.sorted() where oracle.erased.contains(index) {
            guard let marker = oracle.marker(of: index) else { continue }
            world.tally.note(.erasedForGood)
            try reading {
                for key in oracle.items[Int(index)].keys {
                    let candidates = try ledger.store.index.candidates(for: IndexKey(key))
                    guard !candidates.contains(index) else {
                        throw Violation("a key of what was erased at index \(index) is left in the index")
                    }
                }
            }
            for (path, node) in disk.names.sorted(by: { $0.key < $1.key }) where !node.isDirectory {
                guard node.honest != nil || !node.visible.contains(marker) else {
                    throw Violation("what was erased at index \(index) is left in \(path)")
                }
            }
            for (path, node) in disk.durableNames.sorted(by: { $0.key < $1.key }) where !node.isDirectory {
                // A write may have strayed there: that is the disk's doing.
                guard !(node.honest ?? node.durable).contains(marker) else {
                    throw Violation("what was erased at index \(index) is left on the medium in \(path)")
                }
            }
        }
    }

    /// Time passes, some years of it, while the service runs.
    func letYearsPass() throws {
        guard ledger.stopReason == nil, !configuration.compaction.retentionYears.isEmpty, yearsPassed < 12 else {
            return
        }
        let years = chance.within(1...3)
        yearsPassed += years
        clock.advance(years * 367 * 86_400_000)
        // Whoever starts it after so long looks at the clock.
        ledger.acceptClock()
        acceptedClock = true
        try step()
        try compact(chance.within(0...4))
    }

    /// Another process reads while background work replaces what it reads.
    func compactBeside() throws {
        let faults = world.tally.faultCount
        let reader: Ledger
        do {
            reader = try Ledger.openForReading(
                folder: folder, configuration: configuration, disk: disk, signer: signer)
        } catch {
            guard mayLie || disk.nodes.contains(where: \.isCacheWrong) || world.tally.faultCount > faults else {
                throw Violation("a reader is refused: \(error)")
            }
            return
        }
        for _ in 0..<3 where !disk.isDead {
            let size = min(reader.size, oracle.size)
            if size > 0 { try read(UInt64(chance.below(Int(size))), from: reader, besides: true) }
            try compact(chance.within(1...3), sealingTail: chance.isOne(in: 4))
        }
    }

    // MARK: The operator

    /// An operator heals from parity what can be, puts good copies in the place of the rest, and starts the service again.
    func putRight() throws {
        forget()
        disk = disk.outliveProcess()
        if chance.isOne(in: 2) { try heal() }
        disk.repair()
        try open(after: .processDeath)
    }

    private func heal() throws {
        for (path, node) in disk.names.sorted(by: { $0.key < $1.key }) where parent(of: path) == folder.segmentsPath {
            guard let honest = node.honest, path.hasSuffix(".entries") || path.hasSuffix(".records") else { continue }
            node.dropCache()
            guard !honest.differences(from: node.visible).isEmpty, node.pending.isEmpty,
                let report = try? ParityFile.heal(path: path, disk: disk, ledgerID: folder.ledgerID),
                !report.healed.isEmpty
            else { continue }
            world.tally.note(.healed)
            guard let healed = disk.names[path], healed.visible.differences(from: honest).isEmpty else {
                throw Violation("\(path) was healed to something else")
            }
        }
    }
}

extension Pages {
    /// Whether some bytes are in the file anywhere.
    func contains(_ wanted: [UInt8]) -> Bool {
        var content: [UInt8] = []
        forEachPage { _, bytes in content += bytes }
        return content.withUnsafeBytes { hay in
            var start = 0
            while start + wanted.count <= hay.count, let base = hay.baseAddress,
                let hit = memchr(base + start, Int32(wanted[0]), hay.count - wanted.count - start + 1)
            {
                if memcmp(hit, wanted, wanted.count) == 0 { return true }
                start = UnsafeRawPointer(hit) - base + 1
            }
            return false
        }
    }
}

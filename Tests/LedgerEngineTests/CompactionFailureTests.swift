import LedgerMerkle
import LedgerStorage
import Testing

@testable import LedgerEngine

/// What simulation found in compaction (Tests/Simulation/BUGS.md), each in its shortest form.
@Suite struct CompactionFailureTests {
    @Test func theFolderOfTheSegmentsIsDurableBeforeAnythingIsSealed() throws {
        let fixture = try Fixture(segmentHeight: 2)
        fixture.disk.fail("sync", ofPathEnding: fixture.folder.path, count: 1)
        #expect(throws: DiskError.self) { _ = try SteppedLedger.opened(fixture) }
        fixture.disk.fail("sync", ofPathEnding: fixture.folder.segmentsPath, count: 1)
        #expect(throws: DiskError.self) { _ = try SteppedLedger.opened(fixture) }
    }

    @Test func aSegmentThatOnlyTheCacheNamesIsDurableBeforeTheJournalGoes() throws {
        func killed(at operation: Int) throws -> (Fixture, Promises) {
            var small = try SteppedLedger(segmentHeight: 2)
            try small.file(4)
            small.ledger.queue.notify { $0.rotates = true }
            small.steps.step()
            try small.file(1)
            let disk = small.fixture.disk
            disk.crash(atOperation: disk.operationCount + operation)
            _ = try? small.compact()
            disk.revive()
            return (small.fixture, small.promises)
        }
        for operation in stride(from: 3, to: 120, by: 4) {
            var (fixture, promises) = try killed(at: operation)
            _ = try SteppedLedger.opened(fixture)
            let steps = try SteppedLedger.open(fixture, on: fixture.disk.crashed(.everything))
            try promises.check(steps.ledger)
        }
    }

    /// - Parameter steps: steps done before the one that fails.
    @Test(arguments: [0, 2])
    func aCrashAfterAFailedStepLosesNothing(_ steps: Int) throws {
        func failed(at operation: Int) throws -> SteppedLedger? {
            var small = try SteppedLedger(segmentHeight: 2)
            try small.file(4)
            small.ledger.queue.notify { $0.rotates = true }
            small.steps.step()
            try small.file(1)
            for _ in 0..<steps { _ = try small.steps.compact() }
            let disk = small.fixture.disk
            disk.fail(operation: disk.operationCount + operation, with: .other)
            do {
                _ = try small.steps.compact()
                return nil
            } catch {
                return small
            }
        }
        var failures = 0
        for operation in stride(from: 1, to: 140, by: 3) {
            guard try failed(at: operation) != nil else { continue }
            failures += 1
            for later in stride(from: 1 + operation % 17, to: 60, by: 17) {
                guard var small = try failed(at: operation) else { continue }
                let disk = small.fixture.disk
                disk.crash(atOperation: disk.operationCount + later)
                _ = try? small.compact()
                try small.reopen(on: disk.crashed(later % 2 == 0 ? .everything : .nothing))
                try small.promises.check(small.ledger)
                _ = try small.compact()
                try small.promises.check(small.ledger)
            }
        }
        #expect(failures > 10)
    }

    @Test func anEntryIsReadFromTheJournalUntilItsSegmentIsInUse() throws {
        for operation in stride(from: 2, to: 120, by: 5) {
            var small = try SteppedLedger(segmentHeight: 2)
            try small.file(4)
            small.ledger.queue.notify { $0.rotates = true }
            small.steps.step()
            try small.file(1)
            let disk = small.fixture.disk
            let failing = disk.operationCount + operation
            disk.fail(operation: failing, with: .other)
            while disk.operationCount < failing, let _ = try? small.steps.compact() {}
            guard disk.operationCount >= failing else { continue }
            try small.promises.check(small.ledger)
            _ = try small.steps.compact()
            try small.promises.check(small.ledger)
        }
    }

    @Test func nothingExpiresByAClockThatFilingDoesNotBelieve() throws {
        var small = try SteppedLedger(segmentHeight: 2) { $0.compaction.retentionYears = [0: 1] }
        try small.file(9)
        small.fixture.clock.jump(by: 5 * 366 * 86_400_000)
        small.fixture.clock.advance(10)
        small.steps.step()
        #expect(small.ledger.stopReason != nil)
        let done = try small.compact()
        #expect(!done.contains { if case .expire = $0 { true } else { false } })
        try small.promises.check(small.ledger)
        small.ledger.acceptClock()
        small.fixture.clock.advance(10)
        small.steps.step()
        #expect(try small.compact().contains(.expire(segment: 0, retention: 0)))
    }

    @Test func whatExpiredIsNotForgottenWhenATailIsSealedAgain() throws {
        var small = try SteppedLedger(segmentHeight: 2) { $0.compaction.retentionYears = [0: 1] }
        try small.file(2)
        _ = try small.compact(sealingTail: true)
        small.fixture.clock.advance(2 * 366 * 86_400_000)
        small.ledger.acceptClock()
        small.steps.step()
        _ = try small.compact()
        try small.file(2)
        _ = try small.compact()
        for index in 0..<4 as Range<UInt64> { #expect(try small.ledger.record(at: index) != .none) }
    }

    @Test func anErasureThatWasBrokenOffIsDoneWhenItIsAskedForAgain() throws {
        for operation in stride(from: 1, to: 90, by: 4) {
            var small = try SteppedLedger(segmentHeight: 2)
            try small.file(4)
            _ = try small.compact()
            try small.ledger.erase([2])
            let disk = small.fixture.disk
            disk.crash(atOperation: disk.operationCount + operation)
            _ = try? small.compact()
            try small.reopen(on: disk.crashed(operation % 2 == 0 ? .everything : .nothing))
            try small.ledger.erase([2])
            _ = try small.compact()
            #expect(try small.ledger.record(at: 2) == .erased([]))
            let key = IndexKey(entry(2).item.keys[0])
            #expect(try !small.ledger.store.index.candidates(for: key).contains(2), "operation \(operation)")
        }
    }

    @Test func aDamagedEntryIsNotTakenForOneThatIsNotThere() throws {
        var small = try SteppedLedger()
        try small.file(16)
        _ = try small.compact()
        small.steps.close()
        let path = try #require(
            small.fixture.disk.names(under: small.fixture.folder.segmentsPath).first { $0.hasSuffix(".entries") })
        for byte in stride(from: 64, to: small.fixture.disk.bytes(path).count, by: 5) {
            let changed = small.fixture.disk.crashed(.nothing)
            changed.flipBit(path, byte: byte, bit: byte % 8)
            guard let steps = try? SteppedLedger.open(small.fixture, on: changed) else { continue }
            for number in 0..<16 {
                let leaf = DomainKey(leafHash: TreeHash.leaf(entry(number).item.entry))
                if let found = try? steps.ledger.find(leaf) {
                    #expect(found == UInt64(number))
                } else {
                    #expect(throws: StorageError.self) { _ = try steps.ledger.find(leaf) }
                }
            }
        }
    }

    @Test(arguments: ["sealing", "packing", "erasing", "letting the records"])
    func aManifestThatTheDiskWritesWrongNeverTakesThePlaceOfTheOneBefore(_ kind: String) throws {
        var small = try SteppedLedger(segmentHeight: 2) { $0.compaction.retentionYears = [0: 10] }
        try small.file(5)
        if kind == "erasing" {
            _ = try small.compact()
            try small.ledger.erase([2])
        }
        if kind == "letting the records" {
            _ = try small.compact()
            small.fixture.clock.advance(11 * 366 * 86_400_000)
            small.ledger.acceptClock()
            small.steps.step()
        }
        while let next = small.ledger.compactionStatus().next, !"\(next)".hasPrefix(kind) {
            _ = try small.steps.compact()
        }
        let disk = small.fixture.disk
        let journal = small.fixture.journalFiles
        let before = disk.names(under: small.fixture.folder.segmentsPath + "/").map { ($0, disk.bytes($0)) }
        disk.changeWrites(toPathEnding: ".manifest.new", count: 1)
        let error = #expect(throws: StorageError.self) { try small.steps.compact() }
        #expect(error?.reason.contains(".manifest.new read back differs") == true)
        #expect(before.allSatisfy { disk.bytes($0.0) == $0.1 } && journal == small.fixture.journalFiles)
        // Killed here, the folder is as it was.
        for loss in [FaultyDisk.Loss.nothing, .everything] {
            var after = small
            after.steps = try SteppedLedger.open(small.fixture, on: disk.crashed(loss))
            // The keys of an erased record leave the index first.
            try after.checkPromises(erased: kind == "erasing" ? [2] : [], mayBeHeld: true)
        }
        // The next try does it.
        let done = try #require(try small.steps.compact())
        #expect("\(done)".hasPrefix(kind))
        let record = try small.ledger.record(at: 2)
        #expect(record != .held(entry(2, payload: 40).item.payload) || ["sealing", "packing"].contains(kind))
        _ = try small.compact()
        try small.reopen()
        #expect(try small.ledger.record(at: 2) == record)
    }

    @Test func aRunDamagedBeforeItIsMergedOrErasedFromIsMadeAgain() throws {
        var small = try SteppedLedger { $0.compaction.mergeFanIn = 4 }
        try small.file(48)
        _ = try small.compact()
        let disk = small.fixture.disk
        let runs = disk.names(under: small.fixture.folder.indexPath)
        #expect(runs.count == 3)
        disk.flipBit(runs[1], byte: 100)
        try small.file(16)
        let merged = try small.compact()
        #expect(merged.contains(.index(16..<32)) && merged.contains { if case .merge = $0 { true } else { false } })
        try small.promises.check(small.ledger)
        let run = try #require(disk.names(under: small.fixture.folder.indexPath).first)
        disk.flipBit(run, byte: 100)
        try small.ledger.erase([20])
        let erased = try small.compact()
        #expect(erased.contains(.erase(segment: 16..<32, indices: [20])))
        try small.checkPromises(erased: [20], mayBeHeld: false)
        #expect(try small.ledger.find(entry(20).item.keys[0]) == nil)
        #expect(small.ledger.store.uncovered.isEmpty)
    }

    @Test func aDamagedSegmentIsNotTakenForADamagedIndex() throws {
        var small = try SteppedLedger()
        try small.file(16)
        _ = try small.compact()
        let disk = small.fixture.disk
        let path = try #require(
            disk.names(under: small.fixture.folder.segmentsPath).first { $0.hasSuffix(".entries") })
        disk.damage(path) { for byte in 64..<$0.count - 300 { $0[byte] ^= 1 } }
        let leaf = DomainKey(leafHash: TreeHash.leaf(entry(3).item.entry))
        let error = #expect(throws: StorageError.self) { try small.ledger.find(leaf) }
        #expect(error?.code == .corrupt && small.ledger.store.uncovered.isEmpty)
        let run = try #require(disk.names(under: small.fixture.folder.indexPath).first)
        disk.damage(run) { for byte in stride(from: 20, to: $0.count, by: 4096) { $0[byte] ^= 1 } }
        let key = IndexKey(entry(3).item.keys[0])
        let other = #expect(throws: StorageError.self) { try small.ledger.store.index.candidates(for: key) }
        #expect(other?.code == .indexDamaged)
    }
}

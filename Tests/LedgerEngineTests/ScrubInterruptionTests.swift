import LedgerMerkle
import LedgerStorage
import Synchronization
import Testing

@testable import LedgerEngine

/// Reading again while other work goes on, fails or dies.
@Suite struct ScrubInterruptionTests {
    @Test func whoLooksForScrubsAloneForgetsNothingThatWasAskedFor() throws {
        var small = try SteppedLedger(segmentHeight: 4)
        try small.file(5)
        small.ledger.store.progress.withLock { $0.sealsTail = true }
        #expect(try small.ledger.compactor?.step(.scrubs) == nil)
        #expect(small.ledger.store.progress.withLock { $0.sealsTail })
        #expect(try small.ledger.compactor?.step() == .seal(0..<5))
        small.steps.close()
    }

    @Test func whatIsReplacedWhileItIsReadIsNoDamage() throws {
        var hit = 0
        for turn in 1..<24 {
            var small = try SteppedLedger { $0.compaction.scrubDays = 30 }
            try small.file(21, payload: 300)
            _ = try small.compact(sealingTail: true)
            try small.file(5)
            let compactor = try #require(small.ledger.compactor)
            let ledger = small.ledger
            try ledger.scrubLog?.update { $0.begin(at: small.fixture.clock.now(), end: 21) }
            ledger.scrubLog?.change { $0.isAsked = true }
            var calls = 0
            var steps: [CompactionStep] = []
            let reading: (Int) throws -> Void = { _ in
                calls += 1
                guard calls == turn else { return }
                // Both segments are erased from, and the second is sealed again, longer.
                try ledger.erase([1, 18])
                ledger.store.progress.withLock { $0.sealsTail = true }
                while let step = try compactor.step(.changes) { steps.append(step) }
            }
            while try compactor.step(reading: reading) != nil {}
            #expect(small.damage == [], "turn \(turn)")
            #expect(small.ledger.scrubResults().count == 1 && small.ledger.scrubStatus().last != nil)
            hit += steps.contains { if case .erase = $0 { true } else { false } } ? 1 : 0
            if steps.isEmpty {
                try ledger.erase([1, 18])
                _ = try small.compact()
            }
            try small.checkPromises(erased: [1, 18], mayBeHeld: false)
        }
        #expect(hit > 10, "\(hit) times something was replaced")
    }

    @Test func brokenOffItLeavesTheStoreFreeAndIsPlannedAgain() throws {
        struct Enough: Error {}
        var small = try SteppedLedger.sealed()
        small.letDaysPass(31)
        let compactor = try #require(small.ledger.compactor)
        for _ in 0..<3 {
            #expect(throws: Enough.self) { _ = try compactor.step(reading: { _ in throw Enough() }) }
            #expect(small.damage == [] && small.ledger.compactionStatus().next == .scrub(segment: 0))
        }
        try small.file(10)
        #expect(small.ledger.compactionStatus().next == .seal(32..<48))
        let done = try small.compact()
        #expect(done.first == .seal(32..<48) && done.last == .scrub(segment: 32))
    }

    @Test func whatFailsWhileSomethingElseIsDoneIsNoDamage() throws {
        let small = try SteppedLedger.sealed()
        let failure = DiskError(code: .other, operation: "write", path: "elsewhere", reason: "no")
        let compactor = try #require(small.ledger.compactor)
        small.ledger.scrubLog?.change { $0.isAsked = true }
        for turn in 1...6 {
            var calls = 0
            #expect(throws: DiskError.self) {
                _ = try compactor.step(reading: { _ in
                    calls += 1
                    if calls == turn { throw failure }
                })
            }
        }
        #expect(small.damage == [] && small.ledger.scrubResults() == [])
    }

    @Test func whatFailsOnDamageDoesNotKeepItFromBeingFound() throws {
        let small = try SteppedLedger.sealed()
        let disk = small.fixture.disk
        let path = try #require(disk.names(under: small.fixture.folder.segmentsPath).first { $0.hasSuffix(".records") })
        try small.ledger.erase([2])
        disk.flipBit(path, byte: 150)
        #expect(throws: StorageError.self) { _ = try small.compact() }
        try small.ledger.scrub()
        #expect(small.damage.map { Fixture.path + "/" + $0.file } == [path])
    }

    @Test func aShortageOfDescriptorsAndAReadThatFailsOnceAreNoDamage() throws {
        let small = try SteppedLedger.sealed()
        let disk = small.fixture.disk
        for ending in [".entries", ".records", ".manifest"] {
            disk.fail("open", ofPathEnding: ending, code: .tooManyFiles, count: 1)
            #expect(throws: DiskError.self) { try small.ledger.scrub() }
            #expect(small.damage == [])
        }
        for ending in [".entries", ".records", ".manifest", ".run", ".parity"] {
            disk.fail("read", ofPathEnding: ending, count: 1)
            try small.ledger.scrub()
            #expect(small.damage == [], "\(ending)")
        }
        disk.fail("read", ofPathEnding: ".entries", count: 1000)
        try small.ledger.scrub()
        #expect(small.damage.map(\.segment) == [0, 16])
    }

    @Test(arguments: [FaultyDisk.Loss.everything, .nothing, .random(seed: 5)])
    func aCrashAtAnyOperationLeavesTheOneStateOrTheOther(_ loss: FaultyDisk.Loss) throws {
        let small = try SteppedLedger.sealed()
        try small.ledger.scrub()
        let start = small.fixture.disk.crashed(.nothing)
        var operation = 1
        while true {
            let disk = start.crashed(.nothing)
            let folder = small.fixture.folder
            func log(_ disk: FaultyDisk) -> ScrubLog {
                ScrubLog(disk: disk, path: folder.scrubStatePath, ledgerID: folder.ledgerID)
            }
            let before = try #require(log(disk).current?.state)
            var after = before
            after.begin(at: 77, end: 32)
            disk.crash(atOperation: disk.operationCount + operation)
            try? log(disk).update { $0.begin(at: 77, end: 32) }
            let found = try #require(log(disk.crashed(loss)).current?.state)
            #expect(found == before || found == after, "operation \(operation)")
            var other = small
            try other.reopen(on: disk.crashed(loss))
            try other.ledger.scrub()
            #expect(other.damage == [])
            guard disk.isDead else { break }
            operation += 1
        }
        #expect(operation > 5)
    }

    @Test func aStateThatIsMissingDamagedOrUnreadableStartsOver() throws {
        let small = try SteppedLedger.sealed()
        try small.ledger.scrub()
        let path = small.fixture.folder.scrubStatePath
        for byte in stride(from: 0, to: small.fixture.disk.bytes(path).count, by: 3) {
            let disk = small.fixture.disk.crashed(.nothing)
            disk.flipBit(path, byte: byte, bit: byte % 8)
            var other = small
            try other.reopen(on: disk)
            #expect(other.ledger.scrubStatus().last == nil && other.ledger.scrubResults() == [])
        }
        let disk = small.fixture.disk.crashed(.nothing)
        var other = small
        try other.reopen(on: disk)
        disk.fail("open", ofPathEnding: "scrub.state", code: .tooManyFiles, count: 1)
        #expect(other.ledger.scrubResults() == [], "not known now")
        #expect(other.ledger.scrubResults().count == 1, "and not forgotten")
    }

    @Test func aStateThatCannotBeWrittenIsTriedAgain() throws {
        let small = try SteppedLedger.sealed()
        small.fixture.disk.fail("sync", ofPathEnding: "scrub.state.new", code: .full, count: 1)
        #expect(throws: DiskError.self) { try small.ledger.scrub() }
        try small.ledger.scrub()
        #expect(small.ledger.scrubResults().count == 1 && small.damage == [])
    }

    @Test func theBackgroundHelpsWhoeverWaitsAndSaysWhenAResultWaits() async throws {
        var fixture = try Fixture(segmentHeight: 2)
        fixture.configuration.compaction.scrubDays = 30
        let ledger = try fixture.open()
        defer { ledger.close() }
        for number in 0..<9 {
            guard case .queued(let ticket) = try ledger.submit(entry(number)) else { continue }
            _ = try await ticket.acknowledgement()
        }
        try await fixture.awaitPublishing(of: ledger)
        try ledger.compact()
        let told = Mutex(0)
        ledger.whenScrubbed { told.withLock { $0 += 1 } }
        for round in 1...20 {
            try ledger.scrub()
            #expect(ledger.scrubResults().count { $0.isRound } == round && ledger.knownDamage == [])
        }
        #expect(told.withLock { $0 } >= 20)
    }
}

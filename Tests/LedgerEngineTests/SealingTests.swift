import LedgerMerkle
import LedgerStorage
import Testing

@testable import LedgerEngine

/// A small ledger that is stepped by hand, with segments of 16 entries.
struct SteppedLedger {
    let fixture: Fixture
    var steps: LedgerSteps
    var promises: Promises
    private(set) var count = 0

    init(segmentHeight: Int = 4, _ change: (inout Ledger.Configuration) -> Void = { _ in }) throws {
        var fixture = try Fixture(segmentHeight: segmentHeight)
        change(&fixture.configuration)
        self.fixture = fixture
        steps = try SteppedLedger.open(fixture, on: fixture.disk)
        promises = Promises(fixture.folder)
    }

    static func opened(_ fixture: Fixture) throws -> LedgerSteps { try open(fixture, on: fixture.disk) }

    static func open(_ fixture: Fixture, on disk: FaultyDisk) throws -> LedgerSteps {
        let signer = NoteSigner(origin: fixture.folder.origin, key: try fixture.folder.signingKey(disk: disk))
        return try LedgerSteps(
            folder: fixture.folder, configuration: fixture.configuration, disk: disk, clock: fixture.clock,
            signer: signer)
    }

    var ledger: Ledger { steps.ledger }

    /// Files entries in batches of a few, and publishes.
    mutating func file(_ number: Int, batch: Int = 3, payload: Int = 40) throws {
        var left = number
        while left > 0 {
            var waiting: [(Ticket, JournalItem)] = []
            for _ in 0..<min(batch, left) {
                let submission = entry(count, payload: payload)
                guard case .queued(let ticket) = try ledger.submit(submission) else { continue }
                waiting.append((ticket, submission.item))
                count += 1
            }
            left -= waiting.count
            fixture.clock.advance(10)
            steps.step()
            for (ticket, item) in waiting { try promises.note(ticket.wait(), item) }
        }
        fixture.clock.advance(10)
        steps.step()
    }

    /// Does all background work.
    func compact(sealingTail: Bool = false) throws -> [CompactionStep] {
        var done: [CompactionStep] = []
        while let step = try steps.compact(sealingTail: sealingTail && done.isEmpty) {
            done.append(step)
            steps.step()
        }
        return done
    }

    /// Closes the ledger and opens it again, on this disk or what a crash left of it.
    mutating func reopen(on disk: FaultyDisk? = nil) throws {
        if disk == nil { steps.close() }
        steps = try SteppedLedger.open(fixture, on: disk ?? fixture.disk)
    }
}

@Suite struct SealingTests {
    @Test func everythingPromisedIsReadFromSegments() throws {
        var small = try SteppedLedger()
        try small.file(100)
        let done = try small.compact()
        #expect(try small.ledger.entries(in: 0..<0) == [] && small.ledger.entries(in: 3..<9).count == 6)
        #expect(done.contains(.seal(0..<16)) && done.contains(.seal(80..<96)) && !done.contains(.seal(96..<112)))
        #expect(small.ledger.compactionStatus().sealed == 96)
        try small.promises.check(small.ledger)
        try small.file(20)
        try small.promises.check(small.ledger)
        try small.reopen()
        #expect(small.ledger.size == 120 && small.ledger.compactionStatus().sealed == 96)
        try small.promises.check(small.ledger)
        _ = try small.compact()
        try small.promises.check(small.ledger)
    }

    @Test func proofsOfEverySizeHoldAcrossSealedAndOpenSpans() throws {
        var small = try SteppedLedger()
        try small.file(70, batch: 5)
        _ = try small.compact()
        let ledger = small.ledger
        for (size, root) in small.promises.roots where size > 0 {
            for index in stride(from: 0, to: size, by: 3) {
                let proof = try ledger.inclusionProof(index: index, size: size)
                #expect(try proof.root(leafHash: ledger.leafHash(at: index)) == root)
            }
            for (old, oldRoot) in small.promises.roots where old > 0 && old <= size {
                try ledger.consistencyProof(from: old, to: size).verify(oldRoot: oldRoot, newRoot: root)
            }
        }
    }

    @Test func aTailIsSealedEarlyAndAgainWhenItHasGrown() throws {
        var small = try SteppedLedger()
        try small.file(21)
        #expect(try small.compact(sealingTail: true).contains(.seal(16..<21)))
        #expect(small.ledger.compactionStatus().sealed == 21)
        try small.promises.check(small.ledger)
        try small.reopen()
        try small.promises.check(small.ledger)
        try small.file(4)
        #expect(try small.compact(sealingTail: true).contains(.seal(16..<25)))
        try small.file(10)
        try small.reopen()
        #expect(try small.compact().contains(.seal(16..<32)))
        try small.promises.check(small.ledger)
        let names = small.fixture.disk.names(under: small.fixture.folder.segmentsPath).filter {
            $0.hasSuffix(".entries")
        }
        #expect(names.count == 2)
        try small.reopen()
        try small.promises.check(small.ledger)
    }

    @Test func theJournalIsLetGoOnceItIsSealed() throws {
        var small = try SteppedLedger()
        try small.file(60, payload: 200_000)
        let before = small.fixture.journalFiles
        #expect(before.count >= 3)
        let done = try small.compact()
        #expect(done.contains { if case .releaseJournal = $0 { true } else { false } })
        #expect(small.fixture.journalFiles.count < before.count)
        #expect(!small.fixture.journalFiles.contains(before[0]))
        try small.promises.check(small.ledger)
        try small.file(10)
        try small.reopen()
        try small.promises.check(small.ledger)
    }

    @Test func aRawEntryIsFoundAgainInSegmentsAndNotFiledTwice() throws {
        var small = try SteppedLedger()
        try small.file(40)
        _ = try small.compact()
        for number in [0, 15, 16, 31, 33] {
            guard case .recorded(let index) = try small.ledger.submit(entry(number, payload: 40)) else {
                Issue.record("entry \(number) was queued again")
                continue
            }
            #expect(index == UInt64(number))
        }
    }

    @Test func runsAreMergedAndFindTheSame() throws {
        var small = try SteppedLedger { $0.compaction.mergeFanIn = 2 }
        try small.file(16 * 9)
        let done = try small.compact()
        #expect(done.contains { if case .merge = $0 { true } else { false } })
        #expect(small.ledger.compactionStatus().index.runCount <= 4)
        try small.promises.check(small.ledger)
        try small.reopen()
        try small.promises.check(small.ledger)
    }

    @Test func aLostIndexIsMadeAgainFromTheSegments() throws {
        var small = try SteppedLedger()
        try small.file(64)
        _ = try small.compact()
        let disk = small.fixture.disk
        small.steps.close()
        let runs = disk.names(under: small.fixture.folder.indexPath)
        try disk.remove(runs[0])
        disk.flipBit(runs[1], byte: 100)
        disk.damage(runs[2]) { $0.removeLast(4096) }
        small.steps = try SteppedLedger.opened(small.fixture)
        try small.promises.check(small.ledger)
        #expect(disk.names(under: small.fixture.folder.indexPath).count == 4)
    }

    @Test func aReaderBesideTheServiceSeesWhatIsSealed() throws {
        var small = try SteppedLedger()
        try small.file(50)
        _ = try small.compact()
        let signer = NoteSigner(
            origin: small.fixture.folder.origin, key: try small.fixture.folder.signingKey(disk: small.fixture.disk))
        let before = small.fixture.disk.names(under: "/")
        let reader = try Ledger.openForReading(
            folder: small.fixture.folder, disk: small.fixture.disk, signer: signer)
        var promises = small.promises
        try promises.check(reader)
        #expect(throws: LedgerError.self) { try reader.compact() }
        #expect(small.fixture.disk.names(under: "/") == before)
        // What it has open stays readable while the service replaces it.
        try small.file(30)
        _ = try small.compact()
        try promises.check(reader)
    }

    @Test func aReaderDoesNotServeWhatWasErasedSinceItWasOpened() throws {
        var small = try SteppedLedger()
        try small.file(16)
        _ = try small.compact()
        try small.file(10)
        _ = try small.compact(sealingTail: true)
        try small.file(10)
        let signer = NoteSigner(
            origin: small.fixture.folder.origin, key: try small.fixture.folder.signingKey(disk: small.fixture.disk))
        let reader = try Ledger.openForReading(
            folder: small.fixture.folder, disk: small.fixture.disk, signer: signer)
        // In a complete segment, in an incomplete one, in the journal: all of them open here.
        let erased = [3, 20, 30] as Set<UInt64>
        for index in 0..<36 as Range<UInt64> {
            #expect(try reader.record(at: index) == .held(entry(Int(index), payload: 40).item.payload))
        }
        let journal = Set(small.fixture.journalFiles)
        try small.ledger.erase(erased)
        _ = try small.compact()
        _ = try small.compact(sealingTail: true)
        #expect(journal.isDisjoint(with: small.fixture.journalFiles))
        for _ in 0..<2 {
            for index in 0..<36 as Range<UInt64> {
                let held = SealedRecord.held(entry(Int(index), payload: 40).item.payload)
                #expect(try reader.record(at: index) == (erased.contains(index) ? .erased([]) : held))
            }
        }
        // And once more, from what was read again meanwhile.
        try small.ledger.erase([4, 21, 31])
        while try small.compact() != [] {}
        for index in [4, 21, 31] as [UInt64] { #expect(try reader.record(at: index) == .erased([])) }
    }

    @Test func aFolderWithoutSegmentsIsOpenedAndSealed() throws {
        var small = try SteppedLedger()
        try small.file(40)
        small.steps.close()
        for name in small.fixture.disk.names(under: small.fixture.folder.segmentsPath) {
            try small.fixture.disk.remove(name)
        }
        small.steps = try SteppedLedger.opened(small.fixture)
        _ = try small.compact()
        try small.promises.check(small.ledger)
    }
}

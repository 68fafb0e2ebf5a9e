import LedgerMerkle
import LedgerStorage
import Testing

@testable import LedgerEngine

@Suite struct CompactionTests {
    @Test(arguments: [FaultyDisk.Loss.everything, .nothing, .random(seed: 11)])
    func aCrashAtAnyStepOfCompactionLosesNothing(_ loss: FaultyDisk.Loss) throws {
        var isComplete = false
        var operation = 1
        while !isComplete {
            var small = try SteppedLedger(segmentHeight: 2) { $0.compaction.mergeFanIn = 2 }
            try small.file(11)
            // A tail sealed early, to be sealed again, and an erasure, are under way, too.
            try small.ledger.erase([2, 9])
            let disk = small.fixture.disk
            disk.crash(atOperation: disk.operationCount + operation)
            _ = try? small.compact()
            isComplete = !disk.isDead
            let after = disk.crashed(loss)
            try small.reopen(on: after)
            try small.checkPromises(erased: [2, 9], mayBeHeld: true)
            try small.ledger.erase([2, 9])
            _ = try small.compact()
            try small.checkPromises(erased: [2, 9], mayBeHeld: false)
            let names = after.names(under: small.fixture.folder.segmentsPath)
            #expect(!names.contains { $0.hasSuffix(".new") }, "operation \(operation)")
            #expect(names.count { $0.hasSuffix(".manifest") } == 3, "operation \(operation)")
            operation += operation < 150 ? 1 : 3
        }
        #expect(operation > 100)
    }

    @Test func erasedContentIsNowhereInTheFolder() throws {
        var small = try SteppedLedger()
        try small.file(40, payload: 600)
        let secret = [UInt8](repeating: 33, count: 600)
        #expect(small.fixture.files(holding: secret).count == 1)
        let word = try #require(entry(33).item.keys.first.map { SealedKey($0).word })
        let key = withUnsafeBytes(of: word.bigEndian) { Array($0) }
        #expect(try small.ledger.erase([33, 3]) == 2)
        _ = try small.compact()
        #expect(small.fixture.files(holding: secret).isEmpty)
        #expect(small.fixture.files(holding: key).isEmpty)
        #expect(try small.ledger.record(at: 33) == .erased([]))
        #expect(try small.ledger.entry(at: 33) == entry(33, payload: 600).item.entry)
        #expect(try small.ledger.find(entry(33).item.keys[0]) == nil)
        #expect(try small.ledger.find(DomainKey(leafHash: TreeHash.leaf(entry(33).item.entry))) == 33)
        #expect(try small.ledger.erase([33, 3]) == 0)
        try small.checkPromises(erased: [33, 3], mayBeHeld: false)
        // Packed for good it stays erased, and the store goes on.
        try small.file(30)
        _ = try small.compact()
        try small.reopen()
        #expect(try small.ledger.record(at: 33) == .erased([]))
        try small.checkPromises(erased: [33, 3], mayBeHeld: false)
        #expect(small.fixture.files(holding: secret).isEmpty)
    }

    @Test func recordsOfAClassExpireAndEntriesStay() throws {
        var small = try SteppedLedger { $0.compaction.retentionYears = [2: 10] }
        for number in 0..<40 {
            var submission = entry(number, payload: 50)
            submission.item.retention = number % 2 == 0 ? 2 : 0
            try small.file(submission)
        }
        _ = try small.compact()
        #expect(small.ledger.compactionStatus().next == nil)
        small.fixture.clock.advance(10 * 366 * 86_400_000 + 1)
        small.ledger.acceptClock()
        small.steps.step()
        let done = try small.compact()
        #expect(done == [.expire(segment: 0, retention: 2), .expire(segment: 16, retention: 2)])
        for index in 0..<40 as Range<UInt64> {
            let item = entry(Int(index), payload: 50).item
            #expect(try small.ledger.entry(at: index) == item.entry)
            let isGone = index < 32 && index % 2 == 0
            #expect(try small.ledger.record(at: index) == (isGone ? .expired : .held(item.payload)))
            #expect(try small.ledger.find(item.keys[0]) == (isGone ? nil : index))
            #expect(try small.ledger.find(DomainKey(leafHash: TreeHash.leaf(item.entry))) == index)
        }
        let left = small.fixture.disk.names(under: small.fixture.folder.segmentsPath).filter { $0.contains(".2.1.") }
        #expect(left == [])
        try small.reopen()
        #expect(try small.ledger.record(at: 0) == .expired)
    }

    @Test func aSegmentThatWasChangedOnDiskIsReportedAndNeverServed() throws {
        var small = try SteppedLedger()
        try small.file(32, payload: 30)
        _ = try small.compact()
        small.steps.close()
        let disk = small.fixture.disk
        let names = disk.names(under: small.fixture.folder.segmentsPath).filter { !$0.hasSuffix(".parity") }
        for path in names {
            for byte in stride(from: 0, to: disk.bytes(path).count, by: 7) {
                let changed = disk.crashed(.nothing)
                changed.flipBit(path, byte: byte, bit: byte % 8)
                guard let steps = try? SteppedLedger.open(small.fixture, on: changed) else { continue }
                for index in 0..<32 as Range<UInt64> {
                    let item = entry(Int(index), payload: 30).item
                    do {
                        #expect(try steps.ledger.entry(at: index) == item.entry)
                        #expect(try steps.ledger.record(at: index) == .held(item.payload))
                        #expect(try steps.ledger.find(item.keys[0]) == index)
                    } catch let error as StorageError {
                        #expect(error.code == .corrupt || error.code == .unknownFormat)
                    }
                }
            }
        }
    }

    @Test func aFailedStepLeavesTheStoreAsItWasAndIsTriedAgain() throws {
        var operation = 1
        while operation < 400 {
            var small = try SteppedLedger(segmentHeight: 2)
            try small.file(9)
            let disk = small.fixture.disk
            let first = disk.operationCount
            disk.fail(operation: first + operation, with: operation % 2 == 0 ? .full : .other)
            _ = try? small.compact()
            if disk.operationCount < first + operation { break }
            try small.promises.check(small.ledger)
            _ = try small.compact()
            try small.promises.check(small.ledger)
            #expect(small.ledger.compactionStatus().sealed == 8)
            operation += 1
        }
        #expect(operation > 40)
    }
}

extension SteppedLedger {
    /// Files one entry and notes what was promised.
    mutating func file(_ submission: Submission) throws {
        guard case .queued(let ticket) = try ledger.submit(submission) else { return }
        fixture.clock.advance(10)
        steps.step()
        try promises.note(ticket.wait(), submission.item)
        fixture.clock.advance(10)
        steps.step()
    }

    /// Holds the ledger against everything promised, but for records that were erased.
    func checkPromises(erased: Set<UInt64>, mayBeHeld: Bool) throws {
        for (index, item) in promises.items {
            #expect(try ledger.entry(at: index) == item.entry)
            #expect(try ledger.find(DomainKey(leafHash: TreeHash.leaf(item.entry))) == index)
            let record = try ledger.record(at: index)
            if erased.contains(index) {
                #expect(record == .erased([]) || mayBeHeld && record == .held(item.payload))
            } else {
                #expect(record == .held(item.payload))
                #expect(try ledger.find(item.keys[0]) == index)
            }
        }
        for (size, root) in promises.roots {
            #expect(try LockedHashes(ledger: ledger).root(size: size) == root)
        }
    }
}

extension Fixture {
    /// The files that hold some bytes anywhere.
    func files(holding bytes: [UInt8]) -> [String] {
        disk.names(under: "/").filter { path in
            let content = disk.bytes(path)
            guard content.count >= bytes.count else { return false }
            return (0...content.count - bytes.count).contains { start in
                content[start] == bytes[0] && content[start..<start + bytes.count].elementsEqual(bytes)
            }
        }
    }
}

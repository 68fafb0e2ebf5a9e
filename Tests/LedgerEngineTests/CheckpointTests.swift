import LedgerMerkle
import LedgerStorage
import LedgerTransparency
import Synchronization
import Testing

@testable import LedgerEngine

@Suite struct CheckpointTests {
    @Test func thePublishedCheckpointNeverRunsAheadOfTheSyncedState() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        var tickets: [Ticket] = []
        var seen: Set<UInt64> = []
        for number in 0..<400 {
            tickets.append(try ticket(of: entry(number), in: ledger))
            if number % 5 == 0 { fixture.clock.advance(1) }
            let published = try ledger.publishedCheckpoint()
            // Read in this order: the state may be newer by now, never older.
            #expect(try fixture.state(in: fixture.disk.crashed(.everything)).size >= published.size)
            seen.insert(published.size)
            if number % 50 == 49 { _ = try await tickets[number].acknowledgement() }
        }
        try await fixture.awaitPublishing(of: ledger)
        #expect(try fixture.state(in: fixture.disk.crashed(.everything)).size == 400)
        #expect(seen.count > 5)
        ledger.close()
    }

    @Test func checkpointsAndProofsVerify() async throws {
        let fixture = try Fixture()
        var promises = Promises(fixture.folder)
        let ledger = try fixture.open()
        try promises.note(ledger.newestCheckpoint())
        for number in 0..<40 {
            let submission = entry(number)
            let done = try await ledger.append(submission)
            try promises.note(done, submission.item)
            let (size, root) = (done.checkpoint.size, done.checkpoint.root)
            for index in [0, done.index / 2, done.index] {
                let proof = try ledger.inclusionProof(index: index, size: size)
                #expect(try proof.root(leafHash: try ledger.leafHash(at: index)) == root)
                #expect(try ledger.leafHash(at: index) == TreeHash.leaf(ledger.item(at: index).entry))
            }
            for old in [1, size / 2, size] where old > 0 {
                let proof = try ledger.consistencyProof(from: old, to: size)
                try proof.verify(oldRoot: #require(promises.roots[old]), newRoot: root)
            }
        }
        try promises.check(ledger)
        #expect(throws: LedgerError.self) { try ledger.inclusionProof(index: 40, size: 41) }
        #expect(throws: LedgerError.self) { try ledger.inclusionProof(index: 40, size: 40) }
        #expect(throws: LedgerError.self) { try ledger.leafHash(at: 40) }
        #expect(throws: LedgerError.self) { try ledger.item(at: 40) }
        #expect(throws: LedgerError.self) { try ledger.consistencyProof(from: 1, to: 41) }
        ledger.close()
    }

    @Test func entriesThatAreNotDurableAreSeenByNobody() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        for number in 0..<255 { _ = try await ledger.append(entry(number)) }
        fixture.disk.holdSyncs()
        let waiting = try ticket(of: entry(255), in: ledger)
        while !fixture.disk.isWaitingAtGate { await Task.yield() }
        #expect(ledger.size == 255)
        #expect(throws: LedgerError.self) { try ledger.item(at: 255) }
        #expect(throws: LedgerError.self) { try ledger.leafHash(at: 255) }
        #expect(throws: LedgerError.self) { try ledger.inclusionProof(index: 255, size: 256) }
        #expect(try ledger.find(entry(255).item.keys[0]) == nil)
        #expect(try ledger.tile(level: 0, index: 0, width: 256, size: 255) == nil)
        #expect(try ledger.tile(level: 1, index: 0, width: 1, size: 255) == nil)
        #expect(try ledger.tile(level: 0, index: 0, width: 255, size: 255)?.count == 255)
        fixture.disk.releaseSyncs()
        _ = try await waiting.acknowledgement()
        #expect(try ledger.tile(level: 1, index: 0, width: 1, size: 256)?.count == 1)
        ledger.close()
    }

    @Test func aChangedByteOfAnEntryIsFoundWhenItIsRead() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        _ = try await ledger.append(entry(1))
        ledger.close()
        let again = try fixture.open()
        // Magic, lengths and entry: header 128, frame header 80, entry length 2, then the entry.
        fixture.disk.flipBit(fixture.journalFiles[0], byte: 128 + 80 + 2 + 10)
        #expect(#expect(throws: StorageError.self) { try again.item(at: 0) }?.code == .corrupt)
        again.close()
    }

    @Test func tenThousandBatchesAreReadBackAsTheyWere() async throws {
        let fixture = try Fixture()
        let key = try fixture.folder.signingKey(disk: fixture.disk)
        let ledger = try fixture.open()
        var roots: [UInt64: Digest] = [:]
        for number in 0..<10_000 {
            let done = try await ledger.append(entry(number))
            if number % 1000 == 999 { roots[done.checkpoint.size] = done.checkpoint.root }
        }
        let newest = try ledger.newestCheckpoint()
        ledger.close()
        let again = try Ledger.open(
            folder: fixture.folder, configuration: fixture.configuration, disk: fixture.disk, clock: fixture.clock,
            signer: NoteSigner(origin: fixture.folder.origin, key: key))
        #expect(try again.newestCheckpoint() == newest)
        #expect(again.size == 10_000)
        for (size, root) in roots { #expect(try LockedHashes(ledger: again).root(size: size) == root) }
        for number in stride(from: 0, to: 10_000, by: 97) {
            #expect(try again.find(entry(number).item.keys[0]) == UInt64(number))
            #expect(try again.item(at: UInt64(number)) == entry(number).item)
        }
        again.close()
    }
}

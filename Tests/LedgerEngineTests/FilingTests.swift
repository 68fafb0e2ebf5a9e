import LedgerMerkle
import LedgerStorage
import Testing

@testable import LedgerEngine

@Suite struct FilingTests {
    @Test func aFailedSyncIsAnsweredAsUnknownAndFilingGoesOnAfterReadingBack() async throws {
        var fixture = try Fixture()
        var promises = Promises(fixture.folder)
        let ledger = try fixture.open()
        for number in 1...3 {
            try promises.note(try await ledger.append(entry(number)), entry(number).item)
        }
        try await fixture.awaitPublishing(of: ledger)
        fixture.disk.failSyncs(ofPathEnding: ".journal", count: 1)
        let failure = await #expect(throws: LedgerError.self) { try await ledger.append(entry(4)) }
        guard case .outcomeUnknown = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        // Closed until the journal was read back: nothing is taken on trust.
        #expect(ledger.stopReason != nil)
        #expect(throws: LedgerError.self) { try ledger.submit(entry(5)) }
        #expect(ledger.size == 3)
        try await fixture.awaitReopening(of: ledger)
        #expect(ledger.size == 3)
        for number in [5, 4] {
            try promises.note(try await ledger.append(entry(number)), entry(number).item)
        }
        #expect(ledger.size == 5)
        try promises.check(ledger)
        ledger.close()
        fixture.disk = fixture.disk.crashed(.everything)
        let again = try fixture.open()
        try promises.check(again)
        again.close()
    }

    @Test func aFailedSyncOfTheSignersStateClosesFilingUntilItIsRead() async throws {
        let fixture = try Fixture()
        var promises = Promises(fixture.folder)
        let ledger = try fixture.open()
        try promises.note(try await ledger.append(entry(1)), entry(1).item)
        try await fixture.awaitPublishing(of: ledger)
        let published = try ledger.publishedCheckpoint()
        fixture.disk.failSyncs(ofPathEnding: "signer.state", count: 2)
        try promises.note(try await ledger.append(entry(2)), entry(2).item)
        while ledger.stopReason == nil {
            fixture.clock.advance(1)
            await Task.yield()
        }
        #expect(try ledger.publishedCheckpoint() == published)
        try await fixture.awaitReopening(of: ledger)
        // What was acknowledged is still there, though the state that said so was lost.
        try promises.check(ledger)
        #expect(ledger.size == 2)
        try promises.note(try await ledger.append(entry(3)), entry(3).item)
        ledger.close()
    }

    @Test func whatWasBuiltWhileAFailedBatchWasNotYetRecoveredIsSuperseded() async throws {
        let fixture = try Fixture(signerStateOutside: true)
        let ledger = try fixture.open()
        _ = try await ledger.append(entry(1))
        try await fixture.awaitPublishing(of: ledger)
        // The journal and the first of the two states have the batch: reading back will find and keep it.
        fixture.disk.fail("write", ofPathEnding: Fixture.outside, count: 1)
        await #expect(throws: LedgerError.self) { try await ledger.append(entry(2)) }
        let epoch = ledger.epoch
        #expect(ledger.size == 1)
        try await fixture.awaitReopening(of: ledger)
        #expect(ledger.size == 2)
        #expect(throws: LedgerError.superseded) { try ledger.submit(entry(3), epoch: epoch) }
        guard case .queued(let ticket) = try ledger.submit(entry(3), epoch: ledger.epoch) else {
            Issue.record("the entry was recorded before")
            return
        }
        #expect(try await ticket.acknowledgement().index == 2)
        ledger.close()
    }

    @Test func aSignatureThatComesLateForALostBatchIsNotTakenForTheNext() async throws {
        let fixture = try Fixture()
        let key = try fixture.folder.signingKey(disk: fixture.disk)
        let signer = SlowSigner(signer: NoteSigner(origin: fixture.folder.origin, key: key))
        let signing = SigningThread(signer, limitMs: 3_600_000)
        signer.hold()
        signing.begin(size: 2, root: SHA256.hash([2]))
        while !signer.isWaiting { await Task.yield() }
        // The batch of two is given up, the journal is read back at one.
        signing.begin(size: 1, root: SHA256.hash([1]))
        signer.release(andHoldTheNext: true)
        while signer.count < 2 { await Task.yield() }
        // The first answer has come; the second is held back while the result is asked for.
        async let result = signing.result()
        for _ in 1...20_000 { await Task.yield() }
        signer.release()
        let checkpoint = try await result
        #expect(checkpoint.size == 1 && checkpoint.root == SHA256.hash([1]))
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func whatAFailedSyncLeftInTheCacheIsNotTrustedByTheNextProcess(seed: UInt64) async throws {
        var fixture = try Fixture()
        fixture.disk = fixture.disk.crashed(.random(seed: seed))
        var promises = Promises(fixture.folder)
        let ledger = try fixture.open()
        try promises.note(try await ledger.append(entry(1)), entry(1).item)
        fixture.disk.failSyncs(ofPathEnding: ".journal", count: 1)
        await #expect(throws: LedgerError.self) { try await ledger.append(entry(2)) }
        // The process dies before it has read the journal back.
        fixture.disk.crash(atOperation: fixture.disk.operationCount + 1)
        ledger.close()
        fixture.disk.revive()
        let next = try fixture.open()
        try promises.check(next)
        try promises.note(try await next.append(entry(3)), entry(3).item)
        next.close()
        fixture.disk = fixture.disk.crashed(.everything)
        let last = try fixture.open()
        try promises.check(last)
        last.close()
    }

    @Test func aFullQueueIsBusyAndLosesNothing() async throws {
        var fixture = try Fixture()
        fixture.configuration.queueLimit = 4
        var promises = Promises(fixture.folder)
        let ledger = try fixture.open()
        fixture.disk.holdSyncs()
        let first = try ticket(of: entry(0), in: ledger)
        while !fixture.disk.isWaitingAtGate { await Task.yield() }
        let waiting = try (1...4).map { try ticket(of: entry($0), in: ledger) }
        #expect(throws: LedgerError.busy) { try ledger.submit(entry(5)) }
        #expect(ledger.pending(entry(4).item.keys[0]) != nil)
        #expect(ledger.size == 0)
        fixture.disk.releaseSyncs()
        for (number, ticket) in ([first] + waiting).enumerated() {
            try promises.note(try await ticket.acknowledgement(), entry(number).item)
        }
        // What waited while the first synced went into one batch.
        #expect(promises.roots.keys.sorted() == [0, 1, 5])
        try promises.note(try await ledger.append(entry(5)), entry(5).item)
        try promises.check(ledger)
        ledger.close()
    }

    @Test func aTooLargeItemIsRefusedAndTheLargestIsTaken() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        let largest = JournalItem(
            entry: [UInt8](repeating: 1, count: JournalItem.entryLimit),
            payload: [UInt8](repeating: 2, count: JournalItem.payloadLimit))
        var larger = largest
        larger.payload.append(0)
        #expect(throws: LedgerError.tooLarge) { try ledger.submit(Submission(item: larger)) }
        for _ in 1...5 {
            let done = try await ledger.append(Submission(item: largest))
            #expect(try ledger.item(at: done.index) == largest)
        }
        ledger.close()
    }

    @Test func theSameRawLeafGetsTheSameIndexInFlightAndRecorded() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        _ = try await ledger.append(entry(1))
        fixture.disk.holdSyncs()
        let blocker = try ticket(of: entry(2), in: ledger)
        while !fixture.disk.isWaitingAtGate { await Task.yield() }
        let first = try ticket(of: entry(3), in: ledger)
        let second = try ticket(of: entry(3), in: ledger)
        #expect(first === second)
        #expect(try ticket(of: entry(2), in: ledger) === blocker)
        fixture.disk.releaseSyncs()
        #expect(try await first.acknowledgement().index == 2)
        guard case .recorded(2) = try ledger.submit(entry(3)) else {
            Issue.record("the recorded leaf was queued again")
            return
        }
        #expect(try await ledger.append(entry(3)).index == 2)
        #expect(ledger.size == 3)
        ledger.close()
        let again = try fixture.open()
        #expect(try await again.append(entry(3)).index == 2)
        again.close()
    }

    @Test func entriesThatAreNotRawMayRepeat() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        var submission = entry(1)
        submission.isUniqueLeaf = false
        let first = try await ledger.append(submission).index
        let second = try await ledger.append(submission).index
        #expect(first == 0 && second == 1)
        #expect(try ledger.find(submission.item.keys[0]) == 1)
        ledger.close()
    }

    @Test func closingLosesNothing() async throws {
        var fixture = try Fixture()
        fixture.configuration.batchLimit = 7
        var promises = Promises(fixture.folder)
        let ledger = try fixture.open()
        let tickets = try (0..<100).map { try ticket(of: entry($0), in: ledger) }
        ledger.close()
        #expect(throws: LedgerError.self) { try ledger.submit(entry(1000)) }
        for (number, ticket) in tickets.enumerated() {
            try promises.note(try await ticket.acknowledgement(), entry(number).item)
        }
        #expect(try ledger.publishedCheckpoint().size == 100)
        fixture.disk = fixture.disk.crashed(.everything)
        let again = try fixture.open()
        try promises.check(again)
        again.close()
    }
}

/// Queues a submission that was not recorded before.
func ticket(of submission: Submission, in ledger: Ledger) throws -> Ticket {
    guard case .queued(let ticket) = try ledger.submit(submission) else {
        throw LedgerError.stopped("the entry was recorded before")
    }
    return ticket
}

import LedgerMerkle
import LedgerStorage
import Testing

@testable import LedgerEngine

/// A run of appends that crosses into a second journal file.
private let script: [Submission] = (1...9).map { entry($0, payload: (3...7).contains($0) ? 900_000 : 40 * $0) }

@Suite struct CrashTests {
    /// Runs the script until the first failure.
    private func run(_ fixture: Fixture, _ promises: inout Promises) async throws {
        guard let ledger = try? fixture.open() else { return }
        for submission in script {
            guard let done = try? await ledger.append(submission) else { break }
            try promises.note(done, submission.item)
            fixture.clock.advance(1)
        }
        try promises.note(ledger.publishedCheckpoint())
        ledger.close()
    }

    private func operationsOfAWholeRun() async throws -> Int {
        let fixture = try Fixture()
        var promises = Promises(fixture.folder)
        try await run(fixture, &promises)
        #expect(promises.size == UInt64(script.count))
        #expect(fixture.journalFiles.count == 2)
        return fixture.disk.operationCount
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func whatWasAcknowledgedSurvivesLossOfPowerAtEveryOperation(seed: UInt64) async throws {
        let fresh = try Fixture()
        let count = try await operationsOfAWholeRun()
        var acknowledged = 0
        for operation in 1...count {
            var fixture = fresh
            fixture.disk = fresh.disk.crashed(.nothing)
            fixture.disk.crash(atOperation: operation)
            var promises = Promises(fixture.folder)
            try await run(fixture, &promises)
            acknowledged += promises.items.count

            // The machine may lose power again while the ledger comes back.
            var generator = Generator(seed: seed &* 1000 &+ UInt64(operation))
            fixture.disk = fixture.disk.crashed(operation % 8 == 0 ? .everything : .random(seed: generator.next()))
            fixture.disk.crash(atOperation: 1 + generator.below(60))
            try await run(fixture, &promises)

            fixture.disk = fixture.disk.crashed(.random(seed: generator.next()))
            let ledger = try fixture.open()
            try promises.check(ledger)
            let more = entry(1000 + operation)
            try promises.note(try await ledger.append(more), more.item)
            ledger.close()
            try promises.check(ledger)
        }
        #expect(acknowledged > count)
    }

    @Test(arguments: [DiskError.Code.other, .full, .tooManyFiles])
    func everyEntryIsThereOnceWhateverOperationFails(code: DiskError.Code) async throws {
        let fresh = try Fixture()
        let count = try await operationsOfAWholeRun()
        for operation in 1...count {
            var fixture = fresh
            fixture.disk = fresh.disk.crashed(.nothing)
            fixture.disk.fail(operation: operation, with: code)
            var promises = Promises(fixture.folder)
            let ledger: Ledger
            do {
                ledger = try fixture.open()
            } catch {
                ledger = try fixture.open()
            }
            for submission in script {
                var done: Acknowledgement?
                while done == nil {
                    try await fixture.awaitReopening(of: ledger)
                    done = try? await ledger.append(submission)
                }
                try promises.note(try #require(done), submission.item)
                fixture.clock.advance(1)
            }
            #expect(ledger.size == UInt64(script.count), "operation \(operation)")
            ledger.close()
            fixture.disk = fixture.disk.crashed(.everything)
            let again = try fixture.open()
            #expect(again.size == UInt64(script.count), "operation \(operation)")
            try promises.check(again)
            again.close()
        }
    }

    @Test func creationInterruptedAnywhereLeavesAWholeLedgerOrNone() throws {
        var complete = false
        var operation = 1
        while !complete {
            let disk = FaultyDisk()
            disk.crash(atOperation: operation)
            var generator = Generator(seed: 3)
            _ = try? DataFolder.create(
                path: "/new", origin: "example.org/new", disk: disk, time: 1, random: { generator.bytes($0) })
            complete = !disk.isDead
            let after = disk.crashed(.random(seed: UInt64(operation)))
            if after.exists("/new/ledger.conf") {
                let folder = try DataFolder.open(path: "/new", disk: after)
                let signer = NoteSigner(origin: folder.origin, key: try folder.signingKey(disk: after))
                #expect(try folder.storeKey(disk: after).count == 32 && folder.pepper(disk: after).count == 32)
                try Ledger.open(folder: folder, disk: after, clock: ManualClock(), signer: signer).close()
            } else {
                #expect(throws: StorageError.self) { try DataFolder.open(path: "/new", disk: after) }
            }
            operation += 1
        }
        #expect(operation > 20)
    }
}

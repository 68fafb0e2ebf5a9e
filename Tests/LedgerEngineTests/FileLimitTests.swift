import LedgerMerkle
import Testing

@testable import LedgerEngine
@testable import LedgerStorage

/// What happens when no further file can be opened, or read as the ledger knows it.
@Suite struct FileLimitTests {
    @Test func tooManyOpenFilesAtTheRollOverIsBusyAndNothingIsReadBack() async throws {
        var fixture = try Fixture()
        var promises = Promises(fixture.folder)
        let ledger = try fixture.open()
        fixture.disk.fail("open", ofPathEnding: "/spare", code: .tooManyFiles, count: .max)
        for number in 1...4 {
            let submission = entry(number, payload: 900_000)
            try promises.note(try await ledger.append(submission), submission.item)
        }
        await #expect(throws: LedgerError.busy) { try await ledger.append(entry(5, payload: 900_000)) }
        #expect(ledger.stopReason == .busy)
        // Still open, at once: no time has passed in which the journal could have been read back.
        try promises.note(try await ledger.append(entry(6)), entry(6).item)
        #expect(ledger.stopReason == nil)
        fixture.disk.fail("open", ofPathEnding: "/spare", count: 0)
        let submission = entry(5, payload: 900_000)
        try promises.note(try await ledger.append(submission), submission.item)
        try promises.check(ledger)
        ledger.close()
        fixture.disk = fixture.disk.crashed(.everything)
        let again = try fixture.open()
        try promises.check(again)
        again.close()
    }

    @Test(arguments: [
        ("open", "/spare", DiskError.Code.denied), ("write", "/spare", .other), ("sync", "/spare", .other),
        ("open", ".journal", .tooManyFiles), ("open", ".journal", .other),
    ])
    func whatFailsBeforeAnythingIsStagedCostsNothing(operation: String, path: String, code: DiskError.Code)
        async throws
    {
        var fixture = try Fixture()
        var promises = Promises(fixture.folder)
        let ledger = try fixture.open()
        fixture.disk.fail(operation, ofPathEnding: path, code: code, count: .max)
        for number in 1...4 {
            let submission = entry(number, payload: 900_000)
            try promises.note(try await ledger.append(submission), submission.item)
        }
        let refused = await #expect(throws: LedgerError.self) { try await ledger.append(entry(5, payload: 900_000)) }
        switch (refused, code) {
        case (.busy, .tooManyFiles), (.stopped, _): break
        default: Issue.record("\(String(describing: refused))")
        }
        fixture.disk.fail(operation, ofPathEnding: path, count: 0)
        let submission = entry(5, payload: 900_000)
        try promises.note(try await ledger.append(submission), submission.item)
        try promises.check(ledger)
        ledger.close()
        #expect(fixture.journalFiles.count == 2)
        fixture.disk = fixture.disk.crashed(.everything)
        let again = try fixture.open()
        try promises.check(again)
        again.close()
    }

    @Test func anIdleLedgerNoticesThatThereIsRoomAgain() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        fixture.disk.limit(capacity: fixture.disk.usedBytes + (1 << 20))
        for number in 1...4 { _ = try await ledger.append(entry(number, payload: 1_000_000)) }
        // Fills the file but for less than a small batch.
        _ = try await ledger.append(entry(5, payload: 180_000))
        let refused = await #expect(throws: LedgerError.self) { try await ledger.append(entry(6, payload: 20_000)) }
        guard case .diskFull = refused else {
            Issue.record("\(String(describing: refused))")
            return
        }
        for _ in 1...20 {
            fixture.clock.advance(1)
            for _ in 1...200 { await Task.yield() }
            #expect(ledger.stopReason != nil)
        }
        fixture.disk.limit(capacity: .max)
        try await awaitStopReason(of: ledger, fixture.clock) { $0 == nil }
        #expect(fixture.journalFiles.count == 2)
        #expect(try await ledger.append(entry(6, payload: 20_000)).index == 5)
        #expect(try ledger.item(at: 5) == entry(6, payload: 20_000).item)
        ledger.close()
    }

    @Test func aScanHasOneFileOpenAtATime() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        for number in 1...11 { _ = try await ledger.append(entry(number, payload: 900_000)) }
        ledger.close()
        #expect(fixture.journalFiles.count == 3)
        let scanner = JournalScanner(
            disk: fixture.disk, directory: fixture.folder.journalPath, ledgerID: fixture.folder.ledgerID)
        let before = fixture.disk.forgetMostOpenFiles()
        _ = try scanner.scan(fromMedium: true) { _ in }
        #expect(fixture.disk.mostOpenFiles == before + 1)
    }

    @Test func readingBackHoldsNoFinishedFileOpenTwice() async throws {
        let fixture = try Fixture()
        var promises = Promises(fixture.folder)
        let ledger = try fixture.open()
        for number in 1...18 {
            let submission = entry(number, payload: 900_000)
            try promises.note(try await ledger.append(submission), submission.item)
        }
        #expect(fixture.journalFiles.count == 5)
        // The last file was opened under this name.
        fixture.disk.failSyncs(ofPathEnding: "/spare", count: 1)
        await #expect(throws: LedgerError.self) { try await ledger.append(entry(100)) }
        let before = fixture.disk.forgetMostOpenFiles()
        try await fixture.awaitReopening(of: ledger)
        // The signer's state, and the last file once to write and once to read.
        #expect(fixture.disk.mostOpenFiles <= before + 3)
        try promises.note(try await ledger.append(entry(100)), entry(100).item)
        try promises.check(ledger)
        ledger.close()
    }

    @Test func aPositionInAFileThatIsNotOpenIsRefused() async throws {
        let fixture = try Fixture()
        let reader = JournalReader(disk: fixture.disk, directory: fixture.folder.journalPath)
        for position in [JournalPosition(file: 0, offset: 128), JournalPosition(file: -1, offset: 128)] {
            #expect(throws: StorageError.self) { try reader.item(at: position) }
            #expect(throws: StorageError.self) { try reader.entry(at: position) }
        }
    }

    @Test func anEntryIsReadAloneAndHeldAgainstItsHash() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        let lengths = [0, 42, 125, 126, 127, 128, 4096, JournalItem.entryLimit]
        let items = lengths.enumerated().map { number, length in
            JournalItem(entry: [UInt8](repeating: UInt8(number), count: length), payload: [7, 7])
        }
        for item in items { _ = try await ledger.append(Submission(item: item)) }
        try await fixture.awaitPublishing(of: ledger)
        for (index, item) in items.enumerated() {
            let before = fixture.disk.operationCount
            #expect(try ledger.entry(at: UInt64(index)) == item.entry)
            #expect(fixture.disk.operationCount == before + (item.entry.count <= 126 ? 1 : 2))
        }
        #expect(throws: LedgerError.self) { try ledger.entry(at: UInt64(lengths.count)) }
        // The eleventh byte of the second entry: behind file header, first frame, frame header and length.
        fixture.disk.flipBit(fixture.journalFiles[0], byte: 128 + 104 + 80 + 2 + 10)
        #expect(#expect(throws: StorageError.self) { try ledger.entry(at: 1) }?.code == .corrupt)
        #expect(try ledger.entry(at: 2) == items[2].entry)
        ledger.close()
    }
}

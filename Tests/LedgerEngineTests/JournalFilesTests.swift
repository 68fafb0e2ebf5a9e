import LedgerMerkle
import Testing

@testable import LedgerEngine
@testable import LedgerStorage

/// A ledger of three journal files.
private func threeFiles() async throws -> (fixture: Fixture, promises: Promises) {
    var fixture = try Fixture()
    var promises = Promises(fixture.folder)
    let ledger = try fixture.open()
    for number in 1...11 {
        let submission = entry(number, payload: 900_000)
        try promises.note(try await ledger.append(submission), submission.item)
    }
    ledger.close()
    #expect(fixture.journalFiles.count == 3)
    fixture.disk = fixture.disk.crashed(.nothing)
    return (fixture, promises)
}

@Suite struct JournalFilesTests {
    @Test func entriesRollOverIntoFurtherFilesAndAreFoundAgain() async throws {
        var (fixture, promises) = try await threeFiles()
        #expect(fixture.journalFiles.allSatisfy { fixture.disk.bytes($0).count == JournalWriter.leastFileLength })
        let ledger = try fixture.open()
        try promises.check(ledger)
        ledger.close()
    }

    @Test func aMissingFileIsRefused() async throws {
        let (fixture, _) = try await threeFiles()
        for (file, code) in zip(fixture.journalFiles, [.corrupt, .corrupt, .behindSigner] as [StorageError.Code]) {
            var other = fixture
            other.disk = fixture.disk.crashed(.nothing)
            try other.disk.remove(file)
            #expect(#expect(throws: StorageError.self) { try other.open() }?.code == code)
        }
    }

    @Test func aFileOfAnotherLedgerIsRefused() async throws {
        let (fixture, _) = try await threeFiles()
        for file in fixture.journalFiles {
            var other = fixture
            other.disk = fixture.disk.crashed(.nothing)
            other.disk.damage(file) { bytes in
                let header = bytes.withUnsafeBytes { JournalFileHeader($0) }
                let foreign = JournalFileHeader(
                    ledgerID: SHA256.hash([2]), firstIndex: header?.firstIndex ?? 0,
                    rootBefore: header?.rootBefore ?? .zero,
                    fileLength: header?.fileLength ?? 0)
                bytes.replaceSubrange(0..<JournalFileHeader.byteCount, with: foreign.encoded)
            }
            #expect(#expect(throws: StorageError.self) { try other.open() }?.code == .foreignLedger)
        }
    }

    @Test func aHeaderThatNamesAnotherRootIsRefused() async throws {
        let (fixture, _) = try await threeFiles()
        fixture.disk.damage(fixture.journalFiles[1]) { bytes in
            let header = bytes.withUnsafeBytes { JournalFileHeader($0) }
            let other = JournalFileHeader(
                ledgerID: fixture.folder.ledgerID, firstIndex: header?.firstIndex ?? 0, rootBefore: SHA256.hash([3]),
                fileLength: header?.fileLength ?? 0)
            bytes.replaceSubrange(0..<JournalFileHeader.byteCount, with: other.encoded)
        }
        #expect(#expect(throws: StorageError.self) { try fixture.open() }?.code == .corrupt)
    }

    @Test func aChangedByteInTheUnusedRestOfAnEarlierFileIsHarmlessAndSaidSo() async throws {
        var (fixture, promises) = try await threeFiles()
        fixture.disk.flipBit(fixture.journalFiles[0], byte: JournalWriter.leastFileLength - 1)
        let scanner = JournalScanner(
            disk: fixture.disk, directory: fixture.folder.journalPath, ledgerID: fixture.folder.ledgerID)
        let tail = try scanner.scan { _ in }
        #expect(tail.damage == nil && tail.size == 11)
        #expect(tail.harmless.count == 1 && tail.harmless[0].contains(fixture.journalFiles[0]))
        let signer = NoteSigner(
            origin: fixture.folder.origin, key: try fixture.folder.signingKey(disk: fixture.disk))
        let reader = try Ledger.openForReading(folder: fixture.folder, disk: fixture.disk, signer: signer)
        #expect(reader.openingNotes == tail.harmless)
        let ledger = try fixture.open()
        #expect(ledger.openingNotes == tail.harmless)
        try promises.check(ledger)
        ledger.close()
    }

    @Test func aChangedByteInABatchOfAnEarlierFileIsRefused() async throws {
        let (fixture, _) = try await threeFiles()
        fixture.disk.flipBit(fixture.journalFiles[0], byte: 2_000_000)
        let error = #expect(throws: StorageError.self) { try fixture.open() }
        #expect(error?.code == .corrupt && error?.reason.contains(fixture.journalFiles[0]) == true)
    }

    @Test func aSpareLeftBehindIsBegunAnew() async throws {
        var (fixture, promises) = try await threeFiles()
        let spare = fixture.folder.journalPath + "/spare"
        if fixture.disk.exists(spare) { try fixture.disk.remove(spare) }
        let file = try fixture.disk.open(spare, readOnly: false, create: true)
        // An old header and frames, which must never be read as the ledger's.
        try file.write(fixture.disk.bytes(fixture.journalFiles[0]), at: 0)
        let ledger = try fixture.open()
        for number in 20...25 {
            let submission = entry(number, payload: 900_000)
            try promises.note(try await ledger.append(submission), submission.item)
        }
        ledger.close()
        #expect(fixture.journalFiles.count >= 4)
        fixture.disk = fixture.disk.crashed(.everything)
        let again = try fixture.open()
        try promises.check(again)
        again.close()
    }

    @Test(arguments: [DiskError.Code.other, .full])
    func afterAHalfDoneRollOverNothingGoesIntoTheOldFile(code: DiskError.Code) async throws {
        var fixture = try Fixture()
        var promises = Promises(fixture.folder)
        let ledger = try fixture.open()
        for number in 1...4 {
            let submission = entry(number, payload: 900_000)
            try promises.note(try await ledger.append(submission), submission.item)
        }
        // The next one needs the next file: it gets its name, but the name is not made durable.
        fixture.disk.failSyncs(ofPathEnding: "/journal", code: code, count: 1)
        await #expect(throws: LedgerError.self) { try await ledger.append(entry(5, payload: 900_000)) }
        #expect(fixture.journalFiles.count == 2)
        // A small one would still fit into the old file, where the new file's name says that nothing more can be.
        await #expect(throws: LedgerError.self) { try await ledger.append(entry(6)) }
        try await fixture.awaitReopening(of: ledger)
        for submission in [entry(6), entry(5, payload: 900_000)] {
            try promises.note(try await ledger.append(submission), submission.item)
        }
        ledger.close()
        fixture.disk = fixture.disk.crashed(.everything)
        let again = try fixture.open()
        try promises.check(again)
        again.close()
    }

    @Test func aFullDiskAtTheRollOverLosesNothingAndFilingGoesOnWhenThereIsRoom() async throws {
        var fixture = try Fixture()
        var promises = Promises(fixture.folder)
        let ledger = try fixture.open()
        fixture.disk.limit(capacity: fixture.disk.usedBytes + (1 << 20))
        var number = 0
        var refused: LedgerError?
        while refused == nil, number < 9 {
            number += 1
            let submission = entry(number, payload: 900_000)
            do {
                try promises.note(try await ledger.append(submission), submission.item)
            } catch {
                refused = error as? LedgerError
            }
        }
        guard case .diskFull = refused else {
            Issue.record("\(String(describing: refused)) instead of a full disk")
            return
        }
        #expect(ledger.stopReason == refused)
        // What still fits is taken.
        try promises.note(try await ledger.append(entry(100)), entry(100).item)
        #expect(ledger.stopReason == nil)
        try promises.check(ledger)
        fixture.disk.limit(capacity: Int.max)
        for number in number...number + 5 {
            let submission = entry(number, payload: 900_000)
            try promises.note(try await ledger.append(submission), submission.item)
        }
        ledger.close()
        fixture.disk = fixture.disk.crashed(.everything)
        let again = try fixture.open()
        try promises.check(again)
        again.close()
    }
}

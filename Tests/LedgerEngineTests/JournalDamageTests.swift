import LedgerMerkle
import Testing

@testable import LedgerEngine
@testable import LedgerStorage

/// Four small batches in one journal file.
private struct SmallJournal {
    let disk: FaultyDisk
    let scanner: JournalScanner
    let path: String
    /// Where each batch begins, and where the last one ends.
    let bounds: [Int]
    let sizes: [UInt64] = [0, 1, 3, 4, 6]

    init() throws {
        disk = FaultyDisk()
        try disk.makeDirectory("/journal")
        let ledgerID = SHA256.hash([1])
        scanner = JournalScanner(disk: disk, directory: "/journal", ledgerID: ledgerID)
        let tail = try scanner.scan { _ in }
        let writer = try JournalWriter(
            disk: disk, directory: "/journal", ledgerID: ledgerID, tail: tail, fileLength: JournalWriter.leastFileLength
        )
        var state = LedgerState(height: 16)
        var bounds: [Int] = []
        for (number, count) in [1, 2, 1, 2].enumerated() {
            let submissions = (0..<count).map { entry(10 * number + $0, payload: 5) }
            let batch = PreparedBatch(
                submissions, time: UInt64(1000 + number), sizeBefore: state.tree.size, rootBefore: state.tree.root)
            let staged = state.stage(batch)
            bounds.append(try writer.append(staged.frame).offset)
        }
        try writer.synchronize()
        bounds.append(writer.position.offset)
        self.bounds = bounds
        path = "/journal/" + writer.fileNames[0]
    }

    func scan() throws -> JournalTail { try scanner.scan { _ in } }
}

@Suite struct JournalDamageTests {
    @Test func everyFlippedByteIsFoundAtItsBatch() throws {
        let journal = try SmallJournal()
        let end = try #require(journal.bounds.last)
        for byte in 0..<end {
            journal.disk.flipBit(journal.path, byte: byte, bit: byte % 8)
            if byte < JournalFileHeader.byteCount {
                #expect(throws: StorageError.self) { try journal.scan() }
            } else {
                let batch = try #require(journal.bounds.lastIndex { $0 <= byte })
                let tail = try journal.scan()
                #expect(tail.damage != nil && tail.size == journal.sizes[batch], "byte \(byte)")
                #expect(tail.end.offset == journal.bounds[batch])
                // Only the last batch can have been torn.
                #expect(tail.isFollowedByFrames == (batch < 3), "byte \(byte)")
            }
            journal.disk.flipBit(journal.path, byte: byte, bit: byte % 8)
        }
        #expect(try journal.scan().damage == nil)
    }

    @Test func aByteInTheUnusedRestIsReportedAfterTheLastBatch() throws {
        let journal = try SmallJournal()
        let length = JournalWriter.leastFileLength
        for byte in [journal.bounds[4], journal.bounds[4] + 79, journal.bounds[4] + 80, length - 1] {
            journal.disk.flipBit(journal.path, byte: byte)
            let tail = try journal.scan()
            #expect(tail.size == 6 && tail.damage != nil && !tail.isFollowedByFrames)
            journal.disk.flipBit(journal.path, byte: byte)
        }
    }

    @Test func aFrameThatClaimsImpossibleLengthsIsDamage() throws {
        for (count, bodyLength) in [(UInt32.max, 64), (0, 64), (1, UInt32.max), (10, 69)] as [(UInt32, UInt32)] {
            let journal = try SmallJournal()
            let header = FrameHeader(
                count: count, bodyLength: bodyLength, time: 1003, sizeBefore: 4, rootBefore: TreeHash.empty)
            journal.disk.damage(journal.path) {
                $0.replaceSubrange(journal.bounds[3]..<journal.bounds[3] + 80, with: header.encoded)
            }
            #expect(try journal.scan().size == 4)
            #expect(try journal.scan().damage?.contains("impossible") == true)
        }
    }

    @Test func bytesThatLookLikeAFrameInsideTheTornBatchDoNotHideTheTear() throws {
        // The body of the last frame carries the header of a later frame; then its checksum is torn off.
        let disk = FaultyDisk()
        try disk.makeDirectory("/journal")
        let scanner = JournalScanner(disk: disk, directory: "/journal", ledgerID: SHA256.hash([1]))
        let writer = try JournalWriter(
            disk: disk, directory: "/journal", ledgerID: SHA256.hash([1]), tail: scanner.scan { _ in },
            fileLength: JournalWriter.leastFileLength)
        let later = FrameHeader(count: 1, bodyLength: 8, time: 1, sizeBefore: 7, rootBefore: .zero).encoded
        // Padded so that the inner header begins at a multiple of 8.
        let item = JournalItem(entry: [UInt8](repeating: 0, count: 6) + later)
        let frame = FrameEncoder.encode([item], time: 1, sizeBefore: 0, rootBefore: TreeHash.empty).frame
        _ = try writer.append(frame)
        try writer.synchronize()
        #expect(try scanner.scan { _ in }.damage == nil)
        disk.damage("/journal/" + writer.fileNames[0]) { $0[JournalFileHeader.byteCount + frame.count - 1] ^= 1 }
        let tail = try scanner.scan { _ in }
        #expect(tail.damage != nil && !tail.isFollowedByFrames)
    }
}

@Suite struct WatermarkTests {
    /// A ledger with three batches of one entry each, and where the last frame lies.
    private func threeBatches() async throws -> (
        fixture: Fixture, promises: Promises, last: Range<Int>, earlier: SignerState
    ) {
        var fixture = try Fixture()
        var promises = Promises(fixture.folder)
        let ledger = try fixture.open()
        var earlier = SignerState.initial(time: 0)
        var bounds: [Int] = [JournalFileHeader.byteCount]
        for number in 1...3 {
            if number == 3 { earlier = SignerState(size: 2, root: try ledger.newestCheckpoint().root, time: 1) }
            let submission = entry(number, payload: 30)
            try promises.note(try await ledger.append(submission), submission.item)
            bounds.append(bounds[number - 1] + (80 + submission.item.byteCount + 7) / 8 * 8 + 8)
        }
        ledger.close()
        fixture.disk = fixture.disk.crashed(.nothing)
        return (fixture, promises, bounds[2]..<bounds[3], earlier)
    }

    /// The signer's state as it would be had power gone before it was synced.
    private func lower(_ fixture: Fixture, to state: SignerState) throws {
        try fixture.disk.remove(fixture.ownState)
        _ = try SignerStateFile.create(
            disk: fixture.disk, path: fixture.ownState, directory: Fixture.path, ledgerID: fixture.folder.ledgerID,
            state: state)
    }

    @Test func tailTornAtAnyByteIsCutAboveTheWatermark() async throws {
        let (fixture, _, last, earlier) = try await threeBatches()
        try lower(fixture, to: earlier)
        let whole = fixture.disk.bytes(fixture.journalFiles[0])[last]
        for cut in last {
            var torn = fixture
            torn.disk = fixture.disk.crashed(.nothing)
            // Odd cuts lose the end of the batch, even ones its beginning.
            let lost = cut % 2 == 1 ? cut..<last.upperBound : last.lowerBound..<cut
            torn.disk.damage(torn.journalFiles[0]) {
                $0.replaceSubrange(lost, with: [UInt8](repeating: 0, count: lost.count))
            }
            let isWhole = torn.disk.bytes(torn.journalFiles[0])[last] == whole
            let ledger = try torn.open()
            #expect(ledger.size == (isWhole ? 3 : 2))
            let more = try await ledger.append(entry(99))
            #expect(more.index == ledger.size - 1)
            ledger.close()
        }
    }

    @Test func theSameDamageBelowTheWatermarkIsRefusedAndNothingIsChanged() async throws {
        let (fixture, _, last, _) = try await threeBatches()
        for byte in stride(from: last.lowerBound, to: last.upperBound, by: 3) {
            var damaged = fixture
            damaged.disk = fixture.disk.crashed(.nothing)
            damaged.disk.flipBit(damaged.journalFiles[0], byte: byte)
            let before = damaged.disk.names(under: "/").map { damaged.disk.bytes($0) }
            let error = #expect(throws: StorageError.self) { try damaged.open() }
            #expect(error?.code == .corrupt)
            #expect(damaged.disk.names(under: "/").map { damaged.disk.bytes($0) } == before)
        }
    }

    @Test func damageBeforeTheLastBatchIsRefusedEvenAboveTheWatermark() async throws {
        let (fixture, _, last, _) = try await threeBatches()
        try lower(fixture, to: .initial(time: 0))
        fixture.disk.flipBit(fixture.journalFiles[0], byte: last.lowerBound - 20)
        let error = #expect(throws: StorageError.self) { try fixture.open() }
        #expect(error?.code == .corrupt)
    }

    @Test func aJournalShorterThanTheSignersStateIsRefused() async throws {
        let (fixture, _, last, _) = try await threeBatches()
        fixture.disk.damage(fixture.journalFiles[0]) {
            $0.replaceSubrange(last, with: [UInt8](repeating: 0, count: last.count))
        }
        #expect(#expect(throws: StorageError.self) { try fixture.open() }?.code == .behindSigner)
    }

    @Test func anotherRootThanTheSignedOneIsRefused() async throws {
        let (fixture, _, _, _) = try await threeBatches()
        for size in [2, 3] as [UInt64] {
            try lower(fixture, to: SignerState(size: size, root: SHA256.hash([9]), time: 1))
            #expect(#expect(throws: StorageError.self) { try fixture.open() }?.code == .behindSigner)
        }
        try lower(fixture, to: SignerState(size: 0, root: SHA256.hash([9]), time: 1))
        #expect(#expect(throws: StorageError.self) { try fixture.open() }?.code == .behindSigner)
    }

    @Test func aJournalWithoutFilesIsBehindItsSigner() async throws {
        let (fixture, _, _, _) = try await threeBatches()
        try fixture.disk.remove(fixture.journalFiles[0])
        #expect(#expect(throws: StorageError.self) { try fixture.open() }?.code == .behindSigner)
        #expect(fixture.journalFiles.isEmpty)
    }

    @Test func aBatchDatedBeyondAnyClockIsDamage() throws {
        for (time, isTaken) in [(FrameHeader.latestTime, true), (FrameHeader.latestTime + 1, false), (.max, false)] {
            let journal = try SmallJournal()
            let state = LedgerState(height: 16)
            let batch = PreparedBatch([entry(1)], time: time, sizeBefore: 0, rootBefore: state.root)
            let zeros = [UInt8](repeating: 0, count: JournalWriter.leastFileLength - JournalFileHeader.byteCount)
            journal.disk.damage(journal.path) {
                $0.replaceSubrange(JournalFileHeader.byteCount..., with: zeros)
                $0.replaceSubrange(
                    JournalFileHeader.byteCount..<JournalFileHeader.byteCount + batch.frame.count, with: batch.frame)
            }
            var replayed = state
            let scan = { _ = try journal.scanner.scan { try replayed.replay($0, after: 0) } }
            if isTaken {
                try scan()
                #expect(replayed.size == 1)
            } else {
                #expect(#expect(throws: StorageError.self) { try scan() }?.code == .corrupt)
            }
        }
    }
}

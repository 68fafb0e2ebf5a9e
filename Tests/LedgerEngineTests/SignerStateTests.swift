import LedgerMerkle
import Testing

@testable import LedgerEngine
@testable import LedgerStorage

@Suite struct SignerStateTests {
    private let ledgerID = SHA256.hash([1])

    private func state(_ size: UInt64) -> SignerState {
        SignerState(size: size, root: SHA256.hash([UInt8(size)]), time: 1000 + size)
    }

    private func create(_ disk: FaultyDisk) throws -> SignerStateFile {
        try SignerStateFile.create(disk: disk, path: "/state", directory: "/", ledgerID: ledgerID, state: state(0))
    }

    private func read(_ disk: FaultyDisk) throws -> SignerState? {
        try SignerStateFile.open(disk: disk, path: "/state", ledgerID: ledgerID)?.state
    }

    @Test func aStateNumberedBeyondAllCountIsRefused() throws {
        let disk = FaultyDisk()
        _ = try create(disk)
        disk.damage("/state") { bytes in
            bytes.store(bigEndian: UInt64.max, at: 4096 + 8)
            bytes.store(bigEndian: Checksum.of(Array(bytes[4096..<4096 + 96])), at: 4096 + 96)
        }
        let error = #expect(throws: StorageError.self) { try read(disk) }
        #expect(error?.code == .corrupt && error?.reason.contains("18446744073709551615") == true)
    }

    @Test func theNewestStateIsReadBack() throws {
        let disk = FaultyDisk()
        let file = try create(disk)
        for size in 1...5 as ClosedRange<UInt64> {
            try file.write(state(size))
            #expect(try read(disk.crashed(.nothing)) == state(size))
            if size % 2 == 0 { try file.synchronize() }
        }
    }

    @Test func aSlotTornAtAnyByteLeavesTheStateBefore() throws {
        let disk = FaultyDisk()
        let file = try create(disk)
        try file.write(state(1))
        try file.synchronize()
        let before = disk.bytes("/state")
        try file.write(state(2))
        let after = disk.bytes("/state")
        let changed = before.indices.filter { before[$0] != after[$0] }
        let first = try #require(changed.first)
        let last = try #require(changed.last)
        for byte in first...last {
            let torn = disk.crashed(.nothing)
            torn.damage("/state") { $0.replaceSubrange(byte..., with: before[byte...]) }
            #expect(try read(torn) == state(1))
        }
        #expect(try read(disk.crashed(.nothing)) == state(2))
    }

    @Test func manyWritesBetweenTwoSyncsNeverTouchTheSyncedState() throws {
        let disk = FaultyDisk()
        let file = try create(disk)
        try file.write(state(1))
        try file.synchronize()
        for size in 2...9 as ClosedRange<UInt64> {
            let slots = SignerStateFile.slotOffsets
            try file.write(state(size))
            // Whatever becomes of the slot that was written since, one slot is whole.
            let whole = slots.filter { offset in
                let image = disk.crashed(.nothing)
                image.damage("/state") {
                    $0.replaceSubrange(offset..<offset + 104, with: [UInt8](repeating: 0xff, count: 104))
                }
                return (try? read(image)) == state(1)
            }
            #expect(whole.count == 1)
        }
    }

    @Test func withoutAWholeSlotTheStateIsCorrupt() throws {
        let disk = FaultyDisk()
        let file = try create(disk)
        try file.write(state(1))
        try file.synchronize()
        for offset in SignerStateFile.slotOffsets { disk.flipBit("/state", byte: offset + 20) }
        #expect(#expect(throws: StorageError.self) { try read(disk) }?.code == .corrupt)
        disk.damage("/state") { $0 = [] }
        #expect(#expect(throws: StorageError.self) { try read(disk) }?.code == .corrupt)
    }

    @Test func theStateOfAnotherLedgerIsRefused() throws {
        let disk = FaultyDisk()
        _ = try create(disk)
        let error = #expect(throws: StorageError.self) {
            try SignerStateFile.open(disk: disk, path: "/state", ledgerID: SHA256.hash([2]))
        }
        #expect(error?.code == .foreignLedger)
    }

    @Test func anAbsentFileIsNoState() throws {
        #expect(try read(FaultyDisk()) == nil)
    }

    @Test func aFailedWriteIsRepeatedInTheSameSlot() throws {
        let disk = FaultyDisk()
        let file = try create(disk)
        disk.fail(operation: disk.operationCount + 1, with: .other)
        #expect(throws: DiskError.self) { try file.write(state(1)) }
        #expect(file.state == state(0))
        try file.write(state(2))
        try file.synchronize()
        #expect(try read(disk.crashed(.everything)) == state(2))
    }

    @Test func aStateDatedBeyondAnyClockIsCorruptAndNotPassedOver() throws {
        let disk = FaultyDisk()
        let file = try create(disk)
        try file.write(SignerState(size: 1, root: SHA256.hash([1]), time: FrameHeader.latestTime))
        try file.synchronize()
        #expect(try read(disk)?.size == 1)
        try file.write(SignerState(size: 2, root: SHA256.hash([2]), time: FrameHeader.latestTime + 1))
        #expect(#expect(throws: StorageError.self) { try read(disk) }?.code == .corrupt)
    }

    @Test func whatAReaderSawWhileOneCopyCouldNotBeWrittenStays() async throws {
        let fixture = try Fixture(signerStateOutside: true)
        let ledger = try fixture.open()
        var promises = Promises(fixture.folder)
        let first = entry(1)
        try promises.note(try await ledger.append(first), first.item)
        try await fixture.awaitPublishing(of: ledger)
        let before = fixture.disk.bytes(fixture.ownState)
        fixture.disk.fail("write", ofPathEnding: Fixture.outside, count: 1)
        await #expect(throws: LedgerError.self) { try await ledger.append(entry(2)) }
        // The batch is durable, and one copy of the state says so: to a reader it is there.
        let signer = NoteSigner(origin: fixture.folder.origin, key: try fixture.folder.signingKey(disk: fixture.disk))
        let reader = try Ledger.openForReading(folder: fixture.folder, disk: fixture.disk, signer: signer)
        #expect(reader.size == 2)
        try promises.note(reader.newestCheckpoint())
        // That copy never reaches the medium.
        fixture.disk.damage(fixture.ownState) { $0 = before }
        try await fixture.awaitReopening(of: ledger)
        #expect(ledger.size == 2)
        let third = entry(3)
        try promises.note(try await ledger.append(third), third.item)
        try promises.check(ledger)
        ledger.close()
    }
}

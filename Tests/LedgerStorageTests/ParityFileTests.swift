import LedgerMerkle
import Testing

@testable import LedgerStorage

/// The parity file itself: its bytes, and damage to it.
@Suite struct ParityFileTests {
    @Test func theExampleInTheFormatsPageIsWhatIsWritten() throws {
        let page = try FormatsPage()
        let disk = ParityDisk([
            CoveredFile.path: Array("the quick brown fox jumps over the lazy dog, and then it sleeps all the day".utf8)
        ])
        let example = try #require(page.hex("parity-file-example"))
        let header = try #require(page.hex("journal-header-example"))
        let ledgerID = try #require(header.withUnsafeBytes { Digest($0.part(8, 32)) })
        try ParityFile.write(for: CoveredFile.path, disk: disk, ledgerID: ledgerID, stripeSize: 64)
        #expect(disk[ParityFile.path(for: CoveredFile.path)] == example)
        #expect(try ParityFile.check(path: CoveredFile.path, disk: disk, ledgerID: ledgerID).isEmpty)
    }

    @Test func damageToTheParityFileIsFoundAndMadeGood() throws {
        for length in [0, 1, 100, 300] {
            let covered = try CoveredFile(length: length)
            for byte in covered.parity.indices {
                var parity = covered.parity
                parity[byte] ^= 0x10
                let disk = covered.disk(parity: parity)
                let found = try CoveredFile.check(disk)
                #expect(found.count == 1 && found[0].file == ParityFile.path(for: CoveredFile.path), "byte \(byte)")
                #expect(found[0].offset <= byte && byte < found[0].offset + found[0].length)
                #expect(try covered.heals(disk), "byte \(byte)")
            }
        }
    }

    @Test func aParityFileCutAnywhereIsFound() throws {
        let covered = try CoveredFile(length: 300)
        let table = (covered.parity.count - 8 - 2 * 64) / 2
        for length in covered.parity.indices {
            let disk = covered.disk(parity: Array(covered.parity[..<length]))
            if length >= table {
                #expect(try covered.heals(disk), "cut to \(length)")
            } else {
                #expect(covered.refusal(disk)?.code == .corrupt, "cut to \(length)")
            }
        }
        #expect(try covered.heals(covered.disk(parity: covered.parity + [0])))
    }

    /// Never healed wrongly: either the exact bytes come back, or it is refused and nothing changes.
    @Test func aDamagedStripeAndADamagedParityFileHealOrAreRefused() throws {
        let covered = try CoveredFile(length: 300)
        var healed = 0
        for stripe in 0..<5 {
            for byte in covered.parity.indices {
                var (bytes, parity) = (covered.bytes, covered.parity)
                bytes[stripe * 64 + 5] ^= 0x80
                parity[byte] ^= 0x02
                let disk = covered.disk(bytes, parity: parity)
                do {
                    _ = try CoveredFile.heal(disk)
                    healed += 1
                    #expect(covered.isWhole(disk))
                } catch let error as StorageError {
                    #expect(error.code == .corrupt && error.reason.contains("and so is the parity of that stripe"))
                    #expect(disk[CoveredFile.path] == bytes && disk[ParityFile.path(for: CoveredFile.path)] == parity)
                }
            }
        }
        // Only where the stripe's own parity was hit: 64 bytes of the file.
        #expect(healed == 5 * (covered.parity.count - 64))
    }

    @Test func withoutAWholeTableNothingIsHealed() throws {
        let covered = try CoveredFile(length: 300)
        var parity = covered.parity
        parity[70] ^= 1
        parity[parity.count - 20] ^= 1
        #expect(covered.refusal(covered.disk(parity: parity))?.reason.contains("neither copy") == true)
        parity = covered.parity
        parity[parity.count - 1] ^= 1
        parity[0] ^= 1
        #expect(covered.refusal(covered.disk(parity: parity))?.code == .corrupt)
        #expect(covered.refusal(covered.disk(parity: []))?.code == .corrupt)
        #expect(covered.refusal(covered.disk(parity: [UInt8](repeating: 0xff, count: 900)))?.code == .corrupt)
    }

    @Test func whatBelongsToOthersIsRefusedPlainly() throws {
        let covered = try CoveredFile(length: 300)
        #expect(
            #expect(throws: StorageError.self) {
                try ParityFile.check(path: CoveredFile.path, disk: covered.disk(), ledgerID: TreeHash.empty)
            }?.code == .foreignLedger)
        var parity = covered.parity
        parity.replaceSubrange(0..<8, with: "TAMGAP02".utf8)
        parity[parity.count - 20] ^= 1
        #expect(covered.refusal(covered.disk(parity: parity))?.code == .unknownFormat)
        let disk = covered.disk()
        disk[ParityFile.path(for: CoveredFile.path)] = nil
        #expect(covered.refusal(disk)?.reason.contains("is missing") == true)
        // The parity of another file.
        let other = covered.disk([UInt8](repeating: 9, count: 300))
        #expect(covered.refusal(other)?.code == .corrupt)
    }

    @Test func powerLostWhileWritingLeavesTheOldParityOrTheNew() throws {
        let covered = try CoveredFile(length: 300)
        let old = try CoveredFile(length: 200).parity
        let plain = covered.disk(parity: old)
        func write(_ disk: ParityDisk) throws {
            try ParityFile.write(for: CoveredFile.path, disk: disk, ledgerID: CoveredFile.ledgerID, stripeSize: 64)
        }
        try write(plain)
        for operation in 1...plain.operations {
            let disk = covered.disk(parity: old)
            disk.crash(at: operation)
            #expect(throws: DiskError.self) { try write(disk) }
            for losing in [true, false] {
                let next = disk.restarted(losingUnsynced: losing)
                let found = next[ParityFile.path(for: CoveredFile.path)]
                #expect(found == old || found == covered.parity)
                try write(next)
                #expect(covered.isWhole(next))
            }
        }
    }

    @Test func aFileOfTheRealSizeHealsWhereverSixtyFourKibibytesAreGone() throws {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let disk = ParityDisk([CoveredFile.path: bytes])
        try ParityFile.write(for: CoveredFile.path, disk: disk, ledgerID: CoveredFile.ledgerID)
        for start in [0, 1, 65_535, 65_536, 100_001, 300_000 - 65_536] {
            var damaged = bytes
            damaged.replaceSubrange(start..<start + 65_536, with: [UInt8](repeating: 0, count: 65_536))
            disk[CoveredFile.path] = damaged
            #expect(try CoveredFile.heal(disk).healed.count <= 2)
            #expect(disk[CoveredFile.path] == bytes)
        }
    }

    @Test func aChecksumInPartsIsTheChecksumOfTheWhole() {
        let bytes = (0..<1000).map { UInt8($0 % 256) }
        for cut in [0, 1, 240, 999, 1000] {
            let running = RunningChecksum()
            bytes[..<cut].withUnsafeBytes { running.update($0) }
            bytes[cut...].withUnsafeBytes { running.update($0) }
            #expect(running.value == Checksum.of(bytes))
        }
    }
}

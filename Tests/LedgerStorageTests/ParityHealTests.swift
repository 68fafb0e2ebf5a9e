import LedgerMerkle
import Testing

@testable import LedgerStorage

/// A file of small stripes on a disk in memory, with its parity.
struct CoveredFile {
    static let path = "/s/entries"
    static let stripe = 64
    static let ledgerID = TreeHash.leaf(Array("ledger".utf8))

    let bytes: [UInt8]
    let parity: [UInt8]

    /// - Parameter length: bytes of the file; their values repeat only after 251.
    init(length: Int) throws {
        bytes = (0..<length).map { UInt8($0 * 7 % 251) }
        let disk = ParityDisk([CoveredFile.path: bytes])
        try ParityFile.write(
            for: CoveredFile.path, disk: disk, ledgerID: CoveredFile.ledgerID, stripeSize: CoveredFile.stripe)
        parity = try #require(disk[ParityFile.path(for: CoveredFile.path)])
    }

    func disk(_ file: [UInt8]? = nil, parity damaged: [UInt8]? = nil) -> ParityDisk {
        ParityDisk([CoveredFile.path: file ?? bytes, ParityFile.path(for: CoveredFile.path): damaged ?? parity])
    }

    static func check(_ disk: ParityDisk) throws -> [DamagedStripe] {
        try ParityFile.check(path: path, disk: disk, ledgerID: ledgerID)
    }

    static func heal(_ disk: ParityDisk) throws -> HealReport {
        try ParityFile.heal(path: path, disk: disk, ledgerID: ledgerID)
    }

    /// Whether healing brings back both files to the byte and leaves no other.
    func heals(_ disk: ParityDisk) throws -> Bool {
        let found = try CoveredFile.check(disk)
        let report = try CoveredFile.heal(disk)
        return !found.isEmpty && report.healed + report.parityDamage == found && isWhole(disk)
    }

    func isWhole(_ disk: ParityDisk) -> Bool {
        disk[CoveredFile.path] == bytes && disk[ParityFile.path(for: CoveredFile.path)] == parity
            && disk.names.count == 2
    }

    /// The reason why healing is refused, which must leave both files as they are.
    func refusal(_ disk: ParityDisk) -> StorageError? {
        let before = disk.names.map { disk[$0] }
        let error = #expect(throws: StorageError.self) { try CoveredFile.heal(disk) }
        let isUnchanged = disk.names.map { disk[$0] } == before
        #expect(isUnchanged)
        return error
    }
}

/// What parity heals, and what it says where it cannot.
@Suite struct ParityHealTests {
    @Test func aWholeFileIsLeftAlone() throws {
        let covered = try CoveredFile(length: 300)
        let disk = covered.disk()
        #expect(try CoveredFile.check(disk).isEmpty)
        let report = try CoveredFile.heal(disk)
        #expect(report.healed.isEmpty && report.parityDamage.isEmpty && report.description == "/s/entries is whole")
        #expect(covered.isWhole(disk))
    }

    @Test(arguments: [1, 63, 64, 65, 128, 300])
    func eachFlippedByteHeals(length: Int) throws {
        let covered = try CoveredFile(length: length)
        for byte in 0..<length {
            for mask: UInt8 in [0x01, 0xff] {
                var bytes = covered.bytes
                bytes[byte] ^= mask
                let disk = covered.disk(bytes)
                let first = try CoveredFile.check(disk).first
                #expect(first?.file == CoveredFile.path && first?.offset == byte / 64 * 64)
                #expect(try covered.heals(disk), "byte \(byte)")
            }
        }
    }

    @Test func eachRunUpToOneStripeHeals() throws {
        let covered = try CoveredFile(length: 300)
        for start in 0..<300 {
            for length in 1...min(64, 300 - start) {
                var bytes = covered.bytes
                for byte in start..<start + length { bytes[byte] = ~bytes[byte] }
                #expect(try covered.heals(covered.disk(bytes)), "\(length) bytes from \(start)")
            }
        }
    }

    @Test func aMissingTailHeals() throws {
        let covered = try CoveredFile(length: 300)
        for length in 300 - 64..<300 {
            #expect(try covered.heals(covered.disk(Array(covered.bytes[..<length]))), "cut to \(length)")
        }
        #expect(covered.refusal(covered.disk(Array(covered.bytes[..<100])))?.code == .corrupt)
    }

    @Test func bytesTooManyAreCutOff() throws {
        let covered = try CoveredFile(length: 300)
        for count in [1, 64, 1000] {
            let disk = covered.disk(covered.bytes + [UInt8](repeating: 0, count: count))
            #expect(
                try CoveredFile.check(disk) == [DamagedStripe(file: CoveredFile.path, offset: 300, length: count)])
            #expect(try covered.heals(disk))
        }
    }

    @Test func aMissingFileOfTwoStripesHeals() throws {
        for length in [1, 64, 100, 128] {
            let covered = try CoveredFile(length: length)
            let disk = covered.disk()
            disk[CoveredFile.path] = nil
            #expect(try covered.heals(disk))
        }
        let covered = try CoveredFile(length: 129)
        let disk = covered.disk()
        disk[CoveredFile.path] = nil
        #expect(covered.refusal(disk)?.code == .corrupt)
    }

    @Test func aStripeThatTheDiskRefusesToReadHeals() throws {
        let covered = try CoveredFile(length: 300)
        let disk = covered.disk()
        disk.makeUnreadable(CoveredFile.path, byte: 130)
        #expect(try CoveredFile.check(disk) == [DamagedStripe(file: CoveredFile.path, offset: 128, length: 64)])
        _ = try CoveredFile.heal(disk)
        #expect(covered.isWhole(disk))
    }

    @Test func twoStripesOfOneGroupAreRefused() throws {
        let covered = try CoveredFile(length: 300)
        for (one, other) in [(0, 2), (0, 4), (1, 3), (2, 4)] {
            var bytes = covered.bytes
            bytes[one * 64 + 3] ^= 1
            bytes[other * 64 + 40] ^= 1
            let disk = covered.disk(bytes)
            #expect(try CoveredFile.check(disk).map(\.offset) == [one * 64, other * 64])
            let error = covered.refusal(disk)
            #expect(error?.code == .corrupt && error?.reason.contains("at bytes \(one * 64), \(other * 64)") == true)
        }
    }

    @Test func oneStripeOfEachGroupHeals() throws {
        let covered = try CoveredFile(length: 300)
        for (one, other) in [(0, 1), (0, 3), (1, 4)] {
            var bytes = covered.bytes
            for byte in 0..<40 {
                bytes[one * 64 + byte] = 0
                bytes[other * 64 + byte] = 0
            }
            #expect(try covered.heals(covered.disk(bytes)))
        }
    }

    @Test func powerLostAtAnyStepLeavesTheDamagedFileOrTheHealedOne() throws {
        let covered = try CoveredFile(length: 300)
        var bytes = covered.bytes
        bytes[70] ^= 4
        var damagedParity = covered.parity
        damagedParity[3] ^= 1
        let plain = covered.disk(bytes, parity: damagedParity)
        _ = try CoveredFile.heal(plain)
        #expect(plain.operations > 30)
        var seen: Set<Bool> = []
        for operation in 1...plain.operations {
            let disk = covered.disk(bytes, parity: damagedParity)
            disk.crash(at: operation)
            #expect(throws: (any Error).self, "operation \(operation)") { try CoveredFile.heal(disk) }
            for losing in [true, false] {
                let next = disk.restarted(losingUnsynced: losing)
                let found = next[CoveredFile.path]
                #expect(found == bytes || found == covered.bytes, "operation \(operation)")
                seen.insert(found == bytes)
                _ = try CoveredFile.heal(next)
                #expect(try CoveredFile.check(next).isEmpty && next[CoveredFile.path] == covered.bytes)
                #expect(next[ParityFile.path(for: CoveredFile.path)] == covered.parity)
            }
        }
        #expect(seen == [true, false])
    }
}

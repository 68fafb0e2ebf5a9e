import Foundation
import LedgerMerkle
import LedgerStorage
import Testing

@testable import LedgerEngine

@Suite struct AuditTests {
    /// 1 flips every byte, in a few minutes: TAMGA_FLIP_STRIDE=1.
    private static let flipStride =
        ProcessInfo.processInfo.environment["TAMGA_FLIP_STRIDE"].flatMap { Int($0) } ?? 7

    /// A closed ledger with three segments of four entries, the last one sealed early, and one record erased.
    private func store() throws -> (fixture: Fixture, files: [String]) {
        var small = try SteppedLedger(segmentHeight: 2) { $0.compaction.mergeFanIn = 2 }
        try small.file(11, payload: 20)
        _ = try small.compact(sealingTail: true)
        try small.ledger.erase([2])
        _ = try small.compact()
        small.steps.close()
        let disk = small.fixture.disk
        return (small.fixture, disk.names(under: small.fixture.folder.segmentsPath + "/"))
    }

    /// The first damage that an audit beside a service finds, with the entries audited before it.
    private func audit(
        _ fixture: Fixture, _ disk: FaultyDisk, jobs: Int = 1, from: UInt64 = 0, depth: SegmentAudit.Depth = .records
    ) throws -> (damage: StoredDamage?, ranges: [Range<UInt64>]) {
        let signer = NoteSigner(origin: fixture.folder.origin, key: try fixture.folder.signingKey(disk: disk))
        let ledger = try Ledger.openForReading(
            folder: fixture.folder, configuration: fixture.configuration, disk: disk, signer: signer)
        var ranges: [Range<UInt64>] = []
        do {
            try ledger.auditSegments(depth: depth, from: from, jobs: jobs) { (segment: AuditedSegment<Never>) in
                ranges.append(segment.range)
            }
            return (nil, ranges)
        } catch let damage as StoredDamage {
            return (damage, ranges)
        }
    }

    @Test func aWholeStoreIsClean() throws {
        let (fixture, files) = try store()
        #expect(files.count == 3 * 5, "manifest, entries, records, and parity of two")
        for jobs in 1...4 {
            let (damage, ranges) = try audit(fixture, fixture.disk, jobs: jobs)
            #expect(damage == nil && ranges == [0..<4, 4..<8, 8..<11])
        }
        #expect(try audit(fixture, fixture.disk, from: 5).ranges == [4..<8, 8..<11])
        #expect(try audit(fixture, fixture.disk, depth: .entries).damage == nil)
    }

    /// As a death between the sealing and the indexing leaves it.
    @Test func aTailThatIsSealedLongerThanIndexedIsNoDamage() throws {
        var small = try SteppedLedger(segmentHeight: 4)
        try small.file(5)
        _ = try small.compact(sealingTail: true)
        let (fixture, disk) = (small.fixture, small.fixture.disk)
        let index = fixture.folder.indexPath + "/"
        let runs = disk.names(under: index).map { ($0, disk.bytes($0)) }
        try small.file(6)
        _ = try small.compact(sealingTail: true)
        small.steps.close()
        for path in disk.names(under: index) { try disk.remove(path) }
        for (path, bytes) in runs { try disk.replace(path, with: bytes) }
        let signer = NoteSigner(origin: fixture.folder.origin, key: try fixture.folder.signingKey(disk: disk))
        let ledger = try Ledger.openForReading(
            folder: fixture.folder, configuration: fixture.configuration, disk: disk, signer: signer)
        #expect(!runs.isEmpty && ledger.store.uncovered == [5..<11])
        #expect(try ledger.auditIndex(isThorough: true) == [])
    }

    @Test func everyFlippedByteIsNamedAndHealedToTheSameBytes() throws {
        let (fixture, files) = try store()
        let whole = Dictionary(uniqueKeysWithValues: files.map { ($0, fixture.disk.bytes($0)) })
        var (named, refused, flips) = (0, 0, 0)
        for path in files {
            for byte in stride(from: 0, to: fixture.disk.bytes(path).count, by: AuditTests.flipStride) {
                let disk = fixture.disk.crashed(.nothing)
                disk.flipBit(path, byte: byte, bit: byte % 8)
                flips += 1
                do {
                    let found = try #require(try audit(fixture, disk, jobs: 2).damage, "\(path) \(byte)")
                    #expect(found.file == path && found.offset <= byte, "\(path) \(byte): \(found)")
                    named += 1
                } catch let error as StorageError {
                    // Opening names it already.
                    #expect(error.reason.contains(path), "\(path) \(byte): \(error)")
                    refused += 1
                }
                let report = try Ledger.repair(folder: fixture.folder, codec: fixture.configuration.codec, disk: disk)
                #expect(report.isWhole && !report.repaired.isEmpty, "\(path) \(byte): \(report)")
                for (path, bytes) in whole { #expect(disk.bytes(path) == bytes, "\(path)") }
            }
        }
        #expect(named + refused == flips && named > 0 && refused > 0)
    }

    @Test func everyFlippedByteOfTheIndexIsFoundAndItsRunIsMadeAgain() throws {
        let (fixture, _) = try store()
        let runs = fixture.disk.names(under: fixture.folder.indexPath + "/")
        for path in runs {
            for byte in stride(from: 0, to: fixture.disk.bytes(path).count, by: 1 + 40 * AuditTests.flipStride) {
                let disk = fixture.disk.crashed(.nothing)
                disk.flipBit(path, byte: byte, bit: byte % 8)
                let found = try RunIndex.survey(
                    disk: disk, directory: fixture.folder.indexPath, ledgerID: fixture.folder.ledgerID)
                #expect(found.map(\.path) == [path], "\(path) \(byte)")
                let report = try Ledger.repair(folder: fixture.folder, codec: fixture.configuration.codec, disk: disk)
                #expect(report.isWhole && report.repaired.count == 1 && !disk.exists(path))
            }
        }
        #expect(!runs.isEmpty)
    }

    @Test func theFirstDamageIsTheSameHoweverManyLookForIt() throws {
        let (fixture, files) = try store()
        let entries = files.filter { $0.hasSuffix(".entries") }
        let disk = fixture.disk.crashed(.nothing)
        for path in entries.prefix(2) { disk.flipBit(path, byte: 70) }
        let alone = try audit(fixture, disk)
        #expect(alone.damage?.file == entries[0] && alone.damage?.index == 0 && alone.ranges == [])
        for jobs in 2...4 {
            let together = try audit(fixture, disk, jobs: jobs)
            #expect(together.damage == alone.damage && together.ranges == alone.ranges)
        }
        #expect(try audit(fixture, disk, from: 2).damage == alone.damage)
        #expect(try audit(fixture, disk, jobs: 3, from: 4).damage?.file == entries[1])
    }

    @Test func damageBeyondParityIsNamedAndTakenFromAMirror() throws {
        let (fixture, files) = try store()
        let path = try #require(files.first { $0.hasSuffix(".entries") })
        let name = String(path.dropFirst(fixture.folder.segmentsPath.count + 1))
        let disk = fixture.disk.crashed(.nothing)
        disk.flipBit(path, byte: 70)
        try disk.remove(ParityFile.path(for: path))
        func repair(_ mirror: String?) throws -> SegmentRepair.Report {
            try Ledger.repair(
                folder: fixture.folder, codec: fixture.configuration.codec, mirror: mirror, disk: disk)
        }
        let damaged = disk.bytes(path)
        let refused = try repair(nil)
        #expect(!refused.isWhole && refused.lost[0].contains(path) && disk.bytes(path) == damaged)
        try disk.makeDirectory("/mirror")
        try disk.replace("/mirror/\(name)", with: damaged)
        #expect(try !repair("/mirror").isWhole)
        #expect(disk.bytes(path) == damaged)
        try disk.replace("/mirror/\(name)", with: fixture.disk.bytes(path))
        #expect(try repair("/mirror").isWhole)
        #expect(disk.bytes(path) == fixture.disk.bytes(path))
        #expect(disk.bytes(ParityFile.path(for: path)) == fixture.disk.bytes(ParityFile.path(for: path)))
        #expect(try repair(nil).repaired == [])
    }

    @Test(arguments: [false, true]) func aManifestIsMadeAgainFromFooters(isMissing: Bool) throws {
        let (fixture, files) = try store()
        for path in files where path.hasSuffix(".manifest") {
            let disk = fixture.disk.crashed(.nothing)
            if isMissing { try disk.remove(path) } else { disk.damage(path) { $0 = Array($0.prefix(20)) } }
            let report = try Ledger.repair(folder: fixture.folder, codec: fixture.configuration.codec, disk: disk)
            #expect(report.isWhole && report.repaired.count == 1, "\(report)")
            #expect(disk.bytes(path) == fixture.disk.bytes(path))
        }
    }

    @Test func allManifestsAreMadeAgainTogether() throws {
        let (fixture, files) = try store()
        let disk = fixture.disk.crashed(.nothing)
        let manifests = files.filter { $0.hasSuffix(".manifest") }
        for path in manifests { try disk.remove(path) }
        let report = try Ledger.repair(folder: fixture.folder, codec: fixture.configuration.codec, disk: disk)
        #expect(report.isWhole && report.repaired.count == manifests.count)
        for path in manifests { #expect(disk.bytes(path) == fixture.disk.bytes(path)) }
    }

    @Test func aSegmentThatIsGoneIsNamedAndTwoThatCouldBeItAreNotChosenFrom() throws {
        let (fixture, files) = try store()
        let last = files.filter { $0.contains("/00000000000000000008-") }
        let disk = fixture.disk.crashed(.nothing)
        for path in last { try disk.remove(path) }
        let gone = try Ledger.repair(folder: fixture.folder, codec: fixture.configuration.codec, disk: disk)
        #expect(gone.lost == ["the segments of the entries 8 to 10 are missing"] && gone.repaired.isEmpty)

        let both = fixture.disk.crashed(.nothing)
        let entries = try #require(last.first { $0.hasSuffix(".entries") })
        let longer = entries.replacingOccurrences(of: "11.entries", with: "12.entries")
        try both.replace(longer, with: both.bytes(entries))
        try both.remove(try #require(last.first { $0.hasSuffix(".manifest") }))
        let report = try Ledger.repair(folder: fixture.folder, codec: fixture.configuration.codec, disk: both)
        #expect(!report.isWhole && report.lost[0].contains("which of") && report.repaired.isEmpty)
    }

    @Test func whatABrokenOffSealingLeftIsNotTakenForASegment() throws {
        for operation in stride(from: 1, to: 90, by: 3) {
            var small = try SteppedLedger(segmentHeight: 2)
            try small.file(7)
            let disk = small.fixture.disk
            disk.crash(atOperation: disk.operationCount + operation)
            _ = try? small.steps.compact()
            let after = disk.crashed(.nothing)
            let before = after.names(under: small.fixture.folder.segmentsPath + "/")
            let report = try Ledger.repair(
                folder: small.fixture.folder, codec: small.fixture.configuration.codec, disk: after)
            #expect(report.isWhole && report.repaired.isEmpty, "\(operation): \(report)")
            #expect(after.names(under: small.fixture.folder.segmentsPath + "/") == before)
            try small.reopen(on: after)
            try small.promises.check(small.ledger)
        }
    }
}

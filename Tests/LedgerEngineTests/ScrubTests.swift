import LedgerMerkle
import LedgerStorage
import Testing

@testable import LedgerEngine

/// Reading again what is sealed.
@Suite struct ScrubTests {
    @Test func aCleanStoreIsReadRoundByRound() throws {
        let small = try SteppedLedger.sealed()
        #expect(small.ledger.compactionStatus().next == nil)
        small.letDaysPass(29)
        #expect(try small.compact() == [] && small.ledger.scrubStatus().last == nil)
        for round in 1...3 as ClosedRange<UInt64> {
            small.letDaysPass(30)
            #expect(try small.compact() == [.scrub(segment: 0), .scrub(segment: 16)])
            let status = small.ledger.scrubStatus()
            let last = try #require(status.last)
            #expect(last.segments == 2 && last.entries == 32 && last.damaged == 0 && last.byteCount > 2_000)
            #expect(status.damage == [] && status.round == nil && status.next == 0)
            #expect(status.due == last.started + 30 * 86_400_000)
            let results = small.ledger.scrubResults()
            #expect(results.count == Int(round) && results.allSatisfy { $0.isRound && $0.known == 0 })
            #expect(try small.compact() == [])
        }
        for result in small.ledger.scrubResults() { try small.ledger.noteFiled(result) }
        #expect(small.ledger.scrubResults() == [] && small.ledger.scrubStatus().waiting == 0)
    }

    @Test func aRoundGoesOnWhereItWasWhenTheLedgerIsOpenedAgain() throws {
        var small = try SteppedLedger.sealed()
        small.letDaysPass(31)
        #expect(try small.steps.compact() == .scrub(segment: 0))
        let round = try #require(small.ledger.scrubStatus().round)
        #expect(round.next == 16 && round.end == 32)
        try small.reopen()
        #expect(small.ledger.scrubStatus().round == round)
        #expect(try small.compact() == [.scrub(segment: 16)])
        #expect(small.ledger.scrubStatus().last?.started == round.started)
        #expect(small.ledger.scrubResults().map(\.segments) == [2])
        // What is sealed after a round began is of the next one.
        try small.file(30)
        small.letDaysPass(31)
        let done = try small.compact().filter { if case .scrub = $0 { true } else { false } }
        #expect(done == [0, 16, 32, 48].map { .scrub(segment: $0) })
    }

    @Test func aFlippedByteInEachFileIsFoundNamedAndStatedOnce() throws {
        let small = try SteppedLedger.sealed()
        let paths = small.sealedFiles
        let kinds = [".manifest", ".entries", ".records", ".entries.parity", ".records.parity", ".run"]
        for kind in kinds { #expect(paths.contains { $0.hasSuffix(kind) }, "\(kind)") }
        for path in paths {
            let count = small.fixture.disk.bytes(path).count
            for byte in [0, count / 3, count / 2, count - 1] {
                let disk = small.fixture.disk.crashed(.nothing)
                var other = small
                try other.reopen(on: disk)
                disk.flipBit(path, byte: byte, bit: byte % 8)
                try other.ledger.scrub()
                let name = String(path.dropFirst(Fixture.path.count + 1))
                let results = other.ledger.scrubResults()
                let stated = results.flatMap(\.damage)
                #expect(stated.map(\.file) == [name], "byte \(byte) of \(path): \(stated)")
                #expect(stated.allSatisfy { !$0.reason.contains(Fixture.path) }, "\(stated)")
                let last = try #require(results.last { $0.isRound })
                if path.hasSuffix(".run") {
                    // Made again at once: nothing is lost by its damage.
                    #expect(results.flatMap(\.healed) == [name] && other.damage == [])
                } else {
                    #expect(last.known == 1 && other.damage.map(\.file) == [name])
                    #expect(other.damage.allSatisfy { Int($0.offset) <= byte })
                }
                for result in results { try other.ledger.noteFiled(result) }
                try other.ledger.scrub()
                #expect(other.ledger.scrubResults().flatMap(\.damage) == [], "stated twice: \(path)")
                #expect(other.ledger.scrubResults().flatMap(\.healed) == [])
            }
        }
    }

    @Test func missingAndCutFilesAreNamed() throws {
        let small = try SteppedLedger.sealed()
        for path in small.sealedFiles where !path.hasSuffix(".run") {
            for isCut in [false, true] {
                let disk = small.fixture.disk.crashed(.nothing)
                var other = small
                try other.reopen(on: disk)
                if isCut { disk.damage(path) { $0.removeLast(9) } } else { try disk.remove(path) }
                try other.ledger.scrub()
                #expect(other.damage.map { Fixture.path + "/" + $0.file } == [path])
            }
        }
    }

    @Test func damageInSeveralFilesOfASegmentIsAllNamed() throws {
        let small = try SteppedLedger.sealed()
        let first = small.fixture.disk.names(under: small.fixture.folder.segmentsPath + "/").filter {
            $0.contains("/00000000000000000000-")
        }
        for path in first { small.fixture.disk.flipBit(path, byte: 70) }
        try small.ledger.scrub()
        #expect(Set(small.damage.map { Fixture.path + "/" + $0.file }) == Set(first))
        #expect(small.ledger.scrubResults().count == 2, "the segment, and the round")
    }

    @Test func blocksOfSecretsAreReadWithTheFirstSegment() throws {
        let small = try SteppedLedger.sealed()
        let folder = small.fixture.folder
        let secrets = SecretFolder(path: folder.secretsPath, disk: small.fixture.disk, ledgerID: folder.ledgerID)
        try secrets.create(
            SecretBlock(ledgerID: folder.ledgerID, number: 7, retentionClass: 1, tree: KeyTree(root: .zero)))
        try small.ledger.scrub()
        #expect(small.damage == [])
        small.fixture.disk.flipBit(secrets.path(of: 7), byte: 60)
        try small.ledger.scrub()
        #expect(small.damage.map(\.file) == ["keys/secrets/0000000007.key"])
    }

    @Test func aRepairedStoreIsReadAgainAtOnceAndSaysSo() throws {
        var small = try SteppedLedger.sealed()
        let disk = small.fixture.disk
        let path = try #require(disk.names(under: small.fixture.folder.segmentsPath).first { $0.hasSuffix(".entries") })
        disk.flipBit(path, byte: 200)
        try small.ledger.scrub()
        #expect(small.damage.count == 1)
        // Opened again without a repair it is looked at, and found as it was.
        for result in small.ledger.scrubResults() { try small.ledger.noteFiled(result) }
        try small.reopen()
        #expect(small.ledger.scrubStatus().next == 0)
        #expect(try small.compact() == [.scrub(segment: 0)])
        #expect(small.damage.count == 1 && small.ledger.scrubResults() == [])
        small.steps.close()
        let report = try Ledger.repair(folder: small.fixture.folder, codec: OpaqueRecords(), disk: disk)
        #expect(report.isWhole && report.repaired.count == 1)
        try small.reopen(on: disk)
        #expect(try small.compact() == [.scrub(segment: 0)])
        #expect(small.damage == [])
        let healed = try #require(small.ledger.scrubResults().first)
        #expect(healed.healed == [String(path.dropFirst(Fixture.path.count + 1))])
        #expect(healed.known == 0 && !healed.isRound && healed.damage == [])
        try small.ledger.scrub()
        #expect(small.ledger.scrubResults().last?.isRound == true && small.ledger.scrubResults().last?.known == 0)
        // Damaged once more in the same place it is another damage.
        disk.flipBit(path, byte: 200)
        try small.ledger.scrub()
        #expect(small.ledger.scrubResults().flatMap(\.damage).count == 1)
    }
}

/// A stepped ledger that is scrubbed.
extension SteppedLedger {
    /// Two segments of 16 entries and a tail, nothing left to do.
    static func sealed() throws -> SteppedLedger {
        var small = try SteppedLedger { $0.compaction.scrubDays = 30 }
        try small.file(40)
        _ = try small.compact()
        return small
    }

    func letDaysPass(_ days: UInt64) {
        fixture.clock.advance(days * 86_400_000)
        ledger.acceptClock()
        steps.step()
    }

    var damage: [ScrubState.Damage] { ledger.knownDamage }

    /// Every file below the folders of segments and index.
    var sealedFiles: [String] {
        fixture.disk.names(under: fixture.folder.segmentsPath + "/")
            + fixture.disk.names(under: fixture.folder.indexPath + "/")
    }
}

import LedgerEngine
import LedgerStorage
import Testing

@testable import Filing

/// Whether an audit notices what became of the access log.
@Suite struct AccessAuditTests {
    private let days = (0..<3).map { AccessDay(number: AccessBench.today.number + $0) }

    /// Two closed days, and one that is being written.
    private func bench() async throws -> AccessBench {
        let bench = try AccessBench(partHeight: 12)
        for day in days { try await bench.append(0..<5, at: day.start) }
        try await bench.log.closeDays(before: days[2])
        return bench
    }

    private func audit(_ bench: AccessBench, on disk: FaultyDisk, from first: UInt64 = 0) throws -> AccessAudit.Report {
        let folder = AccessFolder(bench.desk.registrar, disk: disk, path: AccessBench.folder)
        return try AccessAudit(registrar: bench.desk.registrar, folder: folder, entries: first..<(.max)).run {}
    }

    private func reason(_ bench: AccessBench, _ change: (FaultyDisk) throws -> Void) throws -> String {
        let disk = bench.disk.crashed(.nothing)
        try change(disk)
        do {
            _ = try audit(bench, on: disk)
            return ""
        } catch let damage as Audit.Damage {
            return "\(damage)"
        }
    }

    @Test func aWholeLogGivesItsRootsAndNothingIsWritten() async throws {
        let bench = try await bench()
        let disk = bench.disk.crashed(.nothing)
        for name in disk.names(under: AccessBench.folder) where name.hasSuffix(".index") { try disk.remove(name) }
        let names = disk.names(under: AccessBench.folder)
        #expect(try audit(bench, on: disk) == .init(closed: 2, lines: 10, open: 1))
        #expect(disk.names(under: AccessBench.folder) == names)
        let roots = try bench.log.roots()
        #expect(try audit(bench, on: disk, from: roots[0].index + 1) == .init(closed: 1, lines: 5, open: 1))
    }

    @Test func missingDaysAreNamedAllAtOnce() async throws {
        let bench = try await bench()
        let entry = try bench.log.roots()[1].index
        let one = try reason(bench) { try $0.remove(AccessBench.path(days[1])) }
        #expect(
            one.hasPrefix("entry \(entry): ") && one.contains("access/\(days[1]).log (restore the files from a copy"))
        #expect(!one.contains("\(days[0])"))
        let both = try reason(bench) { disk in for day in days { try disk.remove(AccessBench.path(day)) } }
        #expect(both.contains("access/\(days[0]).log, access/\(days[1]).log (restore"))
        #expect(!both.contains("\(days[2])"), "nothing says that an open day had lines")
    }

    @Test func everyFlippedByteOfAClosedDayIsFound() async throws {
        let bench = try await bench()
        let path = AccessBench.path(days[0])
        for byte in bench.disk.bytes(path).indices {
            let found = try reason(bench) { disk in disk.damage(path) { $0[byte] ^= 1 << (byte % 8) } }
            #expect(found.contains("access/\(days[0]).log"), "byte \(byte)")
        }
    }

    @Test func aClosedDayThatWasCutAnywhereIsFound() async throws {
        let bench = try await bench()
        let path = AccessBench.path(days[1])
        let whole = bench.disk.bytes(path)
        for end in whole.indices {
            let found = try reason(bench) { disk in disk.damage(path) { $0 = Array(whole[..<end]) } }
            #expect(found.contains("access/\(days[1]).log"), "cut at \(end)")
        }
        let frames = bench.frames(days[1])
        let between = try reason(bench) { disk in disk.damage(path) { $0 = Array(whole[..<frames[3]]) } }
        #expect(between.contains("does not give the root that the ledger holds"))
        #expect(between.contains("restore the file from a copy"))
        let emptied = try reason(bench) { disk in disk.damage(path) { $0 = Array($0[..<frames[0]]) } }
        #expect(emptied.contains("does not give the root"))
    }

    @Test func anOpenDayMayBeTornAtItsEndAndIsDamagedElsewhere() async throws {
        let bench = try await bench()
        let (path, frames) = (AccessBench.path(days[2]), bench.frames(days[2]))
        #expect(try reason(bench) { disk in disk.damage(path) { $0.removeLast(7) } } == "")
        let found = try reason(bench) { $0.flipBit(path, byte: frames[1] + 40) }
        #expect(found.contains("access/\(days[2]).log is damaged at byte \(frames[1])"))
    }

    @Test func aFileOfADayThatWasNeverClosedIsFound() async throws {
        // The day between has no root, and never gets one.
        let bench = try AccessBench(partHeight: 12)
        for day in [days[0], days[2]] { try await bench.append(0..<5, at: day.start) }
        try await bench.log.closeDays(before: days[2].next)
        let other = try AccessBench(partHeight: 12)
        let path = AccessBench.path(days[1])
        try await other.append(0..<3, at: days[1].start)
        let foreign = try reason(bench) { try $0.replace(path, with: other.disk.bytes(path)) }
        #expect(foreign.contains("belongs to another ledger"))
        let folder = bench.log.folder
        let empty = AccessFormat.header(ledgerID: folder.ledgerID, day: days[1])
        #expect(try reason(bench) { try $0.replace(path, with: empty) } == "", "nothing was ever logged in it")
        var lines = empty
        try folder.seal.appendFrame(
            salt: [UInt8](repeating: 1, count: 16),
            canonical: AccessBench.line(0, at: days[1].start).canonicalBytes, day: days[1], index: 0, batch: 0,
            to: &lines)
        let stray = try reason(bench) { try $0.replace(path, with: lines) }
        #expect(stray.contains("access/\(days[1]).log has 1 lines") && stray.contains("closed \(days[2])"))
    }
}

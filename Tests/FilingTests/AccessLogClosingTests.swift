import CanonicalJSON
import Catalogue
import Evidence
import Foundation
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency
import Testing

@testable import Filing

/// Closing days, and proving lines under their roots.
@Suite struct AccessLogClosingTests {
    private let today = AccessBench.today

    private func day(_ number: Int) -> AccessDay { AccessDay(number: UInt32(Int(today.number) + number)) }

    @Test func eachDayWithLinesGetsOneRoot() async throws {
        let bench = try AccessBench()
        try await bench.append(0..<5, at: day(0).start)
        try await bench.append(5..<6, at: day(1).start + 7)
        // Nobody looked on day 2.
        try await bench.append(6..<20, at: day(3).start)
        #expect(try await bench.log.closeDays(before: day(0)).isEmpty)
        let filed = try await bench.log.closeDays(before: day(3))
        #expect(filed.map { $0.text("day") } == [day(0).description, day(1).description])
        #expect(try await bench.log.closeDays(before: day(3)).isEmpty, "once")
        let third = try await bench.log.closeDays(before: day(9))
        #expect(
            third.map { $0.text("day") } == [day(3).description]
                && third.map { $0.text("after") } == [day(1).description])
        #expect(filed.map { $0.text("after") } == ["", day(0).description])
        let roots = try bench.log.roots()
        #expect(roots.map(\.index) == [0, 1, 2] && bench.desk.ledger.size == 3)
        for (record, count) in zip(roots, [5, 1, 14]) {
            let day = try #require(AccessDay(record.text("day")))
            let lines = try bench.lines(day)
            #expect(record.stored.record.kind == .accessLogRoot && record.text("action") == "access-day")
            #expect(record.text("count") == String(count) && lines.count == count)
            #expect(record.text("root") == AccessBench.root(lines.map(\.leafHash)[...]).description)
            #expect(record.text("first") == "\(lines[0].line.time)+08:00")
            #expect(record.text("last") == "\(lines[count - 1].line.time)+08:00")
            #expect(try bench.log.closing(of: day)?.index == record.index)
            for name in record.fields.keys where !["chain", "sequence", "previous"].contains(name) {
                #expect(AccessLog.schema[.accessLogRoot, name] != nil, "\(name)")
            }
        }
        #expect(try bench.log.closing(of: day(2)) == nil)
        #expect(roots.map { $0.text("sequence") } == ["0", "1", "2"])
        #expect(roots[2].text("previous") == roots[1].commitment.description)
        #expect(Reader.citizen.fields(of: roots[0].stored.record) == Set(roots[0].fields.keys), "public")
        var audit = Audit(bench.desk.registrar)
        audit.accessFolder = bench.log.folder
        let report = try audit.run()
        #expect(report.records == 3 && report.accessDays == 3)
    }

    @Test func aCrashAnywhereAroundClosingFilesNothingTwice() async throws {
        for operation in 1..<60 {
            let bench = try AccessBench()
            try await bench.append(0..<9, at: day(0).start)
            try await bench.append(9..<12, at: day(1).start)
            bench.disk.crash(atOperation: bench.disk.operationCount + operation)
            let isDone = await code { try await bench.log.closeDays(before: day(2)) }.isEmpty
            if isDone != !bench.disk.isDead { break }
            try bench.restart(on: bench.disk.crashed(.random(seed: UInt64(operation))))
            try bench.desk.reopen()
            try bench.restart(on: bench.disk)
            try await bench.log.closeDays(before: day(2))
            #expect(try bench.log.roots().map { $0.text("count") } == ["9", "3"], "operation \(operation)")
            #expect(bench.desk.ledger.size == 2)
            if isDone { return }
        }
        Issue.record("closing never came to its end")
    }

    @Test func aRootThatIsInTheLedgerIsNotFiledAgain() async throws {
        let bench = try AccessBench()
        try await bench.append(0..<9, at: day(0).start)
        let survey = try bench.log.folder.survey(day(0))
        let root = AccessRoot(
            day: day(0), count: survey.count, root: survey.tree.root, after: nil, first: survey.first, last: survey.last
        )
        // The record is durable, and then the process dies.
        let record = try await bench.log.file(root)
        try bench.desk.reopen()
        try bench.restart(on: bench.disk.crashed(.everything))
        #expect(try await bench.log.closeDays(before: day(1)).isEmpty)
        #expect(try await bench.log.file(root).index == record.index && bench.desk.ledger.size == 1)
        // A clock that steps back into the closed day writes to the next one.
        let position = try await bench.append(9..<10, at: day(0).start + 5)
        #expect(position.map(\.day) == [day(1)])
        #expect(try bench.lines(day(1)).map(\.line.time) == [day(1).start])
        #expect(try bench.lines(day(1)).map(\.line.clock) == [day(0).start + 5])
        #expect(try bench.lines(day(0)).count == 9)
    }

    @Test func linesThatComeWhileADayIsClosedGoToTheNext() async throws {
        let bench = try AccessBench()
        try await bench.append(0..<20, at: day(0).start)
        let log = bench.log
        await withTaskGroup(of: Void.self) { group in
            for number in 20..<120 {
                group.addTask { _ = try? await log.append(AccessBench.line(number, at: day(1).start - 1)) }
            }
            group.addTask { _ = try? await log.closeDays(before: day(1)) }
            group.addTask { _ = try? await log.closeDays(before: day(1)) }
        }
        let roots = try bench.log.roots()
        let (first, second) = (try bench.lines(day(0)), (try? bench.lines(day(1))) ?? [])
        #expect(roots.count == 1 && first.count + second.count == 120)
        #expect(roots[0].text("root") == AccessBench.root(first.map(\.leafHash)[...]).description)
        #expect(second.allSatisfy { $0.line.time >= day(1).start })
    }

    @Test func aDayThatIsNotWholeIsNotClosed() async throws {
        let bench = try AccessBench(partHeight: 12)
        try await bench.append(0..<4, at: day(0).start)
        try await bench.append(4..<6, at: day(1).start)
        let path = AccessBench.path(day(0))
        let whole = bench.disk.bytes(path)
        for byte in stride(from: 0, to: whole.count, by: 3) {
            bench.disk.flipBit(path, byte: byte)
            #expect(await code { try await bench.log.closeDays(before: day(2)) } != "", "byte \(byte)")
            bench.disk.damage(path) { $0 = whole }
        }
        let frames = bench.frames(day(0))
        bench.disk.damage(path) { $0 = Array(whole[..<(frames[3] + 9)]) }
        #expect(
            await code { try await bench.log.closeDays(before: day(2)) } == "ledger-damaged", "torn, but not the newest"
        )
        #expect(bench.desk.ledger.size == 0)
        bench.disk.damage(path) { $0 = whole }
        #expect(try await bench.log.closeDays(before: day(2)).count == 2)
    }

    @Test func everyLineIsProvedUnderTheRecordedRoot() async throws {
        for (number, count) in [1, 2, 3, 7, 8, 9, 16, 17, 40, 67].enumerated() {
            let bench = try AccessBench(partHeight: number % 2 == 0 ? 3 : 5)
            try await bench.append(0..<count, at: day(0).start)
            let open = AccessLog.Position(day: day(0), index: 0)
            #expect(await code { _ = try bench.log.proof(open) } == "access-day-open")
            #expect(await code { _ = try bench.log.proof(.init(day: day(1), index: 0)) } == "access-day-unknown")
            let record = try #require(try await bench.log.closeDays(before: day(1)).first)
            let root = try #require(Digest(hexadecimal: record.text("root")))
            for line in try bench.lines(day(0)) {
                let proof = try bench.log.proof(line.position)
                #expect(proof.line == line && proof.count == UInt32(count) && proof.entry == record.index)
                try proof.inclusion.verify(leafHash: proof.line.leafHash, root: root)
                #expect(proof.json["path"]?.array?.count == proof.inclusion.hashes.count)
            }
            #expect(
                await code { _ = try bench.log.proof(.init(day: day(0), index: UInt32(count))) }
                    == "access-line-unknown")
        }
    }

    @Test func tilesOfTheIndexGiveTheSameProofs() async throws {
        let bench = try AccessBench(partHeight: 9)
        let log = bench.log
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<1_300 {
                group.addTask { _ = try? await log.append(AccessBench.line(number, at: day(0).start)) }
            }
        }
        let record = try #require(try await bench.log.closeDays(before: day(1)).first)
        let root = try #require(Digest(hexadecimal: record.text("root")))
        #expect(record.text("count") == "1300")
        for index in stride(from: UInt32(0), to: 1_300, by: 37) {
            let proof = try bench.log.proof(.init(day: day(0), index: index))
            try proof.inclusion.verify(leafHash: proof.line.leafHash, root: root)
        }
    }

    @Test func aLogThatDoesNotGiveTheRecordedRootIsSaidSo() async throws {
        let bench = try AccessBench()
        try await bench.append(0..<9, at: day(0).start)
        try await bench.log.closeDays(before: day(1))
        // Somebody with all the keys writes the day again, with another line.
        let other = try AccessBench()
        let forged = AccessFolder(
            disk: other.disk, path: AccessBench.folder, ledgerID: bench.log.folder.ledgerID,
            seal: bench.log.folder.seal, partHeight: 3)
        let writer = try AccessWriter(folder: forged, firstDay: day(0))
        let lines = (0..<9).map { AccessBench.line($0 == 4 ? 999 : $0, at: day(0).start) }
        #expect(try writer.append(lines, on: day(0)) == 0)
        bench.disk.damage(AccessBench.path(day(0))) { $0 = other.disk.bytes(AccessBench.path(day(0))) }
        #expect(try bench.details(day(0))[4] == "№ 999")
        for index in UInt32(0)..<9 {
            #expect(throws: StorageError.self) { try bench.log.proof(.init(day: day(0), index: index)) }
        }
        try bench.disk.remove(AccessBench.path(day(0)))
        #expect(throws: StorageError.self) { try bench.log.proof(.init(day: day(0), index: 0)) }
    }
}

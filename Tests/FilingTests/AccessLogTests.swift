import CanonicalJSON
import Catalogue
import Foundation
import LedgerMerkle
import LedgerStorage
import Synchronization
import Testing

@testable import Filing

/// Writing and reading who looked.
@Suite struct AccessLogTests {
    @Test func daysAreThoseOfMongolia() throws {
        let midnight = try #require(AccessDay("2026-02-12")).start
        #expect(midnight == 1_770_825_600_000, "2026-02-11 16:00 UTC")
        #expect(AccessDay(unixMilliseconds: midnight)?.description == "2026-02-12")
        #expect(AccessDay(unixMilliseconds: midnight - 1)?.description == "2026-02-11")
        for text in ["2024-02-29", "2000-02-29", "2026-12-31", "2027-01-01", "1970-01-02", "9999-12-31"] {
            let day = try #require(AccessDay(text))
            #expect(day.description == text && AccessDay(unixMilliseconds: day.start) == day)
            #expect(AccessDay(unixMilliseconds: day.start - 1)?.number == (day.number > 1 ? day.number - 1 : nil))
        }
        for text in ["2026-02-30", "2023-02-29", "26-02-12", "2026-2-12", "1969-12-31", "1970-01-01", ""] {
            #expect(AccessDay(text) == nil)
        }
        #expect(AccessDay(unixMilliseconds: 0) == nil && AccessDay(unixMilliseconds: .max) == nil)
    }

    @Test func aLineHasOneSpelling() throws {
        for role in AccessLine.Role.allCases {
            for purpose in AccessLine.Purpose.allCases {
                for (subject, detail) in [(nil, nil), ("А. \"Бат\"\\\n\u{1}\u{7f}", "хайлт: 🙂/é"), ("", "")] {
                    var line = AccessLine(
                        time: 1 << 53, act: "NT002-2026-000001", reader: .init(role, subject), purpose: purpose,
                        detail: detail)
                    line.clock = subject == nil ? nil : 7
                    let value = try JSONValue(parsing: line.canonicalBytes)
                    #expect(value.canonicalBytes == line.canonicalBytes)
                    #expect(AccessLine(canonical: line.canonicalBytes) == line)
                    var object = try #require(value.object)
                    object["other"] = 1
                    #expect(AccessLine(canonical: JSONValue.object(object).canonicalBytes) == nil)
                    #expect(AccessLine(canonical: Array(" ".utf8) + line.canonicalBytes) == nil)
                }
            }
        }
    }

    @Test func textsThatAreTooLongAreCutBetweenCharacters() throws {
        let long = String(repeating: "👩‍👩‍👧", count: 2_000)
        let line = AccessLine(
            time: 1, act: long, reader: .init(.auditor, long), purpose: .statementSearch, detail: long)
        #expect(try #require(line.detail).utf8.count <= 1_000 && line.act.utf8.count <= 100)
        #expect(try #require(line.reader.subject).utf8.count <= 400 && line.detail?.hasSuffix("👩‍👩‍👧…") == true)
        #expect(AccessLine(canonical: line.canonicalBytes) == line)
        let whole = String(repeating: "я", count: 500)
        #expect(
            AccessLine(time: 1, act: "", reader: .init(.link), purpose: .book, detail: whole).detail == whole)
    }

    @Test func linesAreReadBackInOrderWithTheirLeaves() async throws {
        let bench = try AccessBench()
        let positions = try await bench.append(0..<30)
        #expect(positions == (0..<30).map { AccessLog.Position(day: AccessBench.today, index: $0) })
        let before = try bench.lines()
        #expect(before.map(\.line) == (0..<30).map { AccessBench.line($0) })
        #expect(Set(before.map(\.salt)).count == 30 && before.allSatisfy { $0.salt.count == 16 })
        for line in before {
            let leaf = [0] + Array("tamga access line v1\n".utf8) + line.salt + line.line.canonicalBytes
            #expect(line.leafHash == SHA256.hash(leaf))
            #expect(try bench.log.line(at: line.position) == line)
        }
        try await bench.reopen(.everything)
        #expect(try bench.lines() == before)
        #expect(try before.allSatisfy { try bench.log.line(at: $0.position) == $0 })
        #expect(
            await code { _ = try bench.log.line(at: .init(day: AccessBench.today, index: 30)) } == "access-line-unknown"
        )
        #expect(
            await code { _ = try bench.log.line(at: .init(day: AccessBench.today.next, index: 0)) }
                == "access-day-unknown")
        #expect(await code { _ = try bench.lines(AccessBench.today.next) } == "access-day-unknown")
        var exported: [UInt8] = []
        try bench.log.export(AccessBench.today) { exported += $0 }
        let rows = exported.split(separator: UInt8(ascii: "\n"))
        #expect(rows.count == 30 && exported.last == UInt8(ascii: "\n"))
        for (row, line) in zip(rows, before) {
            let value = try JSONValue(parsing: Array(row))
            #expect(value["line"]?.canonicalBytes == line.line.canonicalBytes)
            #expect(value["salt"]?.string == hexadecimal(line.salt) && value.object?.count == 2)
        }
    }

    @Test func concurrentLinesShareSyncsAndKeepTheirPlaces() async throws {
        let bench = try AccessBench(partHeight: 6)
        let syncsBefore = bench.disk.operationCount
        bench.disk.holdSyncs()
        let log = bench.log
        let positions = await withTaskGroup(of: (Int, AccessLog.Position?).self) { group in
            for number in 0..<2_000 {
                group.addTask { (number, try? await log.append(AccessBench.line(number))) }
            }
            while !bench.disk.isWaitingAtGate { await Task.yield() }
            #expect((try? bench.lines().isEmpty) ?? true, "nothing is seen before it is durable")
            bench.disk.releaseSyncs()
            return await group.reduce(into: [Int: AccessLog.Position]()) { $0[$1.0] = $1.1 }
        }
        #expect(Set(positions.values.map(\.index)) == Set(0..<2_000))
        #expect(bench.disk.operationCount - syncsBefore < 1_000)
        try bench.restart(on: bench.disk.crashed(.everything))
        let lines = try bench.lines()
        #expect(lines.count == 2_000)
        for (number, position) in positions {
            #expect(lines[Int(position.index)].line == AccessBench.line(number))
        }
    }

    @Test func timesNeverGoBackAndAClockFarOffIsNoted() async throws {
        let bench = try AccessBench()
        let noon = AccessBench.noon
        for (number, time) in [noon, noon - 4_000, noon - 3_600_000, noon + 1, noon - 6_000].enumerated() {
            _ = try await bench.log.append(AccessBench.line(number, at: time))
        }
        let lines = try bench.lines().map(\.line)
        #expect(lines.map(\.time) == [noon, noon, noon, noon + 1, noon + 1])
        #expect(lines.map(\.clock) == [nil, nil, noon - 3_600_000, nil, noon - 6_000])
        try await bench.reopen()
        try await bench.append(5..<6, at: noon - 86_400_000)
        #expect(try bench.lines().last?.line.time == noon + 1, "also behind a restart")
        #expect(try bench.lines().last?.line.clock == noon - 86_400_000)
        #expect(await code { _ = try await bench.append(6..<7, at: 1 << 53) } == "ledger-clock-ahead")
        #expect(try bench.lines().count == 6)
    }

    @Test func aLineBehindMidnightBeginsTheNextDaysFile() async throws {
        let bench = try AccessBench()
        let midnight = AccessBench.today.next.start
        let times = [midnight - 1, midnight, midnight - 5, midnight + 86_400_000 * 3]
        let log = bench.log
        let positions = await withTaskGroup(of: (Int, AccessLog.Position?).self) { group in
            bench.disk.holdSyncs()
            for (number, time) in times.enumerated() {
                group.addTask { (number, try? await log.append(AccessBench.line(number, at: time))) }
            }
            bench.disk.releaseSyncs()
            return await group.reduce(into: [Int: AccessLog.Position]()) { $0[$1.0] = $1.1 }
        }
        #expect(positions.count == 4)
        try await bench.reopen(.everything)
        var found = 0
        for day in try bench.log.days() {
            for line in try bench.lines(day) {
                #expect(AccessDay(unixMilliseconds: line.line.time) == day)
                #expect(positions.values.contains(line.position))
                found += 1
            }
        }
        #expect(found == 4)
    }

    @Test func linesAboutAnActAreFoundAlsoBehindARestart() async throws {
        let bench = try AccessBench(partHeight: 4)
        let days = AccessBench.today...AccessBench.today.next.next
        var expected: [LoggedAccess] = []
        func check() throws {
            for act in 0..<4 {
                let name = "NT002-2026-\(act)"
                let meant = expected.filter { $0.line.act == name }
                #expect(try bench.log.lines(about: name, in: days) == meant)
            }
            #expect(try bench.log.lines(about: "NT002-2026-4", in: days).isEmpty)
            #expect(
                try bench.log.lines(about: "NT002-2026-1", in: days.upperBound...days.upperBound.next).count
                    == expected.filter { $0.position.day == days.upperBound && $0.line.act.hasSuffix("1") }.count)
        }
        for (number, count) in [16, 45, 37].enumerated() {
            let day = AccessDay(number: days.lowerBound.number + UInt32(number))
            for line in 0..<count {
                try await bench.append(line..<line + 1, at: day.start + 60_000)
                if line % 9 == 0 {
                    #expect(
                        try bench.log.lines(about: "NT002-2026-\(line % 4)", in: day...day).last?.line.detail
                            == "№ \(line)")
                }
            }
            expected += try bench.lines(day)
            try check()
            try await bench.reopen()
            try check()
        }
        try await bench.log.closeDays(before: days.upperBound.next)
        try check()
    }

    @Test func filesSayNothingAndAreForTheirOwnerAlone() async throws {
        let desk = try Desk()
        let log = try AccessLog(desk.registrar)
        let secrets = ["NT002-2026-000777", "Б. Дорж", "орон сууц"]
        for number in 0..<40 {
            _ = try await log.append(
                AccessLine(
                    time: AccessBench.noon + UInt64(number), act: secrets[0], reader: .init(.auditor, secrets[1]),
                    purpose: .statementSearch, detail: secrets[2]))
        }
        try await log.closeDays(before: AccessBench.today.next)
        let folder = "\(desk.path)/access"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.sorted() == ["2026-02-12.00000.index", "2026-02-12.log"])
        #expect(try PosixDisk().permissions(folder) == 0o700)
        for name in names {
            #expect(try PosixDisk().permissions("\(folder)/\(name)") == 0o600)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            for secret in secrets { #expect(bytes.range(of: Data(secret.utf8)) == nil) }
        }
        await log.close()
        #expect(await code { _ = try await log.append(AccessBench.line(0)) } == "access-log-closed")
    }
}

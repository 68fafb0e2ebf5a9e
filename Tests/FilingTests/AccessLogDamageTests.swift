import Catalogue
import LedgerMerkle
import LedgerStorage
import Synchronization
import Testing

@testable import Filing

/// What was acknowledged, by whoever asked.
private final class Answers: Sendable {
    private let answers = Mutex<[(Int, AccessLog.Position)]>([])

    var all: [(Int, AccessLog.Position)] { answers.withLock { $0 } }
    func add(_ number: Int, _ position: AccessLog.Position) { answers.withLock { $0.append((number, position)) } }
}

/// What crashes, full disks and flipped bytes do to the access log.
@Suite struct AccessLogDamageTests {
    private let path = AccessBench.path()

    @Test func tailTornAtAnyByteIsCut() async throws {
        let bench = try AccessBench()
        try await bench.append(0..<3)
        let (whole, last) = (bench.disk.bytes(path), bench.frames()[2])
        for cut in last..<whole.count {
            // The file ends there; it was made longer, but the bytes did not come; a byte came wrong.
            for kind in 0..<3 {
                let torn = bench.disk.crashed(.nothing)
                torn.damage(path) { bytes in
                    switch kind {
                    case 0: bytes = Array(whole[..<cut])
                    case 1: bytes = Array(whole[..<cut]) + [UInt8](repeating: 0, count: whole.count - cut)
                    default: bytes[cut] ^= 0x10
                    }
                }
                try bench.restart(on: torn)
                #expect(try bench.details() == ["№ 0", "№ 1"], "cut at \(cut), kind \(kind)")
                #expect(torn.bytes(path).dropFirst(last).allSatisfy { $0 == 0 }, "nothing of it is left")
            }
            guard cut % 20 == 0 else { continue }
            let next = try await bench.append(7..<8)
            #expect(next.map(\.index) == [2])
            try await bench.reopen(.everything)
            #expect(try bench.details() == ["№ 0", "№ 1", "№ 7"])
        }
    }

    @Test func flippedBytesBeforeTheLastBatchAreRefusedWithTheirPlace() async throws {
        let bench = try AccessBench(partHeight: 12)
        try await bench.append(0..<4)
        let frames = bench.frames()
        for byte in 0..<frames[3] {
            let disk = bench.disk.crashed(.nothing)
            disk.flipBit(path, byte: byte, bit: byte % 8)
            let error = #expect(throws: StorageError.self) { try bench.restart(on: disk) }
            let start = byte < frames[0] ? 0 : frames.last { $0 <= byte } ?? 0
            let isForeign = (8..<40).contains(byte)
            #expect(error?.code == (isForeign ? .foreignLedger : .corrupt))
            #expect(error?.reason.contains("access/2026-02-12.log") == true)
            #expect(isForeign || error?.reason.contains("at byte \(start):") == true, "\(byte): \(error?.reason ?? "")")
            #expect(error?.remedy.contains(isForeign ? "own" : "from a copy") == true)
            #expect(
                disk.bytes(path)
                    == {
                        var bytes = bench.disk.bytes(path); bytes[byte] ^= 1 << (byte % 8); return bytes
                    }())
        }
    }

    @Test func aFrameOfTheSameBatchBehindTheTearIsCutToo() async throws {
        let bench = try AccessBench(partHeight: 12)
        try await bench.append(0..<1)
        bench.disk.holdSyncs()
        let log = bench.log
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await log.append(AccessBench.line(1)) }
            while !bench.disk.isWaitingAtGate { await Task.yield() }
            // These wait while the sync is held, and go in one batch.
            for number in 2..<40 { group.addTask { _ = try? await log.append(AccessBench.line(number)) } }
            for _ in 0..<2_000 { await Task.yield() }
            bench.disk.releaseSyncs()
        }
        let frames = bench.frames()
        #expect(frames.count == 41)
        let bytes = bench.disk.bytes(path)
        let batches = frames.dropLast().map { offset in
            bytes[offset + 11]
        }
        let newest = try #require(batches.last)
        let batch = batches.filter { $0 == newest }.count
        #expect(batch > 2)
        let disk = bench.disk.crashed(.nothing)
        disk.flipBit(path, byte: frames[40 - batch] + 30)
        let other = bench.disk.crashed(.nothing)
        try bench.restart(on: disk)
        #expect(try bench.lines().count == 40 - batch)
        other.flipBit(path, byte: frames[1] + 30)
        #expect(throws: StorageError.self) { try bench.restart(on: other) }
    }

    @Test func movedAndForeignLinesAreRefused() async throws {
        let bench = try AccessBench(partHeight: 12)
        for number in 0..<3 { _ = try await bench.log.append(AccessBench.line(number, act: "A")) }
        let frames = bench.frames()
        let bytes = bench.disk.bytes(path)
        // Lines 0 and 1 in each other's place, their numbers and checksums made right.
        var first = Array(bytes[frames[1]..<frames[2]].dropLast(8))
        var second = Array(bytes[frames[0]..<frames[1]].dropLast(8))
        first.replaceSubrange(4..<12, with: [0, 0, 0, 0, 0, 0, 0, 0])
        second.replaceSubrange(4..<12, with: [0, 0, 0, 1, 0, 0, 0, 1])
        first.appendChecksum(from: 0)
        second.appendChecksum(from: 0)
        let disk = bench.disk.crashed(.nothing)
        disk.damage(path) { $0.replaceSubrange(frames[0]..<frames[2], with: first + second) }
        #expect(throws: StorageError.self) { try bench.restart(on: disk) }
        #expect(disk.bytes(path).count == bytes.count && disk.bytes(path) != bytes)
    }

    @Test func whatWasAcknowledgedSurvivesALossOfPowerAnywhere() async throws {
        for seed in 0..<120 {
            let bench = try AccessBench(partHeight: 3)
            let midnight = AccessBench.today.next.start
            let acknowledged = Answers()
            bench.disk.crash(atOperation: bench.disk.operationCount + 1 + seed)
            let log = bench.log
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<4 {
                    group.addTask {
                        for step in 0..<12 {
                            let number = task * 12 + step
                            let line = AccessBench.line(number, at: midnight - 6 + UInt64(step))
                            guard let position = try? await log.append(line) else { return }
                            acknowledged.add(number, position)
                        }
                    }
                }
            }
            let (answered, dying) = (acknowledged.all, bench.disk)
            for loss in [FaultyDisk.Loss.everything, .random(seed: UInt64(seed))] {
                try bench.restart(on: dying.crashed(loss))
                for (number, position) in answered {
                    #expect(try bench.log.line(at: position).line.detail == "№ \(number)", "seed \(seed)")
                }
                let days = try bench.log.days()
                let count = try days.reduce(0) { try $0 + bench.lines($1).count }
                #expect(count >= answered.count && count <= 48)
                _ = try await bench.append(90..<93, at: midnight + 10)
                #expect(try bench.details(AccessBench.today.next).suffix(3) == ["№ 90", "№ 91", "№ 92"])
            }
        }
    }

    @Test func afterAFailedSyncNothingIsTakenUntilItWasReadBack() async throws {
        let bench = try AccessBench()
        try await bench.append(0..<5)
        bench.disk.failSyncs(ofPathEnding: ".log", count: 1)
        #expect(await code { try await bench.append(5..<6) } == "access-log-closed")
        let operations = bench.disk.operationCount
        #expect(await code { try await bench.append(6..<7) } == "access-log-closed")
        #expect(bench.disk.operationCount == operations, "the disk is left alone for a second")
        #expect(try bench.details().prefix(5) == ["№ 0", "№ 1", "№ 2", "№ 3", "№ 4"])
        bench.desk.clock.advance(seconds: 2)
        let position = try await bench.append(7..<8)
        let known = try bench.details()
        #expect(known.count == Int(position[0].index) + 1 && known.last == "№ 7" && !known.contains("№ 6"))
        try bench.restart(on: bench.disk.crashed(.everything))
        #expect(try bench.details() == known)
        // Syncs fail while it is read back, too.
        bench.disk.failSyncs(ofPathEnding: ".log", count: 3)
        #expect(await code { try await bench.append(8..<9) } == "access-log-closed")
        for _ in 0..<2 {
            bench.desk.clock.advance(seconds: 2)
            #expect(await code { try await bench.append(9..<10) } == "access-log-closed")
        }
        bench.desk.clock.advance(seconds: 2)
        try await bench.append(10..<11)
        #expect(try bench.details().last == "№ 10")
    }

    @Test func afterAFailedSyncDamageFurtherUpIsNoticed() async throws {
        let bench = try AccessBench(partHeight: 12)
        try await bench.append(0..<3)
        let frames = bench.frames()
        bench.disk.failSyncs(ofPathEnding: ".log", count: 1)
        #expect(await code { try await bench.append(3..<4) } == "access-log-closed")
        bench.disk.flipBit(path, byte: frames[1] + 40)
        bench.desk.clock.advance(seconds: 2)
        #expect(await code { try await bench.append(4..<5) } == "ledger-damaged", "the file is read back first")
        bench.disk.flipBit(path, byte: frames[1] + 40)
        bench.desk.clock.advance(seconds: 2)
        try await bench.append(5..<6)
        #expect(try bench.details().last == "№ 5")
    }

    @Test func whatARestartReadsBackIsDurable() async throws {
        let bench = try AccessBench()
        try await bench.append(0..<2)
        // The process dies in the sync; the machine, and what it holds in memory, lives on.
        bench.disk.crash(atOperation: bench.disk.operationCount + 2)
        #expect(await code { try await bench.append(2..<3) } == "access-log-closed")
        bench.disk.revive()
        try bench.restart(on: bench.disk)
        #expect(try bench.details() == ["№ 0", "№ 1", "№ 2"])
        try bench.restart(on: bench.disk.crashed(.everything))
        #expect(try bench.details() == ["№ 0", "№ 1", "№ 2"])
    }

    @Test func aFullDiskRefusesAndTakesAgain() async throws {
        var bench = try AccessBench(partHeight: 12)
        try await bench.append(0..<3)
        let frame = bench.frames()[3] - bench.frames()[2]
        for room in stride(from: 0, to: frame, by: 7) {
            bench = try AccessBench(partHeight: 12)
            try await bench.append(0..<3)
            bench.disk.limit(capacity: bench.disk.usedBytes + room)
            #expect(await code { try await bench.append(3..<4) } == "access-log-full", "\(room)")
            bench.desk.clock.advance(seconds: 2)
            #expect(await code { try await bench.append(4..<5) } == "access-log-full", "still full")
            bench.disk.limit(capacity: .max)
            bench.desk.clock.advance(seconds: 2)
            try await bench.append(5..<6)
            #expect(try bench.details() == ["№ 0", "№ 1", "№ 2", "№ 5"])
        }
        #expect(Problem.accessLogFull.status == 503)
        // Full at midnight: the new day's file cannot be made.
        let midnight = AccessBench.today.next.start
        bench.disk.limit(capacity: bench.disk.usedBytes + 10)
        #expect(await code { try await bench.append(60..<61, at: midnight) } == "access-log-full")
        bench.disk.limit(capacity: .max)
        bench.desk.clock.advance(seconds: 2)
        try await bench.append(61..<62, at: midnight)
        #expect(try bench.details(AccessBench.today.next) == ["№ 61"])
        try bench.restart(on: bench.disk.crashed(.everything))
        #expect(try bench.details(AccessBench.today.next) == ["№ 61"])
    }

    @Test func aDamagedIndexIsMadeAgain() async throws {
        let bench = try AccessBench(partHeight: 3)
        let yesterday = AccessDay(number: AccessBench.today.number - 1)
        try await bench.append(0..<21, at: yesterday.start)
        try await bench.append(21..<45)
        try await bench.log.closeDays(before: AccessBench.today)
        let parts = bench.disk.names(under: AccessBench.folder).filter { $0.hasSuffix(".index") }
        #expect(parts.count == 6)
        let days = yesterday...AccessBench.today
        let acts = (0..<4).map { "NT002-2026-\($0)" }
        let expected = try acts.map { try bench.log.lines(about: $0, in: days) }
        #expect(expected.map(\.count) == [12, 11, 11, 11])
        for part in parts {
            let length = bench.disk.bytes(part).count
            for place in stride(from: 0, to: length, by: 97) {
                try bench.change(part) { $0[place] ^= 1 }
                #expect(try acts.map { try bench.log.lines(about: $0, in: days) } == expected, "\(part) \(place)")
                _ = try bench.log.proof(.init(day: yesterday, index: 20))
            }
            try bench.change(part) { $0 = [] }
            #expect(try acts.map { try bench.log.lines(about: $0, in: days) } == expected)
            try bench.disk.remove(part)
            #expect(try acts.map { try bench.log.lines(about: $0, in: days) } == expected)
            try bench.change(part) { $0[length / 2] ^= 1 }
            try await bench.reopen()
            #expect(try acts.map { try bench.log.lines(about: $0, in: days) } == expected)
        }
        // A whole part that is another day's.
        try bench.change(parts[0]) { $0 = bench.disk.bytes(parts[3]) }
        #expect(try acts.map { try bench.log.lines(about: $0, in: days) } == expected)
    }
}

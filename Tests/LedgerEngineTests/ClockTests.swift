import LedgerMerkle
import LedgerStorage
import Testing

@testable import LedgerEngine

@Suite struct ClockTests {
    private let hour: UInt64 = 3_600_000

    @Test func aSmallStepBackIsClamped() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        let first = try await ledger.append(entry(1)).recorded
        fixture.clock.jump(by: -3_000)
        #expect(try await ledger.append(entry(2)).recorded == first)
        fixture.clock.advance(4_000)
        #expect(try await ledger.append(entry(3)).recorded == first + 1_000)
        ledger.close()
    }

    @Test func aLargeStepBackIsRefusedUntilTheClockIsRight() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        let first = try await ledger.append(entry(1)).recorded
        fixture.clock.jump(by: -10_000)
        await #expect(throws: LedgerError.clockBehind(now: first - 10_000, last: first)) {
            try await ledger.append(entry(2))
        }
        #expect(ledger.size == 1 && ledger.stopReason == .clockBehind(now: first - 10_000, last: first))
        fixture.clock.jump(by: 10_000)
        #expect(try await ledger.append(entry(2)).recorded == first)
        #expect(ledger.stopReason == nil)
        ledger.close()
    }

    @Test func aJumpAheadIsRefusedUntilAnOperatorAcceptsIt() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        let first = try await ledger.append(entry(1)).recorded
        fixture.clock.jump(by: Int64(48 * hour))
        let ahead = await #expect(throws: LedgerError.self) { try await ledger.append(entry(2)) }
        guard case .clockAhead(let now, let last) = ahead else {
            Issue.record("\(String(describing: ahead))")
            return
        }
        #expect(now == first + 48 * hour && last == first)
        ledger.acceptClock()
        #expect(try await ledger.append(entry(2)).recorded == first + 48 * hour)
        ledger.close()
    }

    @Test func aClockThatWasAheadAndIsRightAgainCanBeAccepted() async throws {
        var fixture = try Fixture()
        var ledger = try fixture.open()
        let right = fixture.clock.now()
        // Ten hours ahead is not yet refused, and something is recorded.
        fixture.clock.jump(by: Int64(10 * hour))
        let wrong = try await ledger.append(entry(1)).recorded
        #expect(wrong == right + 10 * hour)
        fixture.clock.jump(by: -Int64(10 * hour))
        await #expect(throws: LedgerError.clockBehind(now: right, last: wrong)) { try await ledger.append(entry(2)) }
        ledger.acceptClock()
        #expect(try await ledger.append(entry(2)).recorded == wrong)
        #expect(ledger.stopReason == nil)
        fixture.clock.advance(hour)
        #expect(try await ledger.append(entry(3)).recorded == wrong)
        // Accepted was that time, not any earlier one.
        fixture.clock.jump(by: -6_000)
        await #expect(throws: LedgerError.clockBehind(now: right + hour - 6_000, last: wrong)) {
            try await ledger.append(entry(4))
        }
        fixture.clock.jump(by: 6_000)
        fixture.clock.advance(10 * hour)
        #expect(try await ledger.append(entry(4)).recorded == wrong + hour)
        // It has caught up: from here on the newest entry counts again.
        fixture.clock.jump(by: -6_000)
        await #expect(throws: LedgerError.self) { try await ledger.append(entry(5)) }
        ledger.close()
        // A new process must be told again.
        ledger = try fixture.open()
        #expect(ledger.stopReason != nil && ledger.stopReason == ledger.clockComplaint)
        ledger.close()
        fixture.configuration.acceptsClock = true
        ledger = try fixture.open()
        #expect(ledger.stopReason == nil)
        #expect(try await ledger.append(entry(5)).recorded == wrong + hour)
        ledger.close()
    }

    @Test func anIdleLedgerSaysThatItsClockIsWrongAndWhenItIsRightAgain() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        _ = try await ledger.append(entry(1))
        fixture.clock.jump(by: Int64(48 * hour))
        try await awaitStopReason(of: ledger, fixture.clock) { if case .clockAhead = $0 { true } else { false } }
        fixture.clock.jump(by: -Int64(48 * hour))
        try await awaitStopReason(of: ledger, fixture.clock) { $0 == nil }
        fixture.clock.jump(by: -Int64(hour))
        try await awaitStopReason(of: ledger, fixture.clock) { if case .clockBehind = $0 { true } else { false } }
        ledger.acceptClock()
        try await awaitStopReason(of: ledger, fixture.clock) { $0 == nil }
        ledger.close()
    }

    @Test func timesNearTheLargestNumberNeitherTrapNorAreTaken() throws {
        for last in [UInt64.max, UInt64.max - 1, UInt64.max - 5_000] {
            var time = TimeGuard(lastRecorded: last, lastSeen: last)
            time.observe(now: 1_000, monotonic: 1)
            time.observe(now: .max, monotonic: .max)
            #expect(throws: LedgerError.self) { try time.admit(now: 1_000, monotonic: .max) }
        }
        var time = TimeGuard(lastRecorded: 1, lastSeen: 1)
        time.accept(now: FrameHeader.latestTime + 1, monotonic: 1)
        #expect(throws: LedgerError.self) { try time.admit(now: FrameHeader.latestTime + 1, monotonic: 2) }
        time.accept(now: FrameHeader.latestTime, monotonic: 1)
        #expect(try time.admit(now: FrameHeader.latestTime, monotonic: 2) == FrameHeader.latestTime)
    }

    @Test func anIdleWeekendIsNoJump() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        let first = try await ledger.append(entry(1)).recorded
        fixture.clock.advance(64 * hour)
        #expect(try await ledger.append(entry(2)).recorded == first + 64 * hour)
        ledger.close()
    }

    @Test func afterALongStopTheClockMustBeAccepted() async throws {
        var fixture = try Fixture()
        var ledger = try fixture.open()
        let first = try await ledger.append(entry(1)).recorded
        ledger.close()
        fixture.clock.advance(23 * hour)
        ledger = try fixture.open()
        #expect(try await ledger.append(entry(2)).recorded == first + 23 * hour)
        ledger.close()
        fixture.clock.advance(25 * hour)
        ledger = try fixture.open()
        await #expect(throws: LedgerError.self) { try await ledger.append(entry(3)) }
        ledger.close()
        fixture.configuration.acceptsClock = true
        ledger = try fixture.open()
        #expect(try await ledger.append(entry(3)).recorded == first + 48 * hour)
        ledger.close()
    }

    @Test func anIdleLedgersTimeSurvivesARestart() async throws {
        let fixture = try Fixture()
        var ledger = try fixture.open()
        let first = try await ledger.append(entry(1)).recorded
        // Idle for two days, an hour at a time; then stopped and started within the day.
        for _ in 1...48 {
            fixture.clock.advance(hour)
            while try fixture.state(in: fixture.disk).time < fixture.clock.now() { await Task.yield() }
        }
        ledger.close()
        fixture.clock.advance(hour)
        ledger = try fixture.open()
        #expect(try await ledger.append(entry(2)).recorded == first + 49 * hour)
        ledger.close()
    }

    @Test func timeIsStampedIntoTheEntry() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        let item = JournalItem(entry: [UInt8](repeating: 7, count: 42))
        let done = try await ledger.append(Submission(item: item, timeOffset: 2))
        let bytes = try ledger.item(at: done.index).entry
        #expect(bytes[2..<10].reduce(0) { $0 << 8 | UInt64($1) } == fixture.clock.now())
        #expect(done.recorded == fixture.clock.now())
        #expect(try ledger.acknowledgement(of: 0).recorded == done.recorded)
        ledger.close()
    }
}

import LedgerStorage
import Testing

@testable import LedgerEngine

/// When a segment is read again, and what goes before it.
@Suite struct ScrubPlanTests {
    private static let day: UInt64 = 86_400_000
    private static let sealed: UInt64 = 1_000 * day

    /// Two complete segments of 16 entries, sealed and packed for good, and nothing else to do.
    private func picture(daysLater: UInt64) -> CompactionPlan.Picture {
        let segments = [UInt64(0), 16].map { first in
            CompactionPlan.SegmentSummary(
                range: first..<first + 16, lastTime: ScrubPlanTests.sealed + first,
                records: [.init(retention: 1, isThorough: true, held: 16)])
        }
        var picture = CompactionPlan.Picture(
            published: 40, sealedEnd: 32, span: 16, segments: segments, unindexed: [], mergeable: nil, releasable: [],
            erasures: [], now: ScrubPlanTests.sealed + daysLater * ScrubPlanTests.day)
        picture.scrubbing = CompactionPlan.Scrubbing()
        return picture
    }

    private func plan(_ days: Int = 30) -> CompactionPlan { CompactionPlan(retentionYears: [1: 1], scrubDays: days) }

    @Test func aSegmentIsDueSoManyDaysAfterItWasSealed() {
        #expect(plan().next(picture(daysLater: 29)) == nil)
        #expect(plan().next(picture(daysLater: 30)) == .scrub(segment: 0))
        #expect(plan(90).next(picture(daysLater: 89)) == nil)
        #expect(plan(0).next(picture(daysLater: 300)) == nil, "0 is never")
    }

    @Test func aRoundThatIsBegunGoesOnAtOnce() {
        var picture = picture(daysLater: 0)
        picture.scrubbing?.next = 16
        #expect(plan().next(picture) == .scrub(segment: 16))
        // The segment grew since: it is read again, longer.
        picture.scrubbing?.next = 20
        #expect(plan().next(picture) == .scrub(segment: 16))
        picture.scrubbing?.next = 32
        #expect(plan().next(picture) == nil, "a round over more than there is does not go on")
    }

    @Test func theNextRoundIsDueSoManyDaysAfterTheLastBegan() {
        var picture = picture(daysLater: 100)
        picture.scrubbing?.lastStarted = picture.now - 29 * ScrubPlanTests.day
        #expect(plan().next(picture) == nil)
        picture.scrubbing?.lastStarted = picture.now - 30 * ScrubPlanTests.day
        #expect(plan().next(picture) == .scrub(segment: 0))
        // Times from a file that anybody may have written.
        picture.scrubbing?.lastStarted = .max
        #expect(plan().next(picture) == nil)
    }

    @Test func knownDamageIsLookedAtFirst() {
        var picture = picture(daysLater: 0)
        picture.scrubbing?.rechecks = [16]
        #expect(plan().next(picture) == .scrub(segment: 16))
        picture.scrubbing?.next = 0
        #expect(plan().next(picture) == .scrub(segment: 16))
        picture.scrubbing?.rechecks = [48]
        #expect(plan().next(picture) == .scrub(segment: 0), "a segment that is gone holds nothing up")
    }

    @Test func whoAsksNeedNotWait() {
        var picture = picture(daysLater: 0)
        picture.scrubbing?.isAsked = true
        #expect(plan(0).next(picture) == .scrub(segment: 0))
    }

    @Test func oneSegmentIsReadAtATime() {
        var picture = picture(daysLater: 31)
        picture.scrubbing = nil
        #expect(plan().next(picture) == nil)
    }

    @Test func everythingElseGoesFirst() {
        var due = picture(daysLater: 31)
        due.scrubbing?.next = 16
        due.scrubbing?.rechecks = [0]
        due.scrubbing?.isAsked = true
        #expect(plan().next(due) == .scrub(segment: 0))
        func expect(_ step: CompactionStep, _ change: (inout CompactionPlan.Picture) -> Void) {
            var picture = due
            change(&picture)
            #expect(plan().next(picture) == step)
        }
        expect(.releaseJournal(["a"])) { $0.releasable = ["a"] }
        expect(.index(0..<16)) { $0.unindexed = [0..<16] }
        expect(.erase(segment: 0..<16, indices: [3])) { $0.erasures = [3] }
        expect(.seal(32..<48)) { $0.published = 48 }
        expect(.seal(32..<40)) { $0.sealsTail = true }
        expect(.expire(segment: 0, retention: 1)) { $0.now += 400 * ScrubPlanTests.day }
        expect(.merge([0..<16, 16..<32])) { $0.mergeable = [0..<16, 16..<32] }
        expect(.repack(segment: 16, retention: 1)) { $0.segments[1].records[0].isThorough = false }
    }

    @Test func readingKeepsItsRateAndDoesWhatBecomesDue() throws {
        var small = try SteppedLedger()
        try small.file(16)
        let compactor = try #require(small.ledger.compactor)
        var policy = CompactionPolicy()
        policy.scrubBytesPerSecond = 8 << 20
        let clock = small.fixture.clock
        var slept = 0
        let pace = ReadingPace(compactor, policy, pace: { _ in }) { milliseconds in
            slept += milliseconds
            clock.advance(UInt64(milliseconds))
        }
        try pace.take(ReadingPace.attention - 1)
        #expect(small.ledger.compactionStatus().sealed == 0)
        try pace.take(1)
        #expect(small.ledger.compactionStatus().sealed == 16, "sealing does not wait for reading")
        for _ in 0..<255 { try pace.take(1 << 16) }
        #expect((1_800...2_300).contains(slept), "\(slept) ms for 17 MiB at 8 MiB a second")
        small.ledger.scrubLog?.change { $0.isAsked = true }
        let before = slept
        for _ in 0..<64 { try pace.take(1 << 16) }
        #expect(slept == before, "whoever asks for a round waits for the disk alone")
    }
}

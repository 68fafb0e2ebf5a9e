import LedgerStorage

/// Keeps the ledger's time monotone and stops filing when the wall clock cannot be right.
///
/// A step back of up to five seconds is clamped. Further back, or more than a day ahead of what the ledger last saw, nothing is
/// recorded until an operator accepts the clock: an entry dated 2099 would make every honest entry after it impossible.
struct TimeGuard: Sendable {
    static let clampedStepMs: UInt64 = 5_000
    static let aheadLimitMs: UInt64 = 24 * 3_600_000

    /// The time of the newest entry.
    private(set) var lastRecorded: UInt64
    /// The newest wall clock that was plausible.
    private var seen: UInt64
    private var seenMonotonic: UInt64?
    /// The newest wall clock since an operator accepted one that is behind the newest entry; `nil` once it has caught up.
    private var acceptedBehind: UInt64?

    init(lastRecorded: UInt64, lastSeen: UInt64) {
        self.lastRecorded = lastRecorded
        seen = max(lastRecorded, lastSeen)
    }

    /// The wall clock the ledger last trusted, Unix ms: written into the signer's state.
    var lastSeen: UInt64 { seen }

    /// The time to record for a batch that is taken up now: never before the newest entry's.
    mutating func admit(now: UInt64, monotonic: UInt64) throws(LedgerError) -> UInt64 {
        if now.adding(TimeGuard.clampedStepMs) < acceptedBehind ?? lastRecorded {
            throw .clockBehind(now: now, last: lastRecorded)
        }
        observe(now: now, monotonic: monotonic)
        if now > seen { throw .clockAhead(now: now, last: seen) }
        lastRecorded = max(lastRecorded, now)
        return lastRecorded
    }

    /// Why a batch would be refused now; changes nothing.
    func complaint(now: UInt64, monotonic: UInt64) -> LedgerError? {
        var probe = self
        do throws(LedgerError) {
            _ = try probe.admit(now: now, monotonic: monotonic)
            return nil
        } catch {
            return error
        }
    }

    /// Follows an idle ledger's clock, so that a quiet weekend is not a jump.
    mutating func observe(now: UInt64, monotonic: UInt64) {
        guard now <= FrameHeader.latestTime else { return }
        let elapsed = seenMonotonic.map { monotonic >= $0 ? monotonic - $0 : 0 } ?? 0
        if now <= seen.adding(elapsed).adding(TimeGuard.aheadLimitMs) {
            seen = max(seen, now)
            seenMonotonic = monotonic
            if let accepted = acceptedBehind { acceptedBehind = now < lastRecorded ? max(accepted, now) : nil }
        }
    }

    /// An operator says that the clock is right, though it is far ahead, or behind what was recorded while it was wrong.
    ///
    /// Behind: entries get the newest entry's time until the clock has caught up. It is forgotten when the ledger is closed.
    mutating func accept(now: UInt64, monotonic: UInt64) {
        guard now <= FrameHeader.latestTime else { return }
        seen = now
        seenMonotonic = monotonic
        acceptedBehind = now < lastRecorded ? now : nil
    }
}

extension UInt64 {
    /// The sum, or the largest number when it does not fit: times come from files that anybody may have written.
    func adding(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

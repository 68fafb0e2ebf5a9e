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

    init(lastRecorded: UInt64, lastSeen: UInt64) {
        self.lastRecorded = lastRecorded
        seen = max(lastRecorded, lastSeen)
    }

    /// The wall clock the ledger last trusted, Unix ms: written into the signer's state.
    var lastSeen: UInt64 { seen }

    /// The time to record for a batch that is taken up now.
    mutating func admit(now: UInt64, monotonic: UInt64) throws(LedgerError) -> UInt64 {
        if now + TimeGuard.clampedStepMs < lastRecorded { throw .clockBehind(now: now, last: lastRecorded) }
        observe(now: now, monotonic: monotonic)
        if now > seen { throw .clockAhead(now: now, last: seen) }
        lastRecorded = max(lastRecorded, now)
        return lastRecorded
    }

    /// Follows an idle ledger's clock, so that a quiet weekend is not a jump.
    mutating func observe(now: UInt64, monotonic: UInt64) {
        let elapsed = seenMonotonic.map { monotonic >= $0 ? monotonic - $0 : 0 } ?? 0
        if now <= seen + elapsed + TimeGuard.aheadLimitMs {
            seen = max(seen, now)
            seenMonotonic = monotonic
        }
    }

    /// An operator says that the clock is right, though it is far ahead.
    mutating func accept(now: UInt64, monotonic: UInt64) {
        seen = max(seen, now)
        seenMonotonic = monotonic
    }
}

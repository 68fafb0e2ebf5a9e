import LedgerStorage

extension CompactionPlan {
    /// Where scrubbing stands, as far as the plan asks.
    struct Scrubbing {
        /// The first index behind what the round under way has read; `nil` when there is none under way.
        var next: UInt64?
        /// When the newest complete round began, Unix ms.
        var lastStarted: UInt64?
        /// First entries of segments to be read for themselves.
        var rechecks: Set<UInt64> = []
        /// A whole round is asked for, due or not.
        var isAsked = false
    }

    /// The segment to be read again next, one at a time: one with known damage, then the next of a round. A round is due when the
    /// oldest segment was neither sealed nor read for as many days as the policy says.
    func scrub(_ picture: Picture) -> CompactionStep? {
        guard let scrubbing = picture.scrubbing, let oldest = picture.segments.first else { return nil }
        guard scrubDays > 0 || scrubbing.isAsked else { return nil }
        if let segment = picture.segments.first(where: { scrubbing.rechecks.contains($0.range.lowerBound) }) {
            return .scrub(segment: segment.range.lowerBound)
        }
        if let next = scrubbing.next, let segment = picture.segments.first(where: { $0.range.upperBound > next }) {
            return .scrub(segment: segment.range.lowerBound)
        }
        let due = scrubTime(after: scrubbing.lastStarted ?? oldest.lastTime) ?? .max
        guard scrubbing.isAsked || due <= picture.now else { return nil }
        return .scrub(segment: oldest.range.lowerBound)
    }

    /// When a round is due, Unix ms; `nil` for never.
    func scrubTime(after last: UInt64) -> UInt64? {
        scrubDays > 0 ? last.adding(UInt64(scrubDays) * 86_400_000) : nil
    }
}

/// When a mail that could not be sent is tried again. All in ms.
enum RetryPlan {
    private static let minute: Int64 = 60_000
    /// How long after the first attempt the last one is made.
    static let timeLimit: Int64 = 3 * 24 * 60 * minute
    /// After the first attempt, the second, and so on; the last one from then on.
    private static let pauses: [Int64] = [
        1 * minute, 5 * minute, 15 * minute, 60 * minute, 3 * 60 * minute, 6 * 60 * minute, 12 * 60 * minute,
    ]

    /// When the attempt after one that is made now comes.
    ///
    /// - Parameters:
    ///   - attempts: with the one that is made now, from 1.
    ///   - first: when the first one was made, Unix ms.
    /// - Returns: `nil` when this is the last one.
    static func next(attempts: Int, first: Int64, now: Int64) -> Int64? {
        // A clock that was set back does not make three days longer than three days of it.
        let end = min(first, now) + timeLimit
        guard now < end else { return nil }
        // One more at the very end, however the pauses fall.
        return min(now + pauses[min(max(attempts, 1), pauses.count) - 1], end)
    }
}

/// When the address of a CRL is asked again. All in ms.
enum FetchPlan {
    /// Never sooner after a list came.
    static let shortestPause: UInt64 = 60_000
    /// Never later: what was revoked in between shall be known.
    static let longestPause: UInt64 = 6 * 3_600_000
    private static let firstRest: UInt64 = 60_000
    private static let longestRest: UInt64 = 3_600_000
    /// How soon after a failure somebody who waits for the list may have it asked for again.
    static let wantedRest: UInt64 = 10_000

    /// The pause after a list came that holds until `until`: half of the time that it still has.
    ///
    /// - Parameters:
    ///   - now: Unix ms.
    ///   - until: Unix seconds.
    static func pause(now: UInt64, until: Int64) -> UInt64 {
        let end = UInt64(clamping: until).multipliedReportingOverflow(by: 1000)
        guard !end.overflow else { return longestPause }
        let left = end.partialValue > now ? end.partialValue - now : 0
        return min(max(left / 2, shortestPause), longestPause)
    }

    /// The pause after so many failures in a row, from 1: twice as long each time.
    static func rest(failures: Int) -> UInt64 {
        min(firstRest << UInt64(min(max(failures, 1) - 1, 10)), longestRest)
    }
}

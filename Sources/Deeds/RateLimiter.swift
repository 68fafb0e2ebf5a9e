/// A token bucket for each caller, as a pure value: time is handed in, so it can be tested and replayed.
///
/// Memory is bounded: callers are kept in two generations of at most `callerLimit` each, and when the younger is full the
/// older is forgotten, which gives its callers a full bucket again. Whoever can appear as more callers than that is not
/// stopped by a limit by caller: use a second limiter on what is asked for, such as the act number.
public struct RateLimiter: Sendable {
    /// What a caller is told.
    public enum Decision: Sendable, Hashable {
        case allowed
        /// Try again after this many milliseconds, at least 1.
        case refused(retryAfterMilliseconds: UInt64)
    }

    private struct Bucket {
        /// In milliseconds of growth: whole numbers, so nothing is lost by rounding.
        var filled: UInt64
        var at: UInt64
    }

    private let capacity: UInt64
    private let millisecondsPerToken: UInt64
    private let callerLimit: Int
    private var young: [String: Bucket] = [:]
    private var old: [String: Bucket] = [:]

    /// - Parameters:
    ///   - burst: how many attempts may come at once, 1…1,000,000.
    ///   - millisecondsPerToken: how long one more attempt takes to grow, 1…86,400,000.
    ///   - callerLimit: how many callers a generation holds; at least 1.
    public init(burst: Int, millisecondsPerToken: Int, callerLimit: Int = 10_000) {
        precondition((1...1_000_000).contains(burst) && (1...86_400_000).contains(millisecondsPerToken))
        precondition(callerLimit >= 1)
        self.millisecondsPerToken = UInt64(millisecondsPerToken)
        capacity = UInt64(burst) * UInt64(millisecondsPerToken)
        self.callerLimit = callerLimit
    }

    /// How many callers are remembered.
    public var callerCount: Int { young.count + old.count }

    /// Takes one token of a caller's bucket if there is one. O(1).
    /// - Parameter now: milliseconds of any clock that mostly goes forward; a step back counts as no time.
    public mutating func attempt(by caller: String, at now: UInt64) -> Decision {
        var bucket = young[caller] ?? old[caller] ?? Bucket(filled: capacity, at: now)
        let passed = now > bucket.at ? now - bucket.at : 0
        bucket.filled = min(capacity, bucket.filled + min(passed, capacity))
        bucket.at = max(bucket.at, now)
        let decision: Decision
        if bucket.filled >= millisecondsPerToken {
            bucket.filled -= millisecondsPerToken
            decision = .allowed
        } else {
            decision = .refused(retryAfterMilliseconds: millisecondsPerToken - bucket.filled)
        }
        keep(bucket, of: caller)
        return decision
    }

    /// Gives back the token of an attempt that does not count. O(1).
    public mutating func refund(_ caller: String) {
        guard var bucket = young[caller] ?? old[caller] else { return }
        bucket.filled = min(capacity, bucket.filled + millisecondsPerToken)
        keep(bucket, of: caller)
    }

    private mutating func keep(_ bucket: Bucket, of caller: String) {
        if young[caller] == nil, young.count >= callerLimit {
            old = young
            young = [:]
        }
        old[caller] = nil
        young[caller] = bucket
    }
}

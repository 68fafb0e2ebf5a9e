import Catalogue
import Deeds
import Synchronization

/// How many links that lead nowhere somebody may try: a hundred at once, then one in 600 ms. Right ones are not counted.
///
/// A link has 128 bits and is not found by trying; this keeps those who try from taking the ledger's time.
final class WrongLinks: Sendable {
    private let attempts = Mutex(RateLimiter(burst: 100, millisecondsPerToken: 600))

    /// Counts an attempt.
    ///
    /// - Parameter now: milliseconds of a clock that goes forward.
    /// - Throws: `too-many-attempts`.
    func begin(_ caller: String, at now: UInt64) throws(Failure) {
        guard case .refused(let wait) = attempts.withLock({ $0.attempt(by: caller, at: now) }) else { return }
        throw Problem.tooManyAttempts(["seconds": String((wait + 999) / 1000)])
    }

    /// The link was right.
    func found(_ caller: String) { attempts.withLock { $0.refund(caller) } }
}

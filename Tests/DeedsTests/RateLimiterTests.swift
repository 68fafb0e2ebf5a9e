import Testing

@testable import Deeds

@Test func bucketEmptiesAndFillsAgain() {
    var limiter = RateLimiter(burst: 3, millisecondsPerToken: 1_000)
    for _ in 0..<3 { #expect(limiter.attempt(by: "a", at: 10_000) == .allowed) }
    #expect(limiter.attempt(by: "a", at: 10_000) == .refused(retryAfterMilliseconds: 1_000))
    #expect(limiter.attempt(by: "a", at: 10_999) == .refused(retryAfterMilliseconds: 1))
    #expect(limiter.attempt(by: "a", at: 11_000) == .allowed)
    #expect(limiter.attempt(by: "b", at: 11_000) == .allowed)
    // A clock that steps back gives nothing and takes nothing.
    #expect(limiter.attempt(by: "a", at: 0) == .refused(retryAfterMilliseconds: 1_000))
    #expect(limiter.attempt(by: "a", at: .max) == .allowed)
}

@Test func refusedAttemptsDoNotPushTheEndAway() {
    var limiter = RateLimiter(burst: 1, millisecondsPerToken: 1_000)
    #expect(limiter.attempt(by: "a", at: 0) == .allowed)
    for now in stride(from: UInt64(1), to: 1_000, by: 1) {
        #expect(limiter.attempt(by: "a", at: now) == .refused(retryAfterMilliseconds: 1_000 - now))
    }
    #expect(limiter.attempt(by: "a", at: 1_000) == .allowed)
}

@Test func memoryIsBounded() {
    var limiter = RateLimiter(burst: 1, millisecondsPerToken: 60_000, callerLimit: 100)
    for caller in 0..<10_000 { _ = limiter.attempt(by: "\(caller)", at: 0) }
    #expect(limiter.callerCount <= 200)
    // The newest callers are still remembered.
    #expect(limiter.attempt(by: "9999", at: 0) != .allowed)
}

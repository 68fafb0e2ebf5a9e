import Catalogue
import Testing

@testable import Deeds

private func revocation(of act: ActNumber, at time: ActTime) throws -> RevokedAct {
    let draft = try RevocationDraft.parse(Array(#"{"act":"\#(act)","reason":"x"}"#.utf8)).sealed(with: salt)
    return try RevokedAct(notary: notary, draft: draft, signature: signature(), time: time)
}

private func status(validUntil: String? = nil, revoked: UInt64? = nil, of other: ActNumber? = nil, at: UInt64) throws
    -> String
{
    let ended = try revoked.map { try revocation(of: other ?? number, at: ActTime(unixMilliseconds: $0)) }
    return ActStatus.of(
        number: number, registered: ActTime(unixMilliseconds: 1_000), validUntil: validUntil.flatMap { CivilDate($0) },
        revocation: ended, at: ActTime(unixMilliseconds: at)
    ).code
}

@Test func actIsInForceUntilSomethingEndsIt() throws {
    #expect(try status(at: 999) == "not-registered")
    #expect(try status(at: 1_000) == "in-force")
    #expect(try status(at: .max) == "in-force")
    #expect(try status(revoked: 5_000, at: 4_999) == "in-force")
    #expect(try status(revoked: 5_000, at: 5_000) == "revoked")
    #expect(try status(revoked: 5_000, of: ActNumber(notary: notary, year: 2026, running: 18), at: 9_000) == "in-force")
}

@Test func lastDayCountsWholeInMongolia() throws {
    // Midnight after 2026-11-20 in Ulaanbaatar.
    #expect(try status(validUntil: "2026-11-20", at: 1_795_190_399_999) == "in-force")
    #expect(try status(validUntil: "2026-11-20", at: 1_795_190_400_000) == "expired")
    #expect(try status(validUntil: "2026-11-20", revoked: 5_000, at: 1_795_190_400_000) == "revoked")
    #expect(try status(validUntil: "9999-12-31", at: .max) == "expired")
}

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

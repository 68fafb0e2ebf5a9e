import CanonicalJSON
import Catalogue
import Testing

@testable import Deeds

private func changed(_ change: String, _ milliseconds: UInt64, validUntil: String? = nil, act: String = "NT012-2026-17")
    throws -> ChangedAct
{
    var object: JSONObject = ["act": .string(act), "change": .string(change), "reason": "x"]
    if change == "amended" || change == "corrected" { object["content"] = .object(try json(validUntil)) }
    let draft = try ChangeDraft.parse(JSONValue.object(object).bytes, today: CivilDate("2013-01-01")!)
    return try ChangedAct(
        notary: notary, draft: draft.sealed(with: salt, before: before), signature: signature(),
        time: ActTime(unixMilliseconds: milliseconds))
}

private func json(_ validUntil: String?) throws -> JSONObject {
    var act = try sampleJSON(.other)
    act["validUntil"] = validUntil.map { .string($0) }
    return act
}

/// An act registered a second after 1970 began.
private func history(validUntil: String? = nil, _ changes: ChangedAct...) throws -> ActHistory {
    let draft = try ActDraft.parse(JSONValue.object(try json(validUntil)).bytes, today: CivilDate("2013-01-01")!)
    return ActHistory(
        try RegisteredAct(
            number: number, draft: draft.sealed(with: salt), signature: signature(),
            time: ActTime(unixMilliseconds: 1_000)),
        changes: changes)
}

extension ActHistory {
    fileprivate func code(_ milliseconds: UInt64) -> String { status(at: ActTime(unixMilliseconds: milliseconds)).code }
}

/// Midnight after 2026-11-20 in Ulaanbaatar.
private let midnight: UInt64 = 1_795_190_400_000

@Test func actIsInForceUntilSomethingEndsIt() throws {
    let plain = try history()
    #expect(plain.code(999) == "not-registered")
    #expect(plain.code(1_000) == "in-force")
    #expect(plain.code(.max) == "in-force")
    let revoked = try history(try changed("revoked", 5_000))
    #expect(revoked.code(4_999) == "in-force")
    #expect(revoked.code(5_000) == "revoked")
    #expect(revoked.status(at: ActTime(unixMilliseconds: .max)) == .revoked(since: ActTime(unixMilliseconds: 5_000)))
    let other = try history(try changed("revoked", 5_000, act: "NT012-2026-18"))
    #expect(other.changes.isEmpty && other.code(9_000) == "in-force")
}

@Test func lastDayCountsWholeInMongolia() throws {
    let act = try history(validUntil: "2026-11-20")
    #expect(act.code(midnight - 1) == "in-force")
    #expect(act.code(midnight) == "expired")
    #expect(act.status(at: ActTime(unixMilliseconds: midnight)) == .expired(lastDay: CivilDate("2026-11-20")!))
    #expect(try history(validUntil: "2026-11-20", try changed("revoked", 5_000)).code(midnight) == "revoked")
    #expect(try history(validUntil: "9999-12-31").code(253_402_271_999_998) == "in-force")
    #expect(try history(validUntil: "9999-12-31").code(.max) == "expired")
}

@Test func newestWordingCounts() throws {
    let act = try history(
        validUntil: "2026-11-20", try changed("amended", 2_000, validUntil: "2026-11-21"),
        try changed("corrected", 3_000, validUntil: "2026-11-22"))
    #expect(act.code(1_999) == "in-force")
    #expect(act.status(at: ActTime(unixMilliseconds: 2_000)) == .amended(since: ActTime(unixMilliseconds: 2_000)))
    #expect(act.code(2_999) == "amended")
    #expect(act.status(at: ActTime(unixMilliseconds: 3_000)) == .corrected(since: ActTime(unixMilliseconds: 3_000)))
    #expect(act.content(at: ActTime(unixMilliseconds: 1_999)).validUntil?.description == "2026-11-20")
    #expect(act.content(at: ActTime(unixMilliseconds: 2_000)).validUntil?.description == "2026-11-21")
    #expect(act.content.validUntil?.description == "2026-11-22")
    // The end is that of the wording of the moment.
    #expect(act.code(midnight) == "corrected")
    #expect(act.code(midnight + 2 * 86_400_000 - 1) == "corrected")
    #expect(act.code(midnight + 2 * 86_400_000) == "expired")
}

@Test func amendmentMayShortenOrLiftTheEnd() throws {
    let shortened = try history(validUntil: "2027-11-20", try changed("amended", 2_000, validUntil: "2026-11-20"))
    #expect(shortened.code(midnight - 1) == "amended" && shortened.code(midnight) == "expired")
    let lifted = try history(validUntil: "2026-11-20", try changed("amended", 2_000))
    #expect(lifted.code(midnight) == "amended")
    // Too late: the act had ended, and a correction of the slip says so.
    let mended = try history(
        validUntil: "2026-11-20", try changed("corrected", midnight + 5, validUntil: "2027-11-20"))
    #expect(mended.code(midnight + 4) == "expired" && mended.code(midnight + 5) == "corrected")
}

@Test func revocationOutweighsWhatComesAfter() throws {
    let act = try history(try changed("revoked", 2_000), try changed("corrected", 3_000))
    #expect(act.code(4_000) == "revoked")
    let later = try history(try changed("amended", 2_000), try changed("revoked", 3_000))
    #expect(later.code(2_500) == "amended" && later.code(3_000) == "revoked")
}

@Test func openingLeavesTheStatus() throws {
    let draft = try parse(try sampleJSON(.will)).sealed(with: salt)
    let will = try RegisteredAct(
        number: number, draft: draft, signature: signature(), time: ActTime(unixMilliseconds: 1_000))
    #expect(ActHistory(will).isClosed)
    let opened = ActHistory(will, changes: [try changed("opened", 2_000)])
    #expect(!opened.isClosed && opened.code(3_000) == "in-force" && opened.content == draft)
    #expect(try !history().isClosed)
    let other = ActHistory(will, changes: [try changed("opened", 2_000, act: "NT012-2026-18")])
    #expect(other.isClosed)
    #expect(ActHistory(will, changes: [try changed("revoked", 2_000)]).isClosed)
}

@Test func codesAreStable() {
    let time = ActTime(unixMilliseconds: 0)
    let statuses: [(ActStatus, String, Bool)] = [
        (.inForce, "in-force", true), (.amended(since: time), "amended", true),
        (.corrected(since: time), "corrected", true), (.revoked(since: time), "revoked", false),
        (.expired(lastDay: today), "expired", false), (.notYetRegistered, "not-registered", false),
    ]
    for (status, code, isInForce) in statuses { #expect(status.code == code && status.isInForce == isInForce) }
    #expect(ActChange.allCases.map(\.rawValue) == ["amended", "corrected", "revoked", "opened"])
    #expect(ChangeRequester.allCases.map(\.rawValue) == ["notary", "parties", "principal", "court"])
}

@Test func stateIsToldInItsOwnTerms() throws {
    let draft = try attorney()
    let act = try RegisteredAct(number: number, draft: draft, signature: signature(), time: moment)
    let plain = ActHistory(act)
    let notice = StateNotice(plain, status: .inForce, physicalPath: "https://example.mn/x").json
    #expect(
        notice == [
            "bookDate": "2026-11-22T06:26:40+08:00", "bookNumber": "NT012-2026-000017", "createEmpCode": "NT012",
            "createdDate": "2026-11-22T06:26:40+08:00", "employeeCode": "NT012", "physicalPath": "https://example.mn/x",
            "serviceId": 3, "serviceName": "Итгэмжлэл гэрчлэх", "status": 1, "statusDate": "2026-11-22T06:26:40+08:00",
            "statusName": "in-force", "propertyNumber": "Ү-2206000123", "regnum": "УБ85030412", "firstName": "Бат",
            "lastName": "Доржийн",
        ])
    let ended = try ChangedAct(
        notary: try NotaryCode("NT013"), draft: try revocation(), signature: signature(),
        time: ActTime(unixMilliseconds: moment.unixMilliseconds + 1_000))
    let history = ActHistory(act, changes: [ended])
    let later = StateNotice(history, status: history.status(at: ended.time), physicalPath: "x").json
    #expect(later["status"] == 0 && later["statusName"] == "revoked" && later["employeeCode"] == "NT013")
    #expect(later["createEmpCode"] == "NT012" && later["statusDate"] == "2026-11-22T06:26:41+08:00")
    #expect(ActType.allCases.map(\.serviceId) == Array(1...13))
}

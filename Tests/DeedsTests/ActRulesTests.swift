import CanonicalJSON
import Catalogue
import Testing

@testable import Deeds

private func changed(_ type: ActType, _ changes: [String: JSONValue?]) throws -> JSONObject {
    var act = try sampleJSON(type)
    for (name, value) in changes { act[name] = value }
    return act
}

@discardableResult
private func parse(_ type: ActType, _ changes: [String: JSONValue?]) throws -> ActDraft {
    try parse(try changed(type, changes))
}

/// Parties with these roles.
private func parties(_ roles: [PartyRole]) -> JSONValue {
    .array(
        roles.enumerated().map { place, role in
            [
                "role": .string(role.rawValue), "lastName": "Доржийн", "firstName": "Бат",
                "regnum": .string("УБ850304\(padded(place % 100, 2))"),
            ]
        })
}

private func problem(_ act: JSONObject) -> String? {
    do {
        let _: ActDraft = try parse(act)
        return nil
    } catch {
        return (error as? Failure)?.problem.code ?? "\(error)"
    }
}

@Test(arguments: ActKind.all) func rolesOfAKindAreThoseOfItsTable(kind: ActKind) throws {
    let whole = try wholeAct(kind)
    let least = kind.roles.flatMap { Array(repeating: $0.role, count: $0.counts.lowerBound) }
    for role in PartyRole.allCases {
        var act = whole
        act["parties"] = .array((whole["parties"]?.array ?? []) + (parties([role]).array ?? []))
        guard let rule = kind.roles.first(where: { $0.role == role }) else {
            #expect(problem(act) == "party-role-unsuited", "\(role)")
            continue
        }
        let there = least.filter { $0 != role }
        func outcome(_ count: Int) -> String? {
            var act = whole
            // With a choice that asks for no role.
            if kind.type == .contract { act["details"] = ["subject": "other"] }
            act["parties"] = parties(there + Array(repeating: role, count: count))
            return problem(act)
        }
        if rule.counts.lowerBound > 0 {
            let missing = rule.counts.lowerBound - 1
            #expect(outcome(missing) == (there.count + missing == 0 ? "act-count-invalid" : "party-count-invalid"))
        }
        #expect(
            outcome(rule.counts.lowerBound)
                == (there.isEmpty && rule.counts.lowerBound == 0 ? "act-count-invalid" : nil))
        let most = min(rule.counts.upperBound, ActKind.partyLimit - there.count)
        #expect(outcome(most) == nil, "\(role)")
        if rule.counts.upperBound < ActKind.partyLimit {
            #expect(outcome(rule.counts.upperBound + 1) == "party-count-invalid", "\(role)")
        }
    }
}

@Test(arguments: ActKind.all) func requiredFieldsAreRequired(kind: ActKind) throws {
    let whole = try wholeAct(kind)
    for field in kind.fields {
        var act = whole
        var details = try #require(act["details"]?.object)
        details[field.name] = nil
        act["details"] = .object(details)
        if field.isRequired { #expect(problem(act) == "act-field-missing", "\(field.name)") }
        let isNeeded = kind.needs.contains { need in
            need.fields.contains(field.name) && whole["details"]?[need.field]?.string == need.code
        }
        if !field.isRequired, !isNeeded { #expect(problem(act) == nil, "\(field.name)") }
    }
}

@Test(arguments: ActKind.all) func presenceIsThatOfTheTable(kind: ActKind) throws {
    let whole = try wholeAct(kind)
    for (name, presence, value) in [
        ("propertyNumber", kind.property, "Ү-1" as JSONValue),
        ("validUntil", kind.validity.presence, "2028-01-15"),
        ("note", kind.isClosed ? .none : .optional, "x"),
    ] {
        var with = whole
        with[name] = value
        var without = whole
        without[name] = nil
        #expect(problem(with) == (presence == .none ? "act-field-unsuited" : nil), "\(name)")
        #expect(problem(without) == (presence == .required ? "act-field-missing" : nil), "\(name)")
    }
}

@Test(arguments: ["sale", "gift", "lease", "loan", "pledge", "hypothec"])
func contractNeedsBothItsSides(subject: String) throws {
    let need = try #require(ActKind.of(.contract).needs.first { $0.code == subject })
    #expect(need.roles.count == 2)
    let details: JSONValue = ["subject": .string(subject)]
    try parse(.contract, ["details": details, "parties": parties(need.roles)])
    for role in need.roles {
        let others = need.roles.filter { $0 != role } + [.witness]
        expect(.partyCountInvalid) { try parse(.contract, ["details": details, "parties": parties(others)]) }
    }
}

@Test func contractsOfOtherKindsHaveTheSidesTheyHave() throws {
    for subject in ["exchange", "usufruct", "marital-property", "settlement", "other"] {
        try parse(
            .contract,
            ["details": ["subject": .string(subject)], "parties": parties([.contractParty, .contractParty])])
    }
}

@Test func translationNeedsItsTranslatorAndLanguages() throws {
    let details = try #require(try sampleJSON(.copyOrTranslation)["details"]?.object)
    for name in ["sourceLanguage", "targetLanguage"] {
        var fewer = details
        fewer[name] = nil
        expect(.actFieldMissing) { try parse(.copyOrTranslation, ["details": .object(fewer)]) }
        fewer["certified"] = "copy"
        try parse(.copyOrTranslation, ["details": .object(fewer)])
    }
    expect(.partyCountInvalid) { try parse(.copyOrTranslation, ["parties": parties([.applicant])]) }
    try parse(.copyOrTranslation, ["parties": parties([.applicant]), "details": ["certified": "copy", "pages": 1]])
}

@Test func inheritanceByWillNamesTheWill() throws {
    expect(.actFieldMissing) {
        try parse(.inheritanceCertificate, ["details": ["deathDate": "2026-03-14", "ground": "will"]])
    }
    let draft = try parse(
        .inheritanceCertificate,
        ["details": ["deathDate": "2026-03-14", "ground": "will", "will": "nt012-2026-3"]])
    #expect(draft.details.values["will"] == "NT012-2026-000003")
}

@Test func willHasNoRoomForItsContents() throws {
    expect(.actFieldUnsuited) { try parse(.will, ["note": "Орон сууцаа Батад үлдээв"]) }
    expect(.actFieldUnsuited) { try parse(.will, ["propertyNumber": "Ү-1"]) }
    expect(.partyRoleUnsuited) { try parse(.will, ["parties": parties([.testator, .heir])]) }
}

@Test(arguments: [
    ("2026-12-20", false), ("2026-12-21", true), ("2029-11-21", true), ("2029-11-22", false), ("2026-11-21", false),
]) func attorneyLastsAMonthToThreeYears(end: String, isTaken: Bool) throws {
    if isTaken {
        try parse(.powerOfAttorney, ["validUntil": .string(end)])
    } else {
        expect(.actValidityOutOfRange) { try parse(.powerOfAttorney, ["validUntil": .string(end)]) }
    }
}

@Test func endOfValidityIsNotBeforeToday() throws {
    try parse(.contract, ["validUntil": "2026-11-21"])
    try parse(.contract, ["validUntil": "9999-12-31"])
    expect(.actValidityPast) { try parse(.contract, ["validUntil": "2026-11-20"]) }
    expect(.actValidityPast) { try parse(.powerOfAttorney, ["validUntil": "2026-11-20"]) }
}

@Test(arguments: [
    ("2024-01-31", 1, "2024-02-29"), ("2023-01-31", 1, "2023-02-28"), ("2024-02-29", 12, "2025-02-28"),
    ("2024-02-29", 36, "2027-02-28"), ("2026-11-30", 3, "2027-02-28"), ("2026-12-15", 1, "2027-01-15"),
    ("2026-08-31", 1, "2026-09-30"), ("2026-11-21", 0, "2026-11-21"), ("9999-12-31", 1, "9999-01-28"),
]) func monthsAreCountedByTheCalendar(start: String, months: Int, end: String) throws {
    #expect(CivilDate(start)?.adding(months: months).description == end)
}

@Test func engagingActsAreThoseOfTheTable() throws {
    for kind in ActKind.all where kind.property != .none {
        var act = try wholeAct(kind)
        guard let engagement = kind.engages else {
            #expect(try !parse(act).engagesProperty, "\(kind.type)")
            continue
        }
        let field = try #require(kind.fields.first { $0.name == engagement.field })
        guard case .choice(let choices) = field.type else { continue }
        for choice in choices {
            // Roles that any choice asks for.
            act["parties"] = parties(kind.roles.map(\.role).filter { role in kind.roles.contains { $0.role == role } })
            var details = try #require(act["details"]?.object)
            details[field.name] = .string(choice.code)
            act["details"] = .object(details)
            #expect(try parse(act).engagesProperty == engagement.codes.contains(choice.code), "\(choice.code)")
        }
        act["propertyNumber"] = nil
        #expect(try !parse(act).engagesProperty)
    }
}

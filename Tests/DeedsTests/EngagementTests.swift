import CanonicalJSON
import Testing

@testable import Deeds

// Which acts engage the property that they name: what the next notary is told.

/// What engages nothing: who only asks, tells, is empowered or shows a paper disposes of nothing; an end sets free.
private let harmless: [ActType: Set<String>] = [.propertyRights: ["change", "termination"]]
private let engaging: Set<ActType> = [
    .contract, .propertyRights, .inheritanceCertificate, .estateProtection, .shareCertificate,
]

@Test(arguments: ActKind.all) func everyWayToDisposeOfAPropertyEngagesIt(kind: ActKind) throws {
    #expect((kind.engages != nil) == engaging.contains(kind.type))
    guard let engagement = kind.engages else { return }
    let field = try #require(kind.fields.first { $0.name == engagement.field })
    guard case .choice(let choices) = field.type else {
        Issue.record("\(field.name) is no choice")
        return
    }
    #expect(engagement.codes == Set(choices.map(\.code)).subtracting(harmless[kind.type] ?? []))
}

@Test func contractOfAnyNameEngagesAndNeverWithoutAProperty() throws {
    let kind = ActKind.of(.contract)
    for code in [
        "sale", "gift", "exchange", "lease", "usufruct", "loan", "pledge", "hypothec", "marital-property",
        "maintenance", "rights-transfer", "securities-transfer", "sole-dwelling", "settlement", "other",
    ] {
        var act = try wholeAct(kind)
        var details = try #require(act["details"]?.object)
        details["subject"] = .string(code)
        act["details"] = .object(details)
        #expect(try parse(act).engagesProperty, "\(code)")
        act["propertyNumber"] = nil
        #expect(try !parse(act).engagesProperty, "\(code)")
    }
}

import Catalogue
import LedgerMerkle
import Testing

@testable import Deeds

/// Labels that every statement has whatever its kind. A field of a kind must not look like one of them.
private let commonLabels: Set<String> = [
    "Бүртгэл", "Нотариатч", "Үйлдэл", "Дугаар", "Баримт", "Баримтын нэр", "Баримтын хэмжээ", "Хавсралт",
    "Хүчинтэй хугацаа", "Эд хөрөнгийн дугаар", "Холбогдох үйлдэл", "Тэмдэглэл", "Газар", "Шалтгаан", "Үндэслэл",
    "Өмнөх бичилт", "Өөрчлөлт", "Хүсэлт", "Хүсэлт гаргагч",
]

/// Roles label the lines of the parties, with a capital.
private let roleLabels = PartyRole.allCases.map { $0.label.mn.prefix(1).uppercased() + $0.label.mn.dropFirst() }

/// Mongolian Cyrillic by code point, so that no Latin letter, no Ukrainian І and no Kazakh Ұ slips in.
private func isMongolian(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x410...0x44f, 0x401, 0x451, 0x4ae, 0x4af, 0x4e8, 0x4e9: true
    default: false
    }
}

private let punctuation = Set(" 0123456789,.-()«»".unicodeScalars)

private func choices(_ field: ActField) -> [ActFieldType.Choice] {
    if case .choice(let choices) = field.type { choices } else { [] }
}

private func written(_ type: ActFieldType) -> String {
    switch type {
    case .text(let limit): "text \(limit)"
    case .texts(let counts, let limit): "texts \(counts.lowerBound) \(counts.upperBound) \(limit)"
    case .choice(let choices): "choice " + choices.map { "\($0.code)=\($0.label.mn)" }.joined(separator: "; ")
    case .date: "date"
    case .money: "money"
    case .number(let range): "number \(range.lowerBound) \(range.upperBound)"
    case .flag: "flag"
    case .actNumber: "act"
    }
}

private func digest(_ lines: [String]) -> String {
    SHA256.hash(Array(lines.map { $0 + "\n" }.joined().utf8)).description
}

@Test func everyTypeHasOneKindInOrder() {
    #expect(ActKind.all.map(\.type) == ActType.allCases)
    for type in ActType.allCases { #expect(ActKind.of(type).type == type) }
}

@Test(arguments: ActKind.all) func namesAreLowerCamelAndFew(kind: ActKind) {
    #expect((2...8).contains(kind.fields.count))
    #expect(Set(kind.fields.map(\.name)).count == kind.fields.count)
    for field in kind.fields {
        #expect(field.name.wholeMatch(of: /[a-z][a-zA-Z0-9]*/) != nil, "\(field.name)")
        let codes = choices(field).map(\.code)
        #expect(Set(codes).count == codes.count)
        for code in codes { #expect(code.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil, "\(code)") }
    }
}

@Test(arguments: ActKind.all) func labelsDoNotCollide(kind: ActKind) {
    let labels = kind.fields.map(\.label.mn)
    #expect(Set(labels).count == labels.count)
    #expect(Set(kind.fields.map(\.label.en)).count == labels.count)
    #expect(commonLabels.isDisjoint(with: labels))
    #expect(Set(roleLabels).isDisjoint(with: labels))
    for field in kind.fields {
        let answers = choices(field)
        #expect(Set(answers.map(\.label.mn)).count == answers.count, "\(field.name)")
        #expect(Set(answers.map(\.label.en)).count == answers.count, "\(field.name)")
    }
}

@Test(arguments: ActKind.all) func labelsAreWholeInBothLanguages(kind: ActKind) {
    for field in kind.fields {
        for label in [field.label] + choices(field).map(\.label) {
            #expect(label.mn.unicodeScalars.allSatisfy { isMongolian($0) || punctuation.contains($0) }, "\(label.mn)")
            #expect(label.mn.first?.isUppercase == true, "\(label.mn)")
            #expect(label.en.unicodeScalars.allSatisfy { (0x20...0x7e).contains($0.value) }, "\(label.en)")
            #expect(label.en.first?.isUppercase == true, "\(label.en)")
            for text in [label.mn, label.en] {
                #expect(PlainText.canonical(text, limit: 150) == text && text.count > 1)
                #expect(!text.contains(":") && !text.contains("  "))
            }
        }
    }
    #expect(!kind.source.isEmpty)
}

@Test func roleLabelsAreWholeInBothLanguages() {
    for role in PartyRole.allCases {
        #expect(role.rawValue.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil)
        #expect(!role.label.mn.isEmpty && !role.label.en.isEmpty)
        #expect(role.label.mn.unicodeScalars.allSatisfy { isMongolian($0) || punctuation.contains($0) }, "\(role)")
        #expect(role.label.en.unicodeScalars.allSatisfy { (0x20...0x7e).contains($0.value) }, "\(role)")
    }
    #expect(Set(roleLabels).count == roleLabels.count)
    #expect(commonLabels.isDisjoint(with: roleLabels))
    #expect(Set(PartyRole.allCases.map(\.label.en)).count == PartyRole.allCases.count)
}

@Test(arguments: ActKind.all) func limitsAreBounded(kind: ActKind) {
    for field in kind.fields {
        switch field.type {
        case .text(let limit): #expect((1...2000).contains(limit))
        case .texts(let counts, let limit):
            // Absence is said by leaving the field out, never by an empty list.
            #expect(counts.lowerBound == 1 && counts.upperBound <= 100 && (1...2000).contains(limit))
        case .choice(let choices): #expect(choices.count > 1)
        case .number(let range): #expect(range.lowerBound >= 0)
        case .date, .money, .flag, .actNumber: break
        }
    }
    if let months = kind.validity.months { #expect(months.lowerBound > 0 && kind.validity.presence != .none) }
}

@Test(arguments: ActKind.all) func rolesCanBeFilled(kind: ActKind) {
    #expect(Set(kind.roles.map(\.role)).count == kind.roles.count)
    let least = kind.roles.reduce(0) { $0 + $1.counts.lowerBound }
    #expect(least <= ActKind.partyLimit)
    for rule in kind.roles {
        #expect(rule.counts.lowerBound >= 0 && rule.counts.upperBound >= 1)
        #expect(rule.counts.upperBound <= ActKind.partyLimit)
    }
    // A contract has its sides by what it is about; all other acts have somebody without whom they are none.
    #expect(kind.type == .contract || least > 0)
}

@Test func everyRoleIsUsed() {
    #expect(Set(ActKind.all.flatMap { $0.roles.map(\.role) }) == Set(PartyRole.allCases))
}

@Test(arguments: ActKind.all) func engagementStandsOnARequiredChoice(kind: ActKind) throws {
    guard let engagement = kind.engages else { return }
    #expect(kind.property != .none)
    let field = try #require(kind.fields.first { $0.name == engagement.field })
    #expect(field.isRequired)
    #expect(!engagement.codes.isEmpty && engagement.codes.isSubset(of: choices(field).map(\.code)))
}

@Test func willTellsNothingOfItsContents() {
    let will = ActKind.of(.will)
    #expect(ActKind.all.filter(\.isClosed).map(\.type) == [.will])
    #expect(will.property == .none && will.engages == nil)
    #expect(will.roles.first { $0.role == .testator }?.counts == 1...1)
    #expect(Set(will.roles.map(\.role)) == [.testator, .witness, .interpreter, .signatory])
    for field in will.fields {
        if case .texts = field.type { Issue.record("\(field.name) could hold the will") }
        if case .text(let limit) = field.type { #expect(limit <= 200) }
    }
}

@Test func powerOfAttorneyNamesBothSidesPowersAndTerm() {
    let kind = ActKind.of(.powerOfAttorney)
    for role in [PartyRole.principal, .representative] {
        #expect(kind.roles.first { $0.role == role }?.counts.lowerBound == 1)
    }
    #expect(kind.validity.presence == .required && kind.validity.months == 1...36)
    let powers = kind.fields.first { $0.name == "powers" }
    #expect(powers?.isRequired == true && powers?.type == .texts(counts: 1...100, limit: 2000))
}

/// What signed statements hold must stay readable as it was signed: a label, name or code that was published is not
/// changed, and this digest moves only when one is added.
@Test func publishedWordsDoNotChangeUnnoticed() {
    let lines = ActKind.all.flatMap { kind in
        kind.fields.map { "\(kind.type.rawValue)\t\($0.name)\t\(written($0.type))\t\($0.label.mn)" }
    }
    #expect(digest(lines) == "46793088eeb382974f72bf4d0d92c9ded98444d8449284cbf3a07d0cf8ba8b16")
    #expect(
        digest(PartyRole.allCases.map { "\($0.rawValue)\t\($0.label.mn)" })
            == "985af5346d97a6f585cba400800eac9c508154b3126c24df60851098940a7052")
}

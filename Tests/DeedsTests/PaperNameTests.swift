import Testing

@testable import Deeds

// By which names entries from paper are found.

private func person(_ first: String, _ last: String? = nil, _ surname: String? = nil) -> PartyName {
    .person(surname: surname, lastName: last, firstName: first)
}

private func isFound(_ name: PartyName, by asked: String) -> Bool {
    !Set(PaperName.forms(of: name)).isDisjoint(with: PaperName.asked(asked))
}

@Test(arguments: [
    "Доржийн Бат-Эрдэнэ", "доржийн бат эрдэнэ", "ДОРЖИЙН  БАТЭРДЭНЭ", " Доржийн Бат–Эрдэнэ ", "Доржийн Бaт-Эpдэнэ",
    "Д.Бат-Эрдэнэ",
    "Д. Батэрдэнэ", "Д Батэрдэнэ", "Бат-Эрдэнэ", "батэрдэнэ",
])
func personIsFoundByEachWayToWriteTheName(asked: String) {
    #expect(isFound(person("Бат-Эрдэнэ", "Доржийн"), by: asked))
}

@Test(arguments: [
    "Дорж", "Доржийн", "Бат", "Б.Доржийн", "Э.Бат", "ДБатэрдэнэ", "Д.Бат", "Эрдэнэ", "Доржийн Бат", ".", "~",
])
func personIsNotFoundByAnotherName(asked: String) {
    #expect(!isFound(person("Бат-Эрдэнэ", "Доржийн"), by: asked))
}

@Test(arguments: ["Боржигон овогт Доржийн Бат", "Боржигон Доржийн Бат", "Доржийн Бат", "Д.Бат", "Бат"])
func clanNameMayBeLeftOut(asked: String) {
    #expect(isFound(person("Бат", "Доржийн", "Боржигон"), by: asked))
    #expect(!isFound(person("Бат", "Доржийн", "Хиад"), by: "Боржигон овогт Доржийн Бат"))
}

@Test(arguments: [person("Д.Бат"), person("Д. Бат"), person("Бат", "Д."), person("Бат", "Д")])
func initialInTheBookIsFoundByTheWholeName(name: PartyName) {
    for asked in ["Д.Бат", "Доржийн Бат", "Дамбын Бат", "Боржигон овогт Доржийн Бат", "Д Бат", "Бат"] {
        #expect(isFound(name, by: asked), "\(asked)")
    }
    #expect(!isFound(name, by: "Ганы Бат") && !isFound(name, by: "Д.Болд"))
}

@Test func wholeNameIsNotFoundByAnotherOfTheSameInitial() {
    #expect(!isFound(person("Бат", "Доржийн"), by: "Дамбын Бат"))
}

@Test func wholeNameInOneCellIsTakenApart() {
    for asked in ["Доржийн Бат", "Д.Бат", "Бат"] { #expect(isFound(person("Доржийн Бат"), by: asked), "\(asked)") }
    #expect(isFound(person("John Smith"), by: "j.smith") && isFound(person("Ли"), by: "ли"))
}

@Test func organisationIsFoundByItsWholeNameAlone() {
    let company = PartyName.organisation("«Ж.Ж.Загвар» ХХК")
    for asked in ["Ж.Ж.Загвар ХХК", "\"ж.ж. загвар\" ххк", "Ж.Ж.ЗАГВАР-ХХК."] {
        #expect(isFound(company, by: asked), "\(asked)")
    }
    #expect(!isFound(company, by: "Загвар") && !isFound(company, by: "ЖЖЗагвар ХХК"))
    #expect(PaperName.forms(of: company).count == 1)
}

@Test func whatNamesNobodyAsksForNothing() {
    for asked in [
        "", " ", ".", "- -", "«»", "a\u{202e}b", "овогт", String(repeating: "а", count: PaperName.askedLimit),
    ] {
        #expect(PaperName.asked(asked).isEmpty, "\(asked)")
    }
    #expect(PaperName.forms(of: .organisation("«»")).isEmpty)
    // A, T, O, P and H as Latin letters: Б, Д, Ж, И and Й have none that looks the same.
    #expect(PaperName.forms(of: person("Бат", "Доржийн")) == ["БAT", "Д.БAT", "ДOPЖИЙHБAT"])
}

@Test func nameOfManyWordsIsLookedUpByFewForms() {
    let words = Array(repeating: "а", count: 400).joined(separator: " ")
    #expect(PaperName.asked(words).count < 10)
}

import CanonicalJSON
import Catalogue
import Testing

@testable import Deeds

private func party(_ members: JSONObject) throws -> Party {
    var object = members
    object["role"] = "applicant"
    return try Party(reading: .object(object), today: today, path: "parties[0]")
}

private let bat: JSONObject = ["lastName": "Доржийн", "firstName": "Бат"]

private func adding(_ members: JSONObject, _ more: JSONObject) -> JSONObject {
    JSONObject(members.members + more.members)
}

@Test(arguments: [
    ("regnum", " уб 850304-12 ", "УБ85030412"), ("civilId", "213 535 645 767", "213535645767"),
    ("tin", "379-0084-6788", "37900846788"), ("tin", "12345678901234", "12345678901234"),
    ("foreignId", "x1234567", "X1234567"), ("foreignId", "АБ12", nil), ("foreignId", "X12", nil),
    ("foreignId", "X12345678901234567890", nil), ("civilId", "21353564576", nil), ("civilId", "2135356457678", nil),
    ("civilId", "٢١٣٥٣٥٦٤٥٧٦٧", nil), ("tin", "1234567890", nil), ("tin", "123456789012345", nil),
    ("regnum", "УБ8503041", nil),
]) func numbersOfPersonsAreBroughtToOneForm(key: String, typed: String, canonical: String?) throws {
    let members = adding(bat, ["\(key)": .string(typed)])
    guard let canonical else {
        #expect(throws: Failure.self) { try party(members) }
        return
    }
    let read = try party(members)
    #expect(read.identity.key == key && read.identity.text == canonical)
    #expect(read.json["\(key)"] == .string(canonical))
    #expect(try Party(reading: read.json, today: today, path: "") == read)
}

@Test(arguments: [
    ("civilId", Problem.civilIdInvalid), ("organisationNumber", .organisationNumberInvalid), ("tin", .taxNumberInvalid),
    ("foreignId", .foreignNumberInvalid), ("regnum", .registerNumberInvalid),
]) func eachSortOfNumberHasItsOwnRefusal(key: String, problem: Problem) {
    expect(problem) { _ = try party(adding(bat, ["\(key)": "1"])) }
}

@Test func organisationHasANameAndSevenDigits() throws {
    let read = try party(["name": "«Загвар Мотор» ХХК", "organisationNumber": "0195 093"])
    #expect(read.identity == .organisationNumber("0195093"))
    #expect(read.name == .organisation("«Загвар Мотор» ХХК"))
    #expect(read.name.whole == "«Загвар Мотор» ХХК" && read.name.short == read.name.whole)
    expect(.organisationNumberInvalid) { _ = try party(["name": "X", "organisationNumber": "60195091"]) }
}

@Test func partyHasExactlyOneNumber() {
    expect(.partyIdentityUnclear) { _ = try party(bat) }
    expect(.partyIdentityUnclear) {
        _ = try party(adding(bat, ["regnum": "УБ85030412", "civilId": "213535645767"]))
    }
    expect(.partyIdentityUnclear) { _ = try party(adding(bat, ["regnum": "УБ85030412", "tin": "37900846788"])) }
}

@Test func nameSuitsTheSortOfNumber() throws {
    for key in ["regnum", "civilId", "foreignId"] {
        let number: JSONValue = key == "regnum" ? "УБ85030412" : key == "civilId" ? "213535645767" : "X1234567"
        expect(.partyNameUnclear) { _ = try party(["name": "Доржийн Бат", "\(key)": number]) }
        expect(.partyNameUnclear) { _ = try party(["lastName": "Доржийн", "\(key)": number]) }
        expect(.partyNameUnclear) { _ = try party(["\(key)": number]) }
        expect(.partyNameUnclear) { _ = try party(adding(bat, ["name": "Бат", "\(key)": number])) }
    }
    expect(.partyNameUnclear) { _ = try party(adding(bat, ["organisationNumber": "6019509"])) }
    expect(.partyNameUnclear) {
        _ = try party(["surname": "Боржигон", "name": "ХХК", "organisationNumber": "6019509"])
    }
    // A taxpayer is a person or an organisation.
    _ = try party(["name": "Нөхөрлөл", "tin": "37900846788"])
    _ = try party(adding(bat, ["tin": "37900846788"]))
    // A citizen has a patronymic; a foreigner may go by one name.
    expect(.actFieldMissing) { _ = try party(["firstName": "Бат", "regnum": "УБ85030412"]) }
    #expect(try party(["firstName": "Madonna", "foreignId": "X1234567"]).name.whole == "Madonna")
}

@Test func namesStandInMongolianOrder() throws {
    let whole = try party(adding(bat, ["surname": "Боржигон", "regnum": "УБ85030412"]))
    #expect(whole.name.whole == "Боржигон овогт Доржийн Бат")
    #expect(whole.name.short == "Д.Бат")
    #expect(whole.statementValue == "ургийн овог Боржигон | эцэг, эхийн нэр Доржийн | нэр Бат | РД УБ85030412")
    let name = try party(["lastName": "Өлзийн", "firstName": "Мөнх-Эрдэнэ", "civilId": "213535645767"])
    #expect(name.name.whole == "Өлзийн Мөнх-Эрдэнэ" && name.name.short == "Ө.Мөнх-Эрдэнэ")
    #expect(name.statementValue == "эцэг, эхийн нэр Өлзийн | нэр Мөнх-Эрдэнэ | иргэний бүртгэл 213535645767")
}

@Test func listsOfPeopleAreSortedByGivenName() throws {
    func named(_ last: String?, _ first: String) -> PartyName {
        .person(surname: nil, lastName: last, firstName: first)
    }
    let sorted = [
        named("Цэндийн", "Бат"), named("Өлзийн", "Бат"), named("Ядамын", "Батаа"), named("Аюушийн", "Ёндон"),
        named("Аюушийн", "Жаргал"), named("Аюушийн", "Одон"), named("Аюушийн", "Өлзий"), named("Аюушийн", "Пагма"),
        .organisation("Сэлэнгэ ХХК"), named("Аюушийн", "Уянга"), named("Аюушийн", "Үүрээ"), named("Аюушийн", "Фёдор"),
        named(nil, "Jane"),
    ]
    // The patronymic decides between namesakes: Ө comes before Ц.
    let expected = [sorted[1], sorted[0]] + sorted.dropFirst(2)
    #expect(sorted.shuffled().sorted { $0.order < $1.order } == expected)
}

@Test func alphabetIsTheMongolianOne() {
    let alphabet = Array("АБВГДЕЁЖЗИЙКЛМНОӨПРСТУҮФХЦЧШЩЪЫЬЭЮЯ").map { String($0) }
    #expect(alphabet.shuffled().sorted { MongolianOrder($0) < MongolianOrder($1) } == alphabet)
    let lower = alphabet.map { $0.lowercased() }
    #expect(lower.shuffled().sorted { MongolianOrder($0) < MongolianOrder($1) } == lower)
    for (upper, lower) in zip(alphabet, lower) { #expect(MongolianOrder(upper) == MongolianOrder(lower)) }
    let words = ["", "12 хороо", "а", "аа", "Аб", "ө", "п", "ү", "ф", "я", "яя", "Zulu", "\u{1820}"]
    #expect(words.shuffled().sorted { MongolianOrder($0) < MongolianOrder($1) } == words)
}

@Test func propertyNumbersOfAllKeyboardsAreOne() {
    for typed in ["Ү-2206000123", "ү 2206000123", "Y-2206 000 123", "У–2206000123", "Ү/2206000123"] {
        #expect(PropertyNumber.folded(typed) == "Y2206000123", "\(typed)")
    }
    #expect(PropertyNumber.folded("1234 УБА") == PropertyNumber.folded("1234УБА"))
    #expect(PropertyNumber.folded("1234 УБА") != PropertyNumber.folded("1235 УБА"))
}

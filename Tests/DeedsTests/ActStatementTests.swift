import CanonicalJSON
import Catalogue
import LedgerMerkle
import Testing

@testable import Deeds

func change(_ members: JSONObject) throws -> ChangeDraft {
    let json = JSONObject([JSONObject.Member(name: "act", value: "nt012-2026-17")] + members.members)
    return try ChangeDraft.parse(JSONValue.object(json).bytes, today: today).sealed(with: salt, before: before)
}

/// The revocation of FORMATS.md.
func revocation() throws -> ChangeDraft {
    try change([
        "change": "revoked", "by": "principal", "reason": "Итгэмжлэл олгогч хүсэлт гаргасан",
        "principal": ["regnum": "УБ85030412"],
    ])
}

@Test func statementIsTheOneOfTheFormatsPage() throws {
    let statement = try ActStatement(try attorney(), origin: origin, notary: notary)
    #expect(statement.openText == (try formatsExample("act-statement-open-example")))
    #expect(statement.text == (try formatsExample("act-statement-closed-example")))
}

@Test func changeStatementIsTheOneOfTheFormatsPage() throws {
    let statement = try ActStatement(try revocation(), origin: origin, notary: notary)
    #expect(statement.openText == (try formatsExample("act-change-open-example")))
    #expect(statement.text == (try formatsExample("act-change-closed-example")))
}

@Test func accessCodeIsTheOneOfTheFormatsPage() throws {
    let code = AccessCode(random: [0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde])
    #expect(code.map { $0.printed + "\n" } == (try formatsExample("access-code-example")))
}

/// A line as the page describes it, made here from HMAC and SHA-256 alone.
private func line(_ field: String, _ position: Int, _ text: String) -> (open: String, closed: String) {
    let own = HMACSHA256(key: (0..<32).map { UInt8($0) }).authenticate(
        Array("tamga act line v2\n\(field) \(position)".utf8)
    ).bytes
    let salt = own.prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    let open = "* \(text) [\(salt)]"
    return (open, "* \(SHA256.hash(Array(open.utf8)))")
}

@Test func everyLineOfAContractStandsWhereItBelongs() throws {
    var act = try wholeAct(ActKind.of(.contract))
    act["parties"] = [
        ["role": "seller", "name": "«Загвар» ХХК", "organisationNumber": "6019509"],
        ["role": "buyer", "surname": "Боржигон", "lastName": "Доржийн", "firstName": "Бат", "civilId": "213535645767"],
        ["role": "co-owner", "firstName": "Jane", "foreignId": "X1234567"],
        ["role": "guarantor", "name": "Нөхөрлөл", "tin": "37900846788"],
    ]
    let sale: JSONObject = ["subject": "sale", "item": "Орон сууц", "price": "112000000.00", "term": "2027-01-15"]
    act["details"] = .object(sale)
    let document = SHA256.hash([9])
    let head = [
        "НОТАРИАТЫН ҮЙЛДЛИЙН МЭДЭГДЭЛ 2", "Бүртгэл: example.mn/tamga", "Нотариатч: NT012",
        "Үйлдэл: Гэрээ, хэлцэл гэрчлэх (contract)", "Баримт: SHA-256 \(document)", "Хүчинтэй хугацаа: 2028-01-15",
    ]
    let lines = [
        line("parties", 1, "Худалдагч: байгууллага «Загвар» ХХК | улсын бүртгэл 6019509"),
        line(
            "parties", 2,
            "Худалдан авагч: ургийн овог Боржигон | эцэг, эхийн нэр Доржийн | нэр Бат | иргэний бүртгэл 213535645767"),
        line("parties", 3, "Хамтран өмчлөгч: нэр Jane | гадаадын иргэний баримт X1234567"),
        line("parties", 4, "Батлан даагч: байгууллага Нөхөрлөл | ТТД 37900846788"),
        line("details", 1, "Гэрээний төрөл: Худалдах, худалдан авах гэрээ (sale)"),
        line("details", 2, "Гэрээний зүйл: Орон сууц"),
        line("details", 3, "Гэрээний үнийн дүн: 112,000,000.00 ₮"),
        line("details", 4, "Үүрэг гүйцэтгэх эцсийн өдөр: 2027-01-15"),
        line("property", 1, "Эд хөрөнгийн дугаар: Ү-2206000123"),
        line("reference", 1, "Холбогдох үйлдэл: NT012-2026-000003"),
        line("note", 1, "Тэмдэглэл: Тэмдэглэл"),
        line("name", 1, "Баримтын нэр: Баримт.pdf"),
        line("size", 1, "Баримтын хэмжээ: 4096 байт"),
        line("attachments", 1, "Хавсралт: нэр Хавсралт 1.pdf | 12 байт | SHA-256 \(SHA256.hash([10]))"),
        line("attachments", 2, "Хавсралт: SHA-256 \(SHA256.hash([11]))"),
        line("place", 1, "Газар: Улаанбаатар"),
    ]
    let statement = try ActStatement(try parse(act).sealed(with: salt), origin: origin, notary: notary)
    #expect(statement.openText == (head + lines.map(\.open)).map { $0 + "\n" }.joined())
    #expect(statement.text == (head + lines.map(\.closed)).map { $0 + "\n" }.joined())
}

@Test func everyLineOfAChangeStandsWhereItBelongs() throws {
    let content = try sampleJSON(.other)
    let draft = try change([
        "change": "amended", "by": "court", "reason": "Шүүхийн шийдвэрээр",
        "basis": ["court": "Чингэлтэй дүүргийн шүүх", "number": "102/ШШ", "date": "2026-11-01"],
        "content": .object(content),
    ])
    let statement = try ActStatement(draft, origin: origin, notary: notary)
    let document = try #require(content["document"]?["sha256"]?.string)
    let head = [
        "НОТАРИАТЫН ҮЙЛДЛИЙН ӨӨРЧЛӨЛТИЙН МЭДЭГДЭЛ 2", "Бүртгэл: example.mn/tamga", "Нотариатч: NT012",
        "Дугаар: NT012-2026-000017", "Өөрчлөлт: Нэмэлт, өөрчлөлт оруулах (amended)", "Хүсэлт: Шүүх (court)",
        "Өмнөх бичилт: \(before)", "Үйлдэл: Хуульд заасан бусад үйлдэл (other)", "Баримт: SHA-256 \(document)",
    ]
    let open = try #require(statement.openText).split(separator: "\n").map(String.init)
    #expect(Array(open.prefix(head.count)) == head)
    let last = [
        line("reason", 1, "Шалтгаан: Шүүхийн шийдвэрээр"),
        line("basis", 1, "Үндэслэл: Чингэлтэй дүүргийн шүүх | 2026-11-01 | № 102/ШШ"),
    ]
    #expect(Array(open.suffix(2)) == last.map(\.open))
    #expect(
        open[head.count]
            == line("parties", 1, "Үйлчлүүлэгч: эцэг, эхийн нэр Сандагийн | нэр Мишээл | РД ДО12270921").open)
    #expect(statement.text.split(separator: "\n").suffix(2).map(String.init) == last.map(\.closed))
}

@Test func statementNeedsASalt() throws {
    let bare = try parse(try sampleJSON(.powerOfAttorney))
    expect(.actSaltMissing) { _ = try ActStatement(bare, origin: origin, notary: notary) }
    let draft = try ChangeDraft.parse(
        Array(#"{"act":"NT012-2026-17","change":"revoked","reason":"x"}"#.utf8), today: today)
    expect(.actSaltMissing) { _ = try ActStatement(draft, origin: origin, notary: notary) }
}

@Test(arguments: ActKind.all) func closingTheOpenTextGivesTheSignedText(kind: ActKind) throws {
    let draft = try parse(try wholeAct(kind)).sealed(with: salt)
    let statement = try ActStatement(draft, origin: origin, notary: notary)
    let open = try #require(statement.openText)
    #expect(ActStatement.closing(open) == statement.text)
    #expect(ActStatement.isClosed(statement.text) && !ActStatement.isClosed(open))
    #expect(Array(statement.text.utf8) == statement.bytes)
    #expect(open.hasSuffix("]\n") && !open.contains("\r"))
}

@Test func openLinesWithOddCharactersAreClosedWhole() throws {
    var act = try sampleJSON(.other)
    for note in ["* x", "\u{301}x", "а [00]: * б", "x]", "\u{1820}\u{180e}", "e\u{301}"] {
        act["note"] = .string(note)
        let statement = try ActStatement(try parse(act).sealed(with: salt), origin: origin, notary: notary)
        #expect(ActStatement.closing(try #require(statement.openText)) == statement.text)
    }
}

@Test(arguments: ActKind.all) func statementIsRebuiltWhileThePrivateValuesStayHidden(kind: ActKind) throws {
    let draft = try parse(try wholeAct(kind)).sealed(with: salt)
    let fields = try registered(draft).fields()
    let shown = fields.filter { DeedField.names(shownTo: .citizen).contains($0.key) }
    for name in SealedField.allCases.map(\.rawValue) + ["salt"] { #expect(shown[name] == nil) }
    let signed = try ActStatement(draft, origin: origin, notary: notary)
    for fields in [shown, fields] {
        let again = try ActStatement(shown: fields, origin: origin)
        #expect(again.bytes == signed.bytes)
        #expect(again.openText == nil)
    }
}

/// The texts and numbers in a value, however deep.
private func texts(_ value: JSONValue) -> [String] {
    switch value {
    case .object(let object): object.flatMap { texts($0.value) }
    case .array(let list): list.flatMap { texts($0) }
    case .string(let text): [text]
    default: []
    }
}

@Test(arguments: ActKind.all) func nothingPrivateStandsInTheClosedText(kind: ActKind) throws {
    var act = try wholeAct(kind)
    act["document"] = ["sha256": .string("\(SHA256.hash([9]))"), "name": "Нууц баримт.pdf", "size": 777_777]
    let draft = try parse(act).sealed(with: salt)
    let closed = try text(draft)
    #expect(!closed.contains("777777"))
    let open: Set<String> = [kind.type.rawValue, "\(SHA256.hash([9]))", draft.validUntil?.description ?? ""]
    // A text as short as "а" stands in many others, and "copy" in "copy-or-translation".
    for secret in texts(draft.json) where !open.contains(secret) && secret.count > 4 {
        #expect(!closed.contains(secret), "\(secret)")
    }
    for label in kind.fields.map(\.label.mn) + kind.roles.map(\.role.statementLabel) {
        #expect(!closed.contains(label + ":"), "\(label)")
    }
    let sealed = closed.split(separator: "\n").filter { $0.hasPrefix("*") }
    #expect(sealed.allSatisfy { $0.wholeMatch(of: /\* [0-9a-f]{64}/) != nil })
}

@Test(arguments: ActKind.all) func everyLineHasASaltOfItsOwn(kind: ActKind) throws {
    var act = try wholeAct(kind)
    // The same text everywhere: without salts such lines would tell that they are equal.
    act["attachments"] = .array(Array(repeating: ["sha256": .string("\(SHA256.hash([1]))")], count: 5))
    let draft = try parse(act).sealed(with: salt)
    let open = try #require(try ActStatement(draft, origin: origin, notary: notary).openText)
    let salts = open.split(separator: "\n").filter { $0.hasPrefix("* ") }.map { String($0.suffix(34)) }
    #expect(salts.count > 8)
    #expect(salts.allSatisfy { $0.wholeMatch(of: /\[[0-9a-f]{32}\]/) != nil })
    #expect(Set(salts).count == salts.count)
    let other = try ActStatement(draft.sealed(with: salt.reversed()), origin: origin, notary: notary)
    let others = try #require(other.openText).split(separator: "\n").filter { $0.hasPrefix("* ") }
        .map { String($0.suffix(34)) }
    #expect(Set(salts).isDisjoint(with: others))
    let sealed = other.text.split(separator: "\n").filter { $0.hasPrefix("*") }
    #expect(Set(try text(draft).split(separator: "\n")).isDisjoint(with: sealed))
}

@Test(arguments: ActKind.all) func everyValueChangesTheSignedText(kind: ActKind) throws {
    let act = try wholeAct(kind)
    let draft = try parse(act)
    var known = [try text(draft): draft]
    for variant in try variants(of: act) {
        let other = try parse(variant.act)
        let closed = try text(other)
        // Two edits may make the same act; only different acts must have different texts.
        if let same = known[closed], same != other { Issue.record("\(variant.path) has the text of another act") }
        known[closed] = other
    }
    #expect(known.count > 20)
    let sealed = draft.sealed(with: salt)
    for text in [
        try ActStatement(sealed, origin: "another.mn/tamga", notary: notary).text,
        try ActStatement(sealed, origin: origin, notary: try NotaryCode("NT013")).text,
        try ActStatement(draft.sealed(with: salt.reversed()), origin: origin, notary: notary).text,
    ] {
        #expect(known[text] == nil)
    }
}

@Test func everyValueOfAChangeChangesTheSignedText() throws {
    let order: JSONObject = ["court": "Шүүх", "number": "1", "date": "2026-11-01"]
    let content = try sampleJSON(.powerOfAttorney)
    let whole: JSONObject = [
        "change": "amended", "by": "court", "reason": "х", "basis": .object(order), "content": .object(content),
    ]
    var changes: [JSONObject] = [whole]
    func with(_ name: String, _ value: JSONValue?, _ base: JSONObject = whole) -> JSONObject {
        var other = base
        other[name] = value
        return other
    }
    changes += [with("change", "corrected"), with("reason", "ц")]
    for (name, value) in [("court", "Дээд шүүх"), ("number", "2"), ("date", "2026-11-02")] {
        changes.append(with("basis", .object(with(name, .string(value), order))))
    }
    changes.append(with("basis", nil, with("by", "notary")))
    changes.append(with("basis", nil, with("by", "parties")))
    let ended = with("change", "revoked", with("content", nil))
    changes += [ended, with("basis", nil, with("by", "notary", ended)), with("act", "NT012-2026-18", ended)]
    let asked = with("by", "principal", with("basis", nil, ended))
    changes.append(with("principal", ["regnum": "УБ85030412"], asked))
    changes.append(with("principal", ["civilId": "213535645767"], asked))
    changes.append(with("principal", ["tin": "213535645767"], asked))
    changes += try variants(of: content).map { with("content", .object($0.act)) }
    let drafts = Set(try changes.map { try change($0) })
    let texts = Set(try drafts.map { try ActStatement($0, origin: origin, notary: notary).text })
    #expect(texts.count == drafts.count)
    #expect(drafts.count > 30)
    let other = try change(ended).sealed(with: salt, before: SHA256.hash([7]))
    #expect(!texts.contains(try ActStatement(other, origin: origin, notary: notary).text))
}

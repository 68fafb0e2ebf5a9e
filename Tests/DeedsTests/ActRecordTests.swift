import CanonicalJSON
import Catalogue
import LedgerMerkle
import Testing

@testable import Deeds

@Test(arguments: ActKind.all) func registrationComesBackFromItsFields(kind: ActKind) throws {
    for json in [try wholeAct(kind), try sampleJSON(kind.type)] {
        for scope in [SignedScope.statement, .document, .pdf] {
            let act = try registered(try parse(json), scope)
            var fields = try act.fields()
            #expect((fields["salt"] == nil) == (scope != .statement))
            #expect((fields["sealed"] == nil) == (scope != .statement))
            if scope == .statement {
                let statement = try ActStatement(act.draft, origin: "example.mn/tamga", notary: act.number.notary)
                #expect(try act.fields(statement) == fields)
            }
            fields["chain"] = "operator"
            fields["sequence"] = "5"
            fields["previous"] = "\(before)"
            fields["reason"] = ""
            #expect(try ActRecord(fields: fields) == .registered(act))
        }
    }
}

@Test func recordOutlivesTheValidityOfItsAct() throws {
    var act = try sampleJSON(.powerOfAttorney)
    act["validUntil"] = "2016-11-20"
    let draft = try ActDraft.parse(JSONValue.object(act).bytes, today: CivilDate("2015-01-01")!)
    let record = try registered(draft)
    #expect(try ActRecord(fields: record.fields()) == .registered(record))
}

@Test func changesComeBackFromTheirFields() throws {
    for draft in try everyChange() {
        let changed = try ChangedAct(notary: notary, draft: draft, signature: signature(), time: moment)
        var fields = try changed.fields()
        fields["chain"] = "operator"
        #expect(try ActRecord(fields: fields) == .changed(changed))
        #expect((fields["type"] == nil) == (draft.content == nil))
    }
    for type in ActType.allCases {
        let content = try parse(try wholeAct(ActKind.of(type)))
        let draft = try change(["change": "corrected", "reason": "Үсгийн алдаа", "content": content.json])
        let changed = try ChangedAct(notary: notary, draft: draft, signature: signature(), time: moment)
        #expect(try ActRecord(fields: changed.fields()) == .changed(changed))
    }
}

@Test func recordOfASignedPDFNamesWhatIsCovered() throws {
    let good = try registered(try parse(try sampleJSON(.will)), .pdf).fields()
    for (name, value) in [
        ("ranges", nil), ("ranges", "0 1200 9394"), ("ranges", "1 1200 9394 880"), ("ranges", "0 1200 9394 880 1"),
        ("ranges", "0 01200 9394 880"), ("ranges", "0  1200 9394 880"), ("ranges", "0 -1 9394 880"), ("ranges", "a"),
        ("covered", nil), ("covered", "00"), ("covered", String(repeating: "CD", count: 32)),
        ("covered", String(repeating: "cd", count: 33)), ("signed", "document"), ("signed", "statement"),
        ("salt", String(repeating: "0", count: 64)), ("sealed", String(repeating: "0", count: 64)),
    ] as [(String, String?)] {
        var fields = good
        fields[name] = value
        #expect(throws: Failure.self, "\(name) = \(value ?? "nil")") { try ActRecord(fields: fields) }
    }
    for count in [32, 48, 64] {
        var fields = good
        fields["covered"] = String(repeating: "cd", count: count)
        _ = try ActRecord(fields: fields)
    }
}

@Test func changeIsSignedAsAStatementOnly() throws {
    for scope in [SignedScope.document, .pdf] {
        expect(.deedRecordInvalid) {
            _ = try ChangedAct(notary: notary, draft: try revocation(), signature: signature(scope), time: moment)
        }
    }
    let bare = try ChangeDraft.parse(
        Array(#"{"act":"NT012-2026-17","change":"revoked","reason":"x"}"#.utf8), today: today)
    expect(.actSaltMissing) {
        _ = try ChangedAct(notary: notary, draft: bare, signature: signature(), time: moment)
    }
    expect(.actSaltMissing) {
        _ = try RegisteredAct(
            number: number, draft: try parse(try sampleJSON(.will)), signature: signature(), time: moment)
    }
}

@Test(arguments: ActKind.all) func recordThatIsNotCanonicalIsRefused(kind: ActKind) throws {
    let act = try registered(try parse(try wholeAct(kind)))
    let good = try act.fields()
    var changes: [(String, String?)] = [
        ("action", "filed"), ("action", nil), ("action", "amended"), ("action", "revoked"), ("act", "nt012-2026-17"),
        ("act", "NT012-2026-17"), ("act", nil), ("notary", "NT013"), ("notary", "nt012"), ("notary", nil),
        ("document", "AB"), ("document", good["document"]?.uppercased()), ("document", nil), ("type", "wil"),
        ("type", nil), ("parties", "[ ]"), ("parties", nil), ("parties", "x"),
        ("parties", good["parties"].map { $0 + " " }),
        ("parties", good["parties"].map { "[" + $0 + "]" }), ("details", nil), ("details", "{}"),
        ("details", good["details"].map { $0.replacing(":", with: ": ") }), ("sealed", nil), ("sealed", "00"),
        ("sealed", good["sealed"]?.uppercased()), ("sealed", good["sealed"].map { $0 + "\n" }), ("salt", nil),
        ("salt", String(repeating: "0", count: 64)), ("salt", good["salt"]?.uppercased()), ("time", "1"),
        ("time", "01+08:00"), ("time", nil), ("level", "gold"), ("level", nil), ("signed", "document"),
        ("signed", nil), ("size", "-1"), ("size", "1.0"), ("size", "4e3"), ("size", "04096"), ("colour", "red"),
        ("powers", "[]"), ("object", "x"), ("book", "{}"), ("signature", nil), ("signature", "00"),
        ("certificate", nil), ("signed", "pdf"), ("ranges", "0 1 2 3"), ("covered", String(repeating: "0", count: 64)),
        ("revocation", "crl"), ("revocation", "crl 00"), ("revocation", "pdf \(before)"),
        ("revocation", "crl \(before)\n"),
        ("revocation", "crl \(before)".uppercased()),
        ("revocation", Array(repeating: "crl \(before)", count: 21).joined(separator: "\n")), ("signingtime", "1"),
        ("timestamp", "01+08:00"), ("place", " a"), ("place", "а\nб"), ("paper", "{}"),
        ("paper", #"{"bookNumber":"1187","bookDate":"2026-11-20"}"#), ("paper", #"{"date":"2026-11-20","number":"1"}"#),
        ("attachments", "[]"), ("reference", "17"), ("reference", "NT012-2026-3"), ("name", nil),
        // Fields of changes.
        ("by", "notary"), ("before", "\(before)"), ("reason", "x"),
        ("basis", #"{"court":"x","date":"2026-11-01","number":"1"}"#), ("principal", #"{"regnum":"УБ85030412"}"#),
    ]
    if kind.validity.presence != .none { changes += [("validuntil", "2028-1-15"), ("validuntil", "never")] }
    if kind.property != .none { changes += [("property", "ү-1"), ("property", " Ү-1")] }
    for (name, value) in changes {
        var fields = good
        fields[name] = value
        #expect(throws: Failure.self, "\(name) = \(value ?? "nil")") { try ActRecord(fields: fields) }
    }
    // Whatever private value is altered, the sealed lines are not those of the values any more.
    for field in SealedField.allCases {
        guard let value = good[field.rawValue] else { continue }
        var fields = good
        fields[field.rawValue] = value.replacing("1", with: "2").replacing("Утга", with: "Утгэ")
            .replacing("Улаан", with: "Дархан").replacing("pdf", with: "doc").replacing("Тэмдэглэл", with: "Тэмдэглэ")
            .replacing("000003", with: "000005").replacing("4096", with: "4097")
        #expect(fields[field.rawValue] != value, "\(field)")
        #expect(throws: Failure.self, "\(field)") { try ActRecord(fields: fields) }
    }
}

@Test func changeThatIsNotCanonicalIsRefused() throws {
    for draft in try everyChange() {
        let good = try ChangedAct(notary: notary, draft: draft, signature: signature(), time: moment).fields()
        let other = good["action"] == "revoked" ? "opened" : "revoked"
        var changes: [(String, String?)] = [
            ("action", "registered"), ("action", "changed"), ("act", nil), ("act", "NT012-2026-17"), ("by", nil),
            ("by", "operator"), ("before", nil), ("before", good["before"]?.uppercased()), ("reason", nil),
            ("reason", "өөр шалтгаан"), ("reason", " x"), ("salt", nil), ("sealed", nil), ("signed", "document"),
            ("notary", nil), ("time", nil), ("colour", "red"),
            ("basis", #"{"court":"x","date":"2026-11-01","number":"1"}"#),
            ("principal", #"{"tin":"37900846788"}"#),
        ]
        if draft.content == nil {
            changes += [("type", "will"), ("document", "\(before)"), ("validuntil", "2027-01-01"), ("name", "x")]
        } else {
            changes += [("type", nil), ("document", nil), ("parties", nil), ("action", other)]
        }
        for (name, value) in changes {
            var fields = good
            fields[name] = value
            #expect(throws: Failure.self, "\(draft.change) \(name) = \(value ?? "nil")") {
                try ActRecord(fields: fields)
            }
        }
    }
}

@Test func everyRecordFieldIsDescribedOnce() throws {
    let names = DeedField.all.map(\.name)
    #expect(Set(names).count == names.count)
    var used = ActRecord.chainFields
    for kind in ActKind.all {
        for scope in [SignedScope.statement, .pdf] {
            used.formUnion(try registered(try parse(try wholeAct(kind)), scope).fields().keys)
        }
    }
    for draft in try everyChange() {
        used.formUnion(
            try ChangedAct(notary: notary, draft: draft, signature: signature(), time: moment).fields().keys)
    }
    // A registration names its fee receipt, if there is one.
    used.insert("fee")
    used.formUnion(try paperFields().keys)
    #expect(used == Set(names))
    #expect(DeedField.names(shownTo: .party) == Set(names).subtracting(ActRecord.chainFields))
    #expect(DeedField.names(shownTo: .auditor) == Set(names))
    #expect(DeedField.names(shownTo: .issuer) == Set(names))
    let citizen: Set<String> = [
        "action", "act", "type", "notary", "by", "before", "document", "validuntil", "signed", "level", "signature",
        "certificate", "signingtime", "timestamp", "revocation", "ranges", "covered", "sealed",
        "paper", "corrects",
    ]
    #expect(DeedField.names(shownTo: .citizen) == citizen)
    #expect(citizen.isDisjoint(with: SealedField.allCases.map(\.rawValue)))
}

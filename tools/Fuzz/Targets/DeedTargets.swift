import CanonicalJSON
import Catalogue
import Deeds
import LedgerMerkle
import Signatures

/// Force-unwrapped: constants.
private let today = CivilDate("2026-11-21")!
private let notary = try! NotaryCode("NT012")
private let salt = [UInt8](repeating: 7, count: 32)
private let moment = ActTime(unixMilliseconds: 1_795_300_000_000)
private let signature = ActSignature(
    scope: .statement, level: .cadesB, cms: SHA256.hash([1]), certificate: SHA256.hash([2]))

/// What holds of any statement.
private func check(_ statement: ActStatement) {
    require(
        statement.openText.map(ActStatement.closing) == statement.text, "closing the open text gives what is signed")
    let count = statement.text.utf8.count { $0 == 0x0a }
    require(statement.openText?.utf8.count { $0 == 0x0a } == count, "a line stays a line")
}

let deedTargets = [
    FuzzTarget("act-draft") { bytes in
        let draft = try ActDraft.parse(bytes, today: today)
        let json = draft.json.bytes
        if json.count <= ActDraft.byteLimit {
            require((try? ActDraft.parse(json, today: today)) == draft, "a draft is written and read again")
        }
        let sealed = draft.sealed(with: salt)
        check(try ActStatement(sealed, origin: "example.mn/tamga", notary: notary))
        guard let number = ActNumber(notary: notary, year: 2026, running: 17) else { return }
        let act = try RegisteredAct(number: number, draft: sealed, signature: signature, time: moment)
        let fields = try act.fields()
        require((try? ActRecord(fields: fields)) == .registered(act), "an act filed is read again")
        require(ActStatement.disagreement(in: fields) == nil, "an act filed agrees with its statement")
    },
    FuzzTarget("change-draft") { bytes in
        let draft = try ChangeDraft.parse(bytes, today: today)
        let json = draft.json.bytes
        if json.count <= ActDraft.byteLimit {
            require((try? ChangeDraft.parse(json, today: today)) == draft, "a change is written and read again")
        }
        let sealed = draft.sealed(with: salt, before: SHA256.hash([0]))
        check(try ActStatement(sealed, origin: "example.mn/tamga", notary: notary))
        let change = try ChangedAct(notary: notary, draft: sealed, signature: signature, time: moment)
        require((try? ActRecord(fields: change.fields())) == .changed(change), "a change filed is read again")
    },
    FuzzTarget("act-record") { bytes in
        let fields = try fields(bytes)
        _ = ActStatement.disagreement(in: fields)
        _ = ActStatement.disagreement(in: fields, hidden: ["details"])
        _ = try? ActStatement(shown: fields, origin: "example.mn/tamga").bytes
        let record = try ActRecord(fields: fields)
        let again =
            switch record {
            case .registered(let act): try act.fields()
            case .changed(let change): try change.fields()
            case .paper(let paper): paper.fields
            }
        require((try? ActRecord(fields: again)) == record, "a record is written and read again")
        require(ActStatement.disagreement(in: again) == nil, "a whole record agrees with what was signed")
    },
    FuzzTarget("deed-texts") { bytes in
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        if let code = try? AccessCode(text) {
            require((try? AccessCode(code.printed))?.printed == code.printed, "a printed code is read")
        }
        if let number = try? ActNumber(text) {
            require((try? ActNumber(number.description)) == number, "a number written is read")
        }
        if let notary = try? NotaryCode(text) {
            require((try? NotaryCode(notary.text)) == notary, "a notary's code written is read")
        }
        if let number = try? RegisterNumber(text, today: today) {
            require((try? RegisterNumber(number.text, today: today)) == number, "a register number written is read")
        }
        for key in Identity.keys {
            guard let identity = try? Identity(key: key, text, today: today, path: "") else { continue }
            let again = try? Identity(key: key, identity.text, today: today, path: "")
            require(again == identity, "a number of a person written is read")
        }
        let folded = PropertyNumber.folded(text)
        require(PropertyNumber.folded(folded) == folded, "a property number folds once")
        if let date = CivilDate(text) { require(date.description == text, "a date is written as it was read") }
        if let time = ActTime(text) { require(time.description == text, "a time is written as it was read") }
    },
]

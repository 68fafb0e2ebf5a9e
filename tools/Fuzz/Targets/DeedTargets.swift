import CanonicalJSON
import Catalogue
import Deeds

/// Force-unwrapped: constants.
private let today = CivilDate("2026-11-21")!
private let notary = try! NotaryCode("NT012")

let deedTargets = [
    FuzzTarget("act-draft") { bytes in
        let draft = try ActDraft.parse(bytes, today: today)
        let json = draft.json.bytes
        if json.count <= ActDraft.byteLimit {
            require((try? ActDraft.parse(json, today: today)) == draft, "a draft is written and read again")
        }
        let sealed = draft.sealed(with: [UInt8](repeating: 7, count: 32))
        let statement = try ActStatement(sealed, origin: "example.mn/tamga", notary: notary)
        _ = statement.bytes
    },
    FuzzTarget("revocation-draft") { bytes in
        let draft = try RevocationDraft.parse(bytes)
        let json = draft.json.bytes
        if json.count <= 16 << 10 {
            require((try? RevocationDraft.parse(json)) == draft, "a revocation is written and read again")
        }
    },
    FuzzTarget("act-record") { bytes in
        let fields = try fields(bytes)
        _ = Seal.disagreement(in: fields)
        _ = try? ActStatement(shown: fields, origin: "example.mn/tamga").bytes
        _ = try? RevocationStatement(shown: fields, origin: "example.mn/tamga").bytes
        let record = try ActRecord(fields: fields)
        require((try? ActRecord(fields: record.fields)) == record, "a record is written and read again")
        require(Seal.disagreement(in: record.fields) == nil, "a whole record agrees with its seals")
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
        if let date = CivilDate(text) { require(date.description == text, "a date is written as it was read") }
        if let time = ActTime(text) { require(time.description == text, "a time is written as it was read") }
    },
]

import CanonicalJSON
import Catalogue
import Deeds
import Filing

extension PaperReport {
    /// A line of a list.
    var line: JSONValue {
        let paper = known.paper
        var object: JSONObject = [
            "number": .string("\(paper.number)"), "source": "register-on-paper",
            "type": .string(paper.act.type.rawValue),
            "status": .string(status.rawValue), "bookNumber": .string(paper.act.entry.number),
            "bookDate": .string("\(paper.act.entry.date)"), "recorded": JSONValue(known.filed.recorded),
            "parties": .array(
                paper.act.parties.sorted { $0.name.order < $1.name.order }.map { party in
                    var object: JSONObject = ["name": .string(party.name.whole)]
                    object["role"] = party.role.map { .string($0.rawValue) }
                    return .object(object)
                }),
        ]
        object["corrects"] = paper.corrects.map { .string("\($0)") }
        object["correctedBy"] = correctedBy.map { .string("\($0)") }
        object["validUntil"] = paper.act.validUntil.map { .string("\($0)") }
        object["propertyNumber"] = paper.act.propertyNumber.map { .string($0) }
        return .object(object)
    }
}

extension PaperLine {
    /// The number of an entry whose content is there.
    var shown: PaperNumber? {
        if case .entry(let report) = self { report.number } else { nil }
    }

    var json: JSONValue {
        switch self {
        case .entry(let report): report.line
        case .erased(let number): ["number": .string("\(number)"), "erased": true]
        }
    }
}

extension Office {
    /// What somebody with the access code is told of an entry from paper: that nobody signed it comes first.
    func answer(_ report: PaperReport) -> JSONValue {
        let paper = report.known.paper
        var object: JSONObject = [
            "act": .string("\(paper.number)"), "status": .string(report.status.rawValue),
            "source": "register-on-paper", "signed": "none", "type": .string(paper.act.type.rawValue),
            "statement": PaperVerdict.both { PaperWords.claim.filled([:], in: $0) },
            "bookNumber": .string(paper.act.entry.number), "bookDate": .string("\(paper.act.entry.date)"),
            "recorded": JSONValue(report.known.filed.recorded),
            "asOf": ["size": JSONValue(report.size), "time": JSONValue(report.time)],
            "evidence": .string(evidencePath(of: report.known.filed)),
        ]
        object["document"] = paper.act.scan.map { .string("\($0)") }
        object["validUntil"] = paper.act.validUntil.map { .string("\($0)") }
        object["corrects"] = paper.corrects.map { .string("\($0)") }
        object["correctedBy"] = report.correctedBy.map { .string("\($0)") }
        return .object(object)
    }

    /// What its office is told: everything.
    func wholeAnswer(_ report: PaperReport) -> JSONValue {
        guard var object = answer(report).object else { return .null }
        object["content"] = report.known.paper.act.json
        object["accessCode"] = .string(deeds.accessCode(of: report.known.filed).printed)
        return .object(object)
    }

    func answer(_ report: DeedReport) -> JSONValue {
        switch report {
        case .act(let report): answer(report)
        case .paper(let report): answer(report)
        }
    }

    func wholeAnswer(_ report: DeedReport) -> JSONValue {
        switch report {
        case .act(let report): wholeAnswer(report)
        case .paper(let report): wholeAnswer(report)
        }
    }
}

/// What is said of entries from paper wherever they are shown.
enum PaperWords {
    static let claim = Wording(
        mn:
            "Цаасан бүртгэлийн дэвтрээс шивж оруулсан. Нотариатчийн гарын үсэг байхгүй: уг бүртгэл зөвхөн алба үүнийг хэзээ өгснийг л батална, үйлдэл хүчинтэй эсэхийг батлахгүй.",
        en:
            "Typed from a register book on paper. No notary's signature is over it: the ledger proves only that the office handed it in, and when, not that the act is in force."
    )
}

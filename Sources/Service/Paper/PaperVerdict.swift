import CanonicalJSON
import Catalogue
import Deeds
import Filing

/// What became of a row of a register book on paper.
struct PaperVerdict: Sendable {
    enum Outcome: String, CaseIterable, Sendable {
        /// It is in the ledger now.
        case registered
        /// It was in the ledger before; this is the answer again.
        case already
        /// Of a check: it would be registered.
        case wouldRegister = "would-register"
        /// Something is wrong with it. Nothing was recorded.
        case refused
        /// The ledger could not take it, or nobody knows whether it did. Send the file again.
        case failed
    }

    /// As a spreadsheet numbers it.
    let row: Int
    let outcome: Outcome
    var paper: FiledPaper?
    var failure: Failure?

    init(row: Int, outcome: Outcome) {
        self.row = row
        self.outcome = outcome
    }

    init(row: Int, paper: FiledPaper, isKnown: Bool = false) {
        self.init(row: row, outcome: isKnown || paper.filed.isRepetition ? .already : .registered)
        self.paper = paper
    }

    init(row: Int, failure: Failure) {
        self.init(row: row, outcome: failure.problem.status >= 500 ? .failed : .refused)
        self.failure = failure
    }

    /// The entries that were there before and that this tells of.
    var shown: [String] {
        if outcome == .already { return [paper?.paper.number.description].compactMap(\.self) }
        guard let failure, [.paperStandsOtherwise, .paperCorrectedAlready].contains(failure.problem) else { return [] }
        return [failure.details["number"], failure.details["by"]].compactMap(\.self)
    }

    /// The same without what tells the operator of an entry that is closed: which number stands under a row's place in the book, and in which
    /// columns it differs, is for the office. All are answered alike, or the answer itself would tell of a will.
    func told(toOperator isOperator: Bool) -> PaperVerdict {
        guard isOperator, failure?.problem == .paperStandsOtherwise else { return self }
        return PaperVerdict(row: row, failure: Problem.paperStandsUntold())
    }

    /// The heading of the column at fault.
    var column: String? { failure?.details["path"] }

    /// A line of the answer.
    func json(_ office: Office) -> JSONValue {
        var object: JSONObject = ["row": JSONValue(Int64(row)), "verdict": .string(outcome.rawValue)]
        if let paper {
            object["number"] = .string("\(paper.paper.number)")
            object["accessCode"] = .string(paper.accessCode.printed)
            object["index"] = JSONValue(paper.filed.index)
            object["recorded"] = JSONValue(paper.filed.recorded)
            object["evidence"] = .string(office.evidencePath(of: paper.filed))
        }
        if let failure {
            object["code"] = .string(failure.problem.code)
            object["column"] = column.map { .string($0) }
            object["title"] = PaperVerdict.both { failure.message($0) }
            object["detail"] = PaperVerdict.both { failure.remedy($0) }
        }
        return .object(object)
    }

    static func both(_ text: (Language) -> String) -> JSONValue {
        ["mn": .string(text(.mn)), "en": .string(text(.en))]
    }
}

/// How many rows had which verdict.
struct PaperTotals: Sendable {
    private(set) var counts: [PaperVerdict.Outcome: Int] = [:]
    /// Why the rest of the file could not be read.
    var failure: Failure?

    var rows: Int { counts.values.reduce(0, +) }

    subscript(outcome: PaperVerdict.Outcome) -> Int { counts[outcome] ?? 0 }

    mutating func count(_ outcome: PaperVerdict.Outcome) { counts[outcome, default: 0] += 1 }

    /// The last line of an answer.
    var json: JSONValue {
        var object: JSONObject = [
            "end": true, "complete": .bool(failure == nil), "rows": JSONValue(Int64(rows)),
        ]
        for outcome in PaperVerdict.Outcome.allCases {
            object[outcome.rawValue] = JSONValue(Int64(self[outcome]))
        }
        if let failure {
            object["code"] = .string(failure.problem.code)
            object["title"] = PaperVerdict.both { failure.message($0) }
            object["detail"] = PaperVerdict.both { failure.remedy($0) }
        }
        return .object(object)
    }
}

import CanonicalJSON
import Catalogue

/// What became of a row, as one line of the answer.
struct BatchVerdict {
    enum Outcome: String, CaseIterable {
        /// It is in the ledger now.
        case filed
        /// It was in the ledger before; this is the answer again.
        case repeated
        /// Something is wrong with it. Nothing was recorded.
        case refused
        /// The ledger could not take it, or nobody knows whether it did. Send it again with the same key.
        case failed
    }

    /// How many rows had which outcome.
    struct Totals: Hashable, Sendable {
        var rows: UInt64 = 0
        var filed: UInt64 = 0
        var repeated: UInt64 = 0
        var refused: UInt64 = 0
        var failed: UInt64 = 0

        mutating func count(_ outcome: Outcome) {
            rows += 1
            switch outcome {
            case .filed: filed += 1
            case .repeated: repeated += 1
            case .refused: refused += 1
            case .failed: failed += 1
            }
        }

        /// The last line of an answer.
        ///
        /// - Parameter failure: why the rest of the batch could not be read.
        func line(_ failure: Failure?, _ language: Language) -> [UInt8] {
            var object: JSONObject = [
                "end": true, "complete": .bool(failure == nil), "rows": JSONValue(rows), "filed": JSONValue(filed),
                "repeated": JSONValue(repeated), "refused": JSONValue(refused), "failed": JSONValue(failed),
            ]
            if let failure { BatchVerdict.explain(failure, language, in: &object) }
            return JSONValue.object(object).bytes + [0x0a]
        }
    }

    /// The number of the line, from 1.
    let row: UInt64
    let key: String?

    /// The line of a row that is in the ledger.
    func line(
        of record: FiledRow, evidence: (text: [UInt8]?, path: String), _ language: Language
    ) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256 + (evidence.text?.count ?? 0))
        begin(record.isRepetition ? .repeated : .filed, in: &line)
        line += ",\"index\":".utf8
        line += String(record.index).utf8
        line += ",\"recorded\":".utf8
        line += String(record.recorded).utf8
        line += ",\"id\":".utf8
        JSONValue.append(record.id, to: &line)
        if let date = record.date {
            line += ",\"date\":".utf8
            JSONValue.append(date, to: &line)
        }
        line += ",\"evidence\":".utf8
        if let text = evidence.text {
            JSONValue.append(String(decoding: text, as: UTF8.self), to: &line)
        } else {
            JSONValue.append(evidence.path, to: &line)
        }
        if !record.doubts.isEmpty {
            line += ",\"warnings\":".utf8
            let warnings = record.doubts.map { doubt -> JSONValue in
                ["code": .string(doubt.problem.code), "title": .string(doubt.message(language))]
            }
            JSONValue.array(warnings).append(to: &line)
        }
        line += "}\n".utf8
        return line
    }

    /// The line of a row that is not.
    func line(of failure: Failure, _ language: Language) -> [UInt8] {
        var line: [UInt8] = []
        begin(BatchVerdict.outcome(of: failure), in: &line)
        var object = JSONObject()
        BatchVerdict.explain(failure, language, in: &object)
        for member in object {
            line.append(UInt8(ascii: ","))
            JSONValue.append(member.name, to: &line)
            line.append(UInt8(ascii: ":"))
            member.value.append(to: &line)
        }
        line += "}\n".utf8
        return line
    }

    static func outcome(of failure: Failure) -> Outcome { failure.problem.status >= 500 ? .failed : .refused }

    private func begin(_ outcome: Outcome, in line: inout [UInt8]) {
        line += "{\"row\":".utf8
        line += String(row).utf8
        line += ",\"verdict\":\"".utf8
        line += outcome.rawValue.utf8
        line += "\"".utf8
        guard let key else { return }
        line += ",\"idempotencyKey\":".utf8
        JSONValue.append(key, to: &line)
    }

    /// The members of problem details that a row has.
    private static func explain(_ failure: Failure, _ language: Language, in object: inout JSONObject) {
        object["code"] = .string(failure.problem.code)
        object["status"] = JSONValue(failure.problem.status)
        object["title"] = .string(failure.message(language))
        object["detail"] = .string(failure.remedy(language))
    }
}

/// A row that is in the ledger.
struct FiledRow {
    let index: UInt64
    let recorded: UInt64
    let isRepetition: Bool
    let id: String
    let date: String?
    let doubts: [Failure]
}

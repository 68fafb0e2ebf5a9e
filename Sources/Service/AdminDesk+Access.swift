import CanonicalJSON
import Catalogue
import Filing
import LedgerEngine

/// The access log for operators and auditors.
extension AdminDesk {
    /// How many lines one answer of an export has.
    private static let lineLimit = 10_000

    /// Runs `access.days`, `access.lines`, `access.proof` and `access.close`.
    func access(_ name: String, _ input: JSONValue) async throws -> JSONValue {
        switch name {
        case "days": return try days()
        case "lines": return try await lines(input)
        case "proof":
            let position = AccessLog.Position(
                day: try day(input), index: UInt32(clamping: input["index"]?.integer ?? -1))
            return try office.access.proof(position).json
        default:
            guard let today = AccessDay(unixMilliseconds: office.clock.now()) else {
                throw Problem.badRequest(["reason": "clock"])
            }
            return .array(try await office.access.closeDays(before: today).map(root))
        }
    }

    /// Logs that the evidence of a record is made by a command.
    func look(_ input: JSONValue) async throws -> JSONValue {
        guard let index = input["index"]?.string.flatMap({ UInt64($0) }) else {
            throw Problem.badRequest(["reason": "index must be a number"])
        }
        let filed = try office.registrar.record(at: index)
        // Also what is refused tells of the act.
        try await office.logLook(atEvidenceOf: filed, by: AccessLine.Who(.operator, "command line"), from: "")
        guard try !office.deeds.isClosed(filed) else { throw Problem.notFound() }
        return ["index": .string(String(index))]
    }

    private func day(_ input: JSONValue) throws -> AccessDay {
        guard let day = input["day"]?.string.flatMap({ AccessDay($0) }) else {
            throw Problem.badRequest(["reason": "day must be yyyy-MM-dd"])
        }
        return day
    }

    private func root(_ record: FiledRecord) throws -> JSONValue {
        [
            "day": .string(record.text("day")), "lines": .string(record.text("count")),
            "root": .string(record.text("root")),
            "index": JSONValue(record.index),
            "evidence": .string(String(decoding: try office.evidence.evidence(record, for: .auditor), as: UTF8.self)),
        ]
    }

    private func days() throws -> JSONValue {
        let roots = try office.access.roots().map(root)
        let closed = Set(roots.compactMap { $0["day"]?.string })
        let open = try office.access.days().map(\.description).filter { !closed.contains($0) }
        return ["closed": .array(roots), "open": .array(open.map { .string($0) })]
    }

    /// Lines of a day from a position on, as they are exported: each a text, which must be kept byte for byte.
    private func lines(_ input: JSONValue) async throws -> JSONValue {
        let day = try day(input)
        let first = input["from"]?.integer ?? 0
        let access = office.access
        return try await Console.read {
            var lines: [JSONValue] = []
            var isWhole = true
            try access.lines(of: day) { line in
                if Int64(line.position.index) < first { return true }
                if lines.count == AdminDesk.lineLimit {
                    isWhole = false
                    return false
                }
                lines.append(.string(String(decoding: line.exported, as: UTF8.self)))
                return true
            }
            return ["lines": .array(lines), "next": isWhole ? .null : JSONValue(first + Int64(lines.count))]
        }
    }
}

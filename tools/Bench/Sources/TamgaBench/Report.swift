import CanonicalJSON
import Glibc

/// All rows of a run, as a table, as JSON and as a page.
struct Report {
    let run: BenchRun
    let machine: Machine
    var rows: [Row] = []

    // MARK: Table

    /// The lines for a terminal.
    var table: String {
        var lines = [machine.lines.joined(separator: "\n"), ""]
        let name = (rows.map { $0.name.count }.max() ?? 0) + 2
        for row in rows {
            let value = row.value.map { "\(text($0)) \(row.unit.rawValue)" } ?? "-"
            lines.append(
                (row.name.padded(to: name) + String(repeating: " ", count: max(0, 18 - value.count)) + value + "  "
                    + remarks(row).joined(separator: "; ")).trimmed)
        }
        return lines.joined(separator: "\n")
    }

    private func remarks(_ row: Row) -> [String] {
        [range(row), row.limit.map { "\(ratio(row, $0)) \($0.name) (\(text($0.value)))" }].compactMap(\.self)
            + row.baselines.map { "\(ratio(row, $0)) \($0.name) (\(text($0.value)))" }
            + row.bars.map { "\($0.label(row.unit)): \(verdict(row, $0))" } + [row.note].compactMap(\.self)
    }

    private func range(_ row: Row) -> String? {
        row.range.map { "\(text($0.lowerBound))…\(text($0.upperBound))" }
    }

    private func ratio(_ row: Row, _ beside: Beside) -> String {
        "\(row.ratio(to: beside).map { text($0) } ?? "?") ×"
    }

    private func verdict(_ row: Row, _ bar: Bar) -> String {
        switch row.holds(bar) {
        case true: "met"
        case false: "NOT met"
        case nil: row.limit == nil ? "not known" : "not known, its limit was disturbed or not measured"
        }
    }

    // MARK: Page

    static let begin = "<!-- figures -->"
    static let end = "<!-- end of figures -->"

    /// The part of `Ledger/BENCH.md` that a run writes: machine, table, methods.
    var markdown: String {
        var lines = machine.lines.map { "- \($0)" } + [""]
        lines += [
            "| what | median | rounds | of its limit | beside | bar |", "|---|---|---|---|---|---|",
        ]
        for row in rows {
            let cells = [
                row.name, row.value.map { "**\(text($0))** \(row.unit.rawValue)" } ?? "-", range(row) ?? "",
                row.limit.map { "\(ratio(row, $0)) \($0.name) (\(text($0.value)))" } ?? "",
                (row.baselines.map { "\(ratio(row, $0)) \($0.name) (\(text($0.value)))" }
                    + [row.note].compactMap(\.self))
                    .joined(separator: "; "),
                row.bars.map { "\($0.label(row.unit)): \(verdict(row, $0))" }.joined(separator: "; "),
            ]
            lines.append("|" + cells.map { $0.isEmpty ? " |" : " \($0) |" }.joined())
        }
        lines += ["", "How each was measured:", ""]
        let groups = Group.allCases.filter { group in rows.contains { $0.group == group } }
        lines += groups.map { "- **\($0.rawValue)**: \($0.method)" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A page with its figures replaced; a page without the marks gets them at its end.
    func page(_ old: String) -> String {
        let figures = "\(Report.begin)\n\(markdown)\(Report.end)"
        guard let begin = old.firstRange(of: Report.begin), let end = old.firstRange(of: Report.end),
            begin.upperBound <= end.lowerBound
        else { return old + (old.isEmpty || old.hasSuffix("\n") ? "" : "\n") + figures + "\n" }
        return old[..<begin.lowerBound] + figures + old[end.upperBound...]
    }

    // MARK: JSON

    var json: [UInt8] {
        let object: JSONObject = [
            "machine": .array(machine.lines.map { .string($0) }), "quick": .bool(run.options.quick),
            "entries": JSONValue(run.options.entries), "syncDelayMs": number(run.options.syncDelayMs),
            "rows": .array(rows.map(json)),
        ]
        return JSONValue.object(object).bytes + [0x0a]
    }

    private func json(_ row: Row) -> JSONValue {
        var object: JSONObject = [
            "group": .string(row.group.rawValue), "name": .string(row.name), "unit": .string(row.unit.rawValue),
        ]
        object["value"] = row.value.map(number) ?? .null
        if let range = row.range { object["rounds"] = [number(range.lowerBound), number(range.upperBound)] }
        func json(_ beside: Beside) -> JSONValue {
            [
                "name": .string(beside.name), "value": number(beside.value),
                "ratio": row.ratio(to: beside).map(number) ?? .null,
            ]
        }
        if let limit = row.limit { object["limit"] = json(limit) }
        if !row.baselines.isEmpty { object["beside"] = .array(row.baselines.map(json)) }
        if !row.bars.isEmpty {
            object["bars"] = .array(
                row.bars.map { ["bar": .string($0.label(row.unit)), "met": row.holds($0).map { .bool($0) } ?? .null] })
        }
        if let note = row.note { object["note"] = .string(note) }
        return .object(object)
    }

    /// Six decimals, exactly.
    private func number(_ value: Double) -> JSONValue {
        guard value.isFinite, abs(value) < 9e12 else { return .null }
        return .number(JSONNumber(Int64((value * 1e6).rounded()), decimals: 6))
    }
}

/// What was measured where and when.
struct Machine: Sendable {
    let lines: [String]

    init(_ run: BenchRun, load: String, postgreSQL: String?) {
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let model = systemValue("model name", in: systemText("/proc/cpuinfo")) ?? "processor of unknown name"
        let memory = Double(sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))) / Double(1 << 30)
        var name = utsname()
        uname(&name)
        let release = withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
        let length = run.options.quick ? "quick, a glance: \(run.rounds) rounds of" : "full: \(run.rounds) rounds of"
        lines = [
            "\(date), \(cores) cores of \(model), \(text(memory)) GiB of memory, Linux \(release), \(Machine.fileSystem(run.place.path))",
            "load before the run: \(load); SQLite \(SQLiteChain.version)"
                + (postgreSQL.map { "; PostgreSQL \($0)" } ?? ""),
            "\(length) \(text(run.roundSeconds)) s; \(text(Double(run.options.entries))) entries"
                + (run.hasBaselines ? "" : "; every sync of a ledger \(text(run.options.syncDelayMs)) ms longer"),
        ]
    }

    /// The file system that holds a path.
    private static func fileSystem(_ path: String) -> String {
        var best = (length: 0, name: "unknown file system")
        for line in systemText("/proc/mounts").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 3 else { continue }
            let at = words[1] == "/" ? "" : String(words[1])
            if path == at || path.hasPrefix(at + "/"), at.count >= best.length {
                best = (at.count, "\(words[2]) (\(words[3].split(separator: ",").prefix(3).joined(separator: ",")))")
            }
        }
        return best.name
    }
}

extension String {
    fileprivate func padded(to length: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, length - count))
    }

    fileprivate func firstRange(of part: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            start = index(after: start)
        }
        return nil
    }
}

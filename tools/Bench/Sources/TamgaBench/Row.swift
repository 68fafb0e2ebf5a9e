/// What a figure is held against: a limit of the machine or a baseline, measured in the same run.
struct Beside: Sendable {
    let name: String
    /// In the unit of the row.
    let value: Double
}

/// What a row must reach.
enum Bar: Sendable {
    /// At least, at most this many times the limit of the row.
    case limitAtLeast(Double)
    case limitAtMost(Double)
    /// At most this much more than the limit of the row, in its unit.
    case limitPlusAtMost(Double)
    /// At least this many times the baseline of a name.
    case baselineAtLeast(Double, String)
    /// An absolute figure, in the unit of the row.
    case atLeast(Double)
    case atMost(Double)
}

/// One line of the table.
struct Row: Sendable {
    enum Unit: String, Sendable {
        case perSecond = "/s"
        case milliseconds = "ms"
        case microseconds = "µs"
        case megabytesPerSecond = "MB/s"
        case bytes = "bytes"
        case mebibytes = "MiB"
        case reads = "reads"
        case times = "×"
        case percent = "%"

        /// Whether more is better.
        var grows: Bool { self == .perSecond || self == .megabytesPerSecond || self == .times }
    }

    /// The name that `--only` takes.
    let group: Group
    let name: String
    let unit: Unit
    /// The median of the rounds; `nil` when the row was not measured.
    let value: Double?
    var range: ClosedRange<Double>?
    var limit: Beside?
    var baselines: [Beside] = []
    var bars: [Bar] = []
    var note: String?

    init(
        _ group: Group, _ name: String, _ rounds: Rounds, _ unit: Unit, limit: Beside? = nil, beside: [Beside] = [],
        bars: [Bar] = [], note: String? = nil
    ) {
        (self.group, self.name, self.unit) = (group, name, unit)
        (value, range) = (rounds.median, rounds.range)
        (self.limit, baselines, self.bars, self.note) = (limit, beside, bars, note)
    }

    init(
        _ group: Group, _ name: String, _ value: Double, _ unit: Unit, limit: Beside? = nil, beside: [Beside] = [],
        bars: [Bar] = [], note: String? = nil
    ) {
        self.init(group, name, Rounds([value]), unit, limit: limit, beside: beside, bars: bars, note: note)
    }

    /// A row that could not be measured, and why.
    init(_ group: Group, _ name: String, skipped reason: String) {
        (self.group, self.name, unit, value, note) = (group, name, .perSecond, nil, "not measured: \(reason)")
    }

    func ratio(to beside: Beside) -> Double? {
        value.flatMap { beside.value > 0 ? $0 / beside.value : nil }
    }

    /// Whether a bar holds; `nil` when what it is held against was not measured.
    func holds(_ bar: Bar) -> Bool? {
        guard let value else { return nil }
        switch bar {
        case .limitAtLeast(let share): return limit.flatMap(ratio).map { $0 >= share }
        case .limitAtMost(let times):
            // Faster than its limit: others disturbed the limit, and what it was is not known.
            return limit.flatMap(ratio).flatMap { $0 < 0.9 ? nil : $0 <= times }
        case .limitPlusAtMost(let more): return limit.map { value <= $0.value + more }
        case .baselineAtLeast(let times, let name):
            return baselines.first { $0.name == name }.flatMap(ratio).map { $0 >= times }
        case .atLeast(let least): return value >= least
        case .atMost(let most): return value <= most
        }
    }
}

extension Bar {
    func label(_ unit: Row.Unit) -> String {
        switch self {
        case .limitAtLeast(let share): "≥ \(text(share)) × limit"
        case .limitAtMost(let times): "≤ \(text(times)) × limit"
        case .limitPlusAtMost(let more): "≤ limit + \(text(more)) \(unit.rawValue)"
        case .baselineAtLeast(let times, let name): "≥ \(text(times)) × \(name)"
        case .atLeast(let least): "≥ \(text(least)) \(unit.rawValue)"
        case .atMost(let most): "≤ \(text(most)) \(unit.rawValue)"
        }
    }
}

/// Three significant digits, thousands parted; whole from 100 on.
func text(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    if value < 0 { return "-" + text(-value) }
    if value >= 100 {
        var rounded = Int(value.rounded())
        if rounded >= 1_000_000 { rounded = Int((value / 1000).rounded()) * 1000 }
        var digits = Array(String(rounded))
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: position)
            position -= 3
        }
        return String(digits)
    }
    let decimals = value >= 10 ? 1 : value >= 1 ? 2 : 3
    let scale = [10, 100, 1000][decimals - 1]
    let scaled = Int((value * Double(scale)).rounded())
    let fraction = String(scaled % scale)
    let text = "\(scaled / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
    guard let last = text.lastIndex(where: { $0 != "0" }) else { return "0" }
    return String(text[last] == "." ? text[..<last] : text[...last])
}

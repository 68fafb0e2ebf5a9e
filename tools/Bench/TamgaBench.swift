import ArgumentParser
import CanonicalJSON
import LedgerStorage

@main
struct TamgaBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tamga-bench",
        abstract: "Measures Tamga beside what the machine itself can do, in one run.",
        discussion: """
            Each figure stands beside a baseline of the same run; only the ratios carry over to other machines. The disk is measured
            before and after: how far the two differ is the noise.
              tools/bench
              tools/bench --quick --only append
              tools/bench --json figures.json
            """)

    @Flag(help: "Shorter runs: a glance, not a figure to quote.") var quick = false
    @Option(help: "Only this: disk, append, open, proof, commit or verify.") var only: String?
    @Option(help: "Write the figures to this file, too.") var json: String?
    @Option(help: "Where to put the ledgers measured; on the disk in question.") var folder = ".build-bench"
    @Option(help: "The tamga binary for the start-up figure.") var binary = ".build/release/tamga"

    static let names = ["disk", "append", "open", "proof", "commit", "verify"]

    func validate() throws {
        if let only, !Self.names.contains(only) {
            throw ValidationError("--only is one of: \(Self.names.joined(separator: ", "))")
        }
    }

    func run() async throws {
        let disk = PosixDisk()
        try disk.makeDirectory(folder)
        var figures: [Figure] = []
        func wanted(_ name: String) -> Bool { only == nil || only == name }
        let before = try DiskBench.run(folder: folder, quick: quick)
        figures += before
        if wanted("append") {
            for producers in [1, 16, 256] {
                figures += try await AppendBench.run(
                    folder: folder, producers: producers, quick: quick, disk: before[0])
            }
        }
        if wanted("open") { figures += try await OpenBench.run(folder: folder, quick: quick) }
        if wanted("proof") { figures += try ProofBench.run(quick: quick) }
        if wanted("commit") { figures += try CommitBench.run(quick: quick) }
        if wanted("verify") { figures += try VerifyBench.run(folder: folder, binary: binary, quick: quick) }
        if wanted("disk") || wanted("append") {
            let after = try DiskBench.run(folder: folder, quick: quick)
            let change = abs(after[0].value / before[0].value - 1) * 100
            figures.append(Figure("noise: the disk's rate after, against before", change, "%"))
        }
        for figure in figures { print(figure.line) }
        if let json {
            let bytes = JSONValue.array(figures.map(\.json)).bytes
            try disk.replace(json, with: bytes + [0x0a])
        }
    }
}

/// One measured figure, with its ratio to a baseline of the same run.
struct Figure {
    let name: String
    let value: Double
    let unit: String
    var baseline: String?
    var ratio: Double?

    init(_ name: String, _ value: Double, _ unit: String, against baseline: Figure? = nil) {
        self.name = name
        self.value = value
        self.unit = unit
        self.baseline = baseline?.name
        ratio = baseline.map { value / $0.value }
    }

    var line: String {
        let left = name + String(repeating: " ", count: max(1, 58 - name.count))
        let right = Figure.text(value)
        let padded = String(repeating: " ", count: max(0, 12 - right.count)) + right
        return "\(left)\(padded) \(unit)" + (ratio.map { "   (\(Figure.text($0)) × \(baseline ?? ""))" } ?? "")
    }

    var json: JSONValue {
        var object: JSONObject = ["name": .string(name), "unit": .string(unit)]
        object["value"] = .string(Figure.text(value))
        object["baseline"] = baseline.map { .string($0) }
        object["ratio"] = ratio.map { .string(Figure.text($0)) }
        return .object(object)
    }

    /// Three significant digits.
    static func text(_ value: Double) -> String {
        if value >= 100 { return String(Int(value.rounded())) }
        let scale = value >= 10 ? 10.0 : value >= 1 ? 100.0 : 1000.0
        let scaled = Int((value * scale).rounded())
        let digits = scale == 10 ? 1 : scale == 100 ? 2 : 3
        let fraction = String(scaled % Int(scale))
        return "\(scaled / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}

/// Latencies, sorted once.
struct Latencies {
    private let sorted: [Double]

    init(_ seconds: [Double]) {
        sorted = seconds.sorted()
    }

    /// A percentile in ms.
    func percentile(_ percent: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * percent / 100))] * 1000
    }
}

/// Seconds that a body takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    try body()
    return (clock.now - start).seconds
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

import Glibc

/// Latencies, sorted once.
struct Latencies: Sendable {
    private let sorted: [Double]

    /// - Parameter seconds: in any order.
    init(_ seconds: [Double]) {
        sorted = seconds.sorted()
    }

    var count: Int { sorted.count }

    /// A percentile in ms; 0 of nothing.
    func percentile(_ percent: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * percent / 100))] * 1000
    }
}

/// The same figure of several rounds: the median counts, the lowest and the highest say how far to trust it.
struct Rounds: Sendable {
    private(set) var values: [Double]

    init(_ values: [Double] = []) {
        self.values = values.sorted()
    }

    mutating func add(_ value: Double) {
        self = Rounds(values + [value])
    }

    var median: Double {
        guard !values.isEmpty else { return 0 }
        let middle = values.count / 2
        return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
    }

    var range: ClosedRange<Double>? {
        guard let low = values.first, let high = values.last, values.count > 1 else { return nil }
        return low...high
    }
}

/// Seconds since any fixed moment, of a clock that never jumps.
func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Seconds of processor time of this thread or process.
func processorSeconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Seconds that a body takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = monotonicSeconds()
    try body()
    return monotonicSeconds() - start
}

/// How often a second a body runs, one run after another on this thread for about `duration` seconds.
///
/// - Parameter count: what one run counts for.
func measuredRate(for duration: Double, count: Int = 1, _ body: () throws -> Void) rethrows -> Double {
    var runs = 0
    let start = monotonicSeconds()
    var elapsed = 0.0
    while elapsed < duration {
        try body()
        runs += 1
        elapsed = monotonicSeconds() - start
    }
    return Double(runs * count) / elapsed
}

/// A small file of the system, such as those under /proc whose size reads as 0; "" when it cannot be read.
func systemText(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
}

/// A figure's value after a name in such a text, as in "VmRSS:   1024 kB".
func systemValue(_ name: String, in text: String) -> String? {
    for line in text.split(separator: "\n") where line.hasPrefix(name) {
        guard let colon = line.firstIndex(of: ":") else { continue }
        return String(line[line.index(after: colon)...]).trimmed
    }
    return nil
}

extension String {
    var trimmed: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" }
        var text = Substring(self).drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return String(text)
    }
}

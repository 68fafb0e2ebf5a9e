import ArgumentParser
import Glibc
import LedgerEngine
import LedgerStorage

/// A ledger opened in a process of its own: what that takes from the first moment on, in time and memory.
struct OpenedLedger {
    /// Until the first acknowledged append, ms.
    let milliseconds: Double
    /// Anonymous memory then, MiB.
    let memory: Double

    static func inNewProcess(_ run: BenchRun, _ data: DataFolder) throws -> OpenedLedger {
        let figures = try figures(run, ["--ledger", data.path])
        return OpenedLedger(milliseconds: figures[0], memory: figures[1])
    }

    /// The same with a chain in SQLite; ms.
    static func sqliteInNewProcess(_ run: BenchRun, _ database: String) throws -> Double {
        try figures(run, ["--sqlite", database])[0]
    }

    private static func figures(_ run: BenchRun, _ arguments: [String]) throws -> [Double] {
        let output = try Process.run([run.options.own, "opening"] + arguments, in: run.place).output
        let figures = output.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { Double($0) }
        guard figures.count == 2 else { throw BenchError("the process that opens a ledger said: \(output)") }
        return figures
    }
}

/// What runs in that process.
struct Opening: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Opens a ledger, appends once, prints ms and MiB.", shouldDisplay: false)

    @Option var ledger: String?
    @Option var sqlite: String?

    func run() throws {
        let start = monotonicSeconds()
        if let sqlite { try SQLiteChain(sqlite).append(1) }
        if let ledger {
            let opened = try BenchLedger.open(DataFolder.open(path: ledger, disk: PosixDisk()), disk: PosixDisk())
            // Another process has given the same numbers out; the time that is stamped makes it another entry.
            guard case .queued(let ticket) = try opened.ledger.submit(Load.submission(0)) else { return }
            _ = try ticket.wait()
            report(start)
            opened.ledger.close()
        } else {
            report(start)
        }
    }

    private func report(_ start: Double) {
        let elapsed = (monotonicSeconds() - start) * 1000
        let kilobytes = systemValue("RssAnon", in: systemText("/proc/self/status"))?.split(separator: " ").first
        print(elapsed, (kilobytes.flatMap { Double($0) } ?? 0) / 1024)
    }
}

/// 4 KiB read from random places of a file that is in the page cache: the least that a look-up on disk costs.
struct PageReads {
    private let file: any DiskFile
    private static let pages = 1 << 14

    init(_ place: Place) throws {
        file = try PosixDisk().open(place.fresh("pages"), readOnly: false, create: true)
        let block = [UInt8](repeating: 3, count: 1 << 20)
        for step in 0..<PageReads.pages / 256 { try file.write(block, at: step << 20) }
    }

    func rate(seconds duration: Double) throws -> Double {
        let page = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 4096)
        defer { page.deallocate() }
        return try measuredRate(for: duration, count: 256) {
            for _ in 0..<256 { _ = try file.read(into: page, at: Int.random(in: 0..<PageReads.pages) << 12) }
        }
    }
}

/// What a data folder takes on the disk, without the zeros that wait for entries.
enum FolderSize {
    static func used(_ data: DataFolder) -> Int {
        let all = Place.bytesOnDisk(data.path)
        let names = ((try? PosixDisk().list(data.journalPath)) ?? []).map { "\(data.journalPath)/\($0)" }
        // Zeroed ahead: the spare, and the rest of the newest file.
        let spare = names.filter { $0.hasSuffix("/spare") }.reduce(0) { $0 + Place.bytesOnDisk($1) }
        let newest = names.last { !$0.hasSuffix("/spare") }
        return all - spare - (newest.map(trailingZeros) ?? 0)
    }

    /// What it takes when all is sealed: the newest file of the journal stays until it is full, and holds nothing that is not elsewhere.
    static func sealed(_ data: DataFolder) -> Int {
        Place.bytesOnDisk(data.path) - Place.bytesOnDisk(data.journalPath)
    }

    /// Whole pages of zeros at the end of a file.
    private static func trailingZeros(_ path: String) -> Int {
        guard let file = try? PosixDisk().open(path, readOnly: true, create: false), let size = try? file.size() else {
            return 0
        }
        var end = size / 4096 * 4096
        while end > 0, let page = try? file.read(count: 4096, at: end - 4096), page.allSatisfy({ $0 == 0 }) {
            end -= 4096
        }
        return size / 4096 * 4096 - end
    }
}

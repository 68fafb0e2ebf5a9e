import LedgerMerkle
import LedgerStorage
import Testing

@testable import LedgerStorage

/// Numbers that are the same in each run of a test (SplitMix64).
struct RunNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return FuseFilter.mixed(state)
    }
}

/// What an index must answer: the values under each place, newest first.
struct RunModel {
    private(set) var values: [UInt64: [IndexValue]] = [:]

    mutating func add(_ records: [IndexRecord]) {
        for record in records { values[record.place, default: []].append(record.value) }
    }

    func lookup(_ key: IndexKey) -> [IndexValue] {
        values[key.place, default: []].sorted { $0.precedes($1) }
    }

    func candidates(_ key: IndexKey) -> [UInt64] {
        lookup(key).map(\.index).reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    func filtered(_ keeps: (IndexValue) -> Bool) -> RunModel {
        RunModel(values: values.mapValues { $0.filter(keeps) })
    }

    init(_ records: [IndexRecord] = []) { add(records) }

    private init(values: [UInt64: [IndexValue]]) { self.values = values }
}

enum RunFixture {
    static let directory = "/index"
    static let ledgerID = SHA256.hash(Array("the ledger of these tests".utf8))

    /// Four keys an entry, as hashes are: the first is its leaf hash.
    static func records(_ range: Range<UInt64>, keysPerEntry: Int = 4, seed: UInt64 = 1) -> [IndexRecord] {
        var numbers = RunNumbers(seed &+ range.lowerBound)
        return range.flatMap { index in
            (0..<keysPerEntry).map { number in
                IndexRecord(
                    key: IndexKey(word: numbers.next()), value: IndexValue(index: index, isLeafHash: number == 0))
            }
        }
    }

    /// Few keys for many entries, some of them side by side, and the ends of the order.
    static func crowded(_ range: Range<UInt64>, seed: UInt64) -> [IndexRecord] {
        var numbers = RunNumbers(seed)
        let words: [UInt64] =
            [0, 1, 1 << 20, .max, .max - 1, .max - 1 << 20, 1 << 63] + (0..<24).map { _ in numbers.next() }
        return range.flatMap { index in
            (0..<3).map { number in
                // One key in four is everywhere.
                let word = numbers.next() % 4 == 0 ? words[7] : words[Int(numbers.next() % UInt64(words.count))]
                return IndexRecord(
                    key: IndexKey(word: word), value: IndexValue(index: index, isLeafHash: number == 0))
            }
        }
    }

    static func write(
        _ records: [IndexRecord], _ range: Range<UInt64>, level: Int = 0, groupPageCount: Int = 256,
        on disk: any Disk, in directory: String = RunFixture.directory
    ) throws -> RunFile {
        var records = records
        IndexRecord.sort(&records)
        let writer = try RunWriter(
            disk: disk, directory: directory, ledgerID: ledgerID, name: RunName(level: level, range: range),
            groupPageCount: groupPageCount)
        for record in records { try writer.append(record) }
        return try writer.finish()
    }

    static func open(_ run: RunFile, on disk: any Disk) throws -> RunFile {
        try RunFile.open(disk: disk, path: run.path, ledgerID: ledgerID)
    }

    static func index(on disk: any Disk, fanIn: Int = 3) throws -> RunIndex {
        try RunIndex.open(disk: disk, directory: directory, ledgerID: ledgerID, fanIn: fanIn)
    }

    /// Whether a run answers as the model for each of its keys and for their neighbours.
    static func expectEqual(
        _ run: RunFile, _ model: RunModel, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(run.keyCount == model.values.values.reduce(0) { $0 + $1.count }, sourceLocation: sourceLocation)
        for place in model.values.keys {
            for neighbour in [place, place &+ 1, place &- 1] {
                let key = IndexKey(word: neighbour << 20 | 0xfffff)
                try #require(run.lookup(key) == model.lookup(key), sourceLocation: sourceLocation)
            }
        }
    }
}

import LedgerMerkle
import Testing

@testable import LedgerStorage

@Suite struct RunIndexTests {
    private let disk = RunDisk()

    private func install(_ records: [IndexRecord], _ range: Range<UInt64>, in index: RunIndex) throws {
        var records = records
        IndexRecord.sort(&records)
        let writer = try index.beginRun(of: range)
        for record in records { try writer.append(record) }
        try index.install(writer.finish())
    }

    private func mergeAll(_ index: RunIndex) throws {
        while let plan = index.planMerge() {
            let merge = try index.beginMerge(plan)
            while try !merge.step(pages: 5) {}
            try index.replace(plan.ranges, with: #require(merge.result))
        }
    }

    /// An index of segments of 100 entries, with all keys, merged or not.
    private func filled(segments: UInt64, merged: Bool = false) throws -> (index: RunIndex, model: RunModel) {
        let index = try RunFixture.index(on: disk)
        var model = RunModel()
        for number in 0..<segments {
            let range = number * 100..<(number + 1) * 100
            let records = RunFixture.crowded(range, seed: number) + RunFixture.records(range, keysPerEntry: 1)
            try install(records, range, in: index)
            if merged { try mergeAll(index) }
            model.add(records)
        }
        return (index, model)
    }

    private func expectEqual(_ index: RunIndex, _ model: RunModel) throws {
        for place in model.values.keys {
            let key = IndexKey(word: place << 20)
            try #require(index.candidates(for: key) == model.candidates(key))
        }
    }

    @Test func anIndexAnswersAsADictionaryWouldThroughAllMerges() throws {
        let (index, model) = try filled(segments: 31, merged: true)
        // 31 in the ternary system: 1 of 27, and 1 of 3, and 1.
        #expect(index.runs.map(\.level) == [3, 1, 0])
        try expectEqual(index, model)
        try expectEqual(RunFixture.index(on: disk), model)
        #expect(try disk.list(RunFixture.directory).count == 3)
        let statistics = index.statistics
        #expect(statistics.levels.map(\.level) == [0, 1, 3] && statistics.levels.map(\.runCount) == [1, 1, 1])
        #expect(statistics.keyCount == 31 * 400 && statistics.runCount == 3)
        #expect(statistics.byteCount == index.runs.reduce(0) { $0 + $1.byteCount })
        #expect(statistics.memoryByteCount == index.runs.reduce(0) { $0 + $1.memoryByteCount })
    }

    @Test func everyMissCostsOnePageOfEachRun() throws {
        let (index, model) = try filled(segments: 31, merged: true)
        var numbers = RunNumbers(99)
        var words = (0..<500).map { _ in numbers.next() } + [0, .max]
        words.removeAll { model.values[IndexKey(word: $0).place] != nil }
        #expect(words.count > 490)
        _ = disk.takeReads()
        for word in words {
            #expect(try index.newestEvenly(for: IndexKey(word: word), where: { _ in true }) == nil)
            let reads = disk.takeReads()
            #expect(reads.count == index.runs.count && reads.allSatisfy { $0.count == RunPage.byteCount })
        }
        for place in model.values.keys {
            let key = IndexKey(word: place << 20)
            #expect(try index.newestEvenly(for: key, where: { _ in true }) == model.candidates(key).first)
        }
    }

    @Test func theNewestIsFoundWithoutTheRest() throws {
        let (index, model) = try filled(segments: 4)
        let (place, values) = try #require(model.values.max { $0.value.count < $1.value.count })
        let key = IndexKey(word: place << 20)
        let indices = values.map(\.index)
        _ = disk.takeReads()
        #expect(try index.candidates(for: key, limit: 1) == [indices.max()])
        #expect(try index.newest(for: key) { _ in true } == indices.max())
        #expect(disk.takeReads().count <= 4)
        #expect(try index.newest(for: key) { $0 < 250 } == indices.filter { $0 < 250 }.max())
        #expect(try index.newest(for: key) { _ in false } == nil)
        #expect(try index.candidates(for: key, limit: 0) == [])
        #expect(try index.candidates(for: key, since: 300) == model.candidates(key).filter { $0 >= 300 })
    }

    @Test func leftoversAreRemovedAtOpening() throws {
        let (index, model) = try filled(segments: 3)
        let plan = try #require(index.planMerge())
        let merge = try index.beginMerge(plan)
        while try !merge.step(pages: 9) {}
        // Killed before the inputs were removed; and once more in the middle of a merge.
        disk.put([1], at: "/index/\(RunName(level: 2, range: 0..<900)).new")
        disk.put([1], at: "/index/notes.new")
        let readOnly = try RunIndex.open(
            disk: disk, directory: "/index", ledgerID: RunFixture.ledgerID, readOnly: true)
        #expect(try disk.list("/index").count == 6 && readOnly.runs.count == 1)
        let opened = try RunFixture.index(on: disk)
        #expect(opened.runs.map(\.name) == [RunName(level: 1, range: 0..<300)])
        #expect(try disk.list("/index") == ["\(RunName(level: 1, range: 0..<300))", "notes.new"])
        try expectEqual(opened, model)
    }

    @Test func damagedAndMissingRunsAreReportedAndRebuilt() throws {
        let (index, model) = try filled(segments: 6)
        let runs = index.runs
        disk.put([0], at: runs[1].path)
        try disk.remove(runs[3].path)
        disk.makeUnreadable(runs[4].path)
        let opened = try RunFixture.index(on: disk)
        #expect(opened.missingRanges(below: 700) == [100..<200, 300..<500, 600..<700])
        #expect(opened.missingRanges(below: 150) == [100..<150] && opened.missingRanges(below: 0) == [])
        #expect(opened.damaged.map(\.path) == [runs[1].path, runs[4].path])
        #expect(opened.damaged[0].reason.contains("rebuilt") && opened.damaged[0].range == 100..<200)
        for number in [1, 3, 4] as [UInt64] {
            let range = number * 100..<(number + 1) * 100
            let level = number == 4 ? 1 : 0
            let records = RunFixture.crowded(range, seed: number) + RunFixture.records(range, keysPerEntry: 1)
            try opened.install(RunFixture.write(records, range, level: level, on: disk))
        }
        #expect(opened.damaged.isEmpty && opened.missingRanges(below: 600).isEmpty)
        #expect(!disk.exists(runs[4].path))
        try expectEqual(opened, model)
        try expectEqual(RunFixture.index(on: disk), model)
    }

    @Test func aMergedRunThatIsDamagedIsNoReasonToRemoveItsInputs() throws {
        let (index, model) = try filled(segments: 3)
        let merge = try index.beginMerge(#require(index.planMerge()))
        while try !merge.step(pages: 9) {}
        let path = try #require(merge.result).path
        disk.put(Array(try #require(disk.bytes(path)).dropLast()), at: path)
        let opened = try RunFixture.index(on: disk)
        #expect(opened.runs.count == 3 && opened.damaged.isEmpty && !disk.exists(path))
        try expectEqual(opened, model)
    }

    @Test func runsThatOverlapInPartAreNotBothUsed() throws {
        _ = try RunFixture.write(RunFixture.records(0..<200), 0..<200, on: disk)
        _ = try RunFixture.write(RunFixture.records(150..<250), 150..<250, on: disk)
        let index = try RunFixture.index(on: disk)
        #expect(index.runs.map(\.range) == [0..<200] && index.damaged.map(\.range) == [150..<250])
        #expect(index.missingRanges(below: 250) == [200..<250])
    }

    @Test func aPageDamagedLaterIsReportedByLookupAndItsRunDiscarded() throws {
        let (index, model) = try filled(segments: 2)
        let run = index.runs[1]
        var bytes = try #require(disk.bytes(run.path))
        for page in 0..<run.pageCount { bytes[page * RunPage.byteCount + 20] ^= 8 }
        disk.put(bytes, at: run.path)
        let opened = try RunFixture.index(on: disk)
        let place = try #require(model.values.first { $0.value.contains { $0.index >= 100 } }).key
        let error = #expect(throws: StorageError.self) { try opened.candidates(for: IndexKey(word: place << 20)) }
        #expect(error?.code == .indexDamaged && error?.reason.contains("\(run.path), byte ") == true)
        try opened.discard(run.range)
        #expect(opened.missingRanges(below: 200) == [100..<200] && !disk.exists(run.path))
        #expect(try opened.candidates(for: IndexKey(word: place << 20)).allSatisfy { $0 < 100 })
    }

    @Test func anIndexOfAnotherLedgerIsRefused() throws {
        _ = try filled(segments: 1)
        let error = #expect(throws: StorageError.self) {
            try RunIndex.open(disk: disk, directory: "/index", ledgerID: .zero)
        }
        #expect(error?.code == .foreignLedger)
        #expect(try disk.list("/index").count == 1)
    }

    @Test func mergesArePlannedFromTheLowestLevelAndTheOldest() {
        func plan(_ levels: [Int], gapAfter: Int? = nil) -> RunMergePlan? {
            var names: [RunName] = []
            for (number, level) in levels.enumerated() {
                let start = UInt64(number * 10 + (gapAfter.map { number > $0 ? 5 : 0 } ?? 0))
                names.append(RunName(level: level, range: start..<UInt64(number + 1) * 10 + (start % 10)))
            }
            return RunIndex.planMerge(names, fanIn: 3, greatestLevel: 4)
        }
        #expect(plan([]) == nil && plan([0, 0]) == nil && plan([1, 0, 0, 1, 0]) == nil)
        #expect(plan([0, 0, 0, 0]) == RunMergePlan(ranges: [0..<10, 10..<20, 20..<30], level: 1))
        #expect(plan([1, 1, 1, 0, 0, 0]) == RunMergePlan(ranges: [30..<40, 40..<50, 50..<60], level: 1))
        #expect(plan([2, 1, 1, 1, 0]) == RunMergePlan(ranges: [10..<20, 20..<30, 30..<40], level: 2))
        #expect(plan([4, 4, 4]) == nil && plan([3, 3, 3])?.level == 4)
        #expect(plan([0, 0, 0], gapAfter: 1) == nil)
    }

    @Test func lookupsGoOnWhileRunsAreReplaced() async throws {
        let (index, model) = try filled(segments: 9)
        let keys = model.values.keys.map { IndexKey(word: $0 << 20) }.prefix(60)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<6 {
                        for key in keys { try #require(index.candidates(for: key) == model.candidates(key)) }
                    }
                }
            }
            group.addTask { try mergeAll(index) }
            try await group.waitForAll()
        }
        #expect(index.runs.map(\.level) == [2])
    }
}

import Testing

@testable import LedgerStorage

@Suite struct RunMergeTests {
    private let disk = RunDisk()

    private func inputs(_ count: Int, crowded: Bool, level: Int = 0) throws -> (runs: [RunFile], model: RunModel) {
        var runs: [RunFile] = []
        var model = RunModel()
        for number in 0..<UInt64(count) {
            let range = number * 300..<(number + 1) * 300
            // The third run has no keys.
            let records =
                number == 2
                ? [] : crowded ? RunFixture.crowded(range, seed: number) : RunFixture.records(range, seed: 8)
            runs.append(try RunFixture.write(records, range, level: level, groupPageCount: 2, on: disk))
            model.add(records)
        }
        return (runs, model)
    }

    private func merge(
        _ runs: [RunFile], level: Int = 1, keeps: @escaping (IndexValue) -> Bool = { _ in true }
    ) throws -> RunMerge {
        try RunMerge(
            disk: disk, directory: RunFixture.directory, ledgerID: RunFixture.ledgerID, inputs: runs, level: level,
            groupPageCount: 4, keeps: { keeps($0.value) })
    }

    private func complete(_ merge: RunMerge, pages: Int) throws -> RunFile {
        var steps = 0
        while try !merge.step(pages: pages) { steps += 1 }
        if pages == 1 { #expect(steps > merge.progress.of / 2) }
        #expect(merge.progress.done == merge.progress.of)
        return try #require(merge.result)
    }

    @Test(arguments: [false, true], [1, 3]) func aMergeHoldsWhatItsInputsHeld(crowded: Bool, level: Int) throws {
        let (runs, model) = try inputs(5, crowded: crowded)
        for (count, pages) in [(5, 1), (5, 7), (5, .max)] {
            let run = try complete(merge(Array(runs.prefix(count)), level: level), pages: pages)
            #expect(run.range == 0..<1500 && run.level == level)
            try RunFixture.expectEqual(run, model)
            try RunFixture.expectEqual(RunFixture.open(run, on: disk), model)
        }
    }

    @Test func oneRunOrNoKeysAtAllAreMergedToo() throws {
        let (runs, _) = try inputs(3, crowded: false)
        #expect(try complete(merge([runs[0]]), pages: 1).keyCount == runs[0].keyCount)
        let empty = try complete(merge([runs[2]]), pages: 1)
        #expect(empty.keyCount == 0 && empty.pageCount == 0)
        #expect(try empty.lookup(IndexKey(word: 5)).isEmpty)
    }

    @Test func whatIsNotKeptIsGone() throws {
        let (runs, model) = try inputs(4, crowded: true)
        // Every second entry keeps its leaf hash alone.
        let keeps = { (value: IndexValue) in value.index % 2 == 0 || value.isLeafHash }
        let merged = try complete(merge(runs, keeps: keeps), pages: 3)
        #expect(merged.keyCount < runs.reduce(0) { $0 + $1.keyCount })
        try RunFixture.expectEqual(merged, model.filtered(keeps))
        let none = try complete(merge([merged], level: 1, keeps: { _ in false }), pages: 3)
        #expect(none.keyCount == 0 && none.path == merged.path)
        // Who still holds the old run reads it to the end.
        try RunFixture.expectEqual(merged, model.filtered(keeps))
    }

    @Test func aMergeLeftAnywhereIsBegunAnew() throws {
        let (runs, model) = try inputs(4, crowded: false)
        var steps = 0
        var isComplete = false
        while !isComplete {
            steps += 1
            let abandoned = try merge(runs)
            for _ in 0..<steps where !isComplete { isComplete = try abandoned.step(pages: 2) }
            let run = try complete(merge(runs), pages: .max)
            #expect(run.keyCount == model.values.count)
        }
        #expect(steps > 5)
        try RunFixture.expectEqual(RunFixture.index(on: disk).runs[0], model)
    }

    @Test func aDamagedInputEndsTheMerge() throws {
        let (runs, _) = try inputs(3, crowded: false)
        for page in 0..<runs[1].pageCount {
            var bytes = try #require(disk.bytes(runs[1].path))
            bytes[page * RunPage.byteCount + 100] ^= 1
            let other = RunDisk()
            for run in runs { other.put(try #require(disk.bytes(run.path)), at: run.path) }
            other.put(bytes, at: runs[1].path)
            let opened = try runs.map { try RunFixture.open($0, on: other) }
            let error = #expect(throws: StorageError.self) {
                let merge = try RunMerge(
                    disk: other, directory: RunFixture.directory, ledgerID: RunFixture.ledgerID, inputs: opened,
                    level: 1)
                while try !merge.step(pages: 1) {}
            }
            #expect(error?.code == .indexDamaged && error?.reason.contains(runs[1].path) == true)
            #expect(runs.allSatisfy { other.exists($0.path) })
            #expect(!other.exists("/index/\(RunName(level: 1, range: 0..<900))"))
        }
    }

    @Test func powerLostAnywhereLeavesAnIndexThatAnswersRightly() throws {
        for remainder in RunDisk.Remainder.allCases {
            var crashAt = 0
            var isThrough = false
            while !isThrough {
                crashAt += 1
                let disk = RunDisk()
                disk.crash(at: crashAt)
                var model = RunModel()
                var installed: UInt64 = 0
                do {
                    let index = try RunFixture.index(on: disk, fanIn: 2)
                    for number in 0..<3 as Range<UInt64> {
                        let range = number * 40..<(number + 1) * 40
                        let records = RunFixture.records(range)
                        model.add(records)
                        try index.install(RunFixture.write(records, range, on: disk))
                        installed = range.upperBound
                    }
                    let plan = try #require(index.planMerge())
                    let merge = try index.beginMerge(plan)
                    while try !merge.step(pages: 3) {}
                    try index.replace(plan.ranges, with: #require(merge.result))
                    // An erasure in what came out.
                    let keeps = { (value: IndexValue) in value.index >= 10 || value.isLeafHash }
                    let rewrite = try index.beginRewrite(of: 0..<80, keeps: { keeps($0.value) })
                    while try !rewrite.step(pages: 3) {}
                    try index.replace([0..<80], with: #require(rewrite.result))
                    isThrough = true
                } catch is DiskError {}
                try expectSound(disk.restarted(remainder), model, installed: installed)
            }
            #expect(crashAt > 25)
        }
    }

    /// Opened twice, an index covers what was installed, and answers for it with all keys that no erasure may have taken.
    private func expectSound(_ disk: RunDisk, _ model: RunModel, installed: UInt64) throws {
        for _ in 0..<2 {
            let index = try RunFixture.index(on: disk, fanIn: 2)
            let missing = index.missingRanges(below: 120)
            try #require(missing.allSatisfy { $0.lowerBound >= installed } && index.damaged.isEmpty)
            #expect(try disk.list(RunFixture.directory) == index.runs.map(\.name.description).sorted())
            for (place, values) in model.values {
                let found = try index.candidates(for: IndexKey(word: place << 20))
                for value in values where !missing.contains(where: { $0.contains(value.index) }) {
                    try #require(found.contains(value.index) || (value.index < 10 && !value.isLeafHash))
                }
            }
        }
    }
}

import LedgerMerkle
import Testing

@testable import LedgerStorage

@Suite struct RunFileTests {
    private let disk = RunDisk()

    private func key(_ place: UInt64) -> IndexKey { IndexKey(word: place << 20) }

    @Test(arguments: [0, 3]) func aRunAnswersAsADictionaryWould(level: Int) throws {
        for (records, groups) in [
            (RunFixture.records(0..<3000), 256), (RunFixture.records(0..<3000), 1),
            (RunFixture.crowded(0..<3000, seed: 5), 256), (RunFixture.crowded(0..<3000, seed: 6), 1),
            (RunFixture.crowded(0..<40, seed: 7), 2), ([], 256),
        ] {
            let run = try RunFixture.write(records, 0..<3000, level: level, groupPageCount: groups, on: disk)
            #expect((run.filters == nil) == (level == 3))
            try RunFixture.expectEqual(run, RunModel(records))
            try RunFixture.expectEqual(RunFixture.open(run, on: disk), RunModel(records))
            #expect(disk.bytes(run.path)?.count == run.byteCount)
        }
    }

    @Test func oneKeyOfManyPagesIsAnsweredWholeAndNewestFirst() throws {
        // The key before it and the one behind share its first and last page.
        let many = (0..<1500).map { IndexRecord(place: 1000, value: IndexValue(index: $0, isLeafHash: false)) }
        let others = [999, 1001].map { IndexRecord(place: $0, value: IndexValue(index: 7, isLeafHash: true)) }
        let run = try RunFixture.write(many + others, 0..<1500, groupPageCount: 1, on: disk)
        #expect(run.pageCount == 4)
        try RunFixture.expectEqual(run, RunModel(many + others))
        // The newest alone lies on the first page.
        _ = disk.takeReads()
        #expect(try run.lookup(key(1000), limit: 1).map(\.index) == [1499])
        #expect(disk.takeReads().count == 1)
    }

    @Test func aKeyThatBeginsAPageIsFound() throws {
        // Pages full to the brim: a key's records end one page, or begin the next, or both.
        for before in 400...410 {
            let first = (0..<UInt64(before)).map {
                IndexRecord(place: $0, value: IndexValue(index: 0, isLeafHash: false))
            }
            let three = (1...3 as ClosedRange<UInt64>).map {
                IndexRecord(place: 1 << 30, value: IndexValue(index: $0, isLeafHash: false))
            }
            let run = try RunFixture.write(first + three, 0..<4, on: disk)
            #expect(try run.lookup(key(1 << 30)).map(\.index) == [3, 2, 1])
            #expect(try run.lookup(key(1 << 30 + 1)).isEmpty)
        }
    }

    @Test func pagesCloseBeforeTheirSpanEnds() throws {
        let places: [UInt64] = [0, 1 << 40 - 1, 1 << 40, 1 << 41 - 1, 1 << 44 - 1]
        let records = places.map { IndexRecord(place: $0, value: IndexValue(index: 0, isLeafHash: false)) }
        let run = try RunFixture.write(records, 0..<1, level: 3, on: disk)
        #expect(run.pageCount == 3)
        try RunFixture.expectEqual(run, RunModel(records))
        // Beyond the span of the page that it would be on: answered without a read.
        _ = disk.takeReads()
        #expect(try run.lookup(key(1 << 43)).isEmpty)
        #expect(disk.takeReads().isEmpty)
    }

    @Test func aHitReadsOnePageAndAMissNearlyNone() throws {
        let records = RunFixture.records(0..<10_000)
        let run = try RunFixture.write(records, 0..<10_000, groupPageCount: 16, on: disk)
        _ = disk.takeReads()
        var reads = 0
        for record in records {
            #expect(try run.lookup(key(record.place)).contains(record.value))
            let taken = disk.takeReads()
            try #require((1...2).contains(taken.count))
            #expect(taken.allSatisfy { $0.count == RunPage.byteCount && $0.offset % RunPage.byteCount == 0 })
            reads += taken.count
        }
        // A key that begins a page may need the page before it too.
        #expect(reads <= records.count + run.pageCount)
        var numbers = RunNumbers(99)
        for _ in 0..<20_000 { _ = try run.lookup(IndexKey(word: numbers.next())) }
        #expect(disk.takeReads().count < 200)
    }

    @Test func openingReadsNoPage() throws {
        let run = try RunFixture.write(RunFixture.records(0..<2000), 0..<2000, on: disk)
        _ = disk.takeReads()
        _ = try RunFixture.open(run, on: disk)
        let reads = disk.takeReads()
        #expect(reads.count == 3 && reads.allSatisfy { $0.offset >= run.pageCount * RunPage.byteCount })
    }

    @Test func twoHundredThousandKeysKeepWithinTheirBytes() throws {
        let records = RunFixture.records(0..<50_000)
        let young = try RunFixture.write(records, 0..<50_000, on: disk)
        let final = try RunFixture.write(records, 0..<50_000, level: 3, on: disk)
        let count = Double(young.keyCount)
        #expect(count == 200_000)
        #expect(Double(young.byteCount) <= 11.5 * count && Double(young.memoryByteCount) <= 1.3 * count)
        #expect(Double(final.byteCount) <= 10.2 * count && Double(final.memoryByteCount) <= 0.1 * count)
    }

    @Test func aRunOfAFewKeysIsSmall() throws {
        let run = try RunFixture.write(RunFixture.records(0..<250), 0..<250, on: disk)
        // 2^44 places, 2^40 to a page: sixteen or so pages, however few keys.
        #expect(run.pageCount <= 17)
    }

    @Test func indicesAtTheLimitAreKept() throws {
        let range = IndexValue.indexLimit - 2..<IndexValue.indexLimit
        let records = RunFixture.records(range)
        try RunFixture.expectEqual(RunFixture.write(records, range, on: disk), RunModel(records))
    }

    @Test func aRunOfAnotherLedgerIsRefused() throws {
        let run = try RunFixture.write([], 0..<1, on: disk)
        let error = #expect(throws: StorageError.self) {
            try RunFile.open(disk: disk, path: run.path, ledgerID: .zero)
        }
        #expect(error?.code == .foreignLedger)
    }

    @Test func aRunUnderAnotherNameIsRefused() throws {
        let run = try RunFixture.write([], 0..<1, on: disk)
        let name = "/index/\(RunName(level: 1, range: 0..<1))"
        try disk.rename(run.path, to: name)
        for path in [name, "/index/run"] {
            if path != name { try disk.rename(name, to: path) }
            let error = #expect(throws: StorageError.self) {
                try RunFile.open(disk: disk, path: path, ledgerID: RunFixture.ledgerID)
            }
            #expect(error?.code == .indexDamaged)
        }
    }
}

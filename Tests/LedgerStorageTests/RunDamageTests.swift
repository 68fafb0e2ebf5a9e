import Testing

@testable import LedgerStorage

/// Whatever happens to the bytes of a run, a lookup answers rightly or says that the run is damaged.
@Suite struct RunDamageTests {
    private let disk = RunDisk()
    private let records = ([3, 4, 5, 1 << 42, 1 << 42 + 1] as [UInt64]).map {
        IndexRecord(place: $0, value: IndexValue(index: $0 & 7, isLeafHash: false))
    }

    private enum Finding: Equatable { case atOpening, atLookup, harmless }

    /// - Throws: what a sound run must not: a wrong answer.
    private func finding(_ path: String, _ model: RunModel) throws -> Finding {
        var isDamaged = false
        do {
            let run = try RunFile.open(disk: disk, path: path, ledgerID: RunFixture.ledgerID)
            for place in [2, 3, 4, 5, 6, 1 << 42, 1 << 42 + 1] as [UInt64] {
                let key = IndexKey(word: place << 20)
                do {
                    try #require(run.lookup(key) == model.lookup(key))
                } catch let error as StorageError {
                    try #require(error.code == .indexDamaged && error.reason.contains(path))
                    try #require(error.remedy.contains("rebuilt from the segments"))
                    isDamaged = true
                }
            }
        } catch let error as StorageError {
            try #require([.indexDamaged, .foreignLedger].contains(error.code))
            return .atOpening
        }
        return isDamaged ? .atLookup : .harmless
    }

    @Test(arguments: [0, 3]) func eachFlippedByteIsFound(level: Int) throws {
        let model = RunModel(records)
        let run = try RunFixture.write(records, 0..<8, level: level, groupPageCount: 1, on: disk)
        let whole = try #require(disk.bytes(run.path))
        #expect(run.pageCount == 2)
        #expect(try finding(run.path, model) == .harmless)
        var bytes = whole
        for byte in whole.indices {
            bytes[byte] ^= 1 << UInt8(byte % 8)
            disk.put(bytes, at: run.path)
            let expected = byte < 2 * RunPage.byteCount ? Finding.atLookup : .atOpening
            try #require(finding(run.path, model) == expected, "byte \(byte)")
            bytes[byte] = whole[byte]
        }
    }

    @Test func eachCutAndEachTailIsFound() throws {
        let model = RunModel(records)
        let run = try RunFixture.write(records, 0..<8, groupPageCount: 1, on: disk)
        let whole = try #require(disk.bytes(run.path))
        let lengths = Array(stride(from: 0, to: whole.count, by: 61)) + (whole.count - 300..<whole.count)
        for length in lengths {
            disk.put(Array(whole[..<length]), at: run.path)
            try #require(finding(run.path, model) == .atOpening, "\(length) bytes")
        }
        // The last one ends with a footer, which counts fewer bytes.
        for tail in [[0], [UInt8](repeating: 0, count: 4096), whole] {
            disk.put(whole + tail, at: run.path)
            try #require(finding(run.path, model) == .atOpening)
        }
    }

    @Test func aWholePageOfAnotherTimeIsFound() throws {
        // What a write that never reached the medium leaves: an older page, whole in itself.
        let older = try RunFixture.write(Array(records.dropFirst()), 0..<8, groupPageCount: 1, on: disk)
        let old = try #require(disk.bytes(older.path))
        let run = try RunFixture.write(records, 0..<8, groupPageCount: 1, on: disk)
        let whole = try #require(disk.bytes(run.path))
        disk.put(Array(old[..<RunPage.byteCount]) + whole[RunPage.byteCount...], at: run.path)
        #expect(try finding(run.path, RunModel(records)) == .atLookup)
        // And one that went to another place of the same file.
        let (first, second) = (whole[..<RunPage.byteCount], whole[RunPage.byteCount..<2 * RunPage.byteCount])
        disk.put(Array(second + first + whole[(2 * RunPage.byteCount)...]), at: run.path)
        #expect(try finding(run.path, RunModel(records)) == .atLookup)
    }

    @Test func lengthsThatPassTheirChecksumsButNotTheFileAreRefused() throws {
        let run = try RunFixture.write(records, 0..<8, groupPageCount: 1, on: disk)
        let whole = try #require(disk.bytes(run.path))
        let footer = whole.count - RunFooter.byteCount
        // Records, pages, level, pages in a group and bytes of filters, each absurd under a right checksum.
        for (offset, count) in [(56, 8), (64, 4), (68, 1), (72, 4), (80, 8)] {
            for value in [0, 1, 0x7f, 0xff] as [UInt8] {
                var bytes = whole
                for byte in 0..<count { bytes[footer + offset + byte] = value }
                guard bytes != whole else { continue }
                let checksum = Checksum.of(Array(bytes[footer..<footer + 120]))
                bytes.store(bigEndian: checksum, at: footer + 120)
                disk.put(bytes, at: run.path)
                let finding = try finding(run.path, RunModel(records))
                // More pages in a group than there are filters for is seen by the bytes left over.
                try #require(finding == .atOpening, "byte \(offset) of the footer, \(value)")
            }
        }
    }

    @Test func nonsenseUnderRightChecksumsIsRefusedOrReadWithoutATrap() throws {
        let run = try RunFixture.write(RunFixture.crowded(0..<300, seed: 9), 0..<300, groupPageCount: 2, on: disk)
        let whole = try #require(disk.bytes(run.path))
        let (pages, filters) = (run.pageCount, run.pageCount * (RunPage.byteCount + RunPage.headByteCount))
        var numbers = RunNumbers(10)
        var opened = 0
        for round in 0..<1500 {
            var bytes = whole
            for _ in 0...round % 4 {
                // Page heads, first records, filters or the footer's fields.
                let page = Int(numbers.next() % UInt64(pages)) * RunPage.byteCount
                let place = [
                    page + 8 + Int(numbers.next() % 8), page + 16 + Int(numbers.next() % 40),
                    filters + Int(numbers.next() % 24), whole.count - 72 + Int(numbers.next() % 32),
                ][Int(numbers.next() % 4)]
                bytes[place] = [0, 1, 0x7f, 0xff, UInt8(truncatingIfNeeded: numbers.next())][Int(numbers.next() % 5)]
            }
            disk.put(sealedAnew(bytes, pages: pages, filters: filters), at: run.path)
            do {
                let run = try RunFixture.open(run, on: disk)
                opened += 1
                for place in [0, 1, 1 << 43, 1 << 44 - 1] as [UInt64] {
                    _ = try run.lookup(IndexKey(word: place << 20))
                }
                let cursor = RunCursor(run)
                while try cursor.nextPage() != nil {}
            } catch let error as StorageError {
                try #require(error.code == .indexDamaged)
            }
        }
        #expect((100...1400).contains(opened))
    }

    /// The same bytes with the checksums and fences that a writer of them would have made.
    private func sealedAnew(_ bytes: [UInt8], pages: Int, filters: Int) -> [UInt8] {
        var bytes = bytes
        let footer = bytes.count - RunFooter.byteCount
        let fences = pages * RunPage.byteCount
        for page in 0..<pages {
            let start = page * RunPage.byteCount
            bytes.store(bigEndian: Checksum.of(Array(bytes[start + 8..<start + RunPage.byteCount])), at: start)
            let fence = fences + page * RunPage.headByteCount
            bytes.replaceSubrange(
                fence..<fence + RunPage.headByteCount, with: Array(bytes[start..<start + RunPage.headByteCount]))
        }
        bytes.store(bigEndian: Checksum.of(Array(bytes[fences..<filters])), at: footer + 88)
        bytes.store(bigEndian: Checksum.of(Array(bytes[filters..<footer])), at: footer + 96)
        bytes.store(bigEndian: Checksum.of(Array(bytes[footer..<footer + 120])), at: footer + 120)
        return bytes
    }

    @Test func outputThatIsNotWhatWentInIsNotTakenIntoUse() throws {
        let range: Range<UInt64> = 0..<2000
        let records = RunFixture.records(range)
        for level in [0, 3] {
            let writes = records.count / RunPage.capacity / 64 + 2
            for write in 0..<writes {
                let disk = RunDisk()
                let writer = try RunWriter(
                    disk: disk, directory: RunFixture.directory, ledgerID: RunFixture.ledgerID,
                    name: RunName(level: level, range: range))
                if write == 0 { disk.flipNextWrite() }
                for record in records.sorted() { try writer.append(record) }
                if write > 0 { disk.flipNextWrite() }
                #expect(#expect(throws: StorageError.self) { try writer.finish() }?.code == .indexDamaged)
                #expect(try RunFixture.index(on: disk).missingRanges(below: 2000) == [range])
            }
        }
    }
}

import LedgerEngine
import LedgerStorage
import Testing

@testable import Filing

extension AccessLog {
    /// The lines about an act on some days, oldest first, all of them.
    func lines(about act: String, in days: ClosedRange<AccessDay>) throws -> [LoggedAccess] {
        let end = Position(day: days.upperBound.next, index: 0)
        let looks = try looks(at: act, since: days.lowerBound, before: end, limit: 10_000)
        #expect(looks.gaps.isEmpty && looks.next == nil)
        return looks.lines.reversed()
    }
}

/// Who looked at an act, over many days.
@Suite struct AccessLooksTests {
    private static let act = "NT002-2026-000001"

    private func day(_ number: Int) -> AccessDay { AccessDay(number: AccessBench.today.number + UInt32(number)) }

    /// Closed days and an open one: the act once on every tenth day, and nine lines about others on each.
    private func log(_ desk: Desk, days: Int, on disk: any Disk) async throws -> AccessLog {
        let log = try AccessLog(
            desk.registrar, disk: disk, clock: desk.clock, path: AccessBench.folder, partHeight: 4)
        for number in 0..<days {
            for line in 0..<9 {
                _ = try await log.append(AccessBench.line(line, at: day(number).start))
            }
            guard number % 10 == 0 else { continue }
            _ = try await log.append(AccessBench.line(number, at: day(number).start, act: Self.act))
        }
        try await log.closeDays(before: day(days - 1))
        return log
    }

    @Test(.timeLimit(.minutes(5))) func theFolderIsListedOnceAndAQuietDayCostsThreeSmallReads() async throws {
        let desk = try Desk()
        let disk = MeteredDisk(FaultyDisk())
        let log = try await log(desk, days: 300, on: disk)
        _ = try log.looks(at: Self.act, since: nil, limit: 200)
        let none = try disk.cost { try log.looks(at: "NT002-2026-000009", since: nil, limit: 200) }
        #expect(none.result.lines.isEmpty && none.result.gaps.isEmpty && none.result.next == nil)
        #expect(none.count.lists == 1)
        #expect(none.count.opens <= 2 * 300 && none.count.reads <= 3 * 300)
        #expect(none.count.readBytes <= 300 * (4096 + 64 + 8))
        let some = try disk.cost { try log.looks(at: Self.act, since: nil, limit: 200) }
        #expect(some.result.lines.map(\.line.detail) == (0..<30).reversed().map { "№ \($0 * 10)" })
        #expect(some.count.lists == 1 && some.count.reads <= 3 * 300 + 2 * 30)
        let lately = try disk.cost { try log.looks(at: Self.act, since: day(290), limit: 200) }
        #expect(lately.result.lines.count == 1 && lately.count.reads <= 3 * 10 + 2)
    }

    @Test func whatIsToldInPiecesIsWholeHoweverItIsCut() async throws {
        let desk = try Desk()
        let log = try await log(desk, days: 31, on: FaultyDisk())
        for act in [Self.act, "NT002-2026-1"] {
            let all = try log.looks(at: act, since: nil, limit: 10_000).lines
            #expect(all.count == (act == Self.act ? 4 : 62))
            for (limit, days) in [(1, 400), (3, 400), (2, 5), (200, 1), (62, 400), (200, 7)] {
                var (told, place, calls): ([LoggedAccess], AccessLog.Position?, Int) = ([], nil, 0)
                repeat {
                    let piece = try log.looks(at: act, since: nil, before: place, limit: limit, daysAtOnce: days)
                    #expect(piece.lines.count <= limit && piece.next != place || piece.next == nil)
                    told += piece.lines
                    place = piece.next.flatMap { AccessLog.Position($0.description) }
                    calls += 1
                } while place != nil && calls < 100
                #expect(told == all, "\(limit) lines of \(days) days")
            }
        }
        let own = try log.looks(at: "NT002-2026-1", since: nil, limit: 3) { $0.detail == "№ 5" }
        #expect(own.lines.count == 3 && own.lines.allSatisfy { $0.line.detail == "№ 5" })
    }

    @Test func placesHaveOneSpelling() {
        #expect(AccessLog.Position("2026-02-12:17") == .init(day: AccessBench.today, index: 17))
        for text in ["", ":", "2026-02-12", "2026-02-12:", "2026-02-12:-1", "2026-02-12:1:2", "2026-02-30:1"] {
            #expect(AccessLog.Position(text) == nil, "\(text)")
        }
    }

    @Test func aDayThatIsMissingOrDamagedIsNamedAndKeepsNobodyFromTheOthers() async throws {
        for kind in ["deleted", "flipped", "cut between lines", "emptied"] {
            let (desk, disk) = (try Desk(), FaultyDisk())
            let log = try await log(desk, days: 31, on: disk)
            let path = AccessBench.path(day(20))
            let whole = disk.bytes(path)
            switch kind {
            case "deleted": try disk.remove(path)
            case "flipped": disk.flipBit(path, byte: whole.count - 20)
            case "cut between lines":
                let last = whole.withUnsafeBytes { bytes -> Int in
                    var places = [AccessFormat.headerByteCount]
                    while let place = places.last, place < bytes.count,
                        let frame = AccessFrame(UnsafeRawBufferPointer(rebasing: bytes[place...]), at: place)
                    { places.append(frame.end) }
                    return places[places.count - 2]
                }
                disk.damage(path) { $0 = Array(whole[..<last]) }
            default: disk.damage(path) { $0 = [] }
            }
            let gap = AccessGap(day: day(20), reason: kind == "deleted" ? .missing : .damaged)
            let looks = try log.looks(at: Self.act, since: nil, limit: 200)
            #expect(looks.lines.map(\.line.detail) == ["№ 30", "№ 10", "№ 0"], "\(kind)")
            #expect(looks.gaps == [gap], "\(kind)")
            #expect(try log.looks(at: Self.act, since: day(21), limit: 200).gaps.isEmpty)
            #expect(throws: StorageError.self, "\(kind)") { try log.lines(of: day(20)) { _ in true } }
            // Put back, it is told again, once a minute is over.
            if kind == "deleted" { try disk.open(path, readOnly: false, create: true).write(whole, at: 0) }
            disk.damage(path) { $0 = whole }
            try disk.open(path, readOnly: false, create: false).synchronize()
            desk.clock.advance(seconds: 61)
            let again = try log.looks(at: Self.act, since: nil, limit: 200)
            #expect(again.lines.count == 4 && again.gaps.isEmpty, "\(kind)")
        }
    }
}

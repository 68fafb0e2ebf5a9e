import Foundation
import Registry
import Synchronization
import Testing

/// Enough to show that what is stored is not the text, and that each value needs its own nonce.
private struct Masked: StateCipher {
    struct WrongNonce: Error {}

    func seal(_ bytes: [UInt8], nonce: [UInt8]) -> [UInt8] { nonce + bytes.map { $0 ^ 0xa5 } }

    func open(_ sealed: [UInt8], nonce: [UInt8]) throws -> [UInt8] {
        guard sealed.starts(with: nonce) else { throw WrongNonce() }
        return sealed.dropFirst(nonce.count).map { $0 ^ 0xa5 }
    }
}

/// Bytes that never come twice.
private final class Numbers: Sendable {
    private let next = Mutex<UInt8>(0)

    func callAsFunction(_ count: Int) -> [UInt8] {
        next.withLock { number in
            number += 1
            return Array(repeating: number, count: count)
        }
    }
}

@Suite final class NoticeStoreTests {
    private let path = NSTemporaryDirectory() + "notices-\(UUID().uuidString).sqlite"
    private let act: [UInt8] = [1, 1, 1]
    private let number = "NT012-2026-000017"
    private let bat = NoticeContact(party: 0, address: "bat@example.mn", language: .mn)
    private let ann = NoticeContact(party: 1, address: "ann@example.com", language: .en)
    private let numbers = Numbers()
    private let hour: Int64 = 3_600_000

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func store() throws -> NoticeStore {
        let numbers = numbers
        return NoticeStore(try StateDatabase(path: path), cipher: Masked()) { numbers($0) }
    }

    private func file() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    @Test func everyContactIsToldOnceThatAnActWasRegistered() throws {
        let store = try store()
        #expect(try store.register([bat, ann], act: act, number: number, time: 5, now: 6) == 2)
        #expect(try store.register([ann, bat], act: act, number: number, time: 5, now: 7) == 0)
        let due = try store.due(at: 6, limit: 10)
        #expect(due.map(\.address) == [bat.address, ann.address])
        #expect(due.map(\.language) == [.mn, .en])
        #expect(due.allSatisfy { $0.event == .registered && $0.act == number && $0.time == 5 && $0.created == 6 })
        #expect(Set(due.map(\.messageID)).count == 2)
        #expect(try store.contacts(ofAct: act).map(\.contact) == [bat, ann])
        #expect(try store.contacts(ofAct: [9]).isEmpty)
    }

    @Test func nothingStandsInTheFileInClear() throws {
        try store().register([bat], act: act, number: number, time: 5, now: 6)
        for text in ["bat@example", "example.mn", number] {
            #expect(try file().range(of: Data(text.utf8)) == nil, "\(text)")
        }
        // The search itself works: the event stands in the clear.
        #expect(try file().range(of: Data("registered".utf8)) != nil)
    }

    @Test func noMoreContactsThanTheLimitAreTaken() throws {
        let store = try store()
        let many = (0..<30).map { NoticeContact(party: 0, address: "a\($0)@example.mn", language: .mn) }
        #expect(try store.register(many, act: act, number: number, time: 5, now: 6) == NoticeStore.contactLimit)
        #expect(try store.register([ann], act: act, number: number, time: 5, now: 6) == 0)
    }

    @Test func aChangeIsToldOnceHoweverOftenItIsSaid() throws {
        let store = try store()
        try store.register([bat, ann], act: act, number: number, time: 5, now: 6)
        #expect(try store.add(.changed, act: act, number: number, cause: [7], time: 8, now: 9) == 2)
        #expect(try store.add(.changed, act: act, number: number, cause: [7], time: 8, now: 10) == 0)
        #expect(try store.add(.changed, act: act, number: number, cause: [8], time: 8, now: 10) == 2)
        #expect(try store.add(.revoked, act: act, number: number, cause: [7], time: 8, now: 10) == 2)
        #expect(try store.add(.changed, act: [2], number: number, cause: [7], time: 8, now: 10) == 0)
    }

    @Test func lookingAgainWithinTheHourTellsNothing() throws {
        let store = try store()
        try store.register([bat], act: act, number: number, time: 5, now: 6)
        func look(_ reader: UInt8, at time: Int64) throws -> Int {
            try store.add(.looked, act: act, number: number, cause: [reader], time: time, now: time)
        }
        #expect(try look(1, at: 10 * hour) == 1)
        #expect(try look(1, at: 11 * hour - 1) == 0)
        #expect(try look(2, at: 11 * hour - 1) == 1)
        #expect(try look(1, at: 11 * hour) == 1)
        // The clock was set back a little, and a lot.
        #expect(try look(1, at: 10 * hour + 1) == 0)
        #expect(try look(1, at: 2 * hour) == 1)
    }

    @Test func lookUpsCannotFlood() throws {
        let store = try store()
        try store.register([bat], act: act, number: number, time: 5, now: 6)
        let told = try (0..<150).map { reader in
            try store.add(.looked, act: act, number: number, cause: [UInt8(reader)], time: 10, now: 10)
        }
        #expect(told.reduce(0, +) == NoticeStore.lookLimit)
        // What is not a look-up is still told.
        #expect(try store.add(.revoked, act: act, number: number, cause: [1], time: 10, now: 10) == 1)
    }

    @Test func whatIsUnderWayAtACrashIsTriedAgainUnderTheSameMessageID() throws {
        try store().register([bat], act: act, number: number, time: 5, now: 6)
        let first = try #require(try store().due(at: 6, limit: 1).first)
        #expect(try store().begin(first.id, at: 7, due: 100))
        // The process ends here, perhaps before the mail went out and perhaps after.
        #expect(try store().due(at: 99, limit: 1).isEmpty)
        let again = try #require(try store().due(at: 100, limit: 1).first)
        #expect(again.messageID == first.messageID && again.created == first.created)
        #expect(again.attempts == 1 && again.first == 7)
    }

    @Test func whatWasSentIsForgottenButThatItWas() throws {
        let store = try store()
        try store.register([bat], act: act, number: number, time: 5, now: 6)
        let notice = try #require(try store.due(at: 6, limit: 1).first)
        #expect(try store.begin(notice.id, at: 7, due: 100))
        try store.setSent(notice.id, at: 8)
        #expect(try store.due(at: 1000, limit: 1).isEmpty)
        #expect(try store.list(.sent).map(\.ended) == [8])
        #expect(try !store.begin(notice.id, at: 9, due: 100))
        // It does not come back.
        try store.setFailed(notice.id, error: "refused 554", at: 9)
        #expect(try store.counts().failed == 0)
        #expect(try store.retryFailed(now: 9) == 0)
        try store.forgetEnded(before: 8)
        #expect(try store.counts().sent == 1)
        try store.forgetEnded(before: 9)
        #expect(try store.counts() == NoticeCounts())
    }

    @Test func whatFailedIsTriedAgainWhenAnOperatorSaysSo() throws {
        let store = try store()
        try store.register([bat], act: act, number: number, time: 5, now: 6)
        let notice = try #require(try store.due(at: 6, limit: 1).first)
        _ = try store.begin(notice.id, at: 7, due: 100)
        try store.note("not-reached", of: notice.id)
        #expect(try store.list(.waiting).map(\.error) == ["not-reached"])
        try store.setFailed(notice.id, error: "refused 554", at: 8)
        #expect(try store.list(.failed).map(\.error) == ["refused 554"])
        #expect(try store.due(at: 1000, limit: 1).isEmpty)
        #expect(try store.retryFailed(now: 9) == 1)
        let again = try #require(try store.due(at: 9, limit: 1).first)
        #expect(again.attempts == 0 && again.first == nil && again.address == bat.address)
        #expect(again.messageID == notice.messageID)
    }

    @Test func aContactThatIsRemovedHearsNothingMore() throws {
        let store = try store()
        try store.register([bat, ann], act: act, number: number, time: 5, now: 6)
        let id = try #require(try store.contacts(ofAct: act).first).id
        #expect(try !store.remove(contact: id, ofAct: [2]))
        #expect(try store.remove(contact: id, ofAct: act))
        #expect(try !store.remove(contact: id, ofAct: act))
        #expect(try store.due(at: 6, limit: 10).map(\.address) == [ann.address])
        #expect(try store.add(.changed, act: act, number: number, cause: [7], time: 8, now: 9) == 1)
    }

    @Test func anActThatIsForgottenLeavesNothing() throws {
        let store = try store()
        try store.register([bat], act: act, number: number, time: 5, now: 6)
        try store.register([ann], act: [2], number: "NT012-2026-000018", time: 5, now: 6)
        let notice = try #require(try store.due(at: 6, limit: 1).first)
        #expect(notice.address == bat.address)
        let masked = Data(Array(bat.address.utf8).map { $0 ^ 0xa5 })
        #expect(try file().range(of: masked) != nil)
        try store.forget(act: act)
        // Not in free pages either.
        #expect(try file().range(of: masked) == nil)
        #expect(try store.contacts(ofAct: act).isEmpty)
        #expect(try store.due(at: 6, limit: 10).map(\.address) == [ann.address])
        // The worker has it in its hands meanwhile.
        #expect(try !store.begin(notice.id, at: 7, due: 100))
    }

    @Test func oneThatCannotBeOpenedDoesNotStandBeforeTheOthers() throws {
        try store().register([bat], act: act, number: number, time: 5, now: 6)
        struct Closed: StateCipher {
            func seal(_ bytes: [UInt8], nonce: [UInt8]) -> [UInt8] { bytes }
            func open(_ sealed: [UInt8], nonce: [UInt8]) throws -> [UInt8] { throw Masked.WrongNonce() }
        }
        let numbers = numbers
        let other = NoticeStore(try StateDatabase(path: path), cipher: Closed()) { numbers($0) }
        #expect(try other.due(at: 6, limit: 1).isEmpty)
        #expect(try other.list(.failed).map(\.error) == ["damaged"])
    }

    @Test func aClockThatWasWrongDoesNotHoldAMailBack() throws {
        let store = try store()
        try store.register([bat], act: act, number: number, time: 1000 * hour, now: 1000 * hour)
        #expect(try store.due(at: 5 * hour, limit: 1).count == 1)
        #expect(try store.due(at: 999 * hour, limit: 1).isEmpty)
    }
}

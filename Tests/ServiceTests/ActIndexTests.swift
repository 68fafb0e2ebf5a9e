import Evidence
import Filing
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Synchronization
import Testing

@testable import Service

/// The index of acts over entries that cannot be read at once.
@Suite struct ActIndexTests {
    private struct Unreadable: Error {}

    private static let key = [UInt8](repeating: 5, count: 16)

    /// What entries are, as a test says.
    private final class Entries: Sendable {
        private let contents = Mutex<[UInt64: PartyBook.Content]>([:])

        func set(_ index: UInt64, _ content: PartyBook.Content?) { contents.withLock { $0[index] = content } }

        func content(_ index: UInt64) throws -> PartyBook.Content {
            guard let content = contents.withLock({ $0[index] }) else { throw Unreadable() }
            return content
        }
    }

    /// An office with so many entries.
    private func office(_ count: UInt8) async throws -> OpenOffice {
        let open = try OpenOffice()
        open.office.ledger.acceptClock()
        for number in 0..<count {
            let entry = Entry(kind: .receipt, recorded: 0, commitment: SHA256.hash([number]))
            let submission = Submission(
                item: JournalItem(entry: entry.encoded, keys: [], payload: [], retention: 0), timeOffset: 2)
            guard case .queued(let ticket) = try open.office.ledger.submit(submission) else { continue }
            _ = try await ticket.acknowledgement()
        }
        return open
    }

    private func found(_ index: ActIndex) throws -> (found: [UInt64], isWhole: Bool) {
        try index.entries(under: [ActIndexTests.key], before: nil, limit: 9)
    }

    @Test func whatCannotBeReadIsToldAndTriedAgainAlsoAfterARestart() async throws {
        let open = try await office(4)
        let entries = Entries()
        entries.set(0, .parties([ActIndexTests.key]))
        entries.set(2, .parties([ActIndexTests.key]))
        entries.set(3, .nothing)
        let index = try ActIndex(open.office.ledger) { try entries.content($0) }
        let (first, isWhole) = try found(index)
        #expect(first == [2, 0] && !isWhole)
        #expect(try index.retry() == 1)
        #expect(try !found(index).isWhole)

        entries.set(1, .parties([ActIndexTests.key]))
        let again = try ActIndex(open.office.ledger) { try entries.content($0) }
        #expect(try !found(again).isWhole)
        #expect(try again.retry() == 0)
        let (all, isAll) = try found(again)
        #expect(all == [2, 1, 0] && isAll)
    }

    @Test func anErasureReadLateTakesWhatItErasedAway() async throws {
        let open = try await office(3)
        let entries = Entries()
        entries.set(0, .parties([ActIndexTests.key]))
        entries.set(1, .parties([ActIndexTests.key]))
        let index = try ActIndex(open.office.ledger) { try entries.content($0) }
        #expect(try found(index).found == [1, 0])
        entries.set(2, .erasure(of: 1))
        try index.retry()
        let (left, isWhole) = try found(index)
        #expect(left == [0] && isWhole)
    }

    @Test func whatWasErasedIsForgottenAtOnce() async throws {
        let open = try await office(2)
        let entries = Entries()
        for index in [0, 1] as [UInt64] { entries.set(index, .parties([ActIndexTests.key])) }
        let index = try ActIndex(open.office.ledger) { try entries.content($0) }
        #expect(try found(index).found == [1, 0])
        try index.forget([1])
        #expect(try found(index).found == [0])
    }
}

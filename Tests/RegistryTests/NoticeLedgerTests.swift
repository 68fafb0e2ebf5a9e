import Foundation
import Registry
import Testing

private struct Plain: StateCipher {
    func seal(_ bytes: [UInt8], nonce: [UInt8]) -> [UInt8] { bytes }
    func open(_ sealed: [UInt8], nonce: [UInt8]) -> [UInt8] { sealed }
}

/// What ties notices to the ledger.
@Suite final class NoticeLedgerTests {
    private let path = NSTemporaryDirectory() + "notices-\(UUID().uuidString).sqlite"
    private let bat = NoticeContact(party: 0, address: "bat@example.mn", language: .mn)

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func store() throws -> NoticeStore {
        NoticeStore(try StateDatabase(path: path), cipher: Plain()) { count in
            (0..<count).map { _ in UInt8.random(in: 0...255) }
        }
    }

    private func register(_ act: [UInt8], by registration: [UInt8]?, _ store: NoticeStore) throws {
        try store.register([bat], act: act, number: "NT012-2026-000017", time: 5, now: 6, registration: registration)
    }

    @Test func anActIsForgottenByTheRecordThatRegisteredIt() throws {
        let store = try store()
        #expect(try !store.hasRegistrations())
        try register([1], by: [0x11], store)
        try register([2], by: [0x22], store)
        #expect(try store.hasRegistrations())
        // One that nobody was to be told of is passed over.
        try store.forget(registrations: [[0x33], [0x11]])
        #expect(try store.contacts(ofAct: [1]).isEmpty && store.notices(ofAct: [1]).isEmpty)
        #expect(try store.contacts(ofAct: [2]).count == 1 && store.due(at: 6, limit: 9).count == 1)
        try store.forget(registrations: [[0x11], [0x22]])
        #expect(try !store.hasRegistrations() && store.due(at: 6, limit: 9).isEmpty)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).range(of: Data(bat.address.utf8)) == nil)
    }

    @Test func anActForgottenByItsNumberLeavesNothingThatLeadsToIt() throws {
        let store = try store()
        try register([1], by: [0x11], store)
        try store.forget(act: [1])
        #expect(try !store.hasRegistrations())
    }

    @Test func aContactOfBeforeIsBoundWhenTheSameFilingIsRepeated() throws {
        let store = try store()
        try register([1], by: nil, store)
        #expect(try !store.hasRegistrations())
        try register([1], by: [0x11], store)
        try store.forget(registrations: [[0x11]])
        #expect(try store.contacts(ofAct: [1]).isEmpty)
    }

    @Test func thePlaceInTheLedgerIsKept() throws {
        #expect(try store().position() == nil)
        try store().setPosition(17)
        try store().setPosition(18)
        #expect(try store().position() == 18)
    }
}

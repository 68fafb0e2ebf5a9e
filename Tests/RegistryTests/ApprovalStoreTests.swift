import Foundation
import Registry
import Synchronization
import Testing

private struct Masked: StateCipher {
    func seal(_ bytes: [UInt8], nonce: [UInt8]) -> [UInt8] { bytes.map { $0 ^ 0xa5 } }
    func open(_ sealed: [UInt8], nonce: [UInt8]) -> [UInt8] { sealed.map { $0 ^ 0xa5 } }
}

private struct NotNow: Error {}

@Suite final class ApprovalStoreTests {
    private let path = NSTemporaryDirectory() + "approvals-\(UUID().uuidString).sqlite"
    private let content = Array("erase 17".utf8)

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func store() throws -> ApprovalStore {
        ApprovalStore(try StateDatabase(path: path), cipher: Masked()) { Array(repeating: 1, count: $0) }
    }

    private func add(_ store: ApprovalStore, _ content: [UInt8]? = nil, limit: Int = 10) throws -> (
        id: Int64, isNew: Bool
    )? {
        let content = content ?? self.content
        return try store.add(kind: "erase", content: content, at: 5, limit: limit) { $0.content == content }
    }

    @Test func aRequestIsThereAfterACrashAndSealed() throws {
        let id = try #require(try add(store())).id
        let kept = try #require(try store().approval(id))
        #expect(kept.kind == "erase" && kept.state == .waiting && kept.content == content)
        #expect(kept.created == 5 && kept.decided == nil)
        let file = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(file.range(of: Data(content)) == nil)
        #expect(file.range(of: Data("waiting".utf8)) != nil)
    }

    @Test func anEqualRequestThatWaitsIsTheSame() throws {
        let store = try store()
        let id = try #require(try add(store)).id
        let again = try #require(try add(store))
        #expect(again.id == id && !again.isNew)
        try store.change(id, at: 6) { _ in (.refused, []) }
        let next = try #require(try add(store))
        #expect(next.id != id && next.isNew)
    }

    @Test func noMoreWaitThanTheLimit() throws {
        let store = try store()
        #expect(try add(store, [1], limit: 2) != nil)
        let second = try #require(try add(store, [2], limit: 2)).id
        #expect(try add(store, [3], limit: 2) == nil)
        try store.change(second, at: 6) { ($0.state == .waiting ? .approved : .done, $0.content) }
        #expect(try add(store, [3], limit: 2) != nil)
    }

    @Test func aChangeThatIsGivenUpLeavesEverythingAsItWas() throws {
        let store = try store()
        let id = try #require(try add(store)).id
        #expect(throws: NotNow.self) { try store.change(id, at: 6) { _ in throw NotNow() } }
        #expect(try store.approval(id)?.state == .waiting)
        #expect(try store.change(id + 1, at: 6) { _ in (.approved, []) } == nil)
    }

    /// Several connections, as several processes would have.
    @Test func ofManyWhoTakeItOneDoes() async throws {
        let id = try #require(try add(store())).id
        let stores = try (0..<4).map { _ in try store() }
        let taken = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 40) { turn in
            do {
                try stores[turn % stores.count].change(id, at: 6) { approval in
                    guard approval.state == .waiting else { throw NotNow() }
                    return (.approved, approval.content)
                }
                taken.add(1, ordering: .relaxed)
            } catch is NotNow {} catch { Issue.record(error) }
        }
        #expect(taken.load(ordering: .relaxed) == 1)
        #expect(try store().approval(id)?.state == .approved)
    }

    @Test func whatWasApprovedAndNeverEndedIsNotForgotten() throws {
        let store = try store()
        let states: [ApprovalState] = [.approved, .done, .refused, .expired]
        for (number, state) in states.enumerated() {
            let id = try #require(try add(store, [UInt8(number)])).id
            try store.change(id, at: 6) { (state, $0.content) }
        }
        try store.forgetDecided(before: 6)
        #expect(try states.map { try store.list($0).count } == [1, 1, 1, 1])
        try store.forgetDecided(before: 7)
        #expect(try states.map { try store.list($0).count } == [1, 0, 0, 0])
    }
}

import Foundation
import Registry
import Testing

private struct Masked: StateCipher {
    func seal(_ bytes: [UInt8], nonce: [UInt8]) -> [UInt8] { bytes.map { $0 ^ 0xa5 } }
    func open(_ sealed: [UInt8], nonce: [UInt8]) -> [UInt8] { sealed.map { $0 ^ 0xa5 } }
}

@Suite final class HandOverStoreTests {
    private let path = NSTemporaryDirectory() + "hand-overs-\(UUID().uuidString).sqlite"
    private let (one, other) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
    private let content = Array("to NT002".utf8)

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func store() throws -> HandOverStore {
        HandOverStore(try StateDatabase(path: path), cipher: Masked()) { Array(repeating: 1, count: $0) }
    }

    @Test func aRequestIsThereAfterACrashAndSealed() throws {
        let id = try #require(try store().add(content, of: one, at: 5))
        let kept = try #require(try store().request(of: one))
        #expect(kept.id == id && kept.state == .waiting && kept.created == 5 && kept.decided == nil)
        #expect(kept.content == content)
        #expect(try store().request(of: other) == nil)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).range(of: Data(content)) == nil)
    }

    @Test func sentTwiceItIsOneAndAnotherWaits() throws {
        let store = try store()
        let id = try store.add(content, of: one, at: 5)
        #expect(try store.add(content, of: one, at: 6) == id)
        #expect(try store.add([1], of: one, at: 6) == nil)
        #expect(try store.add([1], of: other, at: 6) != nil)
        #expect(try store.open().count == 2)
    }

    @Test(arguments: [HandOverRequest.State.refused, .withdrawn])
    func whatIsOverGivesWayToANewOneUnderAnotherNumber(_ state: HandOverRequest.State) throws {
        let store = try store()
        let id = try #require(try store.add(content, of: one, at: 5))
        #expect(try store.change(id, from: [.waiting], to: state, at: 7))
        #expect(try store.request(of: one)?.state == state && store.open().isEmpty)
        let next = try #require(try store.add(content, of: one, at: 8))
        #expect(next != id)
        #expect(try !store.change(id, from: [.waiting, .taken], to: .taken, at: 9))
        #expect(try store.request(of: one)?.state == .waiting)
    }

    @Test func aRequestThatIsTakenIsNotWithdrawnAndMayBeTakenAgain() throws {
        let store = try store()
        let id = try #require(try store.add(content, of: one, at: 5))
        #expect(try !store.change(id, from: [.waiting], to: .taken, at: 6) { $0.content == [1] })
        #expect(try store.change(id, from: [.waiting, .taken], to: .taken, at: 6) { $0.content == content })
        #expect(try !store.change(id, from: [.waiting], to: .withdrawn, at: 7))
        #expect(try store.add([1], of: one, at: 7) == nil)
        #expect(try store.change(id, from: [.waiting, .taken], to: .taken, at: 8))
        #expect(try store.open().map(\.decided) == [8])
    }
}

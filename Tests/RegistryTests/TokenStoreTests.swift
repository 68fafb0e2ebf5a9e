import Foundation
import Registry
import Testing

/// Enough to show that what is stored is not the subject.
private struct Backwards: SubjectCipher {
    func seal(_ subject: String, forHash hash: [UInt8]) -> [UInt8] { subject.utf8.reversed() + hash }
    func open(_ sealed: [UInt8], forHash hash: [UInt8]) -> String {
        String(decoding: sealed.dropLast(hash.count).reversed(), as: UTF8.self)
    }
}

@Suite struct TokenStoreTests {
    private let path = NSTemporaryDirectory() + "tokens-\(UUID().uuidString).sqlite"
    private let notary = TokenHolder(role: .notary, subject: "NT012")

    @Test func aTokenIsKnownUntilItIsRevoked() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let store = try TokenStore(StateDatabase(path: path), cipher: Backwards())
        let id = try store.add(hash: [1, 2, 3], holder: notary, time: 5)
        #expect(store.holder(ofHash: [1, 2, 3]) == notary)
        #expect(store.holder(ofHash: [1, 2, 4]) == nil)
        #expect(try TokenStore(StateDatabase(path: path), cipher: Backwards()).holder(ofHash: [1, 2, 3]) == notary)
        let stored = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(stored.range(of: Data("NT012".utf8)) == nil)
        #expect(try store.revoke(id: id, time: 6))
        #expect(try !store.revoke(id: id, time: 7))
        #expect(store.holder(ofHash: [1, 2, 3]) == nil)
        #expect(try store.list().map(\.revoked) == [6])
    }

    @Test func rotationReplacesInOneStep() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let store = try TokenStore(StateDatabase(path: path), cipher: Backwards())
        let id = try store.add(hash: [1], holder: notary, time: 5)
        let next = try #require(try store.rotate(id: id, hash: [2], time: 6))
        #expect(next.holder == notary && next.id != id)
        #expect(store.holder(ofHash: [1]) == nil)
        #expect(store.holder(ofHash: [2]) == notary)
        #expect(try store.rotate(id: id, hash: [3], time: 7) == nil)
    }
}

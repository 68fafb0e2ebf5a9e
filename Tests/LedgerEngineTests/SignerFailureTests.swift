import LedgerMerkle
import LedgerStorage
import LedgerTransparency
import Synchronization
import Testing

@testable import LedgerEngine

/// A key that is kept elsewhere, and fails when a test says so.
private final class FailingSigner: CheckpointSigner {
    struct Fault: Error, CustomStringConvertible {
        let description = "the token is gone; plug it in"
    }

    private let signer: any CheckpointSigner
    private let isFailing = Mutex(false)
    private let calls = Mutex(0)

    /// How many signatures were asked for.
    var count: Int { calls.withLock { $0 } }

    init(_ signer: any CheckpointSigner) { self.signer = signer }

    func fail(_ fails: Bool) { isFailing.withLock { $0 = fails } }

    func sign(size: UInt64, root: Digest) throws -> SignedCheckpoint {
        calls.withLock { $0 += 1 }
        guard !isFailing.withLock({ $0 }) else { throw Fault() }
        return try signer.sign(size: size, root: root)
    }
}

@Suite struct SignerFailureTests {
    private func key(_ fixture: Fixture) throws -> SigningKey { try fixture.folder.signingKey(disk: fixture.disk) }

    @Test func nothingIsAcknowledgedWhileTheKeyDoesNotSign() async throws {
        var fixture = try Fixture()
        var promises = Promises(fixture.folder)
        let signer = FailingSigner(NoteSigner(origin: fixture.folder.origin, key: try key(fixture)))
        let ledger = try fixture.open(signer: signer)
        try promises.note(try await ledger.append(entry(1)), entry(1).item)
        signer.fail(true)
        let failure = await #expect(throws: LedgerError.self) { try await ledger.append(entry(2)) }
        #expect(failure == .signerFailed("the token is gone; plug it in"))
        #expect(ledger.size == 1 && ledger.stopReason == failure)
        #expect(throws: LedgerError.self) { try ledger.submit(entry(3)) }
        // It looks again, and stays closed while the key is away.
        for _ in 0..<3 {
            fixture.clock.advance(JournalThread.reopenIntervalMs)
            for _ in 0..<2_000 { await Task.yield() }
        }
        #expect(ledger.stopReason == failure && ledger.size == 1)
        #expect(signer.count > 3)
        signer.fail(false)
        try await fixture.awaitReopening(of: ledger)
        // What nobody was answered is gone: the next entry takes its place.
        #expect(ledger.size == 1)
        try promises.note(try await ledger.append(entry(3)), entry(3).item)
        try promises.check(ledger)
        ledger.close()
        fixture.disk = fixture.disk.crashed(.everything)
        let again = try fixture.open()
        #expect(again.size == 2)
        try promises.check(again)
        again.close()
    }

    @Test func aKeyThatIsAwayAtTheStartIsSaidAsItIs() throws {
        let fixture = try Fixture()
        let signer = FailingSigner(NoteSigner(origin: fixture.folder.origin, key: try key(fixture)))
        signer.fail(true)
        #expect(throws: FailingSigner.Fault.self) { try fixture.open(signer: signer) }
        // The folder is free again.
        signer.fail(false)
        try fixture.open(signer: signer).close()
    }

    @Test func aSignatureThatDoesNotComeIsGivenUp() async throws {
        let fixture = try Fixture()
        let signer = SlowSigner(signer: NoteSigner(origin: fixture.folder.origin, key: try key(fixture)))
        let signing = SigningThread(signer, limitMs: 2_000)
        signer.hold()
        let failure = #expect(throws: SigningError.self) {
            try signing.sign(size: 2, root: SHA256.hash([2]))
        }
        let cause = "\(failure?.cause as Any)"
        #expect(cause.contains("no signature within 2000 ms"))
        // Asked for while the first still hangs, and given up, too: it is not signed later, when nobody waits for it.
        #expect(throws: SigningError.self) { try signing.sign(size: 3, root: SHA256.hash([3])) }
        #expect(signer.count == 1)
        signer.release()
        while signer.isWaiting { await Task.yield() }
        #expect(try signing.sign(size: 1, root: SHA256.hash([1])).size == 1)
        #expect(signer.count == 2)
        signer.hold()
        signing.begin(size: 4, root: SHA256.hash([4]))
        while !signer.isWaiting { await Task.yield() }
        // A thread that hangs in the token does not keep the service from ending.
        signing.close()
        signer.release()
    }

    @Test func whatDoesNotHoldUnderTheVerifierKeyIsNotGivenOut() throws {
        let fixture = try Fixture()
        let own = try key(fixture)
        let other = try SigningKey(name: fixture.folder.origin, seed: [UInt8](repeating: 7, count: 32))
        func signer(_ key: SigningKey) -> ElsewhereSigner {
            ElsewhereSigner(verifierKey: own.verifierKey) { try key.sign(noteText: $0).signature }
        }
        let root = SHA256.hash([9])
        let expected = try NoteSigner(origin: fixture.folder.origin, key: own).sign(size: 5, root: root)
        #expect(try signer(own).sign(size: 5, root: root) == expected)
        #expect(throws: StorageError.self) { try signer(other).sign(size: 5, root: root) }
        #expect(throws: StorageError.self) {
            try ElsewhereSigner(verifierKey: own.verifierKey) { _ in [] }.sign(size: 5, root: root)
        }
    }

    @Test func theFolderKeepsTheAddressAndNoKey() throws {
        let disk = FaultyDisk()
        let key = try SigningKey(name: "example.org/tamga", seed: [UInt8](repeating: 3, count: 32))
        let address = "pkcs11:token=LOG;object=checkpoints?module-path=/lib/m.so"
        func create(_ path: String, _ address: String) throws -> DataFolder {
            try DataFolder.create(
                path: path, origin: "example.org/tamga", logKey: (key.verifierKey.publicKey, address), disk: disk,
                time: 5, random: { count in (0..<count).map { UInt8($0) } })
        }
        let folder = try create("/a", address)
        #expect(folder.verifierKey == key.verifierKey && folder.keyAddress == address)
        #expect(!disk.exists("/a/keys/log.key") && disk.exists("/a/keys/store.key"))
        let again = try DataFolder.open(path: "/a", disk: disk)
        #expect(again.keyAddress == address && again.ledgerID == folder.ledgerID)
        #expect(throws: StorageError.self) { try again.signingKey(disk: disk) }
        #expect(throws: StorageError.self) { try create("/b", "a\nkey b") }
        #expect(throws: StorageError.self) { try create("/b", "") }

        // Said elsewhere: all else stays, and only then.
        struct NotThere: Error {}
        let before = disk.bytes("/a/ledger.conf")
        #expect(throws: NotThere.self) { try folder.moveKey(to: "pkcs11:x", disk: disk) { throw NotThere() } }
        #expect(disk.bytes("/a/ledger.conf") == before)
        let moved = try folder.moveKey(to: "pkcs11:token=B;object=c", disk: disk) {}
        #expect(try DataFolder.open(path: "/a", disk: disk).keyAddress == "pkcs11:token=B;object=c")
        #expect(moved.ledgerID == folder.ledgerID && moved.journalFileLength == folder.journalFileLength)
    }
}

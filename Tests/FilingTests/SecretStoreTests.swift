import Evidence
import Foundation
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Receipts
import Synchronization
import Testing

@testable import Filing

@Suite final class SecretStoreTests {
    let path = NSTemporaryDirectory() + "secrets-\(UUID().uuidString)"
    let clock = HandClock(1_770_881_502_000)
    let folder: DataFolder

    init() throws {
        folder = try DataFolder.create(
            path: path, origin: "example.mn/test", journalFileLength: JournalWriter.leastFileLength, disk: PosixDisk(),
            time: clock.now(), random: randomBytes)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    private func store(cacheLimit: Int = 64) -> SecretStore {
        SecretStore(folder: folder, clock: clock, cacheLimit: cacheLimit)
    }

    private var files: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.secretsPath)) ?? []).sorted()
    }

    @Test func aSecretIsThatOfTheFormatsPage() throws {
        let leaf = try #require(
            Digest(hexadecimal: "93761a1533891848919cf499412d2714549f6091318838d3af6a321c168109f8"))
        #expect(
            hexadecimal(try SecretStore.secret(of: leaf).bytes)
                == "9b9f8d77184e10580f7a8cb4485209ba5d4f846af3d6206eba3629e51eb02cfb")
    }

    @Test func secretsAreDerivedAgainByAnotherProcess() throws {
        let store = store()
        #expect(files.isEmpty)
        let given = try (0..<100).map { try store.next(for: $0 % 3 == 0 ? .permanent : .receipts) }
        #expect(Set(given.map(\.number)).count == 100 && Set(given.map(\.secret)).count == 100)
        // A block for each class, private, named by the clock.
        #expect(files == ["1770881502.key", "1770881503.key"])
        #expect(try PosixDisk().permissions("\(folder.secretsPath)/\(files[0])") == 0o600)
        for reader in [store, self.store(), SecretStore(folder: folder, isReadOnly: true)] {
            for (number, secret) in given { #expect(try reader.secret(number) == secret) }
        }
    }

    @Test func everyProcessBeginsABlockOfItsOwn() throws {
        var numbers = Set<SecretNumber>()
        for _ in 0..<5 {
            let store = store()
            for _ in 0..<3 { numbers.insert(try store.next(for: .receipts).number) }
        }
        #expect(numbers.count == 15 && Set(numbers.map(\.block)).count == 5)
        #expect(numbers.allSatisfy { $0.number < 3 })
    }

    @Test func theNumberAfterARestoredFolderIsTheClocks() throws {
        let first = try store().next(for: .receipts).number
        let copy = try PosixDisk().readAll("\(folder.secretsPath)/\(files[0])")
        clock.advance(seconds: 100)
        let lost = try store().next(for: .receipts).number
        // The folder of keys is restored from a copy that knows the first block alone.
        try FileManager.default.removeItem(atPath: folder.secretsPath)
        try PosixDisk().makeDirectory(folder.secretsPath)
        try PosixDisk().replace("\(folder.secretsPath)/\(first.block).key", with: copy)
        clock.advance(seconds: 100)
        let next = try store().next(for: .receipts).number
        #expect(next.block > lost.block)
        #expect(throws: StorageError.self) { try store().secret(lost) }
        // A clock that stands still or goes wild takes no number twice either.
        let wild = SecretStore(folder: folder, clock: HandClock(UInt64.max))
        #expect(try wild.next(for: .receipts).number.block == 0xf000_0000)
        #expect(try SecretStore(folder: folder, clock: HandClock(0)).next(for: .receipts).number.block == 0xf000_0001)
    }

    @Test func afterABlockComesTheNext() throws {
        let store = store()
        var numbers = Set<SecretNumber>()
        var last: (number: SecretNumber, secret: RecordSecret)?
        for _ in 0..<65_538 {
            last = try store.next(for: .receipts)
            numbers.insert(try #require(last).number)
        }
        #expect(numbers.count == 65_538 && files.count == 2)
        let end = try #require(last)
        #expect(end.number.number == 1 && end.number.block == 1_770_881_503)
        #expect(try self.store().secret(end.number) == end.secret)
    }

    @Test func threadsNeverGetTheSameSecret() async throws {
        let store = store()
        let all = try await withThrowingTaskGroup(of: [SecretNumber].self) { group in
            for _ in 0..<8 {
                group.addTask { try (0..<500).map { _ in try store.next(for: .receipts).number } }
            }
            return try await group.reduce(into: Set<SecretNumber>()) { $0.formUnion($1) }
        }
        #expect(all.count == 4_000)
    }

    @Test(arguments: [1, 64]) func anErasedSecretIsGoneForEverybodyAndOthersStay(_ cacheLimit: Int) throws {
        let store = store(cacheLimit: cacheLimit)
        let given = try (0..<20).map { _ in try store.next(for: .receipts) }
        let other = try store.next(for: .permanent)
        for (number, secret) in given + [other] { #expect(try store.secret(number) == secret) }
        let gone = [given[0].number, given[7].number, given[19].number, other.number]
        try store.erase(gone)
        try store.erase(gone)
        for reader in [store, self.store(), SecretStore(folder: folder, isReadOnly: true)] {
            for (number, secret) in given + [other] {
                if gone.contains(number) {
                    #expect(throws: SecretError.erased(number)) { try reader.secret(number) }
                } else {
                    #expect(try reader.secret(number) == secret)
                }
            }
        }
        // Giving out goes on where it stood.
        let next = try store.next(for: .receipts)
        #expect(next.number.block == given[0].number.block && next.number.number == 20)
        #expect(try self.store().secret(next.number) == next.secret)
    }

    @Test func aBlockOfWhichAllIsErasedKeepsItsNumber() throws {
        let store = store()
        let receipt = try store.next(for: .receipts)
        let act = try store.next(for: .permanent)
        clock.advance(seconds: 1_000)
        let later = try self.store().next(for: .receipts)
        try store.erase((0..<KeyTree.leafCount).map { SecretNumber(block: receipt.number.block, number: UInt16($0)) })
        #expect(throws: SecretError.erased(receipt.number)) { try store.secret(receipt.number) }
        #expect(try store.secret(act.number) == act.secret)
        // Its number is never given again, and this process begins another block.
        #expect(try store.next(for: .receipts).number.block > later.number.block)
    }

    @Test func aDamagedBlockKeepsNoOthersSecrets() throws {
        let store = store()
        let receipt = try store.next(for: .receipts)
        let act = try store.next(for: .permanent)
        let (first, second) = receipt.number.block < act.number.block ? (receipt, act) : (act, receipt)
        let path = "\(folder.secretsPath)/\(first.number.block).key"
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
        #expect(throws: StorageError.self) { try store.erase([first.number, second.number]) }
        #expect(throws: SecretError.erased(second.number)) { try self.store().secret(second.number) }
    }

    @Test func aMissingBlockIsNamed() throws {
        let given = try store().next(for: .receipts)
        let file = "\(folder.secretsPath)/\(given.number.block).key"
        try FileManager.default.removeItem(atPath: file)
        do {
            _ = try store().secret(given.number)
            Issue.record("a secret came from nowhere")
        } catch let error as StorageError {
            #expect(error.code == .keyMissing && error.reason.contains(file))
        }
    }

    @Test func whoReadsMakesNothing() throws {
        let reader = SecretStore(folder: folder, isReadOnly: true)
        #expect(throws: LedgerError.self) { try reader.next(for: .receipts) }
        #expect(throws: LedgerError.self) { try reader.erase([SecretNumber(block: 1, number: 0)]) }
        #expect(!FileManager.default.fileExists(atPath: folder.secretsPath))
    }
}

@Suite struct StoredVersionTests {
    @Test func aRecordStoredWithItsSecretIsStillRead() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let secret = try #require(RecordSecret(randomBytes(32)))
        let record = try Record(
            kind: .receipt, secret: secret,
            fields: ["merchant": Desk.merchant.tin, "chain": "operator", "sequence": "0", "total": "112000"])
        // As versions before wrote it: nothing under keys/secrets belongs to it.
        let commitment = record.commitment
        let vault = desk.registrar.vault
        let payload = try vault.seal(StoredRecord(record), commitment: commitment)
        let item = JournalItem(
            entry: Entry(kind: .receipt, recorded: 0, commitment: commitment).encoded,
            keys: [vault.key(.issuerHead, Desk.merchant.tin)], payload: payload)
        let index = try await desk.ledger.append(Submission(item: item, timeOffset: 2)).index
        try desk.reopen()
        let filed = try desk.registrar.record(at: index)
        #expect(filed.stored.secretNumber == nil && filed.commitment == commitment)
        // The chain goes on from it with a record of the new version.
        let next = try await desk.receipts.file(Desk.coffee()).filed
        #expect(next.text("sequence") == "1" && next.text("previous") == commitment.description)
        #expect(try desk.registrar.record(at: next.index).stored.secretNumber != nil)
        #expect(try Audit(desk.registrar).run().records == 3)
    }
}

/// The real disk, out of room for new blocks as long as a test says so.
private final class FullDisk: Disk {
    let isFull = Mutex(true)
    private let disk = PosixDisk()

    func open(_ path: String, readOnly: Bool, create: Bool) throws(DiskError) -> any DiskFile {
        if create, isFull.withLock({ $0 }) {
            throw DiskError(code: .full, operation: "open", path: path, reason: "no room")
        }
        return try disk.open(path, readOnly: readOnly, create: create)
    }

    func list(_ directory: String) throws(DiskError) -> [String] { try disk.list(directory) }
    func exists(_ path: String) -> Bool { disk.exists(path) }
    func permissions(_ path: String) throws(DiskError) -> UInt32 { try disk.permissions(path) }
    func makeDirectory(_ path: String) throws(DiskError) { try disk.makeDirectory(path) }
    func rename(_ from: String, to: String) throws(DiskError) { try disk.rename(from, to: to) }
    func remove(_ path: String) throws(DiskError) { try disk.remove(path) }
    func synchronizeDirectory(_ path: String) throws(DiskError) { try disk.synchronizeDirectory(path) }
}

@Suite struct FullDiskTests {
    @Test func withoutRoomForABlockFilingIsRefusedUntilThereIsSome() async throws {
        let desk = try Desk()
        let disk = FullDisk()
        let store = SecretStore(folder: desk.ledger.folder, disk: disk, clock: desk.clock)
        let registrar = Registrar(ledger: desk.ledger, vault: desk.registrar.vault, secrets: store)
        let register = try IssuerRegister(registrar)
        do {
            _ = try await register.enrol(.merchant(Desk.merchant))
            Issue.record("a record was filed without a secret on disk")
        } catch LedgerError.diskFull(let reason) {
            #expect(reason.contains("keys/secrets"))
        }
        #expect(desk.ledger.size == 0)
        disk.isFull.withLock { $0 = false }
        #expect(try await register.enrol(.merchant(Desk.merchant))?.text("sequence") == "0")
        #expect(try registrar.record(at: 0).text("id") == Desk.merchant.tin)
    }
}

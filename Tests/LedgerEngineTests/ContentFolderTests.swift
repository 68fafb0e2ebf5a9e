import LedgerMerkle
import LedgerStorage
import Testing

@testable import LedgerEngine

@Suite struct ContentFolderTests {
    private let bytes = [UInt8](repeating: 5, count: 70_000)
    private var digest: Digest { SHA256.hash(bytes) }

    /// A disk with a data folder's place, and everything on it durable.
    private func disk() throws -> FaultyDisk {
        let disk = FaultyDisk()
        try disk.makeDirectory("/data")
        try disk.synchronizeDirectory("/")
        return disk.crashed(.everything)
    }

    @Test func whatIsKeptIsThereOnceAndWhole() throws {
        let disk = try disk()
        let folder = ContentFolder(path: "/data/validation", disk: disk)
        #expect(try folder.digests().isEmpty && !folder.contains(digest))
        #expect(throws: DiskError.self) { try folder.bytes(of: digest) }
        try folder.keep(bytes, as: digest)
        try folder.keep(bytes, as: digest)
        try folder.keep([1], as: SHA256.hash([1]))
        // What others put there is not ours.
        try disk.replace("/data/validation/README", with: [1])
        try disk.replace("/data/validation/\(digest.description.uppercased())", with: [1])
        #expect(try Set(folder.digests()) == [digest, SHA256.hash([1])])
        #expect(try folder.bytes(of: digest) == bytes && folder.contains(digest))
        #expect(!ContentFolder.isName("\(digest).new") && !ContentFolder.isName("../ledger.conf"))
    }

    @Test func aFileThatIsAnotherIsNotGivenOut() throws {
        let disk = try disk()
        let folder = ContentFolder(path: "/data/validation", disk: disk)
        try folder.keep(bytes, as: digest)
        try disk.replace(folder.file(of: digest), with: bytes + [0])
        let failure = #expect(throws: StorageError.self) { try folder.bytes(of: digest) }
        #expect(failure?.code == .corrupt)
        let large = [UInt8](repeating: 0, count: ContentFolder.sizeLimit + 1)
        #expect(throws: DiskError.self) { try folder.keep(large, as: digest) }
    }

    /// Cut off at any operation: the name stands for the whole content, or is not there; and what was answered is there.
    @Test func aCrashLeavesTheWholeFileOrNone() throws {
        let calm = try disk()
        let before = calm.operationCount
        try ContentFolder(path: "/data/validation", disk: calm).keep(bytes, as: digest)
        let count = calm.operationCount - before
        #expect(count >= 5)
        for operation in 1...count + 1 {
            let disk = try disk()
            disk.crash(atOperation: disk.operationCount + operation)
            let folder = ContentFolder(path: "/data/validation", disk: disk)
            let isKept = (try? folder.keep(bytes, as: digest)) != nil
            #expect(isKept == (operation > count))
            for seed in 1...8 as ClosedRange<UInt64> {
                let after = ContentFolder(path: "/data/validation", disk: disk.crashed(.random(seed: seed)))
                let isThere = after.contains(digest)
                #expect(isThere || !isKept)
                if isThere { #expect(try after.bytes(of: digest) == bytes) }
                // The next call mends whatever is left.
                try after.keep(bytes, as: digest)
                #expect(try after.bytes(of: digest) == bytes)
            }
        }
    }

    @Test func aBackupCopiesWhatItLacksAndNothingDamaged() throws {
        let fixture = try Fixture()
        let own = ContentFolder(path: fixture.folder.validationPath, disk: fixture.disk)
        try own.keep(bytes, as: digest)
        try own.keep([1], as: SHA256.hash([1]))
        try fixture.disk.replace(own.file(of: SHA256.hash([1])), with: [2])
        try fixture.open().close()
        let backup = LedgerBackup(of: fixture.folder, to: "/copy", keys: nil, disk: fixture.disk)
        let report = try backup.run()
        #expect(report.damage.count == 1 && report.damage[0].contains("\(SHA256.hash([1]))"))
        let copies = ContentFolder(path: "/copy/validation", disk: fixture.disk)
        #expect(try copies.digests() == [digest])
        try fixture.disk.replace(copies.file(of: digest), with: [])
        try own.keep([1], as: SHA256.hash([1]))
        // Damage was said: the next one reads all of it again.
        #expect(try backup.run().damage.isEmpty)
        #expect(try copies.bytes(of: digest) == bytes && copies.bytes(of: SHA256.hash([1])) == [1])
    }
}

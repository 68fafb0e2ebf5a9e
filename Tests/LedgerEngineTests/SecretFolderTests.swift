import LedgerMerkle
import Testing

@testable import LedgerEngine
@testable import LedgerStorage

/// Secret blocks on a disk that fails, tears and loses power.
@Suite struct SecretFolderTests {
    static let ledgerID = SHA256.hash(Array("ledger".utf8))
    static let path = "/keys/secrets"
    static let punctured: [UInt16] = [0, 700, 701]
    static let number: UInt32 = 1_764_028_800
    static let losses: [FaultyDisk.Loss] = [
        .nothing, .everything, .random(seed: 1), .random(seed: 2), .random(seed: 3), .random(seed: 4),
    ]

    let before = SecretFolderTests.block(KeyTree(root: SHA256.hash(Array("root".utf8))))
    let after: SecretBlock

    init() {
        var block = before
        block.tree.puncture(SecretFolderTests.punctured)
        after = block
    }

    private static func block(_ tree: KeyTree) -> SecretBlock {
        SecretBlock(ledgerID: ledgerID, number: number, retentionClass: 2, tree: tree)
    }

    private func folder(_ disk: FaultyDisk, ledgerID: Digest = SecretFolderTests.ledgerID) -> SecretFolder {
        SecretFolder(path: SecretFolderTests.path, disk: disk, ledgerID: ledgerID)
    }

    private func disk(holding block: SecretBlock?) throws -> FaultyDisk {
        let disk = FaultyDisk()
        try disk.makeDirectory("/keys")
        if let block { try folder(disk).create(block) }
        return disk.crashed(.everything)
    }

    private var file: String { folder(FaultyDisk()).path(of: SecretFolderTests.number) }

    /// The keys of a block that the other no longer has: nothing may hold them any more.
    private func traces(of block: SecretBlock, without kept: SecretBlock, on disk: FaultyDisk) -> [String] {
        let gone = Set(block.tree.nodes).subtracting(kept.tree.nodes).map(\.key.bytes)
        return disk.names(under: "/").filter { name in
            let bytes = disk.bytes(name)
            return gone.contains { key in bytes.indices.contains { bytes[$0...].starts(with: key) } }
        }
    }

    @Test func aBlockWhoseMakingBrokeOffIsNone() throws {
        for length in [0, 1, 40, before.encoded.count - 1] {
            let disk = try disk(holding: nil)
            try disk.makeDirectory(SecretFolderTests.path)
            let half = try disk.open(file + ".new", readOnly: false, create: true)
            try half.write(Array(before.encoded.prefix(length)), at: 0)
            #expect(try folder(disk).isStillborn(SecretFolderTests.number))
            try folder(disk).settle()
            #expect(disk.names(under: SecretFolderTests.path).isEmpty)
            try folder(disk).create(before)
            #expect(try !folder(disk).isStillborn(SecretFolderTests.number))
        }
    }

    @Test func aBlockIsReadBackWithItsMode() throws {
        let disk = try disk(holding: before)
        #expect(file == "/keys/secrets/1764028800.key")
        #expect(folder(disk).path(of: 7) == "/keys/secrets/0000000007.key")
        #expect(try folder(disk).read(SecretFolderTests.number) == before)
        #expect(try folder(disk).numbers() == [SecretFolderTests.number])
        #expect(throws: StorageError.self) { try folder(disk).create(after) }
        #expect(try folder(disk).read(SecretFolderTests.number) == before)
        disk.setPermissions(file, 0o640)
        #expect(code { try folder(disk).read(SecretFolderTests.number) } == .exposedKey)
    }

    @Test func whatIsMissingForeignOrUnderAnotherNameIsNamed() throws {
        let disk = try disk(holding: before)
        #expect(code { try folder(disk).read(7) } == .keyMissing)
        #expect(code { try folder(disk, ledgerID: .zero).read(SecretFolderTests.number) } == .foreignLedger)
        try disk.replace(folder(disk).path(of: 7), with: before.encoded)
        #expect(code { try folder(disk).read(7) } == .corrupt)
        disk.flipBit(file, byte: 60)
        do {
            _ = try folder(disk).read(SecretFolderTests.number)
            Issue.record("a flipped bit was taken")
        } catch let error as StorageError {
            #expect(error.code == .corrupt && error.reason.contains(file))
        }
    }

    @Test func afterAReplacementNoFileHoldsTheOldKeys() throws {
        let disk = try disk(holding: before)
        #expect(traces(of: before, without: after, on: disk) == [file])
        // Opened before: what the name stood for then.
        let old = try disk.open(file, readOnly: true, create: false)
        try folder(disk).replace(with: after)
        #expect(try folder(disk).read(SecretFolderTests.number) == after)
        #expect(traces(of: before, without: after, on: disk) == [])
        #expect(disk.names(under: "/") == [file])
        #expect(try old.read(count: old.size(), at: 0).allSatisfy { $0 == 0 })
        // Durable: also after the power goes.
        let next = disk.crashed(.everything)
        #expect(try folder(next).read(SecretFolderTests.number) == after)
        #expect(traces(of: before, without: after, on: next) == [])
    }

    @Test(arguments: losses.indices) func aCrashAnywhereLeavesOldOrNewNeverNone(_ index: Int) throws {
        let count = try operations { disk in try folder(disk).replace(with: after) }
        #expect(count >= 9)
        for operation in 1...count + 1 {
            let disk = try disk(holding: before)
            disk.crash(atOperation: operation)
            let isDone = (try? folder(disk).replace(with: after)) != nil
            #expect(isDone == (operation > count))
            let next = disk.crashed(SecretFolderTests.losses[index])
            // A reader that mends nothing, then a writer that does.
            let found = try folder(next).read(SecretFolderTests.number)
            #expect(found == before || found == after, "operation \(operation)")
            if isDone { #expect(found == after) }
            #expect(try folder(next).numbers() == [SecretFolderTests.number])
            try folder(next).settle()
            #expect(try folder(next).read(SecretFolderTests.number) == found, "operation \(operation)")
            #expect(next.names(under: "/") == [file], "operation \(operation)")
            try folder(next).replace(with: after)
            #expect(try folder(next).read(SecretFolderTests.number) == after)
            #expect(traces(of: before, without: after, on: next) == [], "operation \(operation)")
        }
    }

    @Test(arguments: losses.indices) func aSecondCrashWhileMendingLeavesOldOrNewToo(_ index: Int) throws {
        let count = try operations { disk in try folder(disk).replace(with: after) }
        for operation in 1...count {
            let disk = try disk(holding: before)
            disk.crash(atOperation: operation)
            _ = try? folder(disk).replace(with: after)
            for second in 1...12 {
                let next = disk.crashed(SecretFolderTests.losses[index])
                next.crash(atOperation: second)
                _ = try? folder(next).settle()
                let last = next.crashed(SecretFolderTests.losses[index])
                let found = try folder(last).read(SecretFolderTests.number)
                #expect(found == before || found == after, "operations \(operation) and \(second)")
                try folder(last).replace(with: after)
                #expect(try folder(last).read(SecretFolderTests.number) == after)
                #expect(last.names(under: "/") == [file])
                #expect(traces(of: before, without: after, on: last) == [])
            }
        }
    }

    @Test func aFailedOperationIsToldAndNothingIsLost() throws {
        let count = try operations { disk in try folder(disk).replace(with: after) }
        for operation in 1...count {
            let disk = try disk(holding: before)
            disk.fail(operation: operation, with: .full)
            do { try folder(disk).replace(with: after) } catch is DiskError {}
            let found = try folder(disk).read(SecretFolderTests.number)
            #expect(found == before || found == after, "operation \(operation)")
            try folder(disk).replace(with: after)
            #expect(try folder(disk).read(SecretFolderTests.number) == after)
            #expect(disk.names(under: "/") == [file])
        }
    }

    @Test(arguments: losses.indices) func aBlockWhoseMakingBrokeOffIsWholeOrNotThereAndItsNumberIsTaken(_ index: Int)
        throws
    {
        for operation in 1...12 {
            let disk = try disk(holding: nil)
            disk.crash(atOperation: operation)
            let isDone = (try? folder(disk).create(before)) != nil
            let next = disk.crashed(SecretFolderTests.losses[index])
            let isThere = !next.names(under: SecretFolderTests.path).isEmpty
            #expect(try folder(next).numbers().isEmpty == !isThere)
            if isDone { #expect(try folder(next).read(SecretFolderTests.number) == before) }
            try folder(next).settle()
            if let found = try? folder(next).read(SecretFolderTests.number) { #expect(found == before) }
            #expect(next.names(under: "/").allSatisfy { !$0.hasSuffix(".new") })
        }
    }

    @Test func aStrayFileDoesNotBringBackWhatWasPunctured() throws {
        let disk = try disk(holding: after)
        try disk.replace(file + ".new", with: before.encoded)
        #expect(try folder(disk).read(SecretFolderTests.number) == after)
        try folder(disk).settle()
        #expect(try folder(disk).read(SecretFolderTests.number) == after)
        #expect(disk.names(under: "/") == [file])
        try disk.replace(file + ".new", with: [UInt8](repeating: 7, count: 40))
        #expect(try folder(disk).read(SecretFolderTests.number) == after)
    }

    private func operations(_ body: (FaultyDisk) throws -> Void) throws -> Int {
        let disk = try disk(holding: before)
        let start = disk.operationCount
        try body(disk)
        return disk.operationCount - start
    }

    private func code(_ body: () throws -> SecretBlock) -> StorageError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? StorageError)?.code
        }
    }
}

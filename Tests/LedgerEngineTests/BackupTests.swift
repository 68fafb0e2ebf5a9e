import LedgerMerkle
import LedgerStorage
import Testing

@testable import LedgerEngine

@Suite struct BackupTests {
    private static let (target, keys) = ("/backup", "/other-keys")

    private func backup(_ small: SteppedLedger, on disk: FaultyDisk) -> LedgerBackup {
        LedgerBackup(of: small.fixture.folder, to: Self.target, keys: Self.keys, disk: disk)
    }

    /// The size of what a backup gives on a machine that knows nothing of it; `nil` when it says that it is unfinished.
    private func restoredSize(_ small: SteppedLedger, on disk: FaultyDisk, at path: String) throws -> UInt64? {
        do {
            let report = try LedgerRestore(from: Self.target, keys: Self.keys, to: path, disk: disk).run(.operatorsWord)
            let signer = NoteSigner(
                origin: report.folder.origin, key: try report.folder.signingKey(disk: disk))
            let ledger = try LedgerSteps(
                folder: report.folder, configuration: small.fixture.configuration, disk: disk,
                clock: small.fixture.clock, signer: signer
            ).ledger
            #expect(ledger.size == report.size)
            for (index, item) in small.promises.items where index < ledger.size {
                #expect(try ledger.item(at: index) == item)
            }
            return report.size
        } catch let error as StorageError where error.reason.contains("begun and not finished") {
            return nil
        }
    }

    @Test(arguments: [FaultyDisk.Loss.everything, .nothing, .random(seed: 5)])
    func aCrashAtAnyStepLeavesTheEarlierBackupOrSaysThatItIsUnfinished(_ loss: FaultyDisk.Loss) throws {
        var small = try SteppedLedger(segmentHeight: 2)
        try small.file(11)
        _ = try small.compact(sealingTail: true)
        _ = try backup(small, on: small.fixture.disk).run()
        try small.file(9)
        _ = try small.compact()
        let base = small.fixture.disk.crashed(.everything)
        var outcomes: [UInt64?: Int] = [:]
        var operation = 1
        // Each of them where nothing is lost; with losses those that differ in it.
        let step = if case .nothing = loss { 2 } else { 5 }
        while true {
            let disk = base.crashed(.nothing)
            disk.crash(atOperation: operation)
            _ = try? backup(small, on: disk).run()
            let isComplete = !disk.isDead
            let after = disk.crashed(loss)
            let size = try restoredSize(small, on: after, at: "/restored")
            #expect(size == nil || size == 11 || size == 20, "operation \(operation): \(String(describing: size))")
            outcomes[size, default: 0] += 1
            // Whatever was left, the next run makes it whole.
            #expect(try backup(small, on: after).run().size == 20)
            if operation % 8 == 0 {
                #expect(try restoredSize(small, on: after, at: "/restored-later") == 20, "operation \(operation)")
            }
            if isComplete { break }
            operation += step
        }
        #expect(outcomes[11] ?? 0 > 10 && outcomes[nil as UInt64?] ?? 0 > 3 && outcomes[20] ?? 0 > 0, "\(outcomes)")
    }

    @Test func onlyWhatChangedIsCopied() throws {
        var small = try SteppedLedger(segmentHeight: 2)
        try small.file(16)
        _ = try small.compact()
        let first = try backup(small, on: small.fixture.disk).run()
        #expect(first.size == 16 && first.byteCount > 0 && first.damage.isEmpty)
        #expect(try backup(small, on: small.fixture.disk).run().byteCount == 0)
        try small.file(4)
        _ = try small.compact()
        let further = try backup(small, on: small.fixture.disk).run().byteCount
        #expect(further > 0 && further < first.byteCount / 2)
    }

    @Test func aFullDiskIsToldAndTheEarlierBackupStays() throws {
        var small = try SteppedLedger(segmentHeight: 2)
        try small.file(11)
        _ = try small.compact()
        _ = try backup(small, on: small.fixture.disk).run()
        try small.file(20, payload: 900)
        _ = try small.compact()
        let disk = small.fixture.disk.crashed(.nothing)
        disk.limit(capacity: disk.usedBytes + 3000)
        #expect { try backup(small, on: disk).run() } throws: { ($0 as? DiskError)?.code == .full }
        disk.limit(capacity: .max)
        #expect(try restoredSize(small, on: disk, at: "/restored") == 11)
        #expect(try backup(small, on: disk).run().size == 31)
    }

    /// What lies in the places of a backup, put on another disk.
    private func copyBackup(from disk: FaultyDisk, to other: FaultyDisk) throws {
        for name in disk.names(under: Self.target) + disk.names(under: Self.keys) {
            var folder = ""
            for part in name.split(separator: "/").dropLast() {
                folder += "/\(part)"
                try other.makeDirectory(folder)
            }
            try other.replace(name, with: disk.bytes(name))
        }
    }

    private func isFork(_ error: any Error) -> Bool { (error as? StorageError)?.code == .behindSigner }

    @Test func aBackupThatHasMoreOrOtherEntriesIsNotOverwritten() throws {
        var small = try SteppedLedger(segmentHeight: 2)
        try small.file(5)
        let older = small.fixture.disk.crashed(.nothing)
        try small.file(6)
        _ = try backup(small, on: small.fixture.disk).run()
        try copyBackup(from: small.fixture.disk, to: older)
        #expect { try backup(small, on: older).run() } throws: { isFork($0) }
        // The one that was restored from less goes on, further than the other had come.
        let steps = try SteppedLedger.open(small.fixture, on: older)
        for number in 100..<120 {
            _ = try steps.ledger.submit(entry(number))
            small.fixture.clock.advance(10)
            steps.step()
        }
        #expect(steps.ledger.size == 25)
        #expect { try backup(small, on: older).run() } throws: { isFork($0) }
        #expect(try restoredSize(small, on: older, at: "/restored") == 11)
    }

    @Test func keysOfAnotherLedgerAreNotOverwritten() throws {
        let small = try SteppedLedger(segmentHeight: 2)
        let disk = small.fixture.disk
        try disk.makeDirectory(Self.keys)
        try disk.replace(Self.keys + "/store.key", with: [1, 2, 3])
        #expect {
            try backup(small, on: disk).run()
        } throws: {
            ($0 as? StorageError)?.code == .foreignLedger
        }
        #expect(disk.bytes(Self.keys + "/store.key") == [1, 2, 3] && !disk.exists(Self.keys + "/log.key"))
    }

    @Test func aKeyThatIsGoneCostsNoEarlierBackup() throws {
        var small = try SteppedLedger(segmentHeight: 2)
        try small.file(5)
        let disk = small.fixture.disk
        _ = try backup(small, on: disk).run()
        try small.file(5)
        try disk.remove(small.fixture.folder.keysPath + "/pepper.key")
        #expect(throws: StorageError.self) { try backup(small, on: disk).run() }
        #expect(try restoredSize(small, on: disk, at: "/restored") == 5)
    }

    @Test func twoBackupsIntoOnePlaceWaitForNeither() throws {
        let small = try SteppedLedger(segmentHeight: 2)
        let disk = small.fixture.disk
        _ = try backup(small, on: disk).run()
        let other = try disk.open(Self.target + "/backup.lock", readOnly: false, create: true)
        #expect(try other.tryLock())
        #expect {
            try backup(small, on: disk).run()
        } throws: {
            ($0 as? StorageError)?.code == .locked
        }
        withExtendedLifetime(other) {}
    }

    @Test func whatWasDamagedInTheLedgerIsCopiedAgainOnceItIsWhole() throws {
        var small = try SteppedLedger(segmentHeight: 2)
        try small.file(8)
        _ = try small.compact()
        let disk = small.fixture.disk
        let name = try #require(disk.names(under: small.fixture.folder.segmentsPath).first { $0.hasSuffix(".records") })
        let whole = disk.bytes(name)
        disk.flipBit(name, byte: whole.count / 2)
        #expect(try backup(small, on: disk).run().damage.count == 1)
        let copy = Self.target + "/segments/" + name.split(separator: "/").last.map(String.init)!
        #expect(disk.bytes(copy) != whole)
        disk.flipBit(name, byte: whole.count / 2)
        #expect(try backup(small, on: disk).run().damage.isEmpty)
        #expect(disk.bytes(copy) == whole)
        // A good copy is not given up for a file that nothing vouches for.
        disk.flipBit(name, byte: whole.count / 2)
        try disk.remove(name + ".parity")
        #expect(try backup(small, on: disk).run(again: true).damage.count == 1)
        #expect(disk.bytes(copy) == whole)
    }

    @Test func aDocumentThatWasHandedInAgainIsCopiedAgainAndADamagedOneTakesNoCopysPlace() throws {
        var small = try SteppedLedger(segmentHeight: 2)
        try small.file(4)
        let disk = small.fixture.disk
        let (folder, name) = (small.fixture.folder.documentsPath, String(repeating: "a", count: 64))
        let (source, copy) = ("\(folder)/\(name)", "\(Self.target)/documents/\(name)")
        try disk.makeDirectory(folder)
        func keep(_ salt: UInt8) throws { try disk.replace(source, with: [UInt8](repeating: salt, count: 3000)) }
        try keep(1)
        disk.flipBit(source, byte: 2000)
        #expect(try backup(small, on: disk).run().damage.isEmpty, "whoever has no keys cannot tell")
        // The same document, whole, under another salt.
        try keep(2)
        #expect(try backup(small, on: disk).run().documentByteCount == 3000)
        #expect(disk.bytes(copy) == disk.bytes(source))
        #expect(try backup(small, on: disk).run().documentByteCount == 0)

        disk.flipBit(source, byte: 2000)
        #expect(try backup(small, on: disk).run().damage.isEmpty)
        #expect(try backup(small, on: disk).run(again: true).damage.count == 1)
        #expect(disk.bytes(copy) == [UInt8](repeating: 2, count: 3000))
        disk.flipBit(source, byte: 2000)
        #expect(try backup(small, on: disk).run().damage.isEmpty)
        // A header that does not open.
        disk.flipBit(source, byte: 50)
        #expect(try backup(small, on: disk).run(isKept: { $0 != name }).damage.count == 1)
        #expect(disk.bytes(copy) == [UInt8](repeating: 2, count: 3000))
    }

    @Test func whatWouldForkTheLedgerIsRefused() throws {
        var small = try SteppedLedger(segmentHeight: 2)
        try small.file(11)
        let disk = small.fixture.disk
        _ = try backup(small, on: disk).run()
        let eleven = try small.ledger.newestCheckpoint()
        try small.file(3)
        let newer = try small.ledger.newestCheckpoint()
        let shadow = "/elsewhere/shadow.state"
        _ = try SignerStateFile.create(
            disk: disk, path: shadow, directory: "/elsewhere", ledgerID: small.fixture.folder.ledgerID,
            state: SignerState(size: newer.size, root: newer.root, time: small.fixture.clock.now()))
        func restore(_ witness: LedgerRestore.Witness, shadowPath: String? = nil, at path: String) throws -> UInt64 {
            try LedgerRestore(from: Self.target, keys: Self.keys, to: path, shadowPath: shadowPath, disk: disk)
                .run(witness).size
        }
        #expect { try restore(.signerStates, at: "/a") } throws: { isFork($0) }
        #expect { try restore(.checkpoint(size: newer.size, root: newer.root), at: "/b") } throws: { isFork($0) }
        #expect { try restore(.checkpoint(size: 11, root: newer.root), at: "/c") } throws: { isFork($0) }
        #expect { try restore(.operatorsWord, shadowPath: shadow, at: "/d") } throws: { isFork($0) }
        #expect(!disk.exists("/c/ledger.conf"), "a folder without a configuration is no ledger")
        // A copy that was refused leaves nothing that vouches for it, and a state that says less vouches for nothing.
        let drill = "/elsewhere/drill.state"
        #expect {
            try restore(.checkpoint(size: 11, root: newer.root), shadowPath: drill, at: "/g")
        } throws: {
            isFork($0)
        }
        #expect(!disk.exists(drill))
        _ = try SignerStateFile.create(
            disk: disk, path: drill, directory: "/elsewhere", ledgerID: small.fixture.folder.ledgerID,
            state: SignerState(size: 5, root: small.ledger.root(at: 5), time: small.fixture.clock.now()))
        #expect { try restore(.signerStates, shadowPath: drill, at: "/h") } throws: { isFork($0) }
        #expect(try restore(.checkpoint(size: eleven.size, root: eleven.root), at: "/e") == 11)
        let five = try small.ledger.root(at: 5)
        #expect(try restore(.checkpoint(size: 5, root: five), shadowPath: "/elsewhere/new.state", at: "/f") == 11)
        #expect(disk.exists("/elsewhere/new.state"), "from now on it is known how far was signed")
    }
}

extension Ledger {
    fileprivate func root(at size: UInt64) throws -> Digest {
        try LockedHashes(ledger: self).root(size: size)
    }
}

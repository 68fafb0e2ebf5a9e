import LedgerMerkle
import LedgerStorage
import Testing

@testable import LedgerEngine

@Suite struct OpeningTests {
    private func append(_ numbers: ClosedRange<Int>, to fixture: Fixture) async throws {
        let ledger = try fixture.open()
        for number in numbers { _ = try await ledger.append(entry(number)) }
        ledger.close()
    }

    @Test func anOldCopyIsRefusedWhenTheSignersStateLiesOutside() async throws {
        var fixture = try Fixture(signerStateOutside: true)
        try await append(1...3, to: fixture)
        let old = fixture.disk.crashed(.nothing)
        try await append(4...5, to: fixture)
        let outside = fixture.disk.bytes(Fixture.outside)
        fixture.disk = old
        old.damage(Fixture.outside) { $0 = outside }
        let before = old.names(under: "/").map { old.bytes($0) }
        #expect(#expect(throws: StorageError.self) { try fixture.open() }?.code == .behindSigner)
        #expect(old.names(under: "/").map { old.bytes($0) } == before)
    }

    @Test func aMissingSignersStateIsRefused() async throws {
        let fixture = try Fixture(signerStateOutside: true)
        try await append(1...1, to: fixture)
        for path in [Fixture.outside, fixture.ownState] {
            var other = fixture
            other.disk = fixture.disk.crashed(.nothing)
            try other.disk.remove(path)
            #expect(#expect(throws: StorageError.self) { try other.open() }?.code == .behindSigner)
        }
    }

    @Test func aShadowOfTheSignersStateIsMadeAndCatchesAnOldCopy() async throws {
        var fixture = try Fixture()
        fixture.configuration.signerStateShadow = "/elsewhere/shadow"
        try await append(1...2, to: fixture)
        let size = try fixture.state(in: fixture.disk, "/elsewhere/shadow").size
        #expect(size == 2)
        let old = fixture.disk.crashed(.nothing)
        try await append(3...4, to: fixture)
        let shadow = fixture.disk.bytes("/elsewhere/shadow")
        fixture.disk = old
        old.damage("/elsewhere/shadow") { $0 = shadow }
        #expect(#expect(throws: StorageError.self) { try fixture.open() }?.code == .behindSigner)
        // Without it the copy is taken for the truth: it has all that its own state says.
        fixture.configuration.signerStateShadow = nil
        try fixture.open().close()
    }

    @Test func twoStatesThatDifferAtOneSizeAreRefused() async throws {
        let fixture = try Fixture(signerStateOutside: true)
        try await append(1...1, to: fixture)
        try fixture.disk.remove(Fixture.outside)
        _ = try SignerStateFile.create(
            disk: fixture.disk, path: Fixture.outside, directory: "/elsewhere", ledgerID: fixture.folder.ledgerID,
            state: SignerState(size: 1, root: SHA256.hash([5]), time: 1))
        #expect(#expect(throws: StorageError.self) { try fixture.open() }?.code == .behindSigner)
    }

    @Test func aSecondOpenerIsLockedOutUntilTheFirstCloses() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        #expect(#expect(throws: StorageError.self) { try fixture.open() }?.code == .locked)
        _ = try await ledger.append(entry(1))
        ledger.close()
        for _ in 1...20 { try fixture.open().close() }
    }

    @Test func aReaderBesideTheWriterSeesWhatWasSigned() async throws {
        let fixture = try Fixture()
        let ledger = try fixture.open()
        for number in 1...4 { _ = try await ledger.append(entry(number)) }
        let signer = NoteSigner(
            origin: fixture.folder.origin, key: try fixture.folder.signingKey(disk: fixture.disk))
        let before = fixture.disk.names(under: "/")
        let reader = try Ledger.openForReading(folder: fixture.folder, disk: fixture.disk, signer: signer)
        #expect(reader.size == 4)
        #expect(try reader.item(at: 2) == entry(3).item)
        #expect(throws: LedgerError.self) { try reader.submit(entry(9)) }
        reader.close()
        #expect(fixture.disk.names(under: "/") == before)
        _ = try await ledger.append(entry(5))
        ledger.close()
    }

    @Test func aReaderThatIsToldOfTheShadowRefusesAnOlderCopy() async throws {
        var fixture = try Fixture()
        let shadowPath = "/elsewhere/shadow"
        fixture.configuration.signerStateShadow = shadowPath
        try await append(1...2, to: fixture)
        let old = fixture.disk.crashed(.nothing)
        try await append(3...4, to: fixture)
        let shadow = fixture.disk.bytes(shadowPath)
        old.damage(shadowPath) { $0 = shadow }
        let signer = NoteSigner(origin: fixture.folder.origin, key: try fixture.folder.signingKey(disk: old))
        func read(_ path: String?) throws -> UInt64 {
            var configuration = Ledger.Configuration()
            configuration.signerStateShadow = path
            return try Ledger.openForReading(
                folder: fixture.folder, configuration: configuration, disk: old, signer: signer
            ).size
        }
        #expect(#expect(throws: StorageError.self) { try read(shadowPath) }?.code == .behindSigner)
        #expect(old.bytes(shadowPath) == shadow)
        #expect(try read(nil) == 2)
        // Where no shadow is, none is made.
        #expect(try read("/elsewhere/none") == 2 && !old.exists("/elsewhere/none"))
    }

    @Test func whatIsCutAtTheEndIsNoted() async throws {
        var fixture = try Fixture()
        try await append(1...2, to: fixture)
        let ledger = try fixture.open()
        #expect(ledger.openingNotes.isEmpty)
        ledger.close()
        fixture.disk = fixture.disk.crashed(.nothing)
        let bytes = fixture.disk.bytes(fixture.journalFiles[0])
        let end = try #require(bytes.lastIndex { $0 != 0 }) / 8 * 8 + 8
        fixture.disk.damage(fixture.journalFiles[0]) { $0[end] = 0x54 }
        let again = try fixture.open()
        #expect(again.openingNotes.count == 1 && again.openingNotes[0].contains("byte \(end)"))
        again.close()
    }

    @Test func aKeyThatOthersCanReadIsRefused() throws {
        let fixture = try Fixture()
        for name in ["log.key", "store.key", "pepper.key"] {
            let path = fixture.folder.keysPath + "/" + name
            for mode in [0o640, 0o604, 0o620, 0o601] as [UInt32] {
                fixture.disk.setPermissions(path, mode)
                let error = #expect(throws: StorageError.self) {
                    switch name {
                    case "log.key": _ = try fixture.folder.signingKey(disk: fixture.disk)
                    case "store.key": _ = try fixture.folder.storeKey(disk: fixture.disk)
                    default: _ = try fixture.folder.pepper(disk: fixture.disk)
                    }
                }
                #expect(error?.code == .exposedKey)
                #expect(error?.remedy.contains("chmod 600 " + path) == true)
            }
        }
    }

    @Test func theKeyOfAnotherLedgerIsRefused() throws {
        let fixture = try Fixture()
        let disk = FaultyDisk()
        var generator = Generator(seed: 8)
        let other = try DataFolder.create(
            path: "/other", origin: "example.org/other", disk: disk, time: 1, random: { generator.bytes($0) })
        let key = disk.bytes(other.keysPath + "/log.key")
        fixture.disk.damage(fixture.folder.keysPath + "/log.key") { $0 = key }
        let error = #expect(throws: StorageError.self) { try fixture.folder.signingKey(disk: fixture.disk) }
        #expect(error?.code == .foreignLedger)
    }

    @Test func aFolderThatIsNotEmptyIsNeverOverwritten() throws {
        let fixture = try Fixture()
        let error = #expect(throws: StorageError.self) {
            try DataFolder.create(
                path: Fixture.path, origin: "example.org/tamga", disk: fixture.disk, time: 1,
                random: { [UInt8](repeating: 1, count: $0) })
        }
        #expect(error?.code == .notALedger)
        #expect(
            #expect(throws: StorageError.self) { try DataFolder.open(path: "/elsewhere", disk: fixture.disk) }?.code
                == .notALedger)
    }

    @Test func aConfigurationOfAnotherFormatIsRefused() throws {
        let fixture = try Fixture()
        let path = Fixture.path + "/ledger.conf"
        let text = String(decoding: fixture.disk.bytes(path), as: UTF8.self)
        #expect(try DataFolder.open(path: Fixture.path, disk: fixture.disk).ledgerID == fixture.folder.ledgerID)
        let changes = [
            text.replacing("v1", with: "v2"), text + "origin again\n", text + "word\n",
            text.replacing("key ", with: "clef "), text.replacing("4194304", with: "4194303"),
            text.replacing("4194304", with: "9999999999"), "",
        ]
        for change in changes {
            fixture.disk.damage(path) { $0 = Array(change.utf8) }
            let error = #expect(throws: StorageError.self) {
                try DataFolder.open(path: Fixture.path, disk: fixture.disk)
            }
            #expect(error?.code == .unknownFormat)
        }
    }

    @Test func impossiblePlacesAndLengthsAreRefusedAtCreation() {
        for (length, state) in [(1 << 20, nil), (1 << 33, nil), (4 << 20, "a\nkey b"), (4 << 20, ""), (4 << 20, " a")]
            as [(Int, String?)]
        {
            #expect(throws: StorageError.self) {
                try DataFolder.create(
                    path: "/x", origin: "example.org/x", journalFileLength: length, signerStatePath: state,
                    disk: FaultyDisk(),
                    time: 1, random: { [UInt8](repeating: 1, count: $0) })
            }
        }
    }
}

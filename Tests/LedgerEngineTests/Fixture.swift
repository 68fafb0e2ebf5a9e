import LedgerMerkle
import LedgerStorage
import LedgerTransparency
import Synchronization
import Testing

@testable import LedgerEngine

/// A clock that moves when a test says so.
final class ManualClock: Clock {
    private let times = Mutex((wall: UInt64(1_764_028_800_000), monotonic: UInt64(1_000_000)))

    func now() -> UInt64 { times.withLock { $0.wall } }
    func monotonic() -> UInt64 { times.withLock { $0.monotonic } }

    /// Time goes by.
    func advance(_ milliseconds: UInt64) {
        times.withLock { $0 = ($0.wall + milliseconds, $0.monotonic + milliseconds) }
    }

    /// Somebody sets the wall clock.
    func jump(by milliseconds: Int64) {
        times.withLock { $0.wall = UInt64(Int64($0.wall) + milliseconds) }
    }
}

/// A data folder on a faulty disk, with a clock.
struct Fixture {
    static let path = "/ledger"
    static let outside = "/elsewhere/signer.state"

    var disk: FaultyDisk
    let folder: DataFolder
    let clock = ManualClock()
    var configuration = Ledger.Configuration()

    init(signerStateOutside: Bool = false, segmentHeight: Int = 16) throws {
        disk = FaultyDisk()
        try disk.makeDirectory("/elsewhere")
        var generator = Generator(seed: 7)
        folder = try DataFolder.create(
            path: Fixture.path, origin: "example.org/tamga", journalFileLength: JournalWriter.leastFileLength,
            segmentHeight: segmentHeight, signerStatePath: signerStateOutside ? Fixture.outside : nil, disk: disk,
            time: clock.now(),
            random: { generator.bytes($0) })
        // A disk of its own, so that operations count from the opening.
        disk = disk.crashed(.everything)
        configuration.publishIntervalMs = 1
        // Where time passes in leaps, only tests of scrubbing want it.
        configuration.compaction.scrubDays = 0
    }

    var journalFiles: [String] { disk.names(under: folder.journalPath + "/").filter { $0.hasSuffix(".journal") } }
    var ownState: String { folder.ownSignerStatePath }

    func open(on other: FaultyDisk? = nil, signer: (any CheckpointSigner)? = nil) throws -> Ledger {
        let disk = other ?? disk
        let signer = try signer ?? NoteSigner(origin: folder.origin, key: folder.signingKey(disk: disk))
        return try Ledger.open(folder: folder, configuration: configuration, disk: disk, clock: clock, signer: signer)
    }

    /// Lets the ledger come back from a failure.
    func awaitReopening(of ledger: Ledger) async throws {
        var round = 0
        while let reason = ledger.stopReason {
            if round % 64 == 0 { clock.advance(JournalThread.reopenIntervalMs) }
            round += 1
            // Rounds, not seconds: a ledger that never comes back fails its test instead of hanging it.
            if round > 5_000_000 { throw reason }
            await Task.yield()
        }
    }

    /// Lets the ledger publish everything acknowledged so far.
    func awaitPublishing(of ledger: Ledger) async throws {
        while try ledger.publishedCheckpoint().size < ledger.size {
            clock.advance(1)
            await Task.yield()
        }
    }

    func state(in image: FaultyDisk, _ path: String? = nil) throws -> SignerState {
        let file = try SignerStateFile.open(
            disk: image, path: path ?? ownState, ledgerID: folder.ledgerID, readOnly: true)
        return try #require(file).state
    }
}

/// Lets an idle ledger look again at why it would record nothing.
func awaitStopReason(of ledger: Ledger, _ clock: ManualClock, _ isReached: (LedgerError?) -> Bool) async throws {
    var round = 0
    while !isReached(ledger.stopReason) {
        if round % 64 == 0 { clock.advance(1) }
        round += 1
        if round > 5_000_000 { throw LedgerError.stopped("stop reason \(String(describing: ledger.stopReason))") }
        await Task.yield()
    }
}

/// A raw entry of 42 bytes.
func entry(_ number: Int, payload: Int = 0) -> Submission {
    var generator = Generator(seed: UInt64(number))
    let item = JournalItem(
        entry: generator.bytes(42), keys: [DomainKey(purpose: 9, digest: TreeHash.leaf(generator.bytes(8)))],
        payload: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: payload))
    return Submission(item: item, isUniqueLeaf: true)
}

/// Everything the ledger ever promised, held against everything it ever shows.
struct Promises {
    private(set) var roots: [UInt64: Digest] = [0: TreeHash.empty]
    private(set) var items: [UInt64: JournalItem] = [:]
    let verifierKey: VerifierKey

    init(_ folder: DataFolder) {
        verifierKey = folder.verifierKey
    }

    var size: UInt64 { roots.keys.max() ?? 0 }

    mutating func note(_ acknowledgement: Acknowledgement, _ item: JournalItem) throws {
        let known = items.updateValue(item, forKey: acknowledgement.index)
        #expect(known == nil || known == item, "index \(acknowledgement.index) was promised to two entries")
        #expect(acknowledgement.index < acknowledgement.checkpoint.size)
        try note(acknowledgement.checkpoint)
    }

    mutating func note(_ checkpoint: SignedCheckpoint) throws {
        let known = roots.updateValue(checkpoint.root, forKey: checkpoint.size)
        #expect(known == nil || known == checkpoint.root, "size \(checkpoint.size) was signed with two roots")
        let note = try SignedNote(parsing: checkpoint.note)
        #expect(try note.verified(by: [verifierKey]).count == 1)
        let signed = try Checkpoint(parsing: note.text)
        #expect(signed.isOf(verifierKey) && signed.size == checkpoint.size && signed.root == checkpoint.root)
    }

    /// Holds an open ledger against all of it.
    mutating func check(_ ledger: Ledger) throws {
        #expect(ledger.size >= size)
        for (index, item) in items {
            #expect(try ledger.entry(at: index) == item.entry)
            #expect(try ledger.record(at: index) == (item.payload.isEmpty ? .none : .held(item.payload)))
            for key in item.keys { #expect(try ledger.find(key) == index) }
            #expect(try ledger.find(DomainKey(leafHash: TreeHash.leaf(item.entry))) == index)
        }
        for (size, root) in roots {
            #expect(try LockedHashes(ledger: ledger).root(size: size) == root)
        }
        try note(ledger.newestCheckpoint())
        try note(ledger.publishedCheckpoint())
    }
}

extension LedgerState {
    /// The state of a ledger without entries.
    init(height: Int) {
        self.init(sealed: LedgerTree(height: height, spanRoots: []), leadIn: CompactRange())
    }
}

/// What a ledger shows of an entry.
struct SeenItem {
    let entry: [UInt8]
    let record: SealedRecord

    static func == (seen: SeenItem, item: JournalItem) -> Bool {
        seen.entry == item.entry && seen.record == (item.payload.isEmpty ? .none : .held(item.payload))
    }
}

extension Ledger {
    func item(at index: UInt64) throws -> SeenItem {
        SeenItem(entry: try entry(at: index), record: try record(at: index))
    }
}

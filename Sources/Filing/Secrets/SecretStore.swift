public import Evidence
public import LedgerEngine
import LedgerMerkle
public import LedgerStorage
import Synchronization

/// How long the records of a block may have to be kept. The numbers are part of the format of secret blocks.
public enum RetentionClass: UInt8, Sendable, CaseIterable {
    /// Acts, issuers, and whatever else is kept for ever.
    case permanent = 1
    /// Receipts: ten years.
    case receipts = 2

    public init(_ kind: RecordKind) {
        self = kind == .receipt ? .receipts : .permanent
    }
}

/// Why a secret is not given.
public enum SecretError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It was destroyed with its record.
    case erased(SecretNumber)

    public var description: String {
        switch self {
        case .erased(let number): "the record's secret \(number) was erased"
        }
    }
}

/// The secrets of records: made by the block, given out one by one, derived again for reading, destroyed one by one.
///
/// A process begins a block of its own with its first filing in each retention class, and goes on to the next after 65,536 secrets. What
/// is left of a block when a process ends is never given out, so no counter has to be durable, and no secret is given out twice:
/// not after a crash, and not by two copies of one folder, since each block has a root of its own.
public final class SecretStore: Sendable {
    /// A block that secrets are given out from.
    fileprivate struct Active {
        let number: UInt32
        var cursor: KeyTree.Cursor
        var next = 0
    }

    private struct Allocation {
        /// One of each class, in the order of `RetentionClass.allCases`.
        var active = [Active?](repeating: nil, count: RetentionClass.allCases.count)
        /// The highest number given to a block; `nil` until the folder was looked through.
        var highest: UInt32?
    }

    private struct Opened {
        var blocks: [UInt32: (cursor: KeyTree.Cursor, use: UInt64)] = [:]
        var uses: UInt64 = 0
    }

    /// The clock moves numbers of blocks no further than this: a clock gone wild leaves room for 17 million million records.
    static let latestNumberOfClock: UInt64 = 0xf000_0000

    private let files: SecretFolder
    private let ledgerID: Digest
    private let clock: any Clock
    private let random: @Sendable (Int) -> [UInt8]
    private let cacheLimit: Int
    private let isReadOnly: Bool
    // Taken in this order, where both are: allocation, opened.
    private let allocation = Mutex(Allocation())
    private let opened = Mutex(Opened())

    /// - Parameters:
    ///   - isReadOnly: whoever only reads makes and finishes nothing.
    ///   - cacheLimit: the most blocks kept open for reading.
    ///   - random: gives the roots, 32 bytes each.
    public init(
        folder: DataFolder, disk: any Disk = PosixDisk(), clock: any Clock = SystemClock(), isReadOnly: Bool = false,
        cacheLimit: Int = 64, random: @escaping @Sendable (Int) -> [UInt8] = randomBytes
    ) {
        precondition(cacheLimit > 0)
        files = SecretFolder(path: folder.secretsPath, disk: disk, ledgerID: folder.ledgerID)
        ledgerID = folder.ledgerID
        self.clock = clock
        self.isReadOnly = isReadOnly
        self.cacheLimit = cacheLimit
        self.random = random
    }

    // MARK: Giving out

    /// A secret that no record has. A lock and three compressions on average.
    ///
    /// - Durability: its block is durable before the first secret of it is given out.
    /// - Throws: `LedgerError` when no block can be begun; `StorageError`.
    public func next(for retentionClass: RetentionClass) throws -> (number: SecretNumber, secret: RecordSecret) {
        try allocation.withLock { allocation in
            let place = Int(retentionClass.rawValue) - 1
            while true {
                if let (number, leaf) = allocation.active[place]?.take() {
                    return (number, try SecretStore.secret(of: leaf))
                }
                allocation.active[place] = try begin(retentionClass, &allocation.highest)
            }
        }
    }

    private func begin(_ retentionClass: RetentionClass, _ highest: inout UInt32?) throws -> Active {
        guard !isReadOnly else { throw LedgerError.stopped("the ledger is open for reading only") }
        do {
            let last = try highest ?? files.numbers().last ?? 0
            // The time, where it is later: a folder restored from an older copy does not know which numbers were given to
            // records since, and must not give them again.
            let seconds = UInt32(min(clock.now() / 1000, SecretStore.latestNumberOfClock))
            var number = max(last, seconds - min(seconds, 1))
            repeat {
                guard number < UInt32.max else {
                    throw LedgerError.stopped("no further block of secrets can be numbered")
                }
                number += 1
            } while files.contains(number)
            guard let root = Digest(random(Digest.byteCount)) else {
                throw LedgerError.stopped("the system gives no random bytes")
            }
            let tree = KeyTree(root: root)
            // Taken even if the next step fails half way: a file may be there.
            highest = number
            try files.create(
                SecretBlock(ledgerID: ledgerID, number: number, retentionClass: retentionClass.rawValue, tree: tree))
            return Active(number: number, cursor: KeyTree.Cursor(tree))
        } catch let error as DiskError {
            let what = "no block of record secrets can be written: \(error)"
            throw error.code == .full ? LedgerError.diskFull(what) : LedgerError.stopped(what)
        }
    }

    /// SHA-256("tamga record secret v1" ‖ leaf): one compression.
    static func secret(of leaf: Digest) throws -> RecordSecret {
        var hash = SHA256()
        hash.update("tamga record secret v1")
        hash.update(leaf)
        guard let secret = RecordSecret(hash.finalize().bytes) else { throw LedgerError.stopped("no secret") }
        return secret
    }

    // MARK: Reading

    /// The secret of a number. One read of a small file when its block is not open.
    ///
    /// - Throws: `SecretError.erased`; `StorageError` `keyMissing`, naming the file, when the block is not there.
    public func secret(_ number: SecretNumber) throws -> RecordSecret {
        try opened.withLock { opened in
            opened.uses += 1
            var cursor: KeyTree.Cursor
            if let known = opened.blocks.removeValue(forKey: number.block) {
                cursor = known.cursor
            } else {
                cursor = KeyTree.Cursor(try files.read(number.block).tree)
                if opened.blocks.count >= cacheLimit,
                    let oldest = opened.blocks.min(by: { $0.value.use < $1.value.use })
                {
                    opened.blocks[oldest.key] = nil
                }
            }
            let leaf = cursor.secret(at: number.number)
            opened.blocks[number.block] = (cursor, opened.uses)
            guard let leaf else { throw SecretError.erased(number) }
            return try SecretStore.secret(of: leaf)
        }
    }

    // MARK: Destroying

    /// Finishes what a crash broke off while secrets were destroyed. Before anything is served.
    public func settle() throws {
        try allocation.withLock { _ in try files.settle() }
    }

    /// Destroys secrets: afterwards they can be derived neither from the files nor from what this process keeps of them (memory that
    /// was given back is not overwritten). One that is destroyed already stays so; one whose block is missing is passed over.
    ///
    /// - Durability: durable on return, block by block. What `SecretFolder` says of overwriting holds.
    public func erase(_ numbers: some Sequence<SecretNumber>) throws {
        var failure: (any Error)?
        for (block, numbers) in Dictionary(grouping: numbers, by: \.block).sorted(by: { $0.key < $1.key }) {
            do {
                try change(block) { $0.puncture(Set(numbers.map(\.number))) }
            } catch {
                // One block that is damaged keeps no other's secrets; what the disk refused is to be tried again, and said first.
                if failure == nil || error is DiskError { failure = error }
            }
        }
        if let failure { throw failure }
    }

    private func change(_ number: UInt32, _ body: (inout KeyTree) -> Void) throws {
        guard !isReadOnly else { throw LedgerError.stopped("the ledger is open for reading only") }
        try allocation.withLock { allocation in
            try opened.withLock { opened in
                var block: SecretBlock
                do {
                    block = try files.read(number)
                } catch let error as StorageError where error.code == .keyMissing {
                    // Nothing is there to destroy. Should the file come back from a copy, the next start finds it.
                    return
                }
                let before = block.tree
                body(&block.tree)
                if block.tree != before { try files.replace(with: block) } else { try files.settle(number) }
                opened.blocks[number] = nil
                // Giving out goes on where it stood, from the keys that are left.
                for (place, active) in allocation.active.enumerated() {
                    guard let active, active.number == number else { continue }
                    allocation.active[place] = Active(
                        number: number, cursor: KeyTree.Cursor(block.tree), next: active.next)
                }
            }
        }
    }
}

extension SecretStore.Active {
    /// The next secret of the block that is not destroyed; `nil` at its end.
    fileprivate mutating func take() -> (SecretNumber, Digest)? {
        while next < KeyTree.leafCount {
            let number = UInt16(next)
            next += 1
            if let leaf = cursor.secret(at: number) { return (SecretNumber(block: self.number, number: number), leaf) }
        }
        return nil
    }
}

import Catalogue
import Filing
import LedgerEngine
import LedgerMerkle
import Registry
import Synchronization

/// Finds acts by their parties. It follows the ledger, and reads what it still misses before it answers.
final class ActIndex: PartyIndex, Sendable {
    /// Entries of one transaction.
    private static let stepLength: UInt64 = 1000
    /// How many entries are read while somebody waits for an answer.
    private static let patience: UInt64 = 20_000
    /// How many of the entries that could not be read are tried again at once.
    private static let retryLength = 1000

    private let ledger: Ledger
    private let content: @Sendable (UInt64) throws -> PartyBook.Content
    /// Whoever reads on holds it.
    private let opened: Mutex<ActRegistry>
    private let readers: Mutex<ActRegistry>

    /// - Parameter content: says what an entry of the ledger is to the index.
    /// - Throws: when the file can neither be opened nor begun anew.
    init(_ ledger: Ledger, content: @escaping @Sendable (UInt64) throws -> PartyBook.Content) throws {
        self.ledger = ledger
        self.content = content
        let registry = try ActIndex.open(ledger)
        opened = Mutex(registry)
        readers = Mutex(registry)
    }

    private static func open(_ ledger: Ledger) throws -> ActRegistry {
        try ActRegistry(path: ledger.folder.actsPath) { index in
            index < ledger.size ? try ledger.leafHash(at: index).bytes : nil
        }
    }

    func entries(under keys: [[UInt8]], before: UInt64?, limit: Int) throws -> (found: [UInt64], isWhole: Bool) {
        do {
            let registry = readers.withLock { $0 }
            if try ledger.size - min(ledger.size, registry.position().size) > ActIndex.patience {
                throw Problem.registryBehind()
            }
            try catchUp { false }
            return try readers.withLock { $0 }.entries(under: keys, before: before, limit: limit)
        } catch  where ReceiptRegistry.isDamage(error) {
            try beginAnew()
            throw Problem.registryBehind()
        }
    }

    /// Makes a damaged registry again: everything in it comes from the ledger.
    private func beginAnew() throws {
        try opened.withLock { registry in
            registry.close()
            ActRegistry.delete(ledger.folder.actsPath)
            registry = try ActIndex.open(ledger)
            let fresh = registry
            readers.withLock { $0 = fresh }
        }
    }

    // MARK: Reading the ledger

    /// Reads everything durable that was not read yet.
    func catchUp(_ isCancelled: () -> Bool) throws {
        while !isCancelled() {
            let isAll = try opened.withLock { registry -> Bool in
                let position = try registry.position()
                let end = min(ledger.size, position.size + ActIndex.stepLength)
                guard end > position.size else { return true }
                var step = ActRegistry.Step()
                for index in position.size..<end {
                    do {
                        switch try content(index) {
                        case .nothing: break
                        case .parties(let keys): for key in keys { step.rows.append((key, index)) }
                        case .erasure(let erased): step.erased.append(erased)
                        }
                    } catch {
                        // It must not hide what comes after it, and is tried again.
                        step.unread.append(index)
                    }
                }
                try registry.apply(
                    step, upTo: ReceiptRegistry.Position(size: end, leaf: try ledger.leafHash(at: end - 1).bytes))
                return false
            }
            if isAll { return }
        }
    }

    /// What reads on while nobody asks.
    func follow(_ isCancelled: () -> Bool) throws {
        try mending {
            try catchUp(isCancelled)
            opened.withLock { $0.truncateLog() }
        }
    }

    /// Tries entries again that could not be read.
    ///
    /// - Returns: how many of them still cannot.
    @discardableResult
    func retry() throws -> Int {
        var left = 0
        try mending {
            try opened.withLock { registry in
                var rows: [(key: [UInt8], index: UInt64)] = []
                var (read, unread): ([UInt64], [UInt64]) = ([], [])
                var erased: [UInt64] = []
                for index in try registry.unread(limit: ActIndex.retryLength) {
                    guard let content = try? content(index) else {
                        unread.append(index)
                        continue
                    }
                    read.append(index)
                    switch content {
                    case .nothing: break
                    case .parties(let keys): for key in keys { rows.append((key, index)) }
                    case .erasure(let index): erased.append(index)
                    }
                }
                left = unread.count
                guard !read.isEmpty || !unread.isEmpty else { return }
                try registry.retried(rows, read: read, unread: unread)
                if !erased.isEmpty { try registry.forget(erased) }
            }
        }
        return left
    }

    /// Forgets by what an entry is found whose content is gone. Its erasure in the ledger has this done as well, once it is read.
    func forget(_ indices: [UInt64]) throws {
        try mending { try opened.withLock { try $0.forget(indices) } }
    }

    private func mending(_ work: () throws -> Void) throws {
        do {
            try work()
        } catch  where ReceiptRegistry.isDamage(error) {
            try beginAnew()
        }
    }
}

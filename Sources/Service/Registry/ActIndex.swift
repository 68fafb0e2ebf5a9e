import Catalogue
import Filing
import LedgerEngine
import LedgerMerkle
import Logging
import Registry
import ServiceLifecycle
import Synchronization

/// Finds acts by their parties. It follows the ledger, and reads what it still misses before it answers.
final class ActIndex: PartyIndex, Sendable {
    /// Entries of one transaction.
    private static let stepLength: UInt64 = 1000
    /// How many entries are read while somebody waits for an answer.
    private static let patience: UInt64 = 20_000

    private let ledger: Ledger
    private let book: PartyBook
    /// Whoever reads on holds it.
    private let opened: Mutex<ActRegistry>
    private let readers: Mutex<ActRegistry>

    /// - Throws: when the file can neither be opened nor begun anew.
    init(_ registrar: Registrar, book acts: ActBook) throws {
        ledger = registrar.ledger
        book = PartyBook(registrar, book: acts)
        let registry = try ActIndex.open(ledger)
        opened = Mutex(registry)
        readers = Mutex(registry)
    }

    private static func open(_ ledger: Ledger) throws -> ActRegistry {
        try ActRegistry(path: ledger.folder.actsPath) { index in
            index < ledger.size ? try ledger.leafHash(at: index).bytes : nil
        }
    }

    func entries(under keys: [[UInt8]], before: UInt64?, limit: Int) throws -> [UInt64] {
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

    /// Reads everything durable that was not read yet.
    func catchUp(_ isCancelled: () -> Bool) throws {
        while !isCancelled() {
            let isAll = try opened.withLock { registry -> Bool in
                let position = try registry.position()
                let end = min(ledger.size, position.size + ActIndex.stepLength)
                guard end > position.size else { return true }
                var rows: [(key: [UInt8], index: UInt64)] = []
                var erased: Set<UInt64> = []
                for index in position.size..<end {
                    // What cannot be read is left out: it must not hide what comes after it.
                    for key in (try? book.keys(at: index)) ?? [] { rows.append((key, index)) }
                    if let entry = try? book.erasedEntry(at: index) { erased.insert(entry) }
                }
                try registry.add(
                    rows, erased: erased,
                    upTo: ReceiptRegistry.Position(size: end, leaf: try ledger.leafHash(at: end - 1).bytes))
                return false
            }
            if isAll { return }
        }
    }

    /// What reads on while nobody asks.
    func follow(_ isCancelled: () -> Bool) throws {
        do {
            try catchUp(isCancelled)
        } catch  where ReceiptRegistry.isDamage(error) {
            try beginAnew()
        }
    }
}

/// Keeps the index of acts near the ledger's end, on a thread of its own that gives way to filing.
struct ActIndexReader: Service {
    let index: ActIndex
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if (try? await follow()) != nil { return }
                try await Task.sleep(for: .seconds(5))
            }
        }
    }

    private func follow() async throws {
        try await onThreadOfItsOwn { isCancelled in
            lowerPriorityOfThread()
            var isComplaining = false
            while !isCancelled() {
                do {
                    try index.follow(isCancelled)
                    isComplaining = false
                } catch {
                    if !isComplaining {
                        logger.error("the index of acts stays behind", metadata: ["error": "\(error)"])
                    }
                    isComplaining = true
                }
                sleepOfThread(0.5)
            }
        }
    }
}

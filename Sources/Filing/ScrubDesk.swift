import Evidence
import LedgerEngine
import LedgerMerkle
public import LedgerStorage
import Synchronization

/// Files what the scrubber states: each result once, as a ledger event that is kept for ever.
///
/// A result waits in the ledger's scrub state until its record is durable. It is found again by its own digest, so that a crash between the
/// one and the other does not file it twice.
public final class ScrubDesk: Sendable {
    /// The name under which ledger events are chained.
    static let chainName = "events"

    private let registrar: Registrar
    private let turn = Turnstile()
    /// Who is told of each result, whoever asked for its filing.
    private let found = Mutex<(@Sendable (ScrubState.Result, UInt64) -> Void)?>(nil)

    public init(_ registrar: Registrar) {
        self.registrar = registrar
    }

    /// Files every result that waits, and tells whoever `start` named of each.
    ///
    /// - Durability: the records are on disk when this returns.
    /// - Throws: `LedgerError` while filing is closed: the results go on waiting.
    public func fileResults() async throws {
        try await turn.pass {
            for result in self.registrar.ledger.scrubResults() {
                let filed = try await self.file(result)
                try self.registrar.ledger.noteFiled(result)
                self.found.withLock { $0 }?(result, filed.index)
            }
        }
    }

    /// Files results from now on as they come. Called once everything that a start has to finish is done: the background reads
    /// nothing again before.
    ///
    /// - Parameters:
    ///   - found: called with each result once it is filed.
    ///   - failed: called when a result could not be filed; it is tried again from time to time.
    public func start(
        found: @escaping @Sendable (ScrubState.Result, UInt64) -> Void,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        self.found.withLock { $0 = found }
        registrar.ledger.whenScrubbed { [weak self] in
            Task {
                do {
                    try await self?.fileResults()
                } catch {
                    failed(error)
                }
            }
        }
    }

    private func file(_ result: ScrubState.Result) async throws -> FiledRecord {
        let key = registrar.vault.key(.scrubResult, result.digest.bytes)
        return try await registrar.file(issuer: ScrubDesk.chainName) { head in
            if let known = try self.registrar.decision(for: key) { return known }
            let place = self.registrar.vault.key(.ledgerEvent, String(head.sequence))
            return .file(
                Registrar.Draft(kind: .ledgerEvent, fields: LedgerEvent(result).fields, keys: [place, key]))
        }
    }

    /// The ledger events, in the order in which they were recorded. O(their number).
    public func all() throws -> [FiledRecord] {
        var events: [FiledRecord] = []
        while let index = try registrar.ledger.find(registrar.vault.key(.ledgerEvent, String(events.count))) {
            events.append(try registrar.record(at: index))
        }
        return events
    }
}

public import Catalogue
import Deeds
import Evidence
public import LedgerEngine
import LedgerMerkle
import LedgerStorage

/// What removes the content of records from the ledger's files: journal, record files, index and whatever else holds any.
public protocol RecordEraser: Sendable {
    /// Removes the content of records; what their chains need may stay. A record that is gone already is passed over.
    ///
    /// - Durability: when it returns, no file of the data folder holds content or secrets of these records.
    /// - Throws: when it could not; it is asked again at the next start. The record's secret is still there then.
    func erase(_ indices: Set<UInt64>) throws
}

/// Erases records: the ledger first says so, durably, then their content and their secrets go.
///
/// The order, and why a crash does no harm: the erasure is an entry of its own before anything is touched, and from then on the record is
/// refused to everybody. Then the eraser removes the content, for which it may still need the secret, and the documents kept for an act go;
/// last the secret goes, and with it what opens them. Whatever
/// is not finished is done again by `finish` at the next start, before anything is served; so are erasures that a restored
/// older copy of the record files or of the keys does not know of.
///
/// Evidence given out before stays valid: it needs nothing but the tree.
public final class ErasureDesk: Sendable {
    /// The name under which erasures are chained.
    static let chainName = "erasures"

    private let registrar: Registrar
    private let eraser: any RecordEraser
    private let clock: any Clock
    private let turn = Turnstile()

    public init(_ registrar: Registrar, eraser: any RecordEraser, clock: any Clock = SystemClock()) {
        self.registrar = registrar
        self.eraser = eraser
        self.clock = clock
    }

    /// Erases the record of an act or a receipt, on a thread of its own; who asks meanwhile waits for its turn. One that is erased already gets the same answer, whatever the basis.
    ///
    /// - Parameter basis: the legal basis: one line of plain text, at most 500 bytes, with nothing personal in it. It stays for ever.
    /// - Returns: the record of the erasure.
    /// - Durability: the erasure is on disk, content and secret are gone from it, when this returns.
    /// - Throws: `erasure-basis-invalid`, `record-not-held`, `record-not-erasable`, `index-unknown`; what the eraser throws: then the
    ///   erasure stands and is finished later.
    public func erase(
        index: UInt64, basis: String, action: Erasure.Action = .erased
    ) async throws -> FiledRecord {
        let basis = try ErasureDesk.canonical(basis: basis)
        return try await turn.pass {
            let filed = try await self.file(index, basis, action)
            if let erasure = Erasure(fields: filed.fields) {
                // To its end, even if whoever asked has gone: it is recorded.
                try await onThreadOfItsOwn { _ in try self.carryOut([erasure]) }
            }
            return filed
        }
    }

    /// A basis as it is recorded.
    ///
    /// - Throws: `erasure-basis-invalid`.
    public static func canonical(basis: String) throws(Failure) -> String {
        guard let basis = PlainText.canonical(basis, limit: Erasure.basisLimit) else {
            throw Problem.erasureBasisInvalid(["limit": String(Erasure.basisLimit)])
        }
        return basis
    }

    private func file(_ index: UInt64, _ basis: String, _ action: Erasure.Action) async throws -> FiledRecord {
        let key = registrar.erasureKey(of: index)
        let time = clock.now()
        return try await registrar.file(issuer: ErasureDesk.chainName) { head in
            if let known = try self.registrar.decision(for: key) { return known }
            let record = try self.registrar.record(at: index)
            let kind = record.stored.record.kind
            guard kind == .deedAct || kind == .receipt else {
                throw Problem.recordNotErasable(["index": String(index), "kind": kind.name])
            }
            let erasure = Erasure(of: record, action: action, basis: basis, time: time)
            let place = self.registrar.vault.key(.erasureEvent, String(head.sequence))
            return .file(Registrar.Draft(kind: .erasure, fields: erasure.fields, keys: [place, key]))
        }
    }

    /// The durable erasure of a record; `nil` when it was not erased.
    public func erasure(of index: UInt64) throws -> Erasure? { try registrar.erasure(of: index) }

    /// Every erasure, in the order in which they were recorded. O(their number).
    public func all() throws -> [Erasure] { try registrar.erasures() }

    /// Carries out every erasure that the ledger knows of, once more: to be called after opening for writing, before anything is served.
    ///
    /// - Returns: the number of erasures.
    /// - Throws: what the eraser throws, and `StorageError`: then nothing may be served.
    @discardableResult
    public func finish() throws -> Int {
        try registrar.secrets.settle()
        try registrar.documents.settle()
        let erasures = try all()
        if !erasures.isEmpty { try carryOut(erasures) }
        return erasures.count
    }

    private func carryOut(_ erasures: [Erasure]) throws {
        try eraser.erase(Set(erasures.map(\.index)))
        try registrar.documents.remove(of: erasures.map(\.commitment))
        try registrar.secrets.erase(erasures.compactMap(\.secret))
    }
}

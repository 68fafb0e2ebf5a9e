import Catalogue
public import Evidence
public import LedgerEngine
public import LedgerMerkle
import LedgerStorage
import Synchronization

/// A record that is in the ledger.
public struct FiledRecord: Sendable {
    public let index: UInt64
    /// The batch's time by the operator's clock, Unix ms.
    public let recorded: UInt64
    public let commitment: Digest
    public let stored: StoredRecord
    /// True when it was filed before and this is the answer again.
    public let isRepetition: Bool

    public var place: FiledPlace { FiledPlace(index: index, recorded: recorded, commitment: commitment) }

    /// The value of a field as text; "" when absent.
    public func text(_ name: String) -> String {
        stored.record[name].map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// All fields as texts.
    public var fields: [String: String] {
        Dictionary(
            stored.record.fields.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) },
            uniquingKeysWith: { first, _ in first })
    }
}

/// Where a record is in the ledger.
public struct FiledPlace: Sendable, Hashable {
    public let index: UInt64
    /// The batch's time by the operator's clock, Unix ms.
    public let recorded: UInt64
    public let commitment: Digest
}

/// Turns what issuers hand in into records, entries and chains; finds them again.
///
/// The issuer's lock is held from the look for a repetition to the place in the queue: the chain has the order of the ledger.
public final class Registrar: Sendable {
    /// The last link of an issuer's chain, as far as it is queued.
    struct ChainHead: Sendable {
        let epoch: UInt64
        var sequence: UInt64 = 0
        var previous: Digest?
        /// Running numbers that the issuer's records use up, by series.
        fileprivate(set) var counters: [String: RunningNumbers] = [:]
    }

    /// The next free numbers of one series that begins anew with each period.
    ///
    /// Those of the period before are kept as well: one of its records may still be on its way, and a clock may step back a little.
    struct RunningNumbers: Sendable {
        private var newest: (period: Int, next: Int)?
        private var before: (period: Int, next: Int)?

        /// The next free number of a period, as far as it is known here.
        func next(in period: Int) -> Int? {
            if let newest, newest.period == period { return newest.next }
            if let before, before.period == period { return before.next }
            return nil
        }

        fileprivate mutating func use(_ use: NumberUse) {
            if let newest, newest.period != use.period, before?.period != use.period { before = newest }
            if before?.period == use.period, newest?.period != use.period {
                before = (use.period, use.next)
            } else {
                newest = (use.period, use.next)
            }
        }
    }

    /// What a record uses of a series of running numbers.
    struct NumberUse {
        let series: String
        let period: Int
        /// The number behind the last one used.
        let next: Int
    }

    /// What is to be filed, without its chain fields.
    struct Draft {
        let kind: RecordKind
        var fields: [String: String]
        var attachments: [RecordAttachment] = []
        var keys: [DomainKey] = []
        /// The running numbers it uses.
        var numbers: NumberUse?
        /// Keys that depend on the commitment.
        var lateKeys: (Digest) -> [DomainKey] = { _ in [] }
    }

    enum Decision {
        case file(Draft)
        case recorded(UInt64)
        case pending(Ticket)
    }

    private enum Step {
        case done(Registrar.Outcome)
        case again
    }

    /// What became of a filing when the issuer's lock was let go.
    enum Outcome: Sendable {
        case queued(Ticket, Digest, StoredRecord)
        case pending(Ticket)
        case recorded(UInt64)
    }

    static let shardCount = 64

    public let ledger: Ledger
    public let vault: Vault
    /// Where the secrets of records come from.
    public let secrets: SecretStore
    /// Documents that are kept for acts.
    public let documents: DocumentStore
    private let shards = (0..<shardCount).map { _ in Shard() }

    private final class Shard: Sendable {
        let heads = Mutex<[String: ChainHead]>([:])
    }

    /// - Parameters:
    ///   - secrets: those of the ledger's folder unless given.
    ///   - documents: the same.
    public init(ledger: Ledger, vault: Vault, secrets: SecretStore? = nil, documents: DocumentStore? = nil) {
        self.ledger = ledger
        self.vault = vault
        self.documents = documents ?? DocumentStore(folder: ledger.folder, vault: vault)
        self.secrets = secrets ?? SecretStore(folder: ledger.folder)
    }

    /// Files one record of an issuer.
    ///
    /// - Parameter decide: called under the issuer's lock, and again if what it built on was not recorded: looks for a
    ///   repetition first, then makes the draft.
    /// - Durability: the record is on disk when this returns.
    func file(issuer: String, _ decide: (inout ChainHead) throws -> Decision) async throws -> FiledRecord {
        try await record(of: try enqueue(issuer: issuer, decide))
    }

    /// The record that a filing gave, once it is durable.
    func record(of outcome: Outcome) async throws -> FiledRecord {
        switch outcome {
        case .recorded(let index): return try record(at: index, isRepetition: true)
        case .pending(let ticket): return try await record(of: Decision.pending(ticket))
        case .queued(let ticket, let commitment, let stored):
            let acknowledgement = try await ticket.acknowledgement()
            return FiledRecord(
                index: acknowledgement.index, recorded: acknowledgement.recorded, commitment: commitment,
                stored: stored,
                isRepetition: false)
        }
    }

    /// The record that a repetition leads to, once it is durable.
    func record(of known: Decision) async throws -> FiledRecord {
        switch known {
        case .recorded(let index): return try record(at: index, isRepetition: true)
        case .pending(let ticket):
            return try record(at: try await ticket.acknowledgement().index, isRepetition: true)
        case .file: throw Problem.notFound()
        }
    }

    /// Queues one record of an issuer, and waits for nothing.
    ///
    /// - Durability: none until ``record(of:)-(Outcome)`` answers.
    func enqueue(issuer: String, _ decide: (inout ChainHead) throws -> Decision) throws -> Outcome {
        let shard = shards[Int(UInt(bitPattern: issuer.hashValue) % UInt(Registrar.shardCount))]
        while true {
            let step = try shard.heads.withLock { heads -> Step in
                let epoch = ledger.epoch
                var head: ChainHead
                if let cached = heads[issuer], cached.epoch == epoch {
                    head = cached
                } else {
                    head = try loadHead(issuer: issuer, epoch: epoch)
                }
                switch try decide(&head) {
                case .recorded(let index): return .done(.recorded(index))
                case .pending(let ticket): return .done(.pending(ticket))
                case .file(let draft):
                    let (submission, commitment, stored) = try submission(draft, issuer: issuer, head: head)
                    do throws(LedgerError) {
                        guard case .queued(let ticket) = try ledger.submit(submission, epoch: epoch) else {
                            return .again
                        }
                        head.sequence += 1
                        head.previous = commitment
                        advance(&heads, issuer, &head, draft.numbers)
                        return .done(.queued(ticket, commitment, stored))
                    } catch .superseded {
                        return .again
                    }
                }
            }
            if case .done(let outcome) = step { return outcome }
        }
    }

    /// Makes a head the newest one. The counters stay where they are: an issuer may have hundreds.
    private func advance(
        _ heads: inout [String: ChainHead], _ issuer: String, _ head: inout ChainHead, _ use: NumberUse?
    ) {
        if heads[issuer]?.epoch == head.epoch {
            head.counters = [:]
            heads[issuer]?.sequence = head.sequence
            heads[issuer]?.previous = head.previous
        } else {
            heads[issuer] = head
        }
        guard let use else { return }
        heads[issuer]?.counters[use.series, default: RunningNumbers()].use(use)
    }

    private func submission(
        _ draft: Draft, issuer: String, head: ChainHead
    ) throws -> (Submission, commitment: Digest, StoredRecord) {
        var fields = draft.fields
        fields["chain"] = "operator"
        fields["sequence"] = String(head.sequence)
        fields["previous"] = head.previous.map(\.description)
        let (number, secret) = try secrets.next(for: RetentionClass(draft.kind))
        let record = try Record(kind: draft.kind, secret: secret, fields: fields)
        try requireRoomInEvidence(record.fields.map { ($0.name.utf8.count, $0.value.count) }, draft.attachments)
        let commitment = record.commitment
        let stored = try StoredRecord(record, attachments: draft.attachments, secretNumber: number)
        let entry = Entry(kind: draft.kind, recorded: 0, commitment: commitment)
        let keys =
            draft.keys + draft.lateKeys(commitment) + [
                vault.key(.issuerHead, issuer), vault.key(.capability, vault.capability(of: commitment).bytes),
            ]
        let item = JournalItem(
            entry: entry.encoded, keys: keys, payload: try vault.seal(stored, commitment: commitment),
            retention: RetentionClass(draft.kind).rawValue)
        return (Submission(item: item, timeOffset: 2), commitment, stored)
    }

    /// What cannot become evidence is not recorded.
    private func requireRoomInEvidence(
        _ fields: [(nameLength: Int, valueLength: Int)], _ attachments: [RecordAttachment]
    ) throws {
        // The extra line of evidence that shows every field: FORMATS.md, "Evidence file".
        let fields = fields.reduce(0) { $0 + 1 + $1.nameLength + 1 + 32 + 4 + $1.valueLength }
        let size = 10 + 2 + fields + 1 + attachments.reduce(0) { $0 + 5 + $1.bytes.count } + 32
        let limit = EvidenceFile.maximumExtraByteCount
        guard size <= limit else { throw Problem.actTooLarge(["size": String(size), "limit": String(limit)]) }
    }

    /// Refuses early what ``enqueue(issuer:_:)`` would refuse as too large, its chain fields reckoned in.
    func requireRoom(for fields: [String: String], _ attachments: [RecordAttachment]) throws {
        var fields = fields
        fields["chain"] = "operator"
        fields["sequence"] = String(UInt64.max)
        fields["previous"] = hexadecimal([UInt8](repeating: 0, count: Digest.byteCount))
        try requireRoomInEvidence(fields.map { ($0.key.utf8.count, $0.value.utf8.count) }, attachments)
    }

    private func loadHead(issuer: String, epoch: UInt64) throws -> ChainHead {
        guard let index = try ledger.find(vault.key(.issuerHead, issuer)) else { return ChainHead(epoch: epoch) }
        let last = try link(at: index)
        return ChainHead(epoch: epoch, sequence: last.sequence + 1, previous: last.commitment)
    }

    // MARK: Finding

    /// The record at an index.
    ///
    /// - Throws: `StorageError` when the bytes are not what was recorded; `RegistrarError.notARecord` for a raw entry;
    ///   `record-erased` once the record's erasure is durable, whatever may still be there of it; `record-expired` when its time of
    ///   keeping is over.
    public func record(at index: UInt64, isRepetition: Bool = false) throws -> FiledRecord {
        if let erasure = try erasure(of: index) { throw erasure.problem }
        return try whole(at: index, isRepetition: isRepetition)
    }

    /// The record of an entry, erased or not, as long as it can be read.
    ///
    /// - Throws: `RegistrarError.contentGone` when its content was erased, `SecretError.erased` when its secret was destroyed.
    func whole(at index: UInt64, isRepetition: Bool = false) throws -> FiledRecord {
        switch try ledger.record(at: index) {
        case .none: throw RegistrarError.notARecord(index)
        case .expired: throw Problem.recordExpired(["index": String(index)])
        case .erased: throw RegistrarError.contentGone(index)
        case .held(let bytes): return try filed(bytes, at: index, isRepetition: isRepetition)
        }
    }

    /// The record that stored bytes hold, checked against its entry.
    func filed(_ bytes: [UInt8], at index: UInt64, isRepetition: Bool = false) throws -> FiledRecord {
        try filed(bytes, entry: try ledger.entry(at: index), at: index, isRepetition: isRepetition)
    }

    /// The record that stored bytes hold, checked against its entry's bytes.
    func filed(_ bytes: [UInt8], entry: [UInt8], at index: UInt64, isRepetition: Bool = false) throws -> FiledRecord {
        guard let entry = try? Entry(decoding: entry) else { throw RegistrarError.notARecord(index) }
        let stored = try StoredRecord(decoding: bytes, secret: secrets.secret)
        guard stored.record.kind == entry.kind, stored.record.commitment == entry.commitment else {
            throw Registrar.otherCommitment(index)
        }
        return FiledRecord(
            index: index, recorded: entry.recorded, commitment: entry.commitment, stored: stored,
            isRepetition: isRepetition)
    }

    static func otherCommitment(_ index: UInt64) -> StorageError {
        StorageError(
            .corrupt, "the record at index \(index) does not give its entry's commitment", remedy: "run `tamga audit`")
    }

    /// The record that a capability opens.
    public func record(with capability: Capability) throws -> FiledRecord? {
        try ledger.find(vault.key(.capability, capability.bytes)).map { try record(at: $0) }
    }

    /// The newest record, durable or queued, under a key.
    func decision(for key: DomainKey) throws -> Decision? {
        if let ticket = ledger.pending(key) { return .pending(ticket) }
        return try ledger.find(key).map { .recorded($0) }
    }
}

/// Why something cannot be found as a record.
public enum RegistrarError: Error, Hashable, Sendable {
    /// The entry was added raw: the ledger holds no record for it.
    case notARecord(UInt64)
    /// The record was erased from the ledger's files.
    case contentGone(UInt64)
}

/// Random bytes from the system.
public func randomBytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
        withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
    }
    return Array(bytes.prefix(count))
}

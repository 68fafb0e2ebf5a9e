import Evidence
import LedgerMerkle
import LedgerStorage

/// Where a record stands in its issuer's chain.
struct ChainLink: Hashable, Sendable {
    enum Before: Hashable, Sendable {
        /// It begins the chain.
        case nothing
        case record(Digest)
        /// The record is gone and left no word of it.
        case unknown
    }

    /// Whose chain it is; `nil` when the record does not say any more.
    let chain: String?
    let sequence: UInt64
    let before: Before
    let commitment: Digest

    /// The place of a whole record.
    ///
    /// - Throws: `StorageError` when it has none.
    init(record: FiledRecord) throws {
        try self.init(
            record.stored.record.kind, at: record.index, commitment: record.commitment, text: { record.text($0) })
    }

    /// The place of a stored record whose commitment was checked.
    ///
    /// - Throws: `StorageError` when it has none.
    init(_ view: StoredRecordView, at index: UInt64, commitment: Digest) throws {
        try self.init(
            view.kind, at: index, commitment: commitment,
            text: { name in view[name].map { String(decoding: $0, as: UTF8.self) } ?? "" })
    }

    private init(
        _ kind: RecordKind, at index: UInt64, commitment: Digest, text: (String) -> String
    ) throws {
        func damaged(_ what: String) -> StorageError {
            StorageError(.corrupt, "the record at index \(index) \(what)", remedy: "run `tamga audit`")
        }
        guard let chain = ChainLink.chain(of: kind, text) else { throw damaged("names no issuer") }
        guard let sequence = UInt64(text("sequence")) else { throw damaged("has no sequence number") }
        guard let before = Before(text("previous")) else { throw damaged("names no record before it") }
        self.init(chain: chain, sequence: sequence, before: before, commitment: commitment)
    }

    /// The place of an erased record, as its residue shows it; `nil` when that shows none, or belongs to another entry.
    init?(residue: Disclosure, commitment: Digest) {
        func text(_ name: String) -> String? {
            guard let field = residue[name] else { return "" }
            return field.value.map { String(decoding: $0, as: UTF8.self) }
        }
        guard residue.commitment == commitment, let sequence = text("sequence").flatMap({ UInt64($0) }),
            let before = text("previous").flatMap({ Before($0) })
        else { return nil }
        self.init(chain: nil, sequence: sequence, before: before, commitment: commitment)
    }

    /// The place of an erased record, as its erasure remembers it.
    init?(erasure: Erasure) {
        guard let sequence = erasure.sequence else { return nil }
        let before: Before = sequence == 0 ? .nothing : .unknown
        self.init(chain: nil, sequence: sequence, before: before, commitment: erasure.commitment)
    }

    init(chain: String?, sequence: UInt64, before: Before, commitment: Digest) {
        self.chain = chain
        self.sequence = sequence
        self.before = before
        self.commitment = commitment
    }

    private static func chain(of kind: RecordKind, _ text: (String) -> String) -> String? {
        let name: String
        switch kind {
        case .receipt: name = text("merchant")
        case .deedAct: name = text("notary")
        case .issuer: return IssuerRegister.chainName
        case .erasure: return ErasureDesk.chainName
        case .ledgerEvent: return ScrubDesk.chainName
        case .accessLogRoot: return AccessLog.chainName
        default: return nil
        }
        return name.isEmpty ? nil : name
    }
}

extension ChainLink.Before {
    /// Reads the field `previous`; absent is "".
    fileprivate init?(_ text: String) {
        if text.isEmpty {
            self = .nothing
        } else {
            guard let commitment = Digest(hexadecimal: text) else { return nil }
            self = .record(commitment)
        }
    }
}

/// Follows the chains of all issuers through the ledger, from commitment to commitment: an erased record says whom it continues, not
/// whose it was.
struct IssuerChains {
    /// Why a record does not continue its chain.
    struct Break: Error {
        let reason: String
    }

    private struct Head {
        /// `nil` while only erased records of the chain were met.
        var name: String?
        var sequence: UInt64
        /// It goes on behind records that did not say what they continue.
        var isResumed = false
    }

    /// The newest record of each chain, by its commitment.
    private var heads: [Digest: Head] = [:]
    private var newest: [String: Digest] = [:]
    /// Erased records that left their number but not what they continued, by commitment.
    private var loose: [Digest: UInt64] = [:]

    /// Records before those that follow are gone, because their time was over: a chain may be met in its middle.
    var hasExpired = false

    /// Chains met.
    var count: Int { heads.count }
    /// Erased records whose place nothing but their erasure tells.
    private(set) var looseCount = 0

    /// Whether a record is the last one known of its chain.
    func knows(_ commitment: Digest) -> Bool { heads[commitment] != nil || loose[commitment] != nil }

    /// Whether a record that names this chain was met.
    func hasMet(_ chain: String?) -> Bool { chain.map { newest[$0] != nil } ?? false }

    /// Takes a record as the last one of its chain: those before it were not met.
    mutating func begin(with link: ChainLink) {
        set(link, name: link.chain, isResumed: link.chain == nil)
    }

    mutating func follow(_ link: ChainLink) throws(Break) {
        switch link.before {
        case .unknown:
            loose[link.commitment] = link.sequence
            looseCount += 1
        case .nothing:
            try requireNumber(link)
            guard link.sequence == 0 else { throw IssuerChains.unnamed }
            set(link, name: link.chain)
        case .record(let previous):
            if heads[previous] != nil { return try append(link, to: previous) }
            if let sequence = loose[previous] { return try resume(link, after: sequence, previous) }
            if hasExpired, link.chain.map({ newest[$0] == nil }) ?? true {
                return set(link, name: link.chain, isResumed: link.chain == nil)
            }
            try requireNumber(link)
            throw IssuerChains.unnamed
        }
    }

    /// The number that is due in the chain as it is known by its name.
    private func requireNumber(_ link: ChainLink) throws(Break) {
        let head = link.chain.flatMap { newest[$0] }.flatMap { heads[$0] }
        let due = head.map { $0.sequence + 1 } ?? 0
        guard link.sequence == due else { throw IssuerChains.wrongNumber(link.sequence, due: due) }
    }

    /// Continues a chain behind records that did not say what they continue: at least the numbers must fit.
    private mutating func resume(_ link: ChainLink, after sequence: UInt64, _ previous: Digest) throws(Break) {
        guard link.sequence == sequence + 1 else { throw IssuerChains.wrongNumber(link.sequence, due: sequence + 1) }
        try close(link, gapBefore: sequence)
        loose[previous] = nil
        set(link, name: link.chain, isResumed: link.chain == nil)
    }

    /// Ends what was known of a chain before a gap.
    private mutating func close(_ link: ChainLink, gapBefore sequence: UInt64) throws(Break) {
        guard let head = link.chain.flatMap({ newest[$0] }) else { return }
        guard let known = heads[head], known.sequence < sequence else { throw IssuerChains.unnamed }
        heads[head] = nil
    }

    private mutating func append(_ link: ChainLink, to previous: Digest) throws(Break) {
        guard let head = heads[previous] else { throw IssuerChains.unnamed }
        if let one = link.chain, let other = head.name, one != other { throw IssuerChains.unnamed }
        guard link.sequence == head.sequence + 1 else {
            throw IssuerChains.wrongNumber(link.sequence, due: head.sequence + 1)
        }
        if let chain = link.chain, let newest = newest[chain], newest != previous {
            guard head.isResumed else { throw IssuerChains.unnamed }
            try close(link, gapBefore: head.sequence)
        }
        heads[previous] = nil
        set(link, name: link.chain ?? head.name, isResumed: head.isResumed && link.chain == nil)
    }

    private mutating func set(_ link: ChainLink, name: String?, isResumed: Bool = false) {
        heads[link.commitment] = Head(name: name, sequence: link.sequence, isResumed: isResumed)
        if let name { newest[name] = link.commitment }
    }

    private static let unnamed = Break(reason: "the record does not name the issuer's record before it")

    private static func wrongNumber(_ number: UInt64, due: UInt64) -> Break {
        Break(reason: "sequence number \(number) where \(due) is due")
    }
}

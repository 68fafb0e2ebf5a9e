import Catalogue
import Evidence
import LedgerEngine
public import LedgerMerkle
import LedgerStorage
import Receipts

/// A part of an issuer's chain, newest record first.
public struct ChainReport: Sendable {
    /// One record of the chain.
    public struct Link: Sendable {
        public let index: UInt64
        public let sequence: UInt64
        /// By the operator's clock, Unix ms.
        public let recorded: UInt64
        public let commitment: Digest
        /// What the record says; `nil` once it was erased.
        public let content: Content?
    }

    /// What a record of kind 2 says of itself.
    public struct Content: Sendable {
        /// `issued`, `corrected` or `returned`.
        public let action: String
        public let id: String
        public let branch: String
        public let till: String
        /// Tugrik, with a point; "" for a return.
        public let total: String
    }

    /// Where the walk back ended.
    public enum End: Hashable, Sendable {
        /// At the first record of the chain.
        case beginning
        /// At the number of records asked for.
        case limit
        /// Before records whose time of keeping is over.
        case expired
        /// Before a record that left no word of what it continues.
        case erased
        /// At a record that does not continue the chain, or is not there: damage, or a fork.
        case broken(String)
    }

    /// Receipt numbers of one day that were never seen, between others that were.
    public struct Missing: Hashable, Sendable {
        /// The 8 digits of the PosAPI that gave the numbers.
        public let posNo: String
        public let branch: String
        /// The five digits of the day in the numbers.
        public let day: String
        public let numbers: ClosedRange<Int>
    }

    /// Who keeps the chain: `operator`, or the issuer's own key.
    public let keeper: String
    /// How many records the chain has.
    public let length: UInt64
    /// The newest of those walked over.
    public let links: [Link]
    /// The entry of the record behind ``links``; `nil` when there is none, or it is not known.
    public let next: UInt64?
    /// The numbers of all records walked over; `nil` when none was.
    public let checked: ClosedRange<UInt64>?
    /// Whether any of them was erased.
    public let hasErased: Bool
    public let end: End
    /// Only of days whose records were all walked over.
    public let missing: [Missing]
}

/// Walks issuers' chains back, from the newest record to the one before it.
public struct ChainDesk: Sendable {
    private let registrar: Registrar

    public init(_ registrar: Registrar) {
        self.registrar = registrar
    }

    /// The newest records of an issuer.
    ///
    /// - Parameters:
    ///   - issuer: a TIN or a notary's code.
    ///   - before: begin at this index, which an earlier report named as `next`, instead of at the newest record.
    ///   - limit: the most records to give.
    ///   - depth: the most records to walk over, at least `limit`; each costs two look-ups.
    /// - Returns: `nil` for an issuer without a record.
    public func chain(of issuer: String, before: UInt64? = nil, limit: Int, depth: Int? = nil) throws -> ChainReport? {
        let vault = registrar.vault
        guard let newest = try registrar.ledger.find(vault.key(.issuerHead, issuer)) else { return nil }
        let length = try registrar.link(at: newest).sequence + 1
        var walk = Walk(registrar: registrar, issuer: issuer, limit: limit)
        let end = try walk.run(from: before ?? newest, depth: max(limit, depth ?? limit))
        return ChainReport(
            keeper: walk.keeper, length: length, links: walk.links, next: walk.next,
            checked: walk.newest.flatMap { newest in walk.oldest.map { $0.sequence...newest } },
            hasErased: walk.hasErased, end: end,
            // Behind a page there are numbers of the same days, which this walk did not see.
            missing: before == nil
                ? walk.numbers.missing(whenSeenSince: end == .beginning ? 0 : walk.oldest?.recorded ?? .max) : [])
    }
}

/// One walk back.
private struct Walk {
    let registrar: Registrar
    let issuer: String
    let limit: Int
    private(set) var links: [ChainReport.Link] = []
    private(set) var next: UInt64?
    private(set) var newest: UInt64?
    private(set) var oldest: (sequence: UInt64, recorded: UInt64)?
    private(set) var hasErased = false
    private(set) var keeper = "operator"
    private(set) var numbers = SeenNumbers()
    private var walked = 0
    private var erased: [Digest: Erasure]?

    init(registrar: Registrar, issuer: String, limit: Int) {
        self.registrar = registrar
        self.issuer = issuer
        self.limit = limit
    }

    mutating func run(from index: UInt64, depth: Int) throws -> ChainReport.End {
        var next = index
        while walked < depth {
            let erasure = try registrar.erasure(of: next)
            let entry = try Entry(decoding: registrar.ledger.entry(at: next))
            let link: ChainLink
            var content: ChainReport.Content?
            switch try registrar.content(at: next, erasure: erasure) {
            case .none: return .broken("entry \(next) holds no record")
            case .expired: return .expired
            case .whole(let record):
                link = try ChainLink(record: record)
                guard link.chain == issuer else { return .broken("entry \(next) is another issuer's") }
                keeper = record.text("chain")
                numbers.add(record)
                content = ChainReport.Content(record)
            case .erased(let left):
                guard let left else { return .erased }
                link = left
                hasErased = true
            }
            if let oldest, oldest.sequence != link.sequence + 1 {
                return .broken("number \(link.sequence) stands before number \(oldest.sequence)")
            }
            add(link, next, entry.recorded, content)
            switch link.before {
            case .nothing:
                return link.sequence == 0 ? .beginning : .broken("number \(link.sequence) names no record before it")
            case .unknown: return .erased
            case .record(let commitment):
                guard let found = try find(commitment) else {
                    return .broken("the record before number \(link.sequence) is not in this ledger")
                }
                next = found
                if walked == limit { self.next = found }
            }
        }
        return .limit
    }

    private mutating func add(
        _ link: ChainLink, _ index: UInt64, _ recorded: UInt64, _ content: ChainReport.Content?
    ) {
        walked += 1
        newest = newest ?? link.sequence
        oldest = (link.sequence, recorded)
        guard links.count < limit else { return }
        links.append(
            ChainReport.Link(
                index: index, sequence: link.sequence, recorded: recorded, commitment: link.commitment,
                content: content))
    }

    /// The entry of a commitment: by its capability, or by its erasure, which takes that away.
    private mutating func find(_ commitment: Digest) throws -> UInt64? {
        let vault = registrar.vault
        let key = vault.key(.capability, vault.capability(of: commitment).bytes)
        if let index = try registrar.ledger.find(key) { return index }
        if erased == nil {
            erased = Dictionary(try registrar.erasures().map { ($0.commitment, $0) }, uniquingKeysWith: { $1 })
        }
        return erased?[commitment]?.index
    }
}

/// The receipt numbers that a walk met, by the PosAPI, branch and day in them.
private struct SeenNumbers {
    private struct Series: Hashable {
        let posNo: String
        let branch: String
        let day: String
    }

    private struct Day {
        /// When it begins, Unix ms.
        let start: Int64
        var numbers: [Int] = []
    }

    private var seen: [Series: Day] = [:]

    private static let dayMs: Int64 = 86_400_000
    /// A record is filed after its day has begun, by a clock that may differ from this one's.
    private static let clockSlackMs: Int64 = 3_600_000

    mutating func add(_ record: FiledRecord) {
        // A return uses up no number; what cannot be read says nothing of numbers.
        guard record.text("action") != "returned", let issued = try? IssuedReceipt(fields: record.fields) else {
            return
        }
        let digits = Array(issued.id.text)
        let series = Series(
            posNo: String(digits[25...]), branch: String(digits[12..<15]), day: String(digits[15..<20]))
        let time = issued.date.unixMilliseconds + ReceiptTime.offsetMilliseconds
        let start = time - time % SeenNumbers.dayMs - ReceiptTime.offsetMilliseconds
        // A PosAPI that numbers no sub-receipts leaves gaps which say nothing.
        let parts = issued.subReceiptIDs.contains(issued.id) ? issued.subReceiptIDs.count : 0
        guard let number = Int(String(digits[20..<25])) else { return }
        seen[series, default: Day(start: start)].numbers += Array(number...(number + parts))
        for id in issued.subReceiptIDs where id != issued.id {
            guard let number = Int(String(Array(id.text)[20..<25])) else { continue }
            seen[series, default: Day(start: start)].numbers.append(number)
        }
    }

    /// The gaps, oldest day first.
    ///
    /// - Parameter oldest: when the oldest record was filed that was seen, Unix ms: days that began later were seen whole.
    func missing(whenSeenSince oldest: UInt64) -> [ChainReport.Missing] {
        var gaps: [ChainReport.Missing] = []
        for (series, day) in seen where Int64(clamping: oldest) < day.start - SeenNumbers.clockSlackMs {
            var last: Int?
            for number in day.numbers.sorted() {
                if let last, number > last + 1 {
                    gaps.append(
                        ChainReport.Missing(
                            posNo: series.posNo, branch: series.branch, day: series.day,
                            numbers: (last + 1)...(number - 1)))
                }
                last = number
            }
        }
        return gaps.sorted {
            ($0.day, $0.posNo, $0.branch, $0.numbers.lowerBound) < ($1.day, $1.posNo, $1.branch, $1.numbers.lowerBound)
        }
    }
}

extension ChainReport.Content {
    init(_ record: FiledRecord) {
        action = record.text("action")
        id = record.text("id")
        branch = record.text("branch")
        till = record.text("pos")
        total = Money(recordText: record.text("total"))?.description ?? ""
    }
}

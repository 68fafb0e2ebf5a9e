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
        /// At the number of records asked for; the next one is at this index.
        case limit(UInt64)
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
    public let links: [Link]
    public let end: End
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
    ///   - before: begin at this index, which an earlier report named, instead of at the newest record.
    ///   - limit: the most records to walk over; each costs two look-ups.
    /// - Returns: `nil` for an issuer without a record.
    /// - Throws: `index-unknown` when `before` is no record of this issuer.
    public func chain(of issuer: String, before: UInt64? = nil, limit: Int) throws -> ChainReport? {
        let vault = registrar.vault
        guard let newest = try registrar.ledger.find(vault.key(.issuerHead, issuer)) else { return nil }
        let length = try registrar.link(at: newest).sequence + 1
        var walk = Walk(registrar: registrar, issuer: issuer)
        if let before, try !walk.belongs(before) {
            throw Problem.indexUnknown(["index": String(before), "size": String(registrar.ledger.size)])
        }
        let end = try walk.run(from: before ?? newest, limit: limit)
        return ChainReport(
            keeper: walk.keeper, length: length, links: walk.links, end: end, missing: walk.numbers.missing)
    }
}

/// One walk back.
private struct Walk {
    let registrar: Registrar
    let issuer: String
    private(set) var links: [ChainReport.Link] = []
    private(set) var keeper = "operator"
    private(set) var numbers = SeenNumbers()
    private var erased: [Digest: Erasure]?

    init(registrar: Registrar, issuer: String) {
        self.registrar = registrar
        self.issuer = issuer
    }

    func belongs(_ index: UInt64) throws -> Bool {
        guard index < registrar.ledger.size else { return false }
        guard case .whole(let record) = try registrar.content(at: index, erasure: registrar.erasure(of: index)) else {
            return true
        }
        return [record.text("merchant"), record.text("notary")].contains(issuer)
    }

    mutating func run(from index: UInt64, limit: Int) throws -> ChainReport.End {
        var next = index
        while links.count < limit {
            let erasure = try registrar.erasure(of: next)
            let entry = try Entry(decoding: registrar.ledger.entry(at: next))
            let link: ChainLink
            switch try registrar.content(at: next, erasure: erasure) {
            case .none: return .broken("entry \(next) holds no record")
            case .expired: return .expired
            case .whole(let record):
                link = try ChainLink(record: record)
                guard link.chain == issuer else { return .broken("entry \(next) is another issuer's") }
                keeper = record.text("chain")
                numbers.add(record)
                add(link, next, entry.recorded, ChainReport.Content(record))
            case .erased(let left):
                guard let left else { return .erased }
                link = left
                add(link, next, entry.recorded, nil)
            }
            if let newer = links.dropLast().last, newer.sequence != link.sequence + 1 {
                links.removeLast()
                return .broken("number \(link.sequence) stands before number \(newer.sequence)")
            }
            switch link.before {
            case .nothing:
                return link.sequence == 0 ? .beginning : .broken("number \(link.sequence) names no record before it")
            case .unknown: return .erased
            case .record(let commitment):
                guard let found = try find(commitment) else {
                    return .broken("the record before number \(link.sequence) is not in this ledger")
                }
                next = found
            }
        }
        return .limit(next)
    }

    private mutating func add(
        _ link: ChainLink, _ index: UInt64, _ recorded: UInt64, _ content: ChainReport.Content?
    ) {
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

    private var seen: [Series: [Int]] = [:]

    mutating func add(_ record: FiledRecord) {
        // A return uses up no number; what cannot be read says nothing of numbers.
        guard record.text("action") != "returned", let issued = try? IssuedReceipt(fields: record.fields) else {
            return
        }
        let digits = Array(issued.id.text)
        let series = Series(
            posNo: String(digits[25...]), branch: String(digits[12..<15]), day: String(digits[15..<20]))
        for id in [issued.id] + issued.subReceiptIDs {
            guard let number = Int(String(Array(id.text)[20..<25])) else { continue }
            seen[series, default: []].append(number)
        }
    }

    /// The gaps, oldest day first.
    var missing: [ChainReport.Missing] {
        var gaps: [ChainReport.Missing] = []
        for (series, numbers) in seen {
            var last: Int?
            for number in numbers.sorted() {
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
